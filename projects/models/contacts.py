"""对接记录: who talked with whom, on what, and what was agreed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar, Self

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils import timezone

from ..periods import AsOf
from ..rights import Right
from .doors import ByDoor, faults, next_code, unknown
from .fields import CodeField, LineField, ProseField
from .ledger import LedgerEntry
from .organisations import Organisation
from .recorded import Facts, Recorded
from .recordedrows import RecordedQuerySet
from .recordversions import RecordVersion
from .trail import Act, Revision

PREFIX = "DJ"
#: The columns that people fill in.
CONTENT = ("held_on", "subject", "unit", "other_side", "attendees", "told", "agreed")


class ContactRefused(ValidationError):
    """A record of contact that cannot be kept so; every reason at once."""


class ContactQuerySet(RecordedQuerySet):
    def of_unit(self, units: Any) -> Self:
        return self.filter(unit__in=units)

    def touching(self, entry: LedgerEntry | int) -> Self:
        """Those that name the entry, the latest first."""
        return self.filter(entries=entry)

    def for_rows(self) -> Self:
        """All that a row of a list shows, in a fixed number of queries."""
        return self.select_related("unit").prefetch_related("entries")


class ContactRecord(ByDoor, Recorded):
    """One meeting, visit or call of a unit with the other side. Its doors: `keep` and `edit`."""

    keeps_versions: ClassVar[bool] = True

    code = CodeField("编号", max_length=20, unique=True)
    held_on = models.DateField("对接日期")
    subject = LineField("对接事项", max_length=120)
    entries = models.ManyToManyField(
        LedgerEntry, blank=True, related_name="contacts", verbose_name="涉及条目"
    )
    unit = models.ForeignKey(
        Organisation, models.PROTECT, related_name="contacts", verbose_name="对接单位"
    )
    other_side = LineField("对方单位", max_length=200)
    attendees = ProseField("参加人员", blank=True)
    told = ProseField("对接内容")
    agreed = ProseField("达成意见", blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "对接记录"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["-held_on", "-pk"]
        indexes = [models.Index(fields=["unit", "-held_on"], name="contact_by_unit")]

    def __str__(self) -> str:
        return f"{self.code} {self.subject}"

    def get_absolute_url(self) -> str:
        return self.address("contact", self.code)

    def trail_extras(self, stored: Recorded | None) -> dict[str, Any]:
        return {"unit_name": str(self.unit)}

    def related_facts(self) -> Facts:
        entries = sorted(self.entries.all(), key=lambda entry: entry.code)
        return {
            "entries": {
                "value": [entry.code for entry in entries],
                "text": "、".join(str(entry) for entry in entries),
            }
        }

    def gather(self) -> None:
        self._prefetched_objects_cache: dict[str, Any] = {}

    @classmethod
    def known_at(cls, code: str, as_of: AsOf) -> list[ContactRecord]:
        """Those that named that entry at the end of the day, the latest first; not for saving."""
        rows = RecordVersion.objects.before(as_of.until).filter(
            record_model=cls.trail_model(), facts__entries__value__icontains=f'"{code}"'
        )
        found = [cls._as_it_read(row) for row in rows]
        return sorted(found, key=lambda kept: (kept.held_on, kept.pk), reverse=True)

    @classmethod
    def _as_it_read(cls, row: RecordVersion) -> ContactRecord:
        kept = cls.from_facts(row.record_key, row.facts)
        kept.unit = Organisation(pk=kept.unit_id, name=row.facts["unit"]["text"])
        return kept

    @staticmethod
    def may_be_kept_by(user: Any, unit: Organisation | None) -> bool:
        """The bureau for all, others for their own unit."""
        own = unit is not None and user.unit_id == unit.pk
        return bool(user.may(Right.FOLLOW) or (own and user.may(Right.REPORT)))

    @classmethod
    def keep(
        cls, given: dict[str, Any], act: Act, *, entries: Collection[LedgerEntry] = ()
    ) -> ContactRecord:
        """Write one down. `given` are columns of `CONTENT`.

        Raises `PermissionDenied`, and `ContactRefused` with every reason.
        """
        unknown(given, CONTENT)
        cls._refuse_strangers(act.by, given.get("unit"))
        made = cls(**given)
        act = act.stamped()
        with transaction.atomic(), made._through_the_door():
            Revision.locked_head()
            made.code = next_code(cls.objects.all(), PREFIX)
            made._refuse_faults(act)
            with made.recording(act):
                made.entries.set(entries)
        return made

    def edit(
        self,
        given: dict[str, Any],
        act: Act,
        *,
        version: int,
        entries: Collection[LedgerEntry] | None = None,
    ) -> None:
        """Correct it. Raises as `keep`, and `Stale`."""
        unknown(given, CONTENT)
        self._refuse_strangers(act.by, self.unit)
        self._refuse_strangers(act.by, given.get("unit", self.unit))
        act = act.stamped()
        with self._through_the_door(), self.recording(act, expect=version):
            for name, value in given.items():
                setattr(self, name, value)
            self._refuse_faults(act)
            if entries is not None:
                self.entries.set(entries)

    edit.alters_data = True  # type: ignore[attr-defined]

    @classmethod
    def _refuse_strangers(cls, user: Any, unit: Organisation | None) -> None:
        if not cls.may_be_kept_by(user, unit):
            raise PermissionDenied("对接记录由本单位的填报人和同城化局登记。")

    def _refuse_faults(self, act: Act) -> None:
        problems = faults(self, CONTENT)
        assert act.at is not None
        if self.held_on and self.held_on > timezone.localdate(act.at):
            problems.append(f"对接日期 {self.held_on} 晚于今天，请填写实际日期。")
        if problems:
            raise ContactRefused(problems)

    def settle(self, stored: Recorded | None, act: Act) -> None:
        """Refuse what comes by no door."""
        if not self._by_door:
            raise ContactRefused("对接记录只能由登记和修改办理，不能直接写入。")

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise ValidationError("对接记录不能删除；有误的请修改更正。")
