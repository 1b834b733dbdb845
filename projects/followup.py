"""How problems, decisions, instructions and slips stand, in counts with the lists they count."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Case, Count, Q, When
from django.urls import reverse

from .choices import MatterKind, MatterState
from .models import Matter, Organisation
from .statistics import Tally

#: The columns of a line: label and the parameters of its list.
CELLS: tuple[tuple[str, dict[str, str]], ...] = (
    ("办理中", {"state": MatterState.OPEN}),
    ("已逾期", {"overdue": "1"}),
    ("待确认销号", {"state": MatterState.FILED}),
)


@dataclass(frozen=True)
class FollowUpLine:
    """A kind: what is in hand, what of it is overdue, and what waits for its second person."""

    label: str
    href: str
    cells: tuple[Tally, ...]


def follow_up(day: dt.date, unit: Organisation | None = None) -> tuple[FollowUpLine, ...]:
    """As they stand today, of one unit or of all. One grouped query."""
    rows = Matter.objects.pending()
    if unit:
        rows = rows.of_unit([unit])
    late = Case(When(Q(state=MatterState.OPEN, due_on__lt=day), then=True), default=False)
    found = rows.order_by().annotate(late=late).values_list("kind", "state", "late")
    counts: Counter[tuple[str, str, bool]] = Counter(
        {(kind, state, late): n for kind, state, late, n in found.annotate(n=Count("pk"))}
    )
    scope = {"unit": str(unit.pk)} if unit else {}
    return tuple(_line(kind, counts, scope) for kind in MatterKind)


def _line(
    kind: MatterKind, counts: Counter[tuple[str, str, bool]], scope: dict[str, str]
) -> FollowUpLine:
    path = reverse("matters", args=[kind])
    numbers = (
        counts[kind, MatterState.OPEN, True] + counts[kind, MatterState.OPEN, False],
        counts[kind, MatterState.OPEN, True],
        counts[kind, MatterState.FILED, False],
    )
    cells = tuple(
        Tally(label, n, f"{path}?{urlencode({**params, **scope})}")
        for (label, params), n in zip(CELLS, numbers, strict=True)
    )
    return FollowUpLine(kind.label, path, cells)
