"""撤销: a new and reasoned change through the same door, never a restoration behind it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from projects.choices import Action, Reason, Role
from projects.models import (
    Act,
    CooperationItem,
    LedgerEntry,
    Milestone,
    MoneyFigure,
    Revision,
    Stale,
    StepRefused,
    Undo,
    User,
)
from projects.verification import verify

from . import factories

pytestmark = pytest.mark.django_db

DUE, LATER = dt.date(2026, 12, 1), dt.date(2027, 3, 1)
PLANNED = {"planned_on": DUE, "planned_precision": "day"}
REACHED = {"reached_on": DUE, "reached_precision": "day"}
#: Facts that say when and how often, and so do not come back.
OF_TIME = {"status_on", "status_by_id", "data_on", "awaits_update"}


@pytest.fixture
def office() -> User:
    return factories.bureau("office")


@pytest.fixture
def entry() -> CooperationItem:
    return factories.item(
        name="医保直接结算",
        due_on=DUE,
        regions=[factories.region("512002")],
        partners=[factories.unit("配合单位甲")],
        milestones=[
            {"name": name, "planned_on": DUE, "planned_precision": "day"}
            for name in ("签约", "上线")
        ],
        figures=[{"kind": "total", "basis": "estimate", "amount": 100}],
    )


def said(entry: LedgerEntry) -> dict[str, Any]:
    fresh = LedgerEntry.objects.get(pk=entry.pk).specific
    return {n: f["value"] for n, f in fresh.facts().items() if n not in OF_TIME}


def last(entry: LedgerEntry) -> Revision:
    found = Revision.objects.of(entry).first()
    assert found
    return found


def undo(
    entry: LedgerEntry,
    row: Revision | None = None,
    *,
    by: Any,
    reason: Reason | None = Reason.MISRECORDED,
    note: str = "录错了。",
) -> None:
    fresh = LedgerEntry.objects.get(pk=entry.pk)
    version = fresh.version
    Undo(fresh, row or last(entry)).carry_out(by=by, reason=reason, note=note, version=version)


def change(entry: LedgerEntry, act: Act | None = None, **fields: Any) -> Revision:
    entry.refresh_from_db()
    for name, value in fields.items():
        setattr(entry, name, value)
    entry.save(act=act or Act())
    return last(entry)


# --- edits ------------------------------------------------------------------------------------


def test_an_edit_is_undone_by_an_edit_that_says_why(entry: CooperationItem, office: User) -> None:
    before = said(entry)
    entry.refresh_from_db()
    with entry.recording(Act()):
        entry.name, entry.sector = "改了的名称", factories.sector("health")
        entry.lead, entry.percent_complete = factories.unit("另一单位"), 40
        entry.planned_start_on, entry.planned_start_precision = dt.date(2026, 1, 1), "month"
        entry.regions.set([factories.region("510185"), factories.region("512021")])
        entry.partners.clear()
        entry.milestones.get(name="签约").delete()
        Milestone.objects.filter(entry=entry.pk, name="上线").update(**REACHED)
        Milestone.objects.create(entry=entry, name="验收")
        MoneyFigure.objects.filter(entry=entry.pk).update(amount=250)
    edit, rows = last(entry), Revision.objects.count()
    undo(entry, by=office)
    assert said(entry) == before
    told = last(entry)
    assert Revision.objects.count() == rows + 1
    assert told.action == Action.CORRECT
    assert told.note == f"撤销第{edit.sequence}号变更记录：录错了。"
    assert told.actor_id == office.pk
    assert Revision.objects.get(sequence=edit.sequence).changes == edit.changes
    assert verify().is_intact, verify().problem


def test_an_undone_edit_may_be_brought_back_by_undoing_that(
    entry: CooperationItem, office: User
) -> None:
    change(entry, name="新名称")
    after = said(entry)
    undo(entry, by=office)
    undo(entry, by=office)
    assert said(entry) == after


def test_what_was_changed_again_since_is_named_and_not_overwritten(
    entry: CooperationItem, office: User
) -> None:
    first = change(entry, name="第一次", responsible_person="张某")
    second = change(entry, name="第二次")
    with pytest.raises(StepRefused, match=f"“名称”此后又改为“第二次”（第{second.sequence}号）"):
        undo(entry, first, by=office)
    assert said(entry)["name"] == "第二次"
    change(entry, task_force="交通专项组")  # another column does not stand in the way
    undo(entry, second, by=office)
    undo(entry, first, by=office)
    assert (said(entry)["name"], said(entry)["responsible_person"]) == ("医保直接结算", "")
    assert said(entry)["task_force"] == "交通专项组"


def test_what_was_undone_is_not_undone_twice(entry: CooperationItem, office: User) -> None:
    row = change(entry, name="新名称")
    undo(entry, row, by=office)
    with pytest.raises(StepRefused, match=r"已由第[0-9]+号撤销"):
        undo(entry, row, by=office)


def test_a_unit_that_is_gone_does_not_come_back(entry: CooperationItem, office: User) -> None:
    partner = entry.partners.get()
    entry.refresh_from_db()
    with entry.recording(Act()):
        entry.partners.clear()
    row = last(entry)
    partner.delete()
    with pytest.raises(StepRefused, match=r"原为“配合单位甲”，现已不在名录中"):
        undo(entry, row, by=office)


def test_dates_that_would_contradict_are_refused_in_words(
    entry: CooperationItem, office: User
) -> None:
    row = change(entry, due_on=LATER)
    change(entry, planned_start_on=dt.date(2027, 1, 1))
    with pytest.raises(StepRefused, match="完成时限不能早于计划开始"):
        undo(entry, row, by=office)


def test_a_move_of_the_deadline_that_was_a_mistake_does_not_count(
    entry: CooperationItem, office: User
) -> None:
    change(entry, Act(by=office, reason=Reason.FUNDING, note="资金"), due_on=LATER)
    assert (said(entry)["due_moves"], said(entry)["due_slip"]) == (1, 90)
    undo(entry, by=office)
    now = said(entry)
    assert (now["due_moves"], now["due_slip"], now["due_first_on"]) == (0, None, "2026-12-01")
    change(entry, Act(by=office, reason=Reason.FUNDING, note="资金"), due_on=LATER)
    undo(entry, by=office, reason=Reason.POLICY)
    assert (said(entry)["due_moves"], said(entry)["due_slip"]) == (2, 0)
    assert verify().is_intact


def test_a_move_that_was_taken_back_may_stand_again(entry: CooperationItem, office: User) -> None:
    change(entry, Act(by=office, reason=Reason.FUNDING, note="资金"), due_on=LATER)
    for moves in (0, 1, 0):
        undo(entry, by=office)
        assert said(entry)["due_moves"] == moves
        assert said(entry)["due_first_on"] == "2026-12-01"
    assert verify().is_intact


def test_the_moves_on_the_page_are_those_that_count(
    client: Client, entry: CooperationItem, office: User
) -> None:
    client.force_login(office)
    change(entry, Act(by=office, reason=Reason.FUNDING, note="资金"), due_on=LATER)
    for shown in (1, 0, 1):
        assert len(client.get(entry.get_absolute_url()).context["date_moves"]) == shown
        undo(entry, by=office)


def test_a_value_that_came_back_by_later_changes_is_theirs(
    entry: CooperationItem, office: User
) -> None:
    first = change(entry, percent_complete=20)
    change(entry, percent_complete=30)
    third = change(entry, percent_complete=20)
    with pytest.raises(StepRefused, match=f"此后又改为“20”（第{third.sequence}号）"):
        undo(entry, first, by=office)


# --- steps ------------------------------------------------------------------------------------


def test_a_step_is_undone_by_the_step_back(entry: CooperationItem, office: User) -> None:
    before = said(entry)
    entry.move_to("launched", by=office)
    assert said(entry)["started_on"] is not None
    undo(entry, by=office, reason=Reason.PROOF, note="材料不全")
    assert said(entry) == before
    assert last(entry).action == Action.STEP_BACK
    undo(entry, by=office, reason=None)  # and forward again
    assert said(entry)["status"] == "launched"
    assert last(entry).action == Action.MOVE
    assert verify().is_intact


def test_only_the_last_step_is_undone(entry: CooperationItem, office: User) -> None:
    entry.move_to("launched", by=office)
    first = last(entry)
    entry.refresh_from_db()
    entry.move_to("advancing", by=office)
    with pytest.raises(StepRefused, match="“状态”此后又改为“推进中”"):
        undo(entry, first, by=office)


def test_a_stop_is_undone_by_resuming(entry: CooperationItem, office: User) -> None:
    entry.move_to("launched", by=office)
    entry.refresh_from_db()
    before = said(entry)
    entry.move_to("suspended", by=office, reason=Reason.FUNDING, note="资金")
    undo(entry, by=office, reason=None, note="误办")
    assert said(entry) == before
    assert last(entry).action == Action.RESUME


def test_what_the_workflow_does_not_lead_back_from_is_not_undone(
    entry: CooperationItem, office: User
) -> None:
    given: dict[str, Any] = {"reason": Reason.POLICY, "note": "政策"}
    entry.move_to("terminated", by=office, **given)
    entry.refresh_from_db()
    entry.move_to("terminated", by=factories.bureau("second"), **given)
    with pytest.raises(StepRefused, match="流程中没有由“终止”回到“未启动”的步骤"):
        undo(entry, by=office)


def test_undoing_a_step_back_makes_no_date_up(office: User) -> None:
    entry = factories.item(status="launched", due_on=DUE)  # nobody knows since when
    entry.move_to("not-started", by=office, reason=Reason.PROOF, note="材料")
    undo(entry, by=office, reason=None)
    assert (said(entry)["status"], said(entry)["started_on"]) == ("launched", None)


def test_undoing_a_step_back_needs_no_day_that_fits_today(office: User) -> None:
    over = {"valid_until_on": dt.date(2020, 1, 1), "valid_until_precision": "day"}
    signed = {"signed_on": dt.date(2019, 1, 1), "signed_precision": "day"}
    entry = factories.agreement(status="signed", parties="甲、乙", **over, **signed)
    entry.move_to("legal-review", by=office, reason=Reason.PROOF, note="材料")
    undo(entry, by=office, reason=None)
    assert (said(entry)["status"], said(entry)["signed_on"]) == ("signed", "2019-01-01")


def test_dates_that_a_step_would_bring_back_have_to_fit(office: User) -> None:
    dates = {"started_on": dt.date(2020, 1, 1), "finished_on": dt.date(2025, 6, 1)}
    entry = factories.item(status="closed", due_on=DUE, **dates)
    entry.move_to("closing", by=office, reason=Reason.PROOF, note="材料")
    back = last(entry)
    change(entry, started_on=dt.date(2026, 1, 1))
    with pytest.raises(StepRefused, match="实际完成不能早于实际开始"):
        undo(entry, back, by=factories.bureau("second"), reason=None)
    assert said(entry)["status"] == "closing"


def test_a_request_that_waits_is_not_dropped(entry: CooperationItem, office: User) -> None:
    entry.move_to("launched", by=office)
    step = last(entry)
    entry.refresh_from_db()
    entry.move_to("terminated", by=office, reason=Reason.POLICY, note="政策")
    with pytest.raises(StepRefused, match="撤回提请"):
        undo(entry, step, by=office, reason=Reason.PROOF)
    assert said(entry)["requested_status"] == "terminated"


def test_coming_back_on_the_list_is_undone_to_the_day_it_was(
    entry: CooperationItem, office: User
) -> None:
    left = Act(by=office, reason=Reason.REPLACED, note="替换", on=dt.date(2026, 3, 1))
    entry.delist(left)
    entry.relist(Act(by=office, reason=Reason.OTHER, note="恢复"))
    undo(entry, by=office, reason=Reason.OTHER)
    assert said(entry)["delisted_on"] == "2026-03-01"


def test_leaving_the_list_is_undone_by_coming_back(entry: CooperationItem, office: User) -> None:
    before = said(entry)
    entry.delist(Act(by=office, reason=Reason.REPLACED, note="替换"))
    undo(entry, by=office, reason=Reason.OTHER)
    assert said(entry) == before
    assert last(entry).action == Action.RELIST
    undo(entry, by=office, reason=Reason.OTHER)
    assert said(entry)["delisted_on"] is not None


@pytest.mark.parametrize("kind", ["create", "request"])
def test_what_has_another_way_out_names_it(entry: CooperationItem, office: User, kind: str) -> None:
    if kind == "request":
        entry.move_to("terminated", by=office, reason=Reason.POLICY, note="政策")
    with pytest.raises(StepRefused, match="请办理“调出”" if kind == "create" else "撤回提请"):
        undo(entry, by=office)


# --- who, and on what was seen ------------------------------------------------------------------


def test_undoing_needs_note_reason_version_and_right(entry: CooperationItem, office: User) -> None:
    row = change(entry, name="新名称")
    with pytest.raises(StepRefused) as refused:
        undo(entry, row, by=office, reason=Reason.SAMPLE_REMOVED, note=" ")
    assert len(refused.value.messages) == 2
    with pytest.raises(PermissionDenied):
        undo(entry, row, by=factories.user("reader", Role.AUDITOR))
    stale = LedgerEntry.objects.get(pk=entry.pk)
    asked = Undo(stale, row)
    change(entry, task_force="别人改的")
    with pytest.raises(Stale):
        asked.carry_out(by=office, reason=Reason.MISRECORDED, note="录错了", version=stale.version)
    assert said(entry)["name"] == "新名称"


def test_the_page_shows_what_it_would_do_and_does_it(
    client: Client, entry: CooperationItem, office: User
) -> None:
    row = change(entry, name="新名称")
    client.force_login(office)
    page = client.get(entry.get_absolute_url()).content.decode()
    path = f"{entry.get_absolute_url()}undo/{row.sequence}/"
    assert path in page
    assert f"undo/{row.sequence - 1}/" not in page  # the opening of the books
    shown = client.get(path).content.decode()
    assert "<del>" in shown
    assert said(entry)["name"] == "新名称"
    given = {"version": entry.version, "reason": "misrecorded", "note": "录错了"}
    assert client.post(path, {**given, "note": ""}).status_code == 400
    assert client.post(path, {**given, "version": 99}).status_code == 409
    assert client.post(path, given).status_code == 302
    assert said(entry)["name"] == "医保直接结算"
    page = client.get(entry.get_absolute_url()).content.decode()
    assert f"已由第 {last(entry).sequence} 号撤销" in page
    assert path not in page
    assert client.post(path, given).status_code == 409  # seen before the undoing


def test_the_form_of_the_page_is_one_that_a_browser_can_send(
    entry: CooperationItem, office: User
) -> None:
    row = change(entry, name="新名称")
    client = Client(enforce_csrf_checks=True)
    client.force_login(office)
    path = f"{entry.get_absolute_url()}undo/{row.sequence}/"
    html = client.get(path).content.decode()
    form = html[html.index('<form class="fields" method="post">') :].partition("</form>")[0]
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    assert {name for name, _ in hidden} == {"csrfmiddlewaretoken", "version"}
    assert set(re.findall(r'<(?:select|textarea) name="(\w+)"', form)) == {"reason", "note"}
    given = {**dict(hidden), "reason": "misrecorded", "note": "录错了"}
    assert client.post(path, given).status_code == 302
    assert said(entry)["name"] == "医保直接结算"


def test_a_row_of_another_record_is_not_found(
    client: Client, entry: CooperationItem, office: User
) -> None:
    other = factories.item(name="另一条")
    client.force_login(office)
    assert client.get(f"{entry.get_absolute_url()}undo/{last(other).sequence}/").status_code == 404
    assert client.get(f"{entry.get_absolute_url()}undo/{10**17}/").status_code == 404


def test_nothing_is_offered_on_a_past_day(
    client: Client, entry: CooperationItem, office: User
) -> None:
    row = change(entry, name="新名称")
    client.force_login(office)
    day = timezone.localdate(row.recorded_at)
    page = client.get(entry.get_absolute_url(), {"as_of": day.isoformat()}).content.decode()
    assert "/undo/" not in page
