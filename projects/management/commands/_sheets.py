"""What the commands that take in sheets have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from ...models import User
from ...rights import Right
from ...sheets.plans import Plan, Verdict

#: Problems that are printed; the page shows the rest in its workbook.
PRINTED = 50


def account(username: str, right: Right) -> User:
    """The account in whose name rows are written."""
    user = User.objects.filter(username=User.normalize_username(username), is_active=True).first()
    if user is None:
        raise CommandError(f"没有用户“{username}”，或已停用。")
    if not user.may(right):
        raise CommandError(f"“{username}”没有“{right.label}”的权限。")
    return user


def content_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise CommandError(f"读不到文件“{path}”：{problem.strerror}。") from None


def tell(out: Any, made: Plan) -> None:
    """How many rows of each verdict, and what is wrong."""
    labels = {v.value: str(v.label) for v in Verdict} | {Verdict.NEW.value: made.new_label}
    counts = [f"{labels[name]}{count}行" for name, count in made.counts.items()]
    out.write("核对结果：" + "，".join(counts))
    for problem in made.problems[:PRINTED]:
        out.write(f"{problem.place}：{problem.sentence}")
    if len(made.problems) > PRINTED:
        out.write(f"另有{len(made.problems) - PRINTED}条问题。")
