"""What the rows would add and change, and what the database would refuse of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import Any

from ..choices import Basis
from ..models import LEDGER_MODELS
from ..models.conditions import broken
from .building import built, fill
from .fields import TOTAL, targets_of
from .ledgersheet import Counting, Sheet
from .plans import CellChange, PlannedRow, Verdict
from .readers import Value
from .stored import chunks
from .totals import new_total, totals_of

PLANNED = ("planned_start", "due")


def compare(sheet: Sheet, counted: Counting = iter) -> None:
    """Give each row its verdict, with what it would change."""
    for row in counted(sheet.plan.rows):
        row.given.pop("code", None)
        if row.target is None:
            _judge_new(sheet, row)
        else:
            _judge_stored(sheet, row)
    changed = [row for row in sheet.plan.rows if row.verdict == Verdict.CHANGED]
    for some in chunks(changed):
        _try(sheet, some)


def _judge_new(sheet: Sheet, row: PlannedRow) -> None:
    for name in [t.name for t in targets_of(sheet.ledger).values() if t.is_required]:
        if name not in row.given and not sheet.has_problem(row, name):
            sheet.refuse(row, name, "没有填写，新增条目必须填写。")
    if "basis_alone" in row.given:
        sheet.refuse(row, TOTAL[1], "没有填写总投资，投资口径和限定须与总投资一并填写。")
    _refuse_own_lead(sheet, row, row.given.get("lead"), ())
    if row.problems:
        return
    if "total_investment" in row.given:
        number, qualifier, basis = row.given["total_investment"]
        basis = basis or Basis.ESTIMATE.value
        row.given["total_investment"] = (number, qualifier, basis)
    row.verdict = Verdict.NEW
    row.changes = [
        CellChange(_heading(sheet, name), "", _shown(sheet, name, value))
        for name, value in row.given.items()
    ]
    _refuse_broken(sheet, row, [built(sheet.ledger, row, sheet.known)])
    if gone := sheet.stored.gone.get(row.given["name"]):
        sentence = (
            f"与已调出的条目{gone}同名；是同一条目的，请先在后台办理“调入”，"
            "不是的，请在名称中加以区别。"
        )
        sheet.refuse(row, "name", sentence)
    if namesakes := sheet.stored.by_name.get(row.given["name"]):
        codes = "、".join(sheet.stored.rows[key]["code"] for key in namesakes[:5])
        row.doubts.append(f"与已有条目{codes}同名，请核对是否重复。")


def _refuse_own_lead(sheet: Sheet, row: PlannedRow, lead: Any, partners: Iterable[Any]) -> None:
    is_touched = bool({"lead", "partners"} & row.given.keys())
    if is_touched and lead is not None and lead in row.given.get("partners", partners):
        unit = sheet.known.unit_by_key[lead]
        name = "partners" if "partners" in sheet.at else "lead"
        sheet.refuse(row, name, f"“{unit}”已是牵头单位，不能再作为责任（配合）单位。")


def _refuse_broken(sheet: Sheet, row: PlannedRow, records: list[Any]) -> None:
    for condition in [c for record in records for c in broken(record)]:
        read = {re.sub("_(on|precision)$", "", column) for column in condition.columns}
        name = next((t.name for t in reversed(sheet.targets) if t.name in read), "name")
        sheet.refuse(row, name, condition.sentence)


def _heading(sheet: Sheet, name: str) -> str:
    return targets_of(sheet.ledger)[name].heading


def _shown(sheet: Sheet, name: str, value: Value) -> str:
    """A value as the plan shows it."""
    if name == "lead":
        return str(sheet.known.unit_by_key[value])
    target = targets_of(sheet.ledger)[name]
    if name != "total_investment":
        return target.show(value, sheet.known)
    number, qualifier, basis = value
    shown = target.show((number, qualifier), sheet.known)
    label = f"（{Basis(basis).label}）" if basis else ""
    return f"{shown}{label}"


def _judge_stored(sheet: Sheet, row: PlannedRow) -> None:
    """Keep of the given values those that differ; empty cells leave what is stored."""
    stored = sheet.stored.rows[row.target]
    _refuse_status(sheet, row, stored)
    partners = sheet.stored.partners.get(row.target, ())
    _refuse_own_lead(sheet, row, row.given.get("lead", stored["lead_id"]), partners)
    _refuse_basis_alone(sheet, row, stored)
    for name in [name for name in row.given if name != "status"]:
        old, new = _old(sheet, name, stored), row.given[name]
        if name == "total_investment":
            basis = new[2] or old[2] or Basis.ESTIMATE.value
            new = row.given[name] = (new[0], new[1], basis)
        if old == new:
            del row.given[name]
            continue
        if name in PLANNED and old[0] is not None:
            sheet.plan.moved.add(row.row)
        was = _shown_old(sheet, name, old)
        row.changes.append(CellChange(_heading(sheet, name), was, _shown(sheet, name, new)))
    row.given.pop("status", None)
    if not row.problems:
        row.verdict = Verdict.CHANGED if row.given else Verdict.UNCHANGED


def _shown_old(sheet: Sheet, name: str, old: Value) -> str:
    first = old[0] if isinstance(old, tuple) and old else old
    return "" if first in (None, (), "") else _shown(sheet, name, old)


def _old(sheet: Sheet, name: str, stored: dict[str, Any]) -> Value:
    if name in ("regions", "partners"):
        return getattr(sheet.stored, name).get(stored["pk"], ())
    if name == "total_investment":
        return tuple(stored[column] for column in (TOTAL[0], TOTAL[2], TOTAL[1]))
    return targets_of(sheet.ledger)[name].now(stored)


def _refuse_status(sheet: Sheet, row: PlannedRow, stored: dict[str, Any]) -> None:
    said = row.given.get("status")
    if said and said != stored["status"]:
        show = partial(_shown, sheet, "status")
        sheet.refuse(
            row,
            "status",
            f"台账中为“{show(stored['status'])}”，表中为“{show(said)}”：已有条目的状态"
            "只能通过“推进”办理，请删去这一格或改为现状态。",
        )


def _refuse_basis_alone(sheet: Sheet, row: PlannedRow, stored: dict[str, Any]) -> None:
    basis, qualifier = row.given.pop("basis_alone", ("", ""))
    is_known = basis in ("", stored[TOTAL[1]]) and qualifier in ("", stored[TOTAL[2]])
    if not is_known:
        sheet.refuse(row, TOTAL[1], "没有填写总投资，投资口径和限定须与总投资一并填写。")


def _try(sheet: Sheet, rows: list[PlannedRow]) -> None:
    """Would the database take the changed entries? They are read for it, a chunk at a time."""
    model = LEDGER_MODELS[sheet.ledger]
    entries = model.objects.in_bulk([row.target for row in rows])
    totals = totals_of([row.target for row in rows if "total_investment" in row.given])
    for row in rows:
        entry = entries[row.target]
        fill(entry, row.given, sheet.known)
        _refuse_broken(sheet, row, [entry])
        if "total_investment" in row.given:
            try:
                new_total(row, totals.get(row.target, []))
            except ValueError as reason:
                sheet.refuse(row, "total_investment", f"{reason}。")
