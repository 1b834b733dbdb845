"""Anchors: the head of the trail on a sheet of its own, kept where the database is not.

A sheet says how far the trail went on a day, with the digest of its last row, which covers
all rows before it. Who rewrites or cuts the trail and builds its chain anew cannot make it
agree with a sheet that was printed or mailed before. The key of the sheet's check code comes
from the environment, so that a sheet cannot be made from the database alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from .models import AccessEvent, ChainHead, Revision
from .models.trail import GENESIS, ChainedRow

TITLE = "成资同城化合作台账　变更记录封存单"
CHECK = "校验码（HMAC-SHA256）"
_LINE = re.compile(r"(?P<label>[^：\n]+)：[ 　]*(?P<value>[^\n]*)")


class Unsealed(Exception):
    """What keeps a sheet from being written or read; the message says what to do."""


@dataclass(frozen=True)
class Link:
    """The last row of a chain."""

    sequence: int
    digest: str


@dataclass(frozen=True)
class Sheet:
    """What a sheet says."""

    sealed_at: str
    trail: Link
    access: Link

    @property
    def statement(self) -> str:
        """The lines that the check code covers."""
        return "\n".join(
            [
                TITLE,
                f"封存时间：{self.sealed_at}",
                f"变更记录末条：{self.trail.sequence}",
                f"变更记录末条摘要：{self.trail.digest}",
                f"登录与导出记录末条：{self.access.sequence}",
                f"登录与导出记录末条摘要：{self.access.digest}",
            ]
        )

    def code(self) -> str:
        return hmac.new(_key(), self.statement.encode(), hashlib.sha256).hexdigest()

    def text(self) -> str:
        """The sheet as it is printed or mailed."""
        return (
            f"{self.statement}\n{CHECK}：{self.code()}\n\n"
            "本单载明封存时变更记录到哪一条为止。请打印签字或发往库外保存；\n"
            "日后用 manage.py verify_trail --anchor 本单 核对此前的记录未被改写或截去。\n\n"
            "封存人（签字）：＿＿＿＿＿＿＿＿　　日期：＿＿＿＿＿＿＿＿\n"
        )


def _key() -> bytes:
    if not settings.SEAL_KEY:
        raise Unsealed(
            "没有封存密钥：请设置环境变量 SEAL_KEY（50个以上随机字符），并与数据库分开保管。"
        )
    return str(settings.SEAL_KEY).encode()


def now() -> Sheet:
    """A sheet of the trail as it is."""
    at = timezone.localtime().strftime("%Y-%m-%d %H:%M:%S")
    return Sheet(at, _head(Revision), _head(AccessEvent))


def _head(model: type[ChainedRow]) -> Link:
    head = ChainHead.objects.filter(name=model.chain).first()
    return Link(head.sequence, head.digest) if head else Link(0, GENESIS)


def read(written: str) -> Sheet:
    """The sheet of a text. Raises `Unsealed` when it is none, or was changed."""
    lines = {m["label"].strip(): m["value"].strip() for m in _LINE.finditer(written)}
    try:
        sheet = Sheet(
            lines["封存时间"],
            Link(int(lines["变更记录末条"]), lines["变更记录末条摘要"]),
            Link(int(lines["登录与导出记录末条"]), lines["登录与导出记录末条摘要"]),
        )
        code = lines[CHECK]
    except (KeyError, ValueError):
        raise Unsealed("不是封存单，或缺少其中的行，请使用 manage.py seal 写出的原件。") from None
    if not hmac.compare_digest(code, sheet.code()):
        raise Unsealed("封存单的校验码不符：单上的内容被改动过，或密钥（SEAL_KEY）不是封存时的。")
    return sheet


def problem(sheet: Sheet) -> str:
    """What of the sheet the trail does not bear out; empty when it does.

    That the rows before the named one are those of the time follows from the chain, which
    `verification.verify` walks.
    """
    return _problem(Revision, "变更记录", sheet.trail) or _problem(
        AccessEvent, "登录与导出记录", sheet.access
    )


def _problem(model: type[ChainedRow], label: str, link: Link) -> str:
    if link.sequence == 0:
        return ""
    row = model._default_manager.filter(sequence=link.sequence).first()
    if row is None:
        last = _head(model).sequence
        return f"{label}封存时已到#{link.sequence}，现在只到#{last}：末尾被截去。"
    if row.digest != link.digest:
        return f"{label}#{link.sequence}的摘要与封存单不符：该条或此前的记录被改写过。"
    return ""


def file_name(day: dt.date) -> str:
    return f"seal-{day:%Y%m%d}.txt"
