"""Twelve months of simulated changes for the demo, on an empty database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ... import demo
from ...models import Revision


class Command(BaseCommand):
    help = "在空数据库中载入初始数据并演练示例条目十二个月的变更（来源：模拟）；仅供演示。"

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("生产环境不得载入模拟的历史；请执行 manage.py seed。")
        if Revision.objects.exists():
            self.stdout.write("台账中已有变更记录，沿用原有历史。")
            return
        self.stdout.write(f"已演练{demo.play()}次变更，台账现状与初始数据一致。")
