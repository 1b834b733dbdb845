"""The one filter of lists, boards and exports: strict, and able to say itself."""

import datetime as dt
from typing import Any

import pytest
from django.http import QueryDict

from projects.choices import STATUS_LABELS, Ledger, Light, Reason, status_choices
from projects.filters import ORDERINGS, EntryFilter, Pill, Problem
from projects.models import LEDGER_MODELS, Act, Book, LedgerEntry, Organisation
from tests.factories import item, kept_for_module, sector, small_ledgers

DAY = dt.date(2026, 7, 31)
EVERY = ["CY-0001", "JC-0001", "JC-0002", "SX-0001", "SX-0002", "SX-0003", "XY-0001"]

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _ledgers(django_db_setup, django_db_blocker):
    with kept_for_module(django_db_blocker):
        small_ledgers()
        yield


def asked(query: str, ledger: Ledger | None = None) -> EntryFilter:
    """The filter of a list with these parameters, on 31 July 2026."""
    model = LEDGER_MODELS[ledger] if ledger else LedgerEntry
    return EntryFilter(QueryDict(query), model.objects.listed(), ledger=ledger, day=DAY)


def found(query: str, ledger: Ledger | None = None) -> list[str]:
    """The codes that the filter lists, in its order."""
    chosen = asked(query, ledger)
    assert chosen.problems == []
    return [entry.code for entry in chosen.rows]


def unit_key(name: str) -> int:
    return Organisation.objects.get(name__contains=name).pk


# --- each parameter -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", EVERY),
        ("sector=transport", ["JC-0001", "SX-0001"]),
        ("sector=transport&sector=policy", ["JC-0001", "SX-0001", "XY-0001"]),
        ("status=closed", ["SX-0003"]),
        ("status=launched&status=building", ["CY-0001", "SX-0001"]),
        ("phase=not-started", ["SX-0002"]),
        ("phase=under-way", ["CY-0001", "JC-0001", "SX-0001", "XY-0001"]),
        ("phase=done&phase=stopped", ["JC-0002", "SX-0003"]),
        ("light=red", ["SX-0001"]),
        ("light=blue", ["JC-0001", "SX-0002"]),
        ("light=green&light=red", ["CY-0001", "SX-0001"]),
        ("light=grey", ["JC-0002", "SX-0003", "XY-0001"]),
        ("light=yellow", []),
        ("provenance=article", ["SX-0001"]),
        ("provenance=public&provenance=sample", ["JC-0002", "SX-0002", "XY-0001"]),
        ("due_after=2026-08-05", ["CY-0001", "JC-0001", "SX-0002"]),
        ("due_before=2026-07-30", ["JC-0002", "SX-0001", "SX-0003"]),
        ("due_after=2026-07-30&due_before=2026-08-05", ["SX-0001", "SX-0002"]),
        ("due_after=2026-08-05&due_before=2026-07-30", []),
        ("started_after=2020-01-02", ["JC-0001"]),
        ("started_before=2020-01-01", ["SX-0001", "SX-0003"]),
        ("started_after=2020-01-01&started_before=2020-11-27", ["JC-0001", "SX-0001", "SX-0003"]),
    ],
)
def test_a_parameter_lists_exactly_its_rows(query, codes):
    assert found(query) == codes


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("city=512000", ["CY-0001", "JC-0001", "SX-0001", "SX-0002", "XY-0001"]),
        ("city=510100", ["JC-0001", "SX-0002", "SX-0003", "XY-0001"]),
        ("city=512002", ["JC-0001", "SX-0001"]),
        ("city=512021&city=512002", ["JC-0001", "SX-0001", "SX-0002"]),
        ("district=512002", ["JC-0001", "SX-0001"]),
        ("district=ziyang-airport", ["CY-0001"]),
        ("district=ziyang-airport&district=510185", ["CY-0001", "SX-0002"]),
        ("city=512000&district=chengdu-east", ["JC-0001"]),
        ("city=510100&district=ziyang-airport", []),
    ],
)
def test_a_city_covers_its_districts_and_zones_and_a_district_itself(query, codes):
    assert found(query) == codes


