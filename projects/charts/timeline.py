"""Time as a picture: the plan, the course and the milestones of one entry, or of a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.safestring import SafeString

from ..choices import Light, Precision
from ..periods import PartialDate
from .picture import (
    EMPTY,
    Key,
    Picture,
    Table,
    TableRow,
    element,
    joined,
    link,
    number,
    path,
    rect,
    svg,
    text,
)
from .plans import LATE, PLANNED, REACHED, Mark, Plan
from .timescale import (
    DIAMOND,
    HEAD,
    MARGIN,
    TRIANGLE,
    Scale,
    actual,
    is_vague,
    marks_of,
    planned,
    pointed,
    scale_of,
)

WIDTH, LABEL, ROW = 720, 190, 34
LIST_WIDTH, LIST_LEFT, LIST_ROW = 960, 12, 58
#: Characters of a name that fit.
NAME, LIST_NAME = 11, 34
#: The shapes of the lights, as on their badges.
SHAPES = {Light.RED: "■", Light.YELLOW: "▲", Light.BLUE: "◆", Light.GREEN: "●", Light.GREY: "○"}
OPEN_ENDED = "只知年或月的日期画成两端开口的虚线段，不推定为某一天。"


def entry_timeline(
    plan: Plan, day: dt.date, title: str, milestones_href: str = "", dates_href: str = ""
) -> Picture:
    """One entry: a line for its plan, one for its course, one for each milestone.

    `day` is the day of the book, drawn across all lines. The bars lead to `dates_href`, the
    milestones to `milestones_href`. Costs no query. Without any date the picture is empty.
    """
    table = _entry_table(plan, day)
    if not plan.dates:
        return Picture(EMPTY, table, title)
    scale = scale_of(plan.dates, day, LABEL, WIDTH - MARGIN)
    course = _course(scale, plan, HEAD + ROW + 11)
    body = [
        _line("计划", plan.planned_words, dates_href, _plan(scale, plan, HEAD + 11), 0),
        _line("实际", plan.course_words, dates_href, course, 1),
        *(
            _line(mark.name, mark.in_words(day), milestones_href, _marked(scale, mark, n), n)
            for n, mark in enumerate(plan.marks, 2)
        ),
    ]
    height = HEAD + ROW * (2 + len(plan.marks)) + 4
    drawing = svg(title, WIDTH, height, scale.grid(height), scale.now(height), *body)
    return Picture(drawing, table, title, _keys(plan), _notes([plan]))


def list_timeline(plans: Sequence[Plan], day: dt.date, title: str) -> Picture:
    """A line for each entry, in their order: light, name, plan over course, milestones.

    Each line is one link to its entry. Costs no query. Without any the picture is empty; an
    entry without dates has its line and says so.
    """
    headings = ("条目", "亮灯", "计划时间", "实际时间", "完成", "里程碑")
    table = Table(headings, tuple(_table_row(plan, day) for plan in plans), is_numeric=False)
    if not plans:
        return Picture(EMPTY, table, title)
    dates = [date for plan in plans for date in plan.dates]
    dates = dates or [PartialDate(day.replace(month=1, day=1), Precision.YEAR)]
    scale = scale_of(dates, day, LIST_LEFT, LIST_WIDTH - MARGIN)
    height = HEAD + LIST_ROW * len(plans) + 4
    body = [_entry(scale, plan, HEAD + n * LIST_ROW) for n, plan in enumerate(plans)]
    drawing = svg(
        title, LIST_WIDTH, height, scale.grid(height), scale.now(height), *body, kind="chart-wide"
    )
    return Picture(drawing, table, title, _list_keys(), _notes(plans))


# -- the lines of an entry -----------------------------------------------------------------------


def _plan(scale: Scale, plan: Plan, top: float) -> SafeString:
    """The bar; what is no bar from end to end is said in words."""
    known = [date for date in (plan.begins, plan.due) if date]
    words = plan.planned_words if len(known) < 2 else ""
    return _told_beside(scale, known, top, planned(scale, plan, top), words)


def _course(scale: Scale, plan: Plan, top: float) -> SafeString:
    """The bar, and per cent done beside it."""
    known = [date for date in (plan.started, plan.finished) if date]
    is_whole = len(known) == 2 or plan.goes_on
    words = plan.percent_words if is_whole else plan.course_words
    if plan.goes_on:
        known.append(PartialDate(scale.day, Precision.DAY))
    return _told_beside(scale, known, top, actual(scale, plan, top), words)


def _told_beside(
    scale: Scale, known: Sequence[PartialDate], top: float, drawn: SafeString, words: str
) -> SafeString:
    if not known:
        return text(words, scale.left + 6, top + 11, class_="beside quiet")
    return joined([drawn, _beside(scale, max(map(scale.end, known)), top, words)])


def _beside(scale: Scale, x: float, top: float, words: str) -> SafeString:
    """Words right of a place, or left of it where there is no room."""
    if not words:
        return EMPTY
    if x + len(words) * 11 + 10 > scale.right + MARGIN:
        return text(words, x - 14, top + 11, class_="beside", anchor="end")
    return text(words, x + 10, top + 11, class_="beside")


def _marked(scale: Scale, mark: Mark, place: int) -> SafeString:
    y = HEAD + place * ROW + ROW / 2
    dates = [d for d in (mark.planned, mark.reached) if d]
    if not dates:
        return text("未填日期", scale.left + 6, y + 5, class_="beside quiet")
    right = max(scale.end(d) for d in dates)
    left = min(scale.begin(d) for d in dates)
    words = mark.in_short(scale.day)
    room = right + 12 + len(words) * 9 < scale.right + MARGIN
    x, anchor = (right + 12, "start") if room else (left - 12, "end")
    beside = text(words, x, y + 5, class_="beside", anchor=anchor)
    return joined([marks_of(scale, mark, y), beside])


def _line(label: str, told: str, href: str, drawn: SafeString, place: int) -> SafeString:
    y = HEAD + place * ROW + ROW / 2 + 5
    named = text(_cut(label, NAME), LABEL - 12, y, class_="chart-label", anchor="end")
    area = rect(0, HEAD + place * ROW + 1, WIDTH, ROW - 2, "reach")
    return link(f"{label}：{told}", href or None, area, named, drawn)


# -- the lines of a list -------------------------------------------------------------------------


def _entry(scale: Scale, plan: Plan, top: float) -> SafeString:
    area = rect(0, top + 1, LIST_WIDTH, LIST_ROW - 2, "reach")
    lit = f"{SHAPES[plan.light]} {plan.light.label}"
    words = [
        text(lit, LIST_LEFT, top + 18, class_=f"ink-{plan.light}"),
        text(_cut(plan.name, LIST_NAME), LIST_LEFT + 66, top + 18, class_="line-name"),
    ]
    drawn = [
        planned(scale, plan, top + 25),
        actual(scale, plan, top + 39),
        *(marks_of(scale, mark, top + 31, 6) for mark in plan.marks),
    ]
    if not plan.dates:
        drawn = [text("未填计划和实际时间", LIST_LEFT, top + 42, class_="beside quiet")]
    edge = path(f"M0 {number(top)}H{LIST_WIDTH}", "grid-line")
    return joined([edge, link(plan.told(scale.day), plan.href, area, *words, *drawn)])


def _cut(words: str, length: int) -> str:
    return words if len(words) <= length else f"{words[: length - 1]}…"


# -- what is said beside -------------------------------------------------------------------------


def _entry_table(plan: Plan, day: dt.date) -> Table:
    rows = [
        TableRow("计划", (plan.planned_words,)),
        TableRow("实际", (plan.course_words,)),
    ]
    rows += [TableRow(f"里程碑：{mark.name}", (mark.in_words(day),)) for mark in plan.marks]
    return Table(("内容", "时间"), tuple(rows), is_numeric=False)


def _table_row(plan: Plan, day: dt.date) -> TableRow:
    marks = "；".join(f"{mark.name}（{mark.in_words(day)}）" for mark in plan.marks)
    percent = "" if plan.percent is None else f"{plan.percent}%"
    cells = (plan.light.label, plan.planned_words, plan.actual_words, percent, marks)
    return TableRow(plan.name, tuple(cell or "—" for cell in cells), plan.href)


def _notes(plans: Sequence[Plan]) -> tuple[str, ...]:
    if any(is_vague(date) for plan in plans for date in plan.dates):
        return (OPEN_ENDED,)
    return ()


def _sample(*inside: str) -> SafeString:
    return element("svg", *inside, class_="sample", viewBox="0 0 22 14", aria_hidden="true")


def _bar_keys() -> tuple[Key, ...]:
    return (
        Key("计划", _sample(rect(1, 2, 20, 10, "bar plan"))),
        Key("实际（尖端表示仍在进行）", _sample(pointed(1, 21, 1, "actual"))),
    )


def _mark_keys() -> tuple[Key, ...]:
    def shape(d: str, state: str) -> SafeString:
        return _sample(path(d, f"milestone {state}", transform="translate(11 7) scale(6)"))

    return (
        Key("里程碑计划", shape(DIAMOND, PLANNED)),
        Key("里程碑已达成", shape(DIAMOND, REACHED)),
        Key("里程碑逾期未达成", shape(TRIANGLE, LATE)),
    )


def _keys(plan: Plan) -> tuple[Key, ...]:
    return (*_bar_keys(), *(_mark_keys() if plan.marks else ()))


def _list_keys() -> tuple[Key, ...]:
    return (*_bar_keys(), *_mark_keys())
