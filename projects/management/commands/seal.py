"""Write the head of the trail on a sheet, to be kept outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ... import anchors
from ...periods import today


class Command(BaseCommand):
    help = "写出当日的变更记录封存单，供打印签字或发往库外保存；当日已有的，保留不动。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--to", type=Path, default=settings.SEAL_DIR, help="存放封存单的目录，默认 var/seals"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["to"]
        path = folder / anchors.file_name(today())
        if path.exists():
            self.stdout.write(f"今日已封存：{path}")
            return
        try:
            text = anchors.now().text()
        except anchors.Unsealed as reason:
            raise CommandError(str(reason)) from None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as problem:
            raise CommandError(f"写不进“{path}”：{problem.strerror}。") from None
        self.stdout.write(text)
        self.stdout.write(f"已写入：{path}")
