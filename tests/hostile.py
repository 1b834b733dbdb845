"""Files that nobody should be able to hurt the ledger with, made in memory.

`unreadable()` are refused by `intake.read`; `readable()` are proper files whose content is for
the plan to refuse. Both give name → (file name, content, a word of the sentence).
"""

import csv
import datetime as dt
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

import xlsxwriter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADINGS = ["编号", "名称", "领域", "牵头单位", "完成时限", "总投资"]
ROW = ["SX-0001", "示例事项", "交通", "示例单位", "2026-12", 1200]

File = tuple[str, bytes, str]
Part = str | bytes


# --- workbooks by hand --------------------------------------------------------------------------


def relations(*links: tuple[str, str, str]) -> str:
    """Each (id, end of the type, target)."""
    each = "".join(
        f'<Relationship Id="{key}" Type="{LINKS}/{kind}" Target="{target}"/>'
        for key, kind, target in links
    )
    return f'<Relationships xmlns="{PACKAGE}">{each}</Relationships>'


def sheet(rows: str, after: str = "", before: str = "") -> str:
    return f'{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def cell(inner: str = "<v>1</v>", at: str = "A1", said: str = "") -> str:
    return f'<c r="{at}" {said}>{inner}</c>'


ONE = f'<row r="1">{cell()}</row>'
WORKBOOK = (
    f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>'
    '<sheet name="甲" sheetId="1" r:id="r1"/></sheets></workbook>'
)
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
    '<xf numFmtId="10"/></cellXfs></styleSheet>'
)


def parts(rows: str = ONE, **others: Part) -> dict[str, Part]:
    """The parts of a workbook with one sheet; `others` by `workbook`, `sheet`, `strings`, …"""
    return {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": others.get("workbook", WORKBOOK),
        "xl/_rels/workbook.xml.rels": others.get(
            "links",
            relations(
                ("r1", "worksheet", "worksheets/sheet1.xml"),
                ("r2", "sharedStrings", "sharedStrings.xml"),
                ("r3", "styles", "styles.xml"),
            ),
        ),
        "xl/worksheets/sheet1.xml": others.get("sheet", sheet(rows)),
        "xl/sharedStrings.xml": others.get(
            "strings", f'<sst xmlns="{MAIN}"><si><t>甲</t></si></sst>'
        ),
        "xl/styles.xml": others.get("styles", STYLES),
    }


