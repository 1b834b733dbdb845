"""`manage.py remind`: each thing once to each person, however often it runs."""

from __future__ import annotations

import datetime as dt
import io
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from projects.checks import notifier_is_there
from projects.choices import Action, Channel, CoordinationLevel, DutyKind, Role
from projects.models import (
    Act,
    Delivery,
    Matter,
    Notice,
    Organisation,
    Revision,
    User,
)
from projects.models.notices import LEASE
from projects.periods import today
from projects.reminding import remind
from projects.verification import verify

from . import factories

pytestmark = pytest.mark.django_db

DAY = today()
#: Person, kind and code of what a notice is of.
Line = tuple[str, str, str]


def run(**options: Any) -> str:
    out = io.StringIO()
    call_command("remind", stdout=out, stderr=out, **options)
    return out.getvalue()


def failed(**options: Any) -> str:
    """What a run says that ends with exit code 1."""
    out = io.StringIO()
    with pytest.raises(CommandError) as problem:
        call_command("remind", stdout=out, stderr=out, **options)
    return f"{out.getvalue()}{problem.value}"


def lines() -> Counter[Line]:
    people = dict(User.objects.values_list("pk", "username"))
    return Counter((people[n.user_id], n.kind, code_of(n)) for n in Notice.objects.all())


def code_of(notice: Notice) -> str:
    """The code that its text begins with, after the month of a report."""
    return next(word for word in notice.text.replace("：", " ").split() if "-" in word)


@pytest.fixture
def unit() -> Organisation:
    return factories.unit("资阳市交通运输局")


@pytest.fixture
def reporter(unit: Organisation) -> User:
    return factories.user(
        "reporter", Role.REPORTER, unit=unit, display_name="张三", email="zhang@example.cn"
    )


@pytest.fixture
def late(unit: Organisation) -> Matter:
    return factories.problem(unit=unit, title="用地未落实", due_on=factories.days_from_now(-1))


@pytest.fixture
def post(settings: Any) -> Any:
    """Mail is configured."""
    settings.EMAIL_HOST = "mail.example.cn"
    settings.DEFAULT_FROM_EMAIL = "ledger@example.cn"
    settings.SITE_URL = "https://ledger.example.cn"
    return settings


# --- once ---------------------------------------------------------------------------------------


def test_three_runs_on_one_day_tell_each_thing_once(
    unit: Organisation, reporter: User, late: Matter
) -> None:
    soon = factories.item(status="launched", lead=unit, due_on=DAY)
    factories.item(status="launched", lead=factories.unit("资阳市水务局"), due_on=DAY)
    factories.user("leader", Role.LEADER, unit=unit)
    told = [run() for _ in range(3)]
    assert lines() == {
        ("reporter", DutyKind.MATTER_LATE, late.code): 1,
        ("reporter", DutyKind.ENTRY_SOON, soon.code): 1,
        ("clerk", DutyKind.MATTER_LATE, late.code): 1,
    }
    assert told == [
        f"{DAY}：问题升级1件；提醒新增3条，此前已提醒0条。\n",
        *[f"{DAY}：问题升级0件；提醒新增0条，此前已提醒3条。\n"] * 2,
    ]


def test_overdue_problems_rise_once_however_often_it_runs(late: Matter) -> None:
    for _ in range(3):
        run()
    late.refresh_from_db()
    assert late.level == CoordinationLevel.CITY
    assert Revision.objects.of(late).filter(action=Action.RAISE).count() == 1
    assert verify().problem == ""


def test_a_preview_says_as_much_and_writes_and_sends_nothing(
    post: Any, reporter: User, late: Matter
) -> None:
    before = Revision.objects.count()
    for day in (DAY, DAY + dt.timedelta(days=1)):
        told = run(dry_run=True, day=str(day))
        assert told.startswith(f"{day}：问题升级1件；提醒新增2条，此前已提醒0条。")
    assert (Notice.objects.count(), Delivery.objects.count(), mail.outbox) == (0, 0, [])
    assert Revision.objects.count() == before
    late.refresh_from_db()
    assert late.level == CoordinationLevel.COUNTY


@pytest.mark.parametrize(
    ("day", "sentence"),
    [(str(DAY + dt.timedelta(days=1)), "还没有到，不能提前提醒"), ("7月7日", "“7月7日”不是日期")],
)
def test_a_day_to_come_or_none_at_all_is_refused(late: Matter, day: str, sentence: str) -> None:
    assert sentence in failed(day=day)
    assert Notice.objects.count() == 0


def test_a_changed_due_date_is_a_new_occasion(reporter: User, late: Matter) -> None:
    run()
    given = {"due_on": factories.days_from_now(2)}
    late.refresh_from_db()
    late.edit(given, Act(by=factories.clerk(), note="延期"), version=late.version)
    run()
    own = Notice.objects.to(reporter).values_list("kind", "occasion")
    assert set(own) == {
        (DutyKind.MATTER_LATE, f"{DAY - dt.timedelta(days=1)}+0"),
        (DutyKind.MATTER_SOON, f"{DAY + dt.timedelta(days=2)}"),
    }


