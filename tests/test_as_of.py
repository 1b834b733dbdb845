"""As at a day: what was shown then is shown again, after two thousand changes by every way."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from projects import fieldlists, seeding, statistics
from projects.choices import Ledger, Reason, Role, Source
from projects.columns import as_text
from projects.filters import EntryFilter
from projects.ledgercolumns import columns_of
from projects.models import (
    LEDGER_MODELS,
    Act,
    Book,
    LedgerEntry,
    Milestone,
    MoneyFigure,
    Organisation,
    Region,
    Revision,
    Round,
    Sector,
    Segment,
    Stale,
    StepRefused,
    Undo,
    User,
)
from projects.periods import AsOf, Month, start_of, today
from projects.verification import verify
from tests import factories
from tests.test_admin import form_data

pytestmark = pytest.mark.django_db

CHANGES, LOOKS = 2000, 50
BEGIN = today() - dt.timedelta(days=300)
#: Asked of the live ledger at each look, and of `as_of` afterwards.
ADDRESSES = (
    "/entries/?page_size=200",
    "/items/?status=advancing&sort=-due&page_size=200",
    "/agreements/?q=qc&sort=lead&page_size=200",
    "/industrial/?city=512000&light=red&light=grey&page_size=200",
    "/infrastructure/?sort=sector&page_size=200",
    "/agreements/?expires_within=400&sort=expires&page_size=200",
    "/industrial/?unfinished=not-commenced&unfinished=not-completed&page_size=200",
    "/infrastructure/?begun=yes&page_size=200",
    "/entries/?sector=transport&sector=health&phase=under-way&page_size=200",
    "/entries/?milestone=late&sort=due&page_size=200",
    f"/entries/?milestone=reached&milestone_before={today()}&lead=none&page_size=200",
    f"/items/?milestone_after={BEGIN}&milestone_before={today()}&page_size=200",
    "/entries/?overdue=yes&sort=-due&page_size=200",
    "/entries/?due_within=60&page_size=200",
)


FILES = ("/items.csv?phase=under-way&sort=-due",)


@dataclass
class Look:
    """What the ledger looked like at the end of a day, taken from today's pages of that day."""

    day: dt.date
    files: dict[str, bytes] = field(default_factory=dict)
    lists: dict[str, Any] = field(default_factory=dict)
    boards: dict[str, Any] = field(default_factory=dict)


def told(chosen: EntryFilter) -> list[list[str]]:
    """The rows of a list as its CSV tells them."""
    shown = columns_of(chosen.ledger)
    return [[as_text(c.value(entry)) for c in shown] for entry in chosen.every()]


def query_of(address: str, **more: str) -> Any:
    from django.http import QueryDict

    query = QueryDict(address.partition("?")[2], mutable=True)
    query.update(more)
    return query


def ledger_of(address: str) -> Ledger | None:
    name = address.split("/")[1]
    return None if name == "entries" else Ledger(name)


def look(day: dt.date, as_of: AsOf | None) -> Look:
    """Lists, facets and boards: of the live ledger with lights on `day`, or as at it."""
    taken, book = Look(day), Book(as_of, day)
    more = as_of.query if as_of else {}
    for address in ADDRESSES:
        chosen = EntryFilter(query_of(address, **more), ledger=ledger_of(address), day=day)
        assert chosen.problems == []
        facets = [[(o.label, o.value, o.count) for o in f.options] for f in chosen.facets()]
        taken.lists[address] = (told(chosen), facets)
    taken.boards = {
        "sectors": numbers(statistics.sector_rows(book)),
        "places": numbers(statistics.place_rows(book)),
        "overview": summary(statistics.scope_board(book.rows(), {}, book)),
        "field lists": [
            (line.label, [t.count for t in line.unfinished], [r.shown for r in line.rates])
            for lists in fieldlists.project_lists(book)
            for line in (*lists.sectors, lists.whole)
        ],
        "endings": [(e.entry.code, e.days_left) for e in fieldlists.endings(book).first],
        "indicators": [(i.name, i.shown, i.sector.name) for i in book.indicators()],
    }
    return taken


def numbers(rows: tuple[statistics.Row, ...]) -> list[Any]:
    return [
        (row.label, [t.count for t in row.cells], [t.count for t in row.lights]) for row in rows
    ]


