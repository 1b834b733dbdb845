"""Long work: begun, watched, left, fetched; done once; taken up again; one's own alone."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from projects import longwork, proof
from projects.choices import AccessAction, Role, TaskKind, TaskState
from projects.longwork import Hold
from projects.models import (
    AccessEvent,
    LongTask,
    Receipt,
    TaskPiece,
    TaskRefused,
    User,
)
from projects.models.tasks import AT_ONCE, KEPT, LEASE, Lost
from projects.periods import today
from projects.verification import verify

from . import factories
from .test_races import RACERS, race

pytestmark = pytest.mark.django_db

ITEMS = {"of": "items", "query": ""}
MOMENT = dt.timedelta(seconds=1)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def html_of(response: Any) -> str:
    return response.content.decode()


def rows_of(content: bytes) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def aged(task: LongTask, **moments: dt.timedelta) -> None:
    """As if these moments of the task lay so much further back."""
    values = {name: getattr(task, name) - age for name, age in moments.items()}
    LongTask.objects.filter(pk=task.pk).update(**values)
    task.refresh_from_db()


def done(task: LongTask) -> LongTask:
    longwork.run(task.pk, task.attempt)
    task.refresh_from_db()
    return task


@pytest.fixture
def leader() -> User:
    return factories.user("leader", Role.LEADER)


@pytest.fixture
def desk(client: Client, leader: User) -> Client:
    """The leader's browser. Nothing runs by itself: in these tests nothing is ever committed."""
    client.force_login(leader)
    return client


def begun(desk: Client, **given: str) -> LongTask:
    """By the web, from the queue on."""
    response = desk.post("/tasks/", {**ITEMS, **given})
    task = LongTask.objects.get(pk=re.sub(r"\D", "", response["Location"]))
    assert response["Location"] == f"/tasks/{task.pk}/"
    return task


# --- from the list to the file --------------------------------------------------------------


def test_above_the_threshold_the_button_begins_a_task_and_the_address_still_gives_the_file(
    desk: Client, settings: Any
) -> None:
    settings.LONG_EXPORT_ROWS = 1
    factories.item()
    assert "导出 Excel（后台）" not in html_of(desk.get("/items/"))
    factories.item()
    page = html_of(desk.get("/items/?sort=-name&page=1"))
    assert "导出 Excel（后台）" in page
    assert '<input type="hidden" name="query" value="sort=-name">' in page
    assert len(rows_of(body(desk.get("/items.xlsx")))) == 3
    assert not LongTask.objects.exists()


@pytest.mark.parametrize(
    ("of", "query", "path", "rows"),
    [
        ("items", "sort=-name", "/items.xlsx?sort=-name", 2),
        ("items", "q=甲&page=1&page_size=1", "/items.xlsx?q=甲", 1),
        ("items", "columns=due,name,code", "/items.xlsx?columns=due,name,code", 2),
        ("entries", "", "/entries.xlsx", 3),
        ("problems", "sort=-code", "/problems.xlsx?sort=-code", 2),
        ("agreements", "as_of=2026-01-01", "/agreements.xlsx?as_of=2026-01-01", 0),
    ],
)
def test_the_file_has_the_rows_of_the_direct_export_and_its_receipt_proves_it(
    desk: Client, of: str, query: str, path: str, rows: int
) -> None:
    factories.item(name="甲")
    factories.item(name="乙")
    factories.agreement()
    factories.problem()
    factories.problem()
    task = done(begun(desk, of=of, query=query))
    assert (task.state, task.done_rows, task.all_rows) == (TaskState.DONE, rows, rows)
    response = desk.get(f"/tasks/{task.pk}/file/")
    content = body(response)
    assert rows_of(content) == rows_of(body(desk.get(path)))
    assert len(rows_of(content)) == rows + 1
    assert response["Content-Length"] == str(len(content))
    assert task.ascii_name in response["Content-Disposition"]
    finding = proof.examine(task.file_name, content)
    assert (finding.verdict, finding.receipt) == (proof.GENUINE, task.receipt)
    assert verify().problem == ""


def test_what_is_written_while_it_waits_is_not_in_the_file(desk: Client) -> None:
    first = factories.item(name="提交之前")
    task = begun(desk)
    factories.item(name="提交之后")
    first.name = "提交之后改名"
    first.save()
    content = body(desk.get(f"/tasks/{done(task).pk}/file/"))
    assert [row[1] for row in rows_of(content)[1:]] == ["提交之前"]
    assert task.all_rows == 1


