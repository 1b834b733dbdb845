"""The life cycles as one table of steps; what the table does not list is refused.

Buttons, admin actions, the door `LedgerEntry.move_to` and the page
`docs/workflow.md` are all read from `STEPS`. The life cycles are the office's words;
see `choices` for the statuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from typing import Any

from .choices import (
    INITIAL,
    STATUSES,
    Action,
    AgreementStatus,
    IndustrialStatus,
    InfrastructureStatus,
    ItemStatus,
    Ledger,
    Reason,
    Role,
    Status,
)


class SecondPerson(Enum):
    """Which steps take two people, and how."""

    NOT_NEEDED = "not-needed"
    #: The confirmer is not the one who brought the entry to its present status (销号).
    NOT_THE_FILER = "not-the-filer"
    #: The first call files a request, the call of another person carries it out (终止).
    REQUEST_FIRST = "request-first"


@dataclass(frozen=True)
class Step:
    """One permitted change of status.

    `needs` names fields that must be filled, `sets` the date field that takes the
    effective date when it is still empty, `reasons` the coded reasons of which one must
    be given (empty: none is asked for); with reasons a note is always needed.
    """

    ledger: Ledger
    origin: Status
    target: Status
    verb: str
    action: Action = Action.MOVE
    needs: tuple[str, ...] = ()
    sets: str = ""
    needs_note: bool = False
    reasons: tuple[Reason, ...] = ()
    second_person: SecondPerson = SecondPerson.NOT_NEEDED
    roles: frozenset[Role] = field(default_factory=lambda: frozenset({Role.BUREAU}))

    @property
    def asks_note(self) -> bool:
        return self.needs_note or bool(self.reasons)

    def action_for(self, reason: Reason | None) -> Action:
        """A correction (更正) is told apart from a change by its reason."""
        return Action.CORRECT if reason and reason.is_correction else self.action


SETBACKS = (
    Reason.PROOF,
    Reason.APPROVAL,
    Reason.FUNDING,
    Reason.LAND,
    Reason.PARTNER,
    Reason.POLICY,
    Reason.SCOPE,
    Reason.MISRECORDED,
    Reason.OTHER,
)
STOPS = (
    Reason.FUNDING,
    Reason.LAND,
    Reason.APPROVAL,
    Reason.POLICY,
    Reason.PARTNER,
    Reason.FORCE_MAJEURE,
    Reason.REPLACED,
    Reason.OTHER,
)
RESUMES = (Reason.MISRECORDED, Reason.OTHER)
#: Reasons for which a planned date may move.
DATE_MOVES = (*STOPS[:-2], Reason.SCOPE, Reason.MISRECORDED, Reason.OTHER)
#: Reasons for which an entry leaves a list (调出) or comes back (调入).
LIST_CHANGES = (
    Reason.REPLACED,
    Reason.POLICY,
    Reason.SCOPE,
    Reason.SAMPLE_REMOVED,
    Reason.MISRECORDED,
    Reason.OTHER,
)

_NEEDS_TO_BEGIN = ("lead", "due_on")


def _line(
    ledger: Ledger, path: Iterable[Status], verbs: Mapping[Any, str], **facts: Mapping[Any, Any]
) -> list[Step]:
    """The steps along a path, and back one step each with a reason.

    `facts` gives, per keyword of `Step`, the value for each target that has one.
    """
    steps = []
    for origin, target in pairwise(path):
        extra = {
            name: by_target[target] for name, by_target in facts.items() if target in by_target
        }
        steps.append(Step(ledger, origin, target, verbs[target], **extra))
        steps.append(
            Step(
                ledger,
                target,
                origin,
                f"退回{origin.label}",
                action=Action.STEP_BACK,
                reasons=SETBACKS,
            )
        )
    return steps


def _stops(
    ledger: Ledger, running: Iterable[Status], halted: Status | None, ended: Status, verb: str
) -> list[Step]:
    """Halting, resuming where it stood, and the end that takes two people."""
    steps = []
    for origin in running:
        if halted:
            steps.append(Step(ledger, origin, halted, verb, action=Action.STOP, reasons=STOPS))
            steps.append(_resume(ledger, halted, origin))
        steps.append(_end(ledger, origin, ended))
    if halted:
        steps.append(_end(ledger, halted, ended))
    return steps


def _resume(ledger: Ledger, halted: Status, origin: Status) -> Step:
    """Back to where it stood; of several such steps the entry's `halted_from` chooses one."""
    return Step(
        ledger, halted, origin, f"恢复至{origin.label}", action=Action.RESUME, needs_note=True
    )


