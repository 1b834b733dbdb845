"""The pages of problems, decisions, instructions and slips: each door by the web, and who may."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from projects.choices import (
    Action,
    CoordinationLevel,
    Difficulty,
    MatterKind,
    MatterState,
    Role,
    Source,
)
from projects.forms.matters import SLIP_COLUMNS, SLIP_LINES
from projects.models import Act, Attachment, Handling, Matter, Report, Revision, User
from projects.periods import Month, today
from projects.rounds import open_month
from projects.text import lines_of
from tests import factories
from tests.factories import bureau, clerk, days_from_now, unit, user

pytestmark = pytest.mark.django_db

#: What a person types into the form of each kind.
TYPED: dict[MatterKind, dict[str, str]] = {
    MatterKind.PROBLEM: {"category": "resource-sharing", "level": "city"},
    MatterKind.INSTRUCTION: {"leader": "王某某"},
    MatterKind.SLIP: {"colour": "red"},
}


@pytest.fixture
def office() -> User:
    return bureau("office")


@pytest.fixture
def second() -> User:
    return bureau("second")


@pytest.fixture
def person() -> User:
    """Works for the unit in charge."""
    return user("reporter", Role.REPORTER, unit=unit())


@pytest.fixture
def stranger() -> User:
    """Works for another unit."""
    return user("stranger", Role.REPORTER, unit=unit("资阳市教育局"))


def html_of(response: Any) -> str:
    return response.content.decode()


def by(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def anew(found: Matter) -> Matter:
    return Matter.objects.get(pk=found.pk)


def typed(kind: MatterKind, **given: str) -> dict[str, str]:
    told = {"title": "两市数据共享", "text": "请统一口径", "due_on": str(days_from_now(30))}
    return {**told, "unit": str(unit().pk), **TYPED[kind], **given}


def step(who: User, found: Matter, name: str, note: str = "", **given: Any) -> Any:
    data = {"step": name, "version": anew(found).version, "note": note, **given}
    return by(who).post(f"/matters/{found.code}/step/", data)


def told(who: User, found: Matter, text: str = "已开通平台", **given: str) -> Any:
    return by(who).post(f"/matters/{found.code}/handlings/", {"told": text, **given})


def proof(who: User, found: Matter, name: str = "批复.pdf") -> Any:
    file = SimpleUploadedFile(name, factories.PDF)
    return by(who).post(f"/matters/{found.code}/attachments/", {"file": file, "note": "批复"})


def facts(found: Matter) -> Any:
    return Matter.objects.values().get(pk=found.pk)


# --- the whole way, by the web ------------------------------------------------------------------


def test_a_problem_goes_by_the_web_from_form_to_confirmation(
    office: User, person: User, second: User
) -> None:
    factories.item(name="公交")
    answer = by(office).post(
        "/problems/new/", typed(MatterKind.PROBLEM, entries="SX-0001", act="open")
    )
    assert (answer.status_code, answer["Location"]) == (302, "/matters/WT-0001/")
    found = Matter.objects.get()
    assert told(person, found, done_on=str(today())).status_code == 302
    assert step(person, found, "file", "两市已共享").status_code == 302
    assert step(office, found, "confirm").status_code == 302
    stored = anew(found)
    assert (stored.state, stored.outcome, stored.filed_by_id, stored.confirmed_by_id) == (
        *(MatterState.CLOSED, "两市已共享", person.pk, office.pk),
    )
    rows = Revision.objects.of(found)
    assert [(row.action, row.source) for row in rows] == [
        *((Action.CONFIRM, Source.WEB), (Action.FILE, Source.WEB), (Action.CREATE, Source.WEB)),
    ]
    html = html_of(by(second).get(found.get_absolute_url()))
    for word in ("已销号", "两市已共享", "已开通平台", "SX-0001", "确认销号"):
        assert word in html


@pytest.mark.parametrize("kind", TYPED)
def test_each_kind_is_written_down_as_a_draft_and_handed_out(kind: MatterKind, office: User):
    client = by(office)
    assert client.get(f"/{kind.path}/new/").status_code == 200
    answer = client.post(f"/{kind.path}/new/", typed(kind, unit="", due_on="", act="draft"))
    assert answer.status_code == 302
    draft = Matter.objects.get()
    assert (draft.kind, draft.state, draft.unit) == (kind, MatterState.DRAFT, None)
    name = draft.handing_out().name
    refused = step(office, draft, name)
    assert refused.status_code == 400
    for label in ("责任单位", "办理时限"):
        assert f"“{label}”还没有填写" in html_of(refused)
    assert 'name="note"' not in html_of(client.get(f"/matters/{draft.code}/edit/"))
    edited = {**typed(kind, entries=factories.item().code), "version": "1"}
    assert client.post(f"/matters/{draft.code}/edit/", edited).status_code == 302
    assert step(office, draft, name).status_code == 302
    handed_out = anew(draft)
    assert (handed_out.state, handed_out.unit, handed_out.opened_on) == (
        *(MatterState.OPEN, unit(), today()),
    )
    assert (handed_out.slip_number == 1) is (kind == MatterKind.SLIP)


def test_decisions_are_made_at_conferences_only(office: User) -> None:
    assert by(office).get("/decisions/new/").status_code == 404
    assert by(office).post("/decisions/new/", {}).status_code == 404
    assert "/decisions/new/" not in html_of(by(office).get("/decisions/"))


# --- who may ------------------------------------------------------------------------------------

MAY_FOLLOW = {Role.BUREAU}


@pytest.mark.parametrize("role", [role for role in Role if role not in MAY_FOLLOW])
def test_nobody_else_writes_down_edits_or_hands_out(role: Role) -> None:
    found = factories.problem(is_draft=True)
    open_ = factories.problem()
    someone = by(user("someone", role, unit=unit()))
    before = [facts(found), facts(open_)]
    answers = [
        someone.get("/problems/new/"),
        someone.post("/problems/new/", typed(MatterKind.PROBLEM, act="open")),
        someone.get(f"/matters/{open_.code}/edit/"),
        someone.post(f"/matters/{open_.code}/edit/", {**typed(MatterKind.PROBLEM), "version": 1}),
        someone.post(f"/matters/{open_.code}/step/", {"step": "drop", "version": 1, "note": "x"}),
    ]
    assert [answer.status_code for answer in answers] == [403] * 5
    assert Matter.objects.count() == 2
    assert [facts(found), facts(open_)] == before


def test_another_unit_neither_tells_files_nor_attaches(stranger: User, person: User) -> None:
    found = factories.problem()
    found.handle("已办", Act(by=person))
    before = facts(found)
    assert "办理情况</button>" not in html_of(by(stranger).get(found.get_absolute_url()))
    answers = [told(stranger, found), told(stranger, found, ""), proof(stranger, found)]
    answers.append(step(stranger, found, "file", "冒充"))
    assert [answer.status_code for answer in answers] == [403] * 4
    assert "资阳市交通运输局" in html_of(answers[0])
    assert (facts(found), Handling.objects.count(), Attachment.objects.count()) == (before, 1, 0)


def test_the_same_person_does_not_confirm_and_is_told_before(office: User, second: User) -> None:
    found = factories.slip()
    told(office, found)
    step(office, found, "file", "已办结")
    html = html_of(by(office).get(found.get_absolute_url()))
    assert "确认销号须由提请人以外的人员办理。" in html
    assert 'value="confirm"' not in html
    answer = step(office, found, "confirm")
    assert answer.status_code == 403
    assert "确认销号须由提请人以外的人员办理" in html_of(answer)
    assert anew(found).state == MatterState.FILED
    assert 'value="confirm"' in html_of(by(second).get(found.get_absolute_url()))
    assert step(second, found, "confirm").status_code == 302


def test_a_unit_sees_the_steps_that_are_its_own(person: User) -> None:
    found = factories.problem()
    found.handle("已办", Act(by=person))
    html = html_of(by(person).get(found.get_absolute_url()))
    assert re.findall(r'name="step" value="([a-z-]+)"', html) == ["file"]
    assert f'href="/matters/{found.code}/edit/"' not in html


@pytest.mark.parametrize("role", [Role.LEADER, Role.REPORTER, Role.APPROVER, Role.AUDITOR])
def test_a_draft_is_seen_by_those_alone_who_hand_out_or_read_the_trail(role: Role) -> None:
    item = factories.item()
    found = factories.slip(is_draft=True, title="拟稿一", entries=[item])
    file = factories.attachment(found, by=clerk())
    someone = by(user("someone", role, unit=unit()))
    may = role == Role.AUDITOR
    addresses = [
        found.get_absolute_url(),
        f"/supervision/{found.code}/print/",
        file.get_absolute_url(),
    ]
    answers = [someone.get(address).status_code for address in addresses]
    assert answers == [200 if may else 404] * 3
    for address in (item.get_absolute_url(), "/supervision/"):
        assert ("拟稿一" in html_of(someone.get(address))) is may, address
    # Who may send nothing there is refused before it is looked for; to a unit it does not exist.
    refused = 404 if role in (Role.REPORTER, Role.APPROVER) else 403
    doors = {"step": {"step": "drop"}, "handlings": {"told": "x"}, "attachments": {}}
    for name, data in doors.items():
        for code in (found.code, "DB-9999"):
            answer = someone.post(f"/matters/{code}/{name}/", data)
            assert answer.status_code == refused, name
    withdrawal = {"version": 1, "note": "试"}
    for key in (file.pk, file.pk + 999):
        answer = someone.post(f"/attachments/{key}/withdraw/", withdrawal)
        assert answer.status_code == refused
    assert anew(found).version == 1


@pytest.mark.parametrize("name", ["step", "handlings", "attachments"])
def test_a_get_is_no_door(name: str, office: User) -> None:
    found = factories.problem()
    assert by(office).get(f"/matters/{found.code}/{name}/").status_code == 405


# --- refusals in words --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"title": ""}, "标题：这个字段是必填项"),
        ({"category": ""}, "问题类别：这个字段是必填项"),
        ({"text": "", "unit": "", "due_on": ""}, "“责任单位”还没有填写"),
        ({"due_on": "31.02.2026"}, "“31.02.2026”不是日期"),
        ({"due_on": str(dt.date(2020, 1, 1))}, "办理时限不能早于交办（签发）日期"),
        ({"unit": "999999"}, "没有这个单位"),
        ({"level": "nation"}, "nation"),
        ({"entries": "SX-0001、SX-9998，JC-9999"}, "没有这些编号的条目：SX-9998、JC-9999"),
        ({"title": "一行\n两行"}, "只能写一行"),
        ({"text": "坏\u202e字"}, "U+202E"),
        ({"title": "长" * 121}, "120"),
    ],
)
def test_a_form_that_is_refused_says_why_and_keeps_what_was_typed(
    office: User, given: dict[str, str], sentence: str
) -> None:
    factories.item()
    data = typed(MatterKind.PROBLEM, responsible_person="钱某某", act="open", **given)
    answer = by(office).post("/problems/new/", data)
    assert answer.status_code == 400
    assert sentence in html_of(answer)
    assert 'value="钱某某"' in html_of(answer)
    assert not Matter.objects.exists()


@pytest.mark.parametrize(
    "written",
    ["SX-0001、JC-0001", "sx-0001,JC-0001", "SX-0001，JC-0001；", "JC-0001\u3000SX-0001 "],
)
def test_entries_are_named_by_their_codes_however_they_are_kept_apart(
    office: User, written: str
) -> None:
    factories.item()
    factories.infrastructure()
    by(office).post("/problems/new/", typed(MatterKind.PROBLEM, entries=written, act="open"))
    codes = Matter.objects.get().entries.values_list("code", flat=True)
    assert set(codes) == {"SX-0001", "JC-0001"}


def test_what_a_form_does_not_ask_for_is_not_written(office: User) -> None:
    forged = {
        "state": "closed",
        "code": "WT-9999",
        "opened_on": "2020-01-01",
        "filed_by": "冒名",
        "outcome": "已办结",
        "slip_number": "7",
        "colour": "red",
        "leader": "冒名",
        "raised_for": "2020-01-01",
    }
    by(office).post(
        "/problems/new/", {**typed(MatterKind.PROBLEM, act="open", **forged), "kind": "slip"}
    )
    found = Matter.objects.get()
    assert (found.code, found.state, found.kind) == ("WT-0001", "open", "problem")
    assert (found.opened_on, found.outcome, found.filed_by) == (today(), "", "")
    assert (found.slip_number, found.colour, found.leader, found.raised_for) == (None, "", "", None)
    step(office, found, "drop", "误登记", state="closed", outcome="已办结", opened_on="2020-01-01")
    assert (anew(found).state, anew(found).opened_on) == (MatterState.DROPPED, today())


@pytest.mark.parametrize(
    ("name", "note", "sentence"),
    [
        ("file", "", "办理“提请销号”须写明办理结果"),
        ("file", "已办", "没有办理情况，不能提请销号"),
        ("drop", "", "办理“撤销”须写明说明"),
        ("confirm", "", "不能办理“确认销号”"),
        ("assign", "", "不能办理“交办”"),
        ("explode", "", "没有“explode”这一步"),
    ],
)
def test_a_refused_step_says_every_reason_keeps_the_note_and_changes_nothing(
    office: User, name: str, note: str, sentence: str
) -> None:
    found = factories.problem()
    before = facts(found)
    answer = step(office, found, name, note)
    assert answer.status_code == 400
    assert sentence in html_of(answer)
    assert facts(found) == before


UNNAMED = "有议定事项尚未交办，请联系同城化局。"


def test_a_draft_decision_is_not_named_to_who_may_not_see_it(person: User, office: User) -> None:
    found = factories.problem()
    factories.decision(problem=found, title="密拟的措施", due_on=None)
    open_one = factories.decision(problem=found)
    told(person, found)
    answers = [by(person).get(found.get_absolute_url()), step(person, found, "file", "办结")]
    assert [answer.status_code for answer in answers] == [200, 400]
    for answer in answers:
        assert "密拟的措施" not in html_of(answer)
        assert UNNAMED in html_of(answer)
        assert f"议定事项“{open_one}”尚未销号" in html_of(answer)
    for answer in (by(office).get(found.get_absolute_url()), step(office, found, "file", "办结")):
        assert "密拟的措施”尚未销号" in html_of(answer)
        assert UNNAMED not in html_of(answer)


LEFT_OUT = "拟办阶段的修改不公开。"


@pytest.mark.parametrize("role", [Role.LEADER, Role.REPORTER, Role.AUDITOR, Role.BUREAU])
def test_how_a_draft_was_written_is_for_those_alone_who_may_see_drafts(
    role: Role, office: User
) -> None:
    found = factories.instruction(is_draft=True, title="初拟的标题", entries=[factories.item()])
    found.edit({"title": "再拟的标题"}, Act(by=office), version=found.version)
    found.edit({"title": "定稿的标题"}, Act(by=office), version=found.version)
    step(office, found, "assign")
    found = anew(found)
    due = days_from_now(60)
    found.edit({"due_on": due}, Act(by=office, note="交办后调整"), version=found.version)
    html = html_of(by(user("someone", role, unit=unit())).get(found.get_absolute_url()))
    may = role in (Role.AUDITOR, Role.BUREAU)
    assert {word: word in html for word in ("初拟的标题", "再拟的标题")} == {
        "初拟的标题": may,
        "再拟的标题": may,
    }
    assert (LEFT_OUT in html) is not may
    assert html.count('<p class="what">') == (5 if may else 2)
    assert "交办后调整" in html


def test_nothing_is_left_out_of_what_was_handed_out_at_once(person: User) -> None:
    html = html_of(by(person).get(factories.problem().get_absolute_url()))
    assert html.count('<p class="what">') == 1
    assert LEFT_OUT not in html


def test_nothing_comes_of_a_draft(office: User) -> None:
    draft = factories.problem(is_draft=True)
    data = typed(MatterKind.SLIP, matter=draft.code, act="open")
    answer = by(office).post("/supervision/new/", data)
    assert answer.status_code == 400
    assert f"来源事项“{draft}”尚未交办" in html_of(answer)
    assert Matter.objects.get() == draft


def test_what_is_missing_is_told_before_the_click(person: User) -> None:
    found = factories.problem()
    made = factories.decision(problem=found)
    html = html_of(by(person).get(found.get_absolute_url()))
    assert "没有办理情况，不能提请销号" in html
    assert f"议定事项“{made}”尚未销号" in html
    assert 'value="file"' not in html


def test_a_step_on_another_version_is_refused(office: User) -> None:
    found = factories.problem()
    anew(found).edit({"title": "别人改的"}, Act(by=clerk(), note="更正"), version=1)
    answer = by(office).post(
        f"/matters/{found.code}/step/", {"step": "drop", "version": 1, "note": "不再办理"}
    )
    assert answer.status_code == 409
    assert "已被他人修改" in html_of(answer)
    assert ">不再办理</textarea>" in html_of(answer)
    assert anew(found).state == MatterState.OPEN
    without = by(office).post(f"/matters/{found.code}/step/", {"step": "drop", "note": "x"})
    assert without.status_code == 400


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"told": ""}, "这个字段是必填项"),
        ({"done_on": str(dt.date(2199, 1, 1))}, "晚于今天"),
        ({"done_on": "昨天"}, "“昨天”不是日期"),
    ],
)
def test_an_account_that_is_refused_says_why_and_keeps_what_was_typed(
    person: User, given: dict[str, str], sentence: str
) -> None:
    found = factories.problem()
    answer = told(person, found, **{"text": "写了一半", **_as_text(given)})
    assert answer.status_code == 400
    assert sentence in html_of(answer)
    assert not Handling.objects.exists()


def _as_text(given: dict[str, str]) -> dict[str, str]:
    return {"text" if name == "told" else name: value for name, value in given.items()}


def test_what_was_filed_takes_no_more_accounts_and_files(person: User, office: User) -> None:
    found = factories.problem()
    told(person, found)
    step(person, found, "file", "已办结")
    html = html_of(by(person).get(found.get_absolute_url()))
    assert "登记办理情况</button>" not in html
    assert "上传附件" not in html
    for answer in (told(person, found), proof(person, found), told(office, found)):
        assert answer.status_code == 400
        assert "已提请销号" in html_of(answer)
    assert (Handling.objects.count(), Attachment.objects.count()) == (1, 0)


def test_proof_is_attached_by_the_unit_and_listed(person: User, office: User) -> None:
    found = factories.problem()
    answer = proof(person, found)
    assert answer["Location"] == f"/matters/{found.code}/#attachments"
    file = Attachment.objects.get()
    assert (file.matter, file.entry, file.uploaded_by_id) == (found, None, person.pk)
    html = html_of(by(office).get(found.get_absolute_url()))
    assert f'href="/attachments/{file.pk}/"' in html
    refused = proof(person, found, "批复.exe")
    assert refused.status_code == 400
    assert f'action="/matters/{found.code}/attachments/"' in html_of(refused)


# --- editing ------------------------------------------------------------------------------------


def test_a_due_date_moves_with_its_reason_only(office: User) -> None:
    found = factories.problem()
    data = {**typed(MatterKind.PROBLEM, due_on=str(days_from_now(60))), "version": 1}
    answer = by(office).post(f"/matters/{found.code}/edit/", data)
    assert answer.status_code == 400
    assert "调整办理时限须写明原因" in html_of(answer)
    assert anew(found).due_on == days_from_now(30)
    answer = by(office).post(f"/matters/{found.code}/edit/", {**data, "note": "等待批复"})
    assert answer.status_code == 302
    row = Revision.objects.of(found)[0]
    assert (anew(found).due_on, row.note) == (days_from_now(60), "等待批复")


def test_the_second_of_two_editors_sees_theirs_keeps_mine_and_can_save_it(
    office: User, second: User
) -> None:
    found = factories.problem()
    page = f"/matters/{found.code}/edit/"
    mine = {**typed(MatterKind.PROBLEM, title="我改的标题"), "version": 1, "note": "更正"}
    theirs = {**typed(MatterKind.PROBLEM, title="他改的标题"), "version": 1, "note": "更正"}
    assert by(second).post(page, theirs).status_code == 302
    answer = by(office).post(page, mine)
    html = html_of(answer)
    assert answer.status_code == 409
    assert 'value="我改的标题"' in html
    assert "<dd>他改的标题</dd>" in html
    assert 'name="version" value="2"' in html
    assert anew(found).title == "他改的标题"
    assert by(office).post(page, {**mine, "version": 2}).status_code == 302
    assert anew(found).title == "我改的标题"


def test_the_form_says_what_needs_a_reason_once_it_is_handed_out(office: User) -> None:
    for found, said in (
        (factories.problem(), "事项已交办，修改标题、内容、责任单位"),
        (factories.slip(), "标题、内容、督办等级和责任单位不能改写"),
    ):
        html = html_of(by(office).get(f"/matters/{found.code}/edit/"))
        assert 'name="note"' in html
        assert said in html


def test_a_problem_is_not_written_down_as_coming_of_another_matter(office: User) -> None:
    found = factories.problem()
    answer = by(office).get(f"/problems/new/?matter={found.code}")
    assert answer.status_code == 400
    assert "只有督办单和议定事项可以由其他事项引出。" in html_of(answer)


def test_what_has_ended_is_not_edited(office: User) -> None:
    found = factories.problem()
    step(office, found, "drop", "误登记")
    assert by(office).get(f"/matters/{found.code}/edit/").status_code == 302
    before = facts(found)
    data = {**typed(MatterKind.PROBLEM), "version": 2, "note": ""}
    answer = by(office).post(f"/matters/{found.code}/edit/", data)
    assert answer.status_code == 400
    assert "不能再修改" in html_of(answer)
    assert facts(found) == before


def test_entries_are_changed_by_editing(office: User) -> None:
    first, other = factories.item(), factories.item()
    found = factories.problem(entries=[first])
    html = html_of(by(office).get(f"/matters/{found.code}/edit/"))
    assert f'value="{first.code}"' in html
    data = {**typed(MatterKind.PROBLEM), "version": 1, "entries": other.code, "note": "更正"}
    by(office).post(f"/matters/{found.code}/edit/", data)
    assert [entry.code for entry in anew(found).entries.all()] == [other.code]
    changes = {change["field"] for change in Revision.objects.of(found)[0].changes}
    assert "entries" in changes


# --- whence it comes ----------------------------------------------------------------------------


@pytest.fixture
def report() -> Report:
    """One that tells of a problem."""
    entry = factories.item(name="公交")
    open_month(Month.of(today()).before, by=clerk())
    found = Report.objects.get(entry=entry)
    given = {
        "progress": "推进中",
        "problems": "数据口径不一",
        "coordination": "请市级协调数据共享",
        "coordination_level": CoordinationLevel.CITY,
    }
    found.fill(given, Act(by=clerk()), version=found.version)
    return Report.objects.get(pk=found.pk)


def test_a_report_leads_to_a_problem_and_shows_which_came_of_it(
    office: User, person: User, report: Report
) -> None:
    page = report.get_absolute_url()
    href = f"/problems/new/?report={report.round.period}/{report.entry.code}"
    assert f'href="{href}"' in html_of(by(office).get(page))
    assert "列入问题清单" not in html_of(by(person).get(page))
    html = html_of(by(office).get(href))
    for piece in ('value="请市级协调数据共享"', "数据口径不一", 'value="SX-0001"'):
        assert piece in html
    assert re.search(r'<option value="city" selected', html)
    assert re.search(rf'<option value="{report.unit_id}" selected', html)
    (hidden,) = re.findall(r'<input type="hidden" name="report" value="([^"]+)"', html)
    data = typed(MatterKind.PROBLEM, report=hidden, entries="SX-0001", act="open")
    by(office).post("/problems/new/", data)
    found = Matter.objects.get()
    assert found.report == report
    for reader in (office, person):
        assert f'href="/matters/{found.code}/"' in html_of(by(reader).get(page))
    assert page in html_of(by(person).get(found.get_absolute_url()))
    assert f"{found}</a>" in html_of(by(office).get(href))  # it has been written down before


def test_a_report_without_a_problem_leads_to_none(office: User, report: Report) -> None:
    report.fill(
        {"problems": "", "coordination": "", "coordination_level": ""},
        Act(by=clerk()),
        version=report.version,
    )
    assert "列入问题清单" not in html_of(by(office).get(report.get_absolute_url()))


def test_an_entry_and_a_matter_are_where_a_form_begins(office: User) -> None:
    entry = factories.item()
    html = html_of(by(office).get(f"/problems/new/?entry={entry.code}"))
    assert f'value="{entry.code}"' in html
    assert re.search(rf'<option value="{entry.lead_id}" selected', html)
    found = factories.problem(title="口径不一", text="请统一", entries=[entry])
    address = f"/supervision/new/?matter={found.code}"
    assert f'href="{address}"' in html_of(by(office).get(found.get_absolute_url()))
    html = html_of(by(office).get(address))
    for piece in ('value="口径不一"', "请统一</textarea>", f'value="{entry.code}"'):
        assert piece in html
    by(office).post("/supervision/new/", typed(MatterKind.SLIP, matter=found.code, act="open"))
    made = Matter.objects.of_kind(MatterKind.SLIP).get()
    assert made.origin == found
    assert made.get_absolute_url() in html_of(by(office).get(found.get_absolute_url()))
    assert found.get_absolute_url() in html_of(by(office).get(made.get_absolute_url()))


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("/problems/new/?entry=SX-9999", "SX-9999"),
        ("/problems/new/?entry=%00", "没有"),
        ("/problems/new/?entry=sx-0001", "sx-0001"),
        ("/problems/new/?matter=%00", "没有"),
        ("/problems/new/?report=2026-07/%00", "没有"),
        ("/problems/new/?report=2026-13/SX-0001", "2026-13/SX-0001"),
        ("/problems/new/?report=2026-07/SX-0001", "2026-07/SX-0001"),
        ("/problems/new/?matter=WT-9999", "WT-9999"),
        ("/problems/new/?foo=1", "foo"),
        ("/problems/new/?entry=SX-0001&entry=SX-0001", "只能填写一个值"),
        ("/supervision/new/?report=2026-07/SX-0001", "只有问题可以从月报登记"),
    ],
)
def test_what_a_form_cannot_begin_with_is_answered_400(
    office: User, address: str, word: str
) -> None:
    factories.item()
    answer = by(office).get(address)
    assert answer.status_code == 400
    assert word in html_of(answer)


# --- the page of an entry -----------------------------------------------------------------------


def test_an_entry_lists_its_matters_open_ones_first_with_their_due_dates(office: User) -> None:
    entry, other = factories.item(), factories.item()
    done = factories.problem(title="已撤的", entries=[entry])
    late = factories.problem(title="逾期的", entries=[entry], due_on=days_from_now(-4))
    factories.slip(title="较晚的", entries=[entry, other], due_on=days_from_now(40))
    factories.problem(title="别处的", entries=[other])
    step(office, done, "drop", "误登记")
    html = html_of(by(office).get(entry.get_absolute_url()))
    panel = html.split('id="matters"')[1].split("</section>")[0]
    assert re.findall(r"</span> (\S+)</a>", panel) == ["逾期的", "较晚的", "已撤的"]
    assert f"已逾期4天（时限{late.due_on}）" in panel
    assert re.findall(r'href="([^"]+)" data-count="(\d+)"', panel) == [
        (f"/problems/?entry={entry.code}", "2"),
        (f"/supervision/?entry={entry.code}", "1"),
    ]
    links = [f"/{path}/new/?entry={entry.code}" for path in ("problems", "instructions")]
    for link in [*links, f"/supervision/new/?entry={entry.code}"]:
        assert f'href="{link}"' in panel


def test_who_does_not_follow_up_finds_no_link_to_do_so(person: User) -> None:
    entry = factories.item()
    html = html_of(by(person).get(entry.get_absolute_url()))
    assert 'id="matters"' in html
    for path in ("problems", "instructions", "supervision"):
        assert f"/{path}/new/" not in html


def test_a_past_day_shows_what_stood_then(office: User) -> None:
    day = today() - dt.timedelta(days=3)
    at = timezone.now() - dt.timedelta(days=3)
    entry = factories.item(act=Act(at=at))
    given = {"entries": [entry], "due_on": days_from_now(-2)}
    found = factories.problem(title="当时的标题", act=Act(by=clerk(), at=at), **given)
    found.handle("当时的办理", Act(by=clerk(), at=at))
    anew(found).edit({"title": "后来的标题"}, Act(by=clerk(), note="更正"), version=1)
    found.handle("后来的办理", Act(by=clerk()))
    factories.problem(title="后来的问题", entries=[entry])
    factories.attachment(found, by=clerk())
    step(office, found, "drop", "误登记")
    person = user("reporter", Role.REPORTER, unit=unit())

    past = html_of(by(person).get(f"{entry.get_absolute_url()}?as_of={day}"))
    panel = past.split('id="matters"')[1].split("</section>")[0]
    assert re.findall(r"</span> (\S+)</a>", panel) == ["当时的标题"]
    assert "临近时限，还有1天" in panel
    assert "data-count" not in panel
    (href,) = re.findall(r'href="(/matters/[^"]+)"', panel)
    assert href == f"/matters/{found.code}/?as_of={day}"
    page = html_of(by(office).get(href))
    for word in ("当时的标题", "当时的办理", "办理中"):
        assert word in page
    for word in (
        "后来的标题",
        "后来的办理",
        "已撤销",
        "验收意见.pdf",
        'method="post" action="/matters',
    ):
        assert word not in page, word
    before = today() - dt.timedelta(days=4)
    assert by(office).get(f"/matters/{found.code}/?as_of={before}").status_code == 404


# --- the slip on paper --------------------------------------------------------------------------


def test_a_slip_says_on_paper_what_an_official_slip_says(office: User, person: User) -> None:
    entry = factories.item(name="公交")
    due = dt.date(today().year + 1, 3, 9)
    answer = by(office).post(
        "/supervision/new/",
        typed(MatterKind.SLIP, entries=entry.code, due_on=str(due), act="open"),
    )
    found = Matter.objects.get()
    assert answer["Location"] == found.get_absolute_url()
    address = f"/supervision/{found.code}/print/"
    assert f'href="{address}"' in html_of(by(person).get(found.get_absolute_url()))
    html = html_of(by(person).get(address))
    assert "资阳市同城化发展工作局" in html
    assert f"成资同城督〔{today().year}〕1号" in html
    for word in ("红色督办", str(unit()), "两市数据共享", "请统一口径", "SX-0001 公交"):
        assert word in html
    assert f"{due.year}年3月9日前（含当日）" in html
    assert f"经办人：{office}" in html
    assert f"签发日期：{today().year}年{today().month}月{today().day}日" in html
    assert "负责人（签字）" in html
    assert "签发（签字）：____" in html
    told(person, found, "先行办理的情况")
    assert "先行办理的情况" in html_of(by(office).get(address))
    step(person, found, "file", "已经办结的结果")
    assert "已经办结的结果" in html_of(by(office).get(address))


def test_a_draft_slip_has_no_number_and_no_signer(office: User) -> None:
    found = factories.slip(is_draft=True)
    html = html_of(by(office).get(f"/supervision/{found.code}/print/"))
    assert "（签发时编号）" in html
    assert re.search(r"经办人：</span>", html)
    issued = factories.slip(is_draft=True)
    step(office, issued, "issue")
    html = html_of(by(office).get(f"/supervision/{issued.code}/print/"))
    assert f"经办人：{office}" in html


def test_a_sheet_that_is_not_to_be_obeyed_says_so_across_its_head(office: User) -> None:
    def mark(found: Matter) -> list[str]:
        html = html_of(by(office).get(f"/supervision/{found.code}/print/"))
        return re.findall(r'<p class="slip-mark">(.*?)</p>', html)

    draft, issued = factories.slip(is_draft=True), factories.slip()
    assert (mark(draft), mark(issued)) == (["拟办稿，未签发"], [])
    step(office, issued, "drop", "重复")
    assert mark(issued) == ["已撤销，作废"]


def test_only_slips_are_printed_as_slips(office: User) -> None:
    found = factories.problem()
    assert by(office).get(f"/supervision/{found.code}/print/").status_code == 404
    slip = factories.slip()
    assert by(office).get(f"/supervision/{slip.code}/print/?foo=1").status_code == 400


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("字" * SLIP_COLUMNS * SLIP_LINES, False),
        ("字" * SLIP_COLUMNS * SLIP_LINES + "字", True),
        ("a" * SLIP_COLUMNS * SLIP_LINES * 2, False),
        ("W" * SLIP_COLUMNS * SLIP_LINES, False),
        ("W" * SLIP_COLUMNS * SLIP_LINES + "W", True),
        ("\n".join(["行"] * SLIP_LINES), False),
        ("\n".join(["行"] * (SLIP_LINES + 1)), True),
    ],
)
def test_the_requirement_of_a_slip_is_as_long_as_its_page_holds(
    office: User, text: str, is_refused: bool
) -> None:
    answer = by(office).post("/supervision/new/", typed(MatterKind.SLIP, text=text, act="open"))
    assert answer.status_code == (400 if is_refused else 302)
    assert ("督办单只印一页" in html_of(answer)) is is_refused
    other = by(office).post("/problems/new/", typed(MatterKind.PROBLEM, text=text, act="open"))
    assert other.status_code == 302


def test_what_does_not_fit_on_the_page_is_cut_and_says_where_it_stands(office: User) -> None:
    found = factories.slip(text="字" * 5000)
    found.handle("复" * 5000, Act(by=clerk()))
    html = html_of(by(office).get(f"/supervision/{found.code}/print/"))
    assert html.count(f"……（全文见系统 {found.code}）") == 2
    (shown,) = re.findall(r"(字{10,})……", html)
    assert lines_of(shown, SLIP_COLUMNS) == SLIP_LINES
    assert "……" not in html_of(by(office).get(f"/supervision/{factories.slip().code}/print/"))


@pytest.mark.parametrize("difficulty", Difficulty)
def test_every_difficulty_can_be_chosen(office: User, difficulty: Difficulty) -> None:
    data = typed(MatterKind.PROBLEM, category=difficulty.value, act="open")
    by(office).post("/problems/new/", data)
    assert Matter.objects.get().category == difficulty
