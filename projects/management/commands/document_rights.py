"""The tables of `docs/rights.md`, from `projects/rights.py`; a test holds the two together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ...choices import Role
from ...rights import ADDRESSES, ADMIN, OF_ACCOUNTS, OPEN, POLICY, Right
from ._tables import table, written

#: What stands above this line of the page is written by hand.
MARK = "<!-- Below: manage.py document_rights --write -->"
YES = "✓"


class Command(BaseCommand):
    help = "按权限表输出 docs/rights.md 中的表格；--write 直接写入该页。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="写入 docs/rights.md")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(written("rights.md", MARK, tables(), options["write"]))


def tables() -> str:
    return "\n".join(_lines()).rstrip("\n")


def _lines() -> Iterator[str]:
    yield from ("## 岗位与权限", "")
    yield from table(("权限", *Role.labels), map(_right, Right))
    yield from ("## 地址", "")
    yield from table(("name", "打开", "提交", "范围", *Role.labels, "未登录"), _addresses())
    yield from ("## 后台", "")
    yield from table(("model", "权限", *Role.labels), _models())


def _right(right: Right) -> tuple[str, ...]:
    return (right.label, *(YES if right in POLICY[role] else "" for role in Role))


def _addresses() -> Iterator[tuple[str, ...]]:
    for name in sorted(OPEN):
        yield (f"`{name}`", "不限", "", "", *(YES for _ in Role), YES)
    for name in sorted(OF_ACCOUNTS):
        yield (f"`{name}`", "登录即可", "", "本人的", *(YES for _ in Role), "")
    for name, line in ADDRESSES.items():
        may = (_may(role, line.get, line.post) for role in Role)
        yield (f"`{name}`", _named(line.get), _named(line.post), line.reach.label, *may, "")


def _may(role: Role, get: Iterable[Right], post: Iterable[Right]) -> str:
    """What the role may do there: 看 open, 办 send to it."""
    opens = "看" if POLICY[role] & {*get} else ""
    return opens + ("办" if POLICY[role] & {*post} else "")


def _named(rights: Iterable[Right]) -> str:
    return "或".join(right.label for right in rights)


def _models() -> Iterator[tuple[str, ...]]:
    for model, right in ADMIN.items():
        yield (f"`{model}`", right.label, *(YES if right in POLICY[role] else "" for role in Role))
