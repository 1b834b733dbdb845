"""How lists may be ordered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import Case, F, Value, When

from ..choices import STATUS_LABELS, Ledger, Light


def in_order(column: str, values: Iterable[Any]) -> Case:
    """Order by the place of a value in its list, not by its spelling."""
    places = (When(**{column: value}, then=Value(place)) for place, value in enumerate(values))
    return Case(*places, default=Value(999))


class Ordering(NamedTuple):
    label: str
    expression: Any


#: How `sort` orders: column name → order of the database. The code settles ties.
ORDERINGS: dict[str, Ordering] = {
    "code": Ordering("编号", F("code")),
    "name": Ordering("名称", F("name")),
    "ledger": Ordering("台账", in_order("ledger", Ledger.values)),
    # Their names are those of the day: the filter knows them.
    "sector": Ordering("领域", None),
    "lead": Ordering("牵头单位", None),
    "status": Ordering("状态", in_order("status", STATUS_LABELS)),
    "light": Ordering("亮灯", in_order("light", Light.values)),
    "due": Ordering("完成时限", F("due_on")),
    "expires": Ordering("有效期至", F("expires_on")),
    "moves": Ordering("时限调整次数", F("due_moves")),
    "slip": Ordering("累计推迟天数", F("due_slip")),
    "planned_start": Ordering("计划开始", F("planned_start_on")),
    "started": Ordering("实际开始", F("started_on")),
    "finished": Ordering("实际完成", F("finished_on")),
    "percent": Ordering("完成百分比", F("percent_complete")),
    "total_investment": Ordering("总投资", F("total_investment")),
    "provenance": Ordering("数据来源", F("provenance")),
    "data": Ordering("数据截止日期", F("data_on")),
    "updated": Ordering("更新时间", F("updated_at")),
}
SORTS = [
    (sign + name, f"{ordering.label}{direction}")
    for name, ordering in ORDERINGS.items()
    for sign, direction in (("", "升序"), ("-", "降序"))
]
