"""专项组 with the numbers of their entries: those of the directory, and those beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse

from .choices import Ledger
from .models import Book, Organisation, TaskForce
from .statistics import Tally, address, within

#: Entries by the name that they give, and ledger.
Counts = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Line:
    """A 专项组 and its entries by ledger; without `force` one that is not in the directory."""

    name: str
    href: str
    cells: tuple[Tally, ...]
    force: TaskForce | None = None
    office: Organisation | None = None


def lines(book: Book) -> tuple[list[Line], list[Line]]:
    """The directory in its order, and the names that entries give beyond it.

    One grouped query, one for the directory, and those for the names.
    """
    counted = book.rows().exclude(task_force="").counted("task_force", "ledger")
    counts = {(name, ledger): count for name, ledger, count in counted}
    known = {force.name for force in book.task_forces}
    listed = [_line(book, force.name, counts, force) for force in book.task_forces]
    beyond = sorted({name for name, _ in counts} - known)
    return listed, [_line(book, name, counts) for name in beyond]


def _line(book: Book, name: str, counts: Counts, force: TaskForce | None = None) -> Line:
    scope = {"task_force": name, **book.scope}
    cells = tuple(
        Tally(ledger.label, counts.get((name, ledger), 0), address(ledger, scope), ledger)
        for ledger in Ledger
    )
    href = within(book, reverse("task-force", args=[name]))
    return Line(name, href, cells, force, book.names.units.get(force.office_id) if force else None)
