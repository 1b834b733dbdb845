"""Every way of writing leaves exactly one trail row for each object, and nothing else does.

Imports of workbooks do not exist yet; what they will call is `save(act=…)` with that source.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.core.management import call_command
from django.core.serializers import serialize
from django.db import connection, transaction
from django.test import Client

from projects import demo, rounds, seeding
from projects.choices import Action, Reason, Role, Source
from projects.models import (
    Act,
    CooperationItem,
    Indicator,
    LedgerEntry,
    Milestone,
    MoneyFigure,
    Organisation,
    Region,
    Revision,
    Round,
    Sector,
    User,
)
from projects.periods import Month, today
from projects.verification import verify

from . import factories
from .test_admin import address, form_data

pytestmark = pytest.mark.django_db

#: Rows by record: its kind and its code or name.
Rows = Counter[tuple[str, str]]


@pytest.fixture
def entries() -> list[CooperationItem]:
    made = [
        factories.item(
            code=f"SX-{number:04}",
            milestones=[{"name": "签约"}, {"name": "上线"}],
            figures=[{"kind": "total", "basis": "estimate", "amount": 100}],
            regions=[factories.region("512002")],
            partners=[factories.unit("配合单位")],
            due_on=today(),
        )
        for number in (1, 2, 3)
    ]
    return [CooperationItem.objects.get(pk=entry.pk) for entry in made]


@pytest.fixture
def office() -> User:
    return factories.user("office", Role.BUREAU)


@pytest.fixture
def web(client: Client, office: User) -> Client:
    client.force_login(office)
    return client


@pytest.fixture(autouse=True)
def intact_in_the_end(db: None) -> Iterator[None]:
    yield
    verdict = verify()
    assert verdict.is_intact, verdict.problem


def rows_by(write: Callable[[], Any]) -> Rows:
    """The trail rows that it leaves."""
    last = Revision.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    write()
    told = Revision.objects.filter(sequence__gt=last)
    return Counter(told.values_list("record_model", "record_code"))


ONE: Rows = Counter({("ledgerentry", "SX-0001"): 1})
EACH: Rows = Counter({("ledgerentry", f"SX-000{number}"): 1 for number in (1, 2, 3)})


def posted(client: Client, path: str, data: Any) -> Any:
    response = client.post(path, data)
    assert response.status_code == 302, response.content.decode()
    return response


# --- web -----------------------------------------------------------------------------------


def test_web_steps_requests_withdrawals_and_undoing(
    web: Client, entries: list[CooperationItem]
) -> None:
    entry, home = entries[0], entries[0].get_absolute_url()
    step = {"to": "launched", "version": entry.version}
    assert rows_by(lambda: posted(web, f"{home}move/", step)) == ONE
    ending = {"to": "terminated", "version": 2, "reason": "policy", "note": "政策"}
    assert rows_by(lambda: posted(web, f"{home}move/", ending)) == ONE
    given = {"version": 3, "note": "误提"}
    assert rows_by(lambda: posted(web, f"{home}withdraw/", given)) == ONE
    row = Revision.objects.of(entry).get(action=Action.MOVE)
    given = {"version": 4, "reason": "misrecorded", "note": "误办"}
    assert rows_by(lambda: posted(web, f"{home}undo/{row.sequence}/", given)) == ONE


def test_web_rounds(web: Client) -> None:
    month = Month.of(today()).before
    one = Counter({("round", str(month)): 1})
    assert rows_by(lambda: posted(web, f"/rounds/{month}/open/", {})) == one
    given = {"version": 1, "is_checked": "on"}
    assert rows_by(lambda: posted(web, f"/rounds/{month}/close/", given)) == one


def test_web_passwords(web: Client) -> None:
    given = {
        "old_password": factories.PASSWORD,
        "new_password1": "Another-horse-27",
        "new_password2": "Another-horse-27",
    }
    one = Counter({("user", "office"): 1})
    assert rows_by(lambda: posted(web, "/password/", given)) == one


def test_reading_exporting_and_signing_in_leave_no_row(
    web: Client, entries: list[CooperationItem]
) -> None:
    def read() -> None:
        for path in ("/", "/items/", "/items.csv", "/items.xlsx", "/trail.csv", "/compare/"):
            response: Any = web.get(path)
            if response.streaming:
                b"".join(response.streaming_content)
        web.post("/logout/")
        web.post("/login/", {"username": "office", "password": "wrong"})
        posted(web, "/login/", {"username": "office", "password": factories.PASSWORD})

    assert rows_by(read) == Counter()


# --- admin ---------------------------------------------------------------------------------


def test_an_admin_form_with_inlines_and_relations(
    web: Client, entries: list[CooperationItem]
) -> None:
    entry = entries[0]
    data = form_data(web.get(address(entry)).content.decode())
    data["name"] = ["改过的名称"]
    data["regions"] = [str(factories.region("510185").pk)]
    data["partners"] = [str(factories.unit("新的配合单位").pk), str(factories.unit("再一个").pk)]
    data["milestones-0-name"] = ["改过的节点"]
    data["milestones-1-DELETE"] = ["on"]
    data["milestones-TOTAL_FORMS"] = ["3"]
    data["milestones-2-name"] = ["新节点"]
    data["figures-0-amount"] = ["250"]
    assert rows_by(lambda: posted(web, address(entry), data)) == ONE
    assert rows_by(lambda: web.post(address(entry), data)) == Counter()  # stale now


def test_admin_actions(web: Client, entries: list[CooperationItem]) -> None:
    path = "/admin/projects/cooperationitem/"

    def run(action: str, **given: Any) -> None:
        seen = {f"seen-{e.pk}": e.version for e in LedgerEntry.objects.all()}
        chosen = {"action": action, "_selected_action": [e.pk for e in entries], "apply": "1"}
        posted(web, path, {**chosen, **seen, "on": today().isoformat(), **given})

    assert rows_by(lambda: run("take_step", to="launched")) == EACH
    given = {"reason": "replaced", "note": "替换"}
    assert rows_by(lambda: run("leave_list", **given)) == EACH
    assert rows_by(lambda: run("join_list", **given)) == EACH


@pytest.mark.parametrize(
    ("model", "code", "change"),
    [
        (Organisation, "name", {"short_name": "简称"}),
        (Region, "code", {"former_codes": "512003"}),
        (Sector, "slug", {"position": "9"}),
        (Indicator, "name", {"unit": "家"}),
        (User, "username", {"display_name": "新名"}),
    ],
)
def test_admin_forms_of_other_records(
    web: Client, entries: list[CooperationItem], model: Any, code: str, change: dict[str, str]
) -> None:
    if model is Indicator:
        Indicator(name="学校", value=60, sector=factories.sector(), provenance="article").save()
    record = model.objects.order_by("pk").last()
    if model is User:
        web.force_login(factories.user("keeper", Role.SYSADMIN))
    path = f"/admin/projects/{model._meta.model_name}/{record.pk}/change/"
    data = form_data(web.get(path).content.decode())
    one = Counter({(model.trail_model(), str(record.trail_code())): 1})
    assert rows_by(lambda: posted(web, path, {**data, **change})) == one


def test_a_changelist_that_is_edited_in_place(
    web: Client, entries: list[CooperationItem], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No list of ours is; should one become so, it leaves its rows."""
    monkeypatch.setattr(admin.site.get_model_admin(Organisation), "list_editable", ["short_name"])
    units = list(Organisation.objects.order_by("-pk"))
    data: dict[str, Any] = {
        "form-TOTAL_FORMS": len(units),
        "form-INITIAL_FORMS": len(units),
        "_save": "1",
    }
    for number, unit in enumerate(units):
        data |= {f"form-{number}-id": unit.pk, f"form-{number}-short_name": f"简称{unit.pk}"}
        data[f"form-{number}-version"] = unit.version
    rows = rows_by(lambda: posted(web, "/admin/projects/organisation/", data))
    assert rows == Counter({("organisation", str(unit.trail_code())): 1 for unit in units})


