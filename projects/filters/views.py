"""The conditions of a saved view in their one writing, so that equal ones are equal text."""

from __future__ import annotations

from django.http import QueryDict

from ..choices import Ledger
from ..models import Book, SavedView
from .entries import EntryFilter, without_empty
from .said import Problem

#: What belongs to one look at a list and not to its conditions; a view is of the ledger of today.
OF_ONE_LOOK = frozenset({"page", "page_size", "as_of"})


def normalised(given: QueryDict | str) -> str:
    """In the order of the filter, repeated values sorted, without what is of one look."""
    filled = without_empty(QueryDict(given) if isinstance(given, str) else given)
    query = QueryDict(mutable=True)
    for name in (*EntryFilter.base_filters, *filled):
        if name in filled and name not in OF_ONE_LOOK:
            query.setlist(name, sorted(set(filled.getlist(name))))
    return query.urlencode()


def parted(asked: str) -> tuple[str, list[str]]:
    """Conditions in their one writing, and the columns of one's own (none: the usual ones)."""
    given = QueryDict(asked, mutable=True)
    columns = given.pop("columns", [""])
    return normalised(given), [name for name in columns[-1].split(",") if name]


def ledger_of(path: str) -> Ledger | None:
    """The ledger of a list; None for `entries`, all four."""
    return None if path == "entries" else Ledger(path)


def filter_of(view: SavedView, book: Book) -> EntryFilter:
    """The rows of a view in that book."""
    return EntryFilter(QueryDict(view.asked), ledger=ledger_of(view.ledger), book=book)


def faults_of(ledger: str, query: str, book: Book) -> list[Problem]:
    """What is wrong with conditions before they are saved."""
    return EntryFilter(QueryDict(query), ledger=ledger_of(ledger), book=book).problems
