"""The demo's reports: the last closed month as the units brought it in, and the open one half done.

Only samples are reported on; what is said of them is what the ledger says already, so that the
year still ends as the fixtures say.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from . import rounds
from .choices import Ledger, Provenance, ReportState, Source
from .models import Act, Report, Round

#: Of every so many reports one has something to ask, one was returned, one is still being typed.
ASKED, RETURNED, TYPED = 9, 11, 5
#: The unit that brought in nothing, and those that have begun with the open month.
SILENT = "示例单位十三（旌阳）"
BEGUN = ("示例单位一（雁江）", "示例单位二（安岳）", "示例单位三（乐至）")
NOT_SIMULATED = "演示环境不模拟真实条目的填报。"


@dataclass(frozen=True)
class People:
    """Who acts: the unit's two, where it has them, and the bureau's two for the others."""

    first: Any
    second: Any
    reporter: Any
    approver: Any

    def of(self, report: Report) -> tuple[Any, Any, str]:
        """Who fills in, who signs off, and by which step."""
        if self.reporter.unit_id == report.unit_id:
            return self.reporter, self.approver, "sign"
        return self.first, self.second, "sign-paper"


def bring_in(found: Round, people: People, at: dt.datetime) -> None:
    """All that came in for a month which is to be closed."""
    for number, report in enumerate(_samples(found, people, at)):
        if report.unit.name == SILENT:
            continue
        _hand_in(report, people, at, number)
        if number % RETURNED == 0:
            act = _act(people.second, at, "示例：请补充存在问题和下一步工作。")
            report.take("return", act, version=report.version)
        else:
            report.take("accept", _act(people.second, at), version=report.version)


def begin(found: Round, people: People, at: dt.datetime) -> None:
    """What has come in so far for the open month."""
    for number, report in enumerate(_samples(found, people, at)):
        if report.unit.name not in BEGUN or number % TYPED == 0:
            continue
        is_first = report.unit.name == BEGUN[0]
        _hand_in(report, people, at, number, until=number % 3 if is_first else 3)
    units = rounds.standing(found, at.date()).to_remind
    rounds.remind(found, units, by=people.first, source=Source.SIMULATED, at=at)


def _samples(found: Round, people: People, at: dt.datetime) -> list[Report]:
    """The reports on samples; those on real entries are waived."""
    reports = list(found.reports.for_rows().order_by("entry__code"))
    for report in reports:
        if report.entry.provenance != Provenance.SAMPLE:
            act = _act(people.first, at, NOT_SIMULATED)
            report.take("waive", act, version=report.version)
    return [report for report in reports if report.state == ReportState.DUE]


def _hand_in(report: Report, people: People, at: dt.datetime, number: int, until: int = 3) -> None:
    """Fill in, and then submit (from 2) and have it signed off (from 3)."""
    by, head, sign = people.of(report)
    report.fill(_words(report, number), _act(by, at), version=report.version)
    if until >= 2:
        report.take("submit", _act(by, at), version=report.version)
    if until >= 3:
        note = "示例：纸质审定件已存档。" if sign == "sign-paper" else ""
        report.take(sign, _act(head, at, note), version=report.version)


def _words(report: Report, number: int) -> dict[str, Any]:
    entry = report.entry
    said: dict[str, Any] = {
        "progress": entry.progress or "示例进展：按计划推进。",
        "percent": entry.percent_complete,
        "next_step": entry.next_step or "",
    }
    if entry.ledger in (Ledger.INDUSTRIAL, Ledger.INFRASTRUCTURE) and entry.total_investment:
        share = Decimal(entry.percent_complete or 0) / 100
        if number % ASKED == 0:
            share += 1
        said["invested_total"] = (entry.total_investment * share).quantize(Decimal("1"))
        said["invested_month"] = (entry.total_investment / 50).quantize(Decimal("1"))
    said["light"] = ("green", "green", "yellow", "green", "red")[number % 5]
    if number % ASKED == 1:
        said["problems"] = "示例：部分手续办理时间较长。"
        said["coordination"] = "示例：请两市有关部门会商明确办理时限。"
        said["coordination_level"] = "city"
    return said


def _act(by: Any, at: dt.datetime, note: str = "") -> Act:
    return Act(by=by, source=Source.SIMULATED, at=at, note=note)
