"""The rounds of the months: opened and closed by the bureau, and frozen from then on."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from projects import rounds
from projects.choices import Action, Role
from projects.models import Act, CooperationItem, Revision, Round, RoundRefused, Stale
from projects.periods import Month, start_of, today, working_day_from
from projects.verification import verify

from . import factories

pytestmark = pytest.mark.django_db

JUNE, JULY = Month.parse("2026-06"), Month.parse("2026-07")
CLOSED = start_of(dt.date(2026, 8, 7)) + dt.timedelta(hours=17)
BEGINNING = start_of(dt.date(2026, 5, 1))
COUNT = re.compile(r'<a class="[^"]*" href="([^"]+)" data-count="([0-9]+)"')
TOTAL = re.compile(r'<main[^>]*data-total="([0-9]+)"')


def at(day: int, hour: int = 9, month: int = 8) -> dt.datetime:
    return start_of(dt.date(2026, month, day)) + dt.timedelta(hours=hour)


@pytest.fixture
def bureau() -> Any:
    return factories.user("office", Role.BUREAU, act=Act(at=BEGINNING))


@pytest.fixture
def entry(bureau: Any) -> CooperationItem:
    return factories.item(
        act=Act(at=BEGINNING),
        status="launched",
        due_on=dt.date(2026, 8, 5),
        regions=[factories.region("512002", act=Act(at=BEGINNING))],
    )


@pytest.fixture
def frozen(bureau: Any, entry: CooperationItem) -> Round:
    """July, closed on 7 August at 17:00; an hour later the entry is renamed."""
    return freeze(JULY, bureau, CLOSED)


def freeze(month: Month, by: Any, moment: dt.datetime) -> Round:
    opened = rounds.open_month(month, by=by, at=moment - dt.timedelta(days=5))
    rounds.close_month(opened, by=by, version=opened.version, at=moment, note="核对无误。")
    return opened


def rename(entry: CooperationItem, name: str, moment: dt.datetime) -> None:
    entry.refresh_from_db()
    entry.name = name
    entry.save(act=Act(at=moment))


# --- who may, and when ------------------------------------------------------------------------


def last_month() -> Month:
    return Month.of(today()).before


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.BUREAU])
def test_only_the_bureau_opens_and_closes(client: Client, role: Role) -> None:
    opened = rounds.open_month(last_month(), by=factories.bureau())
    client.force_login(factories.user("someone", role))
    assert client.post(f"/rounds/{Month.of(today())}/open/").status_code == 403
    given = {"version": opened.version, "is_checked": "on"}
    assert client.post(f"/rounds/{opened.period}/close/", given).status_code == 403
    assert [(r.period, r.is_frozen) for r in Round.objects.all()] == [(last_month(), False)]


def test_the_bureau_opens_a_month_and_freezes_it(client: Client) -> None:
    client.force_login(factories.bureau())
    path = f"/rounds/{last_month()}/"
    assert f"{last_month().label}没有月报" in client.get(path).content.decode()
    assert client.post(f"{path}open/", {"note": "请按时报送。"}).status_code == 302
    opened = Round.objects.get()
    seventh = Month.of(today()).first.replace(day=7)
    assert opened.due_on == working_day_from(seventh, {})
    assert "报送中" in client.get(path).content.decode()
    given = {"version": opened.version, "is_checked": "on", "note": "齐全。"}
    assert client.post(f"{path}close/", given).status_code == 302
    html = client.get(path).content.decode()
    assert "已冻结" in html
    assert "请按时报送。" in html
    assert "齐全。" in html
    told = Revision.objects.filter(record_model="round").order_by("sequence")
    assert [(row.action, row.sentence) for row in told] == [
        (Action.OPEN, f"开启“{last_month().label}月报”"),
        (Action.FREEZE, f"冻结“{last_month().label}月报”"),
    ]
    assert told[1].sequence == Round.objects.get().trail_sequence + 1  # type: ignore[operator]


def test_closing_asks_for_a_check_and_the_version(client: Client) -> None:
    client.force_login(factories.bureau())
    opened = rounds.open_month(last_month(), by=factories.bureau("second"))
    path = f"/rounds/{last_month()}/close/"
    unchecked = client.post(path, {"version": opened.version})
    assert unchecked.status_code == 400
    assert "请核对后勾选" in unchecked.content.decode()
    assert client.post(path, {"is_checked": "on"}).status_code == 400
    assert client.post(path, {"is_checked": "on", "version": 9}).status_code == 409
    assert client.get(path).status_code == 405
    assert not Round.objects.get().is_frozen


@pytest.mark.parametrize("action", ["open", "close"])
def test_what_may_not_be_is_refused_with_the_reason(client: Client, action: str) -> None:
    client.force_login(factories.bureau())
    this = Month.of(today())
    given = {"version": 1, "is_checked": "on"}
    if action == "open":
        answer = client.post(f"/rounds/{this.following}/open/", given)
        reason = f"{this.following.label}还没有到"
    else:
        rounds.open_month(this, by=factories.bureau("second"))
        answer = client.post(f"/rounds/{this}/close/", given)
        reason = f"{this.label}还没有过完"
    assert answer.status_code == 400
    assert reason in answer.content.decode()
    assert not Round.objects.frozen().exists()


def test_months_are_opened_once_and_frozen_in_their_order(bureau: Any) -> None:
    june = rounds.open_month(JUNE, by=bureau, at=at(1, month=7))
    july = rounds.open_month(JULY, by=bureau, at=at(1))
    with pytest.raises(RoundRefused, match="2026年6月的月报已经开启"):
        rounds.open_month(JUNE, by=bureau, at=at(1))
    with pytest.raises(RoundRefused, match="2026年6月月报还没有冻结"):
        rounds.close_month(july, by=bureau, version=july.version, at=at(7))
    rounds.close_month(june, by=bureau, version=june.version, at=at(7))
    seen = july.version
    rounds.close_month(july, by=bureau, version=seen, at=at(8))
    with pytest.raises(RoundRefused, match="已经冻结"):
        rounds.close_month(july, by=bureau, version=july.version, at=at(9))
    with pytest.raises(RoundRefused, match="不能再补开更早月份"):
        rounds.open_month(Month.parse("2026-05"), by=bureau, at=at(9))


def test_months_long_before_the_trail_are_not_frozen(bureau: Any) -> None:
    with pytest.raises(RoundRefused, match="变更记录自2026年5月起，1950年1月的台账无从冻结"):
        rounds.open_month(Month.parse("1950-01"), by=bureau, at=at(1))


def test_what_was_typed_is_kept_when_closing_is_refused(client: Client) -> None:
    client.force_login(factories.bureau())
    rounds.open_month(last_month(), by=factories.bureau("second"))
    given = {"is_checked": "on", "version": 9, "note": "写了很久的说明"}
    answer = client.post(f"/rounds/{last_month()}/close/", given)
    assert "写了很久的说明" in answer.content.decode()
    assert client.post(f"/rounds/{last_month()}/close/", {**given, "version": 1}).status_code == 302
    again = client.post(f"/rounds/{last_month()}/close/", {})
    assert (again.status_code, "已经冻结" in again.content.decode()) == (400, True)
    assert client.get(f"/rounds/{last_month()}/?x=1").status_code == 400


def test_of_two_who_close_the_second_is_told(bureau: Any) -> None:
    first = rounds.open_month(JULY, by=bureau, at=at(1))
    second = Round.objects.get()
    rounds.close_month(first, by=bureau, version=first.version, at=at(7))
    with pytest.raises(Stale):
        rounds.close_month(second, by=bureau, version=second.version, at=at(7))
    assert Revision.objects.filter(action=Action.FREEZE).count() == 1


# --- frozen -----------------------------------------------------------------------------------


def test_a_frozen_month_is_read_as_at_its_closing(
    client: Client, entry: CooperationItem, frozen: Round
) -> None:
    """Not as at the end of that day: what came an hour later belongs to the next month."""
    rename(entry, "冻结之后的名称", CLOSED + dt.timedelta(hours=1))
    client.force_login(factories.user("reader", Role.AUDITOR))
    paths = ["/items/", "/entries/", f"/items/{entry.code}/", "/sectors/transport/"]
    for path in paths:
        html = client.get(path, {"as_of": "2026-07"}).content.decode()
        assert "冻结之后的名称" not in html, path
        assert "2026年7月月报</a>冻结时的台账" in html, path
        assert "截至 2026-08-07 17:00" in html, path
        of_the_day = client.get(path, {"as_of": "2026-08-07"}).content.decode()
        assert "冻结之后的名称" in of_the_day, path
    exported: Any = client.get("/items.csv", {"as_of": "2026-07"})
    assert "冻结之后的名称" not in b"".join(exported.streaming_content).decode()


def test_each_frozen_number_is_the_total_of_its_list(
    client: Client, entry: CooperationItem, frozen: Round
) -> None:
    factories.item(act=Act(at=CLOSED + dt.timedelta(hours=1)), due_on=dt.date(2026, 8, 1))
    client.force_login(factories.user("reader", Role.LEADER))
    html = client.get("/rounds/2026-07/").content.decode()
    found = {(unescape(href), int(count)) for href, count in COUNT.findall(html)}
    assert len(found) > 20
    for href, count in found:
        assert "as_of=2026-07" in href or href.startswith("/rounds/2026-07/reports/")
        total = TOTAL.search(client.get(href).content.decode())
        assert total is not None
        assert int(total[1]) == count, href
    assert ("/items/?as_of=2026-07", 1) in found
    assert ("/items/?as_of=2026-07&light=red", 1) in found


def test_a_month_that_is_not_frozen_is_no_day(client: Client, bureau: Any) -> None:
    rounds.open_month(JULY, by=bureau, at=at(1))
    client.force_login(factories.user("reader", Role.AUDITOR))
    for month, reason in (("2026-07", "还没有冻结"), ("2026-06", "没有月报")):
        for path in ("/items/", "/", "/items.csv", "/compare/?from=2026-01-01"):
            joined = "&to=" if "compare" in path else "?as_of="
            answer = client.get(f"{path}{joined}{month}")
            assert answer.status_code == (200 if path in ("/items/",) or "compare" in path else 400)
            assert reason in answer.content.decode(), path
    assert client.get("/items/?as_of=2026-13").context["page"].total == 0


def test_a_month_stays_chosen_in_the_form_of_the_list(client: Client, frozen: Round) -> None:
    """A date picker would show a month as empty and drop it."""
    client.force_login(factories.user("reader", Role.LEADER))
    html = client.get("/items/?as_of=2026-07").content.decode()
    assert re.search(r'<input type="month" name="as_of" value="2026-07"', html)
    html = client.get("/items/?as_of=2026-07-31").content.decode()
    assert re.search(r'<input type="date" name="as_of" value="2026-07-31"', html)


def test_two_frozen_months_are_compared(client: Client, bureau: Any, entry: Any) -> None:
    freeze(JUNE, bureau, at(7, month=7))
    entry.refresh_from_db()
    entry.percent_complete = 60
    entry.save(act=Act(at=at(20, month=7)))
    freeze(JULY, bureau, CLOSED)
    entry.percent_complete = 80
    entry.save(act=Act(at=CLOSED + dt.timedelta(minutes=1)))
    client.force_login(factories.user("reader", Role.AUDITOR))
    page = client.get("/rounds/2026-07/")
    assert page.context["compare_href"] == "/compare/?from=2026-06&to=2026-07"
    compared = client.get(page.context["compare_href"])
    html = compared.content.decode()
    for name, month in (("from", "2026-06"), ("to", "2026-07")):
        assert re.search(rf'<input type="month" name="{name}" value="{month}"', html)
    moved = compared.context["comparison"].movements
    assert [(m.what, m.new) for m in moved] == [("完成百分比", "60")]
    exported: Any = client.get("/compare.csv?from=2026-06&to=2026-07")
    assert "60" in b"".join(exported.streaming_content).decode()


def test_the_same_file_of_a_frozen_month_has_the_same_bytes(
    client: Client, entry: CooperationItem, frozen: Round
) -> None:
    contents = []
    for name in ("one", "other"):
        client.force_login(factories.user(name, Role.AUDITOR))
        response: Any = client.get("/items.csv?as_of=2026-07")
        contents.append(b"".join(response.streaming_content))
        rename(entry, f"名称{name}", timezone.now())
    assert contents[0] == contents[1]


def test_nothing_is_recorded_before_a_closing_that_came_later(
    bureau: Any, entry: CooperationItem
) -> None:
    """A clock that goes back does not bring a change into a frozen month."""
    frozen = freeze(JULY, bureau, timezone.now())
    rename(entry, "时钟回拨", at(1))
    assert frozen.closed_at
    assert Revision.objects.of(entry)[0].recorded_at >= frozen.closed_at
    assert verify().is_intact


# --- guarded and verified ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE projects_round SET closed_by = '他人'",
        "UPDATE projects_round SET closed_at = NULL, trail_sequence = NULL, closed_by = ''",
        "UPDATE projects_round SET month = '2026-08-01'",
        "DELETE FROM projects_round",
    ],
)
def test_the_database_refuses_to_touch_a_frozen_month(frozen: Round, sql: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r"已冻结的月报不能改写|projects_round"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("UPDATE projects_round SET closed_by = '他人'", "2026年7月月报”与最后一条变更记录不符"),
        ("UPDATE projects_round SET due_on = '2026-08-09'", "2026年7月月报"),
        (
            "DELETE FROM projects_report; DELETE FROM projects_round",
            "2026年7月月报”在存档中有",
        ),
    ],
)
def test_a_frozen_month_that_was_altered_is_named(frozen: Round, sql: str, named: str) -> None:
    assert verify().is_intact
    factories.lift_guards()
    with connection.cursor() as cursor:
        for statement in sql.split(";"):
            cursor.execute(statement)
    assert named in verify().problem


def test_figures_that_the_ledger_does_not_bear_out_are_named(frozen: Round) -> None:
    assert rounds.frozen_problem(frozen) == ""
    ledger, status, light, count = frozen.figures["entries"][0]
    for figures in (
        {**frozen.figures, "entries": [[ledger, status, light, count + 1]]},
        {**frozen.figures, "sectors": []},
    ):
        frozen.figures = figures
        assert "与截至冻结时的台账不符" in rounds.frozen_problem(frozen)


def test_a_round_is_never_deleted(frozen: Round) -> None:
    with pytest.raises(ValidationError, match="月报不能删除"):
        frozen.delete()
