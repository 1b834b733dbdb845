"""The deadline clock, in words and in the database alike."""

import datetime as dt

import pytest

from projects import lights
from projects.choices import AT_REST, STATUSES, Ledger, Light, Phase
from projects.lights import Reading
from projects.models import LedgerEntry
from tests.factories import bare, item, sector

DAY = dt.date(2026, 7, 31)
RUNNING = [phase for phase in Phase if phase not in AT_REST]


def after(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def read(**given) -> Reading:
    """The clock on 31 July 2026, of an entry under way unless told otherwise."""
    facts = {
        "phase": Phase.UNDER_WAY,
        "due_on": None,
        "awaits_update": False,
        "data_date": "",
        "day": DAY,
    }
    return lights.deadline(**facts | given)


@pytest.mark.parametrize("phase", RUNNING)
@pytest.mark.parametrize(
    ("left", "light", "reason"),
    [
        (-400, Light.RED, "已逾期400天（时限2025-06-26）"),
        (-1, Light.RED, "已逾期1天（时限2026-07-30）"),
        (0, Light.BLUE, "今日到期"),
        (1, Light.BLUE, "临近时限，还有1天"),
        (7, Light.BLUE, "临近时限，还有7天"),
        (8, Light.GREEN, "距时限还有8天"),
        (900, Light.GREEN, "距时限还有900天"),
    ],
)
def test_what_is_running_is_read_against_its_due_date(phase, left, light, reason):
    assert read(phase=phase, due_on=after(left)) == Reading(light, reason)


@pytest.mark.parametrize("phase", AT_REST)
@pytest.mark.parametrize("left", [-30, 3, 30])
def test_what_is_done_or_stopped_is_grey(phase, left):
    told = read(phase=phase, due_on=after(left), awaits_update=True, data_date="2019")
    assert told == Reading(Light.GREY, f"{phase.label}，不计时限")


def test_what_has_no_due_date_is_grey():
    assert read() == Reading(Light.GREY, "未填完成时限")


@pytest.mark.parametrize(
    ("data_date", "reason"),
    [
        ("2019", "数据截止2019年，待更新"),
        ("2019-12", "数据截止2019-12，待更新"),
        ("", "待更新"),
    ],
)
@pytest.mark.parametrize("due_on", [None, after(-900), after(3)])
def test_what_the_office_has_not_updated_is_grey_and_not_overdue(data_date, reason, due_on):
    told = read(due_on=due_on, awaits_update=True, data_date=data_date)
    assert told == Reading(Light.GREY, reason)


def test_lights_stand_with_the_worse_first():
    assert [light.value for light in Light] == ["red", "yellow", "blue", "green", "grey"]


# --- the database says the same ---------------------------------------------------------------


@pytest.fixture
def every_case(db) -> None:
    """An entry of every status, due on every side of every threshold, updated and not."""
    due_dates = [None, *(after(left) for left in (-365, -1, 0, 1, 7, 8, 365))]
    cases = [
        (ledger, status.slug, due_on, awaits_update)
        for ledger, kind in STATUSES.items()
        for status in kind
        for due_on in due_dates
        for awaits_update in (False, True)
    ]
    now = dt.datetime(2026, 7, 31, tzinfo=dt.UTC)
    of_sector = sector()
    bare(LedgerEntry).bulk_create(  # the rows alone: what is read needs no trail
        LedgerEntry(
            code=f"A-{number}",
            ledger=ledger,
            status=status,
            due_on=due_on,
            due_precision="day" if due_on else "",
            awaits_update=awaits_update,
            sector=of_sector,
            created_at=now,
            updated_at=now,
        )
        for number, (ledger, status, due_on, awaits_update) in enumerate(cases)
    )


def keys(rows) -> set[int]:
    return {row.pk for row in rows}


@pytest.mark.usefixtures("every_case")
def test_the_database_reads_the_same_light_in_every_case():
    entries = LedgerEntry.objects.with_light(DAY)
    differing = [
        (entry.status, entry.due_on, entry.awaits_update, entry.light)
        for entry in entries
        if entry.light != entry.reading(DAY).light
    ]
    assert differing == []
    assert {entry.light for entry in entries} == {"red", "blue", "green", "grey"}


@pytest.mark.usefixtures("every_case")
def test_the_words_overdue_and_due_soon_find_exactly_the_red_and_the_blue():
    entries = LedgerEntry.objects.with_light(DAY)
    assert keys(LedgerEntry.objects.overdue(at=DAY)) == keys(entries.filter(light="red"))
    assert keys(LedgerEntry.objects.due_soon(at=DAY)) == keys(entries.filter(light="blue"))


@pytest.mark.usefixtures("every_case")
def test_the_database_sorts_every_status_into_its_phase():
    entries = LedgerEntry.objects.with_phase()
    assert [e.status for e in entries if e.phase_slug != e.phase] == []
    for phase in Phase:
        assert keys(LedgerEntry.objects.in_phase([phase])) == {
            entry.pk for entry in entries if entry.phase == phase
        }


@pytest.mark.usefixtures("every_case")
def test_running_is_what_is_neither_done_nor_stopped():
    running = {entry.pk for entry in LedgerEntry.objects.all() if entry.phase not in AT_REST}
    assert keys(LedgerEntry.objects.running()) == running


@pytest.mark.usefixtures("every_case")
def test_launched_is_every_item_after_not_started_with_suspended_and_without_terminated():
    items = LedgerEntry.objects.filter(ledger=Ledger.ITEMS)
    assert {entry.status for entry in items.launched()} == {
        "launched",
        "advancing",
        "closing",
        "closed",
        "suspended",
    }


@pytest.mark.usefixtures("every_case")
def test_signed_is_every_agreement_from_signed_on_without_terminated():
    agreements = LedgerEntry.objects.filter(ledger=Ledger.AGREEMENTS)
    assert {entry.status for entry in agreements.signed()} == {
        "signed",
        "in-force",
        "renewed",
        "fulfilled",
        "expired",
    }


@pytest.mark.django_db
def test_a_due_date_known_to_the_month_is_overdue_when_the_month_is_over():
    entry = item(due_on=dt.date(2026, 7, 31), due_precision="month", status="launched")
    read_on = {
        day: LedgerEntry.objects.with_light(day).get(pk=entry.pk).light for day in (DAY, after(1))
    }
    assert read_on == {DAY: "blue", after(1): "red"}


@pytest.mark.django_db
def test_an_entry_tells_up_to_which_year_its_facts_are_known():
    entry = item(data_on=dt.date(2019, 1, 1), data_precision="year", awaits_update=True)
    assert entry.reading(DAY) == Reading(Light.GREY, "数据截止2019年，待更新")
