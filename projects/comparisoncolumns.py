"""The columns of a comparison, for page and files."""

from __future__ import annotations

from .columns import Column, Kind
from .comparison import Movement


def _lead(movement: Movement) -> str:
    return str(movement.entry.lead or "")


COMPARISON_COLUMNS: tuple[Column, ...] = (
    Column("line", "序号", "本表内的连续编号。", lambda m: m.line, Kind.INTEGER, width=6),
    Column("kind", "变动类别", "进入、退出、实际变动或更正。", lambda m: m.kind.value),
    Column("code", "编号", "条目编号。", lambda m: m.entry.code, Kind.CODE, width=11),
    Column("ledger", "台账", "条目所在的台账。", lambda m: m.entry.get_ledger_display(), width=20),
    Column(
        "name",
        "名称",
        "截止日的名称；退出的为起始日。",
        lambda m: m.entry.name,
        Kind.PROSE,
        width=40,
    ),
    Column("sector", "领域", "截止日的领域；退出的为起始日。", lambda m: m.entry.sector.name),
    Column("lead", "牵头单位", "截止日的牵头单位；退出的为起始日。", _lead, width=24),
    Column("what", "栏目", "变动的是什么。", lambda m: m.what, width=16),
    Column("old", "原值", "首次变动前的值。", lambda m: m.old, Kind.PROSE, width=20),
    Column("new", "现值", "末次变动后的值。", lambda m: m.new, Kind.PROSE, width=20),
    Column("times", "次数", "其间变动几次。", lambda m: m.times, Kind.INTEGER, width=6),
    Column("days", "推迟天数", "日期共推迟几天；提前为负。", lambda m: m.days, Kind.INTEGER),
    Column("difference", "增减", "数值共增减多少。", lambda m: m.difference, Kind.MONEY),
    Column(
        "reasons", "原因及说明", "选择的原因和说明。", lambda m: m.reasons, Kind.PROSE, width=40
    ),
)
