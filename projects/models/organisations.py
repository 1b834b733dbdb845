"""单位: who leads and who takes part."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models

from ..choices import OrganisationKind
from .fields import LineField
from .places import Region, search_text
from .recorded import Recorded
from .recordedrows import RecordedQuerySet
from .trail import Act


class OrganisationQuerySet(RecordedQuerySet):
    def get_by_natural_key(self, name: str) -> Organisation:
        return self.get(name=name)


class Organisation(Recorded):
    """A unit that leads entries or takes part in them."""

    keeps_versions: ClassVar[bool] = True
    unrecorded: ClassVar[frozenset[str]] = Recorded.unrecorded | {"search_text"}

    name = LineField("名称", max_length=100, unique=True)
    short_name = LineField("简称", max_length=40, blank=True)
    kind = models.CharField("类别", max_length=20, choices=OrganisationKind.choices)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所在地区"
    )
    search_text = models.TextField(editable=False, default="")

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.name,)

    def trail_code(self) -> str:
        return str(self.pk)

    def get_absolute_url(self) -> str:
        return self.address("unit", self.pk)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Refused while any entry names the unit as partner; a lead is protected by its key."""
        if self.partner_entries.exists():
            raise ValidationError(f"“{self}”是台账条目的责任（配合）单位，不能删除。")
        return super().delete(*args, **kwargs)

    def settle(self, stored: Recorded | None, act: Act) -> None:
        self.search_text = search_text(self.name, self.short_name)