@pytest.mark.parametrize(
    ("names", "codes"),
    [
        (["市交通运输局"], ["CY-0001", "JC-0001", "SX-0001", "SX-0003"]),
        (["教育局"], ["JC-0002", "SX-0002", "SX-0003"]),
        (["市交通运输局", "教育局"], [code for code in EVERY if code != "XY-0001"]),
    ],
)
def test_a_unit_finds_what_it_leads_and_what_it_takes_part_in(names, codes):
    assert found("&".join(f"unit={unit_key(name)}" for name in names)) == codes


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("sector=transport&light=red", ["SX-0001"]),
        ("sector=transport&light=grey", []),
        ("city=512000&phase=under-way&due_before=2026-12-31", ["JC-0001", "SX-0001"]),
    ],
)
def test_different_parameters_narrow_each_other(query, codes):
    assert found(query) == codes


@pytest.mark.parametrize(
    ("ledger", "codes"),
    [
        (Ledger.AGREEMENTS, ["XY-0001"]),
        (Ledger.ITEMS, ["SX-0001", "SX-0002", "SX-0003"]),
        (Ledger.INDUSTRIAL, ["CY-0001"]),
        (Ledger.INFRASTRUCTURE, ["JC-0001", "JC-0002"]),
    ],
)
def test_the_filter_of_one_ledger_lists_that_ledger(ledger, codes):
    assert found("", ledger) == codes


def test_an_empty_parameter_counts_as_not_given():
    names = [*asked("").filters, "no-such"]
    assert found("&".join(f"{name}=" for name in names)) == EVERY
    assert found("sector=&sector=transport&q=+&due_after=%20") == ["JC-0001", "SX-0001"]
    assert asked("sector=&q=+&due_after=%20").pills() == []


# --- search -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("公交", ["SX-0001"]),
        ("轨道交通", ["JC-0001"]),  # an alias
        ("jc-0001", ["JC-0001"]),
        ("ＪＣ－0001", ["JC-0001"]),
        ("市交通局", ["CY-0001", "JC-0001", "SX-0001", "SX-0003"]),  # leads, or takes part
        ("成都市教育局", ["JC-0002", "SX-0002", "SX-0003"]),
        ("张某", ["SX-0001"]),
        ("gongjiao", ["SX-0001"]),
        ("3LGJYS", ["SX-0001"]),
        ("gdjtzyx", ["JC-0001"]),
        ("phgs", ["JC-0002"]),
        ("s3", ["JC-0001"]),
        ("Ｓ3线", ["JC-0001"]),
        ("公交 张某", ["SX-0001"]),
        ("公交\u3000市交通局", ["SX-0001"]),
        ("公交 教育局", []),
        ("公交 没有", []),
        ("100%", []),
        ("_", []),
        ("\\", []),
        ("'; DROP TABLE projects_revision; --", []),
        ("１２３４５６７８９０１２３４５６７８９０１２３４５６７８９０", []),
    ],
)
def test_search_finds_by_name_alias_code_unit_person_sound_and_initials(words, codes):
    query = QueryDict(mutable=True)
    query["q"] = words
    assert found(query.urlencode()) == codes


def test_search_takes_eight_words_and_no_more():
    assert found("q=" + "+".join(["公交"] * 8)) == ["SX-0001"]
    assert told("q=" + "+".join(["公交"] * 9)) == [("查找", "最多用8个词查找，请减少词数。")]
    assert told("q=" + "+".join("一二三四五六七八九十")) == [
        ("查找", "最多用8个词查找，请减少词数。")
    ]


# --- what is wrong lists nothing ------------------------------------------------------------------


def told(query: str, ledger: Ledger | None = None) -> list[Problem]:
    """What is wrong with the parameters; then nothing is listed, counted or offered."""
    chosen = asked(query, ledger)
    assert list(chosen.rows) == list(chosen.qs) == chosen.facets() == []
    return chosen.problems


NO_DAY = "“{}”不是日期，请写成 2026-07-31。"
NO_SUCH = "没有“{}”这一项，请从列表中选择。"
NO_COUNT = "“{}”不可用，请写1至{}之间的整数。"


