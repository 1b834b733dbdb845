"""Saved views: filters under a name, whose they are, and what they do to a list."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from projects.choices import Role, ViewScope
from projects.filters import normalised
from projects.forms.savedviews import scopes_of
from projects.models import Act, Revision, SavedView, Stale, User, ViewRefused, ViewUse

from . import factories

pytestmark = pytest.mark.django_db


def view(owner: User, name: str = "红灯", query: str = "light=red", **given: Any) -> SavedView:
    given = {"ledger": "items", "name": name, "query": query, **given}
    return SavedView.keep(given, Act(by=owner))


def as_(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


@pytest.fixture
def reader() -> User:
    return factories.user("reader", Role.LEADER)


@pytest.fixture
def reporter() -> User:
    return factories.user("reporter", Role.REPORTER, unit=factories.unit("甲局"))


# --- one writing ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("", ""),
        ("q=&light=&page=3&page_size=20", ""),
        ("light=yellow&light=red&light=red", "light=red&light=yellow"),
        ("sort=-due&light=red&q=公交", "q=%E5%85%AC%E4%BA%A4&light=red&sort=-due"),
        ("as_of=2026-01-01&phase=done", "phase=done"),
        ("made-up=1", "made-up=1"),
    ],
)
def test_equal_conditions_have_one_writing(given, written):
    assert normalised(given) == written
    assert normalised(written) == written


# --- whose they are -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "unit", "scopes"),
    [
        (Role.BUREAU, False, ["private", "office"]),
        (Role.REPORTER, True, ["private", "unit"]),
        (Role.APPROVER, True, ["private", "unit"]),
        (Role.REPORTER, False, ["private"]),
        (Role.LEADER, True, ["private"]),
        (Role.AUDITOR, False, ["private"]),
    ],
)
def test_each_role_saves_for_just_those_it_may(role, unit, scopes):
    user = factories.user("someone", role, unit=factories.unit("甲局") if unit else None)
    assert [value for value, _ in scopes_of(user)] == scopes
    for scope in ViewScope:
        if scope in scopes:
            assert view(user, f"视图{scope}", scope=scope).scope == scope
        else:
            with pytest.raises(PermissionDenied):
                view(user, f"视图{scope}", scope=scope)
    assert SavedView.objects.count() == len(scopes)


def test_who_may_not_read_ledgers_saves_none():
    with pytest.raises(PermissionDenied):
        view(factories.user("someone", Role.SYSADMIN))


def test_one_is_offered_ones_own_those_of_the_unit_and_those_for_everybody(reader, reporter):
    office = factories.bureau()
    colleague = factories.user("colleague", Role.APPROVER, unit=reporter.unit)
    stranger = factories.user("stranger", Role.REPORTER, unit=factories.unit("乙局"))
    view(reporter, "自用")
    view(reporter, "甲局用", scope="unit")
    view(office, "全体用", scope="office")
    seen = {
        user.username: sorted(v.name for v in SavedView.objects.visible_to(user))
        for user in (reporter, colleague, stranger, reader, office)
    }
    assert seen == {
        "reporter": ["全体用", "甲局用", "自用"],
        "colleague": ["全体用", "甲局用"],
        "stranger": ["全体用"],
        "reader": ["全体用"],
        "bureau": ["全体用"],
    }


def test_a_colleague_of_the_unit_may_change_its_view_and_a_stranger_may_not(reporter):
    kept = view(reporter, scope="unit")
    stranger = factories.user("stranger", Role.REPORTER, unit=factories.unit("乙局"))
    with pytest.raises(PermissionDenied):
        kept.edit({"name": "改过"}, Act(by=stranger), version=1)
    kept = SavedView.objects.get()
    colleague = factories.user("colleague", Role.APPROVER, unit=reporter.unit)
    kept.edit({"name": "改过"}, Act(by=colleague), version=1)
    assert SavedView.objects.get().name == "改过"


def test_sharing_needs_the_right_to_both(reader):
    kept = view(reader)
    with pytest.raises(PermissionDenied):
        kept.edit({"scope": "office"}, Act(by=reader), version=1)
    assert SavedView.objects.get().scope == "private"


def test_a_view_is_changed_on_the_version_that_was_seen(reader):
    kept, again = view(reader), SavedView.objects.get()
    kept.edit({"name": "先改"}, Act(by=reader), version=1)
    with pytest.raises(Stale):
        again.edit({"name": "后改"}, Act(by=reader), version=1)
    with pytest.raises(Stale):
        again.remove(Act(by=reader), version=1)
    assert SavedView.objects.get().name == "先改"


def test_every_change_leaves_its_row_in_the_trail(reader):
    kept = view(reader)
    kept.edit({"query": "light=yellow"}, Act(by=reader), version=1)
    kept.remove(Act(by=reader), version=2)
    rows = Revision.objects.filter(record_model="savedview").order_by("sequence")
    assert [(row.action, row.actor_name) for row in rows] == [
        ("create", "reader"),
        ("change", "reader"),
        ("delete", "reader"),
    ]


def test_a_name_is_used_once_by_a_person_on_a_list(reader):
    view(reader)
    with pytest.raises(ViewRefused, match="同名"):
        view(reader, query="light=blue")
    view(reader, ledger="agreements")
    assert SavedView.objects.count() == 2


def test_the_database_refuses_a_view_of_no_unit(reader):
    kept = view(reader)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.bare(SavedView).filter(pk=kept.pk).update(scope="unit")


# --- by the web ----------------------------------------------------------------------------------


def save(client: Client, **given: str) -> Any:
    return client.post("/views/save/", {"ledger": "items", "query": "", "name": "", **given})


def test_the_conditions_of_a_list_are_saved_and_opened_again(client, reader):
    factories.item(provenance="article")
    factories.item(provenance="entered")
    as_(client, reader)
    html = client.get("/items/?provenance=article&sort=-due&page_size=20").content.decode()
    assert 'name="query" value="provenance=article&amp;sort=-due"' in html
    answer = save(client, query="provenance=article&sort=-due", name="文章载明")
    assert answer["Location"] == "/items/?provenance=article&sort=-due"
    kept = SavedView.objects.get()
    opened = client.get(f"/views/{kept.pk}/", follow=True)
    assert opened.redirect_chain == [("/items/?provenance=article&sort=-due", 302)]
    html = opened.content.decode()
    assert 'data-total="1"' in html
    assert re.search(r'aria-current="true"[^>]*>文章载明</a>', html)
    assert "当前清单即此视图" in html
    assert "当前清单即此视图" not in client.get("/items/?provenance=article").content.decode()


def test_conditions_that_are_wrong_are_not_saved(client, reader):
    as_(client, reader)
    for given, sentence in (
        ({"query": "light=purple", "name": "x"}, "没有“purple”这一项"),
        ({"query": "made-up=1", "name": "x"}, "made-up"),
        ({"query": "light=red"}, "请填写视图名称"),
        ({"query": "light=red", "name": "x", "scope": "office"}, "office"),
        ({"query": "light=red", "name": "x", "ledger": "problems"}, "problems"),
    ):
        answer = save(client, **given)
        assert answer.status_code == 400
        assert sentence in answer.content.decode()
    assert not SavedView.objects.exists()


def test_the_conditions_of_a_view_are_replaced_from_the_list(client, reader):
    kept = view(reader)
    as_(client, reader)
    answer = save(client, query="light=yellow", replaces=f"{kept.pk}:1")
    assert answer["Location"] == "/items/?light=yellow"
    kept.refresh_from_db()
    assert (kept.name, kept.query, kept.version) == ("红灯", "light=yellow", 2)
    assert save(client, query="light=blue", replaces=f"{kept.pk}:1").status_code == 400


def test_a_view_is_renamed_shared_and_deleted_on_its_page(client, reporter):
    kept = view(reporter)
    as_(client, reporter)
    given = {"version": "1", "name": "本局红灯", "scope": "unit"}
    assert client.post(f"/views/{kept.pk}/edit/", given)["Location"] == "/views/"
    kept.refresh_from_db()
    assert (kept.name, kept.scope, kept.unit) == ("本局红灯", "unit", reporter.unit)
    assert client.post(f"/views/{kept.pk}/edit/", given).status_code == 409
    assert client.post(f"/views/{kept.pk}/remove/", {"version": "1"}).status_code == 409
    assert client.post(f"/views/{kept.pk}/remove/", {"version": "2"}).status_code == 302
    assert not SavedView.objects.exists()


def test_the_view_of_another_is_not_there_for_anybody_else(client, reader):
    kept = view(factories.user("other", Role.LEADER))
    as_(client, reader)
    assert client.get(f"/views/{kept.pk}/").status_code == 404
    for verb in ("edit", "use", "remove"):
        given = {"version": "1", "name": "x", "scope": "private"}
        assert client.post(f"/views/{kept.pk}/{verb}/", given).status_code == 404
    assert SavedView.objects.count() == 1


def test_who_reads_a_view_for_everybody_may_not_change_it(client, reader):
    kept = view(factories.bureau(), scope="office")
    as_(client, reader)
    given = {"version": "1", "name": "x", "scope": "private"}
    assert client.post(f"/views/{kept.pk}/edit/", given).status_code == 403
    assert client.post(f"/views/{kept.pk}/remove/", {"version": "1"}).status_code == 403
    assert "改名、共享或者删除" not in client.get("/views/").content.decode()
    assert "更新“红灯”" not in client.get("/items/").content.decode()


@pytest.mark.parametrize(
    "path", ["save/", "{view}/edit/", "{view}/use/", "{view}/remove/"], ids=str
)
def test_a_get_changes_nothing(client, reader, path):
    kept = view(reader)
    assert as_(client, reader).get(f"/views/{path.format(view=kept.pk)}").status_code == 405
    assert SavedView.objects.get().version == 1


def test_a_view_whose_conditions_no_longer_hold_says_so_and_lists_nothing(client, reader):
    sector = factories.sector("water")
    kept = view(reader, query="sector=water")
    factories.item()
    sector.slug = "hydro"
    sector.save()
    as_(client, reader)
    html = client.get(f"/views/{kept.pk}/", follow=True).content.decode()
    assert 'data-total="0"' in html
    assert "没有“water”这一项" in html
    assert "条件已失效" in client.get("/views/").content.decode()


# --- the default view ----------------------------------------------------------------------------


def test_the_navigation_opens_a_list_by_its_default_view_and_the_list_stays_all(client, reader):
    kept, factory = view(reader), factories.item
    factory()
    as_(client, reader)
    assert 'href="/items/default/"' in client.get("/").content.decode()
    assert client.get("/items/default/")["Location"] == "/items/"
    client.post(f"/views/{kept.pk}/use/", {"is_default": "on"})
    assert client.get("/items/default/")["Location"] == "/items/?light=red"
    assert client.get("/agreements/default/")["Location"] == "/agreements/"
    assert 'data-total="1"' in client.get("/items/").content.decode()


def test_a_list_has_one_default_view(client, reader):
    first, second = view(reader, "甲"), view(reader, "乙", "light=blue")
    for kept in (first, second):
        ViewUse.set(reader, kept, is_default=True, is_subscribed=False)
    assert ViewUse.default_of(reader, "items") == second
    with pytest.raises(IntegrityError), transaction.atomic():
        ViewUse.objects.update(is_default=True)


def test_a_default_that_one_no_longer_sees_gives_way_to_the_list(client, reader):
    office = factories.bureau()
    kept = view(office, scope="office")
    ViewUse.set(reader, kept, is_default=True, is_subscribed=False)
    kept.edit({"scope": "private"}, Act(by=office), version=1)
    assert ViewUse.default_of(reader, "items") is None


def test_a_past_day_keeps_its_day_and_has_no_default(client, reader):
    view(reader)
    as_(client, reader)
    html = client.get("/items/?as_of=2026-01-01").content.decode()
    assert 'href="/items/?light=red&amp;as_of=2026-01-01"' in html
    assert "default/" not in html
    assert 'href="/agreements/?as_of=2026-01-01"' in html


# --- who may open and send what, and what it costs ----------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_each_role_is_led_and_saves_as_it_may_read(client, role):
    kept = view(factories.bureau(), scope="office")
    as_(client, factories.user("someone", role))
    is_reader = role not in (Role.SYSADMIN, Role.SECADMIN)
    answers = [
        client.get(f"/views/{kept.pk}/"),
        client.get("/items/default/"),
        save(client, query="light=blue", name="自用"),
        client.post(f"/views/{kept.pk}/use/", {"is_subscribed": "on"}),
    ]
    assert [answer.status_code for answer in answers] == [302 if is_reader else 403] * 4
    assert ViewUse.objects.count() == (1 if is_reader else 0)


@pytest.mark.parametrize("views", [1, 3])
def test_the_page_costs_the_same_for_one_view_and_for_three(client, reader, views):
    for number in range(views):
        view(reader, f"视图{number}", "sector=transport&light=red")
    as_(client, reader)
    with CaptureQueriesContext(connection) as captured:
        html = client.get("/views/").content.decode()
    assert f'data-total="{views}"' in html
    assert len(captured) == 8


def test_a_parameter_the_pages_do_not_know_is_refused(client, reader):
    kept = view(reader)
    as_(client, reader)
    for path in ("/views/", f"/views/{kept.pk}/", "/items/default/"):
        assert client.get(f"{path}?light=red").status_code == 400
