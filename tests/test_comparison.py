"""What changed between two days: who entered and left, what moved, how often and how far, why."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from projects.choices import Reason, Role
from projects.comparison import Kind, compare
from projects.models import Act, Book, LedgerEntry, MoneyFigure
from projects.periods import AsOf, start_of, today
from tests import factories

pytestmark = pytest.mark.django_db

FIRST, LAST = today() - dt.timedelta(days=60), today() - dt.timedelta(days=5)


def at(days: int) -> dt.datetime:
    """Noon, so many days after the first day."""
    return start_of(FIRST + dt.timedelta(days=days)) + dt.timedelta(hours=12)


def act(days: int, reason: Reason | None = None, note: str = "") -> Act:
    return Act(at=at(days), reason=reason, note=note)


def edit(entry: LedgerEntry, act: Act, **values: Any) -> None:
    for name, value in values.items():
        setattr(entry, name, value)
    entry.save(act=act)


def found(query: str = "") -> dict[str, list[tuple[Any, ...]]]:
    """Section → code, what, old, new, times, days or difference."""
    from django.http import QueryDict

    from projects.filters import ComparisonFilter

    chosen = ComparisonFilter(QueryDict(f"from={FIRST}&to={LAST}&{query}"))
    assert chosen.problems == []
    old, new = chosen.books()
    result = compare(old, new, chosen.rows(old), chosen.rows(new))
    return {
        section.kind.value: [
            (m.entry.code, m.what, m.old, m.new, m.times, m.days or m.difference)
            for m in section.movements
        ]
        for section in result.sections
        if section.movements
    }


@pytest.fixture
def item() -> LedgerEntry:
    return factories.item(
        act=act(-10), status="advancing", due_on=LAST, percent_complete=20, code="SX-0001"
    )


def test_nothing_changed_is_nothing_told(item: LedgerEntry):
    edit(item, act(-1), percent_complete=30)
    edit(item, act(58), percent_complete=90)
    assert found() == {}


def test_dates_tell_how_often_they_moved_and_how_far_in_all(item: LedgerEntry):
    edit(item, act(10, Reason.FUNDING, "资金"), due_on=LAST + dt.timedelta(days=10))
    edit(item, act(20, Reason.LAND, "用地"), due_on=LAST + dt.timedelta(days=30))
    edit(item, act(30, Reason.MISRECORDED, "误登"), due_on=LAST + dt.timedelta(days=31))
    ends = [str(LAST + dt.timedelta(days=days)) for days in (0, 30, 31)]
    assert found() == {
        "时限调整": [("SX-0001", "完成时限", ends[0], ends[1], 2, 30)],
        "更正": [("SX-0001", "完成时限", ends[1], ends[2], 1, 1)],
    }


def test_a_correction_between_moves_belongs_to_neither(item: LedgerEntry):
    for days, to, reason in (
        (10, 10, Reason.FUNDING),
        (20, 3, Reason.MISRECORDED),
        (30, 5, Reason.LAND),
    ):
        edit(item, act(days, reason, "说明"), due_on=LAST + dt.timedelta(days=to))
    told = found()
    assert [row[4:] for row in told["时限调整"]] == [(2, 12)]
    assert [row[4:] for row in told["更正"]] == [(1, -7)]


def test_a_unit_that_is_younger_than_the_first_day_hides_nothing(item: LedgerEntry):
    lead = factories.unit("老单位", act=act(-9))
    edit(item, act(-8), lead=lead)
    young = factories.unit("新单位", act=act(20))
    edit(item, act(30), percent_complete=77)
    assert list(found(f"unit={lead.pk}&unit={young.pk}")) == ["完成百分比变动"]


def test_percent_and_money_tell_old_new_and_difference(item: LedgerEntry):
    edit(item, act(10), percent_complete=35)
    for days, amount in ((20, 100), (30, 250)):
        with item.recording(act(days)):
            MoneyFigure.objects.create(
                entry_id=item.pk, kind="total", basis="estimate", amount=Decimal(amount)
            )
    told = found()
    assert told["完成百分比变动"] == [("SX-0001", "完成百分比", "20", "35", 1, 15)]
    assert told["总投资变动"][0][2:] == ("", "250.0000", 2, Decimal(150))


def test_steps_are_told_with_their_number(item: LedgerEntry):
    bureau = factories.bureau()
    item.move_to("closing", by=bureau, note="材料", on=at(10).date(), at=at(10))
    assert found()["状态变动"] == [("SX-0001", "状态", "推进中", "提请办结", 1, None)]


def test_who_came_and_who_went(item: LedgerEntry):
    factories.item(code="SX-0002", act=act(10))
    item.delist(Act(at=at(20), on=at(20).date(), reason=Reason.REPLACED, note="替换"))
    told = found()
    assert [row[:2] for row in told["进入"]] == [("SX-0002", "新增")]
    assert [row[:2] for row in told["退出"]] == [("SX-0001", "调出")]


def test_a_filter_holds_on_either_day(item: LedgerEntry):
    bureau = factories.bureau()
    item.move_to("closing", by=bureau, note="材料", on=at(10).date(), at=at(10))
    assert list(found("status=advancing")) == ["退出"]
    assert list(found("status=closing&ledger=items")) == ["进入"]
    assert found("status=closed") == {}
    assert found("ledger=agreements") == {}


def test_what_the_days_alone_have_changed_is_told_too(item: LedgerEntry):
    edit(item, act(-2), due_on=FIRST + dt.timedelta(days=20))
    assert found("light=red") == {
        "进入": [("SX-0001", "条目未变（随日期或名录变化）", "", "", 0, None)]
    }


def test_late_news_belongs_to_the_day_it_was_recorded(item: LedgerEntry):
    edit(item, Act(at=at(10), on=FIRST - dt.timedelta(days=100)), percent_complete=21)
    assert list(found()) == ["完成百分比变动"]


@pytest.fixture
def auditor(client: Client) -> Client:
    client.force_login(factories.user("auditor", Role.AUDITOR))
    return client


def test_page_and_files_tell_the_same(auditor: Client, item: LedgerEntry):
    edit(item, act(10, Reason.FUNDING, "资金"), due_on=LAST + dt.timedelta(days=10))
    query = f"from={FIRST}&to={LAST}"
    html = auditor.get(f"/compare/?{query}").content.decode()
    assert 'data-total="1"' in html
    assert "资金未落实：资金" in html
    response: Any = auditor.get(f"/compare.csv?{query}")
    rows = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert "时限调整,SX-0001" in rows[1]
    workbook: Any = auditor.get(f"/compare.xlsx?{query}")
    assert b"".join(workbook.streaming_content)[:2] == b"PK"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (f"from={LAST}&to={FIRST}", "须晚于起始日期"),
        (f"from={FIRST}", "请填写日期"),
        (f"from={FIRST}&to=2100-01-01", "还没有到"),
        (f"from=31.07.2026&to={LAST}", "不是日期"),
        (f"from={FIRST}&to={LAST}&ledger=none", "没有“none”这一项"),
        (f"from={FIRST}&to={LAST}&nonsense=1", "没有这个查询条件"),
        (f"from={FIRST}&to={LAST}&as_of={LAST}", "比较两日不用这个条件"),
        (f"from={FIRST}&from={FIRST}&to={LAST}", "只能填写一个值"),
    ],
)
def test_what_cannot_be_compared_is_told_and_refused(auditor: Client, query: str, sentence: str):
    page = auditor.get(f"/compare/?{query}").content.decode()
    assert 'data-total="0"' in page
    assert sentence in page
    refused = auditor.get(f"/compare.csv?{query}")
    assert refused.status_code == 400
    assert sentence in refused.content.decode()


def test_a_comparison_up_to_today_can_be_proved_later(auditor: Client, item: LedgerEntry):
    from projects import proof

    edit(item, Act(), percent_complete=60)
    response: Any = auditor.get(f"/compare.xlsx?from={FIRST}&to={today()}")
    name = response["Content-Disposition"].split('filename="')[1].split('"')[0]
    content = b"".join(response.streaming_content)
    edit(item, Act(), percent_complete=70)
    from tests.test_receipts import saved_anew

    assert proof.examine(name, saved_anew(content)).verdict == "genuine"


def test_books_of_the_same_state_agree():
    factories.small_ledgers()
    book = Book(AsOf(today()))
    result = compare(book, book, book.rows(), book.rows())
    assert (result.before, result.after, result.others) == (book.rows().count(),) * 2 + (0,)
    assert [s.kind for s in result.sections] == list(Kind)
    assert result.movements == []
