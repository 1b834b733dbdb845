"""The table of steps: each one works with what it asks for, and nothing else works."""

import datetime as dt
from itertools import pairwise

import pytest
from django.core.exceptions import PermissionDenied

from projects import checks, workflow
from projects.choices import INITIAL, STATUS_LABELS, STATUSES, Action, Ledger, Reason, Role, Source
from projects.models import LEDGER_MODELS, Act, LedgerEntry, Revision, StepRefused
from projects.workflow import STEPS, SecondPerson, Step
from tests.factories import at_status, bureau, kept_for_module, user

#: Everything that any step needs, by ledger.
FILLED = {
    Ledger.AGREEMENTS: {"parties": "成都市、资阳市", "valid_until_on": dt.date(2035, 12, 31)},
    Ledger.ITEMS: {"due_on": dt.date(2035, 12, 31)},
    Ledger.INDUSTRIAL: {"due_on": dt.date(2035, 12, 31), "investor": "某公司"},
    Ledger.INFRASTRUCTURE: {"due_on": dt.date(2035, 12, 31)},
}
EMPTY = {"lead": None, "due_on": None, "valid_until_on": None, "parties": "", "investor": ""}
DAY = dt.date(2026, 3, 2)
#: Another person: who filed what awaits confirmation.
FILER = -1


def said(value) -> str:
    if isinstance(value, Step):
        return f"{value.ledger}:{value.origin.slug}-{value.target.slug}"
    return getattr(value, "slug", value)


def each_step(which=lambda step: True):
    """Parametrise over the steps of the table for which `which` is true."""
    return pytest.mark.parametrize("step", [s for s in STEPS if which(s)], ids=said)


@pytest.fixture(scope="module")
def kept(django_db_setup, django_db_blocker):
    """A person of the bureau, and the key of an entry in each status of each ledger.

    The entries have all that any step needs; another person has brought them where they are
    and has asked for their end.
    """
    with kept_for_module(django_db_blocker):
        entries = {
            (ledger, status.slug): at_status(
                ledger,
                status.slug,
                status_by_id=FILER,
                requested_status="terminated",
                requested_by_id=FILER,
                **FILLED[ledger],
            ).pk
            for ledger, kind in STATUSES.items()
            for status in kind
        }
        yield bureau(), entries


@pytest.fixture
def person(kept, db):
    return kept[0]


@pytest.fixture
def entry(kept, db, step) -> LedgerEntry:
    """The entry at the origin of the test's step."""
    return LEDGER_MODELS[step.ledger].objects.get(pk=kept[1][step.ledger, step.origin.slug])


def given(step: Step, **changed) -> dict:
    """What a person who does it right hands in with the step."""
    reason = step.reasons[-1] if step.reasons else None
    return {"reason": reason, "note": "依据：会议纪要第3号", "on": DAY} | changed


def refused(entry: LedgerEntry, target: str, **handed_in) -> list[str]:
    """The sentences with which the step is refused."""
    with pytest.raises(StepRefused) as refusal:
        entry.move_to(target, **handed_in)
    return refusal.value.messages


def trail_of(entry: LedgerEntry, *columns: str) -> list[tuple]:
    """The rows since the entry was created, the earliest first."""
    rows = Revision.objects.of(entry).filter(record_version__gt=1).order_by("sequence")
    return list(rows.values_list(*columns))


# --- what the table lists works -----------------------------------------------------------


@each_step()
def test_a_step_of_the_table_changes_the_status_and_leaves_exactly_one_trail_row(
    step, entry, person
):
    handed_in = given(step)
    done = entry.move_to(step.target.slug, by=person, source=Source.ADMIN, **handed_in)
    stored = LedgerEntry.objects.get(pk=entry.pk)
    assert done is step.action
    assert (stored.status, stored.status_on, stored.status_by_id, stored.version) == (
        step.target.slug,
        DAY,
        person.pk,
        2,
    )
    assert trail_of(entry, "action", "old_status", "new_status", "reason", "effective_on") == [
        (step.action.value, step.origin.slug, step.target.slug, handed_in["reason"] or "", DAY)
    ]