# --- mail ---------------------------------------------------------------------------------------


def test_one_mail_tells_a_person_all_that_is_new(
    post: Any, unit: Organisation, reporter: User, late: Matter
) -> None:
    factories.item(status="launched", name="3路公交延伸", lead=unit, due_on=DAY)
    told = run()
    (letter,) = mail.outbox  # the account of the bureau has no address
    assert letter.to == ["zhang@example.cn"]
    assert letter.from_email == "ledger@example.cn"
    assert letter.subject == f"【成资同城化合作台账】2项待办提醒（{DAY}）"
    assert letter.body == (
        "张三：\n\n您在“成资同城化合作台账”有以下待办，请及时办理。\n\n"
        "■ 问题与督办事项逾期（1项）\n"
        f"1. WT-0001 用地未落实：时限{DAY - dt.timedelta(days=1)}，已逾期1天\n"
        "   https://ledger.example.cn/matters/WT-0001/\n\n"
        "■ 牵头条目临近时限（1项）\n"
        f"1. SX-0001 3路公交延伸：时限{DAY}，今日到期\n"
        "   https://ledger.example.cn/items/SX-0001/\n\n"
        "我的待办：https://ledger.example.cn/todo/\n\n"
        "本邮件由系统自动发出，请勿回复。\n"
        "本系统为非涉密系统，严禁存储、处理、传输涉密信息。\n"
    )
    assert told.endswith("邮件：已向1人发送2条。\n")
    run()
    assert len(mail.outbox) == 1
    sent = Delivery.objects.get(notice__kind=DutyKind.MATTER_LATE)
    assert (sent.channel, sent.address) == (Channel.MAIL, "zhang@example.cn")
    assert sent.sent_at


def test_a_mail_says_how_many_it_leaves_out(post: Any, unit: Organisation, reporter: User) -> None:
    for _ in range(23):
        factories.item(status="launched", lead=unit, due_on=DAY)
    run()
    (letter,) = mail.outbox
    assert "■ 牵头条目临近时限（23项）" in letter.body
    assert letter.body.count("https://ledger.example.cn/items/") == 20
    assert "其余3项请在“我的待办”中查看。" in letter.body


def test_nothing_of_another_unit_is_in_a_mail(post: Any, reporter: User, late: Matter) -> None:
    other = factories.unit("资阳市水务局")
    factories.problem(unit=other, title="资金缺口", due_on=factories.days_from_now(-1))
    factories.user("other", Role.APPROVER, unit=other, email="other@example.cn")
    run()
    bodies = {letter.to[0]: letter.body for letter in mail.outbox}
    assert {to: ("用地" in body, "资金" in body) for to, body in bodies.items()} == {
        "zhang@example.cn": (True, False),
        "other@example.cn": (False, True),
    }


