"""Prove the trail, or name the first thing that does not agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from ... import anchors
from ...models import guards
from ...verification import verify


class Command(BaseCommand):
    help = "核对变更记录链，并将每个条目与其最后一条变更记录和存档版本相对照。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor", type=Path, help="manage.py seal 写出的封存单；证明此前的记录未被改写或截去"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if missing := guards.missing(connection):
            self.stderr.write(
                f"注意：数据库防护缺失（{'、'.join(missing)}），请运行 manage.py migrate。"
            )
        verdict = verify()
        counted = (
            f"变更记录{verdict.rows}条，登录与导出记录{verdict.events}条，"
            f"历史版本{verdict.versions}个，条目{verdict.entries}个，"
            f"名录和月报{verdict.records}个，其中冻结的月报{verdict.rounds}个，"
            f"账号{verdict.accounts}个，导出回执{verdict.receipts}份，月报填报{verdict.reports}份，"
            f"附件{verdict.attachments}份"
        )
        if not verdict.is_intact:
            raise CommandError(f"不一致：{verdict.problem}（此前已核对：{counted}。）")
        if options["anchor"]:
            self._hold_against(options["anchor"])
        self.stdout.write(f"{counted}。完好 ({verdict.rows} rows, intact)")

    def _hold_against(self, path: Path) -> None:
        try:
            sheet = anchors.read(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            raise CommandError(f"读不到封存单“{path}”。") from None
        except anchors.Unsealed as reason:
            raise CommandError(str(reason)) from None
        if problem := anchors.problem(sheet):
            raise CommandError(f"与{sheet.sealed_at}的封存单不一致：{problem}")
        self.stdout.write(
            f"与{sheet.sealed_at}的封存单一致：#{sheet.trail.sequence}及以前的变更记录未被改写或截去。"
        )
