"""The built-in template: an official document after GB/T 9704-2012, made by code.

A4; margins 37 mm above and 28 mm left, a text area of 156 × 225 mm; body 仿宋 三号 with 22 lines a
page and 28 characters a line; title 小标宋 二号; headings 黑体, 楷体; page number 四号 at the outer
edge.
"""

from __future__ import annotations

import io
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from ..templating.parts import packed, unpacked
from ..wording import ANNEX_LIST, NOTICE_NAME, PARTS, TABLES, WARNING_NAME

if TYPE_CHECKING:
    from docx.document import Document

BODY_FONT, TITLE_FONT = "仿宋_GB2312", "方正小标宋简体"
HEADING_FONT, SECOND_FONT = "黑体", "楷体_GB2312"
#: What a machine without them may take, told in the table of fonts.
FALLBACKS = {
    BODY_FONT: "仿宋",
    TITLE_FONT: "宋体",
    HEADING_FONT: "SimHei",
    SECOND_FONT: "楷体",
}
NUMERALS = "一二三四五六七八九十"
#: 225 mm in 22 lines, in twentieths of a point and rounded down: they have to fit. 156 mm in 28
#: characters.
LINE_PITCH = int(225 / 22 / 25.4 * 72 * 20)
CHARACTER_SPACE = round((156 / 28 / 25.4 * 72 - 16) * 4096)
#: The same closeness beside the grid, in twentieths of a point: programs differ in how they snap.
CLOSER = -5
TITLES = (
    ("滞后表", "滞后和逾期事项表"),
    ("问题表", "问题清单"),
    ("投资表", "项目投资完成与时间进度对照表"),
    ("报送表", "各单位月报报送情况表"),
)
#: Widths of the columns in mm; an annex lies across the sheet when it needs more than 156.
WIDTHS: dict[str, tuple[int, ...]] = {
    "滞后表": (9, 19, 40, 26, 11, 44, 26, 29, 21),
    "问题表": (10, 20, 52, 32, 26, 24, 25, 36),
    "投资表": (10, 20, 50, 34, 24, 24, 24, 18, 21),
    "报送表": (12, 54, 18, 18, 18, 18, 18),
}


#: The library's own blank document carries a picture of itself.
_PICTURE = re.compile(rb"<Relationship [^>]*thumbnail[^>]*/>")


@cache
def built_in() -> bytes:
    """Always the same bytes."""
    import docx

    made = docx.Document()
    _styles(made)
    _page(made.sections[0])
    _text(made)
    for number, (table, title) in enumerate(TITLES, start=1):
        _annex(made, number, table, title)
    _fonts(made)
    made.settings.odd_and_even_pages_header_footer = True
    _properties(made)
    file = io.BytesIO()
    made.save(file)
    members = unpacked(file.getvalue())
    members.pop("docProps/thumbnail.jpeg", None)
    members["_rels/.rels"] = _PICTURE.sub(b"", members["_rels/.rels"])
    return packed(members)


# --- styles -----------------------------------------------------------------------------------


def _styles(made: Document) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH as Align

    normal = made.styles["Normal"]
    _font(normal, BODY_FONT, 16)
    _element(normal.element.rPr, "w:spacing", val=CLOSER)
    _element(normal.element.rPr, "w:lang", val="zh-CN", eastAsia="zh-CN")
    _spaced(normal.paragraph_format)
    _element(normal.element.get_or_add_pPr(), "w:snapToGrid", val=0)
    for name, font, size, align, indent in (
        ("通报正文", BODY_FONT, 16, Align.JUSTIFY, 200),
        ("通报条目", BODY_FONT, 16, Align.JUSTIFY, 200),
        ("通报一级标题", HEADING_FONT, 16, Align.JUSTIFY, 200),
        ("通报二级标题", SECOND_FONT, 16, Align.JUSTIFY, 200),
        ("通报标题", TITLE_FONT, 22, Align.CENTER, 0),
        ("通报居中", BODY_FONT, 16, Align.CENTER, 0),
        ("通报提示", SECOND_FONT, 12, Align.CENTER, 0),
        ("通报主送", BODY_FONT, 16, Align.JUSTIFY, 0),
        ("附件标记", HEADING_FONT, 16, Align.LEFT, 0),
        ("附件标题", TITLE_FONT, 22, Align.CENTER, 0),
        ("附件表头", HEADING_FONT, 10.5, Align.CENTER, 0),
        ("附件表格", BODY_FONT, 10.5, Align.LEFT, 0),
        ("附件说明", BODY_FONT, 10.5, Align.JUSTIFY, 0),
        ("页码", "宋体", 14, Align.LEFT, 0),
        ("保密提示", BODY_FONT, 9, Align.CENTER, 0),
    ):
        style = made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        _font(style, font, size)
        style.paragraph_format.alignment = align
        if indent:
            _element(style.element.get_or_add_pPr(), "w:ind", firstLineChars=indent, firstLine=640)
        if size < 16:
            _single(style.paragraph_format)
        if "级标题" in name or name.startswith("附件标"):
            style.paragraph_format.keep_with_next = True


def _font(style: Any, font: str, size: float) -> None:
    """East Asian letters in that font; Latin ones and digits as well, as the standard asks."""
    from docx.shared import Pt

    style.font.size = Pt(size)
    style.font.name = font
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(_name(f"w:{attribute}"), font)
    for attribute in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(_name(f"w:{attribute}"), None)


def _spaced(form: Any) -> None:
    """Exactly one of the 22 lines of a page."""
    from docx.enum.text import WD_LINE_SPACING
    from docx.shared import Twips

    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Twips(LINE_PITCH)
    form.space_before = form.space_after = Twips(0)
    form.widow_control = False


