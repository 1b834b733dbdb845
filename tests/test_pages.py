"""Pages: who may open them, what they say when something is wrong, and the entry's own page."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client

from projects import rounds
from projects.choices import Action, Role
from projects.models import CooperationItem, Revision
from projects.periods import Month, today

from . import factories

pytestmark = pytest.mark.django_db

PERIOD = Month.of(today())
READERS = {Role.BUREAU, Role.REPORTER, Role.APPROVER, Role.LEADER, Role.AUDITOR}
EXPORTERS = {Role.BUREAU, Role.LEADER, Role.AUDITOR}
TRAIL_READERS = {Role.BUREAU, Role.AUDITOR}
MOVERS = {Role.BUREAU}

#: Address → the roles that are answered 200; every other role gets 403, nobody a way in.
POLICY: dict[str, set[Role]] = {
    "/": READERS,
    "/todo/": READERS,
    "/find/?q=公交": READERS,
    "/tasks/": READERS,
    "/views/": READERS,
    "/sectors/": READERS,
    "/sectors/transport/": READERS,
    "/cities/": READERS,
    "/cities/512000/": READERS,
    "/units/{unit}/": READERS,
    "/agreements/": READERS,
    "/items/": READERS,
    "/industrial/": READERS,
    "/infrastructure/": READERS,
    "/entries/": READERS,
    "/entries/columns/": READERS,
    "/entries/timeline/": READERS,
    "/items/columns/": READERS,
    "/items/timeline/": READERS,
    "/items/SX-0001/": READERS,
    "/compare/": READERS,
    "/problems/": READERS,
    "/decisions/": READERS,
    "/instructions/": READERS,
    "/supervision/": READERS,
    "/matters/WT-0001/": READERS,
    "/matters/DB-0001/": READERS,
    "/supervision/DB-0001/print/": READERS,
    "/matters/WT-0001/edit/": {Role.BUREAU},
    "/problems/new/": {Role.BUREAU},
    "/instructions/new/": {Role.BUREAU},
    "/supervision/new/": {Role.BUREAU},
    "/problems.csv": EXPORTERS,
    "/supervision.xlsx": EXPORTERS,
    "/matrix/": READERS,
    "/matrix/?by=county&ledger=industrial&year=2026&rows=all": READERS,
    "/wall/": READERS,
    "/wall/?slide=3&theme=light&slides=overdue&slides=round": READERS,
    "/lists/": READERS,
    "/membership/": READERS,
    "/rounds/": READERS,
    "/rounds/2026-07/": READERS,
    "/briefs/": READERS,
    "/briefs/2026-07/": READERS,
    "/briefs/templates/": {Role.BUREAU},
    "/briefs/templates/0.docx": {Role.BUREAU},
    "/rounds/{open}/": READERS,
    "/rounds/{open}/reports/": READERS,
    "/rounds/{open}/reports/SX-0001/": READERS,
    "/rounds/{open}/units/{unit}/": READERS,
    "/meetings/": READERS,
    "/meetings/new/": {Role.BUREAU},
    "/meetings/{meeting}/": READERS,
    "/meetings/{meeting}/edit/": {Role.BUREAU},
    "/meetings/{meeting}/agenda/": {Role.BUREAU},
    "/meetings/{meeting}/decide/": {Role.BUREAU},
    "/matters/{matter}/": READERS,
    "/contacts/": READERS,
    "/contacts/new/": {Role.BUREAU},
    "/contacts/{contact}/": READERS,
    "/contacts/{contact}/edit/": {Role.BUREAU},
    "/task-forces/": READERS,
    "/task-forces/某专项组/": READERS,
    "/leaders/": READERS,
    "/leaders/张某/": READERS,
    "/attachments/{attachment}/": READERS,
    "/import/": {Role.BUREAU},
    "/receipts/": TRAIL_READERS,
    "/receipts/verify/": TRAIL_READERS,
    "/trail.csv": TRAIL_READERS,
    "/items.csv": EXPORTERS,
    "/items.xlsx": EXPORTERS,
    "/entries.csv": EXPORTERS,
    "/membership.csv?from=2025&to=2026-01-31": EXPORTERS,
    "/trail/": TRAIL_READERS,
    "/items/SX-0001/move/?to=launched": MOVERS,
    "/access/": {Role.SECADMIN, Role.AUDITOR},
    "/admin/": {Role.BUREAU, Role.SYSADMIN},
    "/admin/projects/cooperationitem/": {Role.BUREAU},
    "/admin/projects/user/": {Role.SYSADMIN},
}


def html_of(response: Any) -> str:
    return response.content.decode()


@pytest.fixture
def matters() -> None:
    """The problem and the slip that `POLICY` names."""
    factories.problem()
    factories.slip()


@pytest.fixture
def entry() -> CooperationItem:
    return factories.item(
        due_on=dt.date(2027, 1, 1),
        regions=[factories.region("512000")],
        contact_leader="张某",
        task_force="某专项组",
    )


def keys_of(entry: CooperationItem) -> dict[str, Any]:
    """What stands in the addresses of the policy."""
    return {
        "unit": entry.lead_id,
        "open": PERIOD,
        "attachment": factories.attachment(entry).pk,
        "meeting": factories.meeting().code,
        "matter": factories.problem().code,
        "contact": factories.contact().code,
    }


@pytest.mark.parametrize("role", Role)
def test_each_role_opens_just_the_pages_of_the_policy(
    client: Client, entry: CooperationItem, matters: None, role: Role
) -> None:
    rounds.open_month(PERIOD, by=factories.bureau())
    keys = keys_of(entry)
    client.force_login(factories.user("someone", role))
    answers = {}
    for path in POLICY:
        response: Any = client.get(path.format(**keys))
        answers[path] = response.status_code
        if response.streaming:
            b"".join(response.streaming_content)
    assert answers == {path: 200 if role in may else 403 for path, may in POLICY.items()}


def test_nobody_who_is_not_signed_in_sees_anything(client: Client, entry: CooperationItem) -> None:
    rounds.open_month(PERIOD, by=factories.bureau())
    keys = keys_of(entry)
    for path in POLICY:
        response = client.get(path.format(**keys))
        assert response.status_code == 302, path
        assert "/login/" in response["Location"], path


def test_a_person_without_any_group_may_read_nothing(client: Client) -> None:
    client.force_login(factories.user("no-groups"))
    assert client.get("/").status_code == 403
    assert client.get("/admin/").status_code == 403


def test_healthz_says_nothing_but_200(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        *("/nope/", "/items/SX-9999/", "/items/sx-0001/", "/agreements/SX-0001/"),
        *("/cities/999999/", "/sectors/nope/", "/units/999999999999999999/", "/items/%00/"),
        *("/leaders/%00/", "/leaders/nobody/", "/task-forces/%00/", "/task-forces/nobody/"),
        "/projects.csv",
    ],
)
def test_what_does_not_exist_gets_our_own_404(
    client: Client, entry: CooperationItem, path: str
) -> None:
    client.force_login(factories.bureau())
    response = client.get(path)
    assert response.status_code == 404
    assert "本系统为非涉密系统" in html_of(response)


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("statsu=launched", "statsu"),
        ("status=signed", "signed"),
        ("due_before=2026-13-01", "2026-13-01"),
        ("due_before=２０２６-01-01", "２０２６-01-01"),
        ("page=99", "99"),
        ("sort=nonsense", "nonsense"),
        ("city=ziyang-hightech", "ziyang-hightech"),
        ("unit=²", "²"),
    ],
)
def test_an_invalid_filter_lists_nothing_and_says_which_and_why(
    client: Client, entry: CooperationItem, query: str, word: str
) -> None:
    client.force_login(factories.bureau())
    html = html_of(client.get(f"/items/?{query}"))
    assert re.search(r'<main[^>]*data-total="0"', html)
    assert "SX-0001" not in html
    assert word in html


def test_an_empty_parameter_counts_as_not_given(client: Client, entry: CooperationItem) -> None:
    client.force_login(factories.bureau())
    html = html_of(client.get("/items/?status=&q=&due_before=&sort=&page=&sector="))
    assert re.search(r'<main[^>]*data-total="1"', html)


@pytest.mark.parametrize("scope", ["", f"?as_of={today()}"])
def test_who_and_what_an_entry_names_is_linked_to_its_board_in_the_same_book(
    client: Client, entry: CooperationItem, scope: str
) -> None:
    client.force_login(factories.bureau())
    html = html_of(client.get(f"/items/SX-0001/{scope}"))
    facts = re.findall(r'<dd><a href="([^"]+)">([^<]+)</a></dd>', html)
    assert [(unquote(href), name) for href, name in facts] == [
        (f"/sectors/transport/{scope}", "交通"),
        (f"/units/{entry.lead_id}/{scope}", "资阳市交通运输局"),
        (f"/leaders/张某/{scope}", "张某"),
        (f"/task-forces/某专项组/{scope}", "某专项组"),
    ]
    for href, _ in facts:
        assert client.get(href).status_code == 200, href


# --- steps by the web ---------------------------------------------------------------


def step(client: Client, entry: CooperationItem, to: str, **given: str) -> Any:
    version = CooperationItem.objects.get(pk=entry.pk).version
    data = {"to": to, "version": str(version), **given}
    return client.post(f"/items/{entry.code}/move/", data)


def test_a_step_moves_the_entry_and_leaves_its_row(client: Client, entry: CooperationItem) -> None:
    client.force_login(factories.bureau())
    response = step(client, entry, "launched", on="2026-01-05", note="印发方案")
    assert response.status_code == 302
    entry.refresh_from_db()
    assert (entry.status, entry.status_on) == ("launched", dt.date(2026, 1, 5))
    row = Revision.objects.of(entry).first()
    assert row is not None
    assert (row.action, row.note, row.actor_name) == (Action.MOVE, "印发方案", "bureau")
    assert "启动" in html_of(client.get(f"/items/{entry.code}/"))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"to": "closed"}, "不能直接转为"),
        ({"to": "nonsense"}, "不能直接转为"),
        ({"to": "launched", "on": "2999-01-01"}, "2999-01-01"),
        ({"to": "launched", "on": "昨天"}, "“昨天”不是日期"),
        ({"to": "terminated", "reason": "", "note": ""}, "这个字段是必填项"),
        ({"to": "launched", "reason": "made-up"}, "made-up"),
    ],
)
def test_a_refused_step_says_why_and_changes_nothing(
    client: Client, entry: CooperationItem, given: dict[str, str], sentence: str
) -> None:
    client.force_login(factories.bureau())
    response = step(client, entry, **given)
    assert response.status_code == 400
    assert sentence in html_of(response)
    entry.refresh_from_db()
    assert (entry.status, entry.version) == ("not-started", 1)


def test_a_step_on_a_stale_page_is_told_who_changed_what(
    client: Client, entry: CooperationItem
) -> None:
    client.force_login(factories.bureau())
    entry.name = "已改名称"
    entry.save()
    response = client.post("/items/SX-0001/move/", {"to": "launched", "version": "1"})
    assert response.status_code == 409
    assert "已改名称" in html_of(response)
    entry.refresh_from_db()
    assert entry.status == "not-started"


def test_a_step_without_the_version_is_refused(client: Client, entry: CooperationItem) -> None:
    client.force_login(factories.bureau())
    assert client.post("/items/SX-0001/move/", {"to": "launched"}).status_code == 400
    entry.refresh_from_db()
    assert entry.status == "not-started"


@pytest.mark.parametrize("role", [role for role in Role if role not in MOVERS])
def test_who_may_not_move_is_refused_by_post(
    client: Client, entry: CooperationItem, role: Role
) -> None:
    client.force_login(factories.user("someone", role))
    assert step(client, entry, "launched").status_code == 403
    entry.refresh_from_db()
    assert entry.status == "not-started"


def test_termination_takes_two_people_by_the_web(client: Client, entry: CooperationItem) -> None:
    first, second = factories.bureau("first"), factories.bureau("second")
    given = {"reason": "policy", "note": "规划调整"}
    client.force_login(first)
    assert step(client, entry, "terminated", **given).status_code == 302
    assert step(client, entry, "terminated", **given).status_code == 400
    entry.refresh_from_db()
    assert (entry.status, entry.requested_status) == ("not-started", "terminated")
    client.force_login(second)
    assert "待另一人确认" in html_of(client.get(f"/items/{entry.code}/"))
    assert step(client, entry, "terminated", **given).status_code == 302
    entry.refresh_from_db()
    assert (entry.status, entry.requested_status) == ("terminated", "")


def test_a_get_takes_no_step(client: Client, entry: CooperationItem) -> None:
    client.force_login(factories.bureau())
    assert client.get("/items/SX-0001/move/?to=launched").status_code == 200
    entry.refresh_from_db()
    assert entry.status == "not-started"


def test_a_post_without_csrf_token_is_refused_in_chinese(entry: CooperationItem) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(factories.bureau())
    response = strict.post("/items/SX-0001/move/", {"to": "launched", "version": "1"})
    assert response.status_code == 403
    assert "刷新" in html_of(response)


# --- signing in ---------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["zhang", "ZHANG", "ｚｈａｎｇ", " zhang "])
def test_a_name_is_one_account_whatever_its_case_or_width(client: Client, typed: str) -> None:
    factories.user("Zhang", Role.LEADER)
    response = client.post("/login/", {"username": typed, "password": factories.PASSWORD})
    assert response.status_code == 302
    assert response["Location"] == "/"


def test_a_wrong_password_is_told_in_chinese_and_leads_nowhere(client: Client) -> None:
    factories.user("zhang", Role.LEADER)
    response = client.post("/login/", {"username": "zhang", "password": "wrong"})
    assert response.status_code == 200
    assert "密码" in html_of(response)
    assert client.get("/").status_code == 302


def test_signing_in_does_not_lead_to_another_site(client: Client) -> None:
    factories.user("zhang", Role.LEADER)
    data = {"username": "zhang", "password": factories.PASSWORD, "next": "https://evil.example/"}
    assert client.post("/login/", data)["Location"] == "/"


def test_who_asks_for_the_admin_signs_in_once_and_lands_there(client: Client) -> None:
    factories.bureau("zhang")
    response = client.get("/admin/", follow=True)
    address, _ = response.redirect_chain[-1]
    assert unquote(address) == "/login/?next=/admin/"
    given = {"username": "zhang", "password": factories.PASSWORD, "next": "/admin/"}
    assert client.post("/login/", given)["Location"] == "/admin/"
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/admin/"
    assert client.get("/admin/login/?next=https://evil.example/")["Location"] == "/admin/"


def test_pages_carry_a_strict_policy_and_no_inline_script_or_style(
    client: Client, entry: CooperationItem, matters: None
) -> None:
    client.force_login(factories.bureau())
    keys = keys_of(entry)
    for path in POLICY:
        if re.search(r"\.(csv|xlsx|docx)|/user/", path):
            continue
        response = client.get(path.format(**keys))
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        html = html_of(response)
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", html), path
        assert not re.search(r"<style\b|\sstyle=|\son\w+=", html), path


@pytest.mark.parametrize("role", Role)
def test_everyone_may_change_their_own_password_in_their_own_name(
    client: Client, role: Role
) -> None:
    person = factories.user("zhang", role)
    client.force_login(person)
    assert client.get("/password/").status_code == 200
    new = "Another-horse-27"
    given = {"old_password": factories.PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/password/", given).status_code == 302
    person.refresh_from_db()
    assert person.check_password(new)
    row = Revision.objects.of(person).first()
    assert row is not None
    assert (row.actor_name, [c["field"] for c in row.changes]) == ("zhang", ["password"])


def test_a_back_dated_step_is_told_why_and_is_never_a_500(client: Client) -> None:
    client.force_login(factories.bureau())
    entry = factories.item(status="closing", started_on=dt.date(2026, 1, 10))
    response = step(client, entry, "closed", on="1950-01-01")
    assert response.status_code == 400
    assert "早于实际开始 2026-01-10" in html_of(response)


def test_signing_in_again_does_not_run_in_a_circle(client: Client) -> None:
    client.force_login(factories.bureau())
    assert client.get("/login/?next=/login/")["Location"] == "/"


def test_who_filed_the_closing_cannot_confirm_it_after_a_step_back(client: Client) -> None:
    first, second = factories.bureau("first"), factories.bureau("second")
    entry = factories.item(status="advancing")
    client.force_login(first)
    assert step(client, entry, "closing", note="佐证已附").status_code == 302
    client.force_login(second)
    assert step(client, entry, "closed").status_code == 302
    back = {"reason": "misrecorded", "note": "误点"}
    assert step(client, entry, "closing", **back).status_code == 302
    client.force_login(first)
    assert step(client, entry, "closed").status_code == 400


@pytest.mark.parametrize("address", ["/", "/items/", "/items.csv", "/admin/"])
def test_what_is_shown_to_a_person_is_kept_by_no_cache(client, address):
    client.force_login(factories.user("someone", Role.BUREAU))
    assert client.get(address).headers["Cache-Control"] == "no-store"
