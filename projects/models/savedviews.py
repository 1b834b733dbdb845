"""常用视图: filters under a name, for oneself, one's unit or everybody.

They hold filter words and grant nothing: who opens one sees what they may see anyway. Every change
leaves a trail row, private ones included: a private view can be shared at any time.
"""

from __future__ import annotations

from typing import Any, Self

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from ..choices import LISTS, ViewScope
from ..rights import Right
from .accounts import User
from .doors import faults, unknown
from .fields import LineField
from .organisations import Organisation
from .recorded import Recorded
from .recordedrows import RecordedQuerySet
from .trail import Act

#: The columns that people fill in.
CONTENT = ("name", "ledger", "query", "columns", "scope")
QUERY_LENGTH = 2000


class ViewRefused(ValidationError):
    """A view that may not be kept so; every reason at once."""


class SavedViewQuerySet(RecordedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """One's own, those of one's unit, and those for everybody."""
        own = Q(scope=ViewScope.PRIVATE, owner=user.pk)
        of_unit = Q(scope=ViewScope.UNIT, unit__isnull=False, unit=user.unit_id)
        return self.filter(own | of_unit | Q(scope=ViewScope.OFFICE))

    def used_by(self, user: Any) -> Self:
        """With `is_default` and `is_subscribed`, as this person has set them."""
        uses = ViewUse.objects.filter(view=OuterRef("pk"), user=user.pk)
        return self.annotate(
            is_default=Exists(uses.filter(is_default=True)),
            is_subscribed=Exists(uses.filter(is_subscribed=True)),
        )


class SavedView(Recorded):
    """A filter of one of the lists. Its doors: `keep`, `edit` and `remove`."""

    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="保存人")
    unit = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="单位"
    )
    name = LineField("视图名称", max_length=40)
    ledger = models.CharField("清单", max_length=20, choices=LISTS)
    query = models.CharField("筛选条件", max_length=QUERY_LENGTH, blank=True)
    columns = models.JSONField("显示的列", default=list, blank=True)
    scope = models.CharField(
        "可用范围", max_length=10, choices=ViewScope.choices, default=ViewScope.PRIVATE
    )

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "常用视图"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["ledger", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "ledger", "name"],
                name="savedview_name_once",
                violation_error_message="您在这份清单上已有同名的视图，请换一个名称。",
            ),
            models.CheckConstraint(
                condition=Q(scope__in=ViewScope.values),
                name="savedview_scope_known",
                violation_error_message="可用范围不在表中。",
            ),
            models.CheckConstraint(
                condition=~Q(scope=ViewScope.UNIT) | Q(unit__isnull=False),
                name="savedview_unit_has_unit",
                violation_error_message="本单位的视图须属于一个单位。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("view", args=[self.pk])

    @property
    def list_href(self) -> str:
        """The list with its conditions: the address is the contract, the view a name for it."""
        path = reverse("list", args=[self.ledger])
        return f"{path}?{self.asked}" if self.asked else path

    @property
    def asked(self) -> str:
        """All that its list is asked for: the conditions, and the columns of its own."""
        chosen = f"columns={','.join(self.columns)}" if self.columns else ""
        return "&".join(filter(None, (self.query, chosen)))

    def may_be_changed_by(self, user: Any) -> bool:
        return not _obstacle(self.scope, self.owner_id, self.unit_id, user)

    # --- the doors --------------------------------------------------------------------

    @classmethod
    def keep(cls, given: dict[str, Any], act: Act) -> SavedView:
        """Save a new view of that person. `given` are columns of `CONTENT`, the query in its
        one writing (`filters.normalised`), the columns by name (none: the usual ones).

        Raises `PermissionDenied`, and `ViewRefused` with every reason.
        """
        unknown(given, CONTENT)
        made = cls(owner=act.by, **given)
        made._belong(act.by)
        made._refuse(made.scope, act.by)
        made._refuse_faults()
        made.save(act=act)
        return made

    def edit(self, given: dict[str, Any], act: Act, *, version: int) -> None:
        """Rename, share, or replace the conditions. Raises as `keep`, and `Stale`."""
        unknown(given, CONTENT)
        self._refuse(self.scope, act.by)
        with self.recording(act, expect=version):
            for name, value in given.items():
                setattr(self, name, value)
            self._belong(act.by)
            self._refuse(self.scope, act.by)
            self._refuse_faults()

    def remove(self, act: Act, *, version: int) -> None:
        """Delete it, with how people use it. Raises `PermissionDenied` and `Stale`."""
        self._refuse(self.scope, act.by)
        with transaction.atomic():
            self.locked(version)
            self.delete(act=act)

    edit.alters_data = True  # type: ignore[attr-defined]
    remove.alters_data = True  # type: ignore[attr-defined]

    def _belong(self, user: Any) -> None:
        """A unit's view is of the unit of who shares it, and stays there."""
        if self.scope != ViewScope.UNIT:
            self.unit = None
        elif self.unit is None:
            self.unit = user.unit

    def _refuse(self, scope: str, user: Any) -> None:
        if reason := _obstacle(scope, self.owner_id, self.unit_id, user):
            raise PermissionDenied(reason)

    def _refuse_faults(self) -> None:
        if problems := faults(self, CONTENT):
            raise ViewRefused(problems)


def _obstacle(scope: str, owner: Any, unit: Any, user: Any) -> str:
    """Why this person may not set such a view; empty when they may."""
    if not user.may(Right.READ):
        return "您的岗位没有“查阅台账”的权限。"
    if scope == ViewScope.OFFICE and not user.may(Right.EDIT):
        return "供全体人员使用的视图由同城化局设置。"
    if scope == ViewScope.UNIT and not (user.may(Right.REPORT) and unit and unit == user.unit_id):
        return "本单位的视图由本单位的填报人、审定人设置。"
    if scope == ViewScope.PRIVATE and owner != user.pk:
        return "这是他人保存的视图。"
    return ""


class ViewUse(models.Model):
    """How one person uses a view: opened at first, mailed each week. No record: it is theirs."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name="使用人")
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="uses", verbose_name="视图")
    ledger = models.CharField("清单", max_length=20, choices=LISTS)
    is_default = models.BooleanField("默认打开", default=False)
    is_subscribed = models.BooleanField("每周一邮件", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "视图使用设置"
        constraints = [
            models.UniqueConstraint(fields=["user", "view"], name="viewuse_once"),
            models.UniqueConstraint(
                fields=["user", "ledger"],
                condition=Q(is_default=True),
                name="viewuse_one_default",
                violation_error_message="每份清单只能有一个默认视图。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.view}"

    @classmethod
    def set(cls, user: Any, view: SavedView, *, is_default: bool, is_subscribed: bool) -> None:
        """What this person wants of the view; another default of that list gives way."""
        with transaction.atomic():
            list(User.objects.select_for_update(no_key=True).filter(pk=user.pk))
            if is_default:
                others = cls.objects.filter(user=user, ledger=view.ledger, is_default=True)
                others.exclude(view=view).update(is_default=False)
            cls.objects.update_or_create(
                user=user,
                view=view,
                defaults={
                    "ledger": view.ledger,
                    "is_default": is_default,
                    "is_subscribed": is_subscribed,
                },
            )

    set.__func__.alters_data = True  # type: ignore[attr-defined]

    @classmethod
    def default_of(cls, user: Any, ledger: str) -> SavedView | None:
        """The view with which that list opens for this person, if they still see it."""
        seen: Any = SavedView.objects.visible_to(user)
        found: SavedView | None = seen.filter(
            uses__user=user.pk, uses__is_default=True, ledger=ledger
        ).first()
        return found
