"""Access events: sign-ins, failures, exports and downloads, in a chain of their own.

They have their own chain so that guessing passwords neither slows nor floods the trail.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from ..choices import AccessAction
from .fields import LineField
from .trail import Act, ChainedRow


class AccessEvent(ChainedRow):
    chain = "access"

    action = models.CharField("动作", max_length=20, choices=AccessAction.choices)
    username = LineField("用户名", max_length=150)
    address = models.CharField("来源地址", max_length=45, blank=True)
    is_successful = models.BooleanField("是否成功", default=True)
    details = models.JSONField("详情", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "登录与导出记录"
        ordering = ["-sequence"]

    def __str__(self) -> str:
        return f"#{self.sequence} {self.get_action_display()} {self.username}"

    @property
    def in_words(self) -> str:
        """What was taken out; empty for the rest."""
        told = self.details
        if self.action == AccessAction.DOWNLOAD:
            home = told.get("entry") or told.get("matter")
            return f"{home}：{told['name']}，SHA-256 {told['sha256']}"
        if self.action == AccessAction.COLLECT:
            return f"{told['name']}，SHA-256 {told['sha256']}"
        if self.action != AccessAction.EXPORT:
            return ""
        if "filter" not in told:  # a unit's workbook, a marked sheet: no list, and no receipt
            return f"{told.get('title', '')}，SHA-256 {told.get('sha256', '')}"
        number = f"，回执{told['receipt']:07d}" if "receipt" in told else ""
        return f"{told['address']}：{told['filter']}，{told['rows']}行{number}"


def record(
    action: AccessAction, request: Any, *, user: Any = None, username: str = "", **details: Any
) -> AccessEvent:
    """Append one access event; `details` are plain JSON values."""
    user = user if user is not None and getattr(user, "pk", None) else None
    return AccessEvent.append(
        recorded_at=timezone.now(),
        actor_id=user.pk if user else None,
        actor_name=Act(by=user).actor_name if user else "未登录",
        action=action,
        username=_clean(user.get_username() if user else username),
        address=(request.META.get("REMOTE_ADDR", "") if request else "")[:45],
        is_successful=action != AccessAction.LOGIN_FAILED,
        details=details,
    )


def _clean(username: str) -> str:
    """What was typed as a name, without what a database or a log line cannot hold."""
    return "".join(c for c in username if c.isprintable())[:150]


def on_login(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    record(AccessAction.LOGIN, request, user=user)


def on_logout(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    if user is not None:
        record(AccessAction.LOGOUT, request, user=user)


def on_login_failed(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:
    username = str(credentials.get("username") or "")
    record(AccessAction.LOGIN_FAILED, kwargs.get("request"), username=username)
