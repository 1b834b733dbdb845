"""Days, and dates known only to the month or year.

A moment is stored in UTC and shown in Shanghai's time; a date is a date. `today()` is
the only place that asks the clock for a day.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from .choices import Precision

_WRITTEN = (
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})"),
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})"),
    re.compile(r"(?P<y>[0-9]{4})"),
    re.compile(r"(?P<y>[0-9]{4})年(?P<m>[0-9]{1,2})月(?P<d>[0-9]{1,2})日"),
    re.compile(r"(?P<y>[0-9]{4})年(?P<m>[0-9]{1,2})月"),
    re.compile(r"(?P<y>[0-9]{4})年"),
)
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII)
_QUARTER = re.compile(r"([0-9]{4})Q([1-4])", re.ASCII)
SATURDAY = 5
EARLIEST, LATEST = dt.date(1949, 10, 1), dt.date(2199, 12, 31)


def today() -> dt.date:
    """Today in Shanghai (the settings' time zone)."""
    return timezone.localdate()


def start_of(day: dt.date) -> dt.datetime:
    """The first moment of a day in Shanghai."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def is_working(day: dt.date, exceptions: Mapping[dt.date, bool]) -> bool:
    """Monday to Friday, but for the days that the yearly notice names (day → works or not)."""
    return exceptions.get(day, day.weekday() < SATURDAY)


def working_day_from(day: dt.date, exceptions: Mapping[dt.date, bool]) -> dt.date:
    """That day if people work on it, else the next on which they do."""
    while not is_working(day, exceptions):
        day += dt.timedelta(days=1)
    return day


def between(column: str, first: dt.date | None, last: dt.date | None) -> dict[str, dt.datetime]:
    """Lookups for moments from the first day to the last, both included, either left open."""
    lookups = {}
    if first:
        lookups[f"{column}__gte"] = start_of(first)
    if last:
        lookups[f"{column}__lt"] = start_of(last + dt.timedelta(days=1))
    return lookups


def iso_day(text: str) -> dt.date:
    """`2026-07-31` as a date.

    Raises ValueError for any other writing (full-width digits included) and for days
    outside 1949-10-01…2199-12-31.
    """
    if not _ISO_DAY.fullmatch(text):
        raise ValueError(text)
    day = dt.date.fromisoformat(text)
    if not EARLIEST <= day <= LATEST:
        raise ValueError(text)
    return day


@dataclass(frozen=True)
class Month:
    """A calendar month, written `2026-07`."""

    first: dt.date

    @classmethod
    def parse(cls, text: str) -> Month:
        """Raises ValueError for any other writing, and for months outside 1949-10…2199-12."""
        if not _ISO_MONTH.fullmatch(text):
            raise ValueError(text)
        return cls(iso_day(f"{text}-01"))

    @classmethod
    def of(cls, day: dt.date) -> Month:
        return cls(day.replace(day=1))

    @property
    def last(self) -> dt.date:
        days = calendar.monthrange(self.first.year, self.first.month)[1]
        return self.first.replace(day=days)

    @property
    def following(self) -> Month:
        return Month.of(self.last + dt.timedelta(days=1))

    @property
    def before(self) -> Month:
        return Month.of(self.first - dt.timedelta(days=1))

    @property
    def label(self) -> str:
        return f"{self.first.year}年{self.first.month}月"

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True)
class Quarter:
    """A quarter of the calendar year, written `2026Q3`."""

    first: dt.date

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Raises ValueError for any other writing, and for years outside those of `Month`."""
        found = _QUARTER.fullmatch(text)
        if found is None:
            raise ValueError(text)
        year, number = found.groups()
        return cls(Month.parse(f"{year}-{int(number) * 3 - 2:02}").first)

    @classmethod
    def of(cls, month: Month) -> Quarter:
        return cls(month.first.replace(month=(month.first.month - 1) // 3 * 3 + 1))

    @property
    def number(self) -> int:
        return (self.first.month + 2) // 3

    @property
    def months(self) -> tuple[Month, ...]:
        first = Month(self.first)
        return first, first.following, first.following.following

    @property
    def last(self) -> dt.date:
        return self.months[-1].last

    @property
    def before(self) -> Quarter:
        return Quarter.of(Month(self.first).before)

    @property
    def label(self) -> str:
        return f"{self.first.year}年第{'一二三四'[self.number - 1]}季度"

    def __str__(self) -> str:
        return f"{self.first.year}Q{self.number}"


#: What a brief is of.
Period = Month | Quarter


def period(text: str) -> Period:
    """`2026-07` or `2026Q3`; raises ValueError for any other writing."""
    return Quarter.parse(text) if "Q" in text else Month.parse(text)


@dataclass(frozen=True)
class AsOf:
    """A past day: the ledger as it was recorded by its end, in Shanghai, or by a moment in it.

    Of a frozen month (`month`) it is the moment of its closing.
    """

    day: dt.date
    moment: dt.datetime | None = None
    month: Month | None = None

    @property
    def until(self) -> dt.datetime:
        """The moment before which it was recorded."""
        return self.moment or start_of(self.day + dt.timedelta(days=1))

    @property
    def query(self) -> dict[str, str]:
        """The parameter by which an address asks for it."""
        return {"as_of": str(self.month or self.day)}

    @classmethod
    def before(cls, since: dt.datetime) -> AsOf:
        """As it was recorded before that moment; its lights are those of the last day till then."""
        return cls(timezone.localdate(since - dt.timedelta(microseconds=1)), since)

    @property
    def words(self) -> str:
        """`2026-07-31`, or the month with the day on which it was frozen."""
        if self.month:
            return f"{self.month.label}月报（{self.day.isoformat()}冻结）"
        return self.day.isoformat()


@dataclass(frozen=True)
class PartialDate:
    """A day, a month or a year: `first` and `last` are the days it may mean."""

    first: dt.date
    precision: Precision

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read `2026`, `2026-07`, `2026-07-31`, `2026年7月` or `2026年7月31日`.

        Raises ValueError for anything else; nothing is guessed.
        """
        for pattern in _WRITTEN:
            if match := pattern.fullmatch(text.strip()):
                parts = match.groupdict()
                first = dt.date(int(parts["y"]), int(parts.get("m") or 1), int(parts.get("d") or 1))
                if not EARLIEST <= first <= LATEST:
                    raise ValueError(text)
                return cls(first, _precision(parts))
        raise ValueError(text)

    @classmethod
    def of(cls, day: dt.date | None, precision: str) -> PartialDate | None:
        """What was stored of a date: any of its days, and how exactly it is known."""
        return cls.parse(written(day, precision)) if day else None

    @property
    def last(self) -> dt.date:
        if self.precision == Precision.DAY:
            return self.first
        month = 12 if self.precision == Precision.YEAR else self.first.month
        return self.first.replace(month=month, day=calendar.monthrange(self.first.year, month)[1])

    def __str__(self) -> str:
        return written(self.first, self.precision)


def _precision(parts: dict[str, str | None]) -> Precision:
    if parts.get("d"):
        return Precision.DAY
    return Precision.MONTH if parts.get("m") else Precision.YEAR


def written(day: dt.date | None, precision: str) -> str:
    """`2026-07-31`, `2026-07` or `2026`, as exact as it is known; empty for no date."""
    if day is None:
        return ""
    length = {Precision.YEAR: 4, Precision.MONTH: 7}.get(Precision(precision or "day"), 10)
    return day.isoformat()[:length]
