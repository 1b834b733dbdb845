"""The whole of a brief: what the office wrote or the neutral words, with the figures in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ..choices import STATUSES, BriefSection, Ledger, Phase, Provenance, SectorField
from ..comparison import Movement
from ..investment import time_gone
from ..models import Matter, ReportingRule, Round
from ..periods import Month, Period, Quarter
from ..statistics import Tally
from ..text import number
from ..wording import AMOUNTS, CHANGE, FIELD_SECTIONS, MONEY_LEDGERS, NOTICE, PARTS, pieces
from .annexes import ROWS, Details, Late
from .figures import Between, Closing, Figure
from .parts import Annex, Line, Piece, said
from .words import Figures, neutral, span

#: So many are named in the text; the annexes have all.
NAMED = 10
NUMERALS = "一二三四五六七八九十"
DRAFT, SAMPLES = "拟稿，未签发", "含示例数据，不是真实事项，不得用于上报"


def earlier_of(period: Period, found: Round) -> Round | None:
    """The frozen month that a brief is compared with.

    Of a month the closing before; of a quarter the last one before the quarter began.
    """
    first = found.month if isinstance(period, Month) else period.first
    return Round.objects.frozen().filter(month__lt=first).first()


@dataclass(frozen=True)
class Part:
    """One numbered part (the opening has no heading)."""

    name: str
    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Bulletin:
    """`texts` are the office's by section; what is missing is told in neutral words."""

    period: Period
    round: Round
    earlier: Round | None
    texts: Mapping[str, str]

    # --- what is told -----------------------------------------------------------------

    @property
    def title(self) -> str:
        return f"关于{self.period.label}成资同城化合作台账推进情况的通报"

    @property
    def notice(self) -> str:
        return NOTICE

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        found, at = [], 0
        for name, sections in PARTS.items():
            heading = "" if name == "开头" else f"{NUMERALS[at]}、{name}"
            at += bool(heading)
            lines = [line for section in sections for line in self._lines(section)]
            found.append(Part(name, heading, tuple(lines)))
        return tuple(found)

    @cached_property
    def annexes(self) -> tuple[Annex, ...]:
        return self.details.annexes()

    @cached_property
    def has_samples(self) -> bool:
        rows = self.closing.book.rows().filter(provenance=Provenance.SAMPLE)
        return bool(rows.exists())

    def warning(self, *, is_draft: bool) -> str:
        """What has to stand on every copy; empty for an issued brief of real entries."""
        told = [DRAFT] if is_draft else []
        return "；".join([*told, SAMPLES] if self.has_samples else told)

    @cached_property
    def all_texts(self) -> dict[str, str]:
        """The text of every section, the neutral one where the office has none."""
        own = neutral(self.period, self.figures)
        return {section: self.texts.get(section) or own[section] for section in BriefSection}

    # --- the figures ------------------------------------------------------------------

    @cached_property
    def closing(self) -> Closing:
        return Closing(self.round)

    @cached_property
    def details(self) -> Details:
        return Details(self.closing, self.period)

    @cached_property
    def between(self) -> Between | None:
        return Between(Closing(self.earlier), self.closing) if self.earlier else None

    @property
    def since(self) -> str:
        """What the figures are compared with, in a word."""
        if self.earlier is None:
            return ""
        month = self.earlier.period
        if isinstance(self.period, Month):
            return "上月" if month == self.period.before else month.label
        return "上季末" if month == self.period.before.months[-1] else month.label

    @cached_property
    def figures(self) -> Figures:
        """Every name that a text may use, with what stands for it."""
        found: Figures = {}
        before = Closing(self.earlier).tallies() if self.earlier else {}
        for name, (tally, measure) in self.closing.tallies().items():
            was = before[name][0] if name in before else None
            found[name] = Figure(tally, was, measure, self.since)
        found |= {f"报送_{n}": Figure(t, measure="条") for n, t in self.closing.reported().items()}
        if self.between:
            for field in SectorField:
                found[f"{field.label}_状态变动"] = Figure(self.between.tally(field))
        return found | self._amounts() | self._facts()

    def _amounts(self) -> dict[str, str]:
        found = {}
        for ledger in MONEY_LEDGERS:
            year = self.details.year_of(ledger)
            values = (
                "" if year.plan is None else number(year.plan, apart=True),
                "" if year.done is None else number(year.done, apart=True),
                "" if year.rate is None else f"{year.rate}%",
                year.verdict,
            )
            for name, value in zip(AMOUNTS, values, strict=True):
                found[f"{ledger.label}_{name}"] = value
        return found

    def _facts(self) -> dict[str, str]:
        month = self.round.period
        following = month.following
        return {
            "期间": self.period.label,
            "数据截止": _day(self.closing.as_of.day),
            "报送月份": month.label,
            "报送截止": _day(self.round.due_on),
            "下期报送截止": _day(ReportingRule.of(following).due_on(following)),
            "时间进度": f"{time_gone(month.last)}%",
            f"{Ledger.ITEMS.label}{SHARE}": self.closing.share.percent or "—",
        }

    # --- the paragraphs ---------------------------------------------------------------

    def _lines(self, section: BriefSection) -> Iterator[Line]:
        fields = {of: field for field, of in FIELD_SECTIONS.items()}
        if section in fields:
            at = list(fields).index(section)
            yield said("heading", f"（{NUMERALS[at]}）{fields[section].label}")
        for text in self.all_texts[section].split("\n"):
            if text.strip():
                yield Line("body", tuple(self._piece(*piece) for piece in pieces(text.strip())))
        if section in fields:
            yield from self._moved(fields[section])
        elif section == BriefSection.LATE:
            yield from self._late()
        elif section == BriefSection.PROBLEMS:
            yield from self._overdue()
        elif section == BriefSection.REPORTING and isinstance(self.period, Quarter):
            yield from self._other_months(self.period)

    def _piece(self, kind: str, written: str) -> Piece:
        if kind == "text":
            return Piece(written)
        counted = self.figures.get(written.removesuffix(CHANGE))
        if isinstance(counted, Figure) and written.endswith(CHANGE):
            return Piece(counted.change, href=counted.before.href if counted.before else "")
        figure = self.figures.get(written, "")
        if isinstance(figure, Figure):
            return Piece(str(figure.tally.count), figure.tally)
        if written.endswith(AMOUNTS):
            return Piece(figure or "—", href="#annex-3" if figure else "")
        if written.endswith(SHARE):
            return Piece(figure, href=self.closing.share.part.href)
        return Piece(figure or "—")

    def shown(self, name: str) -> str:
        """What stands for a name."""
        return self._piece("name", name).text

    def _moved(self, field: SectorField) -> Iterator[Line]:
        """What was completed, what was started, by name."""
        moved = self.between.moved(field) if self.between else []
        for word, phases, others in (
            ("完成", {Phase.DONE}, {Phase.DONE}),
            ("启动", STARTED, {*STARTED, Phase.DONE, Phase.STOPPED}),
        ):
            those = [
                m for m in moved if _phase(m, m.new) in phases and _phase(m, m.old) not in others
            ]
            if those:
                yield said("body", f"{span(self.period)}{word}：", *_entries(those), "。")

    def _late(self) -> Iterator[Line]:
        for at, late in enumerate(self.details.late[:NAMED], start=1):
            yield said(
                "item",
                f"{at}.",
                Piece(late.entry.name, href=late.entry.get_absolute_url()),
                *_told(late),
            )
        if len(self.details.late) > NAMED:
            yield said("body", f"以上为时限在前的{NAMED}条，其余见附件1。")

    def _overdue(self) -> Iterator[Line]:
        found = self.details.decisions_overdue
        if found:
            yield said("body", "逾期的议定事项：")
        for at, matter in enumerate(found[:NAMED], start=1):
            name = Piece(matter.title, href=matter.get_absolute_url())
            yield said("item", f"{at}.", name, _due(matter))
        if len(found) > NAMED:
            yield said("body", f"以上为时限在前的{NAMED}件，其余见系统。")

    def _other_months(self, quarter: Quarter) -> Iterator[Line]:
        """How the earlier months of the quarter were reported on."""
        months = Round.objects.frozen().filter(month__gte=quarter.first, month__lt=self.round.month)
        for found in months.order_by("month"):
            tallies = Closing(found).reported()
            parts: list[str | Piece] = [f"{found.period.label}月报"]
            for word, tally in tallies.items():
                parts += ["，" if len(parts) > 1 else "", word, _number(tally), "条"]
            yield said("body", *parts, "。")


