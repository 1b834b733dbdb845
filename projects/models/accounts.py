"""Accounts: who may come in, and as what."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models

from .. import text
from ..choices import Role
from ..rights import ADMIN_RIGHTS, Right, apart, granted, roles_named
from .fields import LineField
from .organisations import Organisation
from .places import Region
from .recorded import Facts, Recorded
from .recordedrows import RecordedQuerySet
from .trail import Act, Revision

USERNAME_LENGTH = 150
OWN_ROLES = "本人的岗位由另一名系统管理员调整。"


class AccountManager(UserManager["User"].from_queryset(RecordedQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str | None) -> User:
        """Accounts are found whatever the width or case of what was typed."""
        return self.get(username=text.username(username or ""))


class User(Recorded, AbstractUser):
    """A person; what they may do follows from their groups (`rights.POLICY`)."""

    unrecorded: ClassVar[frozenset[str]] = Recorded.unrecorded | {
        "last_login",
        "password",
        "is_staff",
    }

    related_facts_of: ClassVar[tuple[str, ...]] = ("password",)

    display_name = LineField("姓名", max_length=40, blank=True)
    unit = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name="单位",
    )
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="地区"
    )

    objects = AccountManager()  # type: ignore[misc]

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["username"]

    def __str__(self) -> str:
        return self.display_name or self.username

    @classmethod
    def normalize_username(cls, username: str) -> str:
        return text.username(username) if isinstance(username, str) else username

    def clean(self) -> None:
        """Folding may lengthen a name, which the form has measured before."""
        super().clean()
        if len(self.username) > USERNAME_LENGTH:
            raise ValidationError({"username": f"用户名过长，请不超过{USERNAME_LENGTH}个字符。"})

    def get_full_name(self) -> str:
        return self.display_name or super().get_full_name()

    def trail_code(self) -> str:
        return self.username

    @cached_property
    def roles(self) -> frozenset[Role]:
        return roles_named(self.groups.values_list("name", flat=True))

    @cached_property
    def rights(self) -> frozenset[Right]:
        return granted(self.roles) if self.is_active else frozenset()

    def may(self, right: Right) -> bool:
        return right in self.rights

    @property
    def works_in_admin(self) -> bool:
        return bool(self.rights & ADMIN_RIGHTS)

    def settle(self, stored: Recorded | None, act: Act) -> None:
        self.username = self.normalize_username(self.username)

    def append_revision(
        self, stored: Recorded | None, act: Act, changes: list[dict[str, Any]], after: Facts
    ) -> Revision:
        """Groups change by another person's hand, and keep the three watchers apart.

        Raises `ValidationError`.
        """
        if any(change["field"] == "groups" for change in changes):
            roles = roles_named(after.get("groups", {}).get("value", ()))
            own = [OWN_ROLES] if act.by is not None and act.by.pk == self.pk else []
            if problems := apart(roles) + own:
                raise ValidationError(problems)
        return super().append_revision(stored, act, changes, after)

    def related_facts(self) -> Facts:
        names = sorted(self.groups.values_list("name", flat=True)) if self.pk else []
        seal = hashlib.sha256(self.password.encode()).hexdigest()[:16]
        return {
            "groups": {"value": names, "text": "、".join(names)},
            "password": {"value": seal, "text": "（已设置）"},
        }
