"""Which entry a row means: by code, else by name, else a new one."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from .. import writing
from ..choices import Ledger
from .ledgersheet import Sheet
from .plans import PlannedRow


def identify(sheet: Sheet) -> None:
    """By code, else by name; what cannot be told apart is refused, each naming the others."""
    groups: dict[Any, list[PlannedRow]] = defaultdict(list)
    for row in sheet.plan.rows:
        _find(sheet, row)
        if key := _key(sheet, row):
            groups[key].append(row)
    for rows in groups.values():
        _refuse_doubles(sheet, rows, rows)
    _refuse_namesakes(sheet)
    _number(sheet)


def _key(sheet: Sheet, row: PlannedRow) -> Any:
    """What two rows that mean the same entry have in common; None when that is not known."""
    if row.target is not None:
        return ("entry", row.target)
    if code := row.given.get("code"):
        return ("code", code)
    name = None if sheet.has_problem(row, "code") else row.given.get("name")
    return name and ("name", name)


def _refuse_doubles(sheet: Sheet, refused: list[PlannedRow], rows: list[PlannedRow]) -> None:
    """Rows that mean what others of `rows` mean as well."""
    if len(rows) < 2:
        return
    for row in refused:
        others = "、".join(f"第{other.row}行" for other in rows if other is not row)[:200]
        if row.code:
            sentence = f"编号{row.code}在{others}也有，请只保留一行，或改正编号。"
        else:
            name = writing.shown(row.given["name"])
            sentence = f"名称“{name}”在{others}也有，请各写编号，或只保留一行。"
        sheet.refuse(row, "code" if "code" in row.given else "name", sentence)


def _refuse_namesakes(sheet: Sheet) -> None:
    """New rows without a code whose name another new row has: the next time nobody knows."""
    coded = defaultdict(list)
    for row in sheet.plan.rows:
        if row.target is None and "code" in row.given and "name" in row.given:
            coded[row.given["name"]].append(row)
    for row in sheet.plan.rows:
        same = coded.get(row.given.get("name", ""))
        if same and row.target is None and "code" not in row.given:
            _refuse_doubles(sheet, [row], [row, *same])


def _find(sheet: Sheet, row: PlannedRow) -> None:
    code, name = row.given.get("code"), row.given.get("name")
    if code:
        row.code = code
        row.target = sheet.stored.by_code.get(code)
        if row.target is None and (sentence := _foreign(sheet, code)):
            sheet.refuse(row, "code", sentence)
    elif not sheet.has_problem(row, "code") and name:
        found = sheet.stored.by_name.get(name, [])
        if len(found) > 1:
            codes = "、".join(sheet.stored.rows[key]["code"] for key in found[:5])
            sheet.refuse(
                row, "name", f"台账中有{len(found)}个条目叫这个名称（{codes}），请写编号。"
            )
        elif found:
            row.target, row.code = found[0], sheet.stored.rows[found[0]]["code"]
    if row.target is not None:
        stored = sheet.stored.rows[row.target]
        row.version, row.name = stored["version"], row.name or stored["name"]
        if stored["delisted_on"] is not None:
            sheet.refuse(row, "code", f"{row.code}已调出台账；需要恢复的，请先办理调入。")


def _foreign(sheet: Sheet, code: str) -> str:
    """Why a new entry of this ledger cannot have the code; empty when it can."""
    other = sheet.stored.elsewhere.get(code) or next(
        (
            other.value
            for other in Ledger
            if other != sheet.ledger and re.fullmatch(f"{other.prefix}-[0-9]+", code)
        ),
        "",
    )
    if other:
        return (
            f"{code}是“{Ledger(other).label}”台账的编号，不能登记到“{sheet.ledger.label}”，"
            "请改正编号，或选择正确的台账后重新上传。"
        )
    return ""


def _number(sheet: Sheet) -> None:
    """Give each new row without a code the next of the ledger."""
    taken = {*sheet.stored.by_code, *sheet.stored.elsewhere}
    taken |= {row.code for row in sheet.plan.rows if "code" in row.given}
    of_ledger = re.compile(rf"{sheet.ledger.prefix}-([0-9]{{1,18}})")
    numbers = [int(match[1]) for code in taken if (match := of_ledger.fullmatch(code))]
    following = max(numbers, default=0) + 1
    for row in sheet.plan.rows:
        if row.target is None and "code" not in row.given and not row.problems:
            while (code := f"{sheet.ledger.prefix}-{following:04}") in taken:
                following += 1
            row.code = code
            following += 1
