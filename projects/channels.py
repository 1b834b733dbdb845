"""How a reminder reaches a person besides the page: by mail, and by the office's own function.

Mail is sent when `EMAIL_HOST` is set and the person has an address. `NOTIFIER` names a function
`notify(user, notices) -> None` by its dotted path, for text messages or 政务微信; what it raises
counts as not sent, and the next run tries again.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from smtplib import SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.module_loading import import_string

from .choices import Channel, DutyKind
from .models import Notice

SITE = "成资同城化合作台账"
#: Notices of one kind that a mail tells in full.
LINES = 20
FOOT = (
    "本邮件由系统自动发出，请勿回复。",
    "本系统为非涉密系统，严禁存储、处理、传输涉密信息。",
)


class Unsent(Exception):
    """It did not go out; `is_down` when the next person's would not either."""

    def __init__(self, reason: str, *, is_down: bool = False) -> None:
        super().__init__(reason)
        self.is_down = is_down


def open_to(user: Any) -> list[Channel]:
    """The ways by which this person can be reached now."""
    ways = {
        Channel.MAIL: bool(settings.EMAIL_HOST and user.email),
        Channel.HOOK: bool(settings.NOTIFIER),
    }
    return [channel for channel, is_open in ways.items() if is_open]


def send(channel: Channel, user: Any, notices: list[Notice]) -> str:
    """Send these to one person at once; gives where to. Raises `Unsent`."""
    return _mail(user, notices) if channel == Channel.MAIL else _call(user, notices)


def _mail(user: Any, notices: list[Notice]) -> str:
    subject = f"【{SITE}】{len(notices)}项待办提醒（{max(notice.day for notice in notices)}）"
    return mail(user, subject, letter(user, notices))


def mail(user: Any, subject: str, words: str) -> str:
    """Send this person a mail; gives where to. Raises `Unsent`."""
    try:
        EmailMessage(subject, words, to=[user.email]).send()
    except SMTPRecipientsRefused as problem:
        raise _refused(user, problem) from problem
    except OSError as problem:  # all others of SMTP, of the connection and of its certificate
        reason = f"邮件服务器没有接受邮件（{type(problem).__name__}）"
        raise Unsent(reason, is_down=True) from problem
    except ValueError as problem:
        raise _refused(user, problem) from problem
    return str(user.email)


def _refused(user: Any, problem: Exception) -> Unsent:
    return Unsent(f"邮件地址“{user.email}”不被接受（{type(problem).__name__}）")


def _call(user: Any, notices: list[Notice]) -> str:
    try:
        import_string(settings.NOTIFIER)(user, notices)
    except Exception as problem:  # whatever the office's own function raises
        raise Unsent(f"{settings.NOTIFIER} 没有完成（{type(problem).__name__}）") from problem
    return ""


def letter(user: Any, notices: list[Notice]) -> str:
    """The text of one mail, kind by kind, with the address of each thing."""
    lines = [f"{user}：", "", f"您在“{SITE}”有以下待办，请及时办理。"]
    order = list(DutyKind)
    ordered = sorted(notices, key=lambda notice: order.index(DutyKind(notice.kind)))
    for kind, found in groupby(ordered, attrgetter("kind")):
        own = list(found)
        lines += ["", f"■ {DutyKind(kind).label}（{len(own)}项）"]
        for number, notice in enumerate(own[:LINES], start=1):
            lines += [f"{number}. {notice.text}", f"   {settings.SITE_URL}{notice.link}"]
        if len(own) > LINES:
            lines.append(f"   其余{len(own) - LINES}项请在“我的待办”中查看。")
    return "\n".join([*lines, "", f"我的待办：{settings.SITE_URL}{reverse('todo')}", "", *FOOT, ""])


def notifier_is_missing() -> bool:
    """Is a function named that cannot be called?"""
    path = settings.NOTIFIER
    try:
        return bool(path) and not callable(import_string(path))
    except ImportError:
        return True