@pytest.mark.parametrize(
    ("query", "label", "message"),
    [
        ("sektor=transport", "sektor", "没有这个查询条件，请检查拼写或清除后重选。"),
        ("status__in=closed", "status__in", "没有这个查询条件，请检查拼写或清除后重选。"),
        ("delisted_on=1", "delisted_on", "没有这个查询条件，请检查拼写或清除后重选。"),
        ("sector=space", "领域", NO_SUCH.format("space")),
        ("sector=transport&sector=space", "领域", NO_SUCH.format("space")),
        ("sector=TRANSPORT", "领域", NO_SUCH.format("TRANSPORT")),
        ("sector=transport%00", "领域", NO_SUCH.format("transport\x00")),
        ("city=999999", "市县", NO_SUCH.format("999999")),
        ("city=ziyang-airport", "市县", NO_SUCH.format("ziyang-airport")),
        ("city=５１２０００", "市县", NO_SUCH.format("５１２０００")),
        ("district=512000", "区县或功能区", NO_SUCH.format("512000")),
        ("unit=0", "单位", NO_SUCH.format("0")),
        ("unit=x", "单位", NO_SUCH.format("x")),
        ("unit=-1", "单位", NO_SUCH.format("-1")),
        ("unit=99999999999999999999999", "单位", NO_SUCH.format("99999999999999999999999")),
        ("status=done", "状态", NO_SUCH.format("done")),
        ("status=null", "状态", NO_SUCH.format("null")),
        ("phase=launched", "阶段", NO_SUCH.format("launched")),
        ("light=purple", "亮灯", NO_SUCH.format("purple")),
        ("light=Red", "亮灯", NO_SUCH.format("Red")),
        ("provenance=rumour", "数据来源", NO_SUCH.format("rumour")),
        ("due_after=garbage", "完成时限自", NO_DAY.format("garbage")),
        ("due_after=2026-02-30", "完成时限自", NO_DAY.format("2026-02-30")),
        ("due_before=31.07.2026", "完成时限至", NO_DAY.format("31.07.2026")),
        ("due_before=２０２６-07-31", "完成时限至", NO_DAY.format("２０２６-07-31")),
        ("started_after=0001-01-01", "实际开始自", NO_DAY.format("0001-01-01")),
        ("started_before=99999-01-01", "实际开始至", NO_DAY.format("99999-01-01")),
        ("due_after=2026-07-31&due_after=2026-08-31", "完成时限自", "只能填写一个值。"),
        ("q=a&q=b", "查找", "只能填写一个值。"),
        ("sort=due&sort=name", "排序", "只能填写一个值。"),
        ("page=1&page=2", "页码", "只能填写一个值。"),
        ("sort=weight", "排序", NO_SUCH.format("weight")),
        ("sort=--due", "排序", NO_SUCH.format("--due")),
        ("sort=due_on", "排序", NO_SUCH.format("due_on")),
        ("sort=?", "排序", NO_SUCH.format("?")),
        ("page=0", "页码", NO_COUNT.format("0", 999999999)),
        ("page=-1", "页码", NO_COUNT.format("-1", 999999999)),
        ("page=１２", "页码", NO_COUNT.format("１２", 999999999)),
        ("page=²", "页码", NO_COUNT.format("²", 999999999)),
        ("page=1.0", "页码", NO_COUNT.format("1.0", 999999999)),
        ("page=1e3", "页码", NO_COUNT.format("1e3", 999999999)),
        ("page=9999999999", "页码", NO_COUNT.format("9999999999", 999999999)),
        ("page_size=201", "每页行数", NO_COUNT.format("201", 200)),
        ("page_size=0", "每页行数", NO_COUNT.format("0", 200)),
        ("page_size=all", "每页行数", NO_COUNT.format("all", 200)),
        ("q=a%E2%80%8B+%E2%80%8B", "查找", "查找的词里没有可见的字，请重新填写。"),
    ],
)
def test_what_is_wrong_is_named_and_lists_nothing(query, label, message):
    assert told(query) == [(label, message)]


@pytest.mark.parametrize(
    ("query", "label"),
    [("q=a%00b", "查找"), ("due_after=2026-07-31%00", "完成时限自"), ("page=1%00", "页码")],
)
def test_a_null_character_is_refused_in_any_text(query, label):
    assert [problem.label for problem in told(query)] == [label]


def test_a_text_that_is_too_long_to_search_for_is_refused():
    assert [problem.label for problem in told("q=" + "字" * 101)] == ["查找"]
    assert found("q=" + "字" * 100) == []


def test_the_status_of_another_ledger_is_no_status_of_this_one():
    assert told("status=building", Ledger.ITEMS) == [("状态", NO_SUCH.format("building"))]
    assert found("status=building", Ledger.INDUSTRIAL) == ["CY-0001"]


def test_everything_that_is_wrong_is_named_at_once():
    assert told("sektor=x&due_after=y&light=z&page=1&page=2") == [
        ("sektor", "没有这个查询条件，请检查拼写或清除后重选。"),
        ("页码", "只能填写一个值。"),
        ("亮灯", NO_SUCH.format("z")),
        ("完成时限自", NO_DAY.format("y")),
    ]


# --- order --------------------------------------------------------------------------------------

