"""专项组: the directory of task forces with their leading officials."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .fields import LineField, ProseField
from .organisations import Organisation
from .recorded import Recorded
from .recordedrows import RecordedQuerySet


class TaskForce(Recorded):
    """One task force; entries name it by its name (`LedgerEntry.task_force`)."""

    keeps_versions: ClassVar[bool] = True

    name = LineField("专项组", max_length=60, unique=True)
    leader = LineField("组长", max_length=40, blank=True, help_text="姓名和职务。")
    office = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="task_forces",
        verbose_name="牵头（办公室）单位",
    )
    duties = ProseField("职责", blank=True)
    position = models.PositiveSmallIntegerField("顺序", default=0)

    objects = RecordedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "专项组"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name
