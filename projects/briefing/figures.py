"""The counts of a frozen month by the names that texts use, each with the list of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, Q, Value, When
from django.urls import reverse

from .. import rounds, statistics
from ..choices import (
    SIGNED_SET,
    STATUS_LABELS,
    CoordinationLevel,
    Ledger,
    Light,
    MatterKind,
    MatterState,
    Punctuality,
    SectorField,
)
from ..comparison import Comparison, Kind, Movement, compare
from ..models import Book, FollowUps, Round
from ..models.reportrows import sent
from ..periods import AsOf
from ..statistics import Tally, address
from ..wording import FOLLOWED

#: The lights that call an entry late.
LATE = (Light.RED, Light.YELLOW)

MatterCounts = Counter[tuple[str, str, str, bool]]


@dataclass(frozen=True)
class Figure:
    """A count with its list, and that of the closing before; `since` names it."""

    tally: Tally
    before: Tally | None = None
    measure: str = "项"
    since: str = ""

    @property
    def change(self) -> str:
        """By how much, in words."""
        if self.before is None:
            return "无上期数可比"
        difference = self.tally.count - self.before.count
        if not difference:
            return f"与{self.since}持平"
        word = "增加" if difference > 0 else "减少"
        return f"较{self.since}{word}{abs(difference)}{self.measure}"


@dataclass(frozen=True)
class Closing:
    """A frozen month, opened: what is counted at its closing."""

    round: Round

    @cached_property
    def as_of(self) -> AsOf:
        assert self.round.close_of
        return self.round.close_of

    @cached_property
    def book(self) -> Book:
        return Book(self.as_of)

    @cached_property
    def kept(self) -> rounds.Figures:
        """The counts that were kept at the closing."""
        return rounds.Figures.read(self.round.figures)

    @cached_property
    def summaries(self) -> tuple[statistics.LedgerSummary, ...]:
        """The four ledgers side by side."""
        return statistics.summaries(self.kept.entries, self.as_of.query)

    @property
    def share(self) -> statistics.Share:
        """The launched of the items."""
        (share,) = [summary.share for summary in self.summaries if summary.share]
        return share

    @cached_property
    def fields(self) -> dict[SectorField, list[str]]:
        """The slugs of the sectors of each field."""
        found: dict[SectorField, list[str]] = {field: [] for field in SectorField}
        for sector in self.book.names.sectors.values():
            found[SectorField(sector.field)].append(sector.slug)
        return found

    @cached_property
    def matters(self) -> MatterCounts:
        """What was handed out, by kind, state, level and whether it was overdue. One query."""
        rows = FollowUps(self.book).rows().pending().order_by()
        is_late = Q(state=MatterState.OPEN, due_on__lt=self.book.day)
        late = rows.annotate(late=Case(When(is_late, then=Value(1)), default=Value(0)))
        grouped = late.values_list("kind", "state", "level", "late").annotate(n=Count("pk"))
        return Counter({(kind, state, level, bool(x)): n for kind, state, level, x, n in grouped})

    def tallies(self) -> dict[str, tuple[Tally, str]]:
        """Every count by its name, with its measure word."""
        found: dict[str, tuple[Tally, str]] = {}
        for ledger, name, tally in (*self._of_ledgers(), *self._of_fields()):
            found[name] = tally, ledger.measure
        for name, tally in self._of_matters():
            found[name] = tally, "件"
        return found

    # --- the ledgers ------------------------------------------------------------------

    def _of_ledgers(self) -> Iterator[tuple[Ledger, str, Tally]]:
        scope = self.as_of.query
        for summary in self.summaries:
            ledger = Ledger(summary.slug)
            yield ledger, f"{ledger.label}_总数", summary.total
            for tally in (*summary.phases, *summary.lights):
                yield ledger, f"{ledger.label}_{tally.label}", tally
            if summary.share:
                yield ledger, f"{ledger.label}_已启动", summary.share.part
            late = sum(tally.count for tally in summary.lights if tally.slug in LATE)
            href = address(ledger, {**scope, "light": LATE})
            yield ledger, f"{ledger.label}_滞后逾期", Tally("滞后和逾期", late, href)
        yield Ledger.AGREEMENTS, f"{Ledger.AGREEMENTS.label}_已签署", self._signed()

    def _signed(self) -> Tally:
        counted = self.kept.entries.items()
        signed = sum(
            n
            for (kind, status, _), n in counted
            if kind == Ledger.AGREEMENTS and status in SIGNED_SET
        )
        in_order = [slug for slug in STATUS_LABELS if slug in SIGNED_SET]
        href = address(Ledger.AGREEMENTS, {**self.as_of.query, "status": in_order})
        return Tally("已签署", signed, href)

    def _of_fields(self) -> Iterator[tuple[Ledger, str, Tally]]:
        for field, slugs in self.fields.items():
            for ledger in Ledger:
                count = sum(
                    n
                    for slug in slugs
                    for (kind, _), n in self.kept.sectors.get(slug, Counter()).items()
                    if kind == ledger
                )
                scope = {**self.as_of.query, "sector": slugs}
                href = address(ledger, scope) if slugs else ""
                label = f"{field.label}领域{ledger.label}"
                yield ledger, f"{field.label}_{ledger.label}", Tally(label, count, href)

    # --- what is followed up ----------------------------------------------------------

    def _of_matters(self) -> Iterator[tuple[str, Tally]]:
        for kind in FOLLOWED:
            asked: tuple[tuple[str, dict[str, str], dict[str, Any]], ...] = (
                ("办理中", {"state": MatterState.OPEN}, {"state": MatterState.OPEN}),
                ("逾期", {"overdue": "1"}, {"late": True}),
                ("待销号", {"state": MatterState.FILED}, {"state": MatterState.FILED}),
            )
            for word, params, wanted in asked:
                yield f"{kind.label}_{word}", self._matter_tally(kind, word, params, **wanted)
        for level in CoordinationLevel:
            params = {"state": MatterState.OPEN, "level": level}
            wanted = {"state": MatterState.OPEN, "level": level}
            tally = self._matter_tally(MatterKind.PROBLEM, level.label, params, **wanted)
            yield f"问题_{level.label}", tally

    def _matter_tally(
        self, kind: MatterKind, label: str, params: dict[str, str], **wanted: Any
    ) -> Tally:
        count = sum(
            n
            for (of, state, level, late), n in self.matters.items()
            if of == kind
            and wanted.get("state", state) == state
            and wanted.get("level", level) == level
            and wanted.get("late", late) == late
        )
        query = urlencode({**params, **self.as_of.query})
        return Tally(
            f"{kind.label}（{label}）", count, f"{reverse('matters', args=[kind])}?{query}"
        )

    # --- reports ----------------------------------------------------------------------

    @cached_property
    def reports(self) -> dict[int, dict[str, int]]:
        """Of each unit how many reports were asked for and how they came in. One query."""
        counts = {how: Count("pk", filter=given) for how, given in sent(self.round).items()}
        named = {how.name: count for how, count in counts.items()}
        rows = self.round.reports.order_by().values("unit").annotate(due=Count("pk"), **named)
        return {row.pop("unit"): row for row in rows}

    def reported(self, unit: int | None = None) -> dict[str, Tally]:
        """`列入` and each way of coming in, of one unit or of all."""
        rows = [own for key, own in self.reports.items() if unit in (None, key)]
        path = reverse("reports", args=[self.round.period])
        scope = {"unit": str(unit)} if unit is not None else {}

        def tally(label: str, column: str, **asked: str) -> Tally:
            query = urlencode({**scope, **asked})
            return Tally(
                label, sum(row[column] for row in rows), f"{path}?{query}" if query else path
            )

        found = {"列入": tally("列入", "due")}
        return found | {how.label: tally(how.label, how.name, sent=how) for how in Punctuality}


@dataclass(frozen=True)
class Between:
    """What moved between two closings."""

    old: Closing
    new: Closing

    @cached_property
    def comparison(self) -> Comparison:
        return compare(self.old.book, self.new.book, self.old.book.rows(), self.new.book.rows())

    @cached_property
    def _were(self) -> dict[int, str]:
        """The sectors in which the moved entries were before, by their slugs."""
        (section,) = [s for s in self.comparison.sections if s.kind is Kind.MOVED]
        keys = [movement.entry.pk for movement in section.movements]
        rows = self.old.book.rows().filter(entry__in=keys).values_list("entry", "sector")
        return {key: self.old.book.names.sectors[sector].slug for key, sector in rows}

    def moved(self, field: SectorField) -> list[Movement]:
        """Statuses that moved, of what was in that field on both days, by code."""
        (section,) = [s for s in self.comparison.sections if s.kind is Kind.MOVED]
        slugs = self.new.fields[field]
        return [
            m
            for m in section.movements
            if m.entry.sector.slug in slugs and self._were.get(m.entry.pk) in slugs
        ]

    def tally(self, field: SectorField) -> Tally:
        slugs = self.new.fields[field]
        scope = {"from": str(self.old.round.period), "to": str(self.new.round.period)}
        pairs = [*scope.items(), ("kind", Kind.MOVED.slug), *(("sector", s) for s in slugs)]
        href = f"{reverse('compare')}?{urlencode(pairs)}" if slugs else ""
        return Tally("状态变动", len(self.moved(field)), href)
