"""The fixture files themselves: the article's counts, and nothing invented on a real name."""

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from fixtures import build_samples
from fixtures.sample_times import ANCHOR
from projects import lights
from projects.choices import BINDING_SET, LAUNCHED_SET, SIGNED_SET, Ledger, Light
from projects.models import LEDGER_MODELS
from projects.periods import PartialDate
from projects.seeding import FIXTURES, REFERENCE
from projects.workflow import status_of

LEDGER_OF = {model._meta.model_name: Ledger(ledger) for ledger, model in LEDGER_MODELS.items()}
DATES = ("planned_start", "due", "started", "finished", "data", "signed", "valid_until")
PART_DATES = ("planned", "reached", "dated")

#: Every date that stands on a named record, with where it was published. A date that is not
#: here was invented. 2019 is what the article describes.
PUBLISHED = {
    ("XY-0004", "signed", "2016-09-26"),  # 资阳日报 2016-09-27
    ("XY-0004", "data", "2016-09-26"),
    ("XY-0005", "signed", "2020-07-27"),  # news report
    ("XY-0005", "data", "2020-07-27"),
    ("CY-0004", "started", "2022-11-15"),  # 川观新闻 2022-12-22
    ("CY-0004", "开工 reached", "2022-11-15"),
    ("CY-0004", "data", "2022-12-22"),
    ("CY-0005", "data", "2023-11-21"),  # 资阳网
    ("CY-0006", "data", "2023-11-21"),  # 资阳网
    ("CY-0007", "data", "2023-06-08"),  # 四川日报
    ("CY-0008", "data", "2023-06-08"),  # 四川日报
    ("JC-0002", "started", "2018-05"),  # news reports
    ("JC-0002", "开工 reached", "2018-05"),
    ("JC-0002", "通车 reached", "2020-12-31"),
    ("JC-0003", "成自段开工 reached", "2019-03-27"),  # news report
    ("JC-0010", "finished", "2022-02-15"),  # 资阳日报, 简阳 news
    ("JC-0010", "全线贯通 reached", "2022-02-15"),
    ("JC-0010", "data", "2022-02-15"),
    ("JC-0011", "started", "2020-11-27"),  # 封面新闻
    ("JC-0011", "开工 reached", "2020-11-27"),
    ("JC-0011", "total dated", "2020-11-27"),
    ("JC-0011", "data", "2020-11-27"),
}


