"""Days, and dates known only to the month or year."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from projects.choices import Precision
from projects.periods import PartialDate, iso_day, start_of, today, written


def is_refused(read: Callable[[str], object], text: str) -> bool:
    """Whether it raises ValueError, in whatever words: callers have their own."""
    try:
        read(text)
    except ValueError:
        return True
    return False


# --- days -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (dt.datetime(2026, 7, 31, 15, 59, 59, tzinfo=dt.UTC), dt.date(2026, 7, 31)),
        (dt.datetime(2026, 7, 31, 16, 0, 0, tzinfo=dt.UTC), dt.date(2026, 8, 1)),
        (dt.datetime(2025, 12, 31, 16, 0, 0, tzinfo=dt.UTC), dt.date(2026, 1, 1)),
        (dt.datetime(2028, 2, 28, 16, 0, 0, tzinfo=dt.UTC), dt.date(2028, 2, 29)),
    ],
)
def test_today_is_the_day_in_shanghai(moment, day, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: moment)
    assert today() == day


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        (dt.date(2026, 8, 1), dt.datetime(2026, 7, 31, 16, tzinfo=dt.UTC)),
        # Summer time, 1986 to 1991.
        (dt.date(1988, 7, 1), dt.datetime(1988, 6, 30, 15, tzinfo=dt.UTC)),
        (dt.date(1992, 7, 1), dt.datetime(1992, 6, 30, 16, tzinfo=dt.UTC)),
    ],
)
def test_a_day_begins_at_midnight_in_shanghai(day, moment):
    assert start_of(day) == moment


@pytest.mark.parametrize("text", ["2026-07-31", "2028-02-29", "1949-10-01", "2199-12-31"])
def test_an_iso_day_is_read(text):
    assert iso_day(text).isoformat() == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026", "2026-07", "2026-7-31", "2026-07-31 ", " 2026-07-31", "2026-07-31\n"),
        *("20260731", "2026/07/31", "31.07.2026", "2026-07-31T00:00", "2026-W31-5", "+2026-07-31"),
        *("2026-02-29", "2026-13-01", "2026-00-10", "2026-07-00", "2026-07-32"),
        *("２０２６-07-31", "2026－07－31", "٢٠٢٦-07-31", "2026-07-31\x00", "今天", "none"),
        *("1949-09-30", "2200-01-01", "0001-01-01", "9999-12-31", "10000-01-01"),
    ],
)
def test_what_is_no_iso_day_is_refused(text):
    assert is_refused(iso_day, text)


# --- dates as exact as they are known -----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last", "precision"),
    [
        ("2026", dt.date(2026, 1, 1), dt.date(2026, 12, 31), Precision.YEAR),
        ("2026年", dt.date(2026, 1, 1), dt.date(2026, 12, 31), Precision.YEAR),
        ("2026-07", dt.date(2026, 7, 1), dt.date(2026, 7, 31), Precision.MONTH),
        ("2026-7", dt.date(2026, 7, 1), dt.date(2026, 7, 31), Precision.MONTH),
        ("2026年7月", dt.date(2026, 7, 1), dt.date(2026, 7, 31), Precision.MONTH),
        ("2026-02", dt.date(2026, 2, 1), dt.date(2026, 2, 28), Precision.MONTH),
        ("2028-02", dt.date(2028, 2, 1), dt.date(2028, 2, 29), Precision.MONTH),
        ("2026-12", dt.date(2026, 12, 1), dt.date(2026, 12, 31), Precision.MONTH),
        ("2026-07-31", dt.date(2026, 7, 31), dt.date(2026, 7, 31), Precision.DAY),
        ("2026-7-1", dt.date(2026, 7, 1), dt.date(2026, 7, 1), Precision.DAY),
        ("2026年7月31日", dt.date(2026, 7, 31), dt.date(2026, 7, 31), Precision.DAY),
        ("  2028-02-29 ", dt.date(2028, 2, 29), dt.date(2028, 2, 29), Precision.DAY),
    ],
)
def test_a_date_is_read_as_exactly_as_it_is_written(text, first, last, precision):
    date = PartialDate.parse(text)
    assert (date.first, date.last, date.precision) == (first, last, precision)


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("2026", "2026"),
        ("2026年7月", "2026-07"),
        ("2026-7-1", "2026-07-01"),
        ("2026年7月31日", "2026-07-31"),
    ],
)
def test_a_date_that_is_written_out_says_no_more_than_was_read(text, again):
    assert str(PartialDate.parse(text)) == again


@pytest.mark.parametrize(
    "text",
    [
        *("", "去年", "2019年底", "26", "202", "20260731", "2026-", "2026-07-", "2026年-07"),
        *("2026-13", "2026-00", "2026-0-1", "2026-02-29", "31.02.2026", "2026/07", "2026年7月31"),
        *("２０２６", "2026-０7", "2026 07", "2026-07-31 00:00", "2026\x00"),
        *("1949", "1949-09-30", "2200", "0000", "9999-12-31"),
    ],
)
def test_what_is_no_date_is_refused_and_nothing_is_guessed(text):
    assert is_refused(PartialDate.parse, text)


@pytest.mark.parametrize(
    ("day", "precision", "text"),
    [
        (None, "", ""),
        (None, "year", ""),
        (dt.date(2026, 7, 31), "day", "2026-07-31"),
        (dt.date(2026, 7, 31), "month", "2026-07"),
        (dt.date(2026, 7, 31), "year", "2026"),
        (dt.date(2026, 7, 31), "", "2026-07-31"),
    ],
)
def test_a_stored_date_is_written_as_exactly_as_it_is_known(day, precision, text):
    assert written(day, precision) == text


def test_a_stored_date_with_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match="quarter"):
        written(dt.date(2026, 7, 31), "quarter")
