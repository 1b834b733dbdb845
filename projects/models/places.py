"""Places (GB/T 2260 and functional zones) and sectors."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import models

from .. import text
from ..choices import RegionLevel, SectorField
from .fields import LineField
from .recorded import Recorded
from .recordedrows import RecordedQuerySet
from .trail import Act


class RegionQuerySet(RecordedQuerySet):
    def get_by_natural_key(self, code: str) -> Region:
        return self.get(code=code)

    def prefectures(self) -> Self:
        return self.filter(level=RegionLevel.PREFECTURE)

    def districts(self) -> Self:
        """All below a prefecture: districts, counties, zones."""
        return self.exclude(level=RegionLevel.PREFECTURE)


class Region(Recorded):
    """A prefecture, district, county or functional zone."""

    keeps_versions: ClassVar[bool] = True

    code = models.CharField(
        "代码",
        max_length=20,
        unique=True,
        validators=[validate_slug],
        help_text="GB/T 2260 代码或功能区标识；登记后不再更改。",
    )
    name = LineField("名称", max_length=40)
    level = models.CharField("层级", max_length=20, choices=RegionLevel.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True, blank=True)
    former_codes = LineField("曾用代码", max_length=100, blank=True)

    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "地区"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(level=RegionLevel.PREFECTURE, parent__isnull=True)
                | models.Q(parent__isnull=False) & ~models.Q(level=RegionLevel.PREFECTURE),
                name="region_parent_unless_prefecture",
                violation_error_message="地级市没有上级，其余地区须填写上级。",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.code,)

    def clean(self) -> None:
        """Two levels, no more: counting by place relies on it."""
        if self.parent is not None and self.parent.level != RegionLevel.PREFECTURE:
            raise ValidationError({"parent": f"上级须是地级市，“{self.parent}”不是。"})

    def settle(self, stored: Recorded | None, act: Act) -> None:
        self.clean()
        if isinstance(stored, Region) and self._place() != stored._place():
            raise ValidationError(
                "代码、层级和上级登记后不再更改；区划调整的，请新增地区并填写其曾用代码。"
            )

    def _place(self) -> tuple[str, bool, int | None]:
        return self.code, self.level == RegionLevel.PREFECTURE, self.parent_id

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Refused while any entry touches the place."""
        if self.entries.exists():
            raise ValidationError(f"“{self}”是台账条目的涉及地区，不能删除。")
        return super().delete(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return self.address("city", self.code)


class SectorQuerySet(RecordedQuerySet):
    def get_by_natural_key(self, slug: str) -> Sector:
        return self.get(slug=slug)


class Sector(Recorded):
    """领域, grouped by the bulletin's field."""

    keeps_versions: ClassVar[bool] = True

    slug = models.SlugField("标识", max_length=20, unique=True)
    name = LineField("名称", max_length=20, unique=True)
    field = models.CharField("通报板块", max_length=20, choices=SectorField.choices)
    position = models.PositiveSmallIntegerField("排序", default=0)

    objects = SectorQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "领域"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        return (self.slug,)

    def trail_code(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return self.address("sector", self.slug)


def search_text(*parts: str) -> str:
    """What search looks in: the parts as folded text, with pinyin and initials."""
    written: list[Any] = [text.searchable(part) for part in parts if part]
    # What is ASCII sounds as it is written.
    sounds = [text.pinyin(part) for part in parts if part and not part.isascii()]
    return " ".join(dict.fromkeys(" ".join([*written, *sounds]).split(" ")))
