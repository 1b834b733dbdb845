"""The words of the queryset of reports."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db.models import Q
from django.utils import timezone

from ..choices import OUTSTANDING, Punctuality, ReportState
from ..periods import AsOf
from ..reporting import STANDSTILL
from .ledger import LedgerEntry
from .recordedrows import RecordedQuerySet
from .rounds import Round

if TYPE_CHECKING:
    from .reports import Report

#: States in which nothing is said.
UNSAID = (ReportState.DUE, ReportState.WAIVED)


class ReportQuerySet(RecordedQuerySet):
    def of(self, round_: Round) -> Self:
        return self.filter(round=round_)

    def for_rows(self) -> Self:
        """All that a row of a list shows, in one query."""
        return self.select_related("round", "unit", "entry__lead", "entry__sector")

    def told_of(self, entry: int, as_of: AsOf | None) -> Self:
        """The reports on an entry, the latest month first; of a past day what was accepted then."""
        rows = self.filter(entry=entry).select_related("round", "entry").order_by("-round__month")
        if as_of:
            return rows.filter(state=ReportState.ACCEPTED, decided_at__lt=as_of.until)
        return rows

    def told_before(self, round_: Round) -> Self:
        """Those of earlier months in which something was said, the latest first."""
        told = self.filter(round__month__lt=round_.month).exclude(state__in=UNSAID)
        return told.select_related("round").order_by("-round__month")

    def with_earlier(self, round_: Round) -> list[Report]:
        """These of one round, each knowing its `earlier`, in one query more."""
        reports = list(self)
        earlier: dict[int, list[Report]] = {report.entry_id: [] for report in reports}
        for told in self.model._default_manager.filter(entry__in=earlier).told_before(round_):
            if len(earlier[told.entry_id]) < STANDSTILL - 1:
                earlier[told.entry_id].append(told)
        for report in reports:
            report.earlier = earlier[report.entry_id]
        return reports

    def late(self, round_: Round, day: dt.date) -> Self:
        """Not signed off by the due day: still outstanding after it, or signed off later."""
        return self.of(round_).filter(late(round_, day))

    def sent(self, how: Punctuality, round_: Round) -> Self:
        """Those of a round that came in so."""
        return self.of(round_).filter(sent(round_)[how])

    def acceptable(self) -> Self:
        """Signed off, and nothing about it to ask."""
        return self.filter(state=ReportState.APPROVED, has_doubts=False)

    def doubtful(self) -> Self:
        """With something to ask; what is 免报 is not asked about."""
        return self.filter(has_doubts=True).exclude(state=ReportState.WAIVED)

    def locked(self) -> Self:
        """Reports and then entries locked in key order, until the transaction ends."""
        keys = list(self.select_for_update(no_key=True).order_by("pk").values_list("pk", "entry"))
        entries = LedgerEntry.objects.filter(pk__in=[entry for _, entry in keys])
        list(entries.select_for_update(no_key=True).order_by("pk").values_list("pk"))
        return self.model._default_manager.filter(pk__in=[pk for pk, _ in keys]).order_by("pk")


def late(round_: Round, day: dt.date) -> Q:
    """On that day; of a frozen month on the day of its closing."""
    ended = timezone.localdate(round_.closed_at) if round_.closed_at else day
    after = Q(first_signed_on__gt=round_.due_on)
    if ended > round_.due_on:
        after |= Q(first_signed_on=None, state__in=OUTSTANDING)
    return after & ~Q(state=ReportState.WAIVED)


def sent(round_: Round) -> dict[Punctuality, Q]:
    """When a report first came in signed off: of each just one of these holds."""
    asked = ~Q(state=ReportState.WAIVED)
    return {
        Punctuality.ON_TIME: asked & Q(first_signed_on__lte=round_.due_on),
        Punctuality.LATE: asked & Q(first_signed_on__gt=round_.due_on),
        Punctuality.MISSING: asked & Q(first_signed_on=None),
        Punctuality.WAIVED: Q(state=ReportState.WAIVED),
    }
