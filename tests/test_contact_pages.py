"""Pages of the contact log: the list, one record, and what an entry's page shows of it."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client

from projects.choices import Role
from projects.models import Act, ContactRecord, Revision, User
from projects.periods import AsOf, today
from tests.factories import bureau, contact, days_from_now, item, unit, user
from tests.test_meeting_pages import anew, html_of, links, total

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client: Client) -> User:
    """The bureau, signed in."""
    person = bureau("office")
    client.force_login(person)
    return person


@pytest.fixture
def person() -> User:
    return user("reporter", Role.REPORTER, unit=unit())


def shown(response: Any) -> list[str]:
    """The codes of the records that a page lists."""
    return re.findall(r'<span class="reason code">(DJ-\d+)</span>', html_of(response))


GIVEN: dict[str, Any] = {
    "held_on": "2026-01-31",
    "subject": "商定线路走向",
    "other_side": "成都市交通运输局",
    "told": "就线路走向交换意见",
    "version": 0,
}


# --- the list -----------------------------------------------------------------------------


@pytest.fixture
def three(office: User) -> dict[str, int]:
    """On three days, of two units, on two entries; the keys of the units."""
    first, second = item(), item()
    other = unit("资阳市教育局")
    contact(held_on=dt.date(2026, 1, 5), entries=[first, second])
    contact(held_on=dt.date(2026, 1, 31), entries=[first], agreed="走北线")
    contact(held_on=dt.date(2026, 2, 1), unit=other, subject="校际结对", told="结对 名单")
    return {"own": unit().pk, "other": other.pk}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["DJ-0003", "DJ-0002", "DJ-0001"]),
        ("entry=SX-0001", ["DJ-0002", "DJ-0001"]),
        ("entry=sx-0002", ["DJ-0001"]),
        ("unit={other}", ["DJ-0003"]),
        ("unit={own}&after=2026-01-06", ["DJ-0002"]),
        ("after=2026-01-31", ["DJ-0003", "DJ-0002"]),
        ("before=2026-01-31", ["DJ-0002", "DJ-0001"]),
        ("q=北线", ["DJ-0002"]),
        ("q=结对+名单", ["DJ-0003"]),
        ("q=结对+北线", []),
        ("entry=&q=&unit=", ["DJ-0003", "DJ-0002", "DJ-0001"]),
    ],
)
def test_the_log_holds_exactly_what_is_asked_for(
    client: Client, three: dict[str, int], query: str, found: list[str]
) -> None:
    response = client.get(f"/contacts/?{query.format(**three)}")
    assert (shown(response), total(response)) == (found, len(found))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("entrie=SX-0001", "没有这个查询条件：entrie"),
        ("entry=SX-9999", "没有编号为“SX-9999”的条目"),
        ("entry=SX-0001&entry=SX-0002", "只能填写一个值：entry"),
        ("unit=999999", "选择一个有效的选项"),
        ("before=2026", "“2026”不是日期"),
        ("after=2026-02-01&before=2026-01-01", "“对接日期自”晚于“对接日期至”"),
        ("page=9", "没有第9页"),
    ],
)
def test_what_cannot_be_asked_lists_nothing_and_says_why(
    client: Client, three: dict[str, int], query: str, sentence: str
) -> None:
    response = client.get(f"/contacts/?{query}")
    assert (response.status_code, total(response), shown(response)) == (200, 0, [])
    assert sentence in html_of(response)


# --- keeping one --------------------------------------------------------------------------


def test_the_bureau_keeps_one_for_any_unit(client: Client, office: User) -> None:
    item(), item()
    given = {**GIVEN, "unit": unit("资阳市教育局").pk, "entries": "SX-0001、SX-0002"}
    response = client.post("/contacts/new/", given)
    made = ContactRecord.objects.get()
    assert (response.status_code, response["Location"]) == (302, made.get_absolute_url())
    assert (made.held_on, str(made.unit)) == (dt.date(2026, 1, 31), "资阳市教育局")
    assert {entry.code for entry in made.entries.all()} == {"SX-0001", "SX-0002"}
    assert Revision.objects.of(made).get().source == "web"
    page = html_of(client.get(made.get_absolute_url()))
    assert 'href="/items/SX-0002/"' in page
    assert "就线路走向交换意见" in page


def test_a_unit_keeps_its_own_and_no_other(client: Client, person: User) -> None:
    client.force_login(person)
    other = unit("资阳市教育局")
    html = html_of(client.get("/contacts/new/"))
    assert re.findall(r'<option value="(\d+)"', html) == [str(person.unit_id)]
    refused = client.post("/contacts/new/", {**GIVEN, "unit": other.pk})
    assert refused.status_code == 400
    assert not ContactRecord.objects.exists()
    assert client.post("/contacts/new/", {**GIVEN, "unit": person.unit_id}).status_code == 302
    assert ContactRecord.objects.get().unit == person.unit


def test_it_begins_with_today_the_own_unit_and_the_entry_that_is_named(
    client: Client, person: User
) -> None:
    client.force_login(person)
    html = html_of(client.get("/contacts/new/?entry=SX-0001"))
    assert f'value="{today()}"' in html
    assert f'<option value="{person.unit_id}" selected>' in html
    assert 'value="SX-0001"' in html
    assert client.get("/contacts/new/?item=SX-0001").status_code == 400


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"held_on": ""}, "这个字段是必填项"),
        ({"held_on": "昨天"}, "“昨天”不是日期，请写成 2026-07-31。"),
        ({"held_on": str(days_from_now(1))}, f"对接日期 {days_from_now(1)} 晚于今天"),
        ({"told": ""}, "这个字段是必填项"),
        ({"entries": "SX-9999"}, "没有这些编号的条目：SX-9999，请核对。"),
        ({"subject": "甲\u202e乙"}, "“对接事项”：含有不允许的字符 U+202E"),
    ],
)
def test_one_that_cannot_be_kept_is_told_why_and_keeps_what_was_typed(
    client: Client, office: User, given: dict[str, str], sentence: str
) -> None:
    whole = {**GIVEN, "unit": unit().pk, "agreed": "走北线"}
    response = client.post("/contacts/new/", {**whole, **given})
    assert response.status_code == 400
    assert sentence in html_of(response)
    assert "走北线" in html_of(response)
    assert not ContactRecord.objects.exists()


# --- correcting one -----------------------------------------------------------------------


def test_a_record_is_corrected_on_the_version_seen(client: Client, office: User) -> None:
    made = contact(entries=[item()])
    item()
    html = html_of(client.get(f"/contacts/{made.code}/edit/"))
    assert 'value="SX-0001"' in html
    given = {**GIVEN, "unit": made.unit_id, "entries": "SX-0002", "version": made.version}
    assert client.post(f"/contacts/{made.code}/edit/", given).status_code == 302
    assert [entry.code for entry in anew(made).entries.all()] == ["SX-0002"]
    assert anew(made).held_on == dt.date(2026, 1, 31)


def test_the_second_of_two_sees_both_and_loses_nothing(client: Client, office: User) -> None:
    made = contact()
    seen = made.version
    made.edit({"agreed": "他人的意见"}, Act(by=office), version=seen)
    given = {**GIVEN, "unit": made.unit_id, "agreed": "我的意见", "version": seen}
    response = client.post(f"/contacts/{made.code}/edit/", given)
    assert response.status_code == 409
    assert "他人的意见" in html_of(response)
    assert "我的意见" in html_of(response)
    assert anew(made).agreed == "他人的意见"
    (version,) = re.findall(r'name="version" value="(\d+)"', html_of(response))
    again = client.post(f"/contacts/{made.code}/edit/", {**given, "version": version})
    assert (again.status_code, anew(made).agreed) == (302, "我的意见")


def test_another_units_record_is_read_and_not_corrected(client: Client, person: User) -> None:
    own, other = contact(), contact(unit=unit("资阳市教育局"))
    client.force_login(person)
    may = {
        c.code: f"{c.code}/edit/" in html_of(client.get(c.get_absolute_url())) for c in (own, other)
    }
    assert may == {own.code: True, other.code: False}
    given = {**GIVEN, "unit": person.unit_id, "version": other.version}
    answers = [
        client.get(f"/contacts/{other.code}/edit/").status_code,
        client.post(f"/contacts/{other.code}/edit/", given).status_code,
    ]
    assert answers == [403, 403]
    assert anew(other).version == other.version


@pytest.mark.parametrize("role", [Role.LEADER, Role.AUDITOR, Role.SYSADMIN, Role.SECADMIN])
def test_who_does_not_report_keeps_nothing(client: Client, role: Role) -> None:
    made = contact()
    client.force_login(user("someone", role, unit=unit()))
    given = {**GIVEN, "unit": made.unit_id, "version": made.version}
    for address in ("/contacts/new/", f"/contacts/{made.code}/edit/"):
        assert client.post(address, given).status_code == 403
    assert (ContactRecord.objects.count(), anew(made).version) == (1, made.version)


def test_a_code_is_not_set_by_the_form(client: Client, office: User) -> None:
    forged = {"code": "DJ-9999", "id": "77"}
    assert client.post("/contacts/new/", {**GIVEN, "unit": unit().pk, **forged}).status_code == 302
    made = ContactRecord.objects.get()
    assert made.code == "DJ-0001"
    assert made.pk != 77


def test_one_that_does_not_exist_is_404(client: Client, office: User) -> None:
    assert client.get("/contacts/DJ-9999/").status_code == 404
    assert client.post("/contacts/DJ-9999/edit/", GIVEN).status_code == 404


# --- on an entry's page -------------------------------------------------------------------


def test_an_entry_shows_its_latest_five_and_the_way_to_all(client: Client, office: User) -> None:
    entry, other = item(), item()
    for day in range(1, 8):
        contact(held_on=dt.date(2026, 1, day), entries=[entry])
    contact(entries=[other])
    response = client.get(entry.get_absolute_url())
    assert shown(response) == [f"DJ-000{n}" for n in (7, 6, 5, 4, 3)]
    all_of = {a: n for a, n in links(response).items() if a.startswith("/contacts/")}
    assert all_of == {"/contacts/?entry=SX-0001": 7}
    assert total(client.get("/contacts/?entry=SX-0001")) == 7


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.BUREAU, True), (Role.REPORTER, True), (Role.APPROVER, True), (Role.LEADER, False)],
)
def test_who_may_keep_one_is_offered_it_on_the_entry(client: Client, role: Role, may: bool) -> None:
    entry = item()
    client.force_login(user("someone", role, unit=unit()))
    html = html_of(client.get(entry.get_absolute_url()))
    assert ('href="/contacts/new/?entry=SX-0001"' in html) is may


def test_of_a_past_day_the_entry_shows_the_records_of_then(client: Client, office: User) -> None:
    first, day = days_from_now(-40), days_from_now(-30)
    entry, other = (item(act=Act(at=moment(first))) for _ in range(2))
    kept = contact(act=Act(by=office, at=moment(first)), held_on=first, entries=[entry])
    contact(act=Act(by=office, at=moment(first)), held_on=first, entries=[other])
    kept.edit({"agreed": "后来改的"}, Act(by=office), version=kept.version, entries=[])
    contact(entries=[entry])
    response = client.get(f"{entry.get_absolute_url()}?as_of={day}")
    assert shown(response) == [kept.code]
    assert "后来改的" not in html_of(response)
    assert "/contacts/new/" not in html_of(response)
    assert shown(client.get(entry.get_absolute_url())) == ["DJ-0003"]
    assert [c.code for c in ContactRecord.known_at("SX-0002", AsOf(day))] == ["DJ-0002"]
    assert ContactRecord.known_at("SX-000", AsOf(day)) == []


def moment(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)
