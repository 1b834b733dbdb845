"""Units' workbooks of a month that came back: shown as a plan, and written with --apply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...models import Round, Upload
from ...periods import Month
from ...rights import Right
from ...sheets import returned
from ...sheets.plans import Changed
from ._sheets import account, content_of, tell


class Command(BaseCommand):
    help = "导入各单位填好的月报填报表：先列出核对结果，带 --apply 才写入。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", help="月份，例如 2026-07")
        parser.add_argument("files", nargs="+", type=Path, help="从本系统下载、填好的 .xlsx")
        parser.add_argument("--by", required=True, help="导入人的用户名")
        parser.add_argument("--apply", action="store_true", help="写入")
        parser.add_argument("--submit", action="store_true", help="写入后将无提示的一并提交审定")

    def handle(self, *args: Any, **options: Any) -> None:
        by, found = account(options["by"], Right.READ), _round(options["month"])
        files = [(path.name, content_of(path)) for path in options["files"]]
        made = returned.plan(found, returned.read_files(files), by)
        tell(self.stdout, made)
        if not options["apply"]:
            return
        upload = Upload.keep(by, files, round=found)
        try:
            counts = returned.apply(upload, made.digest, by=by, submits=options["submit"])
        except Changed:
            raise CommandError("没有导入：台账在核对期间有变化，请重新执行。") from None
        self.stdout.write(f"已导入：新填{counts['new']}条，修改{counts['changed']}条。")


def _round(month: str) -> Round:
    try:
        return Round.objects.get(month=Month.parse(month).first)
    except ValueError:
        raise CommandError(f"“{month}”不是月份，请写成 2026-07。") from None
    except Round.DoesNotExist:
        raise CommandError(f"{month}的月报还没有开启。") from None
