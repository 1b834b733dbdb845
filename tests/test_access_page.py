"""/access/ tells of everything that was taken out, whatever kind of file it was."""

from __future__ import annotations

import pytest
from django.test import Client

from projects import rounds
from projects.choices import Role
from projects.models import AccessEvent
from projects.periods import Month, today

from . import factories

pytestmark = pytest.mark.django_db
PERIOD = Month.of(today())


def test_each_kind_of_file_that_went_out_is_told_in_words(client: Client) -> None:
    entry, clerk = factories.item(), factories.bureau()
    problem = factories.problem()
    rounds.open_month(PERIOD, by=clerk)
    files = [
        (f"/attachments/{factories.attachment(entry).pk}/", "SX-0001：验收意见.pdf，SHA-256 "),
        (f"/attachments/{factories.attachment(problem).pk}/", "WT-0001：验收意见.pdf，SHA-256 "),
        (f"/rounds/{PERIOD}/units/{entry.lead_id}.xlsx", ".xlsx，SHA-256 "),
        ("/items.csv?q=x", "/items.csv?q=x：查找：x，1行，回执0"),
    ]
    client.force_login(clerk)
    told = []
    for address, _ in files:
        answer = client.get(address)
        b"".join(answer.streaming_content) if answer.streaming else answer.content
        told.append(AccessEvent.objects.order_by("-sequence")[0].in_words)
    assert [words in said for said, (_, words) in zip(told, files, strict=True)] == [True] * 4
    client.force_login(factories.user("auditor", Role.AUDITOR))
    page = client.get("/access/").content.decode()
    assert [said for said in told if said not in page] == []
