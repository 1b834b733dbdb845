"""Who may do what: roles and their rights, and the right that each address asks for.

One table, read by the gate before every page (`views.gate`), by views, admin, models' doors and
workflow, and written out by `manage.py document_rights`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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


#: Whoever holds one of these holds no other group.
ALONE = frozenset({Role.SYSADMIN, Role.SECADMIN})
#: Groups that change business data, which an auditor does not.
CHANGING = frozenset({Role.BUREAU, Role.REPORTER, Role.APPROVER})


def apart(roles: frozenset[Role]) -> list[str]:
    """Why one person may not hold these groups together (三员分离); empty when they may."""
    found = [
        f"“{role.label}”不得同时担任其他岗位，请另设账号。"
        for role in Role
        if role in roles & ALONE and len(roles) > 1
    ]
    if Role.AUDITOR in roles and roles & CHANGING:
        found.append("“审计”不得同时办理业务，请另设账号。")
    return found


def roles_named(names: Iterable[str]) -> frozenset[Role]:
    """The roles among names of groups; other groups stand for nothing."""
    return frozenset(Role(name) for name in names if name in Role.values)


def granted(roles: frozenset[Role]) -> frozenset[Right]:
    """All rights that the roles give together."""
    return frozenset().union(*(POLICY[role] for role in roles))


class Reach(models.TextChoices):
    """How far a right goes at an address; the models' doors hold to it."""

    ALL = "all", "全部"
    UNIT = "unit", "填报、审定限本单位"
    OWN = "own", "本人的"


@dataclass(frozen=True)
class Line:
    """Any one of `get` opens the address, any one of `post` may send to it; none: it takes no such
    request.
    """

    get: tuple[Right, ...] = ()
    post: tuple[Right, ...] = ()
    reach: Reach = Reach.ALL


def _page(*rights: Right, reach: Reach = Reach.ALL) -> Line:
    return Line(get=rights, reach=reach)


def _act(*rights: Right, reach: Reach = Reach.ALL) -> Line:
    return Line(post=rights, reach=reach)


def _form(*rights: Right, reach: Reach = Reach.ALL) -> Line:
    return Line(get=rights, post=rights, reach=reach)


#: Asked for without signing in.
OPEN = frozenset({"login", "healthz"})
#: For everybody who has signed in, whatever their group.
OF_ACCOUNTS = frozenset({"password", "logout"})

_TO_FILL = (Right.ROUNDS, Right.REPORT)
_TO_HANDLE = (Right.FOLLOW, Right.REPORT)

