"""Write a brief as a .docx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...briefs import document
from ...choices import AccessAction
from ...models import Brief, BriefTemplate, TemplateRefused, access
from ...periods import Period, period


class Command(BaseCommand):
    help = "写出一个月（2026-07）或一个季度（2026Q3）的推进情况通报（.docx），数字取自冻结的月报。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("period", help="月份或季度，例如 2026-07、2026Q3")
        parser.add_argument(
            "--out", type=Path, help="写到哪个文件，默认当前目录 brief-2026-07.docx"
        )
        parser.add_argument(
            "--template", type=int, help="用哪个模板（编号），0 为内置；默认现在启用的"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        of = _period(options["period"])
        brief = Brief.objects.of(of)
        if brief.reads is None:
            raise CommandError(f"{of.label}没有冻结的月报，没有通报；请先冻结该月月报。")
        made = document(brief, _template(options["template"]))
        path: Path = options["out"] or Path(f"brief-{of}.docx")
        try:
            path.write_bytes(made.content)
        except TemplateRefused as refusal:
            raise CommandError(" ".join(refusal.messages)) from None
        except OSError as problem:
            raise CommandError(f"写不进“{path}”：{problem.strerror}。") from None
        address = f"manage.py brief {of}"
        told = {"address": address, "filter": str(brief), "rows": made.rows, "sha256": made.sha256}
        access.record(AccessAction.EXPORT, None, username="manage.py", **told)
        self.stdout.write(f"{made.bulletin.title}（{brief.get_state_display()}）")
        self.stdout.write(f"已写入：{path}，SHA-256 {made.sha256}")


def _period(written: str) -> Period:
    try:
        return period(written)
    except ValueError:
        raise CommandError(f"“{written}”不是月份或季度，请写成 2026-07 或 2026Q3。") from None


def _template(number: int | None) -> BriefTemplate | None:
    if number is None:
        return BriefTemplate.objects.in_use()
    if number == 0:
        return None
    if found := BriefTemplate.objects.filter(pk=number).first():
        return found
    keys = BriefTemplate.objects.order_by("pk").values_list("pk", flat=True)
    keys = BriefTemplate.objects.order_by("pk").values_list("pk", flat=True)
    known = "、".join(["0（内置）", *map(str, keys)])
    raise CommandError(f"没有编号为{number}的通报模板，现有：{known}。")
