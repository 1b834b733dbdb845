"""附件: files that prove what an entry, a report or a matter says.

An attachment is never changed and never deleted; it can be withdrawn, once and with a reason.
Its content lies in the database, stored once under its SHA-256, so that backup, transaction and
restore hold it together with its record; the digest is in the trail as a recorded column.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Q, Sum
from django.urls import reverse

from .. import filekinds
from ..choices import Action, FileKind
from ..periods import AsOf
from ..rights import Right
from .contents import AttachmentContent, AttachmentRefused, Upload, keep_content, megabytes
from .doors import ByDoor
from .fields import LineField
from .ledger import LedgerEntry
from .matters import Matter
from .milestones import Milestone
from .recorded import Recorded
from .recordedrows import RecordedQuerySet
from .reports import Report
from .trail import Act


class AttachmentQuerySet(RecordedQuerySet):
    def for_rows(self) -> Self:
        """All that a row of a list shows and asks, in one query."""
        return self.select_related("entry", "report__round", "report__entry", "matter__unit")

    def visible_to(self, user: Any) -> Self:
        """Those of a draft are seen by those who see the draft."""
        return self.filter(Q(matter=None) | Q(matter__in=Matter.objects.visible_to(user)))

    def of_entry(self, entry: int, as_of: AsOf | None) -> list[Attachment]:
        """The latest first; of a past day those of then, withdrawn or not as they were then."""
        return self.filter(entry=entry)._known_at(as_of)

    def of_matter(self, matter: int, as_of: AsOf | None) -> list[Attachment]:
        """The same of a matter."""
        return self.filter(matter=matter)._known_at(as_of)

    def _known_at(self, as_of: AsOf | None) -> list[Attachment]:
        rows = self.for_rows()
        found = list(rows.filter(uploaded_at__lt=as_of.until) if as_of else rows)
        for attachment in found:
            attachment.as_of = as_of
        return found


class Attachment(ByDoor, Recorded):
    """One file of one entry or of a report on it, or else of a matter.

    A milestone is named by key and name, without a foreign key: milestones belong to their entry,
    which may be edited and undone (`docs/decisions/0017-attachments.md`).
    """

    keeps_versions: ClassVar[bool] = True

    entry = models.ForeignKey(
        LedgerEntry,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="attachments",
        verbose_name="条目",
    )
    matter = models.ForeignKey(
        Matter,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="attachments",
        verbose_name="事项",
    )
    report = models.ForeignKey(
        Report,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="attachments",
        verbose_name="月报填报",
    )
    milestone_key = models.BigIntegerField("里程碑编号", null=True, blank=True)
    milestone = LineField("里程碑", max_length=100, blank=True)
    name = LineField("文件名", max_length=filekinds.LENGTH)
    kind = models.CharField("文件类型", max_length=10, choices=FileKind.choices)
    size = models.PositiveIntegerField("大小（字节）")
    sha256 = models.CharField("内容摘要（SHA-256）", max_length=64, db_index=True)
    note = LineField("证明内容", max_length=200, blank=True)
    uploaded_at = models.DateTimeField("上传时间")
    uploaded_by_id = models.BigIntegerField("上传人编号", null=True)
    uploaded_by = LineField("上传人", max_length=400)
    withdrawn_at = models.DateTimeField("作废时间", null=True, blank=True)
    withdrawn_by = LineField("作废人", max_length=400, blank=True)
    withdrawn_reason = LineField("作废原因", max_length=200, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "附件"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by="", withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="") & ~Q(withdrawn_reason="")),
                name="attachment_withdrawn_whole",
                violation_error_message="作废的附件须写明作废时间、作废人和原因。",
            ),
            models.CheckConstraint(
                condition=Q(size__gt=0),
                name="attachment_not_empty",
                violation_error_message="附件不能是空文件。",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FileKind.values),
                name="attachment_kind_known",
                violation_error_message="附件的文件类型不在表中。",
            ),
            models.CheckConstraint(
                condition=Q(entry__isnull=False, matter__isnull=True)
                | Q(
                    entry__isnull=True,
                    report__isnull=True,
                    milestone_key__isnull=True,
                    matter__isnull=False,
                ),
                name="attachment_has_one_home",
                violation_error_message="附件须属于一个台账条目（或其月报），或者一个事项。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Where it is downloaded: its content is the same on every day."""
        return reverse("attachment", args=[self.pk])

    @property
    def home(self) -> str:
        """The place on the page that lists it."""
        return f"{self.owner.get_absolute_url()}#attachments"

    @property
    def owner(self) -> LedgerEntry | Report | Matter:
        """What it proves, and whose page lists it."""
        owner = self.matter or self.report or self.entry
        assert owner is not None
        return owner

    @property
    def owner_code(self) -> str:
        """The code of the matter, or of the entry, also where a report on it is the owner."""
        owner = self.matter or self.entry
        assert owner is not None
        return owner.code

    def trail_code(self) -> str:
        return f"{self.owner_code}/{self.pk}"

    def trail_extras(self, stored: Recorded | None) -> dict[str, Any]:
        owner = self.owner
        unit = owner.lead if isinstance(owner, LedgerEntry) else owner.unit
        return {"unit_name": str(unit or "")}

    @property
    def is_withdrawn(self) -> bool:
        """Today, or by the end of the past day that it was read as at."""
        if self.withdrawn_at is None:
            return False
        return self.as_of is None or self.withdrawn_at < self.as_of.until

    @property
    def content_type(self) -> str:
        return filekinds.CONTENT_TYPES[FileKind(self.kind)]

    @property
    def download_names(self) -> tuple[str, str]:
        """A name in ASCII that says which it is, and its own."""
        return f"attachment-{self.pk}.{filekinds.extension_of(self.name)}", self.name

    def told(self) -> dict[str, Any]:
        """What the access event of a download keeps."""
        return {
            "attachment": self.pk,
            "entry" if self.matter is None else "matter": self.owner_code,
            "name": self.name,
            "size": self.size,
            "sha256": self.sha256,
        }

    def read(self) -> bytes:
        """Its content. Raises `AttachmentRefused` when that is not what was attached."""
        kept = AttachmentContent.objects.filter(sha256=self.sha256).first()
        if kept is None or not kept.is_sound:
            raise AttachmentRefused(
                f"附件“{self.name}”的内容与登记的摘要不符，已停止下载；"
                "请告知系统管理员运行 manage.py verify_trail 核对。"
            )
        return bytes(kept.content)

    # --- who may ----------------------------------------------------------------------

    @staticmethod
    def may_be_added_by(user: Any, report: Report | None, matter: Matter | None = None) -> bool:
        """To entries the bureau; to a report or matter whoever works on it, while it is open."""
        if matter is not None:
            return matter.takes_proof and matter.may_be_handled_by(user)
        if report is None:
            return bool(user.may(Right.EDIT))
        return report.is_open and report.may_be_filled_by(user)

    def may_be_withdrawn_by(self, user: Any) -> bool:
        """The bureau, but nobody while a matter is filed or closed on it; of an open report or
        matter also whoever works on it.
        """
        if self.withdrawn_at is not None or (self.matter and self.matter.rests_on_proof):
            return False
        return self._is_withdrawn_by(user)

    def _is_withdrawn_by(self, user: Any) -> bool:
        """Were it not for the state of its matter."""
        if self.matter is not None and self.matter.rests_on_proof:
            own = self.matter.may_be_handled_by(user)
        else:
            is_of_unit = self.report is not None or self.matter is not None
            own = is_of_unit and self.may_be_added_by(user, self.report, self.matter)
        return own or bool(user.may(Right.EDIT))

    def may_be_opened_by(self, user: Any) -> bool:
        """All who read; what was withdrawn, those who read the trail."""
        is_void = self.withdrawn_at is not None
        return bool(user.may(Right.TRAIL if is_void else Right.READ))

    # --- the doors --------------------------------------------------------------------

    @classmethod
    def upload(
        cls,
        owner: LedgerEntry | Matter,
        content: bytes,
        name: str,
        act: Act,
        *,
        report: Report | None = None,
        milestone: Milestone | None = None,
        note: str = "",
    ) -> Attachment:
        """Keep a file as an attachment of the entry, of a report on it, or of the matter.

        Raises `PermissionDenied`, and `AttachmentRefused` with every reason.
        """
        matter = owner if isinstance(owner, Matter) else None
        cls.refuse_strangers(act.by, report, matter)
        file = Upload.examined(content, name)
        act = replace(act, action=Action.ATTACH).stamped()
        assert act.at is not None
        made = cls(
            entry=None if isinstance(owner, Matter) else owner,
            matter=matter,
            report=report,
            milestone_key=milestone.pk if milestone else None,
            milestone=milestone.name if milestone else "",
            name=file.name,
            kind=file.kind,
            size=len(content),
            sha256=file.sha256,
            note=note,
            uploaded_at=act.at,
            uploaded_by_id=act.by.pk,
            uploaded_by=act.actor_name,
        )
        with transaction.atomic():
            made._refuse_what_does_not_fit()
            keep_content(file.sha256, content)
            with made._through_the_door():
                made.save(act=act)
        return made

    @classmethod
    def refuse_strangers(
        cls, user: Any, report: Report | None, matter: Matter | None = None
    ) -> None:
        """Raise `PermissionDenied`, or `AttachmentRefused` where only its state is in the way."""
        if matter is not None:
            if not matter.may_be_handled_by(user):
                unit = matter.unit or "责任单位"
                raise PermissionDenied(f"只有{unit}的填报人和同城化局可以上传这一事项的附件。")
            if not matter.takes_proof:
                raise AttachmentRefused(_ended(matter))
        elif report is None:
            if not user.may(Right.EDIT):
                raise PermissionDenied(
                    "台账条目的附件由同城化局上传；月报的附件请在本单位月报中上传。"
                )
        elif not report.may_be_filled_by(user):
            raise PermissionDenied(f"只有{report.unit}的填报人和同城化局可以上传这份月报的附件。")
        elif not report.is_open:
            raise AttachmentRefused("这份月报已提交或已冻结，不能再上传附件。")

    def _refuse_what_does_not_fit(self) -> None:
        """Under the locks of its owners: they stay as they are until the transaction ends."""
        others = self._beside()
        problems = []
        total = (others.aggregate(total=Sum("size"))["total"] or 0) + self.size
        if total > settings.ATTACHMENTS_LIMIT:
            limit, owner = megabytes(settings.ATTACHMENTS_LIMIT), "事项" if self.matter else "条目"
            problems.append(f"这一{owner}的附件合计将超过{limit}（含已作废的），不能再上传。")
        same = others.filter(sha256=self.sha256, report=self.report, withdrawn_at=None)
        if twin := same.filter(milestone_key=self.milestone_key).first():
            problems.append(f"同一文件已经上传过：“{twin.name}”。")
        if self._has_lost_its_milestone():
            problems.append(f"这一条目没有里程碑“{self.milestone}”，请刷新页面后重试。")
        if problems:
            raise AttachmentRefused(problems)

    def _has_lost_its_milestone(self) -> bool:
        if self.entry is None or not self.milestone_key:
            return False
        return not self.entry.milestones.filter(pk=self.milestone_key).exists()

    def _beside(self) -> models.QuerySet[Attachment]:
        """All of the same entry or matter, whose row is locked."""
        if self.matter_id:
            if not (matter := self._locked_matter()).takes_proof:
                raise AttachmentRefused(_ended(matter))
            return Attachment.objects.filter(matter=self.matter_id)
        if self.report and not self._locked_report().is_open:
            raise AttachmentRefused("这份月报已提交或已冻结，不能再上传附件。")
        assert self.entry_id is not None
        LedgerEntry.objects.select_for_update(no_key=True).get(pk=self.entry_id)
        return Attachment.objects.filter(entry=self.entry_id)

    def _locked_report(self) -> Report:
        return Report.objects.select_for_update(no_key=True).get(pk=self.report_id)

    def _locked_matter(self) -> Matter:
        return Matter.objects.select_for_update(no_key=True).get(pk=self.matter_id)

    def withdraw(self, act: Act, *, version: int) -> None:
        """Take it out of use, with the reason in `act.note`; its content stays.

        Raises `PermissionDenied`, `AttachmentRefused`, and `Stale` when somebody was quicker.
        """
        if self.withdrawn_at is None and not self._is_withdrawn_by(act.by):
            raise PermissionDenied("这份附件由上传的单位（提交之前）或者同城化局作废。")
        act = replace(act, action=Action.DETACH).stamped()
        with transaction.atomic(), self._through_the_door(), self._open_for(act.by, version, act):
            if self.withdrawn_at is not None:
                raise AttachmentRefused(f"附件“{self.name}”已经作废。")
            if not act.note:
                raise AttachmentRefused("作废附件须写明原因。")
            self.withdrawn_at, self.withdrawn_by = act.at, act.actor_name
            self.withdrawn_reason = " ".join(act.note.split())

    @contextmanager
    def _open_for(self, user: Any, version: int, act: Act) -> Iterator[None]:
        """Report or matter stays open while its unit withdraws what belongs to it.

        What a matter is filed or closed on, nobody withdraws: the second person confirms that.
        """
        matter = self._locked_matter() if self.matter_id else None
        if matter and matter.rests_on_proof:
            state = matter.get_state_display()
            raise AttachmentRefused(f"{state}的佐证材料不能作废，请先退回或恢复办理。")
        if not user.may(Right.EDIT):
            if self.report_id and not self._locked_report().is_open:
                raise AttachmentRefused("这份月报已提交或已冻结，附件不能再作废。")
            if matter and not matter.takes_proof:
                raise AttachmentRefused(_ended(matter))
        with self.recording(act, expect=version):
            yield

    withdraw.alters_data = True  # type: ignore[attr-defined]

    def settle(self, stored: Recorded | None, act: Act) -> None:
        """Refuse what comes by no door."""
        if not self._by_door:
            raise AttachmentRefused("附件只能上传登记，登记后不能修改；有误的请作废后重新上传。")

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise ValidationError("附件不能删除；不再作为依据的，请作废并写明原因。")


def _ended(matter: Matter) -> str:
    return f"“{matter}”{matter.get_state_display()}，附件不能再上传或作废。"
