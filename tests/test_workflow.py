"""The table of steps: each one works with what it asks for, and nothing else works."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from projects import checks, workflow
from projects.choices import (
    INITIAL,
    STATUS_LABELS,
    STATUSES,
    Action,
    Ledger,
    Reason,
    Role,
    Source,
)
from projects.models import Act, LedgerEntry, Revision, StepRefused
from projects.workflow import STEPS, SecondPerson, Step
from tests.factories import at_status, bureau, user

#: Everything that any step needs, by ledger.
FILLED = {
    Ledger.AGREEMENTS: {"parties": "成都市、资阳市", "valid_until_on": dt.date(2035, 12, 31)},
    Ledger.ITEMS: {"due_on": dt.date(2035, 12, 31)},
    Ledger.INDUSTRIAL: {"due_on": dt.date(2035, 12, 31), "investor": "某公司"},
    Ledger.INFRASTRUCTURE: {"due_on": dt.date(2035, 12, 31)},
}
EMPTY = {"lead": None, "due_on": None, "valid_until_on": None, "parties": "", "investor": ""}
DAY = dt.date(2026, 3, 2)
ORIGINS = [(ledger, status) for ledger, kind in STATUSES.items() for status in kind]


def said(step: Step) -> str:
    return f"{step.ledger}:{step.origin.slug}-{step.target.slug}"


def origin_said(pair) -> str:
    return f"{pair[0]}:{pair[1].slug}"


def each_step(which=lambda step: True):
    """Parametrise over the steps of the table for which `which` is true."""
    return pytest.mark.parametrize("step", [s for s in STEPS if which(s)], ids=said)


def ready(step: Step, **fields) -> LedgerEntry:
    """An entry at the step's origin with all that the step asks of it.

    A request of another person (number 1) awaits its confirmation where the step takes one.
    """
    if step.second_person is SecondPerson.REQUEST_FIRST:
        fields = {"requested_status": step.target.slug, "requested_by_id": 1} | fields
    if step.second_person is SecondPerson.NOT_THE_FILER:
        fields = {"status_by_id": 1} | fields
    return at_status(step.ledger, step.origin.slug, **FILLED[step.ledger] | fields)


def given(step: Step, **changed) -> dict:
    """What a person who does it right hands in with the step."""
    reason = step.reasons[0] if step.reasons else None
    return {"reason": reason, "note": "依据:会议纪要第3号", "on": DAY} | changed


@pytest.fixture
def person(db):
    return bureau("step-taker")


def trail_of(entry: LedgerEntry, *columns: str) -> list[tuple]:
    """The rows since the entry was created, the earliest first."""
    rows = Revision.objects.of(entry).filter(record_version__gt=1).order_by("sequence")
    return list(rows.values_list(*columns))


# --- what the table lists works -----------------------------------------------------------


@each_step()
def test_a_step_of_the_table_changes_the_status_and_leaves_exactly_one_trail_row(step, person):
    entry = ready(step)
    done = entry.move_to(step.target.slug, by=person, **given(step))
    stored = LedgerEntry.objects.get(pk=entry.pk)
    assert done is step.action
    assert (stored.status, stored.version, stored.status_on) == (step.target.slug, 2, DAY)
    assert (stored.status_by_id, stored.requested_status, stored.requested_by_id) == (
        person.pk,
        "",
        None,
    )
    assert trail_of(
        entry, "action", "old_status", "new_status", "record_version", "effective_on", "actor_id"
    ) == [(step.action.value, step.origin.slug, step.target.slug, 2, DAY, person.pk)]


@each_step()
def test_a_step_keeps_what_it_was_given_in_the_trail(step, person):
    entry = ready(step)
    at = timezone.now() - dt.timedelta(days=3)
    entry.move_to(
        step.target.slug, by=person, **given(step), source=Source.ADMIN, at=at, batch="批-1"
    )
    assert trail_of(entry, "reason", "note", "source", "recorded_at", "batch") == [
        (step.reasons[0].value if step.reasons else "", "依据:会议纪要第3号", "admin", at, "批-1")
    ]


@each_step(lambda step: step.sets)
def test_a_step_fills_its_date_with_the_effective_day_when_that_is_empty(step, person):
    entry = ready(step)
    entry.move_to(step.target.slug, by=person, **given(step))
    stored = LedgerEntry.objects.get(pk=entry.pk).specific
    precision = step.sets.replace("_on", "_precision")
    assert (getattr(stored, step.sets), getattr(stored, precision)) == (DAY, "day")


@each_step(lambda step: step.sets)
def test_a_step_leaves_a_date_that_is_filled_as_it_is(step, person):
    known = {step.sets: dt.date(2019, 1, 1), step.sets.replace("_on", "_precision"): "year"}
    entry = ready(step, **known)
    entry.move_to(step.target.slug, by=person, **given(step))
    stored = LedgerEntry.objects.get(pk=entry.pk).specific
    assert {name: getattr(stored, name) for name in known} == known


# --- what it does not list is refused -----------------------------------------------------


@pytest.mark.parametrize("pair", ORIGINS, ids=origin_said)
def test_whatever_the_table_does_not_list_is_refused_and_changes_nothing(pair, person):
    ledger, origin = pair
    entry = at_status(ledger, origin.slug, **FILLED[ledger])
    listed = [step for step in STEPS if step.ledger == ledger and step.origin is origin]
    others = [*(set(STATUS_LABELS) - {step.target.slug for step in listed}), "no-such-status", ""]
    verbs = "、".join(step.verb for step in listed) or "无"
    told = {}
    for target in others:
        with pytest.raises(StepRefused) as refusal:
            entry.move_to(target, by=person, reason=Reason.OTHER, note="说明")
        told[target] = refusal.value.messages
    assert told == {
        target: [
            f"“{entry}”现为“{origin.label}”,不能直接转为“{STATUS_LABELS.get(target, target)}”;"
            f"可办理的有:{verbs}。"
        ]
        for target in others
    }
    assert (LedgerEntry.objects.get(pk=entry.pk).status, trail_of(entry, "action")) == (
        origin.slug,
        [],
    )


@each_step()
def test_a_step_is_offered_from_its_origin_only(step):
    origins = {s.slug for s in STATUSES[step.ledger] if step in workflow.steps_from(step.ledger, s.slug)}
    assert origins == {step.origin.slug}


# --- what a step asks for -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "name"),
    [(step, name) for step in STEPS for name in step.needs],
    ids=lambda value: said(value) if isinstance(value, Step) else value,
)
def test_a_step_names_the_field_that_is_missing_and_is_not_taken(step, name, person):
    entry = ready(step, **{name: EMPTY[name]})
    label = entry.fact_label(name)
    with pytest.raises(StepRefused) as refusal:
        entry.move_to(step.target.slug, by=person, **given(step))
    assert refusal.value.messages == [f"“{label}”还没有填写,请先补充再办理“{step.verb}”。"]
    assert entry.missing_for(step) == [label]
    assert trail_of(entry, "action") == []


@each_step(lambda step: step.asks_note)
@pytest.mark.parametrize("note", ["", " \n\t　"], ids=["none", "blanks"])
def test_a_step_that_asks_for_a_note_is_not_taken_without_one(step, note, person):
    entry = ready(step)
    with pytest.raises(StepRefused) as refusal:
        entry.move_to(step.target.slug, by=person, **given(step, note=note))
    assert refusal.value.messages == [f"办理“{step.verb}”须写明说明。"]
    assert trail_of(entry, "action") == []


@each_step(lambda step: not step.asks_note)
def test_a_step_that_asks_for_no_note_is_taken_without_one(step, person):
    assert ready(step).move_to(step.target.slug, by=person, **given(step, note="")) is step.action


@each_step(lambda step: step.reasons)
def test_a_step_that_asks_for_a_reason_takes_none_but_its_own(step, person):
    entry = ready(step)
    told = {}
    for reason in {*Reason, None} - {*step.reasons}:
        with pytest.raises(StepRefused) as refusal:
            entry.move_to(step.target.slug, by=person, **given(step, reason=reason))
        told[reason] = refusal.value.messages
    listed = "、".join(reason.label for reason in step.reasons)
    assert told == {
        reason: [f"办理“{step.verb}”须选择原因:{listed}。"]
        for reason in {*Reason, None} - {*step.reasons}
    }
    assert trail_of(entry, "action") == []


@each_step(lambda step: not step.reasons)
def test_a_step_that_asks_for_no_reason_is_not_taken_with_one(step, person):
    entry = ready(step)
    with pytest.raises(StepRefused) as refusal:
        entry.move_to(step.target.slug, by=person, **given(step, reason=Reason.OTHER))
    assert refusal.value.messages == [f"办理“{step.verb}”不需要选择原因,请留空。"]
    assert trail_of(entry, "action") == []


@each_step(lambda step: Reason.MISRECORDED in step.reasons)
def test_a_step_taken_because_the_record_was_wrong_is_a_correction(step, person):
    entry = ready(step)
    changed = given(step, reason=Reason.MISRECORDED)
    assert entry.move_to(step.target.slug, by=person, **changed) is Action.CORRECT
    assert trail_of(entry, "action", "reason") == [("correct", "misrecorded")]


def test_only_a_step_back_can_be_a_correction():
    correctable = {step.action for step in STEPS if Reason.MISRECORDED in step.reasons}
    assert correctable == {Action.STEP_BACK}


# --- who may ------------------------------------------------------------------------------


@each_step()
def test_every_step_is_for_the_bureau_alone(step):
    assert step.roles == {Role.BUREAU}


@pytest.mark.django_db
@pytest.mark.parametrize("role", [None, *(role for role in Role if role is not Role.BUREAU)])
def test_a_person_of_another_role_may_take_no_step(role):
    outsider = user("outsider", *([role] if role else []))
    step = workflow.steps_from(Ledger.ITEMS, "not-started")[0]
    entry = ready(step)
    with pytest.raises(PermissionDenied, match=r"^您的岗位不能办理这一步,请联系同城化局。$"):
        entry.move_to(step.target.slug, by=outsider, **given(step))
    assert trail_of(entry, "action") == []
    assert entry.blocked_for(step, outsider) == "须由同城化局办理。"


@pytest.mark.django_db
def test_a_person_whose_account_is_closed_may_take_no_step():
    former = user("former", Role.BUREAU, is_active=False)
    step = workflow.steps_from(Ledger.ITEMS, "not-started")[0]
    with pytest.raises(PermissionDenied):
        ready(step).move_to(step.target.slug, by=former, **given(step))


# --- the table itself ---------------------------------------------------------------------


def test_the_table_is_sound():
    assert workflow.problems() == []
    assert checks.workflow_is_sound() == []


def test_a_pair_of_statuses_has_one_step_at_most():
    pairs = [(step.ledger, step.origin, step.target) for step in STEPS]
    assert sorted(map(str, set(pairs))) == sorted(map(str, pairs))


@pytest.mark.parametrize("ledger", Ledger)
def test_every_status_of_a_ledger_can_be_reached_from_the_first(ledger):
    reached = {INITIAL[ledger]}
    while more := {s.target for s in STEPS if s.ledger == ledger and s.origin in reached} - reached:
        reached |= more
    assert reached == set(STATUSES[ledger])


@pytest.mark.parametrize("ledger", Ledger)
def test_every_status_but_the_last_ones_leads_somewhere(ledger):
    origins = {step.origin for step in STEPS if step.ledger == ledger}
    assert {s.slug for s in set(STATUSES[ledger]) - origins} == {"terminated"}


def test_two_people_are_needed_to_close_an_item_and_to_terminate_anything():
    assert {
        (step.verb, step.second_person)
        for step in STEPS
        if step.second_person is not SecondPerson.NOT_NEEDED
    } == {("确认销号", SecondPerson.NOT_THE_FILER), ("终止", SecondPerson.REQUEST_FIRST)}
    assert {step.target.slug for step in STEPS if step.verb in ("终止", "确认销号")} == {
        "terminated",
        "closed",
    }


def test_every_step_to_the_end_takes_two_people():
    ends = [step for step in STEPS if step.target.slug in ("terminated", "closed")]
    assert [s for s in ends if s.second_person is SecondPerson.NOT_NEEDED] == []


@each_step(lambda step: step.action in (Action.STEP_BACK, Action.STOP))
def test_a_step_backward_and_a_stop_carry_a_coded_reason_and_a_note(step):
    assert (bool(step.reasons), step.asks_note) == (True, True)


@pytest.mark.parametrize(
    ("ledger", "path"),
    [
        (Ledger.AGREEMENTS, "拟议 磋商 合法性审核 已签署 履行中 履行完毕"),
        (Ledger.ITEMS, "未启动 已启动 推进中 提请办结 已办结(销号)"),
        (Ledger.INDUSTRIAL, "在谈 签约 前期 开工 在建 竣工 投产 达产"),
        (
            Ledger.INFRASTRUCTURE,
            "谋划储备 加快前期 项目建议书 可研 初设 施工许可 开工 建设实施 完工 竣工投用",
        ),
    ],
)
def test_the_life_cycle_runs_in_the_words_of_the_office(ledger, path):
    labels = path.split(" ")
    moves = {(s.origin.label, s.target.label): s.action for s in STEPS if s.ledger == ledger}
    along = list(zip(labels, labels[1:], strict=False))
    assert [moves.get(pair) for pair in along] == [Action.MOVE] * len(along)
    assert [moves.get(pair[::-1]) for pair in along] == [Action.STEP_BACK] * len(along)


@pytest.mark.django_db
def test_an_entry_is_born_in_the_first_status_of_its_ledger():
    born = {ledger: at_status(ledger, "").status for ledger in Ledger}
    assert born == {
        "agreements": "proposed",
        "items": "not-started",
        "industrial": "negotiating",
        "infrastructure": "reserve",
    }


@pytest.mark.django_db
def test_an_entry_may_be_recorded_in_the_status_in_which_it_came():
    entry = at_status(Ledger.INDUSTRIAL, "building", act=Act(source=Source.FIXTURE))
    row = Revision.objects.of(entry).get()
    assert (row.action, row.old_status, row.new_status) == ("baseline", "", "building")
