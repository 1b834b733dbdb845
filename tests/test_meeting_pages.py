"""Pages of conferences: the list, one with its agenda, decisions and steps, and who may."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from projects.choices import CoordinationLevel, MatterState, MeetingKind, MeetingState, Role
from projects.models import Act, AgendaItem, Matter, Meeting, Revision, User
from projects.periods import today
from tests.factories import (
    bare,
    bureau,
    days_from_now,
    decision,
    item,
    lift_guards,
    meeting,
    problem,
    unit,
    user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client: Client) -> User:
    """The bureau, signed in."""
    person = bureau("office")
    client.force_login(person)
    return person


def html_of(response: Any) -> str:
    return str(response.content.decode())


def total(response: Any) -> int:
    (found,) = re.findall(r'<main[^>]*data-total="(\d+)"', html_of(response))
    return int(found)


def codes(response: Any) -> list[str]:
    """The codes of the rows of a list."""
    return re.findall(r'<td class="code"[^>]*>([A-Z0-9-]+)</td>', html_of(response))


def links(response: Any) -> dict[str, int]:
    """The numbers of a page that lead to rows: address and number."""
    found = re.findall(r'href="([^"]*)" data-count="(\d+)"', html_of(response))
    return {address.replace("&amp;", "&"): int(count) for address, count in found}


def told(response: Any) -> list[str]:
    """What the callouts of refusal say, one sentence each."""
    found = re.findall(r'<div class="callout callout-bad".*?</div>', html_of(response), re.S)
    return re.findall(r"<li>(.*?)</li>", "".join(found), re.S)


def anew(found: Any) -> Any:
    return type(found).objects.get(pk=found.pk)


def step(client: Client, found: Meeting, name: str, note: str = "", version: int = 0) -> Any:
    given = {"step": name, "note": note, "version": version or anew(found).version}
    return client.post(f"/meetings/{found.code}/step/", given)


# --- the list -----------------------------------------------------------------------------


@pytest.fixture
def four(office: User) -> list[Meeting]:
    """Of each kind, of each state but one, of three days and of none."""
    return [
        meeting(kind=MeetingKind.PROVINCE, title="省级会", held_on=dt.date(2025, 5, 6)),
        meeting(kind=MeetingKind.CITY, title="市级会", held_on=dt.date(2026, 1, 31), chair="王某"),
        meeting(kind=MeetingKind.COUNTY, title="县级会", is_held=False, held_on=None),
        meeting(kind=MeetingKind.CITY, title="二次会", is_held=False, held_on=dt.date(2026, 2, 1)),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["HY-0003", "HY-0004", "HY-0002", "HY-0001"]),
        ("kind=city", ["HY-0004", "HY-0002"]),
        ("state=planned", ["HY-0003", "HY-0004"]),
        ("state=closed", []),
        ("kind=city&state=held", ["HY-0002"]),
        ("year=2026", ["HY-0004", "HY-0002"]),
        ("after=2026-01-31", ["HY-0004", "HY-0002"]),
        ("before=2026-01-31", ["HY-0002", "HY-0001"]),
        ("after=2025-05-06&before=2026-01-31", ["HY-0002", "HY-0001"]),
        ("q=王某", ["HY-0002"]),
        ("q=hy-0001", ["HY-0001"]),
        ("q=会+二次", ["HY-0004"]),
        ("q=&kind=&page=", ["HY-0003", "HY-0004", "HY-0002", "HY-0001"]),
    ],
)
def test_the_list_holds_exactly_what_is_asked_for(
    client: Client, four: list[Meeting], query: str, found: list[str]
) -> None:
    response = client.get(f"/meetings/?{query}")
    assert (codes(response), total(response)) == (found, len(found))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("knid=city", "没有这个查询条件：knid"),
        ("kind=town", "town"),
        ("state=held&state=planned", "只能填写一个值：state"),
        ("year=²", "“²”不可用"),
        ("after=31.01.2026", "“31.01.2026”不是日期"),
        ("after=2026-02-01&before=2026-01-01", "“会议日期自”晚于“会议日期至”"),
        ("page=2", "没有第2页"),
        ("q=%E2%80%8B", "没有可见的字"),
    ],
)
def test_what_cannot_be_asked_lists_nothing_and_says_why(
    client: Client, four: list[Meeting], query: str, sentence: str
) -> None:
    response = client.get(f"/meetings/?{query}")
    assert (response.status_code, total(response), codes(response)) == (200, 0, [])
    assert sentence in html_of(response)
    assert links(response) == {}


@pytest.mark.parametrize("query", ["", "kind=city", "state=planned&q=会", "year=2025"])
def test_every_number_leads_to_just_so_many_rows(
    client: Client, four: list[Meeting], query: str
) -> None:
    counted = links(client.get(f"/meetings/?{query}"))
    assert len(counted) == len(MeetingState) + len(MeetingKind)
    assert {address: total(client.get(address)) for address in counted} == counted
    assert sum(counted.values()) > 0


def test_a_row_counts_agenda_and_decisions_that_this_person_may_see(
    client: Client, office: User
) -> None:
    held, first = meeting(), problem()
    decision(at=held, problem=first)
    held.put_on_agenda(problem(), Act(by=office))
    decision(at=held, unit=None, due_on=None)
    dropped = decision(at=held)
    dropped.take("drop", Act(by=office, note="撤"), version=dropped.version)
    cells = r'data-label="(?:议题|议定事项|其中未销号)">(\d+)<'
    assert re.findall(cells, html_of(client.get("/meetings/"))) == ["2", "2", "2"]
    client.force_login(user("leader", Role.LEADER))
    assert re.findall(cells, html_of(client.get("/meetings/"))) == ["2", "1", "1"]


def test_a_conference_whose_day_is_over_and_is_not_said_to_be_held_is_marked(
    client: Client, office: User
) -> None:
    meeting(is_held=False, held_on=today())
    assert "会期已过" not in html_of(client.get("/meetings/"))
    late = meeting(is_held=False, held_on=days_from_now(-1))
    for address in ("/meetings/", late.get_absolute_url()):
        assert html_of(client.get(address)).count("会期已过") == 1


# --- calling and correcting one -----------------------------------------------------------


def test_a_conference_is_called_by_the_web(client: Client, office: User) -> None:
    given = {"kind": "city", "title": "第三次协调会", "held_on": "2026-01-31", "version": "0"}
    response = client.post("/meetings/new/", given)
    made = Meeting.objects.get()
    assert (response.status_code, response["Location"]) == (302, made.get_absolute_url())
    assert (made.kind, made.title, made.held_on) == ("city", "第三次协调会", dt.date(2026, 1, 31))
    row = Revision.objects.of(made).get()
    assert (row.actor_id, row.source) == (office.pk, "web")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"title": ""}, "这个字段是必填项"),
        ({"held_on": "31.01.2026"}, "“31.01.2026”不是日期"),
        ({"kind": "town"}, "town"),
        ({"minutes": "甲\u202e乙"}, "含有不允许的字符 U+202E"),
    ],
)
def test_a_conference_that_cannot_be_kept_is_told_why_and_keeps_what_was_typed(
    client: Client, office: User, given: dict[str, str], sentence: str
) -> None:
    typed = {"kind": "city", "title": "协调会", "place": "一号会议室", "version": "0"}
    response = client.post("/meetings/new/", typed | given)
    assert response.status_code == 400
    assert sentence in html_of(response)
    assert "一号会议室" in html_of(response)
    assert not Meeting.objects.exists()


def test_state_note_and_code_are_not_set_by_the_form(client: Client, office: User) -> None:
    forged = {"state": "closed", "note": "伪造", "code": "HY-9999", "id": "77"}
    given = {"kind": "city", "title": "协调会", "version": "0", **forged}
    assert client.post("/meetings/new/", given).status_code == 302
    made = Meeting.objects.get()
    assert (made.state, made.note, made.code) == ("planned", "", "HY-0001")
    assert made.pk != 77


def test_the_form_begins_with_what_is_stored_and_saves_on_that_version(
    client: Client, office: User
) -> None:
    found = meeting(held_on=dt.date(2026, 1, 31), minutes="原纪要")
    html = html_of(client.get(f"/meetings/{found.code}/edit/"))
    assert 'value="2026-01-31"' in html
    assert "原纪要" in html
    given = {"kind": "city", "title": "协调会", "held_on": "2026-01-30", "minutes": "新纪要"}
    response = client.post(f"/meetings/{found.code}/edit/", {**given, "version": found.version})
    assert response.status_code == 302
    assert (anew(found).held_on, anew(found).minutes) == (dt.date(2026, 1, 30), "新纪要")


def test_the_second_of_two_sees_both_and_loses_nothing(client: Client, office: User) -> None:
    found = meeting()
    seen = found.version
    found.edit({"minutes": "他人的纪要"}, Act(by=office), version=seen)
    given = {"kind": "city", "title": "协调会", "held_on": found.held_on, "minutes": "我的纪要"}
    response = client.post(f"/meetings/{found.code}/edit/", {**given, "version": seen})
    assert response.status_code == 409
    html = html_of(response)
    assert "他人的纪要" in html
    assert "我的纪要" in html
    assert anew(found).minutes == "他人的纪要"
    (version,) = re.findall(r'name="version" value="(\d+)"', html)
    given["version"] = version
    assert client.post(f"/meetings/{found.code}/edit/", given).status_code == 302
    assert anew(found).minutes == "我的纪要"


def test_what_was_held_keeps_its_day(client: Client, office: User) -> None:
    found = meeting()
    given = {"kind": "city", "title": "协调会", "held_on": "", "version": found.version}
    response = client.post(f"/meetings/{found.code}/edit/", given)
    assert response.status_code == 400
    assert "“会议日期”还没有填写。" in html_of(response)


# --- its steps ----------------------------------------------------------------------------


def test_what_keeps_it_from_being_closed_is_told_before_the_click(
    client: Client, office: User
) -> None:
    held, first, second = meeting(), problem(), problem()
    for found in (first, second):
        held.put_on_agenda(found, Act(by=office))
    vague = decision(at=held, unit=None, due_on=None)
    html = html_of(client.get(held.get_absolute_url()))
    reasons = held.closing_problems()
    assert reasons == [
        f"议题“{first}”没有议定措施；请登记议定事项，或者写明议题结论。",
        f"议题“{second}”没有议定措施；请登记议定事项，或者写明议题结论。",
        f"议定事项“{vague}”没有责任单位、办理时限，请补充后交办。",
    ]
    shown = re.findall(r'<ul class="missing">(.*?)</ul>', html, re.S)
    assert [re.findall(r"<li>(.*?)</li>", part) for part in shown] == [
        reasons,
        ["会议已有议定事项，不能取消；请先撤销议定事项，或者办结会议。"],
    ]
    assert 'value="cancel"' not in html
    assert 'value="conclude"' not in html
    response = step(client, held, "conclude")
    assert (response.status_code, told(response)) == (400, reasons)
    assert anew(held).state == MeetingState.HELD


def test_a_conference_goes_its_way_by_the_web(client: Client, office: User) -> None:
    found, on = meeting(is_held=False), problem()
    assert step(client, found, "hold").status_code == 302
    decision(at=anew(found), problem=on)
    assert step(client, found, "conclude").status_code == 302
    assert anew(found).state == MeetingState.CLOSED
    refusal = step(client, found, "reopen")
    assert told(refusal) == ["办理“恢复办理”须写明说明。"]
    assert step(client, found, "reopen", "补充议定事项").status_code == 302
    assert (anew(found).state, anew(found).note) == (MeetingState.HELD, "补充议定事项")
    assert "说明：补充议定事项" in html_of(client.get(found.get_absolute_url()))


def test_one_that_is_not_held_is_cancelled_with_its_reason(client: Client, office: User) -> None:
    found = meeting(is_held=False)
    assert step(client, found, "cancel").status_code == 400
    assert step(client, found, "cancel", "改期").status_code == 302
    assert anew(found).state == MeetingState.CANCELLED
    assert "/edit/" not in html_of(client.get(found.get_absolute_url()))


def test_a_step_on_what_has_changed_is_not_taken_and_keeps_the_note(
    client: Client, office: User
) -> None:
    found = meeting(is_held=False)
    seen = found.version
    found.edit({"place": "二号会议室"}, Act(by=office), version=seen)
    response = step(client, found, "cancel", "改期再开", version=seen)
    assert response.status_code == 409
    assert "改期再开</textarea>" in html_of(response)
    assert anew(found).state == MeetingState.PLANNED


@pytest.mark.parametrize("given", [{"step": "burn"}, {"step": "hold", "version": "x"}, {}])
def test_a_step_that_is_none_is_answered_with_reasons(
    client: Client, office: User, given: dict[str, str]
) -> None:
    found = meeting(is_held=False)
    response = client.post(f"/meetings/{found.code}/step/", given)
    assert response.status_code == 400
    assert told(response)
    assert anew(found).state == MeetingState.PLANNED


def test_a_decision_dropped_after_the_close_is_told_on_the_page(
    client: Client, office: User
) -> None:
    held, on = meeting(), problem()
    made = decision(at=held, problem=on)
    assert step(client, held, "conclude").status_code == 302
    made = anew(made)
    made.take("drop", Act(by=office, note="撤"), version=made.version)
    response = client.get(held.get_absolute_url())
    assert "会议办结后情况有变" in html_of(response)
    assert told(response) == [f"议题“{on}”没有议定措施；请登记议定事项，或者写明议题结论。"]
    assert "<s>" in html_of(response)


def test_who_only_reads_is_told_so_too_and_no_draft_is_named(client: Client, office: User) -> None:
    held, on = meeting(), problem()
    made, draft = decision(at=held, problem=on), decision(at=held, title="密拟的措施")
    assert step(client, held, "conclude").status_code == 302
    made = anew(made)
    made.take("drop", Act(by=office, note="撤"), version=made.version)
    lift_guards()
    bare(Matter).filter(pk=draft.pk).update(state=MatterState.DRAFT)
    client.force_login(user("reader", Role.LEADER))
    response = client.get(held.get_absolute_url())
    assert told(response) == [
        f"议题“{on}”没有议定措施；请登记议定事项，或者写明议题结论。",
        "有议定事项尚未交办，请联系同城化局。",
    ]
    assert "密拟的措施" not in html_of(response)
    client.force_login(office)
    assert "密拟的措施" in told(client.get(held.get_absolute_url()))[1]


def test_a_wrong_click_is_taken_back_by_the_web(client: Client, office: User) -> None:
    held = meeting()
    assert step(client, held, "cancel", "误点召开").status_code == 302
    assert step(client, held, "replan", "下月召开").status_code == 302
    assert anew(held).state == MeetingState.PLANNED
    assert step(client, held, "hold").status_code == 302


# --- the agenda ---------------------------------------------------------------------------


def offered(response: Any) -> list[str]:
    return re.findall(r'name="problem" value="([A-Z0-9-]+)"', html_of(response))


def test_open_problems_of_its_level_are_offered_first_and_none_twice(
    client: Client, office: User
) -> None:
    found = meeting(kind=MeetingKind.CITY)
    county, late, soon, province, on, draft = (
        problem(level=CoordinationLevel.COUNTY),
        problem(level=CoordinationLevel.CITY, due_on=days_from_now(9)),
        problem(level=CoordinationLevel.CITY, due_on=days_from_now(3)),
        problem(level=CoordinationLevel.PROVINCE),
        problem(level=CoordinationLevel.CITY),
        problem(level=CoordinationLevel.CITY, is_draft=True),
    )
    found.put_on_agenda(on, Act(by=office))
    meeting().put_on_agenda(county, Act(by=office))  # another's agenda takes nothing away
    response = client.get(f"/meetings/{found.code}/agenda/")
    assert offered(response) == [m.code for m in (soon, late, province, county)]
    assert draft.code not in html_of(response)
    assert total(response) == 4
    assert offered(client.get(f"/meetings/{found.code}/agenda/?level=county")) == [county.code]


@pytest.mark.parametrize(("query", "count"), [("q=断头路", 1), ("q=无此词", 0), ("who=x", 0)])
def test_problems_are_searched_for_strictly(
    client: Client, office: User, query: str, count: int
) -> None:
    problem(title="断头路未通")
    problem()
    response = client.get(f"/meetings/{meeting().code}/agenda/?{query}")
    assert (total(response), len(offered(response))) == (count, count)


def test_several_are_put_on_in_one_go_in_the_order_of_their_codes(
    client: Client, office: User
) -> None:
    found, first, second = meeting(), problem(), problem()
    address = f"/meetings/{found.code}/agenda/"
    response = client.post(address, {"problem": [second.code, first.code]})
    assert (response.status_code, response["Location"]) == (302, found.get_absolute_url())
    assert [row.matter for row in found.agenda.all()] == [first, second]


def test_of_several_all_are_put_on_or_none_and_every_reason_is_told(
    client: Client, office: User
) -> None:
    found, free, on, dropped = meeting(), problem(), problem(), problem()
    found.put_on_agenda(on, Act(by=office))
    dropped.take("drop", Act(by=office, note="撤"), version=dropped.version)
    given = {"problem": [free.code, on.code, dropped.code]}
    response = client.post(f"/meetings/{found.code}/agenda/", given)
    assert response.status_code == 400
    assert told(response) == [
        f"“{on}”已列入本次会议议题。",
        f"“{dropped}”不是办理中的问题，不能列入议题或就其议定事项。",
    ]
    assert [row.matter for row in found.agenda.all()] == [on]
    assert f'value="{free.code}" checked' in html_of(response)


@pytest.mark.parametrize("given", [[], ["WT-9999"], ["\x00"], ["SX-0001"]])
def test_what_is_no_problem_is_not_put_on(client: Client, office: User, given: list[str]) -> None:
    item()
    found = meeting()
    response = client.post(f"/meetings/{found.code}/agenda/", {"problem": given})
    assert response.status_code == 400
    assert told(response)
    assert not AgendaItem.objects.exists()


def test_what_came_of_it_is_told_and_a_problem_taken_off(client: Client, office: User) -> None:
    found, first, second = meeting(), problem(), problem()
    kept, off = (found.put_on_agenda(p, Act(by=office)) for p in (first, second))
    home = f"/meetings/{found.code}/agenda"
    given = {"version": kept.version, "outcome": "维持现状，下次再议"}
    assert client.post(f"{home}/{kept.pk}/", given).status_code == 302
    given = {"version": off.version, "note": "材料未齐"}
    assert client.post(f"{home}/{off.pk}/off/", given).status_code == 302
    assert [row.outcome for row in found.agenda.all()] == ["维持现状，下次再议"]
    html = html_of(client.get(found.get_absolute_url()))
    assert "维持现状，下次再议" in html
    assert f"{found.code}议题{second.code}" in html  # its history tells of what was taken off
    assert "材料未齐" in html


def test_a_conclusion_on_what_has_changed_is_kept_on_the_page(client: Client, office: User) -> None:
    found = meeting()
    row = found.put_on_agenda(problem(), Act(by=office))
    seen = row.version
    row.tell("他人的结论", Act(by=office), version=seen)
    given = {"version": seen, "outcome": "我的结论"}
    response = client.post(f"/meetings/{found.code}/agenda/{row.pk}/", given)
    assert response.status_code == 409
    assert "我的结论</textarea>" in html_of(response)
    assert anew(row).outcome == "他人的结论"
    off = client.post(f"/meetings/{found.code}/agenda/{row.pk}/off/", {"version": seen})
    assert (off.status_code, AgendaItem.objects.count()) == (409, 1)


def test_one_on_which_something_was_decided_is_not_taken_off(client: Client, office: User) -> None:
    found, on = meeting(), problem()
    decision(at=found, problem=on)
    row = found.agenda.get()
    assert "/off/" not in html_of(client.get(found.get_absolute_url()))
    given = {"version": row.version}
    response = client.post(f"/meetings/{found.code}/agenda/{row.pk}/off/", given)
    assert told(response) == [f"“{on}”已有议定事项，不能撤下议题。"]


@pytest.mark.parametrize(("name", "state"), [("drop", "已撤销"), ("confirm", "已销号")])
def test_on_a_problem_that_is_no_longer_open_nothing_is_decided(
    client: Client, office: User, name: str, state: str
) -> None:
    found, on = meeting(), problem()
    row = found.put_on_agenda(on, Act(by=office))
    link = f"/meetings/{found.code}/decide/?problem={on.code}"
    assert link in html_of(client.get(found.get_absolute_url()))
    if name == "confirm":
        on.handle("已办", Act(by=office))
        on.take("file", Act(by=office, note="办结"), version=on.version)
    on.take(name, Act(by=bureau("second"), note="不再办理"), version=on.version)
    html = html_of(client.get(found.get_absolute_url()))
    assert link not in html
    assert f"问题{state}，请写明议题结论或撤下。" in html
    row.tell("已另行处理", Act(by=office), version=row.version)
    assert "请写明议题结论或撤下" not in html_of(client.get(found.get_absolute_url()))


@pytest.mark.parametrize("end", ["", "off/"])
def test_an_item_that_is_gone_is_told_and_not_a_fault(
    client: Client, office: User, end: str
) -> None:
    found = meeting()
    row = found.put_on_agenda(problem(), Act(by=office))
    address, given = f"/meetings/{found.code}/agenda/{row.pk}/{end}", {"version": row.version}
    row.take_off(Act(by=office), version=row.version)
    response = client.post(address, {**given, "outcome": "结论"})
    assert (response.status_code, told(response)) == (400, ["议题已撤下，请刷新后再办理。"])


def test_an_item_is_found_under_its_own_conference_alone(client: Client, office: User) -> None:
    row = meeting().put_on_agenda(problem(), Act(by=office))
    other, given = meeting(), {"version": row.version, "outcome": "结论"}
    for end in ("", "off/"):
        address = f"/meetings/{other.code}/agenda/{row.pk}/{end}"
        assert client.post(address, given).status_code == 404
    assert anew(row).outcome == ""


# --- decisions ----------------------------------------------------------------------------


def test_a_decision_begins_with_what_the_problem_says(client: Client, office: User) -> None:
    found, on = meeting(), problem(title="断头路未通", entries=[item(), item()])
    found.put_on_agenda(on, Act(by=office))
    html = html_of(client.get(f"/meetings/{found.code}/decide/?problem={on.code}"))
    assert 'value="断头路未通"' in html
    assert 'value="SX-0001、SX-0002"' in html
    assert f'<option value="{on.unit_id}" selected>' in html


def test_a_decision_becomes_a_tracked_matter_that_the_page_links(
    client: Client, office: User
) -> None:
    found, on = meeting(), problem()
    found.put_on_agenda(on, Act(by=office))
    item(), item()
    given = {
        "title": "打通古乐路",
        "text": "年内打通",
        "unit": unit().pk,
        "responsible_person": "张某",
        "due_on": days_from_now(60),
        "entries": "sx-0002, SX-0001　ＳＸ-0002",
    }
    address = f"/meetings/{found.code}/decide/?problem={on.code}"
    assert client.post(address, given).status_code == 302
    made = Matter.objects.decisions().get()
    assert (made.title, made.origin, made.meeting, made.state) == (
        *("打通古乐路", on, found, MatterState.OPEN),
    )
    assert {entry.code for entry in made.entries.all()} == {"SX-0001", "SX-0002"}
    html = html_of(client.get(found.get_absolute_url()))
    assert f'href="{made.get_absolute_url()}"' in html
    assert "没有议定措施" not in html
    assert client.get(made.get_absolute_url()).status_code == 200


def test_one_without_unit_or_day_stays_a_draft_that_others_do_not_see(
    client: Client, office: User
) -> None:
    found = meeting()
    given = {"title": "再研究", "text": "", "unit": "", "due_on": "", "entries": ""}
    assert client.post(f"/meetings/{found.code}/decide/", given).status_code == 302
    made = Matter.objects.get()
    assert (made.state, made.origin) == (MatterState.DRAFT, None)
    assert "再研究" in html_of(client.get(found.get_absolute_url()))
    client.force_login(user("leader", Role.LEADER))
    assert "再研究" not in html_of(client.get(found.get_absolute_url()))
    assert client.get(made.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"entries": "SX-0001、SX-7777 XY-8888"}, "没有这些编号的条目：SX-7777、XY-8888，请核对。"),
        ({"entries": "".join(f"SX-{n} " for n in range(51))}, "最多填写50个条目，现有51个。"),
        ({"due_on": "月底"}, "“月底”不是日期，请写成 2026-07-31。"),
        ({"unit": "999"}, "选择一个有效的选项"),
        ({"text": ""}, "“内容”还没有填写，请先补充再办理“交办”。"),
        ({"title": "两\n行"}, "只能写一行"),
    ],
)
def test_a_decision_that_cannot_be_kept_is_told_why(
    client: Client, office: User, given: dict[str, str], sentence: str
) -> None:
    item()
    found = meeting()
    whole = {"title": "议定", "text": "办理", "unit": unit().pk, "due_on": days_from_now(9)}
    response = client.post(f"/meetings/{found.code}/decide/", {**whole, **given})
    assert response.status_code == 400
    assert sentence in html_of(response)
    assert not Matter.objects.exists()


def test_nothing_is_decided_before_or_after(client: Client, office: User) -> None:
    ahead, on = meeting(is_held=False), problem()
    address = f"/meetings/{ahead.code}/decide/?problem={on.code}"
    reasons = [
        f"“{ahead}”筹备中，会议召开后、办结前才能登记议定事项。",
        f"“{on}”不在本次会议议题中，请先列入议题。",
    ]
    assert told(client.get(address)) == reasons
    response = client.post(address, {"title": "议定"})
    assert (response.status_code, told(response)) == (400, reasons)
    assert "/decide/" not in html_of(client.get(ahead.get_absolute_url()))


@pytest.mark.parametrize("asked", ["WT-9999", "%00", "YD-0001", "wt-0001"])
def test_a_decision_on_no_problem_is_404(client: Client, office: User, asked: str) -> None:
    found = meeting()
    decision(at=found, problem=problem())
    assert client.get(f"/meetings/{found.code}/decide/?problem={asked}").status_code == 404


def test_state_and_kind_of_a_decision_are_not_set_by_the_form(client: Client, office: User) -> None:
    found = meeting()
    forged = {"state": "closed", "kind": "slip", "code": "DB-0009", "confirmed_by": "伪造"}
    given = {"title": "议定", "text": "办", "unit": unit().pk, "due_on": days_from_now(9)}
    assert client.post(f"/meetings/{found.code}/decide/", {**given, **forged}).status_code == 302
    made = Matter.objects.get()
    assert (made.kind, made.state, made.code, made.confirmed_by) == (
        *("decision", MatterState.OPEN, "YD-0001", ""),
    )


# --- who may ------------------------------------------------------------------------------

DOORS = ("", "step/", "agenda/", "agenda/1/", "agenda/1/off/", "decide/", "edit/")


@pytest.mark.parametrize("role", [role for role in Role if role != Role.BUREAU])
def test_only_the_bureau_works_on_conferences_by_the_web(client: Client, role: Role) -> None:
    found = meeting(is_held=False)
    client.force_login(user("someone", role, unit=unit()))
    posted = {door: client.post(f"/meetings/{found.code}/{door}").status_code for door in DOORS[1:]}
    assert posted == dict.fromkeys(DOORS[1:], 403)
    assert client.post("/meetings/new/", {"kind": "city", "title": "会"}).status_code == 403
    assert (anew(found).version, Meeting.objects.count()) == (found.version, 1)


@pytest.mark.parametrize("role", [Role.REPORTER, Role.APPROVER, Role.LEADER, Role.AUDITOR])
def test_who_only_reads_finds_no_form_and_no_way_to_one(client: Client, role: Role) -> None:
    held = meeting()
    decision(at=held, problem=problem())
    client.force_login(user("someone", role, unit=unit()))
    for address in ("/meetings/", held.get_absolute_url()):
        (main,) = re.findall(r"<main.*</main>", html_of(client.get(address)), re.S)
        assert 'method="post"' not in main
        assert not re.findall(r'href="[^"]*/(?:edit|decide|agenda|new)/', main)


def test_get_changes_nothing(client: Client, office: User) -> None:
    found = meeting(is_held=False)
    rows = Revision.objects.count()
    answers = {door: client.get(f"/meetings/{found.code}/{door}").status_code for door in DOORS}
    assert answers == {
        **dict.fromkeys(("", "agenda/", "decide/", "edit/"), 200),
        **dict.fromkeys(("step/", "agenda/1/", "agenda/1/off/"), 405),
    }
    assert Revision.objects.count() == rows


@pytest.mark.parametrize("door", DOORS)
def test_a_conference_that_does_not_exist_is_404(client: Client, office: User, door: str) -> None:
    given = {"problem": "WT-0001", "version": "1", "step": "hold"}
    answer = client.post(f"/meetings/HY-9999/{door}", given).status_code
    assert answer == (404 if door else 405)  # the page itself takes nothing


def test_a_page_of_one_takes_no_parameters(client: Client, office: User) -> None:
    found = meeting()
    for address in (found.get_absolute_url(), f"/meetings/{found.code}/edit/", "/meetings/new/"):
        assert client.get(f"{address}?as_of=2026-01-01").status_code == 400


def test_names_are_escaped(client: Client, office: User) -> None:
    name = '<script>alert("1")</script>'
    found = meeting(title=name)
    found.put_on_agenda(problem(title=name), Act(by=office))
    for address in ("/meetings/", found.get_absolute_url(), f"{found.get_absolute_url()}agenda/"):
        html = html_of(client.get(address))
        assert name not in html
        assert escape(name) in html