def _single(form: Any) -> None:
    from docx.enum.text import WD_LINE_SPACING

    form.line_spacing_rule = WD_LINE_SPACING.SINGLE


# --- the page ---------------------------------------------------------------------------------


def _page(section: Any, *, across: bool = False) -> None:
    """The text area is 156 × 225 mm; across the sheet it is turned with it."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    wide, high = (297, 210) if across else (210, 297)
    section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(wide), Mm(high)
    top, right, bottom, left = (28, 35, 26, 37) if across else (37, 26, 35, 28)
    section.top_margin, section.bottom_margin = Mm(top), Mm(bottom)
    section.left_margin, section.right_margin = Mm(left), Mm(right)
    section.header_distance, section.footer_distance = Mm(15), Mm(18 if across else 25)
    for old in section._sectPr.findall(_name("w:docGrid")):
        section._sectPr.remove(old)
    grid = {"type": "linesAndChars", "linePitch": LINE_PITCH, "charSpace": CHARACTER_SPACE}
    if not across:
        _element(section._sectPr, "w:docGrid", **grid)
    _footers(section)


def _footers(section: Any) -> None:
    """— 1 — at the outer edge: right on odd pages, left on even ones; the notice below it."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH as Align

    for footer, side in (
        (section.footer, Align.RIGHT),
        (section.even_page_footer, Align.LEFT),
    ):
        footer.is_linked_to_previous = False
        line = footer.paragraphs[0]
        line.style, line.alignment = "页码", side
        # One character in from the edge.
        inset = {"rightChars": 100} if side == Align.RIGHT else {"leftChars": 100}
        _element(line._p.get_or_add_pPr(), "w:ind", **inset)
        line.add_run("— ")
        _page_number(line)
        line.add_run(" —")
        footer.add_paragraph(f"{{{{{NOTICE_NAME}}}}}", style="保密提示")


def _page_number(line: Any) -> None:
    for kind, code in (("begin", ""), ("", " PAGE "), ("separate", ""), ("text", "1"), ("end", "")):
        run = line.add_run(code if kind == "text" else "")._r
        if kind == "":
            _element(run, "w:instrText").text = code
        elif kind != "text":
            _element(run, "w:fldChar", fldCharType=kind)


# --- the text ---------------------------------------------------------------------------------


def _text(made: Document) -> None:
    made.add_paragraph("{{文号}}", style="通报居中")
    made.add_paragraph("{{标题}}", style="通报标题")
    made.add_paragraph(f"{{{{{WARNING_NAME}}}}}", style="通报提示")
    made.add_paragraph("", style="通报正文")
    made.add_paragraph("{{主送单位}}", style="通报主送")
    for at, name in enumerate(PARTS):
        if at:
            made.add_paragraph(f"{NUMERALS[at - 1]}、{name}", style="通报一级标题")
        made.add_paragraph(f"{{{{{name}}}}}", style="通报正文")
    made.add_paragraph("", style="通报正文")
    made.add_paragraph(f"{{{{{ANNEX_LIST}}}}}", style="通报正文")
    made.add_paragraph("", style="通报正文")
    for name in ("发文机关", "成文日期"):
        _signed(made.add_paragraph(f"{{{{{name}}}}}", style="通报正文"))


def _signed(line: Any) -> None:
    """Right, four characters in from the edge; kept with what follows."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH as Align

    line.alignment = Align.RIGHT
    _element(
        line._p.get_or_add_pPr(), "w:ind", rightChars=400, right=1280, firstLineChars=0, firstLine=0
    )


# --- the annexes ------------------------------------------------------------------------------


def _annex(made: Document, number: int, table: str, title: str) -> None:
    """On a page of its own, its head repeated on every page and no row cut across."""
    from docx.enum.section import WD_SECTION

    is_across = sum(WIDTHS[table]) > 156
    section = made.add_section(WD_SECTION.NEW_PAGE)
    _page(section, across=is_across)
    made.add_paragraph(f"附件{number}", style="附件标记")
    made.add_paragraph(title, style="附件标题")
    made.add_paragraph(f"{{{{{table}说明}}}}", style="附件说明")
    _table(made, table)


def _table(made: Document, table: str) -> None:
    from docx.shared import Mm

    columns, widths = TABLES[table], WIDTHS[table]
    grid = made.add_table(rows=2, cols=len(columns), style="Table Grid")
    grid.autofit = False
    for row, is_head in zip(grid.rows, (True, False), strict=True):
        properties = row._tr.get_or_add_trPr()
        _element(properties, "w:cantSplit")
        if is_head:
            _element(properties, "w:tblHeader")
        for cell, name, width in zip(row.cells, columns, widths, strict=True):
            cell.width = Mm(width)
            line = cell.paragraphs[0]
            line.style = "附件表头" if is_head else "附件表格"
            line.add_run(name if is_head else f"{{{{{table}.{name}}}}}")
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Mm(width)


# --- what the file says of itself -------------------------------------------------------------


def _fonts(made: Document) -> None:
    """The table of fonts, with what stands in where one is missing."""
    part = next(
        p for p in made.part.package.iter_parts() if str(p.partname).endswith("fontTable.xml")
    )
    told = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in FALLBACKS.items()
    )
    part._blob = part.blob.replace(b"</w:fonts>", f"{told}</w:fonts>".encode())


def _properties(made: Document) -> None:
    import datetime as dt

    about = made.core_properties
    about.author = about.last_modified_by = "成资同城化合作台账"
    about.title, about.comments, about.keywords = "通报模板", "", ""
    about.created = about.modified = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - the file says UTC
    about.language = "zh-CN"


def _name(tag: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(tag))


def _element(parent: Any, tag: str, **attributes: object) -> Any:
    from docx.oxml import OxmlElement

    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(_name(f"w:{name}"), str(value))
    parent.append(made)
    return made