@each_step(lambda step: step.sets)
def test_a_step_fills_its_date_with_the_effective_day_when_that_is_empty(step, entry, person):
    entry.move_to(step.target.slug, by=person, **given(step))
    stored = LedgerEntry.objects.get(pk=entry.pk).specific
    precision = step.sets.replace("_on", "_precision")
    assert (getattr(stored, step.sets), getattr(stored, precision)) == (DAY, "day")


@each_step(lambda step: step.sets)
def test_a_step_leaves_a_date_that_is_filled_as_it_is(step, entry, person):
    known = {step.sets: dt.date(2019, 1, 1), step.sets.replace("_on", "_precision"): "year"}
    for name, value in known.items():
        setattr(entry, name, value)
    entry.save()
    entry.move_to(step.target.slug, by=person, **given(step))
    stored = LedgerEntry.objects.get(pk=entry.pk).specific
    assert {name: getattr(stored, name) for name in known} == known


@each_step(lambda step: Reason.MISRECORDED in step.reasons)
def test_a_step_taken_because_the_record_was_wrong_is_a_correction(step, entry, person):
    changed = given(step, reason=Reason.MISRECORDED)
    assert entry.move_to(step.target.slug, by=person, **changed) is Action.CORRECT
    assert trail_of(entry, "action", "reason") == [("correct", "misrecorded")]


# --- what it does not list is refused -----------------------------------------------------


@pytest.mark.parametrize(
    ("ledger", "origin"), [(led, s) for led, kind in STATUSES.items() for s in kind], ids=said
)
def test_whatever_the_table_does_not_list_is_refused_and_changes_nothing(
    ledger, origin, kept, person
):
    entry = LEDGER_MODELS[ledger].objects.get(pk=kept[1][ledger, origin.slug])
    listed = [step for step in STEPS if step.ledger == ledger and step.origin is origin]
    others = [*(set(STATUS_LABELS) - {step.target.slug for step in listed}), "no-such-status", ""]
    told = {
        target: refused(entry, target, by=person, reason=Reason.OTHER, note="说明")
        for target in others
    }
    verbs = "、".join(step.verb for step in listed) or "无"
    assert told == {
        target: [
            f"“{entry}”现为“{origin.label}”，不能直接转为“{STATUS_LABELS.get(target, target)}”；"
            f"可办理的有：{verbs}。"
        ]
        for target in others
    }
    assert (LedgerEntry.objects.get(pk=entry.pk).status, trail_of(entry)) == (origin.slug, [])


# --- what a step asks for -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "name"), [(step, name) for step in STEPS for name in step.needs], ids=said
)
def test_a_step_names_the_field_that_is_missing_and_is_not_taken(step, name, entry, person):
    setattr(entry, name, EMPTY[name])
    entry.save()
    label = entry.fact_label(name)
    assert refused(entry, step.target.slug, by=person, **given(step)) == [
        f"“{label}”还没有填写，请先补充再办理“{step.verb}”。"
    ]
    assert entry.missing_for(step) == [label]


@each_step(lambda step: step.asks_note)
def test_a_step_that_asks_for_a_note_is_not_taken_without_one(step, entry, person):
    assert refused(entry, step.target.slug, by=person, **given(step, note="")) == [
        f"办理“{step.verb}”须写明说明。"
    ]


@each_step(lambda step: not step.asks_note)
def test_a_step_that_asks_for_no_note_is_taken_without_one(step, entry, person):
    assert entry.move_to(step.target.slug, by=person, **given(step, note="")) is step.action


@each_step(lambda step: step.reasons)
def test_a_step_that_asks_for_a_reason_takes_none_but_its_own(step, entry, person):
    others = {*Reason, None} - {*step.reasons}
    told = {
        reason: refused(entry, step.target.slug, by=person, **given(step, reason=reason))
        for reason in others
    }
    listed = "、".join(reason.label for reason in step.reasons)
    assert told == {reason: [f"办理“{step.verb}”须选择原因：{listed}。"] for reason in others}


@each_step(lambda step: not step.reasons)
def test_a_step_that_asks_for_no_reason_is_not_taken_with_one(step, entry, person):
    handed_in = given(step, reason=Reason.OTHER)
    assert refused(entry, step.target.slug, by=person, **handed_in) == [
        f"办理“{step.verb}”不需要选择原因，请留空。"
    ]


# --- who may ------------------------------------------------------------------------------


def test_every_step_is_for_the_bureau_alone():
    assert {step.roles for step in STEPS} == {frozenset({Role.BUREAU})}


