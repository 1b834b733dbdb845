"""The columns of the trail as a file; every column of the row is there but its JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .choices import STATUS_LABELS
from .columns import Column, Kind


def _of(name: str) -> Callable[[Any], Any]:
    return lambda row: getattr(row, name)


def _shown(name: str) -> Callable[[Any], str]:
    return lambda row: str(getattr(row, f"get_{name}_display")())


def _status(name: str) -> Callable[[Any], str]:
    return lambda row: STATUS_LABELS.get(getattr(row, name), "")


def _seconds(row: Any) -> str:
    from django.utils import timezone

    return f"{timezone.localtime(row.recorded_at):%Y-%m-%d %H:%M:%S}"


TRAIL_COLUMNS: tuple[Column, ...] = (
    Column("sequence", "序号", "连续编号，不缺号。", _of("sequence"), Kind.INTEGER),
    Column("recorded_at", "登记时间", "记入系统的时间（北京时间）。", _seconds, width=20),
    Column(
        "effective_on",
        "生效日期",
        "事情实际发生的日期。",
        lambda row: row.effective_on.isoformat(),
        Kind.CODE,
    ),
    Column("actor_name", "操作人", "当时的姓名和用户名。", _of("actor_name"), width=24),
    Column("source", "来源", "网页、后台、导入、命令、初始数据或模拟。", _shown("source")),
    Column("action", "动作", "做了什么。", _shown("action")),
    Column("record_kind", "记录类型", "台账或名录。", _of("record_kind"), width=20),
    Column("record_code", "编号", "记录的编号。", _of("record_code"), Kind.CODE),
    Column("record_name", "名称", "当时的名称。", _of("record_name"), Kind.PROSE, width=40),
    Column("told", "事由", "何人作何变更，一句话。", _of("told"), Kind.PROSE, width=60),
    Column("unit_name", "牵头单位", "当时的牵头单位。", _of("unit_name"), width=24),
    Column("record_version", "版本", "变更后的版本。", _of("record_version"), Kind.INTEGER),
    Column("old_status", "原状态", "变更前的状态。", _status("old_status")),
    Column("new_status", "新状态", "变更后的状态。", _status("new_status")),
    Column("reason", "原因", "选择的原因。", _shown("reason")),
    Column("note", "说明", "填写的说明。", _of("note"), Kind.PROSE, width=40),
    Column("changes", "变更内容", "栏目：原值 → 新值。", _of("in_words"), Kind.PROSE, width=60),
    Column("batch", "批次", "一并办理的各条相同。", _of("batch"), Kind.CODE),
    Column("digest", "摘要", "本条的 SHA-256。", _of("digest"), Kind.CODE, width=20),
    Column("previous_digest", "前一摘要", "前一条的摘要。", _of("previous_digest"), Kind.CODE),
)