def _end(ledger: Ledger, origin: Status, ended: Status) -> Step:
    return Step(
        ledger,
        origin,
        ended,
        "终止",
        action=Action.STOP,
        reasons=STOPS,
        second_person=SecondPerson.REQUEST_FIRST,
    )


def _agreements() -> list[Step]:
    s, ledger = AgreementStatus, Ledger.AGREEMENTS
    path = (s.PROPOSED, s.CONSULTING, s.LEGAL_REVIEW, s.SIGNED, s.IN_FORCE, s.FULFILLED)
    verbs = {
        s.CONSULTING: "开展磋商",
        s.LEGAL_REVIEW: "送合法性审核",
        s.SIGNED: "登记签署",
        s.IN_FORCE: "进入履行",
        s.FULFILLED: "登记履行完毕",
    }
    steps = _line(
        ledger,
        path,
        verbs,
        needs={s.LEGAL_REVIEW: ("parties",), s.SIGNED: ("parties", "lead")},
        sets={s.SIGNED: "signed_on", s.IN_FORCE: "started_on", s.FULFILLED: "finished_on"},
        needs_note={s.FULFILLED: True},
    )
    for origin in (s.SIGNED, s.IN_FORCE, s.RENEWED):
        steps.append(Step(ledger, origin, s.EXPIRED, "登记到期", needs=("valid_until_on",)))
    for origin in (s.IN_FORCE, s.EXPIRED):
        steps.append(
            Step(ledger, origin, s.RENEWED, "登记续签", needs=("valid_until_on",), needs_note=True)
        )
    steps += [
        Step(ledger, s.RENEWED, s.IN_FORCE, "进入履行"),
        Step(ledger, s.RENEWED, s.FULFILLED, "登记履行完毕", sets="finished_on", needs_note=True),
        Step(
            ledger,
            s.EXPIRED,
            s.IN_FORCE,
            "退回履行中",
            action=Action.STEP_BACK,
            reasons=RESUMES,
        ),
    ]
    running = (s.PROPOSED, s.CONSULTING, s.LEGAL_REVIEW, s.SIGNED, s.IN_FORCE, s.RENEWED)
    return steps + _stops(ledger, running, None, s.TERMINATED, "")


def _items() -> list[Step]:
    s, ledger = ItemStatus, Ledger.ITEMS
    path = (s.NOT_STARTED, s.LAUNCHED, s.ADVANCING, s.CLOSING, s.CLOSED)
    verbs = {
        s.LAUNCHED: "启动实施",
        s.ADVANCING: "进入推进",
        s.CLOSING: "提请办结",
        s.CLOSED: "确认销号",
    }
    steps = _line(
        ledger,
        path,
        verbs,
        needs={s.LAUNCHED: _NEEDS_TO_BEGIN},
        sets={s.LAUNCHED: "started_on", s.CLOSED: "finished_on"},
        needs_note={s.CLOSING: True},
        second_person={s.CLOSED: SecondPerson.NOT_THE_FILER},
    )
    running = (s.LAUNCHED, s.ADVANCING)
    steps += _stops(ledger, running, s.SUSPENDED, s.TERMINATED, "暂停")
    return [*steps, _end(ledger, s.NOT_STARTED, s.TERMINATED)]