def archive(members: Iterable[tuple[str, Part]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in members:
            packed.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def workbook(rows: str = ONE, **others: Part) -> bytes:
    return archive(parts(rows, **others).items())


def with_part(name: str, part: Part) -> bytes:
    return archive([*parts().items(), (name, part)])


# --- archives that lie ----------------------------------------------------------------------------


def patched(content: bytes, name: str, offset: int, form: str, value: Any) -> bytes:
    """One field of a member's entry in the central directory, written over."""
    changed = bytearray(content)
    at = content.rindex(name.encode()) - 46  # the directory stands at the end
    struct.pack_into(form, changed, at + offset, value)
    return bytes(changed)


def lying_about_size(members: dict[str, Part], name: str) -> bytes:
    """Says that a member is ten bytes long, and gives the sum of those ten."""
    content = archive(members.items())
    part = members[name]
    begin = (part if isinstance(part, bytes) else part.encode())[:10]
    content = patched(content, name, 24, "<I", len(begin))
    return patched(content, name, 16, "<I", zlib.crc32(begin))


def two_of_one_name() -> bytes:
    members = [*parts().items(), ("xl/worksheets/sheet2.xml", sheet(ONE))]
    return archive(members).replace(b"xl/worksheets/sheet2.xml", b"xl/worksheets/sheet1.xml")


def bomb() -> dict[str, File]:
    blank = b" " * (60 * 2**20)
    deep = b" " * (11 * 2**20)
    return {
        "two members of 60 MiB": (
            "bomb.xlsx",
            archive([*parts().items(), ("xl/a.bin", blank), ("xl/b.bin", blank)]),
            "过大",
        ),
        "11 MiB of blanks in 20 KiB": ("ratio.xlsx", with_part("xl/a.bin", deep), "过大"),
        "a size that is not said": (
            "lie.xlsx",
            lying_about_size(parts() | {"xl/a.bin": deep}, "xl/a.bin"),
            "损坏",
        ),
        "a sheet longer than is said": (
            "lie2.xlsx",
            lying_about_size(parts(), "xl/worksheets/sheet1.xml"),
            "损坏",
        ),
        "300 members": (
            "many.xlsx",
            archive([*parts().items(), *((f"xl/m{n}.bin", b"") for n in range(300))]),
            "200个",
        ),
        "5,000 members": (
            "many2.xlsx",
            archive([*parts().items(), *((f"xl/m{n}.bin", b"") for n in range(5000))]),
            "200个",
        ),
    }


def archives() -> dict[str, File]:
    good = workbook()
    docx = parts(workbook="<document/>")
    return {
        "cut off in the middle": ("cut.xlsx", good[: len(good) // 2], "损坏"),
        "cut off by ten bytes": ("cut2.xlsx", good[:-10], "损坏"),
        "only the beginning of an archive": ("pk.xlsx", b"PK\x03\x04", "损坏"),
        "an archive with nothing in it": ("none.xlsx", archive([]), "压缩包"),
        "an archive of something else": ("a.xlsx", archive([("a.txt", "1")]), "压缩包"),
        "a text document": ("a.docx.xlsx", archive(docx.items()), "不是 Excel 工作簿"),
        "an OpenDocument sheet": ("a.ods", archive([("content.xml", "<a/>")]), ".ods"),
        "a binary workbook": ("a.xlsb", with_part("xl/workbook.bin", b"\1"), ".xlsb"),
        "macros": ("a.xlsm", with_part("xl/vbaProject.bin", b"\1"), "宏"),
        "macros in a sheet": ("a.xlsx", with_part("xl/macrosheets/sheet1.xml", "<a/>"), "宏"),
        "a member above the root": ("up.xlsx", with_part("../evil.xml", "<a/>"), "损坏"),
        "a member at the root of the disk": ("abs.xlsx", with_part("/etc/passwd", "x"), "损坏"),
        "a member with backslashes": ("back.xlsx", with_part("xl\\..\\a.xml", "x"), "损坏"),
        "a member twice": ("twice.xlsx", two_of_one_name(), "损坏"),
        "a member twice but for its case": (
            "case.xlsx",
            with_part("XL/Workbook.xml", WORKBOOK),
            "损坏",
        ),
        "an encrypted member": (
            "locked.xlsx",
            patched(good, "xl/styles.xml", 8, "<H", 1),
            "加密",
        ),
        "an unknown way of packing": (
            "way.xlsx",
            patched(good, "xl/styles.xml", 10, "<H", 99),
            "损坏",
        ),
        "a local header elsewhere": (
            "at.xlsx",
            patched(good, "xl/styles.xml", 42, "<I", 7),
            "损坏",
        ),
        "a stream that stops too soon": (
            "stream.xlsx",
            patched(good, "xl/styles.xml", 20, "<I", 20),
            "损坏",
        ),
        "bytes that are no stream": (
            "noise.xlsx",
            patched(good, "xl/styles.xml", 42, "<I", 0),
            "损坏",
        ),
        "a wrong checksum": ("crc.xlsx", patched(good, "xl/styles.xml", 16, "<I", 7), "损坏"),
        "an archive behind another": ("two.xlsx", good + workbook(), "损坏"),
    }


# --- workbooks that are broken or boundless -------------------------------------------------------

LAUGHS = '<!DOCTYPE a [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;">]>'
XXE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def many_blank_cells() -> bytes:
    """A million and a half cells in each of two sheets, that carry only a format."""
    blank = sheet("<row>" + "<c/>" * 1_500_000 + "</row>")
    links = relations(("r1", "worksheet", "worksheets/sheet1.xml"), ("r2", "worksheet", "b.xml"))
    both = WORKBOOK.replace("</sheets>", '<sheet name="乙" sheetId="2" r:id="r2"/></sheets>')
    noise = random.Random(1).randbytes(500_000)  # so that it is no bomb by its ratio
    members = parts(sheet=blank, links=links, workbook=both)
    with_noise = [*members.items(), ("xl/b.xml", blank), ("xl/n.bin", noise)]
    return archive(with_noise)


def many_cells() -> str:
    full = "<row>" + "<c><v>1</v></c>" * 50 + "</row>"
    return full * 10_000 + "<row><c><v>1</v></c></row>"


def cells() -> dict[str, File]:
    far = f'<row r="1">{cell()}</row><row r="1048576">{cell(at="XFD1048576")}</row>'
    rows = "".join(f'<row r="{n}">{cell(at=f"A{n}")}</row>' for n in range(1, 50_002))
    wide = "".join(cell(at=f"{letters}1") for letters in ("A", "BH", "BI"))
    long_text = f"<is><t>{'长' * 32_768}</t></is>"
    merged = "<mergeCells>" + '<mergeCell ref="A1:B1"/>' * 10_001 + "</mergeCells>"
    return {
        "a lone cell at the far end": ("far.xlsx", workbook(far), "第16384列"),
        "a lone cell far below": (
            "low.xlsx",
            workbook(f'<row r="1048576">{cell(at="A1048576")}</row>'),
            "第1048576行",
        ),
        "50,001 rows": ("long.xlsx", workbook(rows), "50000行"),
        "61 columns": ("wide.xlsx", workbook(f'<row r="1">{wide}</row>'), "60列"),
        "a cell of 32,768 characters": (
            "cell.xlsx",
            workbook(f'<row r="1">{cell(long_text, said="""t="inlineStr" """)}</row>'),
            "32767字",
        ),
        "a text of 5 MiB": (
            "text.xlsx",
            workbook(strings=f'<sst xmlns="{MAIN}"><si><t>{"x" * 5 * 2**20}</t></si></sst>'),
            "32767字",
        ),
        "three million blank cells": ("blank.xlsx", many_blank_cells(), "空白单元格"),
        "10,001 merged ranges": (
            "merged.xlsx",
            workbook(sheet=sheet(ONE, after=merged)),
            "合并单元格",
        ),
        "a column that does not exist": (
            "zzzz.xlsx",
            workbook(f'<row r="1">{cell(at="ZZZZ1")}</row>'),
            "损坏",
        ),
        "a row that does not exist": (
            "row.xlsx",
            workbook(f'<row r="1048577">{cell(at="A1048577")}</row>'),
            "损坏",
        ),
        "a row without end": ("row2.xlsx", workbook(f'<row r="{"9" * 400}"/>'), "损坏"),
        "a cell in another row": ("b7.xlsx", workbook(f'<row r="1">{cell(at="B7")}</row>'), "损坏"),
        "a cell twice": ("a1.xlsx", workbook(f'<row r="1">{cell()}{cell()}</row>'), "损坏"),
        "rows out of order": (
            "order.xlsx",
            workbook(f'<row r="2">{cell(at="A2")}</row>{ONE}'),
            "损坏",
        ),
        "a text that is not there": (
            "text2.xlsx",
            workbook(f'<row r="1">{cell("<v>99</v>", said="""t="s" """)}</row>'),
            "损坏",
        ),
        "a text before the first": (
            "text3.xlsx",
            workbook(f'<row r="1">{cell("<v>-1</v>", said="""t="s" """)}</row>'),
            "损坏",
        ),
        "a kind of cell that is none": (
            "kind.xlsx",
            workbook(f'<row r="1">{cell(said="""t="x" """)}</row>'),
            "损坏",
        ),
        "a truth that is neither": (
            "truth.xlsx",
            workbook(f'<row r="1">{cell("<v>7</v>", said="""t="b" """)}</row>'),
            "损坏",
        ),
        "a merged range that is none": (
            "range.xlsx",
            workbook(sheet=sheet(ONE, after='<mergeCell ref="A1:"/>')),
            "损坏",
        ),
        "500,001 filled cells": ("cells.xlsx", workbook(sheet=sheet(many_cells())), "500000个"),
        "nothing in any cell": (
            "blank2.xlsx",
            workbook('<row r="1"><c r="A1"/></row>'),
            "没有内容",
        ),
    }


def long_tag(length: int) -> str:
    """Attributes upon attributes."""
    return "<a " + " ".join(f'a{n}=""' for n in range(length // 10)) + "/>"


def markup() -> dict[str, File]:
    dates = WORKBOOK.replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    twice = WORKBOOK.replace("</sheets>", '<sheet name="乙" sheetId="2" r:id="r1"/></sheets>')
    same = WORKBOOK.replace("</sheets>", '<sheet name="甲" sheetId="2" r:id="r1"/></sheets>')
    nowhere = relations(("r1", "worksheet", "../../../etc/passwd"))
    return {
        "billion laughs in a sheet": (
            "lol.xlsx",
            workbook(sheet=sheet(ONE, before=LAUGHS)),
            "DOCTYPE",
        ),
        "an outer entity in the texts": (
            "xxe.xlsx",
            workbook(strings=f'{XXE}<sst xmlns="{MAIN}"><si><t>&x;</t></si></sst>'),
            "DOCTYPE",
        ),
        "an outer entity in the workbook": (
            "xxe2.xlsx",
            workbook(workbook=XXE + WORKBOOK),
            "DOCTYPE",
        ),
        "a DOCTYPE where nobody reads": (
            "xxe3.xlsx",
            with_part("xl/theme/theme1.xml", f"<!-- {'x' * 70_000} -->{XXE}<a/>"),
            "DOCTYPE",
        ),
        "XML that ends too soon": ("cut3.xlsx", workbook(sheet=sheet(ONE)[:-9]), "损坏"),
        "XML in another encoding": (
            "gbk.xlsx",
            workbook(strings=f'<sst xmlns="{MAIN}"><si><t>示例</t></si></sst>'.encode("gb18030")),
            "损坏",
        ),
        "a DOCTYPE in another encoding": (
            "utf16.xlsx",
            workbook(sheet=sheet(ONE, before=LAUGHS).encode("utf-16")),
            "DOCTYPE",
        ),
        "a tag of 3 MiB": ("tag.xlsx", workbook(ONE + long_tag(3 * 2**20)), "损坏"),
        "days counted from 1904": ("1904.xlsx", workbook(workbook=dates), "1904"),
        "two sheets in one part": ("twice2.xlsx", workbook(workbook=twice), "损坏"),
        "two sheets of one name": ("same.xlsx", workbook(workbook=same), "损坏"),
        "a sheet outside the archive": ("out.xlsx", workbook(links=nowhere), "损坏"),
        "a sheet without a part": ("gone.xlsx", workbook(links=relations()), "损坏"),
    }


# --- files of other kinds -------------------------------------------------------------------------

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def others() -> dict[str, File]:
    return {
        "nothing": ("empty.xlsx", b"", "空文件"),
        "an old workbook": ("old.xls", OLE, "旧版 .xls"),
        "an encrypted workbook": ("locked2.xlsx", OLE, "已加密"),
        "a web page named .xls": ("page.xls", b"<html><table>", "网页"),
        "a web page named .xlsx": ("page.xlsx", b"\r\n<!DOCTYPE html><html>", "网页"),
        "a sheet of 2003 in XML": ("2003.xlsx", b'<?xml version="1.0"?><Workbook/>', "XML"),
        "text named .xlsx": ("text4.xlsx", "编号,名称\n1,甲\n".encode(), "文本"),
        "a workbook named .csv": ("book.csv", workbook(), "Excel 工作簿"),
        "a PDF": ("a.pdf", b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        "a picture": ("a.png", b"\x89PNG\r\n\x1a\n\0", "图片"),
        "an archive of another kind": ("a.rar", b"Rar!\x1a\7\0", "压缩包"),
        "more than 10 MiB": ("big.csv", b"a,b\n" * (2_621_440 + 1), "10 MB"),
    }


def texts() -> dict[str, File]:
    heading = ",".join(HEADINGS)
    return {
        "UTF-16 with its mark": ("u16.csv", heading.encode("utf-16"), "UTF-16"),
        "UTF-16 without its mark": ("u16b.csv", heading.encode("utf-16-le"), "空字符"),
        "a NUL": ("nul.csv", f"{heading}\nSX-1,甲\0乙\n".encode(), "空字符"),
        "no known encoding": ("no.csv", b"a,\xff\xff\xff\n", "无法识别"),
        "UTF-8 that is damaged": (
            "bad.csv",
            f"{heading}\nSX-0001,示例".encode() + b"\xc3\x28\n",
            "第2行",
        ),
        "a mark of UTF-8 before something else": (
            "bom.csv",
            b"\xef\xbb\xbf" + heading.encode("gb18030"),
            "第1行",
        ),
        "a quotation mark that never ends": (
            "quote.csv",
            f'{heading}\n"SX-1,甲\n'.encode(),
            "引号",
        ),
        "text behind a quotation": ("quote2.csv", f'{heading}\n"甲"乙,1\n'.encode(), "第2行"),
        "text of 50,001 rows": ("long.csv", b"a,b\n" * 50_001, "50000行"),
        "text with 61 columns": ("wide.csv", b"a\n" + b"," * 60 + b"x\n", "第2行"),
        "text with a cell too long": ("cell.csv", b"a,b\n" + b"x" * 32_768 + b",1\n", "32767字"),
        "text with a cell far too long": ("cell2.csv", b"a\n" + b"x" * 200_000, "32767字"),
        "ten million line ends": ("blank.csv", b"a\n" + b"\n" * 10_000_000, "空行"),
        "a million filled cells": ("cells.csv", (b"1," * 30 + b"\n") * 20_000, "500000个"),
        "only a mark and blank lines": ("none.csv", b"\xef\xbb\xbf\r\n\r\n,,\r\n", "没有内容"),
        "SYLK": ("a.slk", b"ID;PWXL;N;E\n", "SYLK"),
    }


def unreadable() -> dict[str, File]:
    """What `intake.read` refuses."""
    return archives() | bomb() | cells() | markup() | others() | texts()


# --- proper files with improper content -----------------------------------------------------------


def filled(*rows: list[Any], headings: list[str] = HEADINGS) -> bytes:
    """A workbook whose first sheet has these headings and rows; dates as dates."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet("台账")
        form = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate([headings, *rows]):
            for column, value in enumerate(row):
                if isinstance(value, dt.date):
                    page.write_datetime(number, column, value, form)
                else:
                    page.write(number, column, value)
    return file.getvalue()


def written(*rows: list[Any], headings: list[str] = HEADINGS) -> bytes:
    """The same as a CSV in UTF-8."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([headings, *rows])
    return file.getvalue().encode("utf-8-sig")


def instead(column: str, value: Any) -> list[Any]:
    """The good row with one value changed."""
    row = list(ROW)
    row[HEADINGS.index(column)] = value
    return row


def readable() -> dict[str, File]:
    """Read without complaint; the word is what a plan should say of it."""
    both = [instead("名称", "甲"), instead("名称", "乙")]
    broken = filled(instead("总投资", "#REF!"))
    return {
        "no code column": ("h1.xlsx", filled(ROW[1:], headings=HEADINGS[1:]), "编号"),
        "a column nobody knows": (
            "h2.xlsx",
            filled([*ROW, 1], headings=[*HEADINGS, "备忘"]),
            "备忘",
        ),
        "a column twice": ("h3.csv", written([*ROW, "乙"], headings=[*HEADINGS, "名称"]), "名称"),
        "headings in the third row": ("h4.csv", b"\r\n\r\n" + written(ROW)[3:], "编号"),
        "headings only": ("h5.xlsx", filled(), "行"),
        "one code in two rows": ("c1.xlsx", filled(*both), "SX-0001"),
        "one code in two writings": (
            "c2.csv",
            written(ROW, instead("编号", "ｓｘ-0001")),
            "SX-0001",
        ),
        "a code that became a date": (
            "c3.xlsx",
            filled(instead("编号", dt.date(2026, 1, 2))),
            "日期",
        ),
        "a code that became a number": ("c4.xlsx", filled(instead("编号", 12)), "数字"),
        "a code that became 1E5": ("c5.csv", written(instead("编号", "1E5")), "1E5"),
        "no code": ("c6.xlsx", filled(instead("编号", None)), "编号"),
        "a day that does not exist": (
            "d1.csv",
            written(instead("完成时限", "2026-02-30")),
            "2026-02-30",
        ),
        "a day written the other way": (
            "d2.csv",
            written(instead("完成时限", "31.02.2026")),
            "31.02.2026",
        ),
        "a serial instead of a day": ("d3.xlsx", filled(instead("完成时限", 46096)), "46096"),
        "the end of the year": ("d4.xlsx", filled(instead("完成时限", "年底")), "年底"),
        "not a number": ("n1.csv", written(instead("总投资", "NaN")), "NaN"),
        "infinitely much": ("n2.csv", written(instead("总投资", "1e999")), "1e999"),
        "less than nothing": ("n3.xlsx", filled(instead("总投资", -5)), "-5"),
        "two units in a number": ("n4.csv", written(instead("总投资", "1亿2000万")), "1亿2000万"),
        "text turned round": ("t1.csv", written(instead("名称", "甲\u202e乙")), "U+202E"),
        "a name of two lines": ("t2.csv", written(instead("名称", "甲\n乙")), "一行"),
        "a formula in a name": ("t3.csv", written(instead("名称", "=HYPERLINK(1)")), "HYPERLINK"),
        "a unit twice": ("u1.csv", written(instead("牵头单位", "甲局，甲局")), "甲局"),
        "a unit nobody knows": ("u2.csv", written(instead("牵头单位", "无此单位")), "无此单位"),
        "a field nobody knows": ("f1.csv", written(instead("领域", "无此领域")), "无此领域"),
        "an error instead of an amount": ("e1.xlsx", broken, "#REF!"),
    }
