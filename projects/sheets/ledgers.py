"""An office's own ledger: what its rows would add and change, and the writing of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction

from ..choices import Ledger, Reason, Source
from ..intake import Grid, Refused, read
from ..models import LEDGER_MODELS, Act, LedgerEntry, Revision, Stale, Upload
from ..models.firstfilling import Filling, create_all
from .building import built, fill
from .comparing import compare
from .identifying import identify
from .known import Known
from .ledgersheet import Counting, Sheet
from .mapping import Mapping, visible
from .plans import CellProblem, Changed, LedgerPlan, PlannedRow, Verdict
from .totals import figure_of, new_total, totals_of


def plan(
    ledger: Ledger,
    name: str,
    content: bytes,
    mapping: Mapping,
    read_: Counting = iter,
    judged: Counting = iter,
) -> LedgerPlan:
    """What this file would do to the ledger; writes nothing.

    Its rows go through `read_` as they are read, and through `judged` as they get their verdict.
    """
    try:
        return _planned(ledger, name, visible(read(content, name)), mapping, read_, judged)
    except Refused as refusal:
        return LedgerPlan(refusals=[CellProblem(refusal.sentence, file=name)])


def _planned(
    ledger: Ledger,
    name: str,
    grids: list[Grid],
    mapping: Mapping,
    read_: Counting = iter,
    judged: Counting = iter,
) -> LedgerPlan:
    """The same of a file that is unpacked already; raises Refused."""
    sheet = Sheet(ledger, name, grids, mapping, read_)
    identify(sheet)
    compare(sheet, judged)
    return sheet.plan


class ReasonNeeded(Changed):
    """Planned dates would move, and nobody has said why."""


@dataclass(frozen=True)
class Moves:
    """Why planned dates move, given once for the whole upload."""

    reason: Reason | None = None
    note: str = ""


def apply(upload: Upload, shown: str, *, by: Any, moves: Moves = Moves()) -> dict[str, int]:
    """Write what the plan with that digest showed, all or nothing; how many rows of each verdict.

    Raises `Changed` when the plan is no longer the same.
    """
    if upload.applied_at:
        raise Changed
    ledger, mapping, file = Ledger(upload.ledger), Mapping.of(upload), upload.files.get()
    assert mapping is not None
    try:
        grids = visible(read(bytes(file.content), file.name))  # before any lock
        with transaction.atomic():
            if Upload.objects.select_for_update(no_key=True).get(pk=upload.pk).applied_at:
                raise Changed
            _lock(ledger)
            made = _planned(ledger, file.name, grids, mapping)
            if made.digest != shown:
                raise Changed
            if made.moves_dates and not moves.reason:
                raise ReasonNeeded
            act = Act(by=by, source=Source.IMPORT, batch=upload.batch).stamped()
            _write(ledger, made, act, moves, file.sha256[:16])
            counts = made.counts
            upload.finish(counts)
    except (Stale, IntegrityError, Refused) as problem:
        raise Changed from problem
    except DatabaseError as problem:
        if not _is_in_the_way(problem):
            raise
        raise Changed from problem
    return counts


def _is_in_the_way(problem: DatabaseError) -> bool:
    """Did another writer hold what was needed (deadlock, or too long a wait)?"""
    return getattr(problem.__cause__, "sqlstate", "") in ("40P01", "55P03")


def _lock(ledger: Ledger) -> None:
    """The ledger's entries in the order in which all lock them, then the chain's head."""
    entries = LedgerEntry.objects.filter(ledger=ledger).order_by("pk")
    list(entries.select_for_update(no_key=True).values_list("pk", flat=True))
    Revision.locked_head()


def _write(ledger: Ledger, made: LedgerPlan, act: Act, moves: Moves, sha: str) -> None:
    known = Known(ledger)

    def note(row: PlannedRow) -> str:
        return f"导入“{row.file}”第{row.row}行（文件摘要{sha}）。"

    for row in made.to_write:
        if row.verdict == Verdict.CHANGED:
            said = replace(act, note=note(row))
            if row.row in made.moved:
                said = replace(said, reason=moves.reason, note=f"{moves.note}\n{said.note}".strip())
            _change(ledger, row, known, said)
    new = (row for row in made.rows if row.verdict == Verdict.NEW)
    create_all((_filling(ledger, row, known, note(row)) for row in new), act)


def _change(ledger: Ledger, row: PlannedRow, known: Known, act: Act) -> None:
    """Change a stored entry, as a person would in the form."""
    entry = LEDGER_MODELS[ledger].objects.get(pk=row.target)
    with entry.recording(act, expect=row.version):
        fill(entry, row.given, known)
        if "regions" in row.given:
            entry.regions.set(known.region_by_code[code] for code in row.given["regions"])
        if "partners" in row.given:
            entry.partners.set(known.unit_by_key[key] for key in row.given["partners"])
        if "total_investment" in row.given:
            figure = new_total(row, totals_of([entry.pk]).get(entry.pk, []))
            figure.entry = entry
            figure.save()


def _filling(ledger: Ledger, row: PlannedRow, known: Known, note: str) -> Filling:
    given, figures = row.given, []
    if "total_investment" in given:
        number, qualifier, basis = given["total_investment"]
        day, precision = given.get("data", (None, ""))
        figures = [figure_of(number, qualifier, basis, day, precision)]
    return Filling(
        built(ledger, row, known),
        [known.region_by_code[code] for code in given.get("regions", ())],
        [known.unit_by_key[key] for key in given.get("partners", ())],
        figures,
        note,
    )
