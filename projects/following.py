"""How problems, decisions, instructions and supervision slips are followed up, and conferences.

Pure: no database. The doors are `models.Matter.take` and `models.Meeting.take`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .choices import Action, CoordinationLevel, MatterKind, MatterState, MeetingState, Phase

#: The office's own series of document numbers (发文字号) for supervision slips.
SLIP_SERIES = "成资同城督"
#: Where a matter stands, as the clock of deadlines knows it.
PHASES = {
    MatterState.DRAFT: Phase.NOT_STARTED,
    MatterState.OPEN: Phase.UNDER_WAY,
    MatterState.FILED: Phase.UNDER_WAY,
    MatterState.CLOSED: Phase.DONE,
    MatterState.DROPPED: Phase.STOPPED,
}


def document_number(year: int, number: int) -> str:
    """`成资同城督〔2026〕1号`."""
    return f"{SLIP_SERIES}〔{year}〕{number}号"


_NUMBER = re.compile(r"([0-9]{4})〕?([0-9]{1,6})号", re.ASCII)


def numbered(written: str) -> tuple[int, int] | None:
    """Year and number of a slip in `成资同城督〔2026〕1号` or `〔2026〕1号`."""
    found = _NUMBER.search(written)
    return (int(found[1]), int(found[2])) if found else None


def level_above(level: str) -> CoordinationLevel | None:
    """Where what was not settled on a level is taken next; nowhere above the province."""
    levels = list(CoordinationLevel)
    above = levels[levels.index(CoordinationLevel(level)) + 1 :]
    return above[0] if above else None


@dataclass(frozen=True)
class MatterStep:
    """One permitted change of a matter's state.

    The bureau takes it; where `unit_may`, those of the unit in charge as well. `needs` names
    the columns that have to be filled in, `needs_handling` asks for an account of what was
    done or for proof. `another_person`: not the one who filed for 销号.
    """

    name: str
    verb: str
    action: Action
    origins: frozenset[MatterState]
    target: MatterState
    kinds: frozenset[MatterKind] = frozenset(MatterKind)
    needs: tuple[str, ...] = ()
    needs_note: bool = False
    needs_handling: bool = False
    unit_may: bool = False
    another_person: bool = False

    @property
    def is_forward(self) -> bool:
        return self.target not in (MatterState.DROPPED, MatterState.DRAFT) and not self.is_back

    @property
    def hands_out(self) -> bool:
        return MatterState.DRAFT in self.origins and self.target == MatterState.OPEN

    @property
    def is_back(self) -> bool:
        return self.target == MatterState.OPEN and MatterState.DRAFT not in self.origins


def _from(*states: MatterState) -> frozenset[MatterState]:
    return frozenset(states)


#: Without these nobody can be held to it.
DUTIES = ("text", "unit", "due_on")
STEPS: tuple[MatterStep, ...] = (
    MatterStep(
        "issue",
        "签发",
        Action.ISSUE,
        _from(MatterState.DRAFT),
        MatterState.OPEN,
        kinds=frozenset({MatterKind.SLIP}),
        needs=DUTIES,
    ),
    MatterStep(
        "assign",
        "交办",
        Action.ASSIGN,
        _from(MatterState.DRAFT),
        MatterState.OPEN,
        kinds=frozenset(MatterKind) - {MatterKind.SLIP},
        needs=DUTIES,
    ),
    MatterStep(
        "file",
        "提请销号",
        Action.FILE,
        _from(MatterState.OPEN),
        MatterState.FILED,
        needs_note=True,
        needs_handling=True,
        unit_may=True,
    ),
    MatterStep(
        "confirm",
        "确认销号",
        Action.CONFIRM,
        _from(MatterState.FILED),
        MatterState.CLOSED,
        needs_handling=True,
        another_person=True,
    ),
    MatterStep(
        "recall",
        "撤回提请",
        Action.WITHDRAW,
        _from(MatterState.FILED),
        MatterState.OPEN,
        unit_may=True,
    ),
    MatterStep(
        "send-back",
        "退回办理",
        Action.REJECT,
        _from(MatterState.FILED),
        MatterState.OPEN,
        needs_note=True,
    ),
    MatterStep(
        "reopen",
        "恢复办理",
        Action.REOPEN,
        _from(MatterState.CLOSED),
        MatterState.OPEN,
        needs_note=True,
    ),
    MatterStep(
        "drop",
        "撤销",
        Action.DROP,
        _from(MatterState.DRAFT, MatterState.OPEN),
        MatterState.DROPPED,
        needs_note=True,
    ),
    MatterStep(
        "restore",
        "恢复",
        Action.RESUME,
        _from(MatterState.DROPPED),
        MatterState.DRAFT,
        needs_note=True,
    ),
)
BY_NAME = {step.name: step for step in STEPS}


def handing_out(kind: MatterKind) -> MatterStep:
    """The step by which a draft of that kind is handed out."""
    return next(s for s in STEPS if s.hands_out and kind in s.kinds)


@dataclass(frozen=True)
class MeetingStep:
    """One permitted change of a conference's state; the bureau takes it."""

    name: str
    verb: str
    action: Action
    origins: frozenset[MeetingState]
    target: MeetingState
    needs_note: bool = False


MEETING_STEPS: tuple[MeetingStep, ...] = (
    MeetingStep("hold", "召开", Action.HOLD, frozenset({MeetingState.PLANNED}), MeetingState.HELD),
    MeetingStep(
        "conclude", "办结", Action.CONCLUDE, frozenset({MeetingState.HELD}), MeetingState.CLOSED
    ),
    MeetingStep(
        "reopen",
        "恢复办理",
        Action.REOPEN,
        frozenset({MeetingState.CLOSED}),
        MeetingState.HELD,
        needs_note=True,
    ),
    MeetingStep(
        "cancel",
        "取消",
        Action.CANCEL,
        frozenset({MeetingState.PLANNED, MeetingState.HELD}),  # held by mistake as well
        MeetingState.CANCELLED,
        needs_note=True,
    ),
    MeetingStep(
        "replan",
        "恢复筹备",
        Action.REOPEN,
        frozenset({MeetingState.CANCELLED}),
        MeetingState.PLANNED,
        needs_note=True,
    ),
)
MEETING_BY_NAME = {step.name: step for step in MEETING_STEPS}
