"""亮灯: three things are asked of an entry, the worst answer is its light. Pure.

- Deadline: soon due, overdue and not done.
- Progress: per cent done against per cent of the time gone (序时进度), in points.
- Report: the last month that was due has not been reported, signed off by the unit's head.

Thresholds and colours are a `Rule`, data of the office. The database says the same in
`EntryRows.with_light`; a test holds the two together. Green is said only where progress is
known: what has no dates or no per cent done is grey. Source of the default rule: the rule
that 银川 published (under 10 points green, 10 to 30 yellow, over 30 red).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from .choices import AT_REST, Light, Phase

WORST_FIRST = tuple(Light)
#: Decimal places with which a lag is shown, the fewest that do not hide a crossed threshold.
PLACES = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Rule:
    """Thresholds in days and points, and the light of each finding; None: it gives none.

    The lag threshold counts as reached at its value (10 points are a lag), the far one when it
    is passed (30 points are not yet far behind).
    """

    soon_days: int = 7
    lag_points: int = 10
    far_points: int = 30
    reads_progress: bool = True
    overdue: Light | None = Light.RED
    soon: Light | None = Light.BLUE
    far_behind: Light | None = Light.RED
    behind: Light | None = Light.YELLOW
    silent: Light | None = Light.YELLOW


#: What was read before the office had a rule: the deadline alone, and green without progress.
DEADLINE_ALONE = Rule(reads_progress=False, silent=None)


@dataclass(frozen=True)
class Standing:
    """What an entry states, so far as its light depends on it.

    `begins_on` is the planned start, or the actual one where no plan is known; `due_on` the
    last day that the due date may mean. `silent_month` names the month that should have been
    reported and was not.
    """

    phase: Phase
    due_on: dt.date | None = None
    begins_on: dt.date | None = None
    percent: int | None = None
    awaits_update: bool = False
    data_date: str = ""
    silent_month: str = ""


@dataclass(frozen=True)
class Answer:
    """What one of the three says; grey where it cannot be answered."""

    label: str
    light: Light
    words: str


@dataclass(frozen=True)
class Reading:
    """A light with its reason in words, and the answers that made it."""

    light: Light
    reason: str
    answers: tuple[Answer, ...] = ()


def read(standing: Standing, rule: Rule, day: dt.date) -> Reading:
    """The light on `day`."""
    if standing.phase in AT_REST:
        return Reading(Light.GREY, f"{standing.phase.label}，不计时限")
    if standing.awaits_update:
        return Reading(Light.GREY, _awaiting(standing.data_date))
    answers = [_deadline(standing, rule, day)]
    if rule.reads_progress:
        answers.append(_progress(standing, rule, day))
    if rule.silent and standing.silent_month:
        answers.append(Answer("报送", rule.silent, f"{standing.silent_month}月报到期未报送"))
    return Reading(*_worst(answers), tuple(answers))


def _worst(answers: list[Answer]) -> tuple[Light, str]:
    """The worst answer and its words; green where nothing is open."""
    worst = min((answer.light for answer in answers), key=WORST_FIRST.index)
    unknown = [answer.words for answer in answers if answer.light == Light.GREY]
    if worst == Light.GREY:
        return worst, unknown[0]
    alike = "；".join(answer.words for answer in answers if answer.light == worst)
    if worst == Light.GREEN and unknown:
        return Light.GREY, f"{unknown[0]}；{alike}"
    return worst, alike


def _deadline(standing: Standing, rule: Rule, day: dt.date) -> Answer:
    due = standing.due_on
    if due is None:
        return Answer("时限", Light.GREY, "未填完成时限")
    left = (due - day).days
    if left < 0:
        words = f"已逾期{-left}天（时限{due.isoformat()}）"
        return Answer("时限", rule.overdue or Light.GREEN, words)
    if left <= rule.soon_days:
        words = f"临近时限，还有{left}天" if left else "今日到期"
        return Answer("时限", rule.soon or Light.GREEN, words)
    return Answer("时限", Light.GREEN, f"距时限还有{left}天")


def _progress(standing: Standing, rule: Rule, day: dt.date) -> Answer:
    begins, due, percent = standing.begins_on, standing.due_on, standing.percent
    missing = _missing(standing)
    if missing or begins is None or due is None or percent is None:
        return Answer("进度", Light.GREY, f"{missing}，不能判断进度")
    gone = time_gone(begins, due, day)
    lag = gone - percent
    light, words = Light.GREEN, "超前" if lag < 0 else "落后"
    if lag > rule.far_points:  # it is behind as well: never a milder light than for less
        light, words = _worse(rule.far_behind, rule.behind), "严重滞后"
    elif lag >= rule.lag_points:
        light, words = rule.behind or Light.GREEN, "滞后"
    told = f"{words}{_points(abs(lag), rule)}个百分点" if lag else "与序时进度持平"
    return Answer("进度", light, f"完成{percent}%，序时进度{_tenth(gone)}%，{told}")


def _worse(*lights: Light | None) -> Light:
    return min((light or Light.GREEN for light in lights), key=WORST_FIRST.index)


def _missing(standing: Standing) -> str:
    """What progress cannot be read without, in words; empty when all is known."""
    if standing.due_on is None:
        return "未填完成时限"
    if standing.begins_on is None:
        return "未填计划开始"
    if standing.due_on < standing.begins_on:
        return "完成时限早于实际开始"
    return "未填完成百分比" if standing.percent is None else ""


def time_gone(begins: dt.date, due: dt.date, day: dt.date) -> Fraction:
    """序时进度: days gone by the end of `day`, of all days from `begins` to `due`, both
    included; per cent, exact, from 0 to 100. `due` is not before `begins`."""
    whole = (due - begins).days + 1
    gone = min(max((day - begins).days + 1, 0), whole)
    return Fraction(gone * 100, whole)


def _tenth(value: Fraction, places: int = 1) -> str:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"


def _points(lag: Fraction, rule: Rule) -> str:
    """The lag in points: 29.97 is not written as 30.0, nor 30.04."""
    written = (_tenth(lag, places) for places in PLACES)
    side = _side(lag, rule)
    return next((shown for shown in written if _side(Fraction(shown), rule) == side), _tenth(lag))


def _side(points: Fraction, rule: Rule) -> list[tuple[bool, bool]]:
    """On which side of each threshold."""
    return [(points < at, points > at) for at in (rule.lag_points, rule.far_points)]


def _awaiting(data_date: str) -> str:
    """`数据截止2019年，待更新`; a day or month stands as it is written."""
    if not data_date:
        return "待更新"
    year = f"{data_date}年" if len(data_date) == 4 else data_date
    return f"数据截止{year}，待更新"