def read(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


NAMED: list[dict[str, Any]] = read("named")
SAMPLES: list[dict[str, Any]] = read("samples")["entries"]


def fields_of(model: str, rows: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    chosen = [*NAMED, *SAMPLES] if rows is None else rows
    return [row["fields"] for row in chosen if row["model"] == model]


def dates_on(row: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    fields = row["fields"]
    yield from ((fields["code"], name, fields[name]) for name in DATES if name in fields)
    for part in [*fields.get("milestones", []), *fields.get("figures", [])]:
        whose = part.get("name") or part["kind"]
        for name in PART_DATES:
            if name in part:
                yield fields["code"], f"{whose} {name}", part[name]


# --- counts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "count"),
    [
        ("agreement", 198),
        ("cooperationitem", 135),
        ("industrialproject", 41),
        ("infrastructureproject", 18),
    ],
)
def test_named_and_sample_entries_add_up_to_the_articles_count(model: str, count: int):
    assert len(fields_of(model)) == count


def test_89_of_the_135_items_are_launched_or_beyond():
    launched = [
        fields for fields in fields_of("cooperationitem") if fields["status"] in LAUNCHED_SET
    ]
    assert len(launched) == 89


def test_every_agreement_is_signed_or_beyond():
    assert {fields["status"] for fields in fields_of("agreement")} <= SIGNED_SET


@pytest.mark.parametrize("model", LEDGER_OF)
def test_codes_count_up_from_one_with_the_named_entries_first(model: str):
    codes = [fields["code"] for fields in fields_of(model)]
    prefix = LEDGER_OF[model].prefix
    assert codes == [f"{prefix}-{number:04d}" for number in range(1, len(codes) + 1)]


def test_every_status_belongs_to_the_life_cycle_of_its_ledger():
    for row in [*NAMED, *SAMPLES]:
        assert status_of(LEDGER_OF[row["model"]], row["fields"]["status"])


# --- reference data ---------------------------------------------------------------------


def test_regions_are_39_codes_of_the_national_standard_and_four_zones():
    regions = [row["fields"] for row in read("regions")]
    zones = {r["code"] for r in regions if r["level"] == "zone"}
    assert zones == {"ziyang-hightech", "ziyang-airport", "chengdu-east", "tianfu"}
    coded = [r for r in regions if re.fullmatch(r"51[0-9]{4}", r["code"])]
    assert len(coded) == 39
    assert len(regions) == 43
    below = Counter(r["parent"][0] for r in coded if r["parent"])
    assert below == {"510100": 20, "510600": 6, "511400": 6, "512000": 3}


def test_jianyang_keeps_the_code_it_had_under_ziyang():
    (jianyang,) = (r["fields"] for r in read("regions") if r["fields"]["name"] == "简阳市")
    assert jianyang["code"] == "510185"
    assert jianyang["parent"] == ["510100"]
    assert jianyang["former_codes"] == "512081（2000—2015，资阳代管）"


def test_sectors_are_those_of_the_address_contract_in_their_order():
    assert [row["fields"]["slug"] for row in read("sectors")] == [
        *("planning", "policy", "transport", "water", "industry", "finance"),
        *("technology", "health", "education", "employment", "ecology"),
    ]


def test_reference_rows_carry_no_database_keys():
    for name, _, _ in REFERENCE:
        assert all("pk" not in row for row in read(name))


# --- honesty ------------------------------------------------------------------------------


def test_every_date_on_a_named_record_was_published():
    article = {(row["fields"]["code"], "data", "2019") for row in NAMED if is_of_article(row)}
    assert {date for row in NAMED for date in dates_on(row)} == PUBLISHED | article


def is_of_article(row: dict[str, Any]) -> bool:
    return row["fields"]["provenance"] == "article"


def test_every_record_of_the_article_quotes_its_words():
    article = (FIXTURES / "article.txt").read_text(encoding="utf-8")
    for row in filter(is_of_article, NAMED):
        quote = re.search("原文：“(.+?)”。", row["fields"]["source_note"])
        assert quote, row["fields"]["code"]
        assert quote[1] in article


def test_every_outcome_indicator_quotes_the_article_and_the_quote_holds_its_number():
    article = (FIXTURES / "article.txt").read_text(encoding="utf-8")
    for row in read("indicators"):
        quote = re.search("原文：“(.+?)”。", row["fields"]["source_note"])
        assert quote, row["fields"]["name"]
        assert quote[1] in article
        written = {"15000": "1.5万", "1000": "千"}.get(row["fields"]["value"])
        assert (written or row["fields"]["value"]) in quote[1]


def test_exactly_the_figures_published_as_more_than_are_qualified():
    rows = [row["fields"] for row in read("indicators")]
    vague = {
        fields["name"]
        for fields in rows
        if re.search(f"{fields['value']}余|突破|千亿出头", fields["source_note"])
    }
    assert {fields["name"] for fields in rows if fields["qualifier"] == "more-than"} == vague
    assert len(vague) == 7


def test_records_from_elsewhere_name_their_source():
    elsewhere = [row["fields"] for row in NAMED if not is_of_article(row)]
    assert {fields["provenance"] for fields in elsewhere} == {"public"}
    assert all(fields["source_note"].startswith("公开资料：") for fields in elsewhere)


def test_only_the_plan_for_which_the_article_proposes_one_has_a_lead():
    leads = {
        row["fields"]["code"]: row["fields"]["lead"] for row in NAMED if "lead" in row["fields"]
    }
    assert leads == {"SX-0015": "四川省经济和信息化厅"}


def test_what_the_article_only_proposes_is_not_started():
    not_started = {
        f["name"] for f in fields_of("cooperationitem", NAMED) if f["status"] == "not-started"
    }
    assert not_started == {"联合编制《成资同城化空间规划》", "编制《成德眉资同城化发展规划》"}


def test_every_named_record_awaits_its_update_and_no_sample_does():
    assert all(row["fields"]["awaits_update"] is True for row in NAMED)
    assert not any("awaits_update" in row["fields"] for row in SAMPLES)


def test_projects_that_were_renamed_are_found_by_either_name():
    aliases = {f["name"]: f.get("aliases", "") for f in fields_of("infrastructureproject", NAMED)}
    assert aliases["成达万高铁"] == "成南达高铁"
    assert "轨道交通资阳线" in aliases["市域铁路成资S3线"]


def test_a_real_project_stands_in_the_ledgers_once():
    names = [row["fields"]["name"] for row in NAMED]
    assert len(names) == len(set(names))


# --- samples ------------------------------------------------------------------------------


def test_samples_say_so_in_name_source_and_people():
    for row in SAMPLES:
        fields = row["fields"]
        assert fields["name"].startswith("示例：")
        assert fields["provenance"] == "sample"
        assert fields["source_note"] == "示例数据，非真实事项，供演示与核对界面使用。"
        people = ("responsible_person", "contact_leader", "task_force", "investor", "filing_number")
        assert all("示例" in fields[name] for name in people if name in fields)


def test_samples_belong_to_sample_units_only():
    kinds = {row["fields"]["name"]: row["fields"]["kind"] for row in read("organisations")}
    named = {
        unit
        for row in SAMPLES
        for unit in [row["fields"].get("lead"), *row["fields"]["partners"]]
        if unit is not None
    }
    assert {kinds[unit] for unit in named} == {"sample"}
    assert named == {unit for unit, kind in kinds.items() if kind == "sample"}


def test_samples_tell_their_own_story_in_order():
    for row in SAMPLES:
        days = {
            name: PartialDate.parse(row["fields"][name])
            for name in (*DATES, "status_since")
            if name in row["fields"]
        }
        for earlier, later in (
            ("planned_start", "due"),
            ("started", "finished"),
            ("signed", "valid_until"),
            ("signed", "started"),
        ):
            if earlier in days and later in days:
                assert days[earlier].first <= days[later].last, row["fields"]["code"]
        for past in ("started", "finished", "signed", "data", "status_since"):
            assert past not in days or days[past].first <= ANCHOR, row["fields"]["code"]


def light(row: dict[str, Any]) -> Light:
    fields = row["fields"]
    due = PartialDate.parse(fields["due"]).last if "due" in fields else None
    begins = fields.get("planned_start") or fields.get("started")
    standing = lights.Standing(
        phase=status_of(LEDGER_OF[row["model"]], fields["status"]).phase,
        due_on=due,
        begins_on=PartialDate.parse(begins).first if begins else None,
        percent=fields.get("percent_complete"),
    )
    return lights.read(standing, lights.Rule(), ANCHOR).light


@pytest.mark.parametrize("model", LEDGER_OF)
def test_every_ledger_shows_late_and_sound_entries_and_such_that_cannot_be_read(model: str):
    shown = {light(row) for row in SAMPLES if row["model"] == model}
    assert shown >= {Light.RED, Light.GREEN, Light.GREY}


def test_the_samples_show_every_light_and_more_green_than_red():
    shown = Counter(light(row) for row in SAMPLES if not is_at_rest(row))
    assert set(shown) == set(Light)
    assert shown[Light.GREEN] > shown[Light.RED]


def test_about_a_tenth_of_the_running_samples_is_overdue():
    running = [row["fields"] for row in SAMPLES if not is_at_rest(row)]
    overdue = sum("due" in f and PartialDate.parse(f["due"]).last < ANCHOR for f in running)
    assert 0.05 < overdue / len(running) < 0.15


def is_at_rest(row: dict[str, Any]) -> bool:
    phase = status_of(LEDGER_OF[row["model"]], row["fields"]["status"]).phase
    return phase in ("done", "stopped")


def test_some_running_samples_are_due_today_and_at_the_edges_of_the_blue_light():
    running = [row for row in SAMPLES if not is_at_rest(row) and "due" in row["fields"]]
    left = {(PartialDate.parse(row["fields"]["due"]).last - ANCHOR).days for row in running}
    assert {0, 3, 7, 8} <= left


def test_every_region_and_every_sector_has_entries():
    rows = [row["fields"] for row in [*NAMED, *SAMPLES]]
    touched = {code for fields in rows for code in fields["regions"]}
    assert touched == {row["fields"]["code"] for row in read("regions")}
    for ledger in ("agreement", "cooperationitem"):
        sectors = {fields["sector"] for fields in fields_of(ledger)}
        assert sectors == {row["fields"]["slug"] for row in read("sectors")}


def test_some_samples_lack_what_their_next_step_needs():
    def lacking(model: str, status: str, field: str) -> int:
        chosen = [f for f in fields_of(model, SAMPLES) if f["status"] == status]
        return sum(field not in fields for fields in chosen)

    assert lacking("cooperationitem", "not-started", "lead") > 0
    assert lacking("cooperationitem", "not-started", "due") > 0
    assert lacking("industrialproject", "negotiating", "investor") > 0
    assert lacking("agreement", "in-force", "valid_until") > 0


def test_some_agreements_run_out_within_ninety_days_of_the_anchor():
    left = [
        (dt.date.fromisoformat(fields["valid_until"]) - ANCHOR).days
        for fields in fields_of("agreement", SAMPLES)
        if fields["status"] in BINDING_SET and fields.get("valid_until")
    ]
    assert [days for days in left if days < 0] == []
    assert sum(days <= 90 for days in left) == 13


def test_the_generator_writes_exactly_the_committed_file():
    written = (FIXTURES / "samples.json").read_text(encoding="utf-8")
    assert build_samples.rendered() == written
