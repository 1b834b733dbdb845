"""The one door for a status, `move_to`: two people, days, versions, and what it never does."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from projects import workflow
from projects.choices import Action, Ledger, Reason, Role, Source
from projects.models import Act, CooperationItem, LedgerEntry, Revision, Stale, StepRefused
from projects.periods import today
from projects.verification import verify
from tests.factories import at_status, bureau, industrial, item, user

DUE = dt.date(2035, 12, 31)
END = {"reason": Reason.PARTNER, "note": "双方商定终止"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def first():
    return bureau("first")


@pytest.fixture
def second():
    return bureau("second")


def stored(entry: LedgerEntry) -> LedgerEntry:
    return LedgerEntry.objects.get(pk=entry.pk)


def actions(entry: LedgerEntry) -> list[str]:
    """What the trail says was done, the earliest first."""
    rows = Revision.objects.of(entry).order_by("sequence")
    return list(rows.values_list("action", flat=True))


def step(origin: str, target: str) -> workflow.Step:
    found = workflow.find(Ledger.ITEMS, origin, target)
    assert found is not None
    return found


# --- 销号: who files is not who confirms ----------------------------------------------------


def filed_by(person) -> CooperationItem:
    entry = at_status(Ledger.ITEMS, "advancing")
    entry.move_to("closing", by=person, note="佐证：验收单")
    return entry


def test_who_filed_the_proof_may_not_confirm_it(first):
    entry = filed_by(first)
    with pytest.raises(StepRefused) as refusal:
        entry.move_to("closed", by=first)
    assert refusal.value.messages == [
        "“确认销号”须由提请人以外的另一人办理（提请、确认不能是同一人）。"
    ]
    assert (stored(entry).status, actions(entry)) == ("closing", ["create", "move"])


def test_another_person_confirms_the_proof(first, second):
    entry = filed_by(first)
    assert entry.move_to("closed", by=second) is Action.MOVE
    assert (stored(entry).status, actions(entry)) == ("closed", ["create", "move", "move"])


def test_what_is_taken_up_again_is_no_longer_finished(first, second):
    entry = filed_by(first)
    entry.move_to("closed", by=second)
    assert stored(entry).finished_on == today()
    back = {"reason": Reason.PROOF, "note": "验收单有误"}
    entry.move_to("closing", by=second, **back)
    now = stored(entry)
    assert (now.status, now.finished_on, now.finished_precision) == ("closing", None, "")


def test_a_page_tells_the_filer_why_the_button_is_not_for_them(first, second):
    entry = filed_by(first)
    closing = step("closing", "closed")
    assert entry.blocked_for(closing, first) == (
        "“确认销号”须由提请人以外的另一人办理（提请、确认不能是同一人）。"
    )
    assert entry.blocked_for(closing, second) == ""


# --- 终止: one asks, another carries it out -------------------------------------------------


def test_the_first_call_for_an_end_files_a_request_and_leaves_the_status(first):
    entry = at_status(Ledger.ITEMS, "advancing")
    assert entry.move_to("terminated", by=first, **END) is Action.REQUEST
    now = stored(entry)
    assert (now.status, now.requested_status, now.requested_by_id, now.version) == (
        "advancing",
        "terminated",
        first.pk,
        2,
    )
    row = Revision.objects.of(entry).first()
    assert (row.action, row.old_status, row.new_status, row.reason, row.note) == (
        "request",
        "advancing",
        "advancing",
        "partner",
        "双方商定终止",
    )


def test_who_asked_for_an_end_may_not_carry_it_out(first):
    entry = at_status(Ledger.ITEMS, "advancing")
    entry.move_to("terminated", by=first, **END)
    with pytest.raises(StepRefused) as refusal:
        entry.move_to("terminated", by=first, **END)
    assert refusal.value.messages == ["“终止”已由您提请，须由另一人确认。"]
    assert (stored(entry).status, actions(entry)) == ("advancing", ["create", "request"])


def test_another_person_carries_the_end_out(first, second):
    entry = at_status(Ledger.ITEMS, "advancing")
    entry.move_to("terminated", by=first, **END)
    assert stored(entry).move_to("terminated", by=second, **END) is Action.STOP
    now = stored(entry)
    assert (now.status, now.status_by_id, now.requested_status, now.requested_by_id) == (
        "terminated",
        second.pk,
        "",
        None,
    )
    assert actions(entry) == ["create", "request", "stop"]


def test_a_request_lapses_when_the_entry_goes_another_way(first, second):
    entry = at_status(Ledger.ITEMS, "advancing")
    entry.move_to("terminated", by=first, **END)
    entry.move_to("closing", by=second, note="佐证：验收单")
    assert (stored(entry).requested_status, stored(entry).requested_by_id) == ("", None)


def test_a_request_can_be_withdrawn_and_then_asked_again(first):
    entry = at_status(Ledger.ITEMS, "advancing")
    entry.move_to("terminated", by=first, **END)
    entry.withdraw_request(by=first, note="合作方改变主意")
    assert (stored(entry).requested_status, stored(entry).requested_by_id) == ("", None)
    assert Revision.objects.of(entry).first().note == "合作方改变主意"
    assert entry.move_to("terminated", by=first, **END) is Action.REQUEST
    assert actions(entry) == ["create", "request", "withdraw", "request"]


def test_there_is_nothing_to_withdraw_without_a_request(first):
    entry = item()
    with pytest.raises(StepRefused) as refusal:
        entry.withdraw_request(by=first, note="撤回")
    assert refusal.value.messages == [f"“{entry}”没有待确认的提请。"]
    assert actions(entry) == ["create"]


def test_a_leader_may_not_withdraw_a_request(first):
    entry = at_status(Ledger.ITEMS, "advancing")
    entry.move_to("terminated", by=first, **END)
    with pytest.raises(PermissionDenied):
        entry.withdraw_request(by=user("leader", Role.LEADER), note="")
    assert stored(entry).requested_status == "terminated"


def test_a_withdrawal_of_a_request_that_has_changed_meanwhile_is_stale(first, second):
    entry = at_status(Ledger.ITEMS, "advancing")
    entry.move_to("terminated", by=first, **END)
    seen = stored(entry)
    stored(entry).move_to("closing", by=second, note="佐证：验收单")
    with pytest.raises(Stale):
        seen.withdraw_request(by=first, note="撤回", version=seen.version)
    assert actions(entry) == ["create", "request", "move"]


# --- days ---------------------------------------------------------------------------------


def test_a_step_that_takes_effect_tomorrow_is_refused(first):
    entry = at_status(Ledger.ITEMS, "launched")
    tomorrow = today() + dt.timedelta(days=1)
    with pytest.raises(StepRefused) as refusal:
        entry.move_to("advancing", by=first, on=tomorrow)
    assert refusal.value.messages == [
        f"生效日期 {tomorrow.isoformat()} 晚于今天，请填写实际发生的日期。"
    ]
    assert actions(entry) == ["create"]


def test_a_step_without_a_day_takes_effect_today(first):
    entry = at_status(Ledger.ITEMS, "launched")
    entry.move_to("advancing", by=first)
    assert stored(entry).status_on == today()
    assert Revision.objects.of(entry).first().effective_on == today()


def test_a_step_is_recorded_now_and_takes_effect_on_the_day_it_happened(first):
    entry = at_status(Ledger.ITEMS, "launched")
    at = timezone.now()
    entry.move_to("advancing", by=first, on=dt.date(2020, 2, 29), at=at)
    row = Revision.objects.of(entry).first()
    assert (row.recorded_at, row.effective_on) == (at, dt.date(2020, 2, 29))
    assert stored(entry).status_on == dt.date(2020, 2, 29)


def test_a_step_played_in_the_past_takes_effect_on_that_day_in_shanghai(first):
    entry = at_status(Ledger.ITEMS, "launched")
    entry.move_to("advancing", by=first, at=dt.datetime(2026, 7, 31, 16, 0, tzinfo=dt.UTC))
    assert stored(entry).status_on == dt.date(2026, 8, 1)


# --- versions -----------------------------------------------------------------------------


def test_a_step_on_a_version_that_is_no_more_is_stale_and_shows_what_is_stored(first, second):
    entry = at_status(Ledger.ITEMS, "launched")
    seen = stored(entry)
    entry.move_to("advancing", by=first)
    with pytest.raises(Stale) as stale:
        seen.move_to("advancing", by=second)
    assert (stale.value.stored.status, stale.value.stored.version) == ("advancing", 2)
    assert str(stale.value) == f"{entry} 已被他人修改（现为第2版）。"
    assert actions(entry) == ["create", "move"]


@pytest.mark.parametrize("version", [0, 1, 3])
def test_a_step_is_taken_on_the_version_the_person_has_seen_and_on_no_other(version, first):
    entry = at_status(Ledger.ITEMS, "launched")
    entry.name = "改过的名称"
    entry.save()
    with pytest.raises(Stale):
        stored(entry).move_to("advancing", by=first, version=version)
    assert stored(entry).move_to("advancing", by=first, version=2) is Action.MOVE


def test_a_version_that_was_guessed_does_not_overwrite_what_another_saved(first):
    entry = at_status(Ledger.ITEMS, "launched")
    old = CooperationItem.objects.get(pk=entry.pk)
    entry.name = "另一人改的名称"
    entry.save()
    with pytest.raises(Stale):
        old.move_to("advancing", by=first, version=2)
    assert stored(entry).name == "另一人改的名称"


def test_an_edit_that_was_made_on_screen_only_is_not_lost_by_a_stale_step(first, second):
    entry = at_status(Ledger.ITEMS, "launched")
    seen = stored(entry)
    entry.name = "另一人改的名称"
    entry.save()
    with pytest.raises(Stale):
        seen.move_to("advancing", by=first)
    assert (stored(entry).name, stored(entry).status) == ("另一人改的名称", "launched")


# --- everything at once, and nothing by halves ----------------------------------------------


def test_a_refusal_names_everything_that_is_missing_at_once(first):
    entry = industrial(status="preparatory", lead=None)
    with pytest.raises(StepRefused) as refusal:
        entry.move_to(
            "commenced", by=first, reason=Reason.LAND, on=dt.date(2999, 1, 1), note="\u202e"
        )
    assert refusal.value.messages == [
        "“牵头单位”还没有填写，请先补充再办理“登记开工”。",
        "“完成时限”还没有填写，请先补充再办理“登记开工”。",
        "生效日期 2999-01-01 晚于今天，请填写实际发生的日期。",
        "办理“登记开工”不需要选择原因，请留空。",
        "说明中含有不允许的字符 U+202E，请删去。",
    ]


def test_a_note_may_not_hide_a_null_character(first):
    entry = at_status(Ledger.ITEMS, "launched")
    with pytest.raises(StepRefused) as refusal:
        entry.move_to("advancing", by=first, note="说明\x00")
    assert refusal.value.messages == ["说明中含有不允许的字符 U+0000，请删去。"]


def test_a_step_also_works_on_the_row_that_all_ledgers_share(first):
    entry = item(due_on=DUE)
    row = LedgerEntry.objects.get(pk=entry.pk)
    row.move_to("launched", by=first, on=dt.date(2026, 3, 2))
    assert stored(entry).started_on == dt.date(2026, 3, 2)


def test_a_step_keeps_its_source_and_the_batch_it_belongs_to(first):
    entry = at_status(Ledger.ITEMS, "launched")
    entry.move_to("advancing", by=first, source=Source.ADMIN, batch="批-1")
    row = Revision.objects.of(entry).first()
    assert (row.source, row.batch, row.actor_id, row.actor_name) == (
        "admin",
        "批-1",
        first.pk,
        "first",
    )


def test_a_step_that_breaks_off_leaves_neither_status_nor_trail_row(first):
    entry = at_status(Ledger.ITEMS, "launched")
    entry.percent_complete = 101
    with pytest.raises(Exception, match="entry_percent_0_100"), transaction.atomic():
        entry.move_to("advancing", by=first)
    assert (stored(entry).status, stored(entry).version, actions(entry)) == (
        "launched",
        1,
        ["create"],
    )
    assert verify().problem == ""


def test_a_step_that_broke_off_does_not_leave_the_door_open(first):
    entry = at_status(Ledger.ITEMS, "launched")
    entry.percent_complete = 101
    with pytest.raises(Exception, match="entry_percent_0_100"), transaction.atomic():
        entry.move_to("advancing", by=first)
    entry.refresh_from_db()
    entry.status = "closed"
    with pytest.raises(StepRefused):
        entry.save()
    assert stored(entry).status == "launched"


def test_a_batch_of_steps_is_taken_whole_or_not_at_all(first):
    entries = [at_status(Ledger.ITEMS, "launched"), at_status(Ledger.ITEMS, "not-started")]

    @transaction.atomic
    def take_them_all() -> None:
        for entry in entries:
            entry.move_to("advancing", by=first)

    with pytest.raises(StepRefused):
        take_them_all()
    assert [stored(entry).status for entry in entries] == ["launched", "not-started"]
    assert [actions(entry) for entry in entries] == [["create"], ["create"]]


# --- every other way is shut ----------------------------------------------------------------


def test_a_status_that_was_set_by_hand_is_not_saved():
    entry = item()
    entry.status = "launched"
    with pytest.raises(ValidationError) as refusal:
        entry.save()
    assert refusal.value.messages == ["状态只能通过“推进”办理，不能直接修改。"]
    assert (stored(entry).status, actions(entry)) == ("not-started", ["create"])


def test_a_status_that_was_set_by_hand_does_not_ride_on_a_step(first):
    entry = at_status(Ledger.ITEMS, "not-started", due_on=DUE)
    entry.status = "closing"  # the door looks at what is stored, under its lock
    with pytest.raises((StepRefused, Stale)):
        entry.move_to("closed", by=first)
    assert (stored(entry).status, actions(entry)) == ("not-started", ["create"])


def test_an_entry_is_never_deleted():
    entry = item()
    with pytest.raises(ValidationError) as refusal:
        entry.delete()
    assert refusal.value.messages == [
        f"台账条目不能删除；不再列入的，请对“{entry}”办理“调出”并写明原因。"
    ]
    assert stored(entry).pk == entry.pk


# --- what a page offers ---------------------------------------------------------------------


def test_the_next_steps_say_what_is_still_missing(first):
    entry = item(lead=None)
    assert [
        (o.step.verb, o.missing, o.blocked, o.href, o.is_request) for o in entry.offers(first)
    ] == [
        (
            "启动实施",
            ("牵头单位", "完成时限"),
            "",
            f"/items/{entry.code}/move/?to=launched",
            False,
        ),
        ("终止", (), "", f"/items/{entry.code}/move/?to=terminated", True),
    ]


def test_the_end_is_offered_for_confirmation_once_it_was_asked_for(first, second):
    entry = item()
    entry.move_to("terminated", by=first, **END)
    told = {
        person.username: next((o.is_request, o.blocked) for o in entry.offers(person))
        for person in (first, second)
    }
    assert told == {
        "first": (False, "“终止”已由您提请，须由另一人确认。"),
        "second": (False, ""),
    }


def test_an_entry_at_its_end_offers_nothing(first):
    assert at_status(Ledger.ITEMS, "terminated").offers(first) == []


def test_a_halted_entry_resumes_only_where_it_stood(first):
    entry = at_status(Ledger.INDUSTRIAL, "building")
    entry.move_to("stalled", by=first, reason=Reason.FUNDING, note="资金未到位")
    assert entry.halted_from == "building"
    resuming = [step.target.slug for step in entry.next_steps() if step.action is Action.RESUME]
    assert resuming == ["building"]
    with pytest.raises(StepRefused, match="不能直接转为“竣工”"):
        entry.move_to("completed", by=first, note="复工")
    assert entry.move_to("building", by=first, note="复工") is Action.RESUME
    assert (entry.status, entry.halted_from) == ("building", "")


def test_a_request_is_not_withdrawn_without_a_note(first):
    entry = item()
    entry.move_to("terminated", by=first, reason=Reason.POLICY, note="规划调整")
    with pytest.raises(StepRefused, match="须写明说明"):
        entry.withdraw_request(by=first, note=" ")
    assert entry.requested_status == "terminated"


def test_an_entry_that_came_halted_may_resume_wherever_it_may_have_stood():
    entry = at_status(Ledger.ITEMS, "suspended")
    resuming = [step.target.slug for step in entry.next_steps() if step.action is Action.RESUME]
    assert (entry.halted_from, resuming) == ("", ["launched", "advancing"])


def test_an_entry_off_the_lists_takes_no_step(first):
    entry = item(due_on=dt.date(2027, 1, 1))
    entry.delist(Act(by=first, reason=Reason.REPLACED, note="年度调整"))
    entry = CooperationItem.objects.get(pk=entry.pk)
    assert entry.offers(first) == []
    with pytest.raises(StepRefused, match="请先办理“调入”"):
        entry.move_to("launched", by=first)
