"""Several runs of `manage.py digest` at once: each view is mailed once to its person."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from projects import digesting
from projects.choices import Role
from projects.models import Act, Digest, SavedView, ViewUse
from projects.periods import today
from tests import factories
from tests.test_races import RACERS, race, tally

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def addresses(settings: Any) -> list[str]:
    settings.EMAIL_HOST, settings.SITE_URL = "mail.example.cn", "https://ledger.example.cn"
    factories.item(due_on=today())
    people = [factories.user(f"p{n}", Role.LEADER, email=f"p{n}@example.cn") for n in range(3)]
    for user in people:
        given = {"ledger": "items", "name": "全部", "query": ""}
        kept = SavedView.keep(given, Act(by=user))
        ViewUse.set(user, kept, is_default=False, is_subscribed=True)
    return sorted(user.email for user in people)


def test_many_runs_at_once_mail_each_view_once(addresses: list[str]) -> None:
    at = timezone.now()
    answers = race(lambda place: lambda: digesting.send(today(), at))
    assert tally(answers) == {"Outcome": RACERS}
    assert sum(answer.sent for answer in answers) == 3
    assert sorted(letter.to[0] for letter in mail.outbox) == addresses
    assert not Digest.objects.filter(sent_at=None).exists()


def test_without_being_taken_in_hand_a_mail_is_sent_by_every_run(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What sending would be without its protection: each run sends what it found unsent."""
    use = ViewUse.objects.select_related("user", "view").order_by("pk")[0]
    found = Digest.objects.take(use.user, use.view, today(), timezone.now())
    assert found is not None
    monkeypatch.setattr(Digest, "was_sent", lambda self, address, at: None)
    race(lambda place: lambda: digesting._send(use, found, timezone.now(), digesting.Outcome()))
    assert len(mail.outbox) == RACERS
