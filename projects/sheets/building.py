"""An entry as a row would have it, not saved."""

from __future__ import annotations

from ..choices import INITIAL, Ledger
from ..models import LEDGER_MODELS, LedgerEntry
from .fields import TOTAL, targets_of
from .known import Known
from .plans import PlannedRow
from .readers import Value

#: What is read with another column, or apart from the columns of the entry.
APART = frozenset({"code", "status", "lead", "partners", "regions", *TOTAL})


def fill(entry: LedgerEntry, given: dict[str, Value], known: Known) -> None:
    """Set the columns that lie in the entry's own row; never its status."""
    targets = targets_of(Ledger(entry.kind or entry.ledger))
    for name, value in given.items():
        if name in APART - {"lead"}:
            continue
        stored = targets[name].stored
        for column, part in zip(stored, value if len(stored) > 1 else (value,), strict=True):
            setattr(entry, column, part)
    if "sector" in given:
        entry.sector = known.sector_by_key[given["sector"]]
    if "lead" in given:
        entry.lead = known.unit_by_key[given["lead"]]
    for name in {"agreement", "item"} & given.keys():
        setattr(entry, name, known.origin_by_key[given[name]])


def built(ledger: Ledger, row: PlannedRow, known: Known) -> LedgerEntry:
    """The new entry of the row, unsaved."""
    first = row.given.get("status", INITIAL[ledger].slug)
    entry = LEDGER_MODELS[ledger](code=row.code, ledger=ledger, status=first)
    fill(entry, row.given, known)
    return entry
