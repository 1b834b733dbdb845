"""Files that are uploaded: read exactly, or refused in words.

What the hostile ones cost on two cores of 2026: none above 2 s, most below 10 ms.
"""

import csv
import datetime as dt
import io
import zipfile
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import python_calamine
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from projects import exports, intake
from projects.intake import CellError, Grid, Percentage, Refused
from projects.intake.archive import inflated
from tests import hostile
from tests.hostile import MAIN, ONE, cell, parts, relations, sheet, workbook

repeatable = settings(derandomize=True, deadline=None)
HOSTILE = hostile.unreadable()
READABLE = hostile.readable()
#: Attributes of a cell whose text stands in it, and of one whose text is shared.
INLINE, SHARED = 't="inlineStr"', 't="s"'


def refusal(content: bytes, name: str = "名单.xlsx") -> str:
    with pytest.raises(Refused) as refused:
        intake.read(content, name)
    return refused.value.sentence


def rows_of(content: bytes, name: str = "名单.xlsx") -> list[intake.Row]:
    return intake.read(content, name)[0].rows


def exact(rows: list[intake.Row]) -> list[list[tuple[str, Any]]]:
    """Values with their types: True is not 1, and 1 is not Decimal(1)."""
    return [[(type(value).__name__, value) for value in row] for row in rows]


# --- refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words(name):
    file, content, word = HOSTILE[name]
    sentence = refusal(content, file)
    assert word in sentence
    assert sentence.startswith(f"“{file}”")
    assert sentence.endswith("。")
    assert "请" in sentence  # the way out


def test_there_are_forty_hostile_files_and_each_has_a_content_of_its_own():
    assert len({content for _, content, _ in HOSTILE.values()}) == len(HOSTILE) - 1 >= 40
    assert HOSTILE["an old workbook"][1] == HOSTILE["an encrypted workbook"][1]


@pytest.mark.parametrize("name", READABLE)
def test_a_proper_file_with_improper_content_is_left_to_the_plan(name):
    file, content, _ = READABLE[name]
    assert len(intake.read(content, file)[0].rows) in (1, 2, 3, 4)


def test_the_hand_made_workbook_that_the_hostile_ones_are_made_of_is_good():
    assert intake.read(workbook(), "a.xlsx") == [Grid("甲", [[1]])]


def test_a_name_cannot_bring_anything_into_the_sentence():
    name = "C:\\甲\\" + "\u202e\n\x00" + "长" * 100 + ".csv"
    assert refusal(b"", name).startswith(f"“{'长' * 60}……”是空文件")


def test_a_file_without_a_name_is_called_a_file():
    assert refusal(b"", "").startswith("“文件”是空文件")


def test_the_limit_of_the_file_is_exact():
    content = (b"x" * 1000 + b"\n") * (intake.FILE_LIMIT // 1001)
    content += b"\n" * (intake.FILE_LIMIT - len(content))
    assert len(rows_of(content, "a.csv")) == intake.FILE_LIMIT // 1001
    assert "10 MB" in refusal(content + b"\n", "a.csv")


def outcome(content: bytes, name: str) -> str:
    """`read`, or the sentence of the refusal; whatever else happens is raised."""
    try:
        return "read" if intake.read(content, name)[0].rows else "without rows"
    except Refused as refused:
        return refused.sentence


@repeatable
@given(st.data())
def test_a_workbook_with_any_bytes_changed_is_read_or_refused_and_nothing_else(data):
    content = bytearray(workbook())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    said = outcome(bytes(content), "a.xlsx")
    assert said == "read" or "请" in said


@repeatable
@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.xlsx"]))
def test_any_bytes_are_read_or_refused_and_nothing_else(content, name):
    said = outcome(content, name)
    assert said == "read" or "请" in said


@repeatable
@given(st.text("<>/&;'\"=!-[]cvrtsfA1 \n", max_size=60))
def test_any_markup_in_a_sheet_is_read_or_refused_and_nothing_else(inner):
    said = outcome(workbook(ONE + inner), "a.xlsx")
    assert said == "read" or "请" in said


def test_a_member_that_lies_about_its_size_is_not_unpacked_to_its_end():
    content = hostile.lying_about_size(parts() | {"xl/a.bin": b" " * 2**24}, "xl/a.bin")
    member = zipfile.ZipFile(io.BytesIO(content)).getinfo("xl/a.bin")
    unpacked: list[bytes] = []
    with pytest.raises(Exception, match="损坏"):
        unpacked.extend(inflated(content, member))
    assert sum(map(len, unpacked)) <= member.file_size == 10


def test_a_tag_as_long_as_a_tag_may_be_is_read():
    assert rows_of(workbook(ONE + hostile.long_tag(intake.TAG - 2**17))) == [[1]]


# --- the limits are where they are said to be -----------------------------------------------------


def test_the_last_row_column_and_character_that_are_allowed_are_read():
    text = f"<is><t>{'长' * 32_767}</t></is>"
    content = workbook(
        f'<row r="1">{cell(at="BH1")}</row>'
        f'<row r="50000">{cell(text, at="A50000", said=INLINE)}</row>'
    )
    rows = rows_of(content)
    assert (len(rows), len(rows[0]), rows[0][59]) == (50_000, 60, 1)
    assert rows[49_999][0] == "长" * 32_767


def test_the_last_row_column_and_character_of_a_text_are_read():
    content = b"," * 59 + b"x\n" + b"\n" * 49_998 + b"x" * 32_767 + b"\n\n\n"
    rows = rows_of(content, "a.csv")
    assert (len(rows), rows[0][59], len(str(rows[49_999][0]))) == (50_000, "x", 32_767)


def test_the_rows_of_all_sheets_count_together():
    links = relations(("r1", "worksheet", "worksheets/sheet1.xml"), ("r2", "worksheet", "b.xml"))
    both = hostile.WORKBOOK.replace("</sheets>", '<sheet name="乙" r:id="r2"/></sheets>')
    members = parts(f'<row r="30000">{cell(at="A30000")}</row>', links=links, workbook=both)
    for number, is_too_many in ((20_000, False), (20_001, True)):
        second = sheet(f'<row r="{number}">{cell(at=f"A{number}")}</row>')
        content = hostile.archive([*members.items(), ("xl/b.xml", second)])
        if is_too_many:
            assert "“乙”第20001行" in refusal(content)
        else:
            assert [len(grid.rows) for grid in intake.read(content, "a.xlsx")] == [30_000, 20_000]


def test_blank_cells_with_a_format_and_a_false_dimension_do_not_count():
    blank = '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    content = workbook(
        sheet=sheet(ONE + blank).replace(
            "<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>'
        )
    )
    assert rows_of(content) == [[1]]


