"""Tell everybody once of what waits for them; exit code 1 when something was not sent."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ... import reminding
from ...choices import Channel
from ...models import LongTask
from ...periods import iso_day
from ...reminding import Outcome


class Command(BaseCommand):
    help = "逾期问题升级，并将各人的待办提醒一次；每日运行，可重复运行，同一事由不重复提醒。"
    #: For programs: the moment of it all, in place of now.
    stealth_options = ("at",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", help="以哪一天为准，例如 2026-07-07；默认今天")
        parser.add_argument("--dry-run", action="store_true", help="只显示条数，不登记、不发送")

    def handle(self, *args: Any, **options: Any) -> None:
        at: dt.datetime = options.get("at") or timezone.now()
        now_on = timezone.localdate(at)
        day = _day(options["day"]) if options["day"] else now_on
        if options["dry_run"]:
            self._tell(day, reminding.preview(day))
            self.stdout.write("以上仅为预览，没有登记和发送。")
            return
        if day > now_on:
            raise CommandError(f"{day} 还没有到，不能提前提醒；要预览的，请加 --dry-run。")
        LongTask.objects.drop_files(at)
        outcome = reminding.remind(day, at)
        self._tell(day, outcome)
        for failure in outcome.failures:
            self.stderr.write(failure)
        if outcome.failures:
            raise CommandError(f"有{len(outcome.failures)}批提醒未能发送，下次运行时重发。")

    def _tell(self, day: dt.date, outcome: Outcome) -> None:
        self.stdout.write(
            f"{day}：问题升级{outcome.risen}件；提醒新增{outcome.new}条，"
            f"此前已提醒{outcome.known}条。"
        )
        for channel in Channel:
            if count := outcome.sent[channel]:
                people = outcome.reached[channel]
                self.stdout.write(f"{channel.label}：已向{people}人发送{count}条。")


def _day(written: str) -> dt.date:
    try:
        return iso_day(written)
    except ValueError:
        raise CommandError(f"“{written}”不是日期，请写成 2026-07-07。") from None
