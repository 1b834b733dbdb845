"""Many new entries at once leave what one by one leaves; and conditions are the database's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.utils import timezone

from projects.choices import Source
from projects.models import (
    LEDGER_MODELS,
    Act,
    Agreement,
    CooperationItem,
    EntryState,
    EntryVersion,
    LedgerEntry,
    MoneyFigure,
    Revision,
    Segment,
)
from projects.models.conditions import broken, conditions_of
from projects.models.firstfilling import Filling, create_all
from projects.verification import verify

from . import factories

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 3, 5)


def fillings() -> Iterator[Filling]:
    """Thirty entries of all ledgers that differ in all that is derived."""
    places = [factories.region(code) for code in ("512002", "510100", "ziyang-airport")]
    units = [factories.unit(name) for name in ("甲局", "乙局", "丙局")]
    sectors = [factories.sector(slug) for slug in ("transport", "health")]
    source = Agreement.objects.get(code="XY-9000")
    for number in range(30):
        model: Any = list(LEDGER_MODELS.values())[number % 4]
        entry = model(
            code=f" sx－{number:04} ",
            name=f"  第{number}号\r\n工程".replace("\r\n", ""),
            aliases="曾用名" if number % 3 else "",
            sector=sectors[number % 2],
            lead=units[0] if number % 5 else None,
            due_on=DAY + dt.timedelta(days=number) if number % 2 else None,
            planned_start_on=dt.date(2025, 1, 1) if number % 3 == 1 else None,
            planned_start_precision="year" if number % 3 == 1 else "",
            percent_complete=number if number % 4 else None,
            description="内容\r\n第二行",
            responsible_person="张某",
        )
        if model is CooperationItem:
            entry.agreement = source
            entry.annual_target = "年度目标"
        figures = [
            MoneyFigure(kind="total", basis="estimate", amount=100 + part, dated_on=day)
            for part, day in enumerate([None, DAY, DAY, None][: number % 5])
        ]
        for figure in figures:
            figure.dated_precision = "day" if figure.dated_on else ""
        yield Filling(entry, places[: number % 4], units[1 : number % 4], figures, f"第{number}行")


def one_by_one(act: Act) -> None:
    from dataclasses import replace

    for filling in fillings():
        with filling.entry.recording(replace(act, note=filling.note)) as entry:
            entry.regions.set(filling.regions)
            entry.partners.set(filling.partners)
            for figure in filling.figures:
                figure.entry = entry
                figure.save()


def without_keys(value: Any) -> Any:
    if isinstance(value, list):
        return [without_keys(part) for part in value]
    if isinstance(value, dict):
        return {name: without_keys(part) for name, part in value.items() if name != "id"}
    return value


def columns(model: Any, *left_out: str) -> list[str]:
    return [f.attname for f in model._meta.concrete_fields if f.attname not in left_out]


def told() -> dict[str, Any]:
    """All that the tables say, but for keys and for digests, which cover keys."""
    codes = dict(LedgerEntry.objects.values_list("pk", "code"))
    found: dict[str, Any] = {}
    for model in LEDGER_MODELS.values():
        own = columns(model, "id", "ledgerentry_ptr_id")
        found[model.__name__] = list(model.objects.order_by("code").values(*own))
    for name in ("regions", "partners"):
        pairs = LedgerEntry.objects.filter(**{f"{name}__isnull": False})
        found[name] = sorted(pairs.values_list("code", f"{name}__pk"))
    figures = columns(MoneyFigure, "id", "entry_id")
    found["figures"] = list(MoneyFigure.objects.order_by("pk").values("entry__code", *figures))
    rows = columns(Revision, "record_key", "state_digest", "digest", "previous_digest")
    found["trail"] = list(Revision.objects.order_by("sequence").values(*rows))
    found["keys"] = [
        codes[int(row.record_key)] == row.record_code
        for row in Revision.objects.filter(record_model="ledgerentry")
    ]
    states = EntryState.objects.order_by("entry__code")
    found["states"] = list(states.values("entry__code", "version", "facts"))
    versions = columns(EntryVersion, "id", "entry_id", "state_id", "origin_id")
    found["versions"] = list(EntryVersion.objects.order_by("segment", "code").values(*versions))
    found["segments"] = list(Segment.objects.order_by("number").values())
    return without_keys(found)


def test_many_at_once_leave_what_one_by_one_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Segment, "LEAST", 7)
    factories.agreement(code="XY-9000", status="signed")
    list(fillings())
    act = Act(by=factories.bureau(), source=Source.IMPORT, at=timezone.now(), batch="b")
    with transaction.atomic():
        one_by_one(act)
        single = told()
        assert verify().problem == ""
        transaction.set_rollback(True)
    assert create_all(fillings(), act) == 30
    assert told() == single
    assert len(single["segments"]) > 3
    assert verify().problem == ""


def test_a_chunk_that_breaks_off_leaves_nothing() -> None:
    factories.agreement(code="XY-9000", status="signed")
    before = Revision.objects.count()

    def broken_off() -> Iterator[Filling]:
        yield from list(fillings())[:5]
        raise RuntimeError("timeout")

    with pytest.raises(RuntimeError), transaction.atomic():
        create_all(broken_off(), Act())
    assert Revision.objects.exclude(record_model="organisation").count() <= before + 5
    assert not LedgerEntry.objects.exclude(code="XY-9000").exists()
    assert verify().problem == ""


def test_what_breaks_a_rule_is_not_written() -> None:
    wrong = CooperationItem(code="SX-0001", name="甲", sector=factories.sector(), due_on=DAY)
    wrong.planned_start_on = dt.date(2027, 1, 1)
    with pytest.raises(ValueError, match="完成时限不能早于计划开始"):
        create_all([Filling(wrong)], Act())
    assert not LedgerEntry.objects.exists()


def test_what_follows_is_chained_behind_and_an_entry_filled_so_can_be_changed() -> None:
    factories.agreement(code="XY-9000", status="signed")
    create_all(fillings(), Act())
    entry = CooperationItem.objects.get(code="SX-0001")
    entry.remarks = "后来"
    entry.save(act=Act())
    assert [row.record_version for row in Revision.objects.of(entry)] == [2, 1]
    assert verify().problem == ""


# --- conditions -----------------------------------------------------------------------------------

BEFORE, AFTER = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
TRIALS: list[tuple[Any, dict[str, Any]]] = [
    (CooperationItem, {}),
    (CooperationItem, {"status": "signed"}),
    (CooperationItem, {"percent_complete": 101}),
    (CooperationItem, {"percent_complete": 100}),
    (CooperationItem, {"planned_start_on": AFTER, "due_on": BEFORE}),
    (CooperationItem, {"planned_start_on": BEFORE, "due_on": AFTER}),
    (CooperationItem, {"due_on": AFTER}),
    (CooperationItem, {"due_precision": "day"}),
    (CooperationItem, {"due_on": AFTER, "due_precision": "week"}),
    (CooperationItem, {"started_on": AFTER, "finished_on": BEFORE, "finished_precision": "day"}),
    (CooperationItem, {"started_on": AFTER, "finished_on": BEFORE, "finished_precision": "year"}),
    (CooperationItem, {"total_investment": -1}),
    (Agreement, {"signed_on": AFTER, "valid_until_on": BEFORE}),
    (Agreement, {"signed_on": BEFORE, "valid_until_on": AFTER}),
    (MoneyFigure, {"amount": -1}),
    (MoneyFigure, {"amount": 0, "dated_on": AFTER}),
]


@pytest.mark.parametrize(("model", "values"), TRIALS)
def test_a_condition_says_what_the_database_says(model: Any, values: dict[str, Any]) -> None:
    record = model(**values)
    if isinstance(record, LedgerEntry):
        record.begin()
    for name in ("planned_start", "due", "started", "finished", "signed", "valid_until"):
        if values.get(f"{name}_on") and not values.get(f"{name}_precision"):
            setattr(record, f"{name}_precision", "day")
    said = set()
    for table in [model, *model._meta.all_parents]:
        for constraint in table._meta.constraints:
            try:
                constraint.validate(table, record)
            except ValidationError as problem:
                said |= set(problem.messages)
    assert {condition.sentence for condition in broken(record)} == said


def test_every_condition_of_an_entry_can_be_read() -> None:
    for model in (*LEDGER_MODELS.values(), MoneyFigure):
        declared = [
            constraint
            for table in [model, *model._meta.all_parents]
            for constraint in table._meta.constraints
            if isinstance(constraint, models.CheckConstraint)
        ]
        assert len(conditions_of(model)) == len(declared) > 1


def test_filling_costs_a_fixed_number_of_statements(django_assert_max_num_queries: Any) -> None:
    factories.agreement(code="XY-9000", status="signed")
    ready = list(fillings())
    with django_assert_max_num_queries(32 if connection.vendor == "sqlite" else 26):
        create_all(ready, Act())
