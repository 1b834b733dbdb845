"""The ledger entry: one row of any of the four ledgers, and the one door for its status."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, prefetch_related_objects

from .. import lights, workflow
from ..choices import (
    INITIAL,
    STATUS_LABELS,
    STATUSES,
    Action,
    Ledger,
    MoneyKind,
    Precision,
    Provenance,
    Source,
)
from ..periods import AsOf, PartialDate, today
from .clocks import Clock
from .entryfacts import LIT_BY, SHARED_DATES, EntryFacts, EntryProse, joined
from .entryrows import EntryRows
from .fields import CodeField, precision_is_known
from .organisations import Organisation
from .places import Region, search_text
from .recorded import Facts, Recorded, fact
from .recordedrows import RecordedQuerySet
from .steps import MovesByStep, StepRefused
from .trail import Act, Revision, Stale
from .versions import EntryState, EntryVersion, Segment


@dataclass(frozen=True)
class Parts:
    """What belongs to an entry, beside its columns."""

    regions: Iterable[Any] = ()
    partners: Iterable[Any] = ()
    milestones: Iterable[Any] = ()
    figures: Iterable[Any] = ()


class LedgerEntryQuerySet(RecordedQuerySet, EntryRows["LedgerEntry"]):  # type: ignore[override]
    def get_by_natural_key(self, code: str) -> LedgerEntry:
        return self.get(code=code)

    def for_rows(self) -> Self:
        """All that a row of a list shows, in a fixed number of queries."""
        return self.select_related("sector", "lead").prefetch_related("regions", "partners")

    def lead_title(self, as_of: AsOf | None) -> Any:
        """The name of the lead, to order by."""
        return F("lead__name")


class LedgerEntry(MovesByStep, Recorded, EntryFacts, EntryProse):  # type: ignore[misc]
    """台账条目, the base of the four ledgers.

    Its status changes through `move_to` and nowhere else; the database refuses what
    tries to pass it by (`guards`).
    """

    keeps_versions: ClassVar[bool] = True
    #: The ledger of a subclass; the base has none.
    kind: ClassVar[Ledger | None] = None
    #: Date pairs a subclass adds: prefix and whether it stands for the last possible day.
    own_dates: ClassVar[dict[str, bool]] = {}
    unrecorded: ClassVar[frozenset[str]] = Recorded.unrecorded | {
        "ledgerentry_ptr_id",
        "search_text",
        "places",
        "partner_keys",
        "expires_on",
        "created_at",
        "updated_at",
    }

    #: Its light and the reason, where a list has read it.
    lit: lights.Reading | None = None
    #: What belongs to it and is about to be written with many others (`firstfilling`).
    given: Parts | None = None
    #: By how many moves of the deadline the row counted that a correction is taking back.
    moves_taken_back: int = 0

    code = CodeField("编号", max_length=20, unique=True, help_text="例如 SX-0001；登记后不再更改。")
    regions = models.ManyToManyField(
        Region,
        blank=True,
        related_name="entries",
        verbose_name="涉及地区",
        help_text="可多选；按地区统计时，涉及几地就在几地各计一次。",
    )
    partners = models.ManyToManyField(
        Organisation, blank=True, related_name="partner_entries", verbose_name="责任（配合）单位"
    )
    created_at = models.DateTimeField("建账时间", editable=False)
    updated_at = models.DateTimeField("更新时间", editable=False, db_index=True)

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "台账条目"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["code"]
        indexes = [
            models.Index(fields=["ledger", "status", "due_on"], name="entry_by_status"),
            models.Index(fields=["sector", "ledger", "status"], name="entry_by_sector"),
            models.Index(fields=["due_on"], name="entry_by_due"),
            # A filter by light: all that a light is worked out from, of what runs.
            models.Index(
                fields=["status", *LIT_BY, "delisted_on"],
                name="entry_by_light",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    *(
                        Q(ledger=ledger, status__in=[status.slug for status in kind])
                        for ledger, kind in STATUSES.items()
                    ),
                    _connector=Q.OR,
                ),
                name="entry_status_of_its_ledger",
                violation_error_message="状态不属于本台账的流程。",
            ),
            models.CheckConstraint(
                condition=Q(percent_complete__isnull=True) | Q(percent_complete__range=(0, 100)),
                name="entry_percent_0_100",
                violation_error_message="完成百分比须在0至100之间。",
            ),
            models.CheckConstraint(
                condition=Q(planned_start_on__isnull=True)
                | Q(due_on__isnull=True)
                | Q(due_on__gte=F("planned_start_on")),
                name="entry_due_after_planned_start",
                violation_error_message="完成时限不能早于计划开始。",
            ),
            models.CheckConstraint(
                condition=Q(started_on__isnull=True)
                | Q(finished_on__isnull=True)
                | Q(finished_on__gte=F("started_on"))
                | ~Q(finished_precision=Precision.DAY),
                name="entry_finish_after_start",
                violation_error_message="实际完成不能早于实际开始。",
            ),
            models.CheckConstraint(
                condition=Q(total_investment__isnull=True) | Q(total_investment__gte=0),
                name="entry_investment_not_negative",
                violation_error_message="总投资不能为负数。",
            ),
            *(
                precision_is_known(prefix, label)
                for prefix, label in {
                    "planned_start": "计划开始",
                    "due": "完成时限",
                    "started": "实际开始",
                    "finished": "实际完成",
                    "data": "数据截止日期",
                }.items()
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    def get_absolute_url(self) -> str:
        return self.address("entry", self.ledger, self.code)

    @classmethod
    def trail_model(cls) -> str:
        return "ledgerentry"

    @cached_property
    def specific(self) -> LedgerEntry:
        """This entry as a row of its own ledger, with that ledger's columns."""
        return self if self.kind else getattr(self, CHILD_OF[Ledger(self.ledger)])

    @property
    def status_label(self) -> str:
        return STATUS_LABELS[self.status]

    @property
    def requested_label(self) -> str:
        return STATUS_LABELS.get(self.requested_status, "")

    @property
    def acts_next(self) -> str:
        """Whose turn it is, in words."""
        if self.requested_status:
            return f"同城化局（待确认“{self.requested_label}”）"
        return self.lead.name if self.lead else "同城化局（牵头单位未填）"

    @property
    def written_due(self) -> str:
        return self.written("due")

    @property
    def is_sample(self) -> bool:
        return self.provenance == Provenance.SAMPLE

    def reading(self, clock: Clock) -> lights.Reading:
        """The light by that clock, with its reason; of a row that was read `with_light`."""
        silent = clock.silent_month if getattr(self, "is_silent", False) else None
        standing = lights.Standing(
            phase=self.phase,
            due_on=self.due_on,
            begins_on=self.planned_start_on or self.started_on,
            percent=self.percent_complete,
            awaits_update=self.awaits_update,
            data_date=self.written("data"),
            silent_month=silent.label if silent else "",
        )
        return lights.read(standing, clock.rule, clock.day)

    # --- what the trail keeps -------------------------------------------------------

    def recorded_fields(self) -> list[models.Field[Any, Any]]:
        base = [f for f in LedgerEntry._meta.concrete_fields if f.attname not in self.unrecorded]
        return base

    def own_fields(self) -> list[models.Field[Any, Any]]:
        """The columns of the ledger itself, beyond those all four share."""
        own = self.specific._meta.local_concrete_fields
        return [f for f in own if not f.primary_key]

    def facts(self) -> Facts:
        own = {field.name: fact(self.specific, field) for field in self.own_fields()}
        facts = super().facts() | own
        for prefix in (*SHARED_DATES, *self.specific.own_dates):
            facts[f"{prefix}_on"]["text"] = self.specific.written(prefix)
        return facts

    def parts(self) -> Parts:
        """As they are about to be written, or else as they are stored."""
        return self.given or Parts(
            self.regions.all(), self.partners.all(), self.milestones.all(), self.figures.all()
        )

    def related_facts(self) -> Facts:
        parts = self.parts()
        regions = sorted(parts.regions, key=lambda region: region.code)
        partners = sorted(parts.partners, key=lambda unit: unit.pk)
        milestones = sorted(parts.milestones, key=lambda milestone: milestone.pk)
        figures = sorted(parts.figures, key=lambda figure: figure.pk)
        return {
            "regions": {
                "value": [region.code for region in regions],
                "text": "、".join(str(region) for region in regions),
            },
            "partners": {
                "value": [unit.pk for unit in partners],
                "text": "、".join(str(unit) for unit in partners),
            },
            "milestones": _rows(milestones),
            "figures": _rows(figures),
        }

    def fact_label(self, name: str) -> str:
        if label := {"milestones": "里程碑", "figures": "投资数据"}.get(name):
            return label
        if name.endswith("_precision"):
            return f"{self.fact_label(name.replace('_precision', '_on'))}（精度）"
        return str(self.specific._meta.get_field(name).verbose_name)  # type: ignore[union-attr]

    def trail_extras(self, stored: Recorded | None) -> dict[str, Any]:
        old = stored.status if isinstance(stored, LedgerEntry) else ""
        return {
            "ledger": self.ledger,
            "unit_name": str(self.lead or ""),
            "old_status": old,
            "new_status": self.status,
        }

    def stamp(self, at: dt.datetime) -> None:
        self.updated_at = at
        if self.version <= 1:
            self.created_at = at

    def begin(self) -> None:
        """A new entry lies in its ledger, at the first status unless it is given one."""
        if self.kind:
            self.ledger = self.kind
        self.status = self.status or INITIAL[Ledger(self.ledger)].slug

    # --- the door for edits ---------------------------------------------------------

    def gather(self) -> None:
        self._prefetched_objects_cache: dict[str, Any] = {}
        prefetch_related_objects([self], "regions__parent", "partners", "milestones", "figures")

    def settle(self, stored: Recorded | None, act: Act) -> None:
        """Fill what is derived, and refuse what is not an edit."""
        self.begin()
        self.search_text = search_text(
            self.code, self.name, self.aliases, self.responsible_person, self.contact_leader
        )
        for prefix in SHARED_DATES:
            _settle_precision(self, prefix)
        for prefix in self.specific.own_dates:
            _settle_precision(self.specific, prefix)
        self.expires_on = self.specific.last_valid_day()
        if self.pk or self.given:
            self._settle_investment()
            self._settle_keys()
        assert stored is None or isinstance(stored, LedgerEntry)
        self._settle_deadline(stored, act)
        if stored is None:
            return
        if stored.status != (self._taking.origin.slug if self._taking else self.status):
            raise StepRefused("状态只能通过“推进”办理，不能直接修改。")
        self._refuse_to_pass_doors(stored, act)
        if act.source in (Source.WEB, Source.ADMIN, Source.IMPORT):
            self.awaits_update = False
        self._require_reason_for_date_moves(stored, act)

    def _refuse_to_pass_doors(self, stored: LedgerEntry, act: Act) -> None:
        """What only steps, requests, 调出 and 调入 set is not set by an edit."""
        kept: set[str] = set()
        if self._taking is None:
            kept |= {"status_on", "status_by_id", "halted_from"}
            if act.action not in (Action.REQUEST, Action.WITHDRAW):
                kept |= {"requested_status", "requested_by_id"}
        if act.action not in (Action.DELIST, Action.RELIST):
            kept.add("delisted_on")
        for name in sorted(kept):
            if getattr(self, name) != getattr(stored, name):
                raise StepRefused(f"“{self.fact_label(name)}”只能随相应的办理改变，不能直接修改。")

    def _settle_investment(self) -> None:
        """The latest total becomes the headline figure."""
        totals = [f for f in self.parts().figures if f.kind == MoneyKind.TOTAL]
        latest = latest_of(totals)
        self.total_investment = latest.amount if latest else None
        self.total_investment_basis = latest.basis if latest else ""
        self.total_investment_qualifier = latest.qualifier if latest else ""

    def _settle_keys(self) -> None:
        """Places with what lies above them, and partners, as one column each."""
        parts = self.parts()
        above = {region.parent.code for region in parts.regions if region.parent}
        self.places = joined({region.code for region in parts.regions} | above)
        self.partner_keys = joined(partner.pk for partner in parts.partners)

    def _settle_deadline(self, stored: LedgerEntry | None, act: Act) -> None:
        """The deadline first set, how often it moved since, and by how many days in all.

        A correction (更正) is no move: what was wrong from the first is set right there too, and
        a move that it takes back was none.
        """
        was = stored.due_on if stored else None
        first = (stored.due_first_on if stored else None) or was
        moves = stored.due_moves if stored else 0
        if was != self.due_on:
            if act.reason and act.reason.is_correction:
                moves -= self.moves_taken_back
                first = first if moves else self.due_on
            elif was is not None:
                moves += 1
        self.due_first_on, self.due_moves = first or self.due_on, moves
        self.due_slip = None
        if self.due_moves and self.due_on and self.due_first_on:
            self.due_slip = (self.due_on - self.due_first_on).days

    def _require_reason_for_date_moves(self, stored: LedgerEntry, act: Act) -> None:
        if act.source not in (Source.WEB, Source.ADMIN, Source.IMPORT) or act.reason:
            return
        for name in ("planned_start_on", "due_on"):
            was, now = getattr(stored, name), getattr(self, name)
            if was is not None and was != now and act.action is None:
                label = self.fact_label(name)
                raise ValidationError(
                    f"“{label}”由 {was.isoformat()} 改为 {now.isoformat() if now else '空'}，"
                    "请在“变更原因”中选择原因并写明说明。"
                )

    def write_row(self, stored: Recorded | None) -> None:
        """Write base row and own row; the base only over the version and status seen.

        Raises `Stale` when that row is no longer there (compare-and-swap).
        """
        seen = stored if isinstance(stored, LedgerEntry) else None
        base = {
            f.attname: getattr(self, f.attname)
            for f in LedgerEntry._meta.local_concrete_fields
            if not f.primary_key
        }
        hit = (
            models.QuerySet(LedgerEntry)
            .filter(
                pk=self.pk,
                version=seen.version if seen else 0,
                status=seen.status if seen else self.status,
            )
            .update(**base)
        )
        if hit != 1:
            raise Stale(seen or self)
        own = {f.attname: getattr(self.specific, f.attname) for f in self.own_fields()}
        if own:
            models.QuerySet(type(self.specific)).filter(pk=self.pk).update(**own)

    def after_record(self, row: Revision, after: Facts) -> None:
        """Close the version that was valid till now and open the next."""
        at = row.recorded_at
        segment = Segment.latest(at, row.sequence)
        EntryVersion.objects.filter(
            segment=segment.number, entry=self.pk, recorded_to__isnull=True
        ).update(recorded_to=at)
        state = EntryState.objects.create(entry_id=self.pk, version=self.version, facts=after)
        self.as_version(segment, state, at).save(force_insert=True)
        segment.continued(at, row.sequence)
        self._prefetched_objects_cache = {}

    def as_version(self, segment: Segment, state: EntryState, at: dt.datetime) -> EntryVersion:
        """The version that it is now, not written yet."""
        return EntryVersion(
            segment=segment.number,
            state=state,
            entry_id=self.pk,
            code=self.code,
            version=self.version,
            origin_id=self.specific.origin_key(),
            updated_at=at,
            recorded_from=at,
            **self.shared_columns(),
        )

    def shared_columns(self) -> dict[str, Any]:
        shared = [f for f in EntryFacts._meta.get_fields() if isinstance(f, models.Field)]
        return {f.attname: getattr(self, f.attname) for f in shared}

    def origin_key(self) -> int | None:
        """The entry of another ledger that this one comes from."""
        return None

    def last_valid_day(self) -> dt.date | None:
        """Until when it binds its parties, where the ledger says so."""
        return None

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise ValidationError(f"台账条目不能删除；不再列入的，请对“{self}”办理“调出”并写明原因。")

    # --- leaving and joining a list -------------------------------------------------

    def delist(self, act: Act) -> None:
        """调出: off the lists from a day on, with its reason; nothing is deleted."""
        if self.delisted_on is not None:
            raise StepRefused(f"“{self}”已于{self.delisted_on.isoformat()}调出。")
        if act.reason not in workflow.LIST_CHANGES:
            raise StepRefused("调出须选择原因。")
        if act.on and act.on > today():
            raise StepRefused(f"调出日期 {act.on.isoformat()} 晚于今天，请填写实际日期。")
        act = replace(act, action=Action.DELIST).stamped()
        with self.as_seen(None).recording(act) as entry:
            entry.delisted_on = act.on

    delist.alters_data = True  # type: ignore[attr-defined]

    def relist(self, act: Act) -> None:
        """调入: back on the lists."""
        if self.delisted_on is None:
            raise StepRefused(f"“{self}”在列，无需调入。")
        if act.reason not in workflow.LIST_CHANGES:
            raise StepRefused("调入须选择原因。")
        with self.as_seen(None).recording(replace(act, action=Action.RELIST)) as entry:
            entry.delisted_on = None

    relist.alters_data = True  # type: ignore[attr-defined]


