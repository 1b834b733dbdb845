"""Conferences: agenda, decisions, and that none is closed without an action; the contact log."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from projects.choices import Action, MatterKind, MatterState, MeetingKind, MeetingState, Role
from projects.models import (
    Act,
    AgendaItem,
    ContactRecord,
    ContactRefused,
    Matter,
    MatterRefused,
    Meeting,
    MeetingRefused,
    Revision,
    Stale,
    User,
)
from projects.verification import verify
from tests.factories import (
    bare,
    bureau,
    contact,
    days_from_now,
    decision,
    instruction,
    item,
    lift_guards,
    meeting,
    problem,
    unit,
    user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> User:
    return bureau("office")


@pytest.fixture
def person() -> User:
    return user("reporter", Role.REPORTER, unit=unit())


def anew(found: Any) -> Any:
    return type(found).objects.get(pk=found.pk)


def take(found: Meeting, name: str, by: User, note: str = "") -> Meeting:
    found = anew(found)
    found.take(name, Act(by=by, note=note), version=found.version)
    return anew(found)


def refused(found: Meeting, name: str, by: User, note: str = "") -> list[str]:
    before = Meeting.objects.values().get(pk=found.pk)
    with pytest.raises(MeetingRefused) as refusal:
        take(found, name, by, note)
    assert Meeting.objects.values().get(pk=found.pk) == before
    return refusal.value.messages


def put(on: Meeting, found: Matter, by: User) -> AgendaItem:
    return on.put_on_agenda(found, Act(by=by))


# --- the way ------------------------------------------------------------------------------


def test_conferences_are_coded_in_order_and_need_their_name():
    assert [meeting().code, meeting().code] == ["HY-0001", "HY-0002"]
    with pytest.raises(MeetingRefused) as refusal:
        meeting(title="", kind="town")
    assert refusal.value.messages == [
        "“会议类别”：值 'town' 不是有效选项。",
        "“会议名称”：此字段不能为空。",
    ]


def test_a_conference_is_held_on_a_day_that_has_come(office: User) -> None:
    ahead = meeting(is_held=False, held_on=None)
    assert refused(ahead, "hold", office) == ["“会议日期”还没有填写。"]
    ahead = anew(ahead)
    ahead.edit({"held_on": days_from_now(1)}, Act(by=office), version=ahead.version)
    assert refused(ahead, "hold", office) == [
        f"会议日期 {days_from_now(1)} 晚于今天，请填写实际召开的日期。"
    ]
    ahead = anew(ahead)
    ahead.edit({"held_on": days_from_now(0)}, Act(by=office), version=ahead.version)
    assert take(ahead, "hold", office).state == MeetingState.HELD


def test_the_agenda_is_of_open_problems_each_once_in_order(office: User) -> None:
    ahead, first, second = meeting(is_held=False), problem(), problem()
    items = [put(ahead, first, office), put(ahead, second, office)]
    assert [(i.position, str(i)) for i in items] == [
        *((1, "HY-0001议题WT-0001"), (2, "HY-0001议题WT-0002")),
    ]
    with pytest.raises(MeetingRefused, match="已列入本次会议议题"):
        put(ahead, first, office)
    assert put(meeting(), first, office).position == 1


@pytest.mark.parametrize("kind", ["draft", "dropped", "instruction"])
def test_only_open_problems_come_on_the_agenda(kind: str, office: User) -> None:
    found = instruction() if kind == "instruction" else problem(is_draft=kind == "draft")
    read = anew(found)
    if kind == "dropped":
        found.take("drop", Act(by=office, note="不办"), version=found.version)
    with pytest.raises(MeetingRefused, match="不是办理中的问题"):
        put(meeting(), read, office)
    assert not AgendaItem.objects.exists()


def test_a_decision_is_a_tracked_matter_on_the_entries_of_its_problem(office: User) -> None:
    entries = [item(), item()]
    found, held = problem(entries=entries), meeting()
    made = decision(at=held, problem=found)
    assert (made.kind, made.state, made.origin, made.meeting) == (
        *(MatterKind.DECISION, MatterState.OPEN, found, held),
    )
    assert {entry.code for entry in made.entries.all()} == {"SX-0001", "SX-0002"}
    assert list(held.decisions.all()) == list(found.led_to.all()) == [made]
    given = {"title": "另一项", "text": "办理", "unit": unit(), "due_on": days_from_now(9)}
    other = held.decide(given, Act(by=office), problem=found, entries=entries[:1])
    assert [entry.code for entry in other.entries.all()] == ["SX-0001"]
    assert verify().problem == ""


def test_decisions_are_made_at_a_conference_that_is_held_on_what_is_on_its_agenda(
    office: User,
) -> None:
    ahead, found = meeting(is_held=False), problem()
    with pytest.raises(MeetingRefused) as refusal:
        ahead.decide({"title": "议定"}, Act(by=office), problem=found)
    assert refusal.value.messages == [
        f"“{ahead}”筹备中，会议召开后、办结前才能登记议定事项。",
        f"“{found}”不在本次会议议题中，请先列入议题。",
    ]
    with pytest.raises(MatterRefused, match="须写明是哪次会议议定的"):
        Matter.open_new(MatterKind.DECISION, {"title": "议定"}, Act(by=office), is_draft=True)


def test_a_conference_is_not_closed_without_an_action_and_says_every_reason(
    office: User,
) -> None:
    held, first, second = meeting(), problem(), problem()
    assert refused(held, "conclude", office) == ["会议没有议题，也没有议定事项，不能办结。"]
    put(held, first, office)
    told = put(held, second, office)
    vague = decision(at=held, unit=None, due_on=None)
    waiting = held.decide({"title": "待交办"}, Act(by=office))
    given = {"text": "办理", "unit": unit(), "due_on": days_from_now(9)}
    waiting.edit(given, Act(by=office), version=waiting.version)
    assert refused(held, "conclude", office) == [
        f"议题“{first}”没有议定措施；请登记议定事项，或者写明议题结论。",
        f"议题“{second}”没有议定措施；请登记议定事项，或者写明议题结论。",
        f"议定事项“{vague}”没有责任单位、办理时限，请补充后交办。",
        f"议定事项“{waiting}”还没有交办。",
    ]
    made = decision(at=held, problem=first)
    told.tell("维持现状，下次再议", Act(by=office), version=told.version)
    for draft, name, note in ((vague, "drop", "不再办理"), (waiting, "assign", "")):
        draft = anew(draft)
        draft.take(name, Act(by=office, note=note), version=draft.version)
    assert take(held, "conclude", office).state == MeetingState.CLOSED
    assert {made, anew(waiting)} == set(held.standing_decisions())
    assert verify().problem == ""


def test_a_decision_that_was_dropped_is_no_action(office: User) -> None:
    held, found = meeting(), problem()
    made = decision(at=held, problem=found)
    made.take("drop", Act(by=office, note="撤"), version=made.version)
    assert refused(held, "conclude", office) == [
        f"议题“{found}”没有议定措施；请登记议定事项，或者写明议题结论。"
    ]


def test_what_is_closed_changes_no_more_until_it_is_reopened_with_a_note(office: User) -> None:
    held, found = meeting(), problem()
    decision(at=held, problem=found)
    (told,) = held.agenda.all()
    shut = take(held, "conclude", office)
    for attempt in (
        lambda: shut.edit({"title": "改"}, Act(by=office), version=shut.version),
        lambda: put(shut, problem(), office),
        lambda: decision(at=shut),
        lambda: told.tell("改", Act(by=office), version=told.version),
        lambda: told.take_off(Act(by=office), version=told.version),
    ):
        with pytest.raises(MeetingRefused, match="已办结"):
            attempt()
    assert refused(shut, "reopen", office) == ["办理“恢复办理”须写明说明。"]
    again = take(shut, "reopen", office, "补充议定事项")
    assert (again.state, again.note) == (MeetingState.HELD, "补充议定事项")


def test_a_conference_that_is_not_held_is_cancelled_with_its_reason(office: User) -> None:
    ahead = meeting(is_held=False)
    assert refused(ahead, "cancel", office) == ["办理“取消”须写明说明。"]
    assert take(ahead, "cancel", office, "改期").state == MeetingState.CANCELLED
    assert refused(ahead, "hold", office) == [f"“{ahead}”已取消，不能办理“召开”。"]


def test_one_said_to_be_held_by_mistake_is_cancelled_unless_a_decision_stands(
    office: User,
) -> None:
    held = meeting()
    made = decision(at=held)
    told = ["会议已有议定事项，不能取消；请先撤销议定事项，或者办结会议。"]
    assert refused(held, "cancel", office, "误点召开") == told
    made.take("drop", Act(by=office, note="撤"), version=made.version)
    assert refused(held, "cancel", office) == ["办理“取消”须写明说明。"]
    assert take(held, "cancel", office, "误点召开").state == MeetingState.CANCELLED


def test_what_was_cancelled_is_planned_again_with_a_note(office: User) -> None:
    ahead = take(meeting(is_held=False), "cancel", office, "改期")
    assert [step.name for step in ahead.steps_for(office)] == ["replan"]
    assert refused(ahead, "replan", office) == ["办理“恢复筹备”须写明说明。"]
    again = take(ahead, "replan", office, "仍然召开")
    assert (again.state, again.note, again.is_open) == (MeetingState.PLANNED, "仍然召开", True)
    assert verify().problem == ""


def test_an_item_that_is_gone_is_told_as_taken_off(office: User) -> None:
    held = meeting()
    told = put(held, problem(), office)
    seen, other = anew(told), anew(told)
    told.take_off(Act(by=office), version=told.version)
    for attempt in (
        lambda: seen.take_off(Act(by=office), version=seen.version),
        lambda: other.tell("结论", Act(by=office), version=other.version),
    ):
        with pytest.raises(MeetingRefused) as refusal:
            attempt()
        assert refusal.value.messages == ["议题已撤下，请刷新后再办理。"]


def closed(office: User, *, on: Matter | None = None) -> tuple[Meeting, Matter]:
    """A closed conference with one decision."""
    held = meeting()
    made = decision(at=held, problem=on)
    return take(held, "conclude", office), anew(made)


def test_the_unsettled_are_those_that_could_not_be_closed_now(office: User) -> None:
    on, told = problem(), meeting()
    put(told, on, office).tell("暂不研究", Act(by=office), version=1)
    settled = [closed(office)[0], closed(office, on=on)[0], take(told, "conclude", office)]
    meeting()  # not closed at all
    assert list(Meeting.objects.unsettled()) == []
    changed = [closed(office), closed(office, on=on)]
    for _, made in changed:
        made.take("drop", Act(by=office, note="撤"), version=made.version)
    undirected, made = closed(office)
    lift_guards()
    bare(Matter).filter(pk=made.pk).update(state=MatterState.DRAFT)
    wanting = {undirected, *(held for held, _ in changed)}
    assert set(Meeting.objects.unsettled()) == wanting
    assert {held for held in (*settled, *wanting) if held.closing_problems()} == wanting


def test_a_problem_is_taken_off_the_agenda_unless_something_was_decided_on_it(
    office: User,
) -> None:
    held, found, other = meeting(), problem(), problem()
    decision(at=held, problem=found)
    kept, off = held.agenda.get(matter=found), put(held, other, office)
    with pytest.raises(MeetingRefused, match="已有议定事项，不能撤下"):
        kept.take_off(Act(by=office), version=kept.version)
    off.take_off(Act(by=office, note="材料未齐"), version=off.version)
    assert list(held.agenda.all()) == [kept]
    row = Revision.objects.filter(record_model="agendaitem", action=Action.DELETE).get()
    assert (row.record_code, row.note) == ("HY-0001/WT-0002", "材料未齐")
    assert verify().problem == ""
    assert put(held, other, office).position == 2


def test_the_second_of_two_is_told(office: User) -> None:
    held, late = meeting(), Meeting.objects.get()
    told = put(held, problem(), office)
    seen = anew(told)
    held = anew(held)
    held.edit({"minutes": "纪要"}, Act(by=office), version=held.version)
    told.tell("结论", Act(by=office), version=told.version)
    with pytest.raises(Stale):
        late.edit({"minutes": "另一份"}, Act(by=office), version=late.version)
    with pytest.raises(Stale):
        seen.take_off(Act(by=office), version=seen.version)
    assert (anew(held).minutes, anew(told).outcome) == ("纪要", "结论")


# --- who may, and by which way ------------------------------------------------------------


def test_only_the_bureau_works_on_conferences(person: User, office: User) -> None:
    held, found = meeting(), problem()
    told = put(held, found, office)
    act = Act(by=person)
    for attempt in (
        lambda: Meeting.call({"kind": MeetingKind.CITY, "title": "会"}, act),
        lambda: held.edit({"title": "改"}, act, version=held.version),
        lambda: held.take("conclude", act, version=held.version),
        lambda: held.put_on_agenda(problem(), act),
        lambda: held.decide({"title": "议定"}, act),
        lambda: told.tell("结论", act, version=told.version),
        lambda: told.take_off(act, version=told.version),
    ):
        with pytest.raises(PermissionDenied, match="会议由同城化局办理"):
            attempt()
    assert held.steps_for(person) == []
    assert [step.name for step in anew(held).steps_for(office)] == ["conclude", "cancel"]


def test_what_comes_by_no_door_is_refused(office: User) -> None:
    held = meeting()
    told = put(held, problem(), office)
    held.state = MeetingState.CLOSED
    with pytest.raises(MeetingRefused, match="不能直接修改"):
        held.save()
    told.outcome = "改"
    with pytest.raises(MeetingRefused, match="不能直接修改"):
        told.save()
    for record in (held, told):
        with pytest.raises(ValidationError):
            record.delete()


def test_the_database_holds_that_what_was_held_has_its_day():
    held = meeting()
    lift_guards()
    with pytest.raises(IntegrityError, match="meeting_held_has_day"), transaction.atomic():
        bare(Meeting).filter(pk=held.pk).update(held_on=None)


# --- contact log --------------------------------------------------------------------------


def test_a_contact_is_kept_by_its_unit_or_the_bureau(person: User) -> None:
    entry = item()
    made = contact(act=Act(by=person), entries=[entry])
    assert (made.code, str(made)) == ("DJ-0001", "DJ-0001 商定线路走向")
    assert list(ContactRecord.objects.touching(entry)) == [made]
    assert list(ContactRecord.objects.of_unit([unit("另一单位")])) == []
    assert Revision.objects.of(made).get().unit_name == "资阳市交通运输局"
    with pytest.raises(PermissionDenied):
        contact(act=Act(by=person), unit=unit("另一单位"))
    contact(unit=unit("另一单位"))
    assert verify().problem == ""


def test_a_contact_is_not_handed_to_another_unit_by_its_own(person: User) -> None:
    made = contact(act=Act(by=person))
    with pytest.raises(PermissionDenied):
        made.edit({"unit": unit("另一单位")}, Act(by=person), version=made.version)
    made.edit({"agreed": "走北线"}, Act(by=person), version=made.version, entries=[item()])
    assert (anew(made).agreed, anew(made).entries.count()) == ("走北线", 1)
    assert verify().problem == ""


def test_a_contact_of_tomorrow_or_without_words_is_refused(person: User) -> None:
    with pytest.raises(ContactRefused) as refusal:
        contact(held_on=days_from_now(1), told="")
    assert refusal.value.messages == [
        "“对接内容”：此字段不能为空。",
        f"对接日期 {days_from_now(1)} 晚于今天，请填写实际日期。",
    ]
    made = contact()
    made.told = "改"
    with pytest.raises(ContactRefused):
        made.save()
    with pytest.raises(ValidationError, match="不能删除"):
        made.delete()