def test_a_small_sheet_may_be_packed_as_tightly_as_it_likes():
    rows = "".join(
        f'<row r="{n}">{cell("<is><t>" + "同" * 400 + "</t></is>", f"A{n}", INLINE)}</row>'
        for n in range(1, 2001)
    )
    content = workbook(rows)
    assert len(rows.encode()) > intake.RATIO * len(content)
    assert len(rows_of(content)) == 2000


# --- workbooks read exactly -----------------------------------------------------------------------

DAY, MOMENT = dt.date(2026, 3, 5), dt.datetime.fromisoformat("2026-03-05T14:30:15")
VALUES: list[tuple[Any, str, Any]] = [
    ("SX-0001", "@", "SX-0001"),
    ("0012", "@", "0012"),
    ("1E5", "@", "1E5"),
    ("1-2", "@", "1-2"),
    ("12345678901234567890", "@", "12345678901234567890"),
    ("'单引号", "@", "'单引号"),
    ("  前后空格 ", "@", "  前后空格 "),
    ("一行\n二行", "@", "一行\n二行"),
    ("<&>\"'", "@", "<&>\"'"),
    ("𠮷", "@", "𠮷"),
    ("_x0041_", "@", "_x0041_"),
    (12, "General", 12),
    (-3, "0", -3),
    (2.5, "0.0", Decimal("2.5")),
    (0.1, "#,##0.####", Decimal("0.1")),
    (1e15, "0", Decimal("1E+15")),
    (1.5e300, "0", Decimal("1.5E+300")),
    (0.45, "0%", Percentage(Decimal("0.45"))),
    (1, "0.00%", Percentage(Decimal(1))),
    (True, "General", True),
    (False, "General", False),
    (DAY, "yyyy-mm-dd", DAY),
    (DAY, 'yyyy"年"m"月"d"日"', DAY),
    (DAY, '[$-804]yyyy"年"m"月";@', DAY),
    (MOMENT, "yyyy/m/d h:mm", MOMENT),
    (dt.time(8, 30), "h:mm", dt.time(8, 30)),
    (dt.timedelta(hours=30), "[h]:mm", dt.timedelta(hours=30)),
    (2026, '0"年"', 2026),
    (5, '[Red]0.00;"days"0', 5),
    (5, "0.00E+00", 5),
]


