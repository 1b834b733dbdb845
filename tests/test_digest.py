"""The weekly digest of subscribed views: once a week, with what changed since the last."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from projects.choices import Reason, Role
from projects.models import Act, Digest, SavedView, User, ViewUse, guards
from projects.models.digests import monday
from projects.periods import today

from . import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail(settings: Any) -> None:
    settings.EMAIL_HOST = "localhost"
    settings.SITE_URL = "https://ledger.example"


@pytest.fixture
def reader() -> User:
    return factories.user("reader", Role.LEADER, email="reader@example.com")


def subscribe(user: User, query: str = "light=red", **given: Any) -> SavedView:
    kept = SavedView.keep(
        {"ledger": "items", "name": "红灯", "query": query, **given}, Act(by=user)
    )
    ViewUse.set(user, kept, is_default=False, is_subscribed=True)
    return kept


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("digest", *arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


def at(days: int) -> dt.datetime:
    return timezone.now() + dt.timedelta(days=days)


def late(name: str, **given: Any) -> Any:
    return factories.item(name=name, due_on=today() - dt.timedelta(days=20), **given)


def test_a_digest_tells_the_count_the_changes_and_the_first_rows(reader):
    long_ago = Act(at=at(-30))
    old = late("早已逾期", act=long_ago)
    gone = late("已经办结", act=long_ago)
    late("刚刚登记")
    turned = factories.item(name="刚转红灯", due_on=today() + dt.timedelta(days=60), act=long_ago)
    for entry, due in ((turned, today() - dt.timedelta(days=1)), (gone, None)):
        entry.due_on = due
        entry.due_precision = "day" if due else ""
        entry.save(act=Act(reason=Reason.MISRECORDED, note="订正"))
    kept = subscribe(reader)
    assert "已发送1份" in run()
    (sent,) = mail.outbox
    assert sent.to == ["reader@example.com"]
    assert "红灯" in sent.subject
    assert "3条" in sent.subject
    assert "进入2条，离开1条，转为红灯2条" in sent.body
    assert "离开：" in sent.body
    assert "已经办结" in sent.body
    assert f"https://ledger.example/views/{kept.pk}/" in sent.body
    assert f"https://ledger.example{old.get_absolute_url()}" in sent.body
    assert "红灯：" in sent.body


def test_a_week_has_one_digest_however_often_it_runs(reader):
    late("逾期")
    subscribe(reader)
    run()
    assert "已发送0份，本周此前已发送1份" in run()
    assert len(mail.outbox) == 1
    assert Digest.objects.get().week == monday(today())


def test_the_next_week_has_its_own_and_looks_back_to_the_last(reader):
    late("逾期", act=Act(at=at(-40)))
    subscribe(reader)
    before = today() - dt.timedelta(days=14)
    run(day=before.isoformat())
    run()
    assert len(mail.outbox) == 2
    assert f"自{before}以来" in mail.outbox[1].body


def test_a_past_day_is_told_by_the_ledger_as_it_was_then(reader):
    begun = Act(at=at(-30))
    left = late("后来办结", act=begun)
    factories.item(name="当时未逾期", due_on=today() - dt.timedelta(days=3), act=begun)
    left.name = "后来更名"
    left.due_on, left.due_precision = None, ""
    left.save(act=Act(reason=Reason.MISRECORDED, note="订正"))
    late("后来登记")
    subscribe(reader, "light=red&sort=due")
    day = today() - dt.timedelta(days=7)
    run(day=day.isoformat())
    (sent,) = mail.outbox
    assert "1条" in sent.subject
    assert "后来办结" in sent.body
    assert not any(name in sent.body for name in ("后来更名", "后来登记", "当时未逾期"))
    assert f"https://ledger.example{left.get_absolute_url()}?as_of={day}" in sent.body
    assert f"/items/?light=red&sort=due&as_of={day}" in sent.body


def test_what_another_run_has_in_hand_is_left_to_it_for_an_hour(reader):
    kept = subscribe(reader)
    taken = Digest.objects.take(reader, kept, today(), at(0))
    assert taken is not None
    run()
    assert mail.outbox == []
    run(at=at(0) + dt.timedelta(hours=2))
    assert len(mail.outbox) == 1


def test_what_could_not_be_sent_is_sent_by_the_next_run(reader, monkeypatch):
    subscribe(reader)

    def refuse(self: Any, *arguments: Any, **options: Any) -> int:
        raise ConnectionRefusedError("no server")

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", refuse)
        with pytest.raises(CommandError, match="有1份摘要未能发送"):
            run()
    assert "已发送1份" in run()
    assert len(mail.outbox) == 1


def test_a_dry_run_tells_and_writes_nothing(reader):
    subscribe(reader)
    told = run("--dry-run")
    assert "将发送1份" in told
    assert "红灯" in told
    assert (mail.outbox, Digest.objects.count()) == ([], 0)


@pytest.mark.parametrize(("day", "sentence"), [("2099-01-01", "还没有到"), ("x", "不是日期")])
def test_a_day_that_cannot_be_is_refused(reader, day, sentence):
    subscribe(reader)
    with pytest.raises(CommandError, match=sentence):
        run(day=day)
    assert mail.outbox == []


def test_only_those_who_may_still_read_and_still_see_the_view_get_it(reader):
    office = factories.bureau()
    kept = subscribe(office, scope="office")
    ViewUse.set(office, kept, is_default=False, is_subscribed=False)
    ViewUse.set(reader, kept, is_default=False, is_subscribed=True)
    kept.edit({"scope": "private"}, Act(by=office), version=1)
    run()
    reader.is_active = False
    reader.save()
    subscribe(factories.user("admin", Role.LEADER, email=""), name="没有邮箱")
    assert "没有邮箱或者邮件服务器未配置的1份" in run()
    assert mail.outbox == []


def test_a_view_whose_conditions_no_longer_hold_says_so(reader):
    sector = factories.sector("water")
    subscribe(reader, "sector=water")
    sector.slug = "hydro"
    sector.save()
    run()
    assert "条件已失效" in mail.outbox[0].subject
    assert "没有“water”这一项" in mail.outbox[0].body


def test_a_digest_that_was_sent_is_final(reader):
    subscribe(reader)
    run()
    for change in (
        lambda: Digest.objects.update(sent_at=None),
        lambda: Digest.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    guards.lift(connection)
    assert Digest.objects.update(address="elsewhere") == 1
