"""How a cell of each of our columns is read; each raises ValueError with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

from .. import text, writing
from ..choices import STATUSES, Basis, Qualifier
from ..intake import Cell
from ..periods import PartialDate
from .known import Known

#: What a cell says: text, a day with its precision, a number, keys.
Value = Any
REGISTER_UNIT = "请核对写法；确是新单位的，请先在后台“单位”中登记，再重新核对"


def is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _one(found: list[Any], said: str, kind: str, way_out: str) -> Any:
    if not found:
        raise ValueError(f"“{writing.shown(said)}”不在{kind}中，{way_out}")
    if len(found) > 1:
        shown = "、".join(str(record) for record in found)
        raise ValueError(f"“{writing.shown(said)}”可以是{shown}，请写全称")
    return found[0]


def sector(cell: Cell, known: Known) -> Value:
    said = writing.line(cell)
    names = "、".join(sector.name for sector in known.sectors)
    return _one(
        known.sector_names.get(text.searchable(said), []), said, "领域", f"请写成其中之一：{names}"
    ).pk


_BETWEEN = re.compile(r"[、,，;；\n]")


def regions(cell: Cell, known: Known) -> Value:
    codes = []
    for said in _BETWEEN.split(writing.prose(cell)):
        if said.strip():
            found = known.region_names.get(text.searchable(said), [])
            advice = "请写行政区划的全称或代码，多个地区用顿号隔开"
            codes.append(_one(found, said.strip(), "地区", advice).code)
    if not codes:
        raise ValueError(f"“{writing.shown(cell)}”中没有地区，请填写或留空")
    return tuple(sorted(set(codes)))


def unit(said: str, known: Known) -> Any:
    """The key of the unit of that name. Raises ValueError when there is none, or several."""
    return _one(known.unit_names.get(text.searchable(said), []), said, "单位名录", REGISTER_UNIT).pk


def lead(cell: Cell, known: Known) -> Value:
    """Key of the lead (None: none before a comma), and of those behind it."""
    leads, partners = writing.names(cell)
    if not leads + partners:
        raise ValueError(f"“{writing.shown(cell)}”中没有单位，请填写或留空")
    if len(leads) > 1:
        raise ValueError(
            f"“{writing.shown(cell)}”有{len(leads)}个牵头单位，一个条目只登记1个，"
            "请把其余的写在逗号之后，作为责任（配合）单位"
        )
    keys = [unit(said, known) for said in leads]
    behind = tuple(sorted({unit(said, known) for said in partners}))
    if set(keys) & set(behind):
        raise ValueError(f"“{writing.shown(cell)}”中有同一单位的全称和简称，请删去一个")
    return (keys[0] if keys else None, behind)


def partners(cell: Cell, known: Known) -> Value:
    leads, partners = writing.names(cell)
    if not leads + partners:
        raise ValueError(f"“{writing.shown(cell)}”中没有单位，请填写或留空")
    return tuple(sorted({unit(said, known) for said in leads + partners}))


def status(cell: Cell, known: Known) -> Value:
    said = writing.line(cell)
    if found := known.statuses.get(text.searchable(said)):
        return found.slug
    labels = "、".join(status.label for status in STATUSES[known.ledger])
    raise ValueError(f"“{writing.shown(cell)}”不是本台账的状态，请写成其中之一：{labels}")


def basis(cell: Cell, known: Known) -> Value:
    return _labelled(cell, Basis, "投资口径")


def qualifier(cell: Cell, known: Known) -> Value:
    return _labelled(cell, Qualifier, "投资限定")


def _labelled(cell: Cell, choices: Any, kind: str) -> str:
    said = writing.line(cell)
    labels = {str(label): str(value) for value, label in choices.choices if value}
    for label, value in labels.items():
        if said in (label, value):
            return value
    raise ValueError(f"“{writing.shown(cell)}”不是{kind}，请写成其中之一：{'、'.join(labels)}")


def origin(cell: Cell, known: Known) -> Value:
    code = writing.code(cell)
    if code not in known.origins:
        raise ValueError(f"“{writing.shown(cell)}”不在台账中，请先登记该条目，或者改正编号")
    return known.origins[code].pk


def day_in(is_last: bool) -> Callable[[Cell, Known], Value]:
    def read(cell: Cell, known: Known) -> Value:
        said: PartialDate = writing.day(cell)
        return (said.last if is_last else said.first, str(said.precision))

    return read


def percent(cell: Cell, known: Known) -> Value:
    return writing.percent(cell)


def amount(cell: Cell, unit_of_numbers: str) -> tuple[Decimal, str]:
    """In 万元, and its qualifier; refused where a number names no unit and none is chosen."""
    if unit_of_numbers:
        number, qualifier = writing.amount(cell, unit_of_numbers)
        return number, str(qualifier)
    number, qualifier = writing.amount(cell, "万元")
    with_other = None
    with suppress(ValueError):
        with_other = writing.amount(cell, "亿元")[0]
    if with_other != number:
        raise ValueError(
            f"“{writing.shown(cell)}”没有写明单位，请在“列的对应”中选择金额单位，"
            "或写成 12000万元、1.2亿元"
        )
    return number, str(qualifier)
