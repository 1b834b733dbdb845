"""后台任务: long work of one person, begun by one request and fetched by another.

No record, and nothing of it is in the trail: what it takes out of the ledger stands on its receipt
and in the access events. Nobody but its person sees it (`docs/decisions/0026-long-work.md`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import IO, Any, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from ..choices import TASK_ENDED, TASK_OPEN, TaskKind, TaskState
from ..rights import Right
from .accounts import User
from .fields import LineField
from .receipts import Receipt
from .uploads import Upload

#: Who has not been heard of for so long has come to an end with its process.
LEASE = dt.timedelta(seconds=30)
#: A finished file is kept so long.
KEPT = dt.timedelta(days=7)
#: Of one person, waiting or under way.
AT_ONCE = 3
#: What each kind is begun with.
RIGHTS = {TaskKind.EXPORT: Right.EXPORT, TaskKind.PLAN: Right.EDIT}
Issue = Callable[[], Receipt]
#: Bytes of a file that are written and sent in one piece.
PIECE = 2**20


class TaskRefused(ValidationError):
    """What cannot be begun, or not be done; every reason as a sentence."""


class Lost(Exception):
    """Another process has taken the task over: what this one does counts no more."""


class TaskQuerySet(models.QuerySet["LongTask"]):
    def of(self, user: Any) -> Self:
        return self.filter(user_id=user.pk)

    def alive(self, at: dt.datetime) -> Self:
        """Waiting or under way, in a process that was heard of."""
        return self.filter(state__in=TASK_OPEN, beat_at__gte=at - LEASE)

    def free(self, at: dt.datetime) -> Self:
        """Broken off or failed: can be done again."""
        is_silent = Q(state__in=TASK_OPEN, beat_at__lt=at - LEASE)
        return self.filter(is_silent | Q(state=TaskState.FAILED))

    def held(self, pk: int, attempt: int) -> Self:
        """The task, as long as that attempt is the one that counts."""
        return self.filter(pk=pk, attempt=attempt, state__in=TASK_OPEN)

    def drop_files(self, at: dt.datetime) -> int:
        """Remove files whose time is over, of everybody; says of how many tasks."""
        over = self.filter(ended_at__lte=at - KEPT, pieces__isnull=False).distinct()
        keys = list(over.values_list("pk", flat=True))
        TaskPiece.objects.filter(task__in=keys).delete()
        return len(keys)

    drop_files.alters_data = True  # type: ignore[attr-defined]


class LongTask(models.Model):
    """One piece of long work. Each attempt has a number; what it writes is written only while
    that number stands, so that of two processes one at most brings it to its end."""

    user_id = models.BigIntegerField("经办人编号")
    came_from = models.CharField("来源地址", max_length=45, blank=True)
    kind = models.CharField("类别", max_length=20, choices=TaskKind.choices)
    title = LineField("内容", max_length=200)
    receipt = models.OneToOneField(
        Receipt, models.PROTECT, null=True, related_name="task", verbose_name="导出回执"
    )
    upload = models.ForeignKey(
        Upload, models.CASCADE, null=True, related_name="tasks", verbose_name="上传的表格"
    )
    state = models.CharField("状态", max_length=20, choices=TaskState.choices)
    attempt = models.PositiveIntegerField("第几次办理", default=1)
    begun_at = models.DateTimeField("提交时间")
    beat_at = models.DateTimeField("最近进展")
    ended_at = models.DateTimeField("办结时间", null=True)
    done_rows = models.BigIntegerField("已处理行数", default=0)
    all_rows = models.BigIntegerField("总行数", null=True)
    problem = LineField("未办成的原因", max_length=400, blank=True)
    file_name = LineField("文件名", max_length=200, blank=True)
    ascii_name = models.CharField("文件名（ASCII）", max_length=200, blank=True)
    size = models.BigIntegerField("文件大小（字节）", default=0)
    sha256 = models.CharField("文件摘要", max_length=64, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "后台任务"
        ordering = ["-begun_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=TaskKind.EXPORT, receipt__isnull=False, upload=None)
                | Q(kind=TaskKind.PLAN, receipt=None, upload__isnull=False),
                name="task_kind_with_its_subject",
                violation_error_message="导出的任务须有回执，核对的任务须有上传的表格。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=TASK_OPEN, ended_at=None)
                | Q(state__in=TASK_ENDED, ended_at__isnull=False),
                name="task_ended_with_its_moment",
                violation_error_message="后台任务的状态须在表中，办结的须有办结时间。",
            ),
        ]
        indexes = [models.Index(fields=["user_id", "-begun_at"], name="task_of_user")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.title}"

    def get_absolute_url(self) -> str:
        return reverse("task", args=[self.pk])

    # --- how it stands ------------------------------------------------------------------

    def standing(self, at: dt.datetime) -> TaskState:
        """Its state, and what time alone has made of it."""
        if self.state in TASK_OPEN and self.beat_at < at - LEASE:
            return TaskState.INTERRUPTED
        if self.state == TaskState.DONE and self.ended_at and self.ended_at <= at - KEPT:
            return TaskState.EXPIRED
        return TaskState(self.state)

    @property
    def now(self) -> TaskState:
        return self.standing(timezone.now())

    @property
    def is_open(self) -> bool:
        return self.now in TASK_OPEN

    @property
    def can_be_done_again(self) -> bool:
        return self.now in (TaskState.INTERRUPTED, TaskState.FAILED)

    @property
    def has_file(self) -> bool:
        return self.kind == TaskKind.EXPORT and self.now == TaskState.DONE

    @property
    def right(self) -> Right:
        """What its person needs, when it begins, while it runs and for what comes of it."""
        return RIGHTS[TaskKind(self.kind)]

    @property
    def verb(self) -> str:
        """What happens to its rows."""
        return {TaskKind.EXPORT: "读取", TaskKind.PLAN: "核对"}[TaskKind(self.kind)]

    @property
    def is_written(self) -> bool:
        """All rows are read, and the file is being put together."""
        return self.all_rows is not None and self.done_rows >= self.all_rows

    def told(self) -> dict[str, Any]:
        """What the access event of a download keeps."""
        return {"task": self.pk, "name": self.file_name, "sha256": self.sha256}

    @property
    def kept_until(self) -> dt.datetime | None:
        return self.ended_at + KEPT if self.ended_at else None

    # --- begun --------------------------------------------------------------------------

    @classmethod
    def begin(cls, user: Any, kind: TaskKind, issue: Issue | None = None, **about: Any) -> Self:
        """Put a new one in the queue, with what `issue` issues; files whose time is over go.

        Raises `TaskRefused` when the person has as many as they may. Nothing runs yet.
        """
        at = timezone.now()
        with transaction.atomic():
            cls._room(user, at)
            cls.objects.drop_files(at)
            made = cls(user_id=user.pk, kind=kind, **about)
            if issue is not None:
                made.receipt = issue()
                made.title = made.receipt.title
            made.state, made.begun_at, made.beat_at = TaskState.WAITING, at, at
            made.save()
        return made

    @classmethod
    def _room(cls, user: Any, at: dt.datetime) -> None:
        """Of many requests of one person at once none is counted twice: their account is locked."""
        list(User.objects.select_for_update(no_key=True).filter(pk=user.pk))
        if cls.objects.of(user).alive(at).count() >= AT_ONCE:
            raise TaskRefused(
                f"您已有{AT_ONCE}项后台任务在排队或者办理，请等其中一项办结后再提交。"
            )

    def again(self, user: Any) -> None:
        """Put it in the queue once more. Raises `TaskRefused` when it is not broken off."""
        at = timezone.now()
        with transaction.atomic():
            self._room(user, at)
            rows = type(self).objects.filter(pk=self.pk, attempt=self.attempt).free(at)
            if not rows.update(**self._anew(at)):
                raise TaskRefused("这项任务已在办理或者已经办结，不需要重新办理。")
            self.pieces.all().delete()
        self.refresh_from_db()

    @staticmethod
    def _anew(at: dt.datetime) -> dict[str, Any]:
        return {
            "state": TaskState.WAITING,
            "attempt": F("attempt") + 1,
            "beat_at": at,
            "ended_at": None,
            "done_rows": 0,
            "all_rows": None,
            "problem": "",
        }

    # --- its file -----------------------------------------------------------------------

    def keep(self, file: IO[bytes]) -> int:
        """Store the file piece by piece, each by a short statement of its own; its size."""
        size = 0
        for number, content in enumerate(iter(lambda: file.read(PIECE), b"")):
            TaskPiece.objects.create(
                task=self, attempt=self.attempt, number=number, content=content
            )
            size += len(content)
        return size

    def content(self) -> Iterator[bytes]:
        """The stored file, one piece in memory at a time."""
        keys = self.pieces.filter(attempt=self.attempt).order_by("number").values_list("pk")
        for (key,) in list(keys):
            yield bytes(TaskPiece.objects.get(pk=key).content)

    begin.__func__.alters_data = True  # type: ignore[attr-defined]
    again.alters_data = True  # type: ignore[attr-defined]
    keep.alters_data = True  # type: ignore[attr-defined]


class TaskPiece(models.Model):
    """A stretch of the file of a task; in the database, where every process finds it."""

    task = models.ForeignKey(LongTask, models.CASCADE, related_name="pieces")
    attempt = models.PositiveIntegerField("第几次办理")
    number = models.PositiveIntegerField("次序")
    content = models.BinaryField("内容")

    class Meta:
        verbose_name = verbose_name_plural = "后台任务的文件"
        constraints = [
            models.UniqueConstraint(
                fields=["task", "attempt", "number"],
                name="task_piece_once",
                violation_error_message="文件的这一段已存放。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.task_id}/{self.attempt}/{self.number}"
