"""Several at once at matters and conferences: nothing rises twice, no number is given twice, and
what hangs together stays together.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from projects.choices import Action, CoordinationLevel, MatterState, MeetingState
from projects.models import Act, Matter, Meeting, Revision
from projects.periods import today
from projects.verification import verify
from tests.factories import bureau, clerk, days_from_now, meeting, problem, slip, unit
from tests.test_races import RACERS, race

pytestmark = pytest.mark.django_db(transaction=True)


def told(attempt: Callable[[], Any]) -> Callable[[], Any]:
    """The same, with a refusal for an answer."""

    def answered() -> Any:
        try:
            return attempt()
        except ValidationError as refusal:
            return refusal

    return answered


def test_an_overdue_problem_rises_once_when_many_run_the_command_together():
    late = [problem(due_on=days_from_now(-1)) for _ in range(3)]
    answers = race(lambda place: lambda: Matter.objects.raise_overdue(Act(), today()))
    assert sorted(len(risen) for risen in answers) == [0] * (RACERS - 1) + [3]
    assert {m.level for m in Matter.objects.all()} == {CoordinationLevel.CITY}
    assert Revision.objects.filter(action=Action.RAISE).count() == len(late)
    assert verify().problem == ""


def test_many_slips_issued_together_get_numbers_without_gap_or_double():
    slip(), clerk(), unit()
    race(lambda place: slip)
    made = Matter.objects.order_by("slip_number")
    assert [m.slip_number for m in made] == list(range(1, RACERS + 2))
    assert [m.code for m in made] == [f"DB-{number:04}" for number in range(1, RACERS + 2)]


def test_a_problem_is_never_filed_beside_a_decision_that_is_made_just_then():
    person, found, held = bureau(), problem(), meeting()
    held.put_on_agenda(found, Act(by=person))
    found.handle("办理", Act(by=person))

    def prepare(place: int) -> Callable[[], Any]:
        seen, here = Matter.objects.get(pk=found.pk), Meeting.objects.get()
        given = {"title": "议定", "text": "办理", "unit": unit(), "due_on": today()}
        if place % 2:
            return told(lambda: here.decide(given, Act(by=person), problem=seen))
        act = Act(by=person, note="完成")
        return told(lambda: seen.take("file", act, version=seen.version))

    race(prepare)
    filed = Matter.objects.get(pk=found.pk).state == MatterState.FILED
    assert filed is not Matter.objects.decisions().exists()
    assert verify().problem == ""


def test_a_conference_is_never_closed_beside_a_problem_that_is_put_on_just_then():
    person, held = bureau(), meeting()
    problems = [problem() for _ in range(RACERS)]
    (told_of,) = [held.put_on_agenda(problem(), Act(by=person))]
    told_of.tell("已说明", Act(by=person), version=told_of.version)

    def prepare(place: int) -> Callable[[], Any]:
        here = Meeting.objects.get()
        if place % 2:
            return told(lambda: here.put_on_agenda(problems[place], Act(by=person)))
        return told(lambda: here.take("conclude", Act(by=person), version=here.version))

    race(prepare)
    closed = Meeting.objects.get().state == MeetingState.CLOSED
    assert closed is not (held.agenda.count() > 1)
    assert verify().problem == ""
