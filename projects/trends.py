"""How the lights went over twelve months, by the figures that the frozen months keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .choices import LAUNCHED_SET, Ledger, Light
from .models import Book, Round
from .periods import AsOf, Month
from .rounds import Figures
from .statistics import Params, Tally, address

MONTHS = 12
#: The lights whose course is drawn.
DRAWN = (Light.RED, Light.YELLOW)


@dataclass(frozen=True)
class Kept:
    """Where the figures of a frozen month keep the counts of a board: by which name, for which
    key; without a name those of everything."""

    name: str = ""
    key: str = ""

    def lights(self, figures: Figures) -> Counter[str] | None:
        """Entries by light; None where the month kept none of that kind."""
        counts: Counter[str] = Counter()
        for (*_, light), n in (self._cells(figures) or {}).items():
            counts[light] += n
        return None if self._cells(figures) is None else counts

    def _cells(self, figures: Figures) -> Any:
        if not self.name:
            return figures.entries
        kept = getattr(figures, self.name)
        return kept.get(self.key, Counter()) if kept else None


EVERYTHING = Kept()


@dataclass(frozen=True)
class Course:
    """One count over twelve months, the earliest first: what each kept, None where nothing was;
    the last is the month of the book, as the book has it."""

    label: str
    slug: str
    months: tuple[Month, ...]
    points: tuple[Tally | None, ...]

    @property
    def is_known(self) -> bool:
        """Is there more to see than today?"""
        return sum(point is not None for point in self.points) > 1


@dataclass(frozen=True)
class Frozen:
    """A frozen month with its figures."""

    as_of: AsOf
    figures: Figures


def frozen_months(book: Book) -> dict[Month, Frozen]:
    """The months that were frozen by that book, of the last twelve. One query."""
    rounds = Round.objects.frozen()
    if book.as_of:
        rounds = rounds.filter(closed_at__lte=book.as_of.until)
    found = {}
    for round_ in rounds.order_by("-month")[:MONTHS]:
        assert round_.close_of
        found[round_.period] = Frozen(round_.close_of, Figures.read(round_.figures))
    return found


def light_courses(
    book: Book, months: dict[Month, Frozen], kept: Kept, scope: Params, now: Counter[str]
) -> tuple[Course, ...]:
    """Red and yellow entries, month by month, then as they are `now`."""

    def course(light: Light) -> Course:
        def count(figures: Figures) -> int | None:
            lights = kept.lights(figures)
            return None if lights is None else lights[light]

        def tally(n: int, as_of: AsOf | None) -> Tally:
            query = as_of.query if as_of else {}
            return Tally(light.label, n, address(None, {**scope, "light": light, **query}), light)

        points = [None if n is None else tally(n, at) for at, n in _monthly(book, months, count)]
        last = tally(now[light], book.as_of)
        return Course(light.label, light, twelve_months(book), (*points, last))

    return tuple(course(light) for light in DRAWN)


def red_counts(
    book: Book, months: dict[Month, Frozen], kept: Kept, now: int
) -> tuple[int | None, ...]:
    """Red entries, month by month, then as they are `now`: counts alone."""

    def count(figures: Figures) -> int | None:
        lights = kept.lights(figures)
        return None if lights is None else lights[Light.RED]

    return (*(n for _, n in _monthly(book, months, count)), now)


def launched_course(
    book: Book, months: dict[Month, Frozen], now: int, launched: tuple[str, ...]
) -> Course:
    """已启动 items of everything, month by month; `launched` are the statuses of the link."""

    def count(figures: Figures) -> int:
        return sum(
            n
            for (ledger, status, _), n in figures.entries.items()
            if ledger == Ledger.ITEMS and status in LAUNCHED_SET
        )

    def tally(n: int, as_of: AsOf | None) -> Tally:
        query = {"status": launched, **(as_of.query if as_of else {})}
        return Tally("已启动", n, address(Ledger.ITEMS, query), "share")

    points = [None if n is None else tally(n, at) for at, n in _monthly(book, months, count)]
    last = tally(now, book.as_of)
    return Course("已启动", "share", twelve_months(book), (*points, last))


def _monthly(
    book: Book, months: dict[Month, Frozen], count: Any
) -> Iterator[tuple[AsOf | None, int | None]]:
    """What each of the eleven months before that of the book kept."""
    for month in twelve_months(book)[:-1]:
        found = months.get(month)
        yield (found.as_of, count(found.figures)) if found else (None, None)


def twelve_months(book: Book) -> tuple[Month, ...]:
    """That of the book and the eleven before it."""
    found = [Month.of(book.day)]
    while len(found) < MONTHS:
        found.append(found[-1].before)
    return tuple(reversed(found))
