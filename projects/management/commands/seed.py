"""Fill the ledger from `fixtures/`; a second run changes nothing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from ... import seeding


class Command(BaseCommand):
    help = "载入初始数据：只新增从未有过的记录，重复执行不作任何改动。"

    def handle(self, *args: Any, **options: Any) -> None:
        for kind in seeding.seed():
            self.stdout.write(f"{kind.label}：新增 {kind.created}，已有 {kind.known}")
