"""Several runs of `manage.py remind` at once: each thing is noted once and each mail sent once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError
from django.utils import timezone

from projects.choices import DutyKind, Role
from projects.models import Delivery, Matter, Notice, User
from projects.periods import today
from projects.reminding import Outcome, _send, remind
from projects.verification import verify
from tests.factories import days_from_now, item, lift_guards, problem, unit, user
from tests.test_races import RACERS, race, tally

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 3


@pytest.fixture
def people(settings: Any) -> list[User]:
    """Of one unit, with an address each, a problem that is overdue and an entry that is due."""
    settings.EMAIL_HOST, settings.SITE_URL = "mail.example.cn", "https://ledger.example.cn"
    settings.DEFAULT_FROM_EMAIL = "ledger@example.cn"
    problem(due_on=days_from_now(-1))
    item(status="launched", due_on=today())
    return [
        user(f"clerk{n}", Role.REPORTER, unit=unit(), email=f"clerk{n}@example.cn")
        for n in range(PEOPLE)
    ]


def test_many_runs_at_once_tell_each_thing_once(people: list[User]) -> None:
    at = timezone.now()
    answers = race(lambda place: lambda: remind(today(), at))
    assert tally(answers) == {"Outcome": RACERS}
    of_all = sum(answer.new for answer in answers)
    assert of_all == Notice.objects.count() == 2 * PEOPLE + 1  # and one for the bureau
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted(p.email for p in people)
    assert not Delivery.objects.filter(sent_at=None).exists()
    assert sum(answer.risen for answer in answers) == 1
    assert verify().problem == ""


def test_many_runs_at_once_send_again_once_what_was_not_sent(people: list[User]) -> None:
    remind(today(), timezone.now())
    lift_guards()
    Delivery.objects.update(sent_at=None, taken_at=None)
    mail.outbox.clear()
    at = timezone.now()
    race(lambda place: lambda: remind(today(), at))
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted(p.email for p in people)


def test_without_the_lock_the_database_alone_still_lets_each_notice_in_once() -> None:
    found, person = problem(due_on=days_from_now(-1)), user("clerk0", Role.REPORTER)

    def prepare(place: int) -> Callable[[], Any]:
        assert not Notice.objects.to(person).exists()
        made = Notice(
            user_id=person.pk,
            recipient=str(person),
            kind=DutyKind.MATTER_LATE,
            record=f"matter:{found.pk}",
            occasion="once",
            text="一次",
            link=found.get_absolute_url(),
            day=today(),
            made_at=timezone.now(),
        )
        return lambda: Notice.append([made], [])

    answers = race(prepare)
    assert sum(isinstance(answer, DatabaseError) for answer in answers) == RACERS - 1
    assert Notice.objects.count() == Matter.objects.count() == 1


def test_without_being_taken_in_hand_a_mail_is_sent_by_every_run(people: list[User]) -> None:
    """What sending would be without its protection: each run sends what it found unsent."""
    remind(today(), timezone.now())
    lift_guards()
    Delivery.objects.update(sent_at=None, taken_at=None)
    mail.outbox.clear()
    at = timezone.now()

    def prepare(place: int) -> Callable[[], Any]:
        waiting = list(Delivery.objects.due(people[0], at))
        return lambda: _send(people[0], waiting, Outcome(), at)

    race(prepare)
    assert len(mail.outbox) == RACERS
