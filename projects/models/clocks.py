"""By what the lights of one day are read: the day, the rule of then, and who has not reported."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Func, IntegerField

from ..lights import DEADLINE_ALONE, Rule
from ..periods import Month


@dataclass(frozen=True)
class Clock:
    """`silent` are the keys of entries whose report on `silent_month` is missing, as a query;
    None when no month was due yet."""

    day: dt.date
    rule: Rule = DEADLINE_ALONE
    silent_month: Month | None = None
    silent: Any = field(default=None, compare=False)


class DayNumber(Func):
    """A date as days since 2000-01-01: whole numbers, so that both databases reckon alike."""

    output_field = IntegerField()
    FIRST = dt.date(2000, 1, 1)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(julianday(%(expressions)s) - 2451544.5 AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "((%(expressions)s) - DATE '2000-01-01')"
        return self.as_sql(compiler, connection, template=template, **context)

    @classmethod
    def of(cls, day: dt.date) -> int:
        return (day - cls.FIRST).days
