"""Problems, decisions, instructions and slips: their way, and everything that is refused."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F

from projects.choices import (
    Action,
    CoordinationLevel,
    Light,
    MatterKind,
    MatterState,
    Role,
)
from projects.following import STEPS
from projects.models import (
    Act,
    Attachment,
    AttachmentRefused,
    Handling,
    Matter,
    MatterRefused,
    Report,
    Revision,
    Stale,
    TaskForce,
    User,
    matters,
)
from projects.periods import Month, today
from projects.rounds import open_month
from projects.verification import verify
from tests import factories
from tests.factories import (
    bare,
    bureau,
    clerk,
    contact,
    days_from_now,
    decision,
    instruction,
    item,
    lift_guards,
    meeting,
    problem,
    slip,
    unit,
    user,
)

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def person() -> User:
    """Works for the unit in charge."""
    return user("reporter", Role.REPORTER, unit=unit())


@pytest.fixture
def second() -> User:
    """Another of the bureau."""
    return bureau("second")


def anew(found: Any) -> Any:
    return type(found).objects.get(pk=found.pk)


def take(found: Matter, name: str, by: User, note: str = "") -> Matter:
    """A step by that person, on the present version; gives the matter as it is then."""
    found = anew(found)
    found.take(name, Act(by=by, note=note), version=found.version)
    return anew(found)


def filed(found: Matter, by: User) -> Matter:
    anew(found).handle("已经协调到位", Act(by=by))
    return take(found, "file", by, "共享平台已经开通")


def refused(found: Matter, name: str, by: User, note: str = "") -> list[str]:
    """The sentences of the refusal; nothing has changed by it."""
    before = Matter.objects.values().get(pk=found.pk)
    with pytest.raises(MatterRefused) as refusal:
        take(found, name, by, note)
    assert Matter.objects.values().get(pk=found.pk) == before
    return refusal.value.messages


# --- the way ------------------------------------------------------------------------------


def test_a_problem_goes_from_report_to_conference_to_decision_to_proof_to_a_second_person(
    person: User, second: User
) -> None:
    entry = item()
    open_month(Month.of(today()).before, by=clerk())
    report = Report.objects.get(entry=entry)
    given = {
        "progress": "推进中",
        "problems": "数据口径不一",
        "coordination": "请市级协调数据共享\n两市各一份",
        "coordination_level": CoordinationLevel.CITY,
    }
    report.fill(given, Act(by=person), version=report.version)
    begin = Matter.told_by(anew(report))
    assert begin == {
        "title": "请市级协调数据共享",
        "text": "数据口径不一\n请市级协调数据共享\n两市各一份",
        "unit": entry.lead,
        "level": CoordinationLevel.CITY,
        "entries": [entry.ledgerentry_ptr],
    }
    found = problem(**begin, report=report)
    held = meeting()
    made = decision(at=held, problem=found)
    assert (made.origin, made.meeting, [*made.entries.all()]) == (
        *(found, held, [entry.ledgerentry_ptr]),
    )
    assert refused(found, "file", person, "已解决") == [
        "没有办理情况，不能提请销号；请先登记办理情况或上传佐证材料。",
        f"议定事项“{made}”尚未销号，请先办结。",
    ]
    take(filed(made, person), "confirm", second)
    held.take("conclude", Act(by=second), version=anew(held).version)
    Attachment.upload(anew(found), factories.PDF, "批复.pdf", Act(by=person))
    done = take(take(found, "file", person, "两市数据已共享"), "confirm", second)
    assert (done.state, done.outcome, done.filed_by_id, done.confirmed_by_id) == (
        *(MatterState.CLOSED, "两市数据已共享", person.pk, second.pk),
    )
    actions = [row.action for row in Revision.objects.of(done)]
    assert actions == [Action.CONFIRM, Action.FILE, Action.CREATE]
    assert verify().problem == ""


def test_each_kind_is_coded_by_itself_and_in_order():
    held = meeting()
    made = [problem(), problem(), decision(at=held), instruction(), slip()]
    assert [m.code for m in made] == ["WT-0001", "WT-0002", "YD-0001", "PS-0001", "DB-0001"]


def test_codes_go_on_after_ten_thousand():
    lift_guards()
    bare(Matter).filter(pk=problem().pk).update(code="WT-9999")
    assert [problem().code, problem().code] == ["WT-10000", "WT-10001"]


def test_a_slip_takes_its_number_when_it_is_issued_and_no_sooner(second: User) -> None:
    waiting, dropped, issued = slip(is_draft=True), slip(is_draft=True), slip()
    year = today().year
    assert [waiting.document_number, issued.document_number] == ["", f"成资同城督〔{year}〕1号"]
    take(dropped, "drop", second, "不再需要")
    done = take(waiting, "issue", second)
    assert (done.document_number, done.opened_on) == (f"成资同城督〔{year}〕2号", today())


def test_the_numbers_of_slips_begin_anew_each_year():
    moment = dt.datetime(2025, 12, 31, 17, tzinfo=dt.UTC)  # 2026 in Shanghai
    before = Act(by=clerk(), at=moment - DAY)
    numbers = [
        slip(act=act, due_on=dt.date(2026, 3, 1)).document_number
        for act in (before, before, Act(by=clerk(), at=moment))
    ]
    assert numbers == [
        *("成资同城督〔2025〕1号", "成资同城督〔2025〕2号", "成资同城督〔2026〕1号"),
    ]


def test_a_draft_is_handed_out_when_it_says_what_by_whom_and_by_when(second: User) -> None:
    found = problem(is_draft=True, text="", unit=None, due_on=None)
    assert refused(found, "assign", second) == [
        "“内容”还没有填写，请先补充再办理“交办”。",
        "“责任单位”还没有填写，请先补充再办理“交办”。",
        "“办理时限”还没有填写，请先补充再办理“交办”。",
    ]
    given = {"text": "要求", "unit": unit(), "due_on": today()}
    found.edit(given, Act(by=second), version=found.version)
    assert take(found, "assign", second).opened_on == today()


def test_what_is_handed_out_at_once_has_to_be_whole():
    with pytest.raises(MatterRefused) as refusal:
        problem(title="", category="", due_on=None)
    assert refusal.value.messages == [
        "“办理时限”还没有填写，请先补充再办理“交办”。",
        "“标题”：此字段不能为空。",
        "问题须选择问题类别和协调层级；其他事项不填。",
    ]
    assert not Matter.objects.exists()


@pytest.mark.parametrize("kind", MatterKind)
def test_a_kind_has_just_its_own_columns(kind: MatterKind) -> None:
    others = {name for own in matters.OWN.values() for name in own} - set(matters.OWN[kind])
    for name in others:
        with pytest.raises(ValueError, match=name):
            Matter.open_new(kind, {name: "x"}, Act(by=clerk()))


def test_a_draft_whose_day_has_passed_is_not_handed_out(second: User) -> None:
    for name, found in (
        ("assign", problem(is_draft=True, due_on=today() - DAY)),
        ("issue", slip(is_draft=True, due_on=today() - DAY)),
    ):
        said = "办理时限早于今天，请先修改办理时限再交办（签发）。"
        assert refused(found, name, second) == [said]
        found.edit({"due_on": today()}, Act(by=second), version=found.version)
        assert take(found, name, second).state == MatterState.OPEN


def test_an_instruction_is_handed_out_on_entries(second: User) -> None:
    said = ["领导批示须写明涉及条目。"]
    with pytest.raises(MatterRefused) as refusal:
        instruction(entries=[])
    assert refusal.value.messages == said
    found = instruction(is_draft=True)
    assert refused(found, "assign", second) == said
    found.edit({}, Act(by=second), version=found.version, entries=[item()])
    found = take(found, "assign", second)
    with pytest.raises(MatterRefused, match=said[0]):
        found.edit({}, Act(by=second, note="误"), version=found.version, entries=[])


def test_a_decision_names_entries_where_its_problem_does(second: User) -> None:
    bare_one, found, held = problem(), problem(entries=[item()]), meeting()
    assert decision(at=held, problem=bare_one).state == MatterState.OPEN
    held.put_on_agenda(found, Act(by=second))
    given = {"title": "题", "text": "办", "unit": unit(), "due_on": today()}
    with pytest.raises(MatterRefused, match=r"^\['议定事项须写明涉及条目"):
        held.decide(given, Act(by=second), problem=found, entries=[])
    made = held.decide(given, Act(by=second), problem=found)
    assert [*made.entries.all()] == [*found.entries.all()]


def test_what_was_dropped_is_restored_as_a_draft_and_handed_out_anew(
    person: User, second: User
) -> None:
    found = take(problem(), "drop", second, "误撤")
    assert refused(found, "restore", second) == ["办理“恢复”须写明说明。"]
    with pytest.raises(PermissionDenied, match="由同城化局办理"):
        take(found, "restore", person, "仍需办理")
    found = take(found, "restore", second, "仍需办理")
    assert (found.state, found.opened_on) == (MatterState.DRAFT, None)
    assert take(found, "assign", second).opened_on == today()
    assert verify().problem == ""


def test_an_issued_slip_is_not_restored_and_one_never_issued_is(second: User) -> None:
    said = "已签发后撤销的督办单不能恢复，请重新开具。"
    assert refused(take(slip(), "drop", second, "误"), "restore", second, "恢复") == [said]
    never = take(slip(is_draft=True), "drop", second, "误")
    assert take(never, "restore", second, "恢复").state == MatterState.DRAFT


def test_a_decision_is_not_restored_while_its_problem_is_filed(person: User, second: User) -> None:
    found = problem()
    made = take(decision(problem=found), "drop", second, "另行办理")
    filed(found, person)
    assert refused(made, "restore", second, "恢复") == [
        f"来源问题“{found}”已提请销号，请先将其退回或恢复，再办理“恢复”。"
    ]


@pytest.mark.parametrize("who", ["unit", "bureau"])
def test_what_was_filed_is_recalled_without_a_note(who: str, person: User, second: User) -> None:
    found = filed(problem(), person)
    stranger = user("other", Role.REPORTER, unit=unit("另一单位"))
    with pytest.raises(PermissionDenied):
        take(found, "recall", stranger)
    found = take(found, "recall", {"unit": person, "bureau": second}[who])
    assert (found.state, found.filed_at, found.filed_by, found.outcome) == (
        *(MatterState.OPEN, None, "", ""),
    )
    assert Revision.objects.of(found)[0].action == Action.WITHDRAW
    assert take(found, "file", person, "已核对").state == MatterState.FILED


def test_another_matter_comes_of_what_is_pending_and_is_a_slip_or_a_decision(
    person: User, second: User
) -> None:
    found = problem()
    for make in (problem, instruction):
        with pytest.raises(MatterRefused, match="只有督办单和议定事项可以由其他事项引出。"):
            make(origin=found)
    assert slip(origin=found).origin == found
    with pytest.raises(MatterRefused, match="尚未交办，不能据以登记其他事项"):
        slip(origin=problem(is_draft=True))
    read = anew(found)
    take(filed(found, person), "confirm", second)
    with pytest.raises(MatterRefused, match="已销号，不能据以登记其他事项"):
        slip(origin=read)


# ---销号 takes two people ----------------------------------------------------------------


def test_the_same_person_does_not_confirm(person: User, second: User) -> None:
    found = filed(problem(), second)
    with pytest.raises(PermissionDenied, match=r"^确认销号须由提请人以外的人员办理。$"):
        take(found, "confirm", second)
    assert [step.name for step in found.steps_for(second)] == ["recall", "send-back"]
    assert take(found, "confirm", clerk()).state == MatterState.CLOSED


def test_the_database_refuses_the_same_person_too(second: User) -> None:
    found = take(filed(problem(), second), "confirm", clerk())
    lift_guards()
    with pytest.raises(IntegrityError, match="matter_confirmed_by_another"), transaction.atomic():
        bare(Matter).filter(pk=found.pk).update(confirmed_by_id=F("filed_by_id"))


def test_filing_needs_the_result_in_words_and_something_done(person: User) -> None:
    assert refused(problem(), "file", person) == [
        "办理“提请销号”须写明办理结果。",
        "没有办理情况，不能提请销号；请先登记办理情况或上传佐证材料。",
    ]


def test_a_file_that_was_withdrawn_proves_nothing(person: User) -> None:
    found = problem()
    proof = Attachment.upload(found, factories.PDF, "证明.pdf", Act(by=person))
    proof.withdraw(Act(by=person, note="传错"), version=proof.version)
    assert "没有办理情况" in refused(found, "file", person, "完成")[0]


def test_what_is_sent_back_or_reopened_is_filed_and_confirmed_anew(
    person: User, second: User
) -> None:
    found = take(filed(problem(), person), "send-back", second, "佐证不足")
    assert (found.state, found.filed_at, found.outcome, found.note) == (
        *(MatterState.OPEN, None, "", "佐证不足"),
    )
    again = [
        "退回（恢复）办理后没有新的办理情况或佐证材料，不能提请销号；请先登记或上传。",
    ]
    assert refused(found, "file", person, "补充了佐证") == again
    found = take(filed(found, person), "confirm", second)
    assert found.note == ""
    found = take(found, "reopen", clerk(), "问题又出现")
    assert (found.state, found.confirmed_by, found.confirmed_by_id) == (MatterState.OPEN, "", None)
    assert refused(found, "file", person, "仍已办结") == again
    Attachment.upload(anew(found), factories.PDF, "新.pdf", Act(by=person))
    assert take(found, "file", person, "补充了佐证").state == MatterState.FILED
    assert verify().problem == ""


def test_a_problem_is_not_filed_while_a_decision_on_it_stands(person: User, second: User) -> None:
    found = problem()
    found.handle("协调", Act(by=person))
    made = decision(problem=found)
    said = f"议定事项“{made}”尚未销号，请先办结。"
    assert refused(found, "file", person, "完成") == [said]
    filed(made, person)
    assert refused(found, "file", person, "完成") == [said]
    take(made, "confirm", second)
    assert take(found, "file", person, "完成").state == MatterState.FILED
    assert refused(made, "reopen", second, "未落实") == [
        f"来源问题“{found}”已提请销号，请先将其退回或恢复，再办理“恢复办理”。"
    ]


def test_a_decision_that_was_dropped_holds_nothing_up(person: User, second: User) -> None:
    found = problem()
    take(decision(problem=found), "drop", second, "另行办理")
    assert filed(found, person).state == MatterState.FILED


def test_nobody_withdraws_the_proof_of_what_is_filed_or_closed(person: User, second: User) -> None:
    found, stranger = problem(), user("other", Role.REPORTER, unit=unit("另一单位"))
    proof = Attachment.upload(found, factories.PDF, "证明.pdf", Act(by=person))
    early = anew(proof)
    assert early.matter.state == MatterState.OPEN  # as read before it was filed
    found = take(found, "file", person, "完成")
    for state in ("已提请销号", "已销号"):
        said = f"{state}的佐证材料不能作废，请先退回或恢复办理。"
        for who in (person, second):
            for made in (anew(proof), early):
                with pytest.raises(AttachmentRefused, match=said):
                    made.withdraw(Act(by=who, note="误"), version=proof.version)
            assert not anew(proof).may_be_withdrawn_by(who)
        with pytest.raises(PermissionDenied):
            anew(proof).withdraw(Act(by=stranger, note="误"), version=proof.version)
        if state == "已提请销号":
            take(found, "confirm", second)
    take(found, "reopen", second, "未落实")
    anew(proof).withdraw(Act(by=person, note="误"), version=proof.version)


def test_what_has_no_valid_proof_any_more_is_not_confirmed(person: User, second: User) -> None:
    found = problem()
    proof = Attachment.upload(found, factories.PDF, "证明.pdf", Act(by=person))
    take(found, "file", person, "完成")
    lift_guards()
    told = {"withdrawn_at": proof.uploaded_at, "withdrawn_by": "某人", "withdrawn_reason": "误"}
    bare(Attachment).filter(pk=proof.pk).update(**told)
    assert refused(found, "confirm", second) == [
        "没有有效的办理情况或佐证材料，不能确认销号，请退回办理。"
    ]


# --- who may ------------------------------------------------------------------------------


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_is_taken_just_by_those_it_is_for(step, person: User, second: User) -> None:
    found = problem()
    people = {
        "unit": person,
        "other unit": user("other", Role.REPORTER, unit=unit("另一单位")),
        "no unit": user("nowhere", Role.REPORTER),
        "bureau": second,
        "leader": user("leader", Role.LEADER, unit=unit()),
        "auditor": user("auditor", Role.AUDITOR, unit=unit()),
    }
    may = {name for name, who in people.items() if not found.barred(step, who)}
    assert may == {"bureau"} | ({"unit"} if step.unit_may else set())


def test_who_has_no_unit_is_not_of_the_unit_of_a_draft_without_one():
    found = problem(is_draft=True, unit=None)
    assert not found.may_be_handled_by(user("nowhere", Role.REPORTER))


def test_only_the_bureau_opens_and_edits(person: User) -> None:
    found = problem()
    with pytest.raises(PermissionDenied, match="登记问题由同城化局办理"):
        problem(act=Act(by=person))
    with pytest.raises(PermissionDenied, match="修改问题由同城化局办理"):
        found.edit({"title": "改"}, Act(by=person), version=found.version)


def test_an_account_is_appended_by_the_unit_and_told_with_its_name(person: User) -> None:
    made = problem().handle("已与对方商定\n下周会商", Act(by=person, on=days_from_now(-1)))
    assert (made.told, made.by_unit, made.handled_on) == (
        *("已与对方商定\n下周会商", "资阳市交通运输局", days_from_now(-1)),
    )
    row = Revision.objects.of(made).get()
    assert (row.action, row.record_code, row.unit_name) == (
        *(Action.HANDLE, f"WT-0001/{made.pk}", "资阳市交通运输局"),
    )


def test_an_account_is_refused_from_strangers_of_tomorrow_and_when_nothing_is_open(
    person: User, second: User
) -> None:
    found, stranger = problem(), user("other", Role.REPORTER, unit=unit("另一单位"))
    with pytest.raises(PermissionDenied, match="只有资阳市交通运输局的填报人和同城化局"):
        found.handle("办理", Act(by=stranger))
    with pytest.raises(MatterRefused) as refusal:
        found.handle("", Act(by=person, on=days_from_now(1)))
    assert refusal.value.messages == [
        "“办理情况”：此字段不能为空。",
        f"办理日期 {days_from_now(1)} 晚于今天，请填写实际日期。",
    ]
    with pytest.raises(MatterRefused, match="办理日期不能早于交办日期"):
        found.handle("办理", Act(by=person, on=days_from_now(-31)))
    stale = anew(found)
    take(found, "drop", second, "不办")
    with pytest.raises(MatterRefused, match="已撤销，不能登记办理情况"):
        stale.handle("办理", Act(by=person))
    assert not Handling.objects.exists()


def test_drafts_are_seen_by_who_hands_out_and_by_who_reads_the_trail(person: User) -> None:
    draft, issued = slip(is_draft=True), slip()
    dropped = take(slip(is_draft=True), "drop", clerk(), "不发")
    auditor, leader = user("auditor", Role.AUDITOR), user("leader", Role.LEADER)
    for who, seen in (
        (clerk(), {draft, issued, dropped}),
        (auditor, {draft, issued, dropped}),
        (leader, {issued}),
        (person, {issued}),
    ):
        assert set(Matter.objects.visible_to(who)) == seen


# --- editing ------------------------------------------------------------------------------


def test_a_due_date_moves_with_its_reason_and_not_without(second: User) -> None:
    found = problem()
    with pytest.raises(MatterRefused, match="调整办理时限须写明原因"):
        found.edit({"due_on": days_from_now(60)}, Act(by=second), version=found.version)
    found = anew(found)
    act = Act(by=second, note="对方单位换届")
    found.edit({"due_on": days_from_now(60)}, act, version=found.version)
    assert Revision.objects.of(found)[0].note == "对方单位换届"
    assert anew(found).due_on == days_from_now(60)


@pytest.mark.parametrize(
    ("name", "value", "label"),
    [
        ("title", "新题", "标题"),
        ("text", "新要求", "内容"),
        ("level", CoordinationLevel.CITY, "协调层级"),
        ("unit", None, "责任单位"),
        ("entries", None, "涉及条目"),
    ],
)
def test_what_is_handed_out_is_changed_with_a_reason_and_a_draft_without(
    name: str, value: Any, label: str, second: User
) -> None:
    given = {} if name == "entries" else {name: value or unit("另一单位")}
    entries = [item()] if name == "entries" else None
    found = problem()
    with pytest.raises(MatterRefused) as refusal:
        found.edit(given, Act(by=second), version=found.version, entries=entries)
    assert refusal.value.messages == [f"修改已交办事项的{label}须写明原因。"]
    found = anew(found)
    found.edit(given, Act(by=second, note="更正"), version=found.version, entries=entries)
    assert Revision.objects.of(found)[0].note == "更正"
    draft = problem(is_draft=True)
    draft.edit(given, Act(by=second), version=draft.version, entries=entries)


def test_the_person_in_charge_changes_without_a_reason(second: User) -> None:
    found = slip()
    found.edit({"responsible_person": "王某"}, Act(by=second), version=found.version)
    assert anew(found).responsible_person == "王某"


@pytest.mark.parametrize("name", ["title", "text", "colour", "unit"])
def test_an_issued_slip_is_not_rewritten(name: str, second: User) -> None:
    found, draft = slip(), slip(is_draft=True)
    value = {"colour": "red", "unit": unit("另一单位")}.get(name, "改写")
    act = Act(by=second, note="更正")
    with pytest.raises(MatterRefused) as refusal:
        found.edit({name: value}, act, version=found.version)
    assert refusal.value.messages == ["已签发的督办单不能改写，请撤销后重新开具。"]
    past = anew(found)
    setattr(past, name, value)
    with pytest.raises(MatterRefused, match="已签发的督办单不能改写"):
        past.save(act=act)
    again = anew(found)
    again.edit({"due_on": days_from_now(60)}, act, version=again.version)
    draft.edit({name: value}, Act(by=second), version=draft.version)


def test_an_edit_sets_entries_in_the_same_row_of_the_trail(second: User) -> None:
    found, entry = problem(), item()
    found.edit(
        {"title": "新题"}, Act(by=second, note="更正"), version=found.version, entries=[entry]
    )
    (row, _) = Revision.objects.of(found)
    assert [change["label"] for change in row.changes] == ["标题", "涉及条目"]
    assert list(Matter.objects.touching(entry)) == [found]


def test_what_was_handed_out_keeps_its_unit_and_day(second: User) -> None:
    found = problem()
    given = {"unit": None, "due_on": None, "level": ""}
    with pytest.raises(MatterRefused) as refusal:
        found.edit(given, Act(by=second, note="误"), version=found.version)
    assert refusal.value.messages[:2] == [
        "“责任单位”还没有填写，请先补充再办理“交办”。",
        "“办理时限”还没有填写，请先补充再办理“交办”。",
    ]
    assert "问题须选择问题类别和协调层级；其他事项不填。" in refusal.value.messages


@pytest.mark.parametrize("state", [MatterState.FILED, MatterState.CLOSED, MatterState.DROPPED])
def test_what_is_filed_or_ended_is_not_edited(state, person: User, second: User) -> None:
    found = problem()
    if state == MatterState.DROPPED:
        found = take(found, "drop", second, "不办")
    else:
        found = filed(found, person)
    if state == MatterState.CLOSED:
        found = take(found, "confirm", second)
    with pytest.raises(MatterRefused, match=f"{state.label}，不能再修改"):
        found.edit({"title": "改"}, Act(by=second), version=found.version)
    shut, entry = anew(found), item()
    with pytest.raises(MatterRefused, match="不能再修改"), transaction.atomic():
        shut.entries.add(entry)
    with pytest.raises(AttachmentRefused, match=f"{state.label}，附件不能再上传"):
        Attachment.upload(anew(found), factories.PDF, "新.pdf", Act(by=person))


def test_the_second_of_two_is_told_and_overwrites_nothing(second: User) -> None:
    first, late = problem(), Matter.objects.get()
    first.edit({"title": "先改"}, Act(by=second, note="更正"), version=first.version)
    with pytest.raises(Stale):
        late.edit({"title": "后改"}, Act(by=clerk(), note="更正"), version=late.version)
    with pytest.raises(Stale):
        anew(first).take("drop", Act(by=clerk(), note="撤销"), version=late.version)
    assert anew(first).title == "先改"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", MatterState.CLOSED),
        ("code", "WT-0099"),
        ("level", CoordinationLevel.PROVINCE),
        ("outcome", "完成"),
        ("filed_by", "某人"),
        ("opened_on", dt.date(2020, 1, 1)),
        ("raised_for", dt.date(2020, 1, 1)),
    ],
)
def test_what_comes_by_no_door_is_refused(name, value) -> None:
    found = problem()
    setattr(found, name, value)
    with pytest.raises(MatterRefused, match="只能随相应的办理改变"):
        found.save()


def test_nothing_is_created_past_the_door_or_deleted():
    with pytest.raises(MatterRefused, match="只能由登记办理"):
        Matter.objects.create(kind=MatterKind.PROBLEM, code="WT-0001", title="题")
    found = problem()
    with pytest.raises(ValidationError, match="不能删除"):
        found.delete()
    with pytest.raises(ValidationError, match="不能删除"):
        Matter.objects.all().delete()


# --- proof --------------------------------------------------------------------------------


def test_a_file_of_a_matter_lies_with_it_and_with_no_entry(person: User) -> None:
    found = problem(entries=[item()])
    made = Attachment.upload(found, factories.PDF, "批复.pdf", Act(by=person))
    assert (made.entry, made.matter, made.trail_code()) == (None, found, f"WT-0001/{made.pk}")
    assert made.told()["matter"] == "WT-0001"
    assert Revision.objects.of(made).get().unit_name == "资阳市交通运输局"
    with pytest.raises(AttachmentRefused, match="同一文件已经上传过"):
        Attachment.upload(anew(found), factories.PDF, "又.pdf", Act(by=person))
    assert verify().problem == ""


def test_a_file_of_a_matter_is_brought_and_withdrawn_by_its_people(second: User) -> None:
    stranger, own = user("other", Role.REPORTER, unit=unit("另一单位")), problem()
    with pytest.raises(PermissionDenied, match="可以上传这一事项的附件"):
        Attachment.upload(own, factories.PDF, "批复.pdf", Act(by=stranger))
    made = Attachment.upload(own, factories.PDF, "批复.pdf", Act(by=second))
    assert not made.may_be_withdrawn_by(stranger)
    assert made.may_be_withdrawn_by(clerk())


def test_an_attachment_has_one_home():
    found, entry = problem(), item()
    made = factories.attachment(found)
    lift_guards()
    for wrong in ({"entry": entry}, {"matter": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            bare(Attachment).filter(pk=made.pk).update(**wrong)


# --- words for many -----------------------------------------------------------------------


def test_the_words_choose_by_state_day_and_unit(person: User) -> None:
    day = today()
    late = problem(due_on=day - DAY)
    soon, far = problem(due_on=day), problem(due_on=day + 8 * DAY)
    other = slip(unit=unit("另一单位"), due_on=day + 7 * DAY)
    waiting = filed(problem(due_on=day - DAY), person)
    draft = problem(is_draft=True, due_on=day - DAY)
    words = Matter.objects
    assert set(words.open_()) == {late, soon, far, other}
    assert set(words.pending()) == {late, soon, far, other, waiting}
    assert set(words.filed()) == {waiting}
    assert set(words.drafts()) == {draft}
    assert set(words.overdue(day)) == {late}
    assert set(words.due_soon(day)) == {soon, other}
    assert set(words.of_unit([unit("另一单位")])) == {other}
    assert set(words.slips()) == {other}
    for found in words.all():
        assert found.is_overdue(day) is (found == late)
    assert [m.reading(day).light for m in (late, soon, far, waiting, draft)] == [
        *(Light.RED, Light.BLUE, Light.GREEN, Light.GREY, Light.GREY),
    ]
    assert [waiting.reading(day).reason, draft.reading(day).reason] == [
        *("已提请销号，待确认（逾期提请）", "拟办，不计时限"),
    ]
    assert filed(far, person).reading(day).reason == "已提请销号，待确认"
    dropped = take(soon, "drop", clerk(), "不办").reading(day)
    assert (dropped.light, dropped.reason) == (Light.GREY, "已撤销，不计时限")


# --- rising -------------------------------------------------------------------------------


def test_an_overdue_problem_rises_once_for_its_due_date_however_often_it_is_asked():
    day = today()
    found = problem(due_on=day - DAY)
    problem(due_on=day)
    problem(due_on=day - DAY, is_draft=True)
    slip(due_on=day - DAY)
    rows = Revision.objects.count()
    assert Matter.objects.raise_overdue(Act(), day) == [found]
    assert Matter.objects.raise_overdue(Act(), day) == []
    assert Matter.objects.raise_overdue(Act(), day + 30 * DAY) != [found]
    found = anew(found)
    assert (found.level, found.raised_for) == (CoordinationLevel.CITY, day - DAY)
    row = Revision.objects.filter(action=Action.RAISE, record_key=str(found.pk)).get()
    assert row.note == f"时限{day - DAY}已过，尚未销号，升为市级协调会。"
    assert row.actor_name == "系统"
    assert Revision.objects.count() == rows + 2  # the other one, thirty days later


def test_it_rises_again_when_a_new_due_date_has_passed_and_not_above_the_province(
    second: User,
) -> None:
    day = today()
    found = problem(due_on=day)
    for later in (1, 2, 3):
        Matter.objects.raise_overdue(Act(), day + later * DAY)
        found = anew(found)
        act = Act(by=second, note="延期")
        found.edit({"due_on": day + later * DAY}, act, version=found.version)
    assert anew(found).level == CoordinationLevel.PROVINCE
    assert Revision.objects.filter(action=Action.RAISE).count() == 2


def test_what_has_risen_is_not_lowered_before_its_day_moves(second: User) -> None:
    found = problem(due_on=today() - DAY)
    Matter.objects.raise_overdue(Act(), today())
    lower, act = {"level": CoordinationLevel.COUNTY}, Act(by=second, note="误")
    found = anew(found)
    with pytest.raises(MatterRefused) as refusal:
        found.edit(lower, act, version=found.version)
    assert refusal.value.messages == ["已因逾期升级，不能降低层级；调整办理时限后再改。"]
    found = anew(found)
    found.edit({"due_on": days_from_now(9)}, act, version=found.version)
    found.edit(lower, act, version=found.version)
    assert anew(found).level == CoordinationLevel.COUNTY


def test_one_that_somebody_has_changed_meanwhile_does_not_rise_on_what_was_read_before(
    second: User,
) -> None:
    found = problem(due_on=today() - DAY)
    read = Matter.objects.get()
    act = Act(by=second, note="延期")
    found.edit({"due_on": days_from_now(9)}, act, version=found.version)
    with pytest.raises(Stale):
        read.raise_level(Act())
    assert Matter.objects.raise_overdue(Act(), today()) == []


# --- past the app -------------------------------------------------------------------------


def told() -> Handling:
    return problem().handle("办理", Act(by=clerk()))


def on_agenda() -> Any:
    return meeting().put_on_agenda(problem(), Act(by=clerk()))


PAST_THE_DOOR: dict[str, tuple[Any, dict[str, Any], str]] = {
    "matter": (problem, {"title": "改过"}, "事项的修改须先有"),
    "matter and version": (
        *(problem, {"title": "改过", "version": F("version") + 1}, "事项的修改须先有"),
    ),
    "handling": (told, {"told": "改过", "version": F("version") + 1}, "登记后不能修改"),
    "meeting": (meeting, {"title": "改过", "version": F("version") + 1}, "会议的修改须先有"),
    "agenda": (on_agenda, {"outcome": "改过", "version": F("version") + 1}, "会议议题的修改须先有"),
    "contact": (contact, {"told": "改过", "version": F("version") + 1}, "对接记录的修改须先有"),
}


@pytest.mark.parametrize("name", PAST_THE_DOOR)
def test_the_database_refuses_what_is_written_past_the_trail_and_verification_names_it(
    name: str,
) -> None:
    make, values, sentence = PAST_THE_DOOR[name]
    made = make()
    rows: models.QuerySet[Any] = bare(type(made)).filter(pk=made.pk)
    with pytest.raises(IntegrityError, match=sentence), transaction.atomic():
        rows.update(**values)
    assert verify().problem == ""
    lift_guards()
    rows.update(**values)
    assert "已被改动" in verify().problem


@pytest.mark.parametrize("make", [problem, told, meeting, contact])
def test_the_database_refuses_to_delete(make: Any) -> None:
    made = make()
    connection.check_constraints()
    with pytest.raises(IntegrityError, match=r"不能(修改或)?删除"), transaction.atomic():
        bare(type(made)).filter(pk=made.pk)._raw_delete("default")


def test_verification_names_an_entry_that_was_taken_off_a_matter():
    found, entry = problem(entries=[item()]), item()
    Matter.entries.through.objects.filter(matter=found).update(ledgerentry=entry.pk)
    assert verify().problem == f"问题与督办事项“{found}”与最后一条变更记录不符，已被改动。"


def test_verification_misses_what_has_vanished_from_the_agenda():
    made = on_agenda()
    lift_guards()
    bare(type(made)).filter(pk=made.pk)._raw_delete("default")
    assert verify().problem == f"会议议题“{made}”在存档中有，在名录中已不存在。"


def test_a_task_force_is_kept_with_its_trail():
    force = TaskForce(name="交通专项组", leader="王某某", office=unit())
    force.save(act=Act(by=clerk()))
    assert Revision.objects.of(force).get().record_name == "交通专项组"
    assert verify().problem == ""
