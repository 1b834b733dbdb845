"""Compare the ledgers with the counts in the article; exit code 1 when they differ."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...reconciliation import ARTICLE, Check, reconcile


class Command(BaseCommand):
    help = "按文章载明的 198、135、89、41、18 核对台账，逐项列出口径、地址和原文。"

    def handle(self, *args: Any, **options: Any) -> None:
        checks = reconcile()
        self.stdout.write(f"核对依据：{ARTICLE}")
        for check in checks:
            self._show(check)
        self.stdout.write("四本台账分别计数，不可相加。")
        if differing := [check.label for check in checks if not check.agrees]:
            raise CommandError(f"与文章不一致：{'、'.join(differing)}。")

    def _show(self, check: Check) -> None:
        verdict = "一致" if check.agrees else f"不一致，差 {check.difference:+d}"
        self.stdout.write(f"{check.label} {check.shown} {verdict}")
        self.stdout.write(f"    口径：{check.rule}")
        self.stdout.write(f"    地址：{check.href}")
        self.stdout.write(f"    原文：“{check.quote}”")
