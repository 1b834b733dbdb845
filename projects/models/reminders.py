"""催办: the bureau asks a unit for what is outstanding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from django.db import models, transaction

from ..choices import Action
from .fields import LineField, ProseField
from .organisations import Organisation
from .recorded import Recorded
from .recordedrows import RecordedQuerySet
from .rounds import Round, RoundRefused
from .trail import Act, Revision


class Reminder(Recorded):
    """One asking of one unit, with how much was outstanding then."""

    keeps_versions: ClassVar[bool] = True

    round = models.ForeignKey(Round, models.PROTECT, related_name="reminders", verbose_name="月份")
    unit = models.ForeignKey(
        Organisation, models.PROTECT, related_name="reminders", verbose_name="单位"
    )
    outstanding = models.PositiveIntegerField("未报送条数")
    sent_at = models.DateTimeField("催办时间")
    sent_by = LineField("催办人", max_length=400)
    note = ProseField("说明", blank=True)

    objects = RecordedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "催办"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["-sent_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.round}催办（{self.outstanding}条未报送）"

    def trail_extras(self, stored: Recorded | None) -> dict[str, Any]:
        return {"unit_name": str(self.unit)}

    @classmethod
    def send(cls, round_: Round, units: dict[int, int], act: Act) -> list[Reminder]:
        """Remind each unit (key → how many are outstanding), one trail row each, all or none.

        Raises `RoundRefused` when the month is frozen.
        """
        act = replace(act, action=Action.REMIND).stamped()
        made = []
        assert act.at is not None
        with transaction.atomic():
            Revision.locked_head()  # as closing does: one of the two comes first
            if Round.objects.get(pk=round_.pk).is_frozen:
                raise RoundRefused(f"{round_}已经冻结，不再催办。")
            for unit, count in sorted(units.items()):
                reminder = cls(
                    round=round_,
                    unit_id=unit,
                    outstanding=count,
                    sent_at=act.at,
                    sent_by=act.actor_name,
                    note=act.note,
                )
                reminder.save(act=act)
                made.append(reminder)
        return made