def latest_of(figures: Iterable[Any]) -> Any:
    """The figure with the latest date, of several the one added last; None when there is none.

    `figures` are one entry's of one kind, those added later behind.
    """
    return max(
        enumerate(figures),
        key=lambda pair: (pair[1].dated_on or dt.date.min, pair[0]),
        default=(0, None),
    )[1]


def _settle_precision(record: models.Model, prefix: str) -> None:
    on, precision = f"{prefix}_on", f"{prefix}_precision"
    if getattr(record, on) is None:
        setattr(record, precision, "")
    elif not getattr(record, precision):
        setattr(record, precision, Precision.DAY)


def set_partial_date(
    record: models.Model, prefix: str, value: PartialDate | None, *, is_last: bool
) -> None:
    """Set a date pair; `is_last` takes the last day the date may mean."""
    day = None if value is None else (value.last if is_last else value.first)
    setattr(record, f"{prefix}_on", day)
    setattr(record, f"{prefix}_precision", value.precision if value else "")


def _rows(records: list[Any]) -> dict[str, Any]:
    return {
        "value": [record.as_fact() for record in records],
        "text": "；".join(record.in_full() for record in records),
    }


#: The accessor from the base row to each ledger's own row.
CHILD_OF: dict[Ledger, str] = {
    Ledger.AGREEMENTS: "as_agreement",
    Ledger.ITEMS: "as_item",
    Ledger.INDUSTRIAL: "as_industrial",
    Ledger.INFRASTRUCTURE: "as_infrastructure",
}
