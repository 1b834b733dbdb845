"""Prove the trail, or name the first thing that does not agree."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from ...models import guards
from ...verification import verify


class Command(BaseCommand):
    help = "核对变更记录链，并将每个条目与其最后一条变更记录和存档版本相对照。"

    def handle(self, *args: Any, **options: Any) -> None:
        if missing := guards.missing(connection):
            self.stderr.write(
                f"注意：数据库防护缺失（{'、'.join(missing)}），请运行 manage.py migrate。"
            )
        verdict = verify()
        counted = (
            f"变更记录{verdict.rows}条，登录与导出记录{verdict.events}条，"
            f"历史版本{verdict.versions}个，条目{verdict.entries}个，"
            f"名录{verdict.records}个"
        )
        if not verdict.is_intact:
            raise CommandError(f"不一致：{verdict.problem}（此前已核对：{counted}。）")
        self.stdout.write(f"{counted}。完好 ({verdict.rows} rows, intact)")
