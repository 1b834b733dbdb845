"""A simulated June and July 2026, frozen on 8 July and 10 August, for the tests of briefs.

Two sectors of two fields, one of them empty of moves; what happens after the last closing is not
to be seen in any brief.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from projects import rounds
from projects.choices import CoordinationLevel, MatterKind, Role
from projects.models import Act, LedgerEntry, LightRule, Report, Round, User
from projects.periods import Month, start_of

from . import factories

JUNE, JULY = Month.parse("2026-06"), Month.parse("2026-07")
BEGINNING = start_of(dt.date(2026, 5, 4))


def at(month: int, day: int, hour: int = 10) -> dt.datetime:
    return start_of(dt.date(2026, month, day)) + dt.timedelta(hours=hour)


def act(month: int, day: int, by: Any = None, **more: Any) -> Act:
    return Act(by=by, at=at(month, day), **more)


def freeze(month: Month, by: User, opened: dt.datetime, closed: dt.datetime) -> Round:
    found = rounds.open_month(month, by=by, at=opened)
    rounds.close_month(found, by=by, version=found.version, at=closed)
    return found


def half_a_year() -> dict[str, Any]:
    """All that the tests name."""
    begun = Act(at=BEGINNING)
    office = factories.user("office", Role.BUREAU, act=begun)
    LightRule().save(act=begun)
    factories.unit(act=begun)  # what `factories.problem` would make, at its own moment
    first = factories.unit("甲 市交通运输局", act=begun)
    second = factories.unit("乙 市卫生健康委员会", act=begun)
    transport, health = (factories.sector(slug, act=begun) for slug in ("transport", "health"))
    factories.agreement(act=begun, sector=transport, lead=first, status="in-force")
    factories.agreement(act=begun, sector=transport, lead=first, provenance="sample")
    road = factories.item(
        act=begun,
        name="断头路建设",
        sector=transport,
        lead=first,
        status="launched",
        due_on=dt.date(2026, 7, 20),
    )
    clinic = factories.item(
        act=begun, name="医联体", sector=health, lead=second, due_on=dt.date(2027, 12, 31)
    )
    factories.item(act=begun, name="社保卡结算", sector=health, lead=second, status="closed")
    factories.industrial(
        act=begun,
        name="产业园",
        sector=transport,
        lead=first,
        status="building",
        figures=[
            {
                "kind": "year-plan",
                "amount": 1200,
                "basis": "estimate",
                "dated_on": dt.date(2026, 1, 1),
                "dated_precision": "year",
            }
        ],
    )
    june = freeze(JUNE, office, at(7, 1), at(7, 8))
    clinic.move_to("launched", by=office, on=dt.date(2026, 7, 15), at=at(7, 15))
    factories.item(act=act(7, 16), name="新增事项", sector=health, lead=second)
    problems(office, road)
    july = rounds.open_month(JULY, by=office, at=at(8, 1))
    accepted(july.reports.get(entry__name="断头路建设"), office, first, problems="用地未批")
    accepted(july.reports.get(entry__name="产业园"), office, first, invested_month=100)
    rounds.close_month(july, by=office, version=july.version, at=at(8, 10))
    afterwards(road, office)
    return {"office": office, "june": june, "july": july, "units": (first, second)}


def problems(office: User, road: LedgerEntry) -> None:
    """Two problems, one overdue at the closing, and a draft that nobody sees."""
    for day, level in ((dt.date(2026, 8, 1), "CITY"), (dt.date(2026, 9, 1), "COUNTY")):
        factories.problem(
            act=Act(by=office, at=at(7, 20), on=dt.date(2026, 7, 20)),
            title=f"协调用地{day.day}{level}",
            level=CoordinationLevel[level],
            entries=[road],
            unit=road.lead,
            due_on=day,
        )
    draft = act(7, 21, office)
    factories.matter(MatterKind.PROBLEM, act=draft, is_draft=True, title="未交办", unit=road.lead)


def accepted(report: Report, office: User, unit: Any, **given: Any) -> None:
    """A report on time: filled in and signed off on 5 August, accepted the next day."""
    name = f"r{report.pk}"
    clerk = factories.user(f"{name}-clerk", Role.REPORTER, unit=unit, act=act(8, 2))
    head = factories.user(f"{name}-head", Role.APPROVER, unit=unit, act=act(8, 2))
    told = {"progress": "正在推进", "next_step": "完成报批", **given}
    report.fill(told, act(8, 5, clerk), version=report.version)
    report.take("submit", act(8, 5, clerk), version=report.version)
    report.take("sign", act(8, 5, head), version=report.version)
    report.take("accept", act(8, 6, office), version=report.version)


def afterwards(road: LedgerEntry, office: User) -> None:
    """What a brief of July does not know."""
    road.refresh_from_db()
    road.move_to("advancing", by=office, on=dt.date(2026, 8, 11), note="已复工", at=at(8, 11))
    factories.item(act=act(8, 12), name="八月新增", sector=road.sector, lead=road.lead)
    factories.problem(
        act=Act(by=office, at=at(8, 12), on=dt.date(2026, 8, 12)),
        title="八月的问题",
        unit=road.lead,
    )
