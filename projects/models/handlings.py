"""办理情况: what was done about a matter, told by who did it; appended, never changed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from .doors import ByDoor, faults
from .fields import LineField, ProseField
from .recorded import Recorded
from .recordedrows import RecordedQuerySet
from .trail import Act

#: How much of the text stands for it in the trail.
SHOWN = 40


class Handling(ByDoor, Recorded):
    """One account. Its door is `Matter.handle`."""

    keeps_versions: ClassVar[bool] = True

    matter = models.ForeignKey(
        "projects.Matter", models.PROTECT, related_name="handlings", verbose_name="事项"
    )
    told = ProseField("办理情况")
    handled_on = models.DateField("办理日期")
    at = models.DateTimeField("登记时间")
    by_id = models.BigIntegerField("登记人编号", null=True)
    by = LineField("登记人", max_length=400)
    by_unit = LineField("登记单位", max_length=200, blank=True)

    objects = RecordedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "办理情况"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["matter", "at"], name="handling_of_matter")]

    def __str__(self) -> str:
        return " ".join(self.told.split())[:SHOWN]

    @classmethod
    def told_of(cls, matter: Any, told: str, act: Act) -> Handling:
        """An account by the person of the act, of that day; not saved yet."""
        assert act.at is not None
        assert act.on is not None
        return cls(
            matter=matter,
            told=told,
            handled_on=act.on,
            at=act.at,
            by_id=act.by.pk,
            by=act.actor_name,
            by_unit=str(act.by.unit or ""),
        )

    def faults(self) -> list[str]:
        """Everything that keeps it from being appended."""
        found = faults(self, ("told", "handled_on"))
        if self.handled_on > timezone.localdate(self.at):
            found.append(f"办理日期 {self.handled_on} 晚于今天，请填写实际日期。")
        return found

    def trail_code(self) -> str:
        return f"{self.matter.code}/{self.pk}"

    def trail_extras(self, stored: Recorded | None) -> dict[str, Any]:
        return {"unit_name": str(self.matter.unit or "")}

    def settle(self, stored: Recorded | None, act: Act) -> None:
        """Refuse what comes by no door."""
        if not self._by_door:
            raise ValidationError("办理情况登记后不能修改；有误的请再登记一条说明。")

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise ValidationError("办理情况不能删除；有误的请再登记一条说明。")
