"""Mail each subscribed view once a week; exit code 1 when something was not sent."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ... import digesting
from ...periods import iso_day


class Command(BaseCommand):
    help = "把各人订阅的常用视图每周用邮件发送一次；每周运行，可重复运行，同一周不重复发送。"
    #: For programs: the moment of it all, in place of now.
    stealth_options = ("at",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", help="以哪一天为准，例如 2026-07-06；默认今天")
        parser.add_argument("--dry-run", action="store_true", help="只显示将发送的，不登记、不发送")

    def handle(self, *args: Any, **options: Any) -> None:
        at: dt.datetime = options.get("at") or timezone.now()
        today = timezone.localdate(at)
        day = _day(options["day"]) if options["day"] else today
        if options["dry_run"]:
            self._preview(day)
            return
        if day > today:
            raise CommandError(f"{day} 还没有到，不能提前发送；要预览的，请加 --dry-run。")
        outcome = digesting.send(day, at)
        self.stdout.write(
            f"{day}：已发送{outcome.sent}份，本周此前已发送{outcome.known}份，"
            f"没有邮箱或者邮件服务器未配置的{outcome.unreachable}份。"
        )
        for failure in outcome.failures:
            self.stderr.write(failure)
        if outcome.failures:
            raise CommandError(f"有{len(outcome.failures)}份摘要未能发送，下次运行时重发。")

    def _preview(self, day: dt.date) -> None:
        outcome = digesting.preview(day)
        for waiting in outcome.waiting:
            self.stdout.write(f"将发送 {waiting}")
        self.stdout.write(
            f"{day}：将发送{len(outcome.waiting)}份，本周已发送{outcome.known}份。以上仅为预览。"
        )


def _day(written: str) -> dt.date:
    try:
        return iso_day(written)
    except ValueError:
        raise CommandError(f"“{written}”不是日期，请写成 2026-07-06。") from None