LIGHTS, STATES, LEDGERS = list(Light), list(STATUS_LABELS), list(Ledger)
SORT_KEYS: dict[str, Any] = {
    "code": lambda e: e.code,
    "name": lambda e: e.name,
    "ledger": lambda e: LEDGERS.index(e.ledger),
    "sector": lambda e: e.sector.position,
    "lead": lambda e: e.lead and e.lead.name,
    "status": lambda e: STATES.index(e.status),
    "light": lambda e: LIGHTS.index(e.light),
    "due": lambda e: e.due_on,
    "expires": lambda e: e.expires_on,
    "moves": lambda e: e.due_moves,
    "slip": lambda e: e.due_slip,
    "planned_start": lambda e: e.planned_start_on,
    "started": lambda e: e.started_on,
    "finished": lambda e: e.finished_on,
    "percent": lambda e: e.percent_complete,
    "total_investment": lambda e: e.total_investment,
    "provenance": lambda e: e.provenance,
    "data": lambda e: e.data_on,
    "updated": lambda e: e.updated_at,
}


def in_order(name: str, *, descending: bool) -> list[str]:
    """Codes as they should stand: nothing last in both directions, ties by code."""
    entries = sorted(LedgerEntry.objects.with_light(Book(now=DAY).clock), key=lambda e: e.code)
    key = SORT_KEYS[name]
    filled = [entry for entry in entries if key(entry) is not None]
    filled.sort(key=key, reverse=descending)  # stable, so ties stay in the order of their codes
    return [e.code for e in [*filled, *(e for e in entries if key(e) is None)]]


def test_there_is_a_key_for_every_ordering():
    assert set(SORT_KEYS) == set(ORDERINGS)


@pytest.mark.parametrize("name", ORDERINGS)
@pytest.mark.parametrize("sign", ["", "-"])
def test_rows_stand_in_the_order_asked_for(name, sign):
    assert found(f"sort={sign}{name}") == in_order(name, descending=sign == "-")


@pytest.mark.parametrize(
    ("sort", "codes"),
    [
        (
            "due",
            ["JC-0002", "SX-0003", "SX-0001", "SX-0002", "JC-0001", "CY-0001", "XY-0001"],
        ),
        (
            "-due",
            ["CY-0001", "JC-0001", "SX-0002", "SX-0001", "JC-0002", "SX-0003", "XY-0001"],
        ),
        (
            "-total_investment",
            ["JC-0001", "SX-0001", "CY-0001", "JC-0002", "SX-0002", "SX-0003", "XY-0001"],
        ),
        (
            "light",
            ["SX-0001", "JC-0001", "SX-0002", "CY-0001", "JC-0002", "SX-0003", "XY-0001"],
        ),
    ],
)
def test_ties_stand_by_code_and_what_is_empty_last_in_both_directions(sort, codes):
    assert found(f"sort={sort}") == codes


def test_without_a_wish_rows_stand_by_code():
    assert found("") == EVERY


def test_paging_chooses_no_rows():
    assert found("page=3&page_size=20") == EVERY


# --- facets -------------------------------------------------------------------------------------


def counts(query: str, ledger: Ledger | None = None) -> dict[str, dict[str, int]]:
    return {
        facet.param: {option.value: option.count for option in facet.options}
        for facet in asked(query, ledger).facets()
    }


def test_facets_count_every_row():
    assert counts("") == {
        "light": {"red": 1, "blue": 2, "green": 1, "grey": 3},
        "phase": {"not-started": 1, "under-way": 4, "done": 1, "stopped": 1},
        "status": {
            "in-force": 1,
            "not-started": 1,
            "launched": 1,
            "closed": 1,
            "building": 1,
            "construction": 1,
            "stalled": 1,
        },
        "sector": {
            "policy": 1,
            "transport": 2,
            "water": 1,
            "industry": 1,
            "health": 1,
            "education": 1,
        },
        "city": {"510100": 4, "512000": 5},
        "provenance": {"article": 1, "public": 2, "entered": 3, "sample": 1},
    }


def test_a_facet_leaves_out_its_own_parameter_and_keeps_the_others():
    told_counts = counts("sector=transport&light=red")
    assert told_counts["light"] == {"red": 1, "blue": 1}  # of transport
    assert told_counts["sector"] == {"transport": 1}  # of red
    assert told_counts["phase"] == {"under-way": 1}  # of both


@pytest.mark.parametrize("query", ["", "sector=transport", "light=grey&city=510100", "q=交通"])
@pytest.mark.parametrize("param", ["light", "phase", "status", "sector", "provenance"])
def test_the_counts_of_a_facet_add_up_to_the_rows_without_its_own_parameter(query, param):
    without = asked(query).without(param)
    assert sum(counts(query)[param].values()) == without.rows.count()