def test_admin_additions_and_deletions(web: Client) -> None:
    given = {"name": "新单位", "kind": "department"}
    one = Counter({("organisation", "1"): 1})
    assert set(
        rows_by(lambda: posted(web, "/admin/projects/organisation/add/", given)).values()
    ) == {1}
    made = Organisation.objects.get(name="新单位")
    one = Counter({("organisation", str(made.trail_code())): 1})
    path = f"/admin/projects/organisation/{made.pk}/delete/"
    assert rows_by(lambda: posted(web, path, {"post": "yes"})) == one


# --- import, commands, fixtures ------------------------------------------------------------


def test_what_an_import_calls(entries: list[CooperationItem], office: User) -> None:
    def write() -> None:
        for entry in entries:
            entry.remarks = "导入"
            entry.save(act=Act(by=office, source=Source.IMPORT, batch="b"))

    assert rows_by(write) == EACH


def test_fixtures_and_commands() -> None:
    seeded = rows_by(seeding.seed)
    assert set(seeded.values()) == {1}
    assert sum(n for (kind, _), n in seeded.items() if kind == "ledgerentry") == 392
    assert rows_by(seeding.seed) == Counter()
    samples = LedgerEntry.objects.filter(provenance="sample").count()
    removed = rows_by(lambda: call_command("remove_samples", "--yes", verbosity=0))
    assert (set(removed.values()), len(removed)) == ({1}, samples)
    accounts = rows_by(lambda: [demo.create(a, "x", Act()) for a in demo.ACCOUNTS])
    assert accounts == Counter({("user", a.username): 1 for a in demo.ACCOUNTS})