@pytest.mark.parametrize("step", STEPS[:1], ids=said)
@pytest.mark.parametrize("role", [None, *(role for role in Role if role is not Role.BUREAU)])
def test_a_person_of_another_role_may_take_no_step(role, step, entry):
    outsider = user("outsider", *([role] if role else []))
    with pytest.raises(PermissionDenied) as refusal:
        entry.move_to(step.target.slug, by=outsider, **given(step))
    assert str(refusal.value) == "您的岗位不能办理这一步，请联系同城化局。"
    assert entry.blocked_for(step, outsider) == "须由同城化局办理。"
    assert trail_of(entry) == []


@pytest.mark.parametrize("step", STEPS[:1], ids=said)
def test_a_person_whose_account_is_closed_may_take_no_step(step, entry):
    former = user("former", Role.BUREAU, is_active=False)
    with pytest.raises(PermissionDenied):
        entry.move_to(step.target.slug, by=former, **given(step))


# --- the table itself ---------------------------------------------------------------------


def test_the_table_is_sound():
    assert workflow.problems() == []
    assert checks.workflow_is_sound() == []


def test_a_pair_of_statuses_has_one_step_at_most():
    pairs = [(step.ledger, step.origin.slug, step.target.slug) for step in STEPS]
    assert sorted(set(pairs)) == sorted(pairs)


@pytest.mark.parametrize("ledger", Ledger)
def test_every_status_of_a_ledger_can_be_reached_from_the_first(ledger):
    reached = {INITIAL[ledger]}
    while more := {s.target for s in STEPS if s.ledger == ledger and s.origin in reached} - reached:
        reached |= more
    assert reached == set(STATUSES[ledger])


@pytest.mark.parametrize("ledger", Ledger)
def test_nothing_leads_out_of_the_end_and_something_out_of_every_other_status(ledger):
    origins = {step.origin for step in STEPS if step.ledger == ledger}
    assert [status.slug for status in STATUSES[ledger] if status not in origins] == ["terminated"]


def test_two_people_are_needed_to_close_an_item_and_to_terminate_anything():
    by_two = {s for s in STEPS if s.second_person is not SecondPerson.NOT_NEEDED}
    assert {(step.verb, step.target.slug, step.second_person) for step in by_two} == {
        ("确认销号", "closed", SecondPerson.NOT_THE_FILER),
        ("终止", "terminated", SecondPerson.REQUEST_FIRST),
    }
    assert by_two == {s for s in STEPS if s.target.slug in ("closed", "terminated")}


def test_every_step_backward_and_every_stop_carries_a_coded_reason_and_a_note():
    sideways = [s for s in STEPS if s.action in (Action.STEP_BACK, Action.STOP)]
    assert [said(s) for s in sideways if not (s.reasons and s.asks_note)] == []


def test_only_a_step_back_can_be_a_correction():
    correctable = {step.action for step in STEPS if Reason.MISRECORDED in step.reasons}
    assert correctable == {Action.STEP_BACK}


@pytest.mark.parametrize(
    ("ledger", "path"),
    [
        (Ledger.AGREEMENTS, "拟议 磋商 合法性审核 已签署 履行中 履行完毕"),
        (Ledger.ITEMS, "未启动 已启动 推进中 提请办结 已办结（销号）"),
        (Ledger.INDUSTRIAL, "在谈 签约 前期 开工 在建 竣工 投产 达产"),
        (
            Ledger.INFRASTRUCTURE,
            "谋划储备 加快前期 项目建议书 可研 初设 施工许可 开工 建设实施 完工 竣工投用",
        ),
    ],
    ids=said,
)
def test_the_life_cycle_runs_forward_and_back_in_the_words_of_the_office(ledger, path):
    actions = {(s.origin.label, s.target.label): s.action for s in STEPS if s.ledger == ledger}
    along = list(pairwise(path.split(" ")))
    assert [actions.get(pair) for pair in along] == [Action.MOVE] * len(along)
    assert [actions.get(pair[::-1]) for pair in along] == [Action.STEP_BACK] * len(along)


# --- where an entry begins ----------------------------------------------------------------


@pytest.mark.django_db
def test_an_entry_is_born_in_the_first_status_of_its_ledger():
    assert {ledger.value: at_status(ledger, "").status for ledger in Ledger} == {
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
