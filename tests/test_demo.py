"""The demo's past: a year of simulated changes that ends exactly as the fixtures say."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from projects import demo, seeding
from projects.choices import Action, Light, ReportState, Source
from projects.models import Book, LedgerEntry, Report, Revision, Round
from projects.periods import AsOf, today
from projects.reconciliation import reconcile
from projects.verification import verify

pytestmark = pytest.mark.django_db

#: What the story changes on its way and has to bring back.
TOLD = ("percent_complete", "progress", "responsible_person", "status", "name")


def final_facts(row: dict[str, Any], shift: dt.timedelta) -> dict[str, Any]:
    """What the fixtures say of a sample, as far as the story touches it."""
    fields = row["fields"]
    told: dict[str, Any] = {name: fields.get(name) or "" for name in TOLD}
    for name in ("due", "data", "started", "finished"):
        told[name] = str(seeding.shifted(fields[name], shift)) if name in fields else ""
    told["reached"] = sum("reached" in m for m in fields.get("milestones", ()))
    told["figures"] = len(fields.get("figures", ()))
    return told


def stored_facts(entry: LedgerEntry) -> dict[str, Any]:
    told: dict[str, Any] = {name: getattr(entry, name) or "" for name in TOLD}
    for name in ("due", "data", "started", "finished"):
        told[name] = entry.written(name)
    told["reached"] = sum(m.reached_on is not None for m in entry.milestones.all())
    told["figures"] = len(entry.figures.all())
    return told


def test_a_year_is_played_and_ends_as_the_fixtures_say():
    changes = demo.play()
    assert Revision.objects.filter(source=Source.SIMULATED).count() >= changes > 900
    assert all(check.agrees for check in reconcile())
    verdict = verify()
    assert verdict.is_intact, verdict.problem

    accepted = set(
        Report.objects.filter(state=ReportState.ACCEPTED).values_list("entry__code", flat=True)
    )
    assert len(accepted) > 200
    samples = seeding.samples_file()
    shift = today() - dt.date.fromisoformat(samples["anchor"])
    stored = {
        entry.code: entry for entry in LedgerEntry.objects.prefetch_related("milestones", "figures")
    }
    for row in samples["entries"]:
        found, expected = stored_facts(stored[row["fields"]["code"]]), final_facts(row, shift)
        # A day that a step has set stands although the fixtures do not tell it.
        unsaid = {name for name in ("started", "finished") if not expected[name]}
        if row["fields"]["code"] in accepted:  # the month that was reported on is in the ledger
            unsaid |= {"data", "figures"} | ({"progress"} if not expected["progress"] else set())
        assert {n: v for n, v in found.items() if n not in unsaid} == {
            n: v for n, v in expected.items() if n not in unsaid
        }, row["fields"]["code"]

    recorded = list(Revision.objects.order_by("sequence").values_list("recorded_at", flat=True))
    assert recorded == sorted(recorded)
    begin = Book(AsOf(today() - dt.timedelta(days=360)))
    assert begin.rows().signed().count() < 198
    assert begin.rows().launched().filter(ledger="items").count() < 89
    actions = set(Revision.objects.values_list("action", flat=True))
    assert {Action.MOVE, Action.CHANGE, Action.CORRECT, Action.DELIST, Action.RELIST} <= actions
    assert LedgerEntry.objects.filter(due_moves__gte=2).exists()
    months = [round_.period for round_ in Round.objects.frozen().order_by("month")]
    assert len(months) >= 10
    assert [month.following for month in months[:-1]] == months[1:]
    of_this_month = Report.objects.filter(round__closed_at=None)
    assert {"due", "draft", "submitted", "approved", "waived"} <= set(
        of_this_month.values_list("state", flat=True)
    )
    shown = LedgerEntry.objects.with_light(Book().clock).counted("light")
    assert {light for light, count in shown if count} == set(Light)


def test_a_past_is_not_put_before_a_ledger_that_has_one(capsys: pytest.CaptureFixture[str]):
    seeding.seed()
    rows = Revision.objects.count()
    call_command("demo_past")
    assert "沿用原有历史" in capsys.readouterr().out
    with pytest.raises(demo.NotEmpty):
        demo.play()
    assert Revision.objects.count() == rows


def test_production_gets_no_simulated_past(settings: Any):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="生产环境不得载入模拟的历史"):
        call_command("demo_past")
    assert not Revision.objects.exists()