def test_a_file_of_several_pieces_comes_back_whole(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projects.models.tasks.PIECE", 1000)
    factories.item()
    task = done(begun(desk))
    assert task.pieces.count() == -(-task.size // 1000) > 3
    content = body(desk.get(f"/tasks/{task.pk}/file/"))
    assert proof.examine("x.xlsx", content).sentence == "文件与导出时逐字节一致。"


def test_export_and_download_leave_their_access_events(desk: Client, client: Client) -> None:
    factories.item()
    task = done(begun(desk))
    body(desk.get(f"/tasks/{task.pk}/file/"))
    assert desk.head(f"/tasks/{task.pk}/file/").status_code == 200
    events = AccessEvent.objects.filter(action__in=[AccessAction.EXPORT, AccessAction.COLLECT])
    told = list(events.order_by("sequence").values_list("action", "username", "address"))
    assert told == [("export", "leader", "127.0.0.1"), ("collect", "leader", "127.0.0.1")]
    client.force_login(factories.user("auditor", Role.AUDITOR))
    page = html_of(client.get("/access/"))
    assert f"{task.file_name}，SHA-256 {task.sha256}" in page
    assert f"回执{task.receipt.number:07d}" in page


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"query": "statsu=launched"}, "statsu"),
        ({"query": "due_before=2026-13-01"}, "2026-13-01"),
        ({"of": "problems", "query": "state=nonsense"}, "nonsense"),
        ({"of": "trail"}, "请回到清单页重试"),
        ({"of": ""}, "请回到清单页重试"),
    ],
)
def test_conditions_that_are_wrong_begin_nothing_and_leave_no_receipt(
    desk: Client, given: dict[str, str], sentence: str
) -> None:
    response = desk.post("/tasks/", {**ITEMS, **given})
    assert response.status_code == 400
    assert sentence in html_of(response)
    assert not LongTask.objects.exists()
    assert not Receipt.objects.exists()


# --- watched --------------------------------------------------------------------------------


def test_the_page_counts_rows_and_asks_for_itself_until_it_is_done(desk: Client) -> None:
    factories.item()
    task = begun(desk)
    address = f"/tasks/{task.pk}/"
    hold = Hold(task.pk, 1)
    waiting = html_of(desk.get(address))
    assert 'data-state="waiting"' in waiting
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in waiting
    hold.begin()
    assert "已读取 <strong>0</strong> 行" in html_of(desk.get(address))
    hold.done, hold.all = 40, 120
    hold.tell()
    part = html_of(desk.get(address, headers={"HX-Request": "true"}))
    assert "<h1" not in part
    assert "<title>办理中 · 导出 Excel：合作事项 · " in part
    assert '<progress max="120" value="40"' in part
    assert 'hx-trigger="every 1s"' in part
    hold.done = 120
    hold.tell()
    assert "120 行已全部读取，正在写成文件" in html_of(desk.get(address))
    longwork._do(hold)
    page = html_of(desk.get(address))
    assert 'data-state="done"' in page
    assert "hx-trigger" not in page.split('id="task"')[1]
    assert "http-equiv" not in page


def test_rows_are_counted_as_they_are_read(desk: Client) -> None:
    hold = Hold(1, 1)
    seen = [(record, hold.done) for record in hold.counting("abc")]
    assert seen == [("a", 0), ("b", 1), ("c", 2)]
    assert hold.done == 3


def test_the_way_back_stands_on_every_page_of_who_has_begun_one(desk: Client) -> None:
    link = '<a href="/tasks/">任务</a>'
    assert link not in html_of(desk.get("/items/"))
    task = begun(desk)
    assert link in html_of(desk.get("/sectors/"))
    page = html_of(desk.get("/tasks/"))
    assert f'href="/tasks/{task.pk}/"' in page
    assert 'data-total="1"' in page


def test_the_list_costs_the_same_for_one_task_and_for_three(desk: Client) -> None:
    counts = []
    for _ in range(3):
        begun(desk)
        with CaptureQueriesContext(connection) as queries:
            desk.get("/tasks/")
        counts.append(len(queries))
    assert counts == [5, 5, 5]


def test_an_unknown_parameter_lists_nothing(desk: Client) -> None:
    begun(desk)
    assert 'data-total="0"' in html_of(desk.get("/tasks/?state=done"))
    assert desk.get(f"/tasks/{LongTask.objects.get().pk}/?x=1").status_code == 400


# --- one's own ------------------------------------------------------------------------------


def test_nobody_sees_the_tasks_of_others(desk: Client, client: Client) -> None:
    factories.item()
    task = done(begun(desk))
    client.force_login(factories.user("auditor", Role.AUDITOR))
    paths = [f"/tasks/{task.pk}/", f"/tasks/{task.pk}/file/"]
    assert [client.get(path).status_code for path in paths] == [404, 404]
    assert client.post(f"/tasks/{task.pk}/again/").status_code == 404
    assert 'data-total="0"' in html_of(client.get("/tasks/"))


