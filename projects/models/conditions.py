"""The database's check constraints, asked of many records without a query for each.

`Constraint.validate` asks the database once for each constraint and record. Read from the same
declarations, so that there is one rule; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import models
from django.db.models import F, Q

#: True, False or unknown, as SQL has it; a constraint refuses what is False.
Holds = Callable[[Any], bool | None]


@dataclass(frozen=True)
class Condition:
    """A constraint: whether it holds, the columns that it reads, and its sentence."""

    holds: Holds
    columns: frozenset[str]
    sentence: str


@cache
def conditions_of(model: type[models.Model]) -> tuple[Condition, ...]:
    """The check constraints of a model and of those it inherits tables from."""
    tables = [model, *model._meta.all_parents]
    declared = [c for table in tables for c in table._meta.constraints]
    return tuple(
        Condition(
            _read(c.condition), frozenset(_columns(c.condition)), str(c.violation_error_message)
        )
        for c in declared
        if isinstance(c, models.CheckConstraint) and isinstance(c.condition, Q)
    )


def broken(record: models.Model) -> list[Condition]:
    """The constraints that the record would break."""
    return [c for c in conditions_of(type(record)) if c.holds(record) is False]


def _columns(condition: Q) -> Iterator[str]:
    for child in condition.children:
        if isinstance(child, Q):
            yield from _columns(child)
        elif isinstance(child, tuple):
            yield child[0].partition("__")[0]


def _read(condition: Q) -> Holds:
    parts = [
        _read(child) if isinstance(child, Q) else _lookup(*child)  # type: ignore[misc]
        for child in condition.children
    ]
    joined = _any(parts) if condition.connector == Q.OR else _all(parts)
    return _not(joined) if condition.negated else joined


def _all(parts: list[Holds]) -> Holds:
    def holds(record: Any) -> bool | None:
        found: bool | None = True
        for part in parts:
            held = part(record)
            if held is False:
                return False
            found = None if held is None else found
        return found

    return holds


def _any(parts: list[Holds]) -> Holds:
    def holds(record: Any) -> bool | None:
        found: bool | None = False
        for part in parts:
            held = part(record)
            if held:
                return True
            found = None if held is None else found
        return found

    return holds


def _not(part: Holds) -> Holds:
    def holds(record: Any) -> bool | None:
        held = part(record)
        return None if held is None else not held

    return holds


_WORDS: dict[str, Callable[[Any, Any], bool]] = {
    "exact": lambda value, wanted: bool(value == wanted),
    "in": lambda value, wanted: value in wanted,
    "gte": lambda value, wanted: bool(value >= wanted),
    "range": lambda value, wanted: bool(wanted[0] <= value <= wanted[1]),
}


def _lookup(path: str, wanted: Any) -> Holds:
    """One comparison. Raises KeyError for a word that is not known here."""
    column, _, word = path.partition("__")
    if word == "isnull":
        return lambda record: (getattr(record, column) is None) is wanted
    compare = _WORDS[word or "exact"]
    if isinstance(wanted, F):
        other: str = wanted.name  # type: ignore[attr-defined]
        return lambda record: _compared(compare, getattr(record, column), getattr(record, other))
    return lambda record: _compared(compare, getattr(record, column), wanted)


def _compared(compare: Callable[[Any, Any], bool], value: Any, wanted: Any) -> bool | None:
    return None if value is None or wanted is None else compare(value, wanted)
