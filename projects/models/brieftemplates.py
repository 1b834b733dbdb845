"""通报模板: the .docx into which a brief is written, as the office has laid it out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Self

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Q

from .. import templating
from ..choices import Action, FileKind
from ..rights import Right
from .contents import AttachmentContent, AttachmentRefused, Upload, keep_content
from .doors import ByDoor, faults
from .fields import LineField
from .recorded import Recorded
from .recordedrows import RecordedQuerySet
from .trail import Act, Revision


class TemplateRefused(ValidationError):
    """A template that may not be kept or used; every reason at once."""


class BriefTemplateQuerySet(RecordedQuerySet):
    def in_use(self) -> BriefTemplate | None:
        """None: the built-in one."""
        return self.filter(is_active=True).first()

    def for_rows(self) -> Self:
        return self.order_by("-pk")


class BriefTemplate(ByDoor, Recorded):
    """One version of the office's template. Its doors: `keep`, `enable` and `disable`."""

    keeps_versions: ClassVar[bool] = True

    name = LineField("文件名", max_length=100)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("摘要（SHA-256）", max_length=64)
    note = LineField("说明", max_length=200, blank=True)
    uploaded_at = models.DateTimeField("上传时间")
    uploaded_by = LineField("上传人", max_length=400)
    is_active = models.BooleanField("启用", default=False)

    objects = BriefTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通报模板"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_active"],
                condition=Q(is_active=True),
                name="brief_template_one_active",
                violation_error_message="同时只能启用一个通报模板。",
            ),
            models.CheckConstraint(
                condition=Q(size__gt=0),
                name="brief_template_not_empty",
                violation_error_message="通报模板不能是空文件。",
            ),
        ]

    def __str__(self) -> str:
        return f"模板{self.pk} {self.name}"

    def read(self) -> bytes:
        """Its content. Raises `TemplateRefused` when that is not what was uploaded."""
        kept = AttachmentContent.objects.filter(sha256=self.sha256).first()
        if kept is None or not kept.is_sound:
            raise TemplateRefused(f"“{self}”的内容与登记的摘要不符，请停用后重新上传。")
        return bytes(kept.content)

    @classmethod
    def keep(cls, content: bytes, name: str, act: Act, *, note: str = "") -> BriefTemplate:
        """Examine a .docx, try it with sample data, and keep it; it is not in use yet.

        Raises `PermissionDenied`, and `TemplateRefused` with every reason.
        """
        _refuse_strangers(act.by)
        file = _examined(content, name)
        act = replace(act, action=Action.ATTACH).stamped()
        assert act.at is not None
        made = cls(
            name=file.name,
            size=len(content),
            sha256=file.sha256,
            note=note,
            uploaded_at=act.at,
            uploaded_by=act.actor_name,
        )
        if problems := faults(made, ("name", "note")):
            raise TemplateRefused(problems)
        with transaction.atomic(), made._through_the_door():
            Revision.locked_head()
            if twin := cls.objects.filter(sha256=made.sha256).first():
                raise TemplateRefused(f"同一文件已经上传过：“{twin}”。")
            keep_content(file.sha256, content)
            made.save(act=act)
        return made

    def enable(self, act: Act, *, version: int) -> None:
        """Write briefs into it from now on, in place of the one in use.

        Raises `PermissionDenied`, `TemplateRefused`, and `Stale`.
        """
        _refuse_strangers(act.by)
        if problems := templating.problems(self.read()):
            raise TemplateRefused(problems)  # the names may have changed since it was kept
        with transaction.atomic():
            Revision.locked_head()
            for other in type(self).objects.filter(is_active=True).exclude(pk=self.pk):
                other._switch(replace(act, action=Action.DISABLE), other.version, is_active=False)
            self._switch(replace(act, action=Action.ENABLE), version, is_active=True)

    enable.alters_data = True  # type: ignore[attr-defined]

    def disable(self, act: Act, *, version: int) -> None:
        """Back to the built-in template. Raises as `enable`."""
        _refuse_strangers(act.by)
        self._switch(replace(act, action=Action.DISABLE), version, is_active=False)

    disable.alters_data = True  # type: ignore[attr-defined]

    def _switch(self, act: Act, version: int, *, is_active: bool) -> None:
        with self._through_the_door(), self.recording(act.stamped(), expect=version):
            if self.is_active == is_active:
                raise TemplateRefused(f"“{self}”已经{'启用' if is_active else '停用'}。")
            self.is_active = is_active

    def settle(self, stored: Recorded | None, act: Act) -> None:
        """Refuse what comes by no door."""
        if not self._by_door:
            raise TemplateRefused("通报模板只能上传、启用或停用，不能直接修改。")

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise ValidationError("通报模板不能删除；不再使用的，请停用。")


def _examined(content: bytes, name: str) -> Upload:
    try:
        file = Upload.examined(content, name)
    except AttachmentRefused as refusal:
        raise TemplateRefused(refusal.messages) from None
    if file.kind != FileKind.DOCX:
        raise TemplateRefused(f"“{file.name}”是{file.kind.label}，通报模板须是Word文档（.docx）。")
    if problems := templating.problems(content):
        raise TemplateRefused(problems)
    return file


def _refuse_strangers(user: Any) -> None:
    if user is None or not user.may(Right.EDIT):
        raise PermissionDenied("通报模板由同城化局上传和启用。")