@pytest.mark.parametrize("role", [Role.REPORTER, Role.APPROVER, Role.SYSADMIN, Role.SECADMIN])
def test_who_may_not_export_begins_nothing(client: Client, role: Role) -> None:
    client.force_login(factories.user("someone", role))
    assert client.post("/tasks/", ITEMS).status_code == 403
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("loss", ["groups", "is_active"])
def test_a_right_that_is_lost_meanwhile_is_not_used(desk: Client, leader: User, loss: str) -> None:
    factories.item()
    task, finished = begun(desk), done(begun(desk))
    with leader.recording(factories.Act()):
        if loss == "groups":
            leader.groups.clear()
        leader.is_active = loss != "is_active"
    assert done(task).state == TaskState.FAILED
    assert task.problem == "提交人已没有“导出”的权限，没有办理。"
    assert not task.receipt.is_complete
    assert not task.pieces.exists()
    expected = {"groups": 403, "is_active": 302}[loss]
    assert desk.get(f"/tasks/{finished.pk}/file/").status_code == expected


# --- once -----------------------------------------------------------------------------------


def test_a_person_has_so_many_at_a_time(desk: Client) -> None:
    tasks = [begun(desk) for _ in range(AT_ONCE)]
    page = desk.post("/tasks/", ITEMS, follow=True)
    assert "您已有3项后台任务在排队或者办理" in html_of(page)
    assert (LongTask.objects.count(), Receipt.objects.count()) == (AT_ONCE, AT_ONCE)
    aged(tasks[0], beat_at=LEASE + MOMENT)  # its process is gone, and it stands in nobody's way
    begun(desk)
    assert LongTask.objects.count() == AT_ONCE + 1


def test_a_task_whose_process_is_gone_is_broken_off_and_gives_the_same_rows_again(
    desk: Client,
) -> None:
    factories.item(name="甲")
    task = begun(desk)
    hold = Hold(task.pk, 1, done=7, all=9)
    hold.begin()
    hold.tell()
    TaskPiece.objects.create(task=task, attempt=1, number=0, content=b"half")
    task.refresh_from_db()
    aged(task, beat_at=LEASE - MOMENT * 5)
    assert task.now == TaskState.RUNNING
    assert "重新办理" not in html_of(desk.get(f"/tasks/{task.pk}/"))
    aged(task, beat_at=MOMENT * 6)
    page = html_of(desk.get(f"/tasks/{task.pk}/"))
    assert "办理中断" in page
    assert "已读取 7 行" in page
    factories.item(name="乙")
    assert desk.post(f"/tasks/{task.pk}/again/")["Location"] == f"/tasks/{task.pk}/"
    task.refresh_from_db()
    assert (task.state, task.attempt, task.done_rows, task.all_rows) == ("waiting", 2, 0, None)
    content = body(desk.get(f"/tasks/{done(task).pk}/file/"))
    assert [row[1] for row in rows_of(content)[1:]] == ["甲"]
    assert verify().problem == ""


def test_who_was_taken_over_writes_nothing_more(desk: Client) -> None:
    factories.item()
    task = begun(desk)
    old = Hold(task.pk, task.attempt)
    aged(task, beat_at=LEASE + MOMENT)
    task.again(User.objects.get(username="leader"))
    with pytest.raises(Lost):
        old.tell()
    with pytest.raises(Lost):
        list(old.counting("ab"))
    longwork.run(task.pk, 1)
    task.refresh_from_db()
    assert (task.state, task.attempt) == (TaskState.WAITING, 2)
    assert done(task).state == TaskState.DONE


def test_what_is_done_or_under_way_is_not_begun_again(desk: Client, leader: User) -> None:
    factories.item()
    task = begun(desk)
    for _ in range(2):
        with pytest.raises(TaskRefused, match="已在办理或者已经办结"):
            task.again(leader)
        done(task)
    assert (task.state, task.attempt) == (TaskState.DONE, 1)
    page = desk.post(f"/tasks/{task.pk}/again/", follow=True)
    assert "不需要重新办理" in html_of(page)


def test_a_task_that_fails_says_so_and_can_be_tried_again(
    desk: Client, caplog: pytest.LogCaptureFixture
) -> None:
    factories.item()
    task = begun(desk)
    name = task.receipt.path
    factories.lift_guards()
    Receipt.objects.update(path="/nonsense.xlsx")
    assert done(task).state == TaskState.FAILED
    assert "nonsense" in caplog.text
    page = html_of(desk.get(f"/tasks/{task.pk}/"))
    assert "原因已记入系统日志" in page
    assert "nonsense" not in page
    Receipt.objects.update(path=name)
    desk.post(f"/tasks/{task.pk}/again/")
    task.refresh_from_db()
    assert done(task).state == TaskState.DONE
    assert task.problem == ""


