"""Three hundred numbers on boards, today and on three past days, each followed to its rows."""

from __future__ import annotations

import datetime as dt
import random
import re
from html import unescape

import pytest
from django.test import Client

from projects import demo
from projects.choices import Role
from projects.models import LedgerEntry, Organisation, Round
from projects.periods import today

from . import factories

pytestmark = pytest.mark.django_db

TALLY = re.compile(r'<a [^>]*?href="([^"]+)"[^>]*?data-count="([0-9]+)"')
TOTAL = re.compile(r'data-total="([0-9]+)"')
NUMBERS = 300
#: Boards with the same parts.
ALIKE = ["/", "/sectors/transport/", "/cities/512000/", "/cities/512021/"]
#: What divides the ledgers, line by line, or month by month.
DIVIDED = ["/sectors/", "/cities/", "/leaders/", "/task-forces/", "/lists/", "/matrix/"]


def boards() -> list[str]:
    named = LedgerEntry.objects.exclude(contact_leader="").exclude(task_force="")[0]
    units = Organisation.objects.filter(name__startswith="示例单位").order_by("pk")[:2]
    found = [*ALIKE, *DIVIDED, *(unit.get_absolute_url() for unit in units)]
    return [*found, f"/leaders/{named.contact_leader}/", f"/task-forces/{named.task_force}/"]


def test_each_of_three_hundred_numbers_is_the_count_of_its_rows(client: Client):
    demo.play()
    client.force_login(factories.user("who-counts", Role.AUDITOR))
    frozen = Round.objects.frozen().order_by("month")[4].period
    days = ["", *(str(today() - dt.timedelta(days=days)) for days in (40, 200)), str(frozen)]
    seen: dict[str, int] = {}
    for day in days:
        of_the_day = 0
        for board in boards():
            answer = client.get(board, {"as_of": day} if day else {})
            assert answer.status_code == 200, (board, day)
            for href, count in TALLY.findall(answer.content.decode()):
                told = seen.setdefault(unescape(href), int(count))
                assert told == int(count), href  # two boards say the same of the same rows
                of_the_day += 1
        assert of_the_day > NUMBERS, day
    for href in random.Random("numbers on boards").sample(sorted(seen), NUMBERS):
        answer = client.get(href)
        assert answer.status_code == 200, href
        assert TOTAL.findall(answer.content.decode()) == [str(seen[href])], href
