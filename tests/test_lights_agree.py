"""Lights in filter, facet, column and export: of 100 random filters, today and on three past days.

The past is 40 days of edits, a changed rule, and a round of reports, by the models' doors.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from projects import rounds
from projects.choices import DeclaredLight, Ledger, Light, Phase, Role
from projects.models import LEDGER_MODELS, Act, LedgerEntry, LightRule, Report, User
from projects.periods import Month, start_of, today
from tests import factories

CHANCE = random.Random("lights")
FIRST = today() - dt.timedelta(days=40)
PAST = [FIRST + dt.timedelta(days=days) for days in (5, 19, 30)]
#: Due dates that come near on one day or another.
SOON = [FIRST + dt.timedelta(days=days) for days in (8, 22, 24, 42, 45)]
ENTRIES, EDITS, FILTERS = 60, 90, 100
STATUSES = {
    Ledger.AGREEMENTS: ("signed", "in-force", "fulfilled"),
    Ledger.ITEMS: ("not-started", "launched", "advancing", "closed"),
    Ledger.INDUSTRIAL: ("contracted", "building", "stalled"),
    Ledger.INFRASTRUCTURE: ("reserve", "construction"),
}
SECTORS = ("transport", "health", "education")
FACET = re.compile(
    r'<a [^>]*?href="[?][^"]*"[^>]*><span>(.灯)</span><span class="count">([0-9]+)</span>'
)
TOTAL = re.compile(r'<main[^>]*data-total="([0-9]+)"')
SHOWN = re.compile(r'<td class="lit".*?data-light="([a-z]+)"', re.DOTALL)


def at(day: dt.date, by: User | None = None) -> Act:
    return Act(by=by, at=start_of(day) + dt.timedelta(hours=10))


def dates() -> dict[str, Any]:
    begins = today() + dt.timedelta(days=CHANCE.randint(-300, 10))
    late = begins + dt.timedelta(days=CHANCE.randint(40, 500))
    due = CHANCE.choice((late, late, late, *SOON, None))
    return {
        "planned_start_on": None if due in SOON else CHANCE.choice((begins, begins, begins, None)),
        "due_on": due,
        "percent_complete": CHANCE.choice((*range(0, 101, 7), None)),
        "declared_light": CHANCE.choice(("", *DeclaredLight.values)),
    }


def record_past() -> None:
    units = [factories.unit(f"{n}号单位", act=at(FIRST)) for n in range(4)]
    LightRule().save(act=at(FIRST))
    for _ in range(ENTRIES):
        ledger = CHANCE.choice(list(Ledger))
        factories.at_status(
            ledger,
            CHANCE.choice(STATUSES[ledger]),
            sector=factories.sector(CHANCE.choice(SECTORS), act=at(FIRST)),
            lead=CHANCE.choice(units),
            act=at(FIRST),
            **dates(),
        )
    clerk = factories.user("office", Role.BUREAU, act=at(FIRST))
    days = sorted(CHANCE.randint(1, 39) for _ in range(EDITS))
    rounds.open_month(Month.of(FIRST).before, by=clerk, at=at(FIRST).at)
    for _ in range(ENTRIES):
        waive(FIRST, clerk)
    for number, days_on in enumerate(days):
        day = FIRST + dt.timedelta(days=days_on)
        if number == EDITS // 2:
            change_rule(day)
        edit(day) if number % 4 else waive(day, clerk)


def edit(day: dt.date) -> None:
    found = CHANCE.choice(list(LedgerEntry.objects.order_by("pk")))
    entry = LEDGER_MODELS[found.ledger].objects.get(pk=found.pk)
    with entry.recording(at(day)):
        entry.percent_complete = CHANCE.choice((*range(0, 101, 7), None))
        entry.declared_light = CHANCE.choice(("", *DeclaredLight.values))


def waive(day: dt.date, clerk: User) -> None:
    """Reports are waived, and some of them are due again later."""
    report = CHANCE.choice(list(Report.objects.for_rows().order_by("pk")))
    name = "require" if report.is_waived else "waive"
    act = Act(by=clerk, at=at(day).at, note="示例说明")
    report.take(name, act, version=report.version)


def change_rule(day: dt.date) -> None:
    rule = LightRule.objects.get()
    with rule.recording(at(day)):
        rule.lag_points, rule.far_points, rule.soon_days, rule.silent = 20, 45, 14, "blue"


@pytest.fixture(scope="module")
def past(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with factories.kept_for_module(django_db_blocker):
        record_past()
        yield


@pytest.fixture
def reader(past: None, db: None) -> Client:
    client = Client()
    client.force_login(factories.user("an-auditor", Role.AUDITOR))
    return client


def filters() -> Iterator[tuple[str, str]]:
    """A list and the parameters of a filter, lights aside."""
    chance = random.Random("filters")
    for _ in range(FILTERS):
        ledger = chance.choice([*LEDGER_MODELS, "entries", "entries"])
        offered = {
            "sector": chance.choice(SECTORS),
            "phase": chance.choice(Phase.values),
            "declared": chance.choice(DeclaredLight.values),
            "disagrees": "yes",
            "due_after": (today() - dt.timedelta(days=20)).isoformat(),
            "started_before": "2199-01-01",
            "q": chance.choice(("单位", "项目", "合作")),
        }
        names = chance.sample(sorted(offered), chance.randint(0, 2))
        yield ledger, "&".join(f"{name}={offered[name]}" for name in names)


def exported(client: Client, ledger: str, query: str) -> Counter[str]:
    response: Any = client.get(f"/{ledger}.csv?{query}")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return Counter(row["亮灯"] for row in csv.DictReader(io.StringIO(text, newline="")))


def faceted(client: Client, address: str) -> tuple[Counter[str], Counter[str], int]:
    """The counts of the facet of lights, the lights in the column, and the total."""
    html = client.get(address).content.decode()
    shown = Counter(Light(light).label for light in SHOWN.findall(html))
    total = TOTAL.search(html)
    assert total
    counts = {label: int(count) for label, count in FACET.findall(html)}
    return Counter(counts), shown, int(total[1])


@pytest.mark.parametrize("day", [None, *PAST], ids=["today", "day 5", "day 19", "day 30"])
def test_filter_facet_column_and_export_of_lights_agree(reader: Client, day: dt.date | None):
    lights = random.Random(f"lights of {day}")
    seen: Counter[str] = Counter()
    for ledger, given in filters():
        query = f"{given}&as_of={day}" if day else given
        counts, shown, total = faceted(reader, f"/{ledger}/?{query}&page_size=200")
        assert counts == shown, query
        assert counts.total() == total
        light = lights.choice(list(Light))
        lit = f"{query}&light={light.value}"
        _, _, rows = faceted(reader, f"/{ledger}/?{lit}&page_size=1")
        assert rows == counts[light.label], lit
        assert exported(reader, ledger, lit) == Counter({light.label: rows} if rows else {}), lit
        assert exported(reader, ledger, query) == counts, query
        seen += counts
    assert set(seen) == {str(label) for label in Light.labels}


def test_the_days_differ_so_that_the_agreement_says_something(reader: Client):
    looks = [exported(reader, "entries", f"as_of={day}") for day in PAST]
    looks.append(exported(reader, "entries", ""))
    assert len({tuple(sorted(look.items())) for look in looks}) == 4
