"""A database from before versions lay in segments keeps its past through the migrations."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from projects.choices import Reason
from projects.models import Act, Book, EntryVersion, LedgerEntry, Region, guards
from projects.periods import AsOf, start_of, today
from projects.verification import verify
from tests import factories

FIRST = today() - dt.timedelta(days=40)


def at(days: int) -> dt.datetime:
    return start_of(FIRST + dt.timedelta(days=days)) + dt.timedelta(hours=9)


def as_it_was_kept() -> list[dict[str, Any]]:
    """The versions as the first migration kept them: all facts in the row itself."""
    rows = []
    for version in EntryVersion.objects.select_related("state").order_by("entry_id", "version"):
        facts = version.state.facts
        rows.append(
            {
                "entry_id": version.entry_id,
                "code": version.code,
                "version": version.version,
                "recorded_from": version.recorded_from,
                "recorded_to": version.recorded_to,
                "sector_name": facts["sector"]["text"],
                "lead_name": facts["lead"]["text"],
                "region_codes": facts["regions"]["value"],
                "facts": facts,
                "ledger": version.ledger,
                "name": version.name,
                "sector_id": version.sector_id,
                "status": version.status,
                "provenance": version.provenance,
            }
        )
    return rows


@pytest.mark.django_db(transaction=True)
def test_versions_and_names_are_rebuilt_from_states_and_trail() -> None:
    act = Act(at=at(0))
    city = Region(code="512000", name="资阳市", level="prefecture")
    city.save(act=act)
    district = Region(code="512002", name="雁江区", level="district", parent=city)
    district.save(act=act)
    unit = factories.unit("旧名单位", act=act)
    item = factories.item(act=Act(at=at(1)), lead=unit, regions=[district])
    unit.name = "新名单位"
    unit.save(act=Act(at=at(10)))
    item.percent_complete = 50
    item.save(act=Act(at=at(20), reason=Reason.OTHER, note="测试"))
    kept = as_it_was_kept()
    days = [AsOf(FIRST + dt.timedelta(days=n)) for n in (2, 12, 22)]

    def told() -> list[Any]:
        return [
            (entry.lead.name, entry.percent_complete, entry.version)
            for day in days
            for entry in (Book(day).entries(Book(day).rows().in_places(["512000"])))
            if entry.lead
        ]

    before = told()
    assert [row[0] for row in before] == ["旧名单位", "新名单位", "新名单位"]
    guards.lift(connection)
    try:
        MigrationExecutor(connection).migrate([("projects", "0001_initial")])
        old = MigrationExecutor(connection).loader.project_state([("projects", "0001_initial")])
        version = old.apps.get_model("projects", "EntryVersion")
        version.objects.bulk_create([version(**row) for row in kept])
    finally:
        call_command("migrate", verbosity=0)
    assert told() == before
    assert LedgerEntry.objects.get().places == "|512000|512002|"


@pytest.mark.django_db(transaction=True)
def test_agreements_and_their_versions_are_told_until_when_they_are_valid() -> None:
    ends = [dt.date(2027, 1, 31), dt.date(2028, 1, 31)]
    agreement = factories.agreement(act=Act(at=at(0)), valid_until_on=ends[0])
    agreement.valid_until_on = ends[1]
    agreement.save(act=Act(at=at(10)))
    factories.agreement(act=Act(at=at(11)))
    factories.item(act=Act(at=at(12)))

    def told() -> list[Any]:
        versions = EntryVersion.objects.order_by("code", "version").values_list(
            "code", "expires_on"
        )
        return [*versions, *LedgerEntry.objects.values_list("code", "expires_on")]

    before = told()
    assert [day for code, day in before if code == agreement.code] == [*ends, ends[1]]
    guards.lift(connection)
    try:
        MigrationExecutor(connection).migrate([("projects", "0014_matters")])
    finally:
        call_command("migrate", verbosity=0)
    assert told() == before
    assert verify().is_intact
