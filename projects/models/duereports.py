"""What a round has to hear of, and the blank reports that are laid out for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import models

from .ledger import LedgerEntry
from .reports import Report
from .rounds import Round


def due_pairs() -> list[tuple[int, int]]:
    """Entries to be reported on, and by whom: listed, led by a unit, neither done nor stopped."""
    entries = LedgerEntry.objects.listed().running().exclude(lead=None)
    return list(entries.values_list("pk", "lead"))


def lay_out(round_: Round, pairs: Iterable[tuple[int, int]], day: dt.date) -> None:
    """Make the blank reports (entry and unit) of a round on that day; the caller's transaction."""
    plain: models.QuerySet[Report] = models.QuerySet(Report)
    plain.bulk_create(
        Report(round=round_, entry_id=entry, unit_id=unit, laid_out_on=day)
        for entry, unit in sorted(pairs)
    )
