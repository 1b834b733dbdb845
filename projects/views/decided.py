"""What a conference decided, as its page shows it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from ..choices import MatterState, Phase
from ..following import PHASES
from ..lights import Reading, Rule
from ..models import Matter, Meeting


@dataclass(frozen=True)
class Decided:
    """A decision, with its light on that day."""

    matter: Matter
    light: Reading

    @property
    def phase(self) -> Phase:
        return PHASES[MatterState(self.matter.state)]

    @property
    def is_standing(self) -> bool:
        return self.matter.state != MatterState.DROPPED


def decisions_of(meeting: Meeting, user: Any, day: dt.date, rule: Rule) -> list[Decided]:
    """Those that this person may see, dropped ones included, in the order of their making."""
    made = meeting.decisions.visible_to(user).select_related("unit").order_by("pk")
    return [Decided(matter, matter.reading(day, rule)) for matter in made]