def by_xlsxwriter(values: list[tuple[Any, str, Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet("台账")
        for number, (value, code, _) in enumerate(values):
            write = page.write_string if isinstance(value, str) else page.write
            write(number, 1, value, book.add_format({"num_format": code}))
    return file.getvalue()


def by_openpyxl(values: list[tuple[Any, str, Any]]) -> bytes:
    book = openpyxl.Workbook()
    for number, (value, code, _) in enumerate(values, start=1):
        there = book.active.cell(number, 2, value)
        there.number_format = code
    return saved(book)


def saved(book: Any) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("write", [by_xlsxwriter, by_openpyxl])
def test_values_come_out_as_they_went_in(write):
    values = [value for value in VALUES if not (write is by_openpyxl and value[0] == "_x0041_")]
    wanted: list[intake.Row] = [[None, value] for _, _, value in values]
    assert exact(rows_of(write(values))) == exact(wanted)


def test_what_calamine_understands_too_it_reads_the_same():
    content = by_xlsxwriter(VALUES)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    theirs = [row[-1] for row in book.get_sheet_by_index(0).iter_rows()]
    ours = [row[1] for row in rows_of(content)]
    assert [v.fraction if isinstance(v, Percentage) else v for v in ours] == [
        Decimal(repr(value)) if isinstance(value, float) else value for value in theirs
    ]


def test_rows_have_the_numbers_that_excel_gives_them():
    book = openpyxl.Workbook()
    book.active["B3"], book.active["D6"] = "甲", "乙"
    assert rows_of(saved(book)) == [
        *([None] * 4, [None] * 4, [None, "甲", None, None]),
        *([None] * 4, [None] * 4, [None, None, None, "乙"]),
    ]


def test_cells_and_rows_without_an_address_follow_each_other():
    content = workbook(
        '<row><c><v>1</v></c><c/><c><v>2</v></c></row><row r="3"><c r="B3"><v>3</v></c></row>'
    )
    assert rows_of(content) == [[1, None, 2], [None] * 3, [None, 3, None]]


def test_hidden_sheets_and_merged_cells_are_told():
    book = openpyxl.Workbook()
    book.active["A1"] = "甲"
    book.active.merge_cells("A3:B4")
    for title, state in (("隐藏", "hidden"), ("深藏", "veryHidden")):
        page = book.create_sheet(title)
        page.sheet_state, page["A1"] = state, title
    assert intake.read(saved(book), "a.xlsx") == [
        Grid("Sheet", [["甲"]], merged=["A3:B4"]),
        Grid("隐藏", [["隐藏"]], is_hidden=True),
        Grid("深藏", [["深藏"]], is_hidden=True),
    ]


def test_a_chart_that_is_a_sheet_of_its_own_is_passed_over():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet("表")
        page.write(0, 0, 1)
        chart = book.add_chart({"type": "bar"})
        chart.add_series({"values": "=表!$A$1"})
        book.add_chartsheet("图").set_chart(chart)
    assert intake.read(file.getvalue(), "a.xlsx") == [Grid("表", [[1]])]


def test_rich_text_is_read_without_the_reading_aid_above_it():
    runs = "<si><r><t>资</t></r><r><t>阳</t></r><rPh><t>zi yang</t></rPh></si>"
    content = workbook(
        f'<row r="1">{cell("<v>0</v>", said=SHARED)}</row>',
        strings=f'<sst xmlns="{MAIN}">{runs}</sst>',
    )
    assert rows_of(content) == [["资阳"]]


def test_a_workbook_in_the_strict_dialect_is_read():
    strict = {
        name: part.replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main").replace(
            hostile.LINKS, "http://purl.oclc.org/ooxml/officeDocument/relationships"
        )
        for name, part in parts('<row r="1"><c t="d"><v>2026-03-05</v></c></row>').items()
        if isinstance(part, str)
    }
    assert rows_of(hostile.archive(strict.items())) == [[DAY]]


def test_a_format_of_a_rule_or_a_style_is_not_that_of_a_cell():
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="0.0"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="164"/></cellXfs>'
        '<dxfs><dxf><numFmt numFmtId="164" formatCode="yyyy"/></dxf></dxfs></styleSheet>'
    )
    assert rows_of(workbook(styles=styles)) == [[1]]


def test_links_to_other_files_are_not_followed():
    outside = '<Relationship Id="r9" Type="x/styles" Target="http://a/b" TargetMode="External"/>'
    links = relations(("r1", "worksheet", "worksheets/sheet1.xml"))
    content = workbook(links=links.replace("</", f"{outside}</"))
    assert rows_of(content) == [[1]]


def test_a_part_in_utf_16_and_a_target_from_the_root_are_read():
    links = relations(("r1", "worksheet", "/xl/worksheets/sheet1.xml"))
    assert rows_of(workbook(sheet=sheet(ONE).encode("utf-16"), links=links)) == [[1]]


@pytest.mark.parametrize(
    ("inner", "said", "value"),
    [
        ("<v>#REF!</v>", 't="e"', CellError("#REF!")),
        ("<v>#N/A</v>", 't="e"', CellError("#N/A")),
        ("<v>NaN</v>", "", CellError("NaN")),
        ("<v>inf</v>", "", CellError("inf")),
        ("<v>1e400</v>", "", CellError("1e400")),
        ("<v>0x10</v>", "", CellError("0x10")),
        ("<v>1_000</v>", "", CellError("1_000")),
        ("<v>１</v>", "", CellError("１")),
        ("<v>60</v>", 's="1"', CellError("1900-02-29")),
        ("<v>-1</v>", 's="1"', CellError("######")),
        ("<v>2958466</v>", 's="1"', CellError("######")),
        ("<v>2958465.9999999995</v>", 's="1"', CellError("######")),
        ("<v>2026-02-30</v>", 't="d"', CellError("2026-02-30")),
        ("<v>gestern</v>", 't="d"', CellError("gestern")),
        ("<v>0.45</v>", 's="2"', Percentage(Decimal("0.45"))),
        ("<v>5</v>", 's="99"', 5),
        ("<f>1+1</f>", "", CellError("（公式没有结果）")),
        ("<f>1+1</f><v></v>", "", CellError("（公式没有结果）")),
        ("<f>A1</f><v>甲</v>", 't="str"', "甲"),
        ("<f>1+1</f><v>2</v>", "", 2),
        ("<v>1</v>", 's="1"', dt.date(1900, 1, 1)),
        ("<v>59</v>", 's="1"', dt.date(1900, 2, 28)),
        ("<v>61</v>", 's="1"', dt.date(1900, 3, 1)),
        ("<v>2958465</v>", 's="1"', dt.date(9999, 12, 31)),
        ("<v>46086.5</v>", 's="1"', dt.datetime.fromisoformat("2026-03-05T12:00")),
        ("<v>0.10000000000000001</v>", "", Decimal("0.1")),
        ("<v>0.30000000000000004</v>", "", Decimal("0.30000000000000004")),
        ("<v> 12 </v>", "", 12),
        ("<v>1.20E+3</v>", "", 1200),
        ("<is><t>甲_x000D_\n乙</t></is>", 't="inlineStr"', "甲\r\n乙"),
        ("<is><t>_xD800_</t></is>", 't="inlineStr"', "_xD800_"),
    ],
)
def test_a_cell_is_what_it_says_or_an_error_that_can_be_refused(inner, said, value):
    content = workbook(f'<row r="1">{cell(inner, said=said)}</row>')
    assert exact(rows_of(content)) == exact([[value]])


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *(("General", None), ("0.00E+00", None), ('0"days"', None), ("[Red]0", None)),
        *(("0\\d", None), ("_y0", None), ("[$¥-804]0", None), ("@", None)),
        *(("0%", intake.PERCENT), ('0"%"', None), ("[h]:mm", intake.DURATION)),
        *(("yyyy", intake.DATE), ("[$-804]AM/PM h", intake.DATE), ("YYYY年", intake.DATE)),
        *(("[red]mm:ss", intake.DATE), ("[mm]:ss", intake.DURATION)),
    ],
)
def test_a_number_format_is_told_by_its_letters_outside_of_literals(code, kind):
    assert intake.shown_as(code) == kind


