"""Long work in a thread of the process that was asked for it (`docs/decisions/0026-long-work.md`).

One task at a time in a process, the others wait. While it has a task in hand the process says so in
the task's row once a second, with the rows it has come to; when it no longer does, the task is
broken off, and any process may do it again. What a thread writes counts only as long as its attempt
is the one in the row.
"""

from __future__ import annotations

import hashlib
import io
import logging
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from django.db import Error, connections, transaction
from django.utils import timezone

from . import exports, proof
from .choices import AccessAction, TaskKind, TaskState
from .models import LongTask, TaskRefused, User, access
from .models.tasks import Lost
from .sheets import keptplans, own

#: Seconds between two words of how far a task has come.
BEAT = 1.0
#: Other threads of the process have their turn after so many rows, for so many seconds.
TURN, PAUSE = 20, 0.001
BROKEN = "办理时系统出错，原因已记入系统日志。请重新办理；仍未办成的，请与系统管理员联系。"

log = logging.getLogger(__name__)
_slot = threading.BoundedSemaphore(1)
_threads: set[threading.Thread] = set()


@dataclass
class Hold:
    """One attempt at a task: what its thread has come to, and whether it is still the one."""

    task: int
    attempt: int
    done: int = 0
    all: int | None = None
    is_lost: bool = False

    def begin(self) -> None:
        """Take it from the queue. Raises `Lost` when somebody has done so before."""
        rows = LongTask.objects.held(self.task, self.attempt).filter(state=TaskState.WAITING)
        if not rows.update(state=TaskState.RUNNING, beat_at=timezone.now()):
            raise Lost

    def tell(self, **values: Any) -> None:
        """Write how it stands. Raises `Lost` when another attempt has begun."""
        values |= {"beat_at": timezone.now(), "done_rows": self.done, "all_rows": self.all}
        if not LongTask.objects.held(self.task, self.attempt).update(**values):
            self.is_lost = True
            raise Lost

    def over(self, rows: list[Any]) -> Iterator[Any]:
        """The same of rows whose number is known; counted from the first one."""
        self.done, self.all = 0, len(rows)
        return self.counting(rows)

    def end(self, state: TaskState, **values: Any) -> None:
        self.tell(state=state, ended_at=timezone.now(), **values)

    def counting(self, records: Iterable[Any]) -> Iterator[Any]:
        """The same, counted as they are taken."""
        for record in records:
            if self.is_lost:
                raise Lost
            yield record
            self.done += 1
            if self.done % TURN == 0:  # pages of the same process are not to wait for us
                time.sleep(PAUSE)


# --- in a thread ------------------------------------------------------------------------------


def start(task: LongTask) -> None:
    """Do it in the background, once what was written of it can be read by others."""
    pk, attempt = task.pk, task.attempt

    def begin() -> None:
        thread = threading.Thread(
            target=_in_thread, args=(pk, attempt), name=f"task-{pk}", daemon=True
        )
        _threads.add(thread)
        thread.start()

    transaction.on_commit(begin)


def settle(seconds: float = 60) -> None:
    """Wait until nothing is under way in this process."""
    for thread in list(_threads):
        thread.join(seconds)


def _in_thread(pk: int, attempt: int) -> None:
    try:
        run(pk, attempt)
    finally:
        connections.close_all()
        _threads.discard(threading.current_thread())


def run(pk: int, attempt: int) -> None:
    """Do that attempt of a task here and now; what becomes of it stands in its row."""
    hold = Hold(pk, attempt)
    with _beating(hold), _slot:
        try:
            hold.begin()
            _do(hold)
        except Lost:
            log.warning("task %s: attempt %s has been taken over", pk, attempt)


def _do(hold: Hold) -> None:
    task = LongTask.objects.select_related("receipt", "upload").get(pk=hold.task)
    try:
        WORK[TaskKind(task.kind)](task, hold)
    except Lost:
        raise
    except TaskRefused as refusal:
        hold.end(TaskState.FAILED, problem="".join(refusal.messages))
    except Exception:
        log.exception("task %s has failed", hold.task)
        hold.end(TaskState.FAILED, problem=BROKEN)


@contextmanager
def _beating(hold: Hold) -> Iterator[None]:
    """Tell of it once a second meanwhile, also while it waits for its turn or zips its file."""
    is_over = threading.Event()
    thread = threading.Thread(target=_beat, args=(hold, is_over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _beat(hold: Hold, is_over: threading.Event) -> None:
    while not is_over.wait(BEAT):
        with suppress(Error, Lost):  # what could not be written is written the next time
            hold.tell()
        connections.close_all()  # those who wait are not to hold what pages need


# --- what is done -----------------------------------------------------------------------------


def _person(task: LongTask) -> User:
    """Whose task it is, as they are now. Raises `TaskRefused` when the right is gone."""
    person = User.objects.filter(pk=task.user_id).first()
    if person is None or not person.may(task.right):
        raise TaskRefused(f"提交人已没有“{task.right.label}”的权限，没有办理。")
    return person


def _export(task: LongTask, hold: Hold) -> None:
    """The workbook of a receipt: read as at its moment, and so the same rows at every attempt."""
    _person(task)
    assert task.receipt is not None
    sheet = proof.sheet_of(task.receipt)
    hold.all = sheet.total() if sheet.total else None
    counted = replace(sheet, records=lambda: hold.counting(sheet.records()))
    with tempfile.TemporaryFile() as file:
        rows, rows_sha256 = exports.write_workbook(counted, file)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        size = task.keep(file)
    ascii_name, name = sheet.names("xlsx")
    with transaction.atomic():
        person = _person(task)
        hold.end(TaskState.DONE, file_name=name, ascii_name=ascii_name, size=size, sha256=sha256)
        task.receipt.complete(rows=rows, sha256=sha256, rows_sha256=rows_sha256)
        access.record(AccessAction.EXPORT, _Origin(task), user=person, **task.receipt.told())


class _Origin:
    """Of the request that began the task, what an access event keeps."""

    def __init__(self, task: LongTask) -> None:
        self.META = {"REMOTE_ADDR": task.came_from}


def _plan(task: LongTask, hold: Hold) -> None:
    """What an office's own ledger would add and change, put away for the pages that show it."""
    _person(task)
    upload = task.upload
    assert upload is not None
    if upload.applied_at:
        raise TaskRefused("这份表格已经导入，不需要再核对。")
    made = own.plan(upload, read_=hold.counting, judged=hold.over)
    size = task.keep(io.BytesIO(keptplans.put_away(made, upload.mapping)))
    _person(task)
    hold.end(TaskState.DONE, size=size)


#: By the kind of task: does it, and ends it.
WORK: dict[TaskKind, Callable[[LongTask, Hold], None]] = {
    TaskKind.EXPORT: _export,
    TaskKind.PLAN: _plan,
}
