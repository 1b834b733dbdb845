"""What is found by its sound, pinyin or initials, where no column keeps it.

Titles of matters and conferences are some thousands: they are read when somebody looks, and
`text.pinyin` remembers them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When

from .. import text

#: A single letter sounds like half of everything.
LEAST = 2


def has_sound(word: str) -> bool:
    """May the word be pinyin or initials?"""
    return len(word) >= LEAST and word.isascii() and any(c.isalpha() for c in word)


def sounding(rows: Any, column: str, word: str, *, begins: bool = False) -> list[Any]:
    """Keys of the rows whose column sounds so, or begins so. One query, or none."""
    folded = text.searchable(word)
    if not has_sound(folded):
        return []
    written = rows.order_by().values_list("pk", column)
    return [key for key, title in written if _sounds(title, folded, begins)]


def _sounds(title: str, folded: str, begins: bool) -> bool:
    sounds = text.pinyin(title)
    return any(s.startswith(folded) for s in sounds.split(" ")) if begins else folded in sounds


def nearness(rows: Any, column: str, query: str) -> Case:
    """How near a column is: it is that, it begins so, its sound begins so, or neither."""
    keys: Iterable[Any] = sounding(rows, column, query, begins=True)
    return Case(
        When(**{f"{column}__iexact": query}, then=Value(0)),
        When(**{f"{column}__istartswith": query}, then=Value(1)),
        When(Q(pk__in=list(keys)), then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
