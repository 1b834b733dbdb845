"""The eight accounts of the demo, never those of a real installation."""

from __future__ import annotations

import os
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from ...choices import Source
from ...demo import ACCOUNTS, SAMPLE_UNIT, Account, create
from ...models import Act, Organisation, User

KEPT = "（沿用原密码）"


class Command(BaseCommand):
    help = "建立演示账号；已有账号不作改动，另行指定密码时才重置密码。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--password", help="全部演示账号共用的密码；也可用环境变量 DEMO_PASSWORD"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("生产环境不得建立演示账号；请由系统管理员在后台逐一建立实名账号。")
        if not Organisation.objects.filter(name=SAMPLE_UNIT).exists():
            raise CommandError("请先执行 manage.py seed 载入初始数据。")
        given = options["password"] or os.environ.get("DEMO_PASSWORD", "")
        password = given or secrets.token_urlsafe(12)
        with transaction.atomic():
            shown = [(a, _made(a, password, is_given=bool(given))) for a in ACCOUNTS]
        self._show(shown)

    def _show(self, shown: list[tuple[Account, str]]) -> None:
        root = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
        self.stdout.write(f"网址：{root}/    后台：{root}/admin/")
        for account, password in shown:
            self.stdout.write(
                f"  {account.username:<10}{password:<20}{account.role.label}  "
                f"{account.display_name}"
            )
        if any(password == KEPT for _, password in shown):
            self.stdout.write("需要重置演示密码时，请设置环境变量 DEMO_PASSWORD 后重新执行。")


def _made(account: Account, password: str, *, is_given: bool) -> str:
    """Make the account, or reset its password when one is given; what to show as password."""
    act = Act(source=Source.COMMAND, note="演示账号")
    user = User.objects.filter(username=account.username).first()
    if user is None:
        create(account, password, act)
        return password
    if not is_given and user.has_usable_password():
        return KEPT
    if not user.check_password(password):
        user.set_password(password)
        user.save(act=act)
    return password