def test_the_first_account_made_by_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", factories.PASSWORD)
    made = rows_by(
        lambda: call_command(
            "createsuperuser", interactive=False, username="first", email="a@b.cn", verbosity=0
        )
    )
    assert made == Counter({("user", "first"): 1})


def test_loaddata_is_refused(entries: list[CooperationItem], tmp_path: Any) -> None:
    file = tmp_path / "units.json"
    file.write_text(serialize("json", Organisation.objects.all()))
    with pytest.raises(ValidationError, match="不能用 loaddata 载入"):
        call_command("loaddata", str(file), verbosity=0)


# --- bulk writes ---------------------------------------------------------------------------


def renamed(records: list[Any]) -> list[Any]:
    for number, record in enumerate(records):
        record.name = f"改名{number}"
    return records


BULK: dict[str, Callable[[], Any]] = {
    "update": lambda: LedgerEntry.objects.update(remarks="批量"),
    "update of a ledger": lambda: CooperationItem.objects.update(annual_target="目标"),
    "bulk_update": lambda: LedgerEntry.objects.bulk_update(
        renamed(list(LedgerEntry.objects.all())), ["name"]
    ),
    "milestones by update": lambda: Milestone.objects.update(note="批量"),
    "milestones by delete": lambda: Milestone.objects.filter(name="签约").delete(),
    "figures by bulk_create": lambda: MoneyFigure.objects.bulk_create(
        MoneyFigure(entry=e, kind="done", basis="estimate", amount=1)
        for e in LedgerEntry.objects.all()
    ),
    "a milestone deleted": lambda: [m.delete() for m in Milestone.objects.filter(name="上线")],
    "a milestone saved": lambda: [
        Milestone.objects.create(entry=e, name="单独") for e in LedgerEntry.objects.all()
    ],
}


@pytest.mark.parametrize("write", BULK.values(), ids=BULK)
def test_bulk_words_on_entries_and_what_belongs_to_them(
    entries: list[CooperationItem], write: Callable[[], Any]
) -> None:
    assert rows_by(write) == EACH


def test_bulk_words_on_units(entries: list[CooperationItem]) -> None:
    made = [Organisation(name=f"单位{n}", kind="department") for n in (1, 2)]
    assert sum(rows_by(lambda: Organisation.objects.bulk_create(made)).values()) == 2
    each = Counter({("organisation", str(unit.trail_code())): 1 for unit in made})
    chosen = Organisation.objects.filter(pk__in=[unit.pk for unit in made])
    act = Act(note="统一类别")
    assert rows_by(lambda: chosen.update(kind="enterprise", act=act)) == each
    assert set(Revision.objects.order_by("-sequence")[:2].values_list("note", flat=True)) == {
        "统一类别"
    }
    assert rows_by(chosen.delete) == each
    assert Organisation.objects.filter(name__startswith="单位").count() == 0


def test_what_a_bulk_word_cannot_tell_it_refuses(entries: list[CooperationItem]) -> None:
    from django.db.models import F

    with pytest.raises(FieldError):
        LedgerEntry.objects.update(name=F("code"))
    with pytest.raises(FieldError):
        Organisation.objects.bulk_create([], ignore_conflicts=True)
    with pytest.raises(ValidationError, match="状态只能通过"):
        LedgerEntry.objects.update(status="launched")
    with pytest.raises(ValidationError, match="台账条目不能删除"):
        LedgerEntry.objects.all().delete()


# --- many to many, accounts and groups -----------------------------------------------------


RELATIONS: dict[str, Callable[[Any], Any]] = {
    "add": lambda e: e.regions.add(factories.region("510185")),
    "clear": lambda e: e.regions.clear(),
    "set": lambda e: e.partners.set([]),
    "remove": lambda e: e.partners.remove(Organisation.objects.get(name="配合单位")),
    "create": lambda e: e.partners.add(Organisation.objects.get(name="资阳市交通运输局")),
}


@pytest.mark.parametrize("write", RELATIONS.values(), ids=RELATIONS)
def test_a_relation_that_is_set_by_itself(
    entries: list[CooperationItem], write: Callable[[Any], Any]
) -> None:
    factories.region("510185")
    assert rows_by(lambda: write(entries[0])) == ONE


