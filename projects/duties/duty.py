"""One duty and a group of them; how they are said, and what makes one new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, OuterRef, Subquery
from django.db.models.functions import Cast

from ..choices import Action, DutyKind
from ..models import Revision
from ..models.notices import TEXT_LENGTH, Key
from ..models.recorded import Recorded
from ..statistics import Tally

#: What is overdue is told of again after so many days.
REPEATED_AFTER = 7
#: Rows that are shown of a group whose list can be opened.
ROWS_SHOWN = 20
#: How much of a note stands for it.
NOTE_SHOWN = 60


@dataclass(frozen=True)
class Duty:
    """One thing to be done. `told` says how it stands, `occasion` what makes it new to tell of."""

    kind: DutyKind
    record: Recorded
    code: str
    name: str
    told: str
    occasion: str
    due_on: dt.date | None = None
    scope: str = ""

    @property
    def link(self) -> str:
        return str(self.record.get_absolute_url())  # type: ignore[attr-defined]

    @property
    def key(self) -> Key:
        return Key(self.kind, f"{self.record.trail_model()}:{self.record.pk}", self.occasion)

    @property
    def text(self) -> str:
        """All of it on one line."""
        what = " ".join(part for part in (self.scope, self.code, self.name) if part)
        due = f"时限{self.due_on}，" if self.due_on else ""
        return f"{what}：{due}{self.told}"[:TEXT_LENGTH]


@dataclass(frozen=True)
class Group:
    """Duties of one kind, those of reports month by month, those of matters list by list; `href`
    is the list of exactly these."""

    kind: DutyKind
    duties: tuple[Duty, ...]
    title: str
    href: str = ""

    @property
    def has_due_days(self) -> bool:
        return any(duty.due_on for duty in self.duties)

    @property
    def all(self) -> Tally:
        return Tally(self.title, len(self.duties), self.href)

    @property
    def shown(self) -> tuple[Duty, ...]:
        """All of them, unless there is a list of the rest."""
        return self.duties[:ROWS_SHOWN] if self.href else self.duties


def group(
    kind: DutyKind, duties: Iterable[Duty], href: str = "", title: str = ""
) -> Iterator[Group]:
    """The group of these, if there are any; `href` is the list of exactly these."""
    if found := tuple(duties):
        yield Group(kind, found, title or kind.label, href)


def countdown(due_on: dt.date, day: dt.date) -> str:
    left = (due_on - day).days
    if left < 0:
        return f"已逾期{-left}天"
    return f"还有{left}天" if left else "今日到期"


def week_late(due_on: dt.date, day: dt.date) -> str:
    """`+0` in the first week after the due day, then `+1`; empty before."""
    late = (day - due_on).days
    return f"+{(late - 1) // REPEATED_AFTER}" if late > 0 else ""


def deadline(due_on: dt.date, day: dt.date) -> dict[str, Any]:
    """The columns of a duty that its due day makes: new once before it, and each week after."""
    occasion = f"{due_on}{week_late(due_on, day)}"
    return {"due_on": due_on, "told": countdown(due_on, day), "occasion": occasion}


def short(note: str) -> str:
    line = " ".join(note.split())
    return f"{line[:NOTE_SHOWN]}…" if len(line) > NOTE_SHOWN else line


def last_row(model: type[Recorded], *actions: Action, **said: Any) -> Any:
    """The rows with such an action of the trail of an outer query's record, the last first."""
    rows = Revision.objects.filter(
        record_model=model.trail_model(),
        record_key=Cast(OuterRef("pk"), CharField()),
        action__in=actions,
        **said,
    )
    return rows.order_by("-sequence")


def step_of(rows: Any) -> Subquery:
    """The number of the last of these rows: another one, another occasion."""
    return Subquery(rows.values("sequence")[:1])