ADDRESSES: dict[str, Line] = {
    "overview": _page(Right.READ),
    "todo": _page(Right.READ, reach=Reach.OWN),
    "find": _page(Right.READ),
    # views of one's own
    "views": _page(Right.READ, reach=Reach.OWN),
    "view": _page(Right.READ, reach=Reach.OWN),
    "view-save": _act(Right.READ, reach=Reach.OWN),
    "view-edit": _act(Right.READ, reach=Reach.OWN),
    "view-use": _act(Right.READ, reach=Reach.OWN),
    "view-remove": _act(Right.READ, reach=Reach.OWN),
    # boards
    "sectors": _page(Right.READ),
    "sector": _page(Right.READ),
    "cities": _page(Right.READ),
    "city": _page(Right.READ),
    "unit": _page(Right.READ),
    "leaders": _page(Right.READ),
    "leader": _page(Right.READ),
    "task-forces": _page(Right.READ),
    "task-force": _page(Right.READ),
    "matrix": _page(Right.READ),
    "wall": _page(Right.READ),
    "field-lists": _page(Right.READ),
    "membership": _page(Right.READ),
    "membership-export": _page(Right.EXPORT),
    "compare": _page(Right.READ),
    "compare-export": _page(Right.EXPORT),
    # rounds and reports
    "rounds": _page(Right.READ),
    "round": _page(Right.READ),
    "round-open": _act(Right.ROUNDS),
    "round-close": _act(Right.ROUNDS),
    "round-refresh": _act(Right.ROUNDS),
    "round-remind": _act(Right.ROUNDS),
    "my-reports": _page(Right.REPORT, reach=Reach.UNIT),
    "reports": _page(Right.READ),
    "reports-accept": _act(Right.ROUNDS),
    "report": Line((Right.READ,), _TO_FILL, Reach.UNIT),
    "report-draft": _act(*_TO_FILL, reach=Reach.UNIT),
    "report-step": _act(*_TO_FILL, Right.SIGN, reach=Reach.UNIT),
    "report-attach": _act(*_TO_FILL, reach=Reach.UNIT),
    "unit-reports": _page(Right.READ),
    "unit-reports-all": _act(*_TO_FILL, Right.SIGN, reach=Reach.UNIT),
    "unit-sheet": _page(*_TO_FILL, reach=Reach.UNIT),
    "unit-sheets": _page(Right.ROUNDS),
    "sheets": _form(*_TO_FILL, reach=Reach.UNIT),
    "sheet-plan": _form(*_TO_FILL, reach=Reach.OWN),
    "sheet-marked": _page(*_TO_FILL, reach=Reach.OWN),
    # briefs
    "briefs": _page(Right.READ),
    "brief": _page(Right.READ),
    "brief-export": _page(Right.EXPORT),
    "brief-edit": _form(Right.EDIT),
    "brief-issue": _act(Right.EDIT),
    "brief-retract": _act(Right.EDIT),
    "brief-templates": _form(Right.EDIT),
    "brief-template": _page(Right.EDIT),
    "brief-template-switch": _act(Right.EDIT),
    # files
    "attachment": _page(Right.READ),
    "attachment-withdraw": _act(Right.EDIT, *_TO_HANDLE, reach=Reach.UNIT),
    # an office's own ledger
    "import": _form(Right.EDIT),
    "import-columns": _form(Right.EDIT, reach=Reach.OWN),
    "import-plan": _form(Right.EDIT, reach=Reach.OWN),
    "import-check": _act(Right.EDIT, reach=Reach.OWN),
    "import-marked": _page(Right.EDIT, reach=Reach.OWN),
    # long work
    "tasks": Line((Right.READ,), (Right.EXPORT,), Reach.OWN),
    "task": _page(Right.READ, reach=Reach.OWN),
    "task-again": _act(Right.EXPORT, Right.EDIT, reach=Reach.OWN),
    "task-file": _page(Right.EXPORT, Right.EDIT, reach=Reach.OWN),
    # conferences and contacts
    "meetings": _page(Right.READ),
    "meeting": _page(Right.READ),
    "meeting-new": _form(Right.FOLLOW),
    "meeting-edit": _form(Right.FOLLOW),
    "meeting-step": _act(Right.FOLLOW),
    "agenda": _form(Right.FOLLOW),
    "agenda-outcome": _act(Right.FOLLOW),
    "agenda-off": _act(Right.FOLLOW),
    "decide": _form(Right.FOLLOW),
    "contacts": _page(Right.READ),
    "contact": _page(Right.READ),
    "contact-new": _form(*_TO_HANDLE, reach=Reach.UNIT),
    "contact-edit": _form(*_TO_HANDLE, reach=Reach.UNIT),
    # problems, decisions, instructions, slips
    "matters": _page(Right.READ),
    "matters-export": _page(Right.EXPORT),
    "matter-new": _form(Right.FOLLOW),
    "slip": _page(Right.READ),
    "matter": _page(Right.READ),
    "matter-edit": _form(Right.FOLLOW),
    "matter-step": _act(*_TO_HANDLE, reach=Reach.UNIT),
    "matter-handle": _act(*_TO_HANDLE, reach=Reach.UNIT),
    "matter-attach": _act(*_TO_HANDLE, reach=Reach.UNIT),
    # what is watched over
    "trail": _page(Right.TRAIL),
    "trail-export": _page(Right.TRAIL),
    "access": _page(Right.ACCESS_LOG),
    "receipts": _page(Right.TRAIL),
    "receipts-verify": _form(Right.TRAIL),
    # the ledgers
    "list": _page(Right.READ),
    "timeline": _page(Right.READ),
    "columns": _page(Right.READ),
    "list-default": _page(Right.READ, reach=Reach.OWN),
    "export": _page(Right.EXPORT),
    "entry": _page(Right.READ),
    "move": _form(Right.MOVE),
    "undo": _form(Right.EDIT),
    "attach": _act(Right.EDIT),
    "withdraw": _act(Right.MOVE),
}

#: What is kept in the admin, by model.
ADMIN: dict[str, Right] = {
    **dict.fromkeys(
        ("agreement", "cooperationitem", "industrialproject", "infrastructureproject"), Right.EDIT
    ),
    **dict.fromkeys(("organisation", "taskforce", "region", "sector", "indicator"), Right.EDIT),
    **dict.fromkeys(("calendarday", "reportingrule", "lightrule"), Right.EDIT),
    "user": Right.ACCOUNTS,
}