def test_a_relation_that_is_set_from_its_other_end(entries: list[CooperationItem]) -> None:
    place = factories.region("512002")
    assert rows_by(place.entries.clear) == EACH
    assert rows_by(lambda: place.entries.add(*entries)) == EACH


def test_a_relation_that_does_not_change_leaves_no_row(entries: list[CooperationItem]) -> None:
    unit = Organisation.objects.get(name="配合单位")
    assert rows_by(lambda: entries[0].partners.add(unit)) == Counter()
    assert rows_by(lambda: entries[0].partners.set([unit])) == Counter()


def test_related_managers_leave_their_rows(entries: list[CooperationItem]) -> None:
    figure = Indicator(name="学校", value=60, sector=factories.sector(), provenance="article")
    figure.save()
    other = factories.sector("health")
    one = Counter({("indicator", "学校"): 1})
    assert rows_by(lambda: other.indicators.add(figure)) == one
    with pytest.raises(FieldError):
        entries[0].milestones.add(*Milestone.objects.filter(entry=entries[1]))
    assert rows_by(lambda: entries[0].milestones.all().delete()) == ONE


def test_a_milestone_stays_with_its_entry(entries: list[CooperationItem]) -> None:
    milestone = Milestone.objects.filter(entry=entries[0])[0]
    milestone.entry = entries[1]
    with pytest.raises(FieldError):
        milestone.save()
    with pytest.raises(FieldError):
        Milestone.objects.update(entry=entries[1])


def test_milestones_saved_one_by_one_with_their_entries(entries: list[CooperationItem]) -> None:
    def write() -> None:
        for milestone in Milestone.objects.filter(entry=entries[0]).select_related("entry"):
            milestone.note = "逐个"
            milestone.save()

    assert rows_by(write) == Counter({("ledgerentry", "SX-0001"): 2})


def test_a_relation_that_breaks_off_leaves_nothing_open(entries: list[CooperationItem]) -> None:
    def broken(execute: Any, sql: str, *args: Any) -> Any:
        if sql.startswith("INSERT") and "ledgerentry_regions" in sql:
            raise RuntimeError("timeout")
        return execute(sql, *args)

    place = factories.region("510185")
    with pytest.raises(RuntimeError), transaction.atomic(), connection.execute_wrapper(broken):
        entries[0].regions.add(place)
    assert rows_by(lambda: entries[0].regions.add(place)) == ONE


@pytest.mark.parametrize(
    "values",
    [
        {"requested_status": "terminated", "requested_by_id": 99},
        {"delisted_on": today()},
        {"halted_from": "launched"},
        {"status_on": today()},
    ],
    ids=["request", "list", "halt", "day"],
)
def test_what_has_its_own_door_is_not_set_by_an_edit(
    entries: list[CooperationItem], values: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError, match="只能随相应的办理改变"):
        CooperationItem.objects.update(**values)


def test_a_column_that_is_none_is_named() -> None:
    with pytest.raises(FieldDoesNotExist):
        LedgerEntry.objects.update(percent=5)
    with pytest.raises(FieldDoesNotExist):
        LedgerEntry.objects.update(annual_target="目标")


def test_accounts_and_groups() -> None:
    group, _ = Group.objects.get_or_create(name=Role.LEADER.value)
    one = Counter({("user", "person"): 1})
    assert rows_by(lambda: User.objects.create_user("person", password="x")) == one
    person = User.objects.get(username="person")
    assert rows_by(lambda: person.groups.add(group)) == one
    assert rows_by(lambda: group.user_set.remove(person)) == one
    assert rows_by(lambda: User.objects.filter(pk=person.pk).update(is_active=False)) == one
    told = Revision.objects.of(person)
    assert [c["field"] for c in told[1].changes] == ["groups"]


def test_months() -> None:
    month = Month.of(today()).before
    by = factories.bureau()
    assert rows_by(lambda: rounds.open_month(month, by=by)) == Counter({("round", str(month)): 1})
    found = Round.objects.get()
    freeze = Counter({("round", str(month)): 1})
    assert rows_by(lambda: rounds.close_month(found, by=by, version=1)) == freeze


def test_undoing_by_program(entries: list[CooperationItem], office: User) -> None:
    from projects.models import Undo

    entry = entries[0]
    entry.name = "改过"
    entry.save()
    row = Revision.objects.of(entry)[0]

    def write() -> None:
        Undo(entry, row).carry_out(by=office, reason=Reason.OTHER, note="误", version=entry.version)

    assert rows_by(write) == ONE
