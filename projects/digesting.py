"""每周摘要: once a week each subscribed view is mailed to its person, with what has changed since.

Safe to run again and by several at once: a week's digest is taken in hand under the lock of the
account, and once sent it is sent.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone

from . import channels
from .channels import FOOT, SITE, Unsent
from .choices import Channel, Light
from .filters import EntryFilter, filter_of
from .models import Book, Digest, SavedView, User, ViewUse
from .models.digests import monday
from .periods import AsOf
from .rights import Right

logger = logging.getLogger(__name__)

#: Rows that a mail shows, and names that it gives of those that came or went.
ROWS, NAMES = 20, 10
WEEK = dt.timedelta(days=7)


@dataclass
class Outcome:
    """What one run did, by views and persons; `waiting` is what a preview would send."""

    sent: int = 0
    known: int = 0
    unreachable: int = 0
    waiting: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Changes:
    """A view in a book against an earlier day, by the keys of entries."""

    view: SavedView
    book: Book
    since: dt.date

    @property
    def day(self) -> dt.date:
        return self.book.day

    @property
    def key(self) -> str:
        """The column with the key of an entry."""
        return "entry" if self.book.as_of else "pk"

    @cached_property
    def now(self) -> EntryFilter:
        return filter_of(self.view, self.book)

    @cached_property
    def then(self) -> EntryFilter:
        return filter_of(self.view, Book(AsOf(self.since)))

    @cached_property
    def lights(self) -> dict[int, str]:
        return _lights(self.now, self.key)

    @cached_property
    def lights_then(self) -> dict[int, str]:
        return _lights(self.then, "entry")

    @property
    def entered(self) -> list[int]:
        return [key for key in self.lights if key not in self.lights_then]

    @property
    def left(self) -> list[int]:
        return [key for key in self.lights_then if key not in self.lights]

    @property
    def reddened(self) -> list[int]:
        """Red now, and not red then; those that came in red included."""
        red = [key for key, light in self.lights.items() if light == Light.RED]
        return [key for key in red if self.lights_then.get(key) != Light.RED]


def _lights(asked: EntryFilter, key: str) -> dict[int, str]:
    """The light of each row by the key of its entry. One query."""
    rows: Any = asked.rows
    return dict(rows.order_by().values_list(key, "light"))


def send(day: dt.date, at: dt.datetime) -> Outcome:
    """Send what this week still owes, at the moment `at`, by the ledger of that day: a past one
    is read as it was recorded by its end."""
    outcome = Outcome()
    for use in _subscriptions(outcome):
        taken = Digest.objects.take(use.user, use.view, day, at)
        if taken is None:
            outcome.known += 1
        else:
            _send(use, taken, at, outcome)
    return outcome


def _book(day: dt.date, at: dt.datetime) -> Book:
    return Book(AsOf(day)) if day < timezone.localdate(at) else Book(now=day)


def preview(day: dt.date) -> Outcome:
    """What a run would send; writes and sends nothing."""
    outcome = Outcome()
    for use in _subscriptions(outcome):
        known = Digest.objects.of(use.user, use.view).filter(week=monday(day))
        if known.filter(sent_at__isnull=False).exists():
            outcome.known += 1
        else:
            outcome.waiting.append(f"{use.user}：{use.view}")
    return outcome


def _subscriptions(outcome: Outcome) -> Iterator[ViewUse]:
    """Of those who may still read, of views they still see, who can be reached by mail."""
    uses = ViewUse.objects.filter(is_subscribed=True, user__is_active=True)
    for use in uses.select_related("user__unit", "view").order_by("user", "pk"):
        seen: Any = SavedView.objects.visible_to(use.user)
        if not use.user.may(Right.READ) or not seen.filter(pk=use.view_id).exists():
            continue
        if Channel.MAIL in channels.open_to(use.user):
            yield use
        else:
            outcome.unreachable += 1


def _send(use: ViewUse, taken: Digest, at: dt.datetime, outcome: Outcome) -> None:
    since = Digest.objects.last_before(use.user, use.view, taken.week) or taken.day - WEEK
    try:
        subject, words = letter(use.user, Changes(use.view, _book(taken.day, at), since))
        taken.was_sent(channels.mail(use.user, subject, words), at)
    except Unsent as problem:
        taken.give_back()
        outcome.failures.append(f"{use.user}的视图“{use.view}”未能发送：{problem}。")
        logger.warning("A digest to %s was not sent: %s", use.user.pk, problem)
        return
    outcome.sent += 1


# --- what a mail says -------------------------------------------------------------------


def letter(user: User, changes: Changes) -> tuple[str, str]:
    """Subject and text of the mail of one view."""
    view, day = changes.view, changes.day
    lines = [f"{user}：", "", f"您订阅的视图“{view}”（{view.get_ledger_display()}）每周摘要。"]
    if changes.now.problems:
        subject = f"【{SITE}】视图“{view}”的条件已失效（{day}）"
        told = [f"{problem.label}：{problem.message}" for problem in changes.now.problems]
        lines += [f"不列出任何条目：{changes.day}的台账不能按以下条件查看，请修改或者删除。", *told]
    else:
        subject = f"【{SITE}】视图“{view}”每周摘要：{len(changes.lights)}条（{day}）"
        lines += [f"筛选条件：{changes.now.in_words()}", *_changes(changes), *_rows(changes)]
    link = f"{settings.SITE_URL}{_list_of(changes)}"
    return subject, "\n".join([*lines, "", f"查看全部：{link}", "", *FOOT, ""])


def _list_of(changes: Changes) -> str:
    """The view itself, which opens today's list; of a past day the list as it was."""
    if not changes.book.as_of:
        return str(changes.view.get_absolute_url())
    mark = "&" if changes.view.query else "?"
    return f"{changes.view.list_href}{mark}{urlencode(changes.book.scope)}"


def _changes(changes: Changes) -> list[str]:
    told = [f"截至{changes.day}共{len(changes.lights)}条。"]
    if changes.then.problems:
        return [*told, f"{changes.since}时没有这些条件，本期不作比较。"]
    told.append(
        f"自{changes.since}以来：进入{len(changes.entered)}条，离开{len(changes.left)}条，"
        f"转为红灯{len(changes.reddened)}条。"
    )
    for label, keys in (
        ("进入", changes.entered),
        ("离开", changes.left),
        ("转为红灯", changes.reddened),
    ):
        told += _named(label, keys, changes)
    return told


def _named(label: str, keys: list[int], changes: Changes) -> list[str]:
    if not keys:
        return []
    rows: Any = changes.book.everything().filter(**{f"{changes.key}__in": keys})
    rows = rows.order_by("code")[:NAMES]
    more = f"等{len(keys)}条" if len(keys) > NAMES else ""
    names = "、".join(f"{code} {name}" for code, name in rows.values_list("code", "name"))
    return [f"{label}：{names}{more}"]


def _rows(changes: Changes) -> list[str]:
    """The first of them with light and reason."""
    entries = changes.now.entries(0, ROWS)
    lines = [""] if entries else []
    for number, entry in enumerate(entries, start=1):
        assert entry.lit is not None
        lines.append(f"{number}. {entry.code} {entry.name}｜{entry.status_label}")
        lines.append(f"   {entry.lit.light.label}：{entry.lit.reason}")
        lines.append(f"   {settings.SITE_URL}{entry.get_absolute_url()}")
    if (left := len(changes.lights) - len(entries)) > 0:
        lines.append(f"   其余{left}条请在清单中查看。")
    return lines
