"""Check a file that was exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ... import proof

WORDS = {proof.GENUINE: "真实", proof.ALTERED: "已改动", proof.UNKNOWN: "未知"}


class Command(BaseCommand):
    help = "查验一份导出文件：真实、已改动（指出改动的单元格）或未知。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV 或 Excel 文件")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as problem:
            raise CommandError(f"读不到文件“{path}”：{problem.strerror}。") from None
        finding = proof.examine(path.name, content)
        self.stdout.write(f"{WORDS[finding.verdict]} ({finding.verdict})：{finding.sentence}")
        if receipt := finding.receipt:
            self.stdout.write(
                f"回执{receipt.shown}：{receipt.actor_name}，{receipt.title}，"
                f"数据日期{receipt.day}，筛选条件：{receipt.words}"
            )
        for d in finding.differences:
            where = f"第{d.row}行（{d.key}）" + (f"“{d.column}”" if d.column else "")
            self.stdout.write(f"{where}：导出时为“{d.sent}”，文件中为“{d.found}”")
        if finding.verdict != proof.GENUINE:
            raise CommandError(f"查验未通过：{WORDS[finding.verdict]}。")
