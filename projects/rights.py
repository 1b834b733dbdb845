"""Who may do what: the one table that views, admin and workflow read."""

from __future__ import annotations

from django.db import models

from .choices import Role


class Right(models.TextChoices):
    READ = "read", "查阅台账"
    EXPORT = "export", "导出"
    EDIT = "edit", "编辑台账"
    MOVE = "move", "推进状态"
    REPORT = "report", "填报本单位月报"
    SIGN = "sign", "审定本单位月报"
    ROUNDS = "rounds", "办理月报（开启、审核、催办、冻结）"
    FOLLOW = "follow", "办理问题、会议与督办"
    TRAIL = "trail", "查阅变更记录"
    ACCOUNTS = "accounts", "管理账号"
    ACCESS_LOG = "access-log", "查阅登录与导出记录"


POLICY: dict[Role, frozenset[Right]] = {
    Role.BUREAU: frozenset(
        {
            *(Right.READ, Right.EXPORT, Right.EDIT, Right.MOVE),
            *(Right.ROUNDS, Right.FOLLOW, Right.TRAIL),
        }
    ),
    Role.REPORTER: frozenset({Right.READ, Right.REPORT}),
    Role.APPROVER: frozenset({Right.READ, Right.REPORT, Right.SIGN}),
    Role.LEADER: frozenset({Right.READ, Right.EXPORT}),
    Role.AUDITOR: frozenset({Right.READ, Right.EXPORT, Right.TRAIL, Right.ACCESS_LOG}),
    Role.SYSADMIN: frozenset({Right.ACCOUNTS}),
    Role.SECADMIN: frozenset({Right.ACCESS_LOG}),
}

#: Rights for which the admin pages are needed.
ADMIN_RIGHTS = frozenset({Right.EDIT, Right.ACCOUNTS})


def granted(roles: frozenset[Role]) -> frozenset[Right]:
    """All rights that the roles give together."""
    return frozenset().union(*(POLICY[role] for role in roles))