# --- text read exactly ----------------------------------------------------------------------------

TABLE = [["编号", "名称"], ["0012", "甲，“乙”；𠮷"], ["1E5", '他说"好"\n第二行']]


def as_csv(separator: str = ",") -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator).writerows(TABLE)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t", ";", "；"])
def test_a_table_is_read_in_each_encoding_and_with_each_separator(encoding, separator):
    content = as_csv(separator).encode(encoding)
    assert intake.read(content, "名单.csv") == [Grid("名单", TABLE)]


def test_gbk_whose_first_characters_would_be_good_utf_8_is_gbk():
    content = "路,路\n成都".encode("gb18030")
    assert content[:2].decode("utf-8")  # 路 is a character there too
    assert rows_of(content, "a.csv") == [["路", "路"], ["成都", None]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blank_lines_keep_the_numbers_of_the_rows(end):
    content = end.join(["编号,名称", "", ",,", "1,甲", "", ""]).encode()
    assert rows_of(content, "a.csv") == [["编号", "名称"], [None] * 2, [None] * 2, ["1", "甲"]]


def test_separators_in_quotation_marks_do_not_decide():
    assert rows_of('"甲,乙,丙";丁\n1;2'.encode(), "a.csv") == [["甲,乙,丙", "丁"], ["1", "2"]]


@pytest.mark.parametrize("text", ["=1+1", "-甲", "@甲", "'=1", "\t甲", "＝1", "|a", "%a"])
def test_the_guard_of_our_own_csv_is_taken_off_again(text):
    content = exports.BOM + exports.csv_line(["SX-1", text])
    assert rows_of(content, "a.csv") == [["SX-1", text]]
