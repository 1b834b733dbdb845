"""Values as people write them: read exactly, or refused with a reason, and never guessed."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projects import text, writing
from projects.choices import Precision, Qualifier
from projects.intake import CellError, Percentage
from projects.periods import EARLIEST, LATEST

repeatable = settings(derandomize=True, deadline=None)
at = dt.datetime.fromisoformat
READERS = [writing.day, writing.amount, writing.percent, writing.code, writing.line, writing.names]
#: Cells of every kind that a sheet can have.
CELLS = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.decimals(allow_nan=False, allow_infinity=False)),
    *(st.text(), st.text("0123456789.,-/年月日亿万元约余%％，、；SXE "), st.dates()),
    *(st.datetimes(), st.times(), st.timedeltas()),
    *(st.builds(CellError, st.text()), st.builds(Percentage, st.decimals(-9, 9))),
)


def reason(read, cell, *more) -> str:
    with pytest.raises(ValueError, match="请") as refused:
        read(cell, *more)
    return str(refused.value)


# --- dates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        *(("2026-03-05", "2026-03-05"), ("2026-3-5", "2026-03-05"), ("2026.3.5", "2026-03-05")),
        *(("2026/3/5", "2026-03-05"), ("2026/03/05", "2026-03-05"), ("2026.12.31", "2026-12-31")),
        *(
            ("2026.3", "2026-03"),
            ("2026/3", "2026-03"),
            ("2026-3", "2026-03"),
            ("2026.10", "2026-10"),
        ),
        *(("2026年3月5日", "2026-03-05"), ("2026年3月", "2026-03"), ("2026年", "2026")),
        *(("2026", "2026"), (2026, "2026"), (1950, "1950"), (2199, "2199")),
        *(
            ("２０２６年３月", "2026-03"),
            ("２０２６．３．５", "2026-03-05"),
            ("２０２６－３", "2026-03"),
        ),
        *((" 2026 年 3 月 5 日\n", "2026-03-05"), ("\u30002026\u3000", "2026")),
        *((dt.date(2028, 2, 29), "2028-02-29"), (at("2026-03-05T00:00"), "2026-03-05")),
        *((EARLIEST, "1949-10-01"), (LATEST, "2199-12-31"), ("2028-02-29", "2028-02-29")),
    ],
    ids=repr,
)
def test_a_day_is_read_as_exactly_as_it_is_written(cell, written):
    assert str(writing.day(cell)) == written


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        *((None, "没有填写"), ("", "没有填写"), (" \u3000", "没有填写")),
        *(("31.02.2026", "不是日期"), ("3/5/2026", "不是日期"), ("26-3-5", "不是日期")),
        *(("26.3", "不是日期"), ("3月", "不是日期"), ("3月5日", "不是日期"), ("年底", "不是日期")),
        *(("长期", "不是日期"), ("2026年底", "不是日期"), ("2026年3月5号", "不是日期")),
        *(("2026.3-5", "不是日期"), ("2026-3/5", "不是日期"), ("2026-3月", "不是日期")),
        *(("2026-03-05 10:00", "不是日期"), ("20260305", "不是日期"), ("2026-2027", "不是日期")),
        *(
            ("202６²", "不是日期"),
            ("二〇二六年", "不是日期"),
            ("2026Q1", "不是日期"),
            ("-2026", "不是日期"),
        ),
        *(("2026-03-05\u200b", "不是日期"), ("٢٠٢٦", "不是日期"), ("2026-", "不是日期")),
        *(
            ("2026-02-30", "不存在"),
            ("2026-13", "不存在"),
            ("2026-00", "不存在"),
            ("2026.2.29", "不存在"),
        ),
        *(("1900-02-29", "不存在"), ("0000", "不存在")),
        *(("1949-09", "不在"), ("2200", "不在"), ("1949年", "不在"), (1949, "不在")),
        *((dt.date(1949, 9, 30), "不在"), (dt.date(2200, 1, 1), "不在")),
        *((46096, "是数字"), (60, "是数字"), (0, "是数字"), (-2026, "是数字"), (2200, "是数字")),
        *(
            (Decimal("2026.1"), "分不清"),
            (Decimal("2026.12"), "分不清"),
            (Decimal("46096.5"), "不是日期"),
        ),
        *((at("2026-03-05T10:00"), "时刻"), (dt.time(0), "时刻"), (dt.timedelta(1), "时刻")),
        *(
            (True, "逻辑值"),
            (CellError("1900-02-29"), "错误值"),
            (Percentage(Decimal(2026)), "不是日期"),
        ),
    ],
    ids=repr,
)
def test_what_is_no_certain_day_is_refused(cell, word):
    assert word in reason(writing.day, cell)


def test_the_reason_names_the_value_and_the_way_out():
    assert reason(writing.day, "31.02.2026") == (
        "“31.02.2026”不是日期，请写成 2026-02-28；只知道年月的写 2026-02，只知道年的写 2026"
    )


@repeatable
@given(st.dates(EARLIEST, LATEST), st.sampled_from(["-", ".", "/"]), st.booleans())
def test_every_day_of_the_ledger_is_read_in_every_writing(day, sign, is_padded):
    width = 2 if is_padded else 1
    written = f"{day.year}{sign}{day.month:0{width}}{sign}{day.day:0{width}}"
    in_words = f"{day.year}年{day.month}月{day.day}日"
    for cell in (written, in_words, day, dt.datetime.combine(day, dt.time.min)):
        read = writing.day(cell)
        assert (read.first, read.precision) == (day, Precision.DAY)


# --- amounts ------------------------------------------------------------------------------------

EXACT, ABOUT, MORE = Qualifier.EXACT, Qualifier.ABOUT, Qualifier.MORE_THAN


@pytest.mark.parametrize(
    ("cell", "amount", "qualifier"),
    [
        *((12000, "12000", EXACT), ("12000", "12000", EXACT), ("12,000万元", "12000", EXACT)),
        *(("12，000", "12000", EXACT), ("1,234,567.5", "1234567.5", EXACT), ("0", "0", EXACT)),
        *(("1.2亿元", "12000", EXACT), ("1.2亿", "12000", EXACT), ("12000万", "12000", EXACT)),
        *(("约1.2亿元", "12000", ABOUT), ("100余万元", "100", MORE), ("100万元余", "100", MORE)),
        *(("1.2亿余元", "12000", MORE), ("100余", "100", MORE), ("约 1.2 亿元", "12000", ABOUT)),
        *(("3000元", "0.3", EXACT), ("1元", "0.0001", EXACT), ("人民币1.2亿元", "12000", EXACT)),
        *(("１２０００万元", "12000", EXACT), (Decimal("12.5"), "12.5", EXACT), (0, "0", EXACT)),
        *(
            (Decimal("0.30000000000000004"), "0.3", EXACT),
            ("999999999999.9999", "999999999999.9999", EXACT),
        ),
        *(("0.00012345亿元", "1.2345", EXACT), ("12000.00000", "12000", EXACT)),
    ],
    ids=repr,
)
def test_money_is_read_in_ten_thousands_with_its_qualifier(cell, amount, qualifier):
    assert writing.amount(cell) == (Decimal(amount), qualifier)


@pytest.mark.parametrize(
    ("unit", "amount"), [("元", "0.3"), ("万元", "3000"), ("亿元", "30000000"), ("亿", "30000000")]
)
def test_the_unit_of_the_column_is_that_of_numbers_that_name_none(unit, amount):
    assert writing.amount(3000, unit)[0] == writing.amount("3000", unit)[0] == Decimal(amount)
    assert writing.amount("1万元", unit)[0] == 1


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        *((None, "没有填写"), (True, "逻辑值"), (CellError("#REF!"), "错误值")),
        *((-5, "负数"), ("-5万元", "负数"), ("－5", "负数"), (Decimal("-0.5"), "负数")),
        *(("NaN", "不是金额"), ("inf", "不是金额"), ("1e5", "不是金额"), ("1e999", "不是金额")),
        *(("1.23456", "4位小数"), ("0.5元", "4位小数"), (Decimal("1.23456"), "4位小数")),
        *(
            ("1亿2000万", "两个单位"),
            ("1亿2000万元", "两个单位"),
            ("1,20,000", "千分位"),
            ("12,00", "千分位"),
        ),
        *(
            (",000", "千分位"),
            ("1-2亿", "范围"),
            ("1～2亿元", "范围"),
            ("1至2亿元", "范围"),
            ("10到20", "范围"),
        ),
        *(("100美元", "外币"), ("$100", "货币符号"), ("¥100", "货币符号"), ("100万欧元", "外币")),
        *(
            ("超100亿元", "不是金额"),
            ("近1亿元", "不是金额"),
            ("100千元", "不是金额"),
            ("百万元", "不是金额"),
        ),
        *(
            ("0012", "不是金额"),
            ("1.2.3", "不是金额"),
            ("亿元", "不是金额"),
            ("12 000", "不是金额"),
        ),
        *(
            ("约100余万元", "只能写一个"),
            ("100余万余元", "只能写一个"),
            ("100.", "不是金额"),
            (".5", "不是金额"),
        ),
        *((10**12, "过大"), ("100000000亿元", "过大"), (Decimal("1E+300"), "过大")),
        *(
            (dt.date(2026, 3, 5), "不是金额"),
            (Percentage(Decimal("0.45")), "不是金额"),
            ("待定", "不是金额"),
        ),
    ],
    ids=repr,
)
def test_what_is_no_certain_amount_is_refused(cell, word):
    assert word in reason(writing.amount, cell)


@repeatable
@given(st.decimals(0, 10**11, places=4))
def test_every_amount_of_the_ledger_is_read_as_it_is_shown(value):
    shown = text.number(value)
    assert writing.amount(shown) == (value, EXACT)
    assert writing.amount(f"{value:,f}万元") == (value, EXACT)
    assert writing.amount(f"约{shown}") == (value, ABOUT)


# --- per cent -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "points"),
    [
        *((45, 45), ("45", 45), ("45%", 45), ("45％", 45), ("４５", 45), (" 45 % ", 45)),
        *(
            (0, 0),
            (100, 100),
            (1, 1),
            ("0%", 0),
            ("100%", 100),
            ("45.0%", 45),
            (Decimal("45.0"), 45),
        ),
        *(
            (Percentage(Decimal("0.45")), 45),
            (Percentage(Decimal(1)), 100),
            (Percentage(Decimal(0)), 0),
        ),
        *((Percentage(Decimal("0.29")), 29), (Percentage(Decimal("0.57000000000000006")), 57)),
    ],
    ids=repr,
)
def test_whole_per_cents_are_read(cell, points):
    assert writing.percent(cell) == points


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        *((Decimal("0.45"), "分不清"), ("0.45", "分不清"), ("0.45%", "不是整数")),
        *(
            (Decimal("45.5"), "不是整数"),
            ("45.5%", "不是整数"),
            (Percentage(Decimal("0.455")), "不是整数"),
        ),
        *(
            (-1, "超出范围"),
            (101, "超出范围"),
            ("-1%", "超出范围"),
            (Percentage(Decimal("1.01")), "超出范围"),
        ),
        *(
            ("一半", "不是百分数"),
            ("45%%", "不是百分数"),
            ("045", "不是百分数"),
            ("NaN", "不是百分数"),
        ),
        *((dt.date(2026, 3, 5), "不是百分数"), (None, "没有填写"), (True, "逻辑值")),
        *((CellError("#DIV/0!"), "错误值"), ("45‰", "不是百分数"), ("40-50%", "不是百分数")),
    ],
    ids=repr,
)
def test_what_is_no_whole_per_cent_is_refused(cell, word):
    assert word in reason(writing.percent, cell)


# --- codes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *(("SX-0001", "SX-0001"), ("sx-0001", "SX-0001"), (" ＳＸ－０００１ ", "SX-0001")),
        *(
            ("SX-\u200b0001", "SX-0001"),
            ("0012", "0012"),
            ("1-2", "1-2"),
            ("XY-2026-01", "XY-2026-01"),
        ),
        *(("CY1E5", "CY1E5"), ("123456789012345", "123456789012345")),
    ],
    ids=repr,
)
def test_codes_are_read_folded(cell, code):
    assert writing.code(cell) == code


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        *((12, "改成数字"), (Decimal("1.5"), "改成数字"), (12345678901234567, "改成数字")),
        *(
            ("1E5", "改成数字"),
            ("1.2E+15", "改成数字"),
            ("1e5", "改成数字"),
            ("1234567890123456", "改成数字"),
        ),
        *(
            (dt.date(2026, 1, 2), "改成日期"),
            (at("2026-01-02T00:00"), "改成日期"),
            (dt.time(1), "改成日期"),
        ),
        *(
            ("2026-01-02", "改成日期"),
            ("2026/1/2", "改成日期"),
            ("1月2日", "改成日期"),
            ("2026年1月2日", "改成日期"),
        ),
        *(("2-Jan", "改成日期"), ("Jan-26", "改成日期"), ("1-2-2026", "改成日期")),
        *((True, "逻辑值"), (None, "没有填写"), (CellError("#NAME?"), "错误值")),
        *(
            ("SX_0001", "不是编号"),
            ("-SX", "不是编号"),
            ("SX--1", "不是编号"),
            ("事项1", "不是编号"),
        ),
        *(("SX-0001\u202e", "U+202E"), (Percentage(Decimal("0.5")), "改成数字")),
    ],
    ids=repr,
)
def test_what_excel_made_of_a_code_is_refused(cell, word):
    assert word in reason(writing.code, cell)


def test_a_code_that_became_a_date_is_refused_with_the_way_out():
    assert reason(writing.code, dt.date(2026, 1, 2)) == (
        "“2026-01-02”不是编号：Excel 已把编号改成日期，请把该列设为文本后重新填写"
    )


# --- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        *((None, ""), ("  ", ""), (" 甲 ", "甲"), ("Cafe\u0301", "Café"), ("１２", "１２")),
        *((5, "5"), (Decimal("12.50"), "12.5"), (Decimal("1E+20"), "1" + "0" * 20)),
        *((dt.date(2026, 3, 5), "2026-03-05"), (at("2026-03-05T00:00"), "2026-03-05")),
        *(
            (at("2026-03-05T09:30"), "2026-03-05 09:30"),
            (Percentage(Decimal("0.45")), "45%"),
        ),
    ],
    ids=repr,
)
def test_a_line_is_what_was_meant_by_the_cell(cell, line):
    assert writing.line(cell) == line


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        *(("甲\n乙", "一行"), ("甲\r乙", "一行"), ("甲\t乙", "一行"), ("甲\u202e乙", "U+202E")),
        *(("甲\0乙", "U+0000"), ("\ud800", "U+D800"), (True, "逻辑值"), (dt.time(1), "时刻")),
        *((CellError("#N/A"), "“#N/A”是表格的错误值"),),
    ],
    ids=repr,
)
def test_what_is_no_line_is_refused(cell, word):
    assert word in reason(writing.line, cell)


def test_prose_may_have_lines_and_tabs_and_nothing_else_of_the_kind():
    assert writing.prose(" 一行\r\n二\t行\r三行 ") == "一行\n二\t行\n三行"
    assert "U+0007" in reason(writing.prose, "甲\a")


def test_a_reason_shows_no_more_of_a_cell_than_a_message_can_hold():
    said = reason(writing.day, "长\u202e\n" * 1000)
    assert said.startswith("“" + ("长  " * 14)[:40] + "……”不是日期")
    assert not set("\u202e\n") & set(said)


# --- units ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "leads", "partners"),
    [
        ("甲局，乙局、丙局", ["甲局"], ["乙局", "丙局"]),
        ("甲局、乙局,丙局,丁局", ["甲局", "乙局"], ["丙局", "丁局"]),
        ("甲局；乙局，丙局", ["甲局"], ["乙局", "丙局"]),
        ("甲局;乙局", ["甲局"], ["乙局"]),
        ("甲局、乙局", ["甲局", "乙局"], []),
        ("甲局", ["甲局"], []),
        ("甲局（市乙办），丙局", ["甲局（市乙办）"], ["丙局"]),
        (" 甲局 、、 乙局 ，， ", ["甲局", "乙局"], []),
        ("，乙局", [], ["乙局"]),
        ("", [], []),
        (None, [], []),
        ("，；、", [], []),
    ],
    ids=repr,
)
def test_the_leads_stand_before_the_first_comma(cell, leads, partners):
    assert writing.names(cell) == (leads, partners)


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        *(("甲局，甲局", "“甲局”写了两次"), ("甲局、乙局、甲 局", "“甲 局”写了两次")),
        *(("甲局（乙、丙），丁局", "括号"), ("甲局（乙，丁局", "括号"), ("甲局\n乙局", "一行")),
        *((True, "逻辑值"), (CellError("#N/A"), "错误值")),
    ],
    ids=repr,
)
def test_units_that_are_not_certain_are_refused(cell, word):
    assert word in reason(writing.names, cell)


@repeatable
@given(st.lists(st.text("甲乙丙丁戊", min_size=1), unique=True), st.integers(0, 9))
def test_units_that_are_joined_come_apart_again(units, number):
    leads, partners = units[:number], units[number:]
    assert writing.names("、".join(leads) + "，" + "、".join(partners)) == (leads, partners)


# --- all of them ----------------------------------------------------------------------------------


@repeatable
@given(st.sampled_from(READERS), CELLS)
def test_any_cell_is_read_or_refused_in_words_and_nothing_else(read, cell):
    try:
        read(cell)
        return
    except ValueError as refused:
        said = str(refused)
    assert "请" in said
    assert not said.endswith("。")
    assert text.forbidden_character(said) is None


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("piece", ["1", "1-", "、", "甲、", " ", "2026年 ", "1,", "(", "约1亿"])
def test_a_cell_as_long_as_a_cell_can_be_is_answered_at_once_and_shortly(read, piece):
    # Patterns that try every way to divide such a cell would take minutes.
    cell = ("甲" + piece * 40_000)[:32_766] + "甲"
    assert len(answer(read, cell)) < 200 or read in (writing.line, writing.names)


def answer(read, cell) -> str:
    try:
        return str(read(cell))
    except ValueError as refused:
        return str(refused)
