"""The admin for staff: forms, steps, bulk steps, and two people at one entry."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from projects.choices import Action, Role, Source
from projects.models import CooperationItem, EntryVersion, Organisation, Revision, User
from projects.verification import verify

from . import factories

pytestmark = pytest.mark.django_db

ITEMS = "/admin/projects/cooperationitem/"
FORM = re.compile(r'<form[^>]*id="\w+_form"')
FIELD = re.compile(
    r"<(?P<kind>select|textarea)\b(?P<raw>[^>]*)>(?P<inner>.*?)</(?P=kind)>"
    r"|<input\b(?P<attributes>[^>]*)>",
    re.S,
)
ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


def form_data(html: str) -> dict[str, list[str]]:
    """What a browser would send of the form of a record on a page of the admin."""
    form = FORM.search(html)
    assert form
    body = html[form.end() :].partition("</form>")[0]
    data: dict[str, list[str]] = {}
    for found in FIELD.finditer(body):
        kind, raw, inner = found["kind"], found["raw"] or found["attributes"], found["inner"]
        given = dict(ATTRIBUTE.findall(raw))
        name = given.get("name", "")
        if not name or given.get("type") in ("submit", "button", "search"):
            continue
        if kind == "select":
            data[name] = re.findall(r'<option value="([^"]*)" selected', inner)
            data.setdefault(name, [])
        elif kind == "textarea":
            data[name] = [unescape(inner).removeprefix("\n")]
        elif given.get("type") != "checkbox" or "checked" in given:
            default = "on" if given.get("type") == "checkbox" else ""
            data.setdefault(name, []).append(unescape(given.get("value", default)))
    return data


def address(entry: Any) -> str:
    return f"{ITEMS}{entry.pk}/change/"


def html_of(response: Any) -> str:
    return response.content.decode()


@pytest.fixture
def bureau(client: Client) -> Client:
    client.force_login(factories.bureau("first"))
    return client


@pytest.fixture
def second() -> Client:
    client = Client()
    client.force_login(factories.bureau("second"))
    return client


def rows_of(entry: Any) -> list[Revision]:
    return list(Revision.objects.of(entry).order_by("sequence"))


def test_saving_a_form_with_relations_and_milestones_writes_one_trail_row(bureau: Client) -> None:
    entry = factories.item(regions=[factories.region("512000")])
    before = Revision.objects.count()
    data = form_data(html_of(bureau.get(address(entry))))
    data["name"] = ["改后的名称"]
    data["regions"] = [str(factories.region("510100").pk)]
    before = Revision.objects.count()
    data["milestones-0-name"], data["milestones-0-planned"] = ["可研批复"], ["2026-09"]
    response = bureau.post(address(entry), data)
    assert response.status_code == 302, html_of(response)
    assert Revision.objects.count() == before + 1
    row = rows_of(entry)[-1]
    assert (row.source, row.action, row.actor_name) == (Source.ADMIN, Action.CHANGE, "first")
    assert {change["field"] for change in row.changes} == {"name", "regions", "milestones"}
    entry = CooperationItem.objects.get(pk=entry.pk)
    assert entry.milestones.get().planned_on == dt.date(2026, 9, 30)
    assert verify().is_intact


def test_saving_an_unchanged_form_changes_nothing(bureau: Client) -> None:
    entry = factories.item(description="第一行\n第二行", percent_complete=30)
    before = Revision.objects.count()
    response = bureau.post(address(entry), form_data(html_of(bureau.get(address(entry)))))
    assert response.status_code == 302
    assert Revision.objects.count() == before


def test_adding_an_entry_starts_at_the_first_status_with_one_trail_row(bureau: Client) -> None:
    sector = factories.sector()
    html = html_of(bureau.get(f"{ITEMS}add/"))
    data = form_data(html)
    assert data["code"] == ["SX-0001"]
    data["name"], data["sector"] = ["新事项"], [str(sector.pk)]
    before = Revision.objects.count()
    response = bureau.post(f"{ITEMS}add/", data)
    assert response.status_code == 302, html_of(response)
    entry = CooperationItem.objects.get()
    assert (entry.status, entry.version) == ("not-started", 1)
    assert Revision.objects.count() == before + 1
    assert EntryVersion.objects.current().get(entry=entry).name == "新事项"


def test_a_code_that_is_taken_in_full_width_is_refused_in_words(bureau: Client) -> None:
    factories.item(code="SX-0001")
    data = form_data(html_of(bureau.get(f"{ITEMS}add/")))
    data["code"], data["name"] = ["ｓｘ－０００１"], ["重复"]
    data["sector"] = [str(factories.sector().pk)]
    response = bureau.post(f"{ITEMS}add/", data)
    assert response.status_code == 200
    assert "编号" in html_of(response)
    assert CooperationItem.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("due", "31.02.2026", "“31.02.2026”不是日期"),
        ("due", "2026-02-30", "“2026-02-30”不是日期"),
        ("percent_complete", "101", "100"),
        ("name", "改变方向\u202e的", "U+202E"),
        ("planned_start", "2027-01-01", "完成时限不能早于计划开始"),
    ],
)
def test_a_bad_value_gets_a_sentence_and_changes_nothing(
    bureau: Client, field: str, value: str, sentence: str
) -> None:
    entry = factories.item(due_on=dt.date(2026, 5, 1))
    data = form_data(html_of(bureau.get(address(entry))))
    data[field] = [value]
    before = Revision.objects.count()
    response = bureau.post(address(entry), data)
    assert response.status_code == 200
    assert sentence in html_of(response)
    assert Revision.objects.count() == before


def test_moving_a_due_date_asks_for_reason_and_note(bureau: Client) -> None:
    entry = factories.item(due_on=dt.date(2026, 5, 1))
    data = form_data(html_of(bureau.get(address(entry))))
    data["due"] = ["2026-12"]
    response = bureau.post(address(entry), data)
    assert "请选择变更原因" in html_of(response)
    data["change_reason"] = ["funding"]
    response = bureau.post(address(entry), data)
    assert "请写明说明" in html_of(response)
    data["change_note"] = ["资金下半年到位"]
    assert bureau.post(address(entry), data).status_code == 302
    row = rows_of(entry)[-1]
    assert (row.reason, row.note) == ("funding", "资金下半年到位")
    entry = CooperationItem.objects.get(pk=entry.pk)
    assert (entry.due_on, entry.due_precision) == (dt.date(2026, 12, 31), "month")


def test_a_correction_is_told_apart_from_a_change(bureau: Client) -> None:
    entry = factories.item()
    data = form_data(html_of(bureau.get(address(entry))))
    data["name"], data["change_reason"] = ["更正的名称"], ["misrecorded"]
    data["change_note"] = ["登记时写错"]
    assert bureau.post(address(entry), data).status_code == 302
    assert rows_of(entry)[-1].action == Action.CORRECT


def test_a_forged_status_in_the_form_changes_nothing(bureau: Client) -> None:
    entry = factories.item()
    data = form_data(html_of(bureau.get(address(entry))))
    data |= {"status": ["closed"], "delisted_on": ["2026-01-01"], "code": ["SX-9999"]}
    bureau.post(address(entry), data)
    entry = CooperationItem.objects.get(pk=entry.pk)
    assert (entry.status, entry.delisted_on, entry.code) == ("not-started", None, "SX-0001")


def test_the_page_offers_the_next_steps_and_says_what_is_missing(bureau: Client) -> None:
    entry = factories.item(due_on=None)
    html = html_of(bureau.get(address(entry)))
    panel = html.split('class="step-panel')[1].split("</section>")[0]
    assert "启动实施" in panel
    assert "还缺：完成时限" in panel
    assert "?to=launched" not in panel


# --- two people ---------------------------------------------------------------------


def test_a_post_without_the_version_is_refused_and_changes_nothing(bureau: Client) -> None:
    entry = factories.item(name="原名")
    data = form_data(html_of(bureau.get(address(entry))))
    del data["version"]
    data["name"] = ["没有版本号"]
    response = bureau.post(address(entry), data)
    assert response.status_code == 200
    assert "页面缺少版本号" in html_of(response)
    assert CooperationItem.objects.get(pk=entry.pk).name == "原名"


def test_the_second_of_two_editors_is_told_and_loses_nothing(
    bureau: Client, second: Client
) -> None:
    entry = factories.item(name="原名", remarks="", next_step="原计划")
    mine = form_data(html_of(second.get(address(entry))))
    theirs = form_data(html_of(bureau.get(address(entry))))
    theirs["name"], theirs["next_step"] = ["先存的名称"], ["先存的计划"]
    assert bureau.post(address(entry), theirs).status_code == 302

    mine["remarks"], mine["next_step"] = ["后到的备注"], ["后到的计划"]
    response = second.post(address(entry), mine)
    html = html_of(response)
    assert response.status_code == 200
    assert "first于" in html
    conflict = html.split('class="conflict"')[1].split("</section>")[0]
    assert "先存的计划" in conflict
    assert "后到的计划" in conflict
    stored = CooperationItem.objects.get(pk=entry.pk)
    assert (stored.name, stored.next_step, stored.remarks) == ("先存的名称", "先存的计划", "")

    merged = form_data(html)
    assert merged["name"] == ["先存的名称"]
    assert merged["remarks"] == ["后到的备注"]
    assert merged["next_step"] == ["后到的计划"]
    assert second.post(address(entry), merged).status_code == 302
    stored = CooperationItem.objects.get(pk=entry.pk)
    assert (stored.name, stored.next_step, stored.remarks) == (
        "先存的名称",
        "后到的计划",
        "后到的备注",
    )
    assert [row.actor_name for row in rows_of(entry)] == ["系统", "first", "second"]


def test_milestones_of_both_editors_are_kept(bureau: Client, second: Client) -> None:
    entry = factories.item(milestones=[{"name": "共有的"}])
    mine = form_data(html_of(second.get(address(entry))))
    theirs = form_data(html_of(bureau.get(address(entry))))
    theirs["milestones-0-note"] = ["先存的说明"]
    theirs["milestones-1-name"] = ["先加的"]
    assert bureau.post(address(entry), theirs).status_code == 302
    mine["milestones-1-name"] = ["后加的"]
    merged = form_data(html_of(second.post(address(entry), mine)))
    assert second.post(address(entry), merged).status_code == 302
    kept = {(m.name, m.note) for m in entry.milestones.all()}
    assert kept == {("共有的", "先存的说明"), ("先加的", ""), ("后加的", "")}


def test_a_milestone_that_the_other_removed_is_not_lost_when_i_had_edited_it(
    bureau: Client, second: Client
) -> None:
    entry = factories.item(milestones=[{"name": "会被删的"}])
    mine = form_data(html_of(second.get(address(entry))))
    theirs = form_data(html_of(bureau.get(address(entry))))
    theirs["milestones-0-DELETE"] = ["on"]
    assert bureau.post(address(entry), theirs).status_code == 302
    assert entry.milestones.count() == 0
    mine["milestones-0-note"] = ["我写的说明"]
    merged = form_data(html_of(second.post(address(entry), mine)))
    assert second.post(address(entry), merged).status_code == 302
    assert [(m.name, m.note) for m in entry.milestones.all()] == [("会被删的", "我写的说明")]


# --- bulk steps ---------------------------------------------------------------------


def bulk(client: Client, entries: list[Any], **extra: Any) -> Any:
    data = {"action": "take_step", "_selected_action": [str(e.pk) for e in entries], **extra}
    return client.post(ITEMS, data)


def test_a_bulk_step_moves_all_with_one_trail_row_each(bureau: Client) -> None:
    entries = [factories.item(due_on=dt.date(2027, 1, 1)) for _ in range(3)]
    page = html_of(bulk(bureau, entries))
    assert "启动实施" in page
    seen = {f"seen-{entry.pk}": "1" for entry in entries}
    before = Revision.objects.count()
    response = bulk(bureau, entries, apply="1", to="launched", **seen)
    assert response.status_code == 302, html_of(response)
    assert Revision.objects.count() == before + 3
    assert set(CooperationItem.objects.values_list("status", flat=True)) == {"launched"}
    assert len({row.batch for row in Revision.objects.filter(action=Action.MOVE)}) == 1


def test_a_bulk_step_that_one_cannot_take_moves_none_and_names_it(bureau: Client) -> None:
    entries = [factories.item(due_on=dt.date(2027, 1, 1)), factories.item(due_on=None)]
    seen = {f"seen-{entry.pk}": "1" for entry in entries}
    before = Revision.objects.count()
    page = html_of(bulk(bureau, entries, apply="1", to="launched", **seen))
    assert "SX-0002" in page
    assert "“完成时限”还没有填写" in page
    assert Revision.objects.count() == before
    assert set(CooperationItem.objects.values_list("status", flat=True)) == {"not-started"}


def test_a_bulk_step_on_an_entry_changed_meanwhile_moves_none(bureau: Client) -> None:
    entry = factories.item(due_on=dt.date(2027, 1, 1))
    entry.name = "刚改的"
    entry.save()
    page = html_of(bulk(bureau, [entry], apply="1", to="launched", **{f"seen-{entry.pk}": "1"}))
    assert "已被他人修改" in page
    assert CooperationItem.objects.get().status == "not-started"


def test_an_entry_leaves_the_list_with_its_reason_and_comes_back(bureau: Client) -> None:
    entry = factories.item()
    given = {"_selected_action": [str(entry.pk)], "apply": "1", "reason": "replaced"}
    given |= {"note": "年度调整", f"seen-{entry.pk}": "1"}
    bureau.post(ITEMS, {**given, "action": "leave_list"})
    assert CooperationItem.objects.listed().count() == 0
    assert rows_of(entry)[-1].action == Action.DELIST
    bureau.post(ITEMS, {**given, "action": "join_list", f"seen-{entry.pk}": "2"})
    assert CooperationItem.objects.listed().count() == 1


def test_entries_cannot_be_deleted(bureau: Client) -> None:
    entry = factories.item()
    assert bureau.post(f"{ITEMS}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    bureau.post(ITEMS, {"action": "delete_selected", "_selected_action": [str(entry.pk)]})
    assert CooperationItem.objects.count() == 1


# --- the changelist -----------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "due_on__year=99999999999999999999",
        "due_on__year__range=1",
        "percent_complete__gt=x",
        "sector__name__regex=(",
        "search_text__contains=a",
        "status=%00",
        "lead__users__password__startswith=a",
    ],
)
def test_nonsense_in_the_address_is_answered_400(bureau: Client, query: str) -> None:
    assert bureau.get(f"{ITEMS}?{query}").status_code == 400


@pytest.mark.parametrize(
    "query", ["q=" + "词+" * 1500, "q=%00", "p=9999999", "o=99.-1", "light=no"]
)
def test_odd_but_harmless_addresses_never_fail(bureau: Client, query: str) -> None:
    factories.item()
    assert bureau.get(f"{ITEMS}?{query}", follow=True).status_code in (200, 400)


@pytest.mark.parametrize(
    "words",
    ["轨道交通资阳线", "SX-0001", "ｓｘ-0001", "资阳市交通", "chengzi", "czs3x", "别的单位"],
)
def test_search_finds_by_alias_code_unit_and_pinyin(bureau: Client, words: str) -> None:
    factories.item(name="成资S3线", aliases="轨道交通资阳线", partners=[factories.unit("别的单位")])
    factories.item(name="无关", lead=None)
    html = html_of(bureau.get(ITEMS, {"q": words}))
    rows = html.split("<tbody>")[1].split("</tbody>")[0]
    assert set(re.findall(r">(SX-000[0-9])<", rows)) == {"SX-0001"}


# --- who may ------------------------------------------------------------------------


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.BUREAU])
def test_no_other_role_reaches_the_ledgers_in_the_admin(client: Client, role: Role) -> None:
    entry = factories.item()
    client.force_login(factories.user("someone", role))
    assert client.get(ITEMS).status_code == 403
    assert client.get(address(entry)).status_code == 403
    assert client.post(address(entry), {"name": "x", "version": "1"}).status_code == 403
    assert bulk(client, [entry]).status_code == 403
    assert CooperationItem.objects.get().version == 1


def test_the_system_administrator_keeps_accounts_and_leaves_a_trail(client: Client) -> None:
    client.force_login(factories.user("root-of-accounts", Role.SYSADMIN))
    other = factories.user("other", Role.LEADER)
    html = html_of(client.get(f"/admin/projects/user/{other.pk}/change/"))
    assert "other" in html
    before = Revision.objects.count()
    data = {
        "username": "other",
        "display_name": "新姓名",
        "is_active": "on",
        "groups": [],
        "version": other.version,
    }
    assert client.post(f"/admin/projects/user/{other.pk}/change/", data).status_code == 302
    assert Revision.objects.count() == before + 1
    row = Revision.objects.first()
    assert row is not None
    assert {c["label"] for c in row.changes} == {"姓名", "组"}
    assert User.objects.get(pk=other.pk).roles == frozenset()


def test_a_unit_saved_in_the_admin_leaves_one_row_and_its_deletion_another(bureau: Client) -> None:
    response = bureau.post(
        "/admin/projects/organisation/add/", {"name": "某单位", "kind": "department"}
    )
    assert response.status_code == 302, html_of(response)
    unit = Organisation.objects.get(name="某单位")
    assert [row.action for row in rows_of(unit)] == [Action.CREATE]
    bureau.post(f"/admin/projects/organisation/{unit.pk}/delete/", {"post": "yes"})
    rows = Revision.objects.filter(record_model="organisation", record_name="某单位")
    assert [row.action for row in rows] == [Action.DELETE, Action.CREATE]


# --- what entries name stays ----------------------------------------------------------


def test_a_partner_or_a_place_that_an_entry_names_cannot_be_deleted(bureau: Client) -> None:
    partner, place = factories.unit("配合单位"), factories.region("512021")
    factories.item(partners=[partner], regions=[place])
    for model, record in (("organisation", partner), ("region", place)):
        path = f"/admin/projects/{model}/{record.pk}/delete/"
        assert bureau.post(path, {"post": "yes"}).status_code == 403
        bulk_delete = {"action": "delete_selected", "_selected_action": [str(record.pk)]}
        bureau.post(f"/admin/projects/{model}/", {**bulk_delete, "post": "yes"})
    assert verify().is_intact
    assert factories.LedgerEntry.objects.get().partners.get() == partner


def test_the_code_of_a_place_is_kept_and_must_fit_an_address(bureau: Client) -> None:
    place = factories.region("512000")
    given = {"name": "资阳市", "level": "prefecture", "code": "519999"}
    bureau.post(f"/admin/projects/region/{place.pk}/change/", given)
    place.refresh_from_db()
    assert place.code == "512000"
    given = {"name": "怪", "level": "zone", "parent": str(place.pk), "code": "东 1/?"}
    assert bureau.post("/admin/projects/region/add/", given).status_code == 200
    assert bureau.get("/cities/").status_code == 200


@pytest.mark.parametrize("key", ["abc", "9" * 30, "\x00", "1' or 1"])
def test_nonsense_selected_for_an_action_is_never_a_500(bureau: Client, key: str) -> None:
    factories.item()
    data = {"action": "take_step", "_selected_action": [key]}
    assert bureau.post(ITEMS, data).status_code in (302, 400)
    assert bureau.get(f"{ITEMS}{'9' * 22}/change/").status_code in (302, 404)


def test_keys_beyond_what_a_database_holds_are_never_a_500(bureau: Client) -> None:
    entry = factories.item()
    data = form_data(html_of(bureau.get(address(entry))))
    for name in ("regions", "agreement"):
        response = bureau.post(address(entry), {**data, name: ["9" * 30]})
        assert response.status_code in (200, 400)
    assert CooperationItem.objects.get().version == 1
