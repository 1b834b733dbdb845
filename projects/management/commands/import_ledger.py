"""An office's own ledger: shown as a plan, and written with --apply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from ...choices import Ledger, Reason
from ...intake import Refused
from ...models import User
from ...rights import Right
from ...sheets import ledgers, own
from ...sheets.mapping import UNITS
from ...sheets.plans import Changed
from ...workflow import DATE_MOVES
from ._sheets import account, content_of, tell


class Command(BaseCommand):
    help = "导入单位自己的台账：先列出核对结果，带 --apply 才写入；按标题识别各列。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="Excel（.xlsx）或 CSV 文件")
        parser.add_argument("--ledger", required=True, choices=Ledger.values, help="导入哪本台账")
        parser.add_argument("--by", required=True, help="导入人的用户名")
        parser.add_argument("--unit", choices=UNITS, default="", help="没有写明单位的金额按此单位")
        parser.add_argument("--reason", choices=[r.value for r in DATE_MOVES], help="时限变更原因")
        parser.add_argument("--note", default="", help="时限变更说明")
        parser.add_argument("--apply", action="store_true", help="写入")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():  # what is only looked at leaves no upload behind
            self._take_in(options)
            if not options["apply"]:
                transaction.set_rollback(True)

    def _take_in(self, options: dict[str, Any]) -> None:
        by, ledger = account(options["by"], Right.EDIT), Ledger(options["ledger"])
        upload = self._upload(by, ledger, options)
        made = own.plan(upload)
        tell(self.stdout, made)
        if not options["apply"]:
            return
        if bool(options["reason"]) != bool(options["note"]):
            raise CommandError("--reason 和 --note 须同时填写。")
        reason = Reason(options["reason"]) if options["reason"] else None
        try:
            moves = ledgers.Moves(reason, options["note"])
            counts = ledgers.apply(upload, made.digest, by=by, moves=moves)
        except ledgers.ReasonNeeded:
            raise CommandError("有时限变更，请加 --reason 和 --note 后重新执行。") from None
        except Changed:
            raise CommandError("没有导入：台账在核对期间有变化，请重新执行。") from None
        self.stdout.write(f"已导入：新增{counts['new']}条，修改{counts['changed']}条。")

    def _upload(self, by: User, ledger: Ledger, options: dict[str, Any]) -> Any:
        path: Path = options["file"]
        try:
            upload = own.kept(by, ledger, path.name, content_of(path))
        except Refused as refusal:
            raise CommandError(refusal.sentence) from None
        mapping = own.proposed(upload, by, unit=options["unit"])
        if problems := mapping.problems(ledger):
            raise CommandError(f"{problems[0]}（可在网页“导入台账”中选择各列。）")
        upload.mapping = mapping.kept()
        upload.save()
        return upload
