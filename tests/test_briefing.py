"""The figures of a brief, each held against plain SQL, and the words around them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection

from projects.briefing import Bulletin, bulletin
from projects.briefing.figures import Figure
from projects.choices import BriefSection, Light, Phase
from projects.models import Round
from projects.periods import Month, Quarter, period
from projects.wording import NAMES, problems

from . import simulated

pytestmark = pytest.mark.django_db

PHASES = {
    "not-started": ("proposed", "not-started", "negotiating", "reserve"),
    "under-way": ("in-force", "launched", "building"),
    "done": ("closed",),
}


@pytest.fixture(scope="module", autouse=True)
def _months(django_db_setup: Any, django_db_blocker: Any) -> Any:
    with simulated.factories.kept_for_module(django_db_blocker):
        simulated.half_a_year()
        yield


FIELDS = {
    "mechanism": "机制",
    "infrastructure": "基础设施",
    "industry": "产业",
    "public-service": "公共服务",
    "ecology": "生态",
}
LEVELS = {"county": "县（区）协调", "city": "市级协调会", "province": "省级联席会"}


def round_of(month: Month) -> Round:
    return Round.objects.get(month=month.first)


def july(texts: dict[str, str] | None = None) -> Bulletin:
    return bulletin(simulated.JULY, round_of(simulated.JULY), texts or {})


def count(sql: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.fetchone()[0])


def entries(month: Month, where: str = "1 = 1", *values: Any) -> int:
    """Versions valid at the closing of a month, by plain SQL."""
    closed = connection.ops.adapt_datetimefield_value(round_of(month).closed_at)
    return count(
        f"""SELECT COUNT(*) FROM projects_entryversion v JOIN projects_sector s
            ON s.id = v.sector_id
            WHERE v.recorded_from < %s AND (v.recorded_to IS NULL OR v.recorded_to >= %s)
            AND v.delisted_on IS NULL AND {where}""",
        closed,
        closed,
        *values,
    )


def figure(name: str, told: Bulletin | None = None) -> Figure:
    found = (told or july()).figures[name]
    assert isinstance(found, Figure)
    return found


LEDGERS = {
    "合作协议": "agreements",
    "合作事项": "items",
    "产业合作项目": "industrial",
    "重大基础设施合作项目": "infrastructure",
}


@pytest.mark.parametrize("label", LEDGERS)
def test_the_totals_are_those_of_the_closing_and_of_the_one_before(label: str) -> None:
    found = figure(f"{label}_总数")
    asked = "v.ledger = %s", LEDGERS[label]
    assert found.tally.count == entries(simulated.JULY, *asked)
    assert found.before
    assert found.before.count == entries(simulated.JUNE, *asked)


def test_the_totals_of_the_simulated_month_are_known() -> None:
    totals = {label: figure(f"{label}_总数") for label in LEDGERS}
    assert {label: f.tally.count for label, f in totals.items()} == {
        "合作协议": 2,
        "合作事项": 4,
        "产业合作项目": 1,
        "重大基础设施合作项目": 0,
    }
    assert [f.change for f in totals.values()] == [
        "与上月持平",
        "较上月增加1项",
        "与上月持平",
        "与上月持平",
    ]


@pytest.mark.parametrize("label", LEDGERS)
@pytest.mark.parametrize("phase", Phase)
def test_the_phases_are_those_of_the_statuses(label: str, phase: Phase) -> None:
    slugs = PHASES.get(phase.value, ())
    marks = ", ".join(["%s"] * len(slugs)) or "NULL"
    expected = entries(
        simulated.JULY, f"v.ledger = %s AND v.status IN ({marks})", LEDGERS[label], *slugs
    )
    assert figure(f"{label}_{phase.label}").tally.count == expected


def test_the_share_is_of_the_items_alone() -> None:
    launched = entries(
        simulated.JULY, "v.ledger = 'items' AND v.status NOT IN ('not-started', 'terminated')"
    )
    assert figure("合作事项_已启动").tally.count == launched == 3
    assert july().figures["合作事项_启动占比"] == "75.0%"
    assert figure("合作事项_已启动").change == "较上月增加1项"
    assert figure("合作协议_已签署").tally.count == entries(
        simulated.JULY, "v.ledger = 'agreements' AND v.status = 'in-force'"
    )


def test_red_is_what_is_overdue_and_running() -> None:
    for label, ledger in LEDGERS.items():
        red = entries(
            simulated.JULY,
            "v.ledger = %s AND v.due_on < '2026-08-10' AND v.status NOT IN ('closed')",
            ledger,
        )
        assert figure(f"{label}_红灯").tally.count == red
    assert figure("合作事项_红灯").tally.count == 1


def test_yellow_is_who_has_not_reported_when_it_was_due() -> None:
    silent = count(
        """SELECT COUNT(*) FROM projects_report r JOIN projects_round m ON m.id = r.round_id
           JOIN projects_ledgerentry e ON e.id = r.entry_id
           WHERE m.month = '2026-07-01' AND r.first_signed_on IS NULL AND e.ledger = 'items'"""
    )
    assert figure("合作事项_黄灯").tally.count == silent == 2
    assert figure("合作事项_滞后逾期").tally.count == silent + 1


@pytest.mark.parametrize("label", LEDGERS)
def test_the_lights_of_a_ledger_add_up_to_it(label: str) -> None:
    lights = [figure(f"{label}_{light.label}").tally.count for light in Light]
    assert sum(lights) == figure(f"{label}_总数").tally.count


@pytest.mark.parametrize(
    "field", ["mechanism", "infrastructure", "industry", "public-service", "ecology"]
)
@pytest.mark.parametrize("label", LEDGERS)
def test_the_fields_are_those_of_the_sectors(field: str, label: str) -> None:
    expected = entries(simulated.JULY, "v.ledger = %s AND s.field = %s", LEDGERS[label], field)
    assert figure(f"{FIELDS[field]}_{label}").tally.count == expected


def test_the_moves_are_those_of_the_trail_between_the_closings() -> None:
    since, until = (
        connection.ops.adapt_datetimefield_value(round_of(month).closed_at)
        for month in (simulated.JUNE, simulated.JULY)
    )
    moved = count(
        """SELECT COUNT(DISTINCT record_key) FROM projects_revision
           WHERE record_model = 'ledgerentry' AND record_version > 1 AND old_status <> new_status
           AND recorded_at >= %s AND recorded_at < %s""",
        since,
        until,
    )
    assert figure("公共服务_状态变动").tally.count == moved == 1
    assert figure("基础设施_状态变动").tally.count == 0
    told = [line.text for part in july().parts for line in part.lines]
    assert "本月启动：“医联体”。" in told


def test_the_problems_are_those_handed_out_at_the_closing() -> None:
    handed_out = "kind = 'problem' AND state = 'open' AND opened_on < '2026-08-10'"
    counted = f"SELECT COUNT(*) FROM projects_matter WHERE {handed_out}"
    assert figure("问题_办理中").tally.count == count(counted) == 2
    assert figure("问题_逾期").tally.count == count(f"{counted} AND due_on < '2026-08-10'") == 1
    for label, level in (
        ("县（区）协调", "county"),
        ("市级协调会", "city"),
        ("省级联席会", "province"),
    ):
        assert figure(f"问题_{label}").tally.count == count(f"{counted} AND level = %s", level)
    assert figure("问题_办理中").change == "较上月增加2件"


def test_each_report_came_in_on_time_late_or_not_at_all() -> None:
    of_july = """SELECT COUNT(*) FROM projects_report r JOIN projects_round m
        ON m.id = r.round_id WHERE m.month = '2026-07-01'"""
    assert figure("报送_列入").tally.count == count(of_july)
    assert figure("报送_按期").tally.count == count(
        f"{of_july} AND r.first_signed_on <= m.due_on AND r.state <> 'waived'"
    )
    assert figure("报送_未报").tally.count == count(
        f"{of_july} AND r.first_signed_on IS NULL AND r.state <> 'waived'"
    )
    counts = {word: figure(f"报送_{word}").tally.count for word in ("按期", "逾期", "未报", "免报")}
    assert sum(counts.values()) == figure("报送_列入").tally.count
    assert counts["按期"] == 2


def test_money_is_held_against_the_plan_and_the_time_that_is_gone() -> None:
    (money,) = july().details.money
    spent = count("SELECT SUM(invested_month) FROM projects_report")
    assert (money.year.plan, money.year.done, money.year.month) == (1200, spent, 100)
    # 100 of 1200 is 8.3 per cent; 212 of 365 days are 58.1 per cent.
    assert money.year.verdict == "欠时间进度49.8个百分点"
    assert july().figures["产业合作项目_年度投资完成率"] == "8.3%"
    assert july().figures["重大基础设施合作项目_年度计划投资"] == ""


def test_a_late_entry_stands_with_its_reason_and_what_its_unit_says() -> None:
    late = july().details.late[0]
    assert (late.entry.name, late.light) == ("断头路建设", Light.RED)
    assert late.reason.startswith("已逾期21天（时限2026-07-20）")
    assert late.told("problems") == "用地未批"
    row = [cell.text for cell in july().annexes[0].rows[0]]
    assert row[:5] == ["1", "SX-0001", "断头路建设", "甲 市交通运输局", "红灯"]
    assert row[6:8] == ["用地未批", "完成报批"]


def test_units_stand_by_name_with_what_they_sent() -> None:
    units = [[cell.text for cell in row] for row in july().annexes[3].rows]
    assert [row[1] for row in units] == sorted(row[1] for row in units)
    (first,) = [row for row in units if row[1].startswith("甲")]
    assert first[2:] == ["4", "2", "0", "2", "0"]


# --- periods ------------------------------------------------------------------------------------


def test_a_quarter_is_read_at_its_last_closing_and_held_against_the_quarter_before() -> None:
    quarter = bulletin(Quarter.parse("2026Q3"), round_of(simulated.JULY), {})
    assert quarter.title == "关于2026年第三季度成资同城化合作台账推进情况的通报"
    found = figure("合作事项_总数", quarter)
    assert (found.tally.count, found.change) == (4, "较上季末增加1项")
    assert quarter.figures["期间"] == "2026年第三季度"
    assert any(li.text == "本季度启动：“医联体”。" for p in quarter.parts for li in p.lines)


def test_the_first_month_is_compared_with_none() -> None:
    first = bulletin(simulated.JUNE, round_of(simulated.JUNE), {})
    assert figure("合作事项_总数", first).before is None
    said = "".join(line.text for part in first.parts for line in part.lines)
    assert "较上月" not in said
    assert "持平" not in said
    assert "状态变动" not in said


def test_a_gap_between_frozen_months_is_named() -> None:
    told = july()
    assert told.since == "上月"
    assert bulletin(Month.parse("2026-08"), told.round, {}).since != "上月"


@pytest.mark.parametrize("text", ["2026Q5", "2026-7", "2026q3", "2026Q", "26Q1", "２026Q1"])
def test_what_is_neither_month_nor_quarter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        period(text)


def test_a_quarter_knows_its_months_and_neighbours() -> None:
    quarter = period("2026Q1")
    assert isinstance(quarter, Quarter)
    assert [str(month) for month in quarter.months] == ["2026-01", "2026-02", "2026-03"]
    assert (str(quarter.before), str(quarter), quarter.label) == (
        "2025Q4",
        "2026Q1",
        "2026年第一季度",
    )


# --- words --------------------------------------------------------------------------------------


def test_the_neutral_words_name_no_figure_that_is_not_known() -> None:
    for told in (july(), bulletin(simulated.JUNE, round_of(simulated.JUNE), {})):
        assert problems(told.all_texts) == []


def test_every_name_of_the_palette_stands_for_something() -> None:
    told = july()
    assert told.figures.keys() | {name for name in NAMES if name.endswith("_变化")} >= NAMES
    assert all(told.shown(name) for name in NAMES)


def test_the_words_of_the_office_take_the_place_of_the_neutral_ones() -> None:
    own = july({BriefSection.NEXT: "本月有{合作事项_总数}项，{合作事项_总数_变化}。"})
    (part,) = [part for part in own.parts if part.name == "下一步工作"]
    assert [line.text for line in part.lines] == ["本月有4项，较上月增加1项。"]
    assert own.parts[0].lines[0].text == july().parts[0].lines[0].text


def test_an_unknown_name_is_told_with_its_place_and_what_may_be_meant() -> None:
    assert problems({"late": "好。\n共{合作事项_总}项，见{附件"}) == [
        "“滞后和逾期事项”第2段：没有代号“{合作事项_总}”，是否为“合作事项_总数”；"
        "可用的代号见本页所列。",
        "“滞后和逾期事项”第2段：有不成对的花括号，数字的代号请写成 {合作事项_总数} 的样子。",
    ]


def test_samples_and_drafts_are_marked() -> None:
    told = july()
    samples = "含示例数据，不是真实事项，不得用于上报"
    assert told.warning(is_draft=True) == f"拟稿，未签发；{samples}"
    assert told.warning(is_draft=False) == samples