@pytest.fixture
def no_server(post: Any) -> Any:
    """A mail server that takes no connection: a port that was free a moment ago."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        post.EMAIL_PORT = taken.getsockname()[1]
    post.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    post.EMAIL_HOST = "127.0.0.1"
    return post


def test_what_a_failing_server_did_not_take_is_sent_by_the_next_run(
    no_server: Any, unit: Organisation, reporter: User, late: Matter
) -> None:
    factories.user("second", Role.REPORTER, unit=unit, email="second@example.cn")
    told = failed()
    assert "张三的1条提醒未能发送：邮件服务器没有接受邮件（ConnectionRefusedError）。" in told
    assert "second的1条提醒未能发送：邮件暂不可用。" in told
    assert "有2批提醒未能发送" in told
    assert Notice.objects.count() == 3
    assert list(Delivery.objects.values_list("sent_at", "taken_at")) == [(None, None)] * 2
    no_server.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert "提醒新增0条，此前已提醒3条。\n邮件：已向2人发送2条。" in run()
    assert sorted(letter.to[0] for letter in mail.outbox) == [
        "second@example.cn",
        "zhang@example.cn",
    ]


def test_what_was_settled_before_it_could_be_sent_is_sent_no_more(
    no_server: Any, unit: Organisation, reporter: User, late: Matter
) -> None:
    factories.item(status="launched", name="3路公交延伸", lead=unit, due_on=DAY)
    failed()
    late.refresh_from_db()
    late.take("drop", Act(by=factories.clerk(), note="已并入他案"), version=late.version)
    no_server.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    run()
    (letter,) = mail.outbox
    assert ("3路公交延伸" in letter.body, late.title in letter.body) == (True, False)
    assert Delivery.objects.get(sent_at=None).notice.kind == DutyKind.MATTER_LATE


def test_an_address_that_is_none_fails_alone(post: Any, unit: Organisation, late: Matter) -> None:
    factories.user("first", Role.REPORTER, unit=unit, email="nonsense\nBcc: x@example.cn")
    factories.user("second", Role.REPORTER, unit=unit, email="second@example.cn")
    told = failed()
    assert "first的1条提醒未能发送：邮件地址" in told
    assert "邮件：已向1人发送1条。" in told
    assert Delivery.objects.exclude(sent_at=None).get().address == "second@example.cn"


def test_who_gets_an_address_later_is_not_sent_what_is_old(
    post: Any, reporter: User, late: Matter
) -> None:
    clerk = factories.clerk()
    run()
    clerk.email = "clerk@example.cn"
    clerk.save()
    run()
    assert [letter.to for letter in mail.outbox] == [["zhang@example.cn"]]


def test_a_run_that_never_came_back_holds_nothing_for_ever(
    post: Any, reporter: User, late: Matter
) -> None:
    at = timezone.now()
    run()
    mail.outbox.clear()
    factories.lift_guards()
    for hours, count in ((0, 0), (2, 1)):
        taken = Delivery.objects.update(sent_at=None, taken_at=at)
        assert taken == 1
        remind(DAY, at + hours * LEASE)
        assert len(mail.outbox) == count


# --- the office's own function ------------------------------------------------------------------

CALLS: list[tuple[str, list[str]]] = []


def notify(user: User, notices: list[Notice]) -> None:
    CALLS.append((user.username, [str(notice) for notice in notices]))


def notify_and_run_again(user: User, notices: list[Notice]) -> None:
    notify(user, notices)
    if len(CALLS) < 10:
        remind(DAY, timezone.now())


def broken(user: User, notices: list[Notice]) -> None:
    raise RuntimeError(f"no answer for {user}")


@pytest.fixture
def calls() -> Iterator[list[tuple[str, list[str]]]]:
    CALLS.clear()
    yield CALLS
    CALLS.clear()


def test_the_function_is_called_once_for_each_person(
    settings: Any, calls: list[Any], unit: Organisation, reporter: User, late: Matter
) -> None:
    settings.NOTIFIER = "tests.test_remind.notify"
    factories.item(status="launched", name="3路公交延伸", lead=unit, due_on=DAY)
    for _ in range(3):
        run()
    was = f"问题与督办事项逾期：WT-0001 用地未落实：时限{late.due_on}，已逾期1天"
    assert sorted(calls) == [
        ("clerk", [f"{was}，责任单位：资阳市交通运输局"]),
        ("reporter", [was, f"牵头条目临近时限：SX-0001 3路公交延伸：时限{DAY}，今日到期"]),
    ]
    assert mail.outbox == []


def test_a_run_that_begins_while_another_sends_does_not_send_the_same(
    settings: Any, calls: list[Any], reporter: User, late: Matter
) -> None:
    settings.NOTIFIER = "tests.test_remind.notify_and_run_again"
    run()
    assert sorted(name for name, _ in calls) == ["clerk", "reporter"]


def test_one_way_that_fails_does_not_hold_the_other(
    post: Any, calls: list[Any], reporter: User, late: Matter
) -> None:
    post.NOTIFIER = "tests.test_remind.broken"
    assert "张三的1条提醒未能发送：tests.test_remind.broken 没有完成（RuntimeError）。" in failed()
    assert len(mail.outbox) == 1
    post.NOTIFIER = "tests.test_remind.notify"
    run()
    assert sorted(name for name, _ in calls) == ["clerk", "reporter"]
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("path", ["nowhere.notify", "tests.test_remind.DAY", "notify"])
def test_a_function_that_is_none_is_told_at_the_start(settings: Any, path: str) -> None:
    settings.NOTIFIER = path
    assert [error.id for error in notifier_is_there()] == ["projects.E004"]
    settings.NOTIFIER = "tests.test_remind.notify"
    assert notifier_is_there() == []


# --- what the database refuses --------------------------------------------------------------------

CHANGES = {
    "a notice changed": lambda: Notice.objects.update(text="改过"),
    "a notice deleted": lambda: raw_deleted(Notice),
    "a second notice of the same": lambda: Notice.objects.bulk_create([twin()]),
    "a delivery deleted": lambda: raw_deleted(Delivery),
    "a delivery that was sent sent again": lambda: Delivery.objects.update(sent_at=timezone.now()),
    "a delivery that was sent taken back": lambda: Delivery.objects.update(sent_at=None),
}


def raw_deleted(model: type[models.Model]) -> None:
    rows = model._default_manager.all()
    rows._raw_delete(rows.db)


def twin() -> Notice:
    found = Notice.objects.all()[0]
    found.pk = None
    return found


@pytest.mark.parametrize("name", CHANGES)
def test_the_database_refuses(post: Any, reporter: User, late: Matter, name: str) -> None:
    run()
    before = [list(model.objects.order_by("pk").values()) for model in (Notice, Delivery)]
    connection.check_constraints()
    with pytest.raises(DatabaseError), transaction.atomic():
        CHANGES[name]()
    after = [list(model.objects.order_by("pk").values()) for model in (Notice, Delivery)]
    assert before == after
    assert all(before)