def test_progress_that_cannot_be_written_does_not_break_the_work(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.item()
    task = begun(desk)
    hold = Hold(task.pk, 1)

    def refused(**values: Any) -> None:
        raise DatabaseError("database is locked")

    monkeypatch.setattr(hold, "tell", refused)
    monkeypatch.setattr(longwork, "BEAT", 0.01)
    with longwork._beating(hold):
        assert list(hold.counting("ab")) == ["a", "b"]
    assert not hold.is_lost


# --- kept for a while -------------------------------------------------------------------------


def test_a_file_goes_when_its_time_is_over_and_the_row_says_so(
    desk: Client, client: Client, leader: User
) -> None:
    factories.item()
    task, fresh = done(begun(desk)), done(begun(desk))
    aged(task, ended_at=KEPT)
    assert desk.get(f"/tasks/{task.pk}/file/").status_code == 404
    assert "过期删除" in html_of(desk.get(f"/tasks/{task.pk}/"))
    assert task.pieces.exists()
    client.force_login(factories.bureau())
    begun(client)  # of anybody
    assert not task.pieces.exists()
    assert fresh.pieces.exists()
    client.force_login(leader)
    assert re.findall(r'class="status task-(\w+)"', html_of(client.get("/tasks/"))) == [
        "done",
        "over",
    ]


def test_the_daily_command_removes_files_whose_time_is_over(desk: Client) -> None:
    factories.item()
    task, fresh = done(begun(desk)), done(begun(desk))
    aged(task, ended_at=KEPT)
    call_command("remind", stdout=io.StringIO())
    assert not task.pieces.exists()
    assert fresh.pieces.exists()


# --- in threads -------------------------------------------------------------------------------


@pytest.fixture
def settled(transactional_db: None) -> Iterator[None]:
    """Nothing is under way when the database is cleared."""
    yield
    longwork.settle()


def test_the_process_that_was_asked_does_it_by_itself(settled: None, client: Client) -> None:
    factories.item()
    client.force_login(factories.user("leader", Role.LEADER))
    task = begun(client)
    longwork.settle()
    task.refresh_from_db()
    assert (task.state, task.done_rows) == (TaskState.DONE, 1)
    assert len(rows_of(body(client.get(f"/tasks/{task.pk}/file/")))) == 2


def issue(user: User) -> Receipt:
    about = {"path": "/items.xlsx", "words": "", "title": "合作事项", "extension": "xlsx"}
    return Receipt.issue(by=user, as_of=None, day=today(), **about)


def broken_off() -> LongTask:
    user = factories.user("leader", Role.LEADER)
    task = LongTask.begin(user, TaskKind.EXPORT, lambda: issue(user))
    aged(task, beat_at=LEASE + MOMENT)
    return task


def test_of_many_who_take_it_up_together_one_does(settled: None) -> None:
    factories.item()
    task = broken_off()
    user = User.objects.get(username="leader")

    def prepare(place: int) -> Any:
        seen = LongTask.objects.get(pk=task.pk)

        def take() -> str:
            try:
                seen.again(user)
            except TaskRefused:
                return "refused"
            longwork.run(seen.pk, seen.attempt)
            return "done"

        return take

    answers = race(prepare)
    assert sorted(answers) == ["done", *["refused"] * (RACERS - 1)]
    task.refresh_from_db()
    assert (task.state, task.attempt) == (TaskState.DONE, 2)
    assert AccessEvent.objects.filter(action=AccessAction.EXPORT).count() == 1


def test_one_attempt_is_taken_from_the_queue_once(settled: None) -> None:
    factories.item()
    task = broken_off()

    def once() -> str:
        hold = Hold(task.pk, 1)
        try:
            hold.begin()
            longwork._do(hold)
        except Lost:
            return "lost"
        return "done"

    answers = race(lambda place: once)
    assert sorted(answers) == ["done", *["lost"] * (RACERS - 1)]
    task.refresh_from_db()
    assert task.state == TaskState.DONE
    assert AccessEvent.objects.filter(action=AccessAction.EXPORT).count() == 1
    assert verify().problem == ""


def test_many_requests_of_one_person_at_once_begin_no_more_than_they_may(settled: None) -> None:
    user = factories.user("leader", Role.LEADER)

    def begin() -> str:
        try:
            LongTask.begin(user, TaskKind.EXPORT, lambda: issue(user))
        except TaskRefused:
            return "refused"
        return "begun"

    answers = race(lambda place: begin)
    assert sorted(answers) == ["begun"] * AT_ONCE + ["refused"] * (RACERS - AT_ONCE)