@pytest.mark.parametrize("query", ["", "light=blue", "phase=under-way&light=grey"])
def test_every_option_leads_to_as_many_rows_as_it_says(query):
    for facet in asked(query).facets():
        for option in facet.options:
            alone = asked(query).href(**{facet.param: option.value})
            assert (facet.param, option.value, len(found(alone[1:]))) == (
                facet.param,
                option.value,
                option.count,
            )


def test_an_option_adds_its_value_or_takes_it_off():
    (light, *_) = asked("light=red&sector=transport&page=2").facets()
    assert [(o.value, o.is_on, o.href) for o in light.options] == [
        ("red", True, "?sector=transport"),
        ("blue", False, "?sector=transport&light=red&light=blue"),
    ]


def test_a_value_that_is_chosen_stays_among_the_options_without_rows():
    (light, *_) = asked("light=yellow").facets()
    assert [(o.value, o.count, o.is_on) for o in light.options] == [
        ("red", 1, False),
        ("yellow", 0, True),
        ("blue", 2, False),
        ("green", 1, False),
        ("grey", 3, False),
    ]


def test_a_county_that_is_chosen_as_city_is_counted_as_what_it_is():
    assert counts("city=512002")["city"] == {"510100": 4, "512000": 5, "512002": 2}


def test_an_entry_in_two_cities_counts_in_both_and_once_in_each():
    assert counts("q=S3")["city"] == {"510100": 1, "512000": 1}


def test_a_delisted_entry_is_neither_listed_nor_counted():
    LedgerEntry.objects.get(code="SX-0001").delist(Act(reason=Reason.REPLACED))
    assert found("light=red") == []
    assert counts("")["light"] == {"blue": 2, "green": 1, "grey": 3}


def test_a_facet_says_its_name_and_its_options_in_words():
    light, phase, status, of_sector, city, provenance = asked("q=S3").facets()
    assert [
        (facet.label, [option.label for option in facet.options])
        for facet in (light, phase, status, of_sector, city, provenance)
    ] == [
        ("亮灯", ["蓝灯"]),
        ("阶段", ["实施中"]),
        ("状态", ["建设实施"]),
        ("领域", ["交通"]),
        ("市县", ["成都市", "资阳市"]),
        ("数据来源", ["录入"]),
    ]


# --- what it says -------------------------------------------------------------------------------


def test_a_filter_says_itself_in_pills_that_come_off_one_by_one():
    chosen = asked("sector=transport&sector=water&q=S3&due_after=2026-01-01&sort=-due&page=2")
    assert chosen.pills() == [
        Pill("领域", "交通、水利能源", "?q=S3&due_after=2026-01-01&sort=-due"),
        Pill("查找", "S3", "?sector=transport&sector=water&due_after=2026-01-01&sort=-due"),
        Pill("完成时限自", "2026-01-01", "?sector=transport&sector=water&q=S3&sort=-due"),
    ]


def test_a_pill_that_comes_off_widens_the_list_to_what_the_rest_asks():
    first, second = asked("sector=transport&light=red").pills()
    assert found(first.remove_href[1:]) == found("light=red")
    assert found(second.remove_href[1:]) == found("sector=transport")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "全部（未设条件）"),
        ("sort=-due&page=2", "全部（未设条件）"),
        (
            "city=512000&district=ziyang-airport",
            "市县：资阳市；区县或功能区：资阳临空经济区（功能区）",
        ),
        ("phase=done&light=red&light=grey", "阶段：已完成；亮灯：红灯、灰灯"),
        (
            "started_before=2020-01-01&provenance=article",
            "实际开始至：2020-01-01；数据来源：文章载明",
        ),
    ],
)
def test_a_filter_says_itself_in_a_sentence(query, words):
    assert asked(query).in_words() == words


def test_what_an_export_takes_over_leaves_out_the_page():
    assert asked("sector=water&sort=due&page=2&page_size=20").carried() == "sector=water&sort=due"


@pytest.mark.parametrize("ledger", Ledger)
def test_the_form_of_a_ledger_offers_the_statuses_of_its_life_cycle(ledger):
    assert list(asked("", ledger).form.fields["status"].choices) == status_choices(ledger)


def test_a_sector_that_is_new_can_be_asked_for_at_once():
    item(code="SX-9", sector=sector("ecology"))
    assert found("sector=ecology") == ["SX-9"]