SHARE = "_启动占比"
STARTED = frozenset({Phase.PREPARING, Phase.UNDER_WAY})


def bulletin(period: Period, found: Round, texts: Mapping[str, str]) -> Bulletin:
    """The brief of a period as at the closing of that frozen month."""
    return Bulletin(period, found, earlier_of(period, found), texts)


def _number(tally: Tally) -> Piece:
    return Piece(str(tally.count), tally)


def _day(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _phase(movement: Movement, label: str) -> Phase | None:
    """The phase of a status that the trail names by its label."""
    kinds = STATUSES[Ledger(movement.entry.ledger)]
    return next((status.phase for status in kinds if status.label == label), None)


def _entries(moved: list[Movement]) -> Iterator[str | Piece]:
    for at, movement in enumerate(moved[:ROWS]):
        if at:
            yield "、"
        yield Piece(f"“{movement.entry.name}”", href=movement.entry.get_absolute_url())


def _told(late: Late) -> Iterator[str]:
    """Who leads it, why it is late, and what its unit says."""
    lead = f"，牵头单位{late.entry.lead}" if late.entry.lead else ""
    yield f"（{late.entry.code}{lead}）：{late.light.label}，{late.reason.rstrip('。')}。"
    for label, told in (
        ("存在问题", late.told("problems")),
        ("下一步工作", late.told("next_step")),
        ("需协调事项", late.coordination),
    ):
        if told:
            yield f"{label}：{' '.join(told.split()).rstrip('。')}。"


def _due(matter: Matter) -> str:
    unit = f"，责任单位{matter.unit}" if matter.unit else ""
    due = f"，办理时限{_day(matter.due_on)}" if matter.due_on else ""
    return f"（{matter.code}{unit}）{due}。"
