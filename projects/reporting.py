"""The way of a report as one table of steps, and what a month's figures should make one ask.

Pure: no database. The door is `models.Report.take`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from .choices import OPEN_TO_TYPING, Action, ReportState
from .rights import Right
from .text import number

#: Months with the same words and figures, this one included, after which one is asked.
STANDSTILL = 3


@dataclass(frozen=True)
class ReportStep:
    """One permitted change of a report's state.

    `right` is needed for it; those of a unit also have to be of the report's unit, unless the
    `bureau_may` do it for them. `another_person`: not the one who submitted (nor, to accept, who
    signed off).
    """

    name: str
    verb: str
    action: Action
    origins: frozenset[ReportState]
    target: ReportState
    right: Right
    needs_note: bool = False
    another_person: bool = False
    bureau_may: bool = False

    @property
    def is_forward(self) -> bool:
        return self.target in (ReportState.APPROVED, ReportState.ACCEPTED)

    @property
    def is_of_the_unit(self) -> bool:
        return self.right in (Right.REPORT, Right.SIGN)


def _from(*states: ReportState) -> frozenset[ReportState]:
    return frozenset(states)


STEPS: tuple[ReportStep, ...] = (
    ReportStep(
        "submit",
        "提交审定",
        Action.SUBMIT,
        OPEN_TO_TYPING,
        ReportState.SUBMITTED,
        Right.REPORT,
        bureau_may=True,
    ),
    ReportStep(
        "recall",
        "撤回修改",
        Action.RECALL,
        _from(ReportState.SUBMITTED),
        ReportState.DRAFT,
        Right.REPORT,
        bureau_may=True,
    ),
    ReportStep(
        "sign",
        "审定",
        Action.SIGN,
        _from(ReportState.SUBMITTED),
        ReportState.APPROVED,
        Right.SIGN,
        another_person=True,
    ),
    ReportStep(
        "send-back",
        "退回修改",
        Action.RETURN,
        _from(ReportState.SUBMITTED),
        ReportState.RETURNED,
        Right.SIGN,
        needs_note=True,
    ),
    ReportStep(
        "accept",
        "采纳",
        Action.ACCEPT,
        _from(ReportState.APPROVED),
        ReportState.ACCEPTED,
        Right.ROUNDS,
        another_person=True,
    ),
    ReportStep(
        "return",
        "退回单位",
        Action.RETURN,
        _from(ReportState.APPROVED),
        ReportState.RETURNED,
        Right.ROUNDS,
        needs_note=True,
    ),
    ReportStep(
        "sign-paper",
        "登记纸质审定",
        Action.SIGN,
        _from(ReportState.SUBMITTED),
        ReportState.APPROVED,
        Right.ROUNDS,
        needs_note=True,
        another_person=True,
    ),
    ReportStep(
        "waive",
        "本月免报",
        Action.WAIVE,
        OPEN_TO_TYPING,
        ReportState.WAIVED,
        Right.ROUNDS,
        needs_note=True,
    ),
    ReportStep(
        "require",
        "恢复应报",
        Action.REQUIRE,
        _from(ReportState.WAIVED),
        ReportState.DUE,
        Right.ROUNDS,
        needs_note=True,
    ),
)
BY_NAME = {step.name: step for step in STEPS}


@dataclass(frozen=True)
class Figures:
    """What a report says in figures; money in 万元, None for what it leaves open."""

    progress: str = ""
    percent: int | None = None
    invested_month: Decimal | None = None
    invested_total: Decimal | None = None


def doubts(
    now: Figures,
    earlier: Sequence[Figures],
    *,
    total_investment: Decimal | None = None,
    is_finished: bool = False,
) -> list[str]:
    """What should be looked at again before submitting; none of it is a refusal.

    `earlier` are the reports of the months before, the latest first; `total_investment` in
    万元; `is_finished` says that the ledger knows the day of completion.
    """
    before = earlier[0] if earlier else Figures()
    found = [
        *_percent_doubts(now, before, is_finished=is_finished),
        *_money_doubts(now, before, total_investment),
    ]
    same = [now, *earlier][:STANDSTILL]
    if len(same) == STANDSTILL and all(_unmoved(a, now) for a in same):
        found.append(f"形象进度和数字已连续{STANDSTILL}个月没有变化，请核实或写明原因。")
    return found


def _unmoved(one: Figures, other: Figures) -> bool:
    return (one.progress, one.percent, one.invested_total) == (
        other.progress,
        other.percent,
        other.invested_total,
    )


def _percent_doubts(now: Figures, before: Figures, *, is_finished: bool) -> list[str]:
    found = []
    if now.percent is not None and before.percent is not None and now.percent < before.percent:
        found.append(f"完成百分比由上月的{before.percent}%降为{now.percent}%，请核实。")
    if now.percent == 100 and not is_finished:
        found.append("完成百分比为100，台账还没有实际完成日期，请在形象进度中写明何时完成。")
    return found


def _money_doubts(now: Figures, before: Figures, total: Decimal | None) -> list[str]:
    found = []
    done, was, month = now.invested_total, before.invested_total, now.invested_month
    if done is not None and total is not None and done > total:
        found.append(f"累计完成投资{number(done)}万元超过总投资{number(total)}万元，请核实。")
    if done is not None and was is not None and done < was:
        found.append(f"累计完成投资由上月的{number(was)}万元降为{number(done)}万元，请核实。")
    if done is not None and was is not None and month is not None and done - was != month:
        found.append(
            f"累计完成投资{number(done)}万元不等于上月累计{number(was)}万元"
            f"加本月完成{number(month)}万元，请核实。"
        )
    return found
