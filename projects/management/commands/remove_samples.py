"""Take the synthetic entries off the lists, when the real ledger comes in."""

from __future__ import annotations

import argparse
import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ... import seeding
from ...periods import iso_day, today


def past_day(text: str) -> dt.date:
    """A day no later than today."""
    try:
        day = iso_day(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}”不是日期，请写成 2026-07-31") from None
    if day > today():
        raise argparse.ArgumentTypeError(f"{text} 晚于今天，请填写今天或以前的日期")
    return day


class Command(BaseCommand):
    help = "将全部示例条目调出台账（不删除，留变更记录）。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=past_day, help="调出日期，不填为今天，例如 2026-07-31")
        parser.add_argument("--yes", action="store_true", help="确认执行")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["yes"]:
            waiting = seeding.samples().count()
            if waiting:
                raise CommandError(f"将调出示例条目 {waiting} 条。确认执行请加上 --yes。")
            self.stdout.write("台账中没有在列的示例条目，无需调出。")
            return
        self.stdout.write(f"已调出示例条目 {seeding.remove_samples(on=options['on'])} 条。")
