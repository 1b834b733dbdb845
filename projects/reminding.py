"""催办提醒 of a day: overdue problems rise, and everybody is told once of what waits for them.

Safe to run again and by several at once: for each person one run at a time, under the lock of the
account, looks for what is new and takes in hand what is to be sent.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import transaction

from . import channels, duties
from .channels import Unsent
from .choices import Channel
from .duties import Duty
from .models import Act, Delivery, LightRule, Matter, Notice, User
from .models.notices import Key

logger = logging.getLogger(__name__)


@dataclass
class Outcome:
    """What one run did: problems risen, notices new and known, notices and persons by channel."""

    risen: int = 0
    new: int = 0
    known: int = 0
    sent: Counter[Channel] = field(default_factory=Counter)
    reached: Counter[Channel] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    down: set[Channel] = field(default_factory=set)


def remind(day: dt.date, at: dt.datetime) -> Outcome:
    """Raise what is overdue, note what is new for each person, and send what is not sent yet.

    `day` is the day on which things are due or overdue, `at` the moment of it all.
    """
    outcome = Outcome(risen=len(Matter.objects.raise_overdue(Act(at=at), day)))
    soon_days = LightRule.at(None).soon_days
    for user in _people():
        if found := _waiting(user, day, soon_days):
            _send(user, _note(user, found, day, at, outcome), outcome, at)
    return outcome


def preview(day: dt.date) -> Outcome:
    """What a run would find; writes and sends nothing."""
    outcome = Outcome(risen=Matter.objects.to_rise(day).count())
    soon_days = LightRule.at(None).soon_days
    for user in _people():
        found = _waiting(user, day, soon_days)
        new = len(Notice.objects.unknown(user, found))
        outcome.new, outcome.known = outcome.new + new, outcome.known + len(found) - new
    return outcome


def _people() -> Any:
    return User.objects.filter(is_active=True).select_related("unit").order_by("pk")


def _waiting(user: Any, day: dt.date, soon_days: int) -> dict[Key, Duty]:
    groups = duties.waiting(user, day, soon_days)
    return {duty.key: duty for group in groups for duty in group.duties}


def _note(
    user: Any, found: dict[Key, Duty], day: dt.date, at: dt.datetime, outcome: Outcome
) -> list[Delivery]:
    """Append what is new for this person; gives what this run has in hand to send."""
    with transaction.atomic():
        list(User.objects.select_for_update(no_key=True).filter(pk=user.pk))
        unknown = Notice.objects.unknown(user, found)
        later = Notice.objects.told_later(user, day)  # a day made up for tells nothing older
        new = [
            duty
            for key, duty in found.items()
            if key in unknown and (key.kind, key.record) not in later
        ]
        notices = [_notice(user, duty, day, at) for duty in new]
        Notice.append(notices, channels.open_to(user))
        taken = Delivery.objects.take(user, found, at)
    outcome.new, outcome.known = outcome.new + len(new), outcome.known + len(found) - len(new)
    return taken


def _notice(user: Any, duty: Duty, day: dt.date, at: dt.datetime) -> Notice:
    kind, record, occasion = duty.key
    return Notice(
        user_id=user.pk,
        recipient=Act(by=user).actor_name,
        kind=kind,
        record=record,
        occasion=occasion,
        text=duty.text,
        link=duty.link,
        day=day,
        made_at=at,
    )


def _send(user: Any, taken: list[Delivery], outcome: Outcome, at: dt.datetime) -> None:
    ordered = sorted(taken, key=attrgetter("channel"))
    for name, found in groupby(ordered, attrgetter("channel")):
        _send_by(Channel(name), user, list(found), outcome, at)


def _send_by(
    channel: Channel, user: Any, found: list[Delivery], outcome: Outcome, at: dt.datetime
) -> None:
    try:
        if channel in outcome.down:
            raise Unsent(f"{channel.label}暂不可用", is_down=True)
        address = channels.send(channel, user, [delivery.notice for delivery in found])
    except Unsent as problem:
        Delivery.objects.give_back(found)
        if problem.is_down:
            outcome.down.add(channel)
        outcome.failures.append(f"{user}的{len(found)}条提醒未能发送：{problem}。")
        logger.warning("Reminders to %s were not sent by %s: %s", user.pk, channel, problem)
        return
    Delivery.objects.sent(found, address, at)
    outcome.sent[channel] += len(found)
    outcome.reached[channel] += 1
