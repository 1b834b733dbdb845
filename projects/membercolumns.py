"""The columns of the membership of two days, for page and files."""

from __future__ import annotations

from .columns import Column, Kind

MEMBER_COLUMNS: tuple[Column, ...] = (
    Column("line", "序号", "本表内的连续编号。", lambda m: m.line, Kind.INTEGER, width=6),
    Column("kind", "变动", "调入、调出，或两日均在列。", lambda m: m.kind.label),
    Column("code", "编号", "条目编号。", lambda m: m.entry.code, Kind.CODE, width=11),
    Column("ledger", "台账", "条目所在的台账。", lambda m: m.entry.get_ledger_display(), width=20),
    Column(
        "name",
        "名称",
        "截止日的名称；调出的为起始日。",
        lambda m: m.entry.name,
        Kind.PROSE,
        width=40,
    ),
    Column("sector", "领域", "截止日的领域；调出的为起始日。", lambda m: m.entry.sector.name),
    Column(
        "lead",
        "牵头单位",
        "截止日的牵头单位；调出的为起始日。",
        lambda m: str(m.entry.lead or ""),
        width=24,
    ),
    Column("status", "状态", "截止日的状态；调出的为起始日。", lambda m: m.entry.status_label),
    Column("how", "方式", "其间登记的新增、期初建账、调出、调入，按先后。", lambda m: m.how),
    Column(
        "on",
        "生效日期",
        "末次调入或调出实际发生的日期。",
        lambda m: m.on.isoformat() if m.on else "",
        Kind.CODE,
    ),
    Column(
        "recorded_at",
        "登记时间",
        "末次调入或调出记入系统的时间。",
        lambda m: m.recorded_at,
        Kind.MOMENT,
        width=17,
    ),
    Column("actor", "经办人", "末次调入或调出的经办人。", lambda m: m.actor, width=20),
    Column(
        "reasons", "原因及说明", "选择的原因和说明。", lambda m: m.reasons, Kind.PROSE, width=40
    ),
    Column(
        "provenance",
        "数据来源",
        "文章载明、公开资料、录入或示例。",
        lambda m: m.entry.get_provenance_display(),
        width=10,
    ),
)
