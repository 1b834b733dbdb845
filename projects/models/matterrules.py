"""What the database holds true of a matter: what belongs to which kind, and to which state."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ..choices import (
    CoordinationLevel,
    Difficulty,
    MatterKind,
    MatterState,
    SlipColour,
)

#: Handed out, whatever became of it then.
_HANDED_OUT = (MatterState.OPEN, MatterState.FILED, MatterState.CLOSED)


def _just_of(
    kind: MatterKind, filled: Q, blank: Q, name: str, sentence: str
) -> models.CheckConstraint:
    """Filled for this kind, blank for all others."""
    return models.CheckConstraint(
        condition=Q(filled, kind=kind) | (~Q(kind=kind) & blank),
        name=name,
        violation_error_message=sentence,
    )


def _known(column: str, values: list[str], label: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{column}__in": values}),
        name=f"matter_{column}_known",
        violation_error_message=f"{label}不在表中。",
    )


CONSTRAINTS = [
    _known("kind", MatterKind.values, "事项类别"),
    _known("state", MatterState.values, "办理状态"),
    _just_of(
        MatterKind.PROBLEM,
        Q(category__in=Difficulty.values, level__in=CoordinationLevel.values),
        Q(category="", level="", raised_for__isnull=True, report__isnull=True),
        "matter_problem_whole",
        "问题须选择问题类别和协调层级；其他事项不填。",
    ),
    _just_of(
        MatterKind.DECISION,
        Q(meeting__isnull=False),
        Q(meeting__isnull=True),
        "matter_decision_of_meeting",
        "议定事项须写明是哪次会议议定的；其他事项不填。",
    ),
    _just_of(
        MatterKind.INSTRUCTION,
        ~Q(leader=""),
        Q(leader=""),
        "matter_instruction_has_leader",
        "领导批示须写明批示领导；其他事项不填。",
    ),
    _just_of(
        MatterKind.SLIP,
        Q(colour__in=SlipColour.values),
        Q(colour="", slip_year__isnull=True, slip_number__isnull=True),
        "matter_slip_has_colour",
        "督办单须选择督办等级；其他事项不填。",
    ),
    models.CheckConstraint(
        condition=~Q(kind=MatterKind.SLIP)
        | ~Q(state__in=_HANDED_OUT)
        | Q(slip_year__isnull=False, slip_number__isnull=False),
        name="matter_slip_is_numbered",
        violation_error_message="签发的督办单须有发文字号。",
    ),
    models.UniqueConstraint(
        fields=["slip_year", "slip_number"],
        name="matter_slip_number_once",
        violation_error_message="这一发文字号已经用过。",
    ),
    models.CheckConstraint(
        condition=~Q(state__in=_HANDED_OUT)
        | (Q(unit__isnull=False, due_on__isnull=False, opened_on__isnull=False) & ~Q(text="")),
        name="matter_handed_out_whole",
        violation_error_message="交办的事项须写明内容、责任单位、办理时限和交办日期。",
    ),
    models.CheckConstraint(
        condition=Q(due_on__isnull=True)
        | Q(opened_on__isnull=True)
        | Q(due_on__gte=F("opened_on")),
        name="matter_due_after_opened",
        violation_error_message="办理时限不能早于交办（签发）日期。",
    ),
    models.CheckConstraint(
        condition=(
            Q(state__in=(MatterState.FILED, MatterState.CLOSED), filed_at__isnull=False)
            & ~Q(filed_by="")
            & ~Q(outcome="")
        )
        | (
            ~Q(state__in=(MatterState.FILED, MatterState.CLOSED))
            & Q(filed_at__isnull=True, filed_by="", outcome="")
        ),
        name="matter_filed_whole",
        violation_error_message="提请销号须写明提请人、时间和办理结果。",
    ),
    models.CheckConstraint(
        condition=(Q(state=MatterState.CLOSED, confirmed_at__isnull=False) & ~Q(confirmed_by=""))
        | (~Q(state=MatterState.CLOSED) & Q(confirmed_at__isnull=True, confirmed_by="")),
        name="matter_confirmed_whole",
        violation_error_message="已销号的事项须写明确认人和时间。",
    ),
    models.CheckConstraint(
        condition=Q(confirmed_by_id__isnull=True) | ~Q(confirmed_by_id=F("filed_by_id")),
        name="matter_confirmed_by_another",
        violation_error_message="确认销号须由提请人以外的人员办理。",
    ),
]