def summary(board: statistics.Board) -> Any:
    counts = [
        [t.count for t in (*ledger.phases, *ledger.statuses, *ledger.lights)]
        for ledger in board.ledgers
    ]
    attention = [
        (
            lit.light,
            lit.all.count,
            [(str(a.entry), a.light, str(a.entry.lead)) for a in lit.entries],
        )
        for lit in board.attention
    ]
    return counts, attention


class Clock:
    """The clock of the whole app; set to None it runs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment: dt.datetime | None = None
        runs = timezone.now
        monkeypatch.setattr(timezone, "now", lambda: self.moment or runs())


class Writers:
    """Every way by which something is written, each taking the moment."""

    def __init__(self, chance: random.Random, clock: Clock) -> None:
        self.chance, self.clock = chance, clock
        self.people = [factories.user(name, Role.BUREAU) for name in ("first", "second")]
        self.keeper = factories.user("keeper", Role.SYSADMIN)
        self.answered: Counter[tuple[str, int]] = Counter()
        self.ways: list[Callable[[dt.datetime], None]] = [
            *[self.edit] * 5,
            *[self.step] * 6,
            *[self.parts] * 2,
            *[self.relations] * 2,
            *[self.leave_or_join] * 2,
            self.rename_unit,
            self.rename_sector,
            self.create,
            self.bulk,
            self.account,
            self.indicator,
            self.late_news,
            self.bulk_words,
            self.relation_by_itself,
            *[self.web_step] * 2,
            self.web_undo,
            self.admin_form,
            self.admin_action,
            self.admin_unit,
            self.admin_account,
            self.month,
        ]

    # --- the web, at the moment that the clock is set to ----------------------------------

    @contextmanager
    def web(self, at: dt.datetime, person: User | None = None) -> Iterator[Client]:
        """A browser in which one of the two is signed in, or another person."""
        self.clock.moment = at
        client = Client()
        client.force_login(person or self.chance.choice(self.people))
        yield client
        self.clock.moment = None

    def post(self, client: Client, path: str, data: Any) -> None:
        answer = client.post(path, data)
        assert "/login/" not in answer.headers.get("Location", "")
        assert answer.status_code in (200, 302, 400, 409), (path, answer.content.decode())
        self.answered[path.strip("/").split("/")[-1], answer.status_code] += 1

    def web_step(self, at: dt.datetime) -> None:
        entry = self.any_entry()
        if steps := entry.next_steps():
            step = self.chance.choice(steps)
            given = {"to": step.target.slug, "version": entry.version, "note": "测试"}
            given |= {"reason": self.chance.choice(step.reasons).value} if step.reasons else {}
            with self.web(at) as client:
                self.post(client, f"{entry.get_absolute_url()}move/", given)

    def web_undo(self, at: dt.datetime) -> None:
        entry = self.any_entry()
        row = Revision.objects.of(entry)[0]
        reasons = Undo(entry, row).reasons
        given = {"version": entry.version, "note": "测试"}
        given |= {"reason": self.chance.choice(reasons).value} if reasons else {}
        with self.web(at) as client:
            self.post(client, f"{entry.get_absolute_url()}undo/{row.sequence}/", given)

    def form(self, client: Client, path: str, changed: dict[str, Any]) -> None:
        data = form_data(client.get(path).content.decode())
        self.post(client, path, {**data, **changed})

    def admin_form(self, at: dt.datetime) -> None:
        entry = self.any_entry()
        changed = {
            "name": f"示例：后台改{self.chance.randint(1, 99999)}",
            "regions": [region.pk for region in self.some(Region, 3)],
            "partners": [unit.pk for unit in self.some(Organisation, 2)],
            "change_reason": "funding",
            "change_note": "测试",
        }
        path = f"/admin/projects/{entry._meta.model_name}/{entry.pk}/change/"
        with self.web(at) as client:
            self.form(client, path, changed)

    def admin_action(self, at: dt.datetime) -> None:
        ledger = self.chance.choice(Ledger.values)
        model = LEDGER_MODELS[ledger]
        is_listed = self.chance.choice([True, False])
        rows = list(model.objects.filter(delisted_on__isnull=is_listed).order_by("pk"))
        chosen = self.chance.sample(rows, min(3, len(rows)))
        data: dict[str, Any] = {f"seen-{entry.pk}": entry.version for entry in chosen}
        action = "leave_list" if is_listed else "join_list"
        data |= {"action": action, "apply": "1", "reason": "replaced", "note": "测试"}
        data |= {"_selected_action": [entry.pk for entry in chosen], "on": at.date().isoformat()}
        with self.web(at) as client:
            self.post(client, f"/admin/projects/{model._meta.model_name}/", data)

    def admin_unit(self, at: dt.datetime) -> None:
        unit, name = self.any_of(Organisation), f"示例单位后台{self.chance.randint(1, 99999)}"
        with self.web(at) as client:
            self.form(client, f"/admin/projects/organisation/{unit.pk}/change/", {"name": name})

    def admin_account(self, at: dt.datetime) -> None:
        person, name = self.any_of(User), f"乙{self.chance.randint(1, 999)}"
        with self.web(at, self.keeper) as client:
            self.form(client, f"/admin/projects/user/{person.pk}/change/", {"display_name": name})

    def month(self, at: dt.datetime) -> None:
        """The round of the month before is opened, or closed."""
        month = Month.of(timezone.localdate(at)).before
        found = Round.objects.of(month)
        given = {"version": found.version, "is_checked": "on"} if found else {}
        with self.web(at) as client:
            self.post(client, f"/rounds/{month}/{'close' if found else 'open'}/", given)

    # --- programs ---------------------------------------------------------------------------

    def bulk_words(self, at: dt.datetime) -> None:
        keys = [self.any_entry().pk for _ in range(3)]
        LedgerEntry.objects.filter(pk__in=keys).update(task_force="专班", act=self.act(at))

    def relation_by_itself(self, at: dt.datetime) -> None:
        entry = self.any_entry()
        entry.saved_by = self.act(at)
        entry.regions.add(self.any_of(Region))
        entry.partners.remove(*self.some(Organisation, 9))

    def act(self, at: dt.datetime, **given: Any) -> Act:
        source = self.chance.choice([Source.WEB, Source.ADMIN, Source.IMPORT, Source.COMMAND])
        defaults = {"reason": Reason.FUNDING, "note": "测试"}
        return Act(
            by=self.chance.choice(self.people), source=source, at=at, **{**defaults, **given}
        )

    def any_entry(self) -> LedgerEntry:
        keys = LedgerEntry.objects.order_by("pk").values_list("pk", "ledger")
        key, ledger = self.chance.choice(list(keys))
        return LEDGER_MODELS[ledger].objects.get(pk=key)

    def any_of(self, model: Any) -> Any:
        return self.chance.choice(list(model.objects.order_by("pk")))

    def some(self, model: Any, most: int) -> list[Any]:
        rows = list(model.objects.order_by("pk"))
        return self.chance.sample(rows, self.chance.randint(0, most))

    def edit(self, at: dt.datetime) -> None:
        entry = self.any_entry()
        entry.name = f"示例：第{self.chance.randint(1, 99999)}项"
        entry.due_on = at.date() + dt.timedelta(days=self.chance.randint(1, 200))
        entry.planned_start_on = None
        entry.percent_complete = self.chance.choice([None, 0, 40, 100])
        entry.sector = self.any_of(Sector)
        entry.lead = self.any_of(Organisation)
        entry.awaits_update = False
        entry.save(act=self.act(at))

    def step(self, at: dt.datetime) -> None:
        entry = self.any_entry()
        steps = entry.next_steps()
        if not steps:
            return
        step = self.chance.choice(steps)
        with transaction.atomic():
            for person in self.people:
                try:
                    entry.move_to(
                        step.target.slug,
                        by=person,
                        on=at.date(),
                        at=at,
                        reason=self.chance.choice(step.reasons) if step.reasons else None,
                        note="测试",
                    )
                except (StepRefused, Stale):
                    return
                entry.refresh_from_db()
                if entry.status == step.target.slug:
                    return

    def parts(self, at: dt.datetime) -> None:
        entry = self.any_entry()
        with entry.recording(self.act(at)):
            entry.milestones.all().delete()
            for _ in range(self.chance.randint(0, 2)):
                Milestone.objects.create(entry_id=entry.pk, name=f"点{self.chance.random()}")
            MoneyFigure.objects.create(
                entry_id=entry.pk, kind="total", basis="estimate", amount=self.chance.randint(1, 9)
            )

    def relations(self, at: dt.datetime) -> None:
        entry = self.any_entry()
        with entry.recording(self.act(at)):
            entry.regions.set(self.some(Region, 3))
            entry.partners.set(self.some(Organisation, 3))

    def leave_or_join(self, at: dt.datetime) -> None:
        entry = self.any_entry()
        door = entry.delist if entry.delisted_on is None else entry.relist
        door(self.act(at, reason=Reason.REPLACED, on=at.date()))

    def rename_unit(self, at: dt.datetime) -> None:
        unit = self.any_of(Organisation)
        unit.name = f"示例单位{self.chance.randint(1, 99999)}"
        unit.save(act=self.act(at))

    def rename_sector(self, at: dt.datetime) -> None:
        sector = self.any_of(Sector)
        sector.name = f"领域{self.chance.randint(1, 99999)}"
        sector.position = self.chance.randint(1, 20)
        sector.save(act=self.act(at))

    def create(self, at: dt.datetime) -> None:
        model = LEDGER_MODELS[self.chance.choice(Ledger.values)]
        number = LedgerEntry.objects.count() + 1000
        prefix = Ledger(str(model.kind)).prefix
        fields = {"code": f"{prefix}-{number}", "name": "示例：新增", "provenance": "sample"}
        model(**fields, sector=self.any_of(Sector)).save(act=self.act(at))

    def bulk(self, at: dt.datetime) -> None:
        for entry in (self.any_entry() for _ in range(3)):
            entry.remarks = f"批量{self.chance.random()}"
            entry.save(act=self.act(at, batch="b"))

    def account(self, at: dt.datetime) -> None:
        person = self.any_of(User)
        person.display_name = f"甲{self.chance.randint(1, 999)}"
        person.save(act=self.act(at))

    def indicator(self, at: dt.datetime) -> None:
        from projects.models import Indicator

        found = self.any_of(Indicator)
        found.value = self.chance.randint(1, 999)
        found.save(act=self.act(at))

    def late_news(self, at: dt.datetime) -> None:
        """What took effect long ago is recorded now: no past day knows it."""
        entry = self.any_entry()
        entry.progress = "补登"
        entry.save(act=self.act(at, on=at.date() - dt.timedelta(days=120)))


@pytest.fixture
def auditor() -> Client:
    client = Client()
    client.force_login(factories.user("auditor", Role.AUDITOR))
    return client


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Look]:
    """Two thousand changes, and fifty looks at the ledger as it was in between."""
    monkeypatch.setattr(Segment, "LEAST", 300)
    chance = random.Random(26)
    moment = start_of(BEGIN)
    seeding.seed(moment, day=BEGIN)
    clock = Clock(monkeypatch)
    writers = Writers(chance, clock)
    days = [*sorted(chance.sample(range(1, 300), LOOKS - 1)), 300]
    taken, done = [], 0
    for number, offset in enumerate(days):
        day = BEGIN + dt.timedelta(days=offset)
        wanted = CHANGES * (number + 1) // LOOKS
        first = start_of(day) + dt.timedelta(hours=8)
        while done < wanted:
            chance.choice(writers.ways)(first + dt.timedelta(seconds=20 * (wanted - done)))
            done += 1
        taken.append(look(day, None))
        with writers.web(start_of(day) + dt.timedelta(hours=23)) as client:
            taken[-1].files = {path: sent(client, path) for path in FILES}
    kinds = {path for path, status in writers.answered if status == 302}
    assert {"move", "change", "open", "close", "cooperationitem"} <= kinds, writers.answered
    assert any(path.isdigit() for path in kinds), writers.answered  # undoing
    return taken


def sent(client: Client, path: str) -> bytes:
    response: Any = client.get(path)
    assert response.status_code == 200, path
    return b"".join(response.streaming_content)


def test_fifty_past_days_are_shown_as_they_were_after_two_thousand_changes(
    looks: list[Look], auditor: Client
) -> None:
    assert len(looks) == LOOKS
    assert Revision.objects.count() > 1000
    assert Segment.objects.count() > 3
    for taken in looks:
        again = look(taken.day, AsOf(taken.day))
        for address in ADDRESSES:
            assert again.lists[address] == taken.lists[address], (taken.day, address)
        assert again.boards == taken.boards, taken.day
        for path in FILES:
            joined = "&" if "?" in path else "?"
            assert sent(auditor, f"{path}{joined}as_of={taken.day}") == taken.files[path], path
    assert looks[0].lists != looks[-1].lists
    verdict = verify()
    assert verdict.is_intact, verdict.problem
