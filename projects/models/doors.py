"""What records that change by their doors alone have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.db.models.functions import Length


class ByDoor(models.Model):
    """A record that knows whether one of its doors is open."""

    _by_door: bool = False

    class Meta:
        abstract = True

    @contextmanager
    def _through_the_door(self) -> Iterator[None]:
        self._by_door = True
        try:
            yield
        finally:
            self._by_door = False


def next_code(rows: models.QuerySet[Any], prefix: str) -> str:
    """`WT-0002` after `WT-0001`. The caller holds the lock of the trail's head until it is used.

    Codes are never used again: the rows are never deleted.
    """
    known = rows.filter(code__startswith=f"{prefix}-").order_by(Length("code").desc(), "-code")
    last = known.values_list("code", flat=True).first()
    number = int(last.rpartition("-")[2]) if last else 0
    return f"{prefix}-{number + 1:04}"


def faults(record: models.Model, names: Iterable[str]) -> list[str]:
    """Everything that these columns, and the constraints over all, have against the record."""
    asked = set(names)
    others = {field.name for field in record._meta.fields} - asked
    found: list[str] = []
    told: set[str] = set()
    try:
        record.clean_fields(exclude=others)
    except ValidationError as problem:
        told = set(problem.message_dict)
        found += _by_column(record, problem)
    try:
        record.validate_constraints(exclude=told)
    except ValidationError as problem:
        found += problem.messages
    return found


def _by_column(record: models.Model, problem: ValidationError) -> list[str]:
    labels = {field.name: str(field.verbose_name) for field in record._meta.fields}
    return [
        sentence if name == NON_FIELD_ERRORS else f"“{labels[name]}”：{sentence}"
        for name, told in problem.message_dict.items()
        for sentence in told
    ]


def unknown(given: Iterable[str], known: Iterable[str]) -> None:
    """Raise `ValueError` for a column that the door does not set."""
    if strange := set(given) - set(known):
        raise ValueError(f"not set by this door: {', '.join(sorted(strange))}")
