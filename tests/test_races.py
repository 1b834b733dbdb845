"""Several people at once: one wins, the others are told, and the chain does not fork.

Each race is also run with its protection off, to show that it would be lost without.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, get_ident
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from projects.choices import AccessAction, Action, Ledger, Reason
from projects.models import (
    AccessEvent,
    Act,
    ChainHead,
    CooperationItem,
    EntryVersion,
    LedgerEntry,
    Organisation,
    Revision,
    Stale,
    access,
)
from projects.verification import verify
from tests.factories import at_status, bare, bureau, item, lift_guards, unit

RACERS = 8

pytestmark = pytest.mark.django_db(transaction=True)


def race(prepare: Callable[[int], Callable[[], Any]]) -> list[Any]:
    """Run what `prepare` gives for each racer, all together; their answers or exceptions.

    Every racer prepares (reads what it will act on) before any of them acts.
    """
    start = Barrier(RACERS, timeout=30)

    def run(place: int) -> Any:
        try:
            act = prepare(place)
            start.wait()
            return act()
        except (Stale, DatabaseError) as told:
            return told
        finally:
            connection.close()

    with ThreadPoolExecutor(RACERS) as racers:
        return list(racers.map(run, range(RACERS)))


def tally(answers: list[Any]) -> dict[str, int]:
    """How many answers of each kind."""
    kinds = [a.name if isinstance(a, Action) else type(a).__name__ for a in answers]
    return {kind: kinds.count(kind) for kind in sorted(kinds)}


def links() -> list[tuple[int, bool]]:
    """For each trail row its number, and whether it hangs on the row before it."""
    rows = list(Revision.objects.order_by("sequence"))
    before = ["0" * 64, *(row.digest for row in rows)]
    return [
        (row.sequence, row.previous_digest == kept) for row, kept in zip(rows, before, strict=False)
    ]


# --- one entry, many hands ------------------------------------------------------------------


def test_of_many_who_move_one_entry_together_exactly_one_does():
    entry = at_status(Ledger.ITEMS, "launched")
    people = [bureau(f"bureau{place}") for place in range(RACERS)]

    def prepare(place: int) -> Callable[[], Action]:
        seen, person = CooperationItem.objects.get(pk=entry.pk), people[place]
        return lambda: seen.move_to("advancing", by=person)

    assert tally(race(prepare)) == {"MOVE": 1, "Stale": RACERS - 1}
    now = LedgerEntry.objects.get(pk=entry.pk)
    assert (now.status, now.version) == ("advancing", 2)
    assert Revision.objects.of(entry).count() == 2
    assert EntryVersion.objects.filter(entry=entry.pk).count() == 2
    assert verify().problem == ""


def test_of_many_who_move_one_entry_different_ways_exactly_one_does():
    entry = at_status(Ledger.AGREEMENTS, "consulting", parties="成都市、资阳市")
    person = bureau()
    reason = {"reason": Reason.OTHER, "note": "说明"}
    ways: dict[str, dict[str, Any]] = {"legal-review": {}, "proposed": reason, "terminated": reason}

    def prepare(place: int) -> Callable[[], Action]:
        seen = LedgerEntry.objects.get(pk=entry.pk).specific
        target = list(ways)[place % len(ways)]
        return lambda: seen.move_to(target, by=person, **ways[target])

    answers = race(prepare)
    assert tally(answers).get("Stale") == RACERS - 1
    assert Revision.objects.of(entry).count() == 2
    assert verify().problem == ""


def test_of_many_who_save_one_entry_together_exactly_one_does():
    entry = item()

    def prepare(place: int) -> Callable[[], str]:
        seen = CooperationItem.objects.get(pk=entry.pk)
        seen.name = f"第{place}人改的名称"

        def save() -> str:
            seen.save()
            return seen.name

        return save

    answers = race(prepare)
    assert tally(answers) == {"Stale": RACERS - 1, "str": 1}
    (winner,) = [answer for answer in answers if isinstance(answer, str)]
    assert LedgerEntry.objects.get(pk=entry.pk).name == winner
    assert verify().problem == ""


def test_of_many_who_save_one_unit_together_exactly_one_does():
    made = unit("某局")

    def prepare(place: int) -> Callable[[], None]:
        seen = Organisation.objects.get(pk=made.pk)
        seen.short_name = f"简称{place}"
        return seen.save

    assert tally(race(prepare)) == {"NoneType": 1, "Stale": RACERS - 1}
    assert Revision.objects.of(made).count() == 2


def test_without_lock_and_comparison_everyone_who_moves_an_entry_wins():
    """What the door would be without its protection: compared when read, not when written."""
    entry = at_status(Ledger.ITEMS, "launched")
    lift_guards()

    def prepare(place: int) -> Callable[[], int]:
        seen = LedgerEntry.objects.get(pk=entry.pk)
        assert (seen.status, seen.version) == ("launched", 1)
        rows = bare(LedgerEntry).filter(pk=seen.pk)
        return lambda: rows.update(status="advancing", version=F("version") + 1)

    assert race(prepare) == [1] * RACERS


def test_the_guards_alone_stop_those_who_come_without_lock_and_comparison():
    entry = at_status(Ledger.ITEMS, "launched")

    def prepare(place: int) -> Callable[[], int]:
        rows = bare(LedgerEntry).filter(pk=entry.pk)
        return lambda: rows.update(status="advancing", version=F("version") + 1)

    assert tally(race(prepare)) == {"IntegrityError": RACERS}
    assert LedgerEntry.objects.get(pk=entry.pk).status == "launched"


# --- many entries, one chain ------------------------------------------------------------------


def test_many_who_append_to_the_trail_together_do_not_fork_it():
    entries = [item() for _ in range(RACERS)]
    before = Revision.objects.count()

    def prepare(place: int) -> Callable[[], None]:
        seen = CooperationItem.objects.get(pk=entries[place].pk)

        def save_three_times() -> None:
            for turn in range(3):
                seen.name = f"第{turn}次改名"
                seen.save()

        return save_three_times

    assert tally(race(prepare)) == {"NoneType": RACERS}
    rows = before + 3 * RACERS
    assert links() == [(number, True) for number in range(1, rows + 1)]
    assert verify().problem == ""


def test_many_first_rows_of_a_trail_do_not_fork_it():
    def prepare(place: int) -> Callable[[], None]:
        return Organisation(name=f"单位{place}", kind="department").save

    assert tally(race(prepare)) == {"NoneType": RACERS}
    assert links() == [(number, True) for number in range(1, RACERS + 1)]


def test_many_access_events_do_not_fork_their_chain_and_do_not_wait_for_the_trail():
    def prepare(place: int) -> Callable[[], AccessEvent]:
        return lambda: access.record(AccessAction.LOGIN_FAILED, None, username=f"guess{place}")

    assert tally(race(prepare)) == {"AccessEvent": RACERS}
    assert verify().events == RACERS
    assert verify().problem == ""


def unlocked_row(after: int) -> Revision:
    """What appending would be without its protection: the head is read, and not locked."""
    head = ChainHead.objects.get(name="trail")
    act = Act(at=timezone.now()).stamped()
    row = Revision(
        sequence=head.sequence + after,
        previous_digest=head.digest,
        recorded_at=act.at,
        effective_on=act.on,
        actor_name=act.actor_name,
        record_model="organisation",
        record_key=f"none-{get_ident()}",
        record_version=1,
    )
    row.digest = row.computed_digest()
    return row


def test_without_the_lock_of_its_head_the_trail_forks():
    unit("某局")

    def prepare(place: int) -> Callable[[], None]:
        # A number of its own, or the unique number alone would already refuse it.
        row = unlocked_row(1 + place)
        return lambda: row.save(force_insert=True)

    assert tally(race(prepare)) == {"NoneType": RACERS}
    assert [hangs for _, hangs in links()] == [True, True, *[False] * (RACERS - 1)]
    assert verify().problem.endswith("与前一条的摘要接不上。")


def test_without_the_lock_of_its_head_the_unique_number_still_lets_one_row_in_only():
    unit("某局")

    def prepare(place: int) -> Callable[[], None]:
        row = unlocked_row(1)
        return lambda: row.save(force_insert=True)

    assert tally(race(prepare)) == {"IntegrityError": RACERS - 1, "NoneType": 1}
    assert links() == [(1, True), (2, True)]
