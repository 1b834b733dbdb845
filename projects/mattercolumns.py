"""The columns of the lists of problems, decisions, instructions and slips, for page and files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from .choices import MatterKind, Precision
from .columns import Column, Kind
from .models import Matter
from .periods import PartialDate


def _of(name: str) -> Callable[[Matter], Any]:
    return lambda matter: getattr(matter, name)


def _shown(name: str) -> Callable[[Matter], str]:
    return lambda matter: str(getattr(matter, f"get_{name}_display")())


def _text(name: str) -> Callable[[Matter], str]:
    return lambda matter: str(getattr(matter, name) or "")


def _day(name: str) -> Callable[[Matter], PartialDate | None]:
    def value(matter: Matter) -> PartialDate | None:
        day: dt.date | None = getattr(matter, name)
        return PartialDate(day, Precision.DAY) if day else None

    return value


def _entries(matter: Matter) -> str:
    entries = sorted(matter.entries.all(), key=lambda entry: entry.code)
    return "、".join(f"{entry.code} {entry.name}" for entry in entries)


def _light(matter: Matter) -> str:
    return matter.lit.light.label if matter.lit else ""


def _reason(matter: Matter) -> str:
    return matter.lit.reason if matter.lit else ""


def _handling(matter: Matter) -> str:
    last = matter.last_handling
    return f"{last.handled_on.isoformat()}：{last.told}" if last else ""


def _source(matter: Matter) -> str:
    """Whence it comes: a report, or another matter."""
    if matter.report:
        return f"{matter.report.round.period.label}月报（{matter.report.entry.code}）"
    return matter.origin.code if matter.origin else ""


_FIRST = (
    Column(
        "code",
        "编号",
        "系统给的编号，不重复使用。",
        _of("code"),
        Kind.CODE,
        sort="code",
        on_screen=True,
        width=11,
    ),
    Column(
        "name",
        "标题",
        "事项的标题。",
        _of("title"),
        Kind.PROSE,
        sort="name",
        on_screen=True,
        width=36,
    ),
)
_OWN: dict[MatterKind, tuple[Column, ...]] = {
    MatterKind.PROBLEM: (
        Column(
            "category",
            "问题类别",
            "按五类难点归类。",
            _shown("category"),
            sort="category",
            on_screen=True,
        ),
        Column(
            "level",
            "协调层级",
            "需在哪一级协调；逾期未销号的升高一级。",
            _shown("level"),
            sort="level",
            on_screen=True,
        ),
    ),
    MatterKind.DECISION: (
        Column(
            "meeting", "议定会议", "议定该事项的会议。", _text("meeting"), on_screen=True, width=24
        ),
    ),
    MatterKind.INSTRUCTION: (
        Column("leader", "批示领导", "作出批示的领导。", _of("leader"), on_screen=True),
    ),
    MatterKind.SLIP: (
        Column(
            "number", "文号", "签发时按年编号。", _of("document_number"), on_screen=True, width=22
        ),
        Column(
            "colour",
            "督办等级",
            "蓝色提示、黄色预警或红色督办。",
            _shown("colour"),
            sort="colour",
            on_screen=True,
        ),
    ),
}
_SHARED = (
    Column("unit", "责任单位", "负责办理的单位。", _text("unit"), on_screen=True, width=24),
    Column("person", "责任人", "责任单位的责任人。", _of("responsible_person")),
    Column("entries", "涉及条目", "涉及的台账条目。", _entries, Kind.PROSE, width=36),
    Column(
        "opened",
        "交办（签发）日期",
        "交给责任单位办理的日期。",
        _day("opened_on"),
        Kind.DATE,
        "opened",
    ),
    Column(
        "due", "办理时限", "应当办结的日期。", _day("due_on"), Kind.DATE, sort="due", on_screen=True
    ),
    Column(
        "state",
        "办理状态",
        "拟办、办理中、已提请销号、已销号或已撤销。",
        _shown("state"),
        sort="state",
        on_screen=True,
    ),
    Column(
        "light",
        "亮灯",
        "只按办理时限：逾期未提请销号的为红灯，临近时限的为蓝灯；拟办、已提请、已销号、已撤销的为灰灯。"
        "预警天数和颜色以亮灯规则为准。",
        _light,
        on_screen=True,
        width=8,
    ),
    Column("light_reason", "时限情况", "亮灯的原因。", _reason, width=24),
    Column(
        "handling",
        "最新办理情况",
        "最后登记的一条办理情况及其办理日期。",
        _handling,
        Kind.PROSE,
        width=48,
    ),
    Column("text", "内容", "事由和要求。", _of("text"), Kind.PROSE, width=48),
    Column("outcome", "办理结果", "提请销号时写明的结果。", _of("outcome"), Kind.PROSE, width=40),
    Column("filed_by", "提请人", "提请销号的人员。", _of("filed_by"), width=20),
    Column("filed_at", "提请时间", "提请销号的时间。", _of("filed_at"), Kind.MOMENT, width=16),
    Column("confirmed_by", "确认人", "确认销号的人员，不是提请人。", _of("confirmed_by"), width=20),
    Column(
        "confirmed_at", "确认时间", "确认销号的时间。", _of("confirmed_at"), Kind.MOMENT, width=16
    ),
    Column("source", "来源", "来源月报或来源事项的编号。", _source, width=20),
    Column("note", "说明", "退回、恢复或撤销的说明。", _of("note"), Kind.PROSE, width=30),
)


def matter_columns(kind: MatterKind) -> tuple[Column, ...]:
    """All columns of that list, as its files have them."""
    return _FIRST + _OWN[kind] + _SHARED


def matter_screen_columns(kind: MatterKind) -> tuple[Column, ...]:
    return tuple(column for column in matter_columns(kind) if column.on_screen)