def _industrial() -> list[Step]:
    s, ledger = IndustrialStatus, Ledger.INDUSTRIAL
    path = (
        s.NEGOTIATING,
        s.CONTRACTED,
        s.PREPARATORY,
        s.COMMENCED,
        s.BUILDING,
        s.COMPLETED,
        s.OPERATING,
        s.FULL_CAPACITY,
    )
    verbs = {
        s.CONTRACTED: "登记签约",
        s.PREPARATORY: "转入前期",
        s.COMMENCED: "登记开工",
        s.BUILDING: "转入在建",
        s.COMPLETED: "登记竣工",
        s.OPERATING: "登记投产",
        s.FULL_CAPACITY: "登记达产",
    }
    steps = _line(
        ledger,
        path,
        verbs,
        needs={s.CONTRACTED: ("investor",), s.COMMENCED: _NEEDS_TO_BEGIN},
        sets={s.COMMENCED: "started_on", s.OPERATING: "finished_on"},
        needs_note={s.OPERATING: True, s.FULL_CAPACITY: True},
    )
    running = (*path[:6],)
    return steps + _stops(ledger, running, s.STALLED, s.TERMINATED, "登记停滞")


def _infrastructure() -> list[Step]:
    s, ledger = InfrastructureStatus, Ledger.INFRASTRUCTURE
    path = (
        s.RESERVE,
        s.EARLY_WORKS,
        s.PROPOSAL,
        s.FEASIBILITY,
        s.DESIGN,
        s.PERMIT,
        s.COMMENCED,
        s.CONSTRUCTION,
        s.FINISHED,
        s.IN_USE,
    )
    verbs = {
        s.EARLY_WORKS: "转入前期",
        s.PROPOSAL: "登记项目建议书",
        s.FEASIBILITY: "转入可研",
        s.DESIGN: "转入初设",
        s.PERMIT: "登记施工许可",
        s.COMMENCED: "登记开工",
        s.CONSTRUCTION: "转入建设实施",
        s.FINISHED: "登记完工",
        s.IN_USE: "登记竣工投用",
    }
    steps = _line(
        ledger,
        path,
        verbs,
        needs={s.COMMENCED: _NEEDS_TO_BEGIN},
        sets={s.COMMENCED: "started_on", s.IN_USE: "finished_on"},
        needs_note={s.IN_USE: True},
    )
    # A project whose sub-step is not known goes from the coarse phase to any sub-step.
    for target in (s.FEASIBILITY, s.DESIGN, s.PERMIT):
        steps.append(Step(ledger, s.EARLY_WORKS, target, verbs[target]))
    return steps + _stops(ledger, path[:8], s.STALLED, s.TERMINATED, "登记停滞")


STEPS: tuple[Step, ...] = (*_agreements(), *_items(), *_industrial(), *_infrastructure())

_BY_MOVE: dict[tuple[Ledger, str, str], Step] = {
    (step.ledger, step.origin.slug, step.target.slug): step for step in STEPS
}


def find(ledger: Ledger, origin: str, target: str) -> Step | None:
    """The step from one status to another, or None: then it is refused."""
    return _BY_MOVE.get((ledger, origin, target))


def steps_from(ledger: Ledger, origin: str) -> list[Step]:
    """All steps out of a status, in the order of the table."""
    return [step for step in STEPS if step.ledger == ledger and step.origin.slug == origin]


def status_of(ledger: Ledger, slug: str) -> Status:
    """The member of a ledger's life cycle; KeyError when it has no such status."""
    return _BY_SLUG[ledger, slug]


_BY_SLUG: dict[tuple[Ledger, str], Status] = {
    (ledger, status.slug): status for ledger, kind in STATUSES.items() for status in kind
}


def problems() -> list[str]:
    """What is wrong with the table itself; shown as a system check at start-up."""
    found = []
    if len(_BY_MOVE) != len(STEPS):
        found.append("two steps share ledger, origin and target")
    for ledger, kind in STATUSES.items():
        reachable = {INITIAL[ledger]} | {s.target for s in STEPS if s.ledger == ledger}
        found += [f"{ledger}: nothing leads to {s.slug}" for s in kind if s not in reachable]
    return found
