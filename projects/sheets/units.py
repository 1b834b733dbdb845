"""The workbook of a unit for a month: pre-filled, to be filled in and brought back.

Row 1 title, row 2 how to fill it in, row 3 headings, row 4 what each column means; then one row
for each report. Column A is the hidden key; the hidden sheet keeps what the cells said when the
workbook was made, so that what a person has edited can be told from what changed meanwhile.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.db.models import TextChoices

from .. import text
from ..choices import CoordinationLevel, DeclaredLight
from ..models import Organisation, Report, Round
from ..models.reports import CONTENT

PAGE, BASE, NOTES = "填报", "_基准", "填表说明"
KEY = "标识（请勿改动）"
HEAD = 3  # the row of the headings, as Excel counts
BASE_COLUMNS = ("key", "name", *CONTENT)
SECRECY = "本系统为非涉密系统，严禁存储、处理、传输涉密信息。"


@dataclass(frozen=True)
class UnitColumn:
    """A column of the workbook: `is_open` to be filled in, else locked."""

    name: str
    heading: str
    definition: str
    width: int
    value: Callable[[Report], Any]
    is_open: bool = False


def _own(name: str, width: int) -> UnitColumn:
    field = Report._meta.get_field(name)
    return UnitColumn(
        name,
        str(field.verbose_name),  # type: ignore[union-attr]
        str(field.help_text),  # type: ignore[union-attr]
        width,
        lambda report: beginning(report)[name],
        True,
    )


def _before(name: str) -> Callable[[Report], Any]:
    return lambda report: getattr(report.before, name) if report.before else None


LOCKED: tuple[UnitColumn, ...] = (
    UnitColumn("code", "编号", "台账编号，请勿改动。", 11, lambda r: r.entry.code),
    UnitColumn("name", "名称", "请勿改动；名称有误请联系同城化局。", 34, lambda r: r.entry.name),
    UnitColumn("state", "当前状态", "台账中的状态。", 12, lambda r: r.entry.status_label),
    UnitColumn("due", "完成时限", "台账中的完成时限。", 12, lambda r: r.entry.written("due")),
    UnitColumn(
        "total", "总投资（万元）", "台账中的总投资。", 14, lambda r: r.entry.total_investment
    ),
    UnitColumn("before", "上期完成百分比", "上期月报所填。", 10, _before("percent")),
    UnitColumn("before_total", "上期累计（万元）", "上期月报所填。", 14, _before("invested_total")),
)
OPEN: tuple[UnitColumn, ...] = (
    _own("progress", 44),
    _own("percent", 10),
    _own("invested_month", 14),
    _own("invested_total", 16),
    _own("problems", 30),
    _own("coordination", 30),
    _own("coordination_level", 14),
    _own("next_step", 34),
    _own("light", 14),
)
#: Columns whose cells are chosen from a list of labels.
CHOSEN: dict[str, type[TextChoices]] = {
    "coordination_level": CoordinationLevel,
    "light": DeclaredLight,
}
COLUMNS = LOCKED + OPEN


def beginning(report: Report) -> dict[str, Any]:
    """What its cells begin with: what is stored, else what is carried over."""
    stored = {name: getattr(report, name) for name in CONTENT}
    return stored if report.is_typed else {**stored, **report.carried()}


def key_of(report: Report) -> str:
    return f"{report.round.period}/{report.entry.code}"


def as_cell(name: str, value: Any) -> str | int | Decimal | None:
    """A value as the workbook shows it: what is chosen by its label, nothing as None."""
    if name in CHOSEN and value:
        return str(CHOSEN[name](value).label)
    return None if value == "" else value


def as_written(name: str, value: Any) -> str:
    """The same as text, for the hidden sheet and for comparison."""
    cell = as_cell(name, value)
    if isinstance(cell, Decimal):
        return text.number(cell)
    return "" if cell is None else str(cell)


def reports_of(round_: Round, unit: Organisation) -> list[Report]:
    """The unit's reports of the month that are not 免报, in the order of their codes."""
    reports = round_.reports.filter(unit=unit).for_rows().order_by("entry__code")
    return [report for report in reports.with_earlier(round_) if not report.is_waived]


def workbook(round_: Round, unit: Organisation) -> bytes:
    """The unit's workbook."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    reports = reports_of(round_, unit)
    _fill_page(book, round_, unit, reports)
    _fill_notes(book)
    _fill_base(book, reports)
    book.close()
    return file.getvalue()


def file_name(round_: Round, unit: Organisation) -> str:
    safe = "".join(c if c not in '\\/:*?"<>|' else "_" for c in unit.name)
    return f"{round_.period}月报-{safe}.xlsx"


def bundle(round_: Round) -> bytes:
    """All units' workbooks in a zip."""
    file = io.BytesIO()
    units = Organisation.objects.filter(reports__round=round_).distinct().order_by("name")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as folder:
        for unit in units:
            folder.writestr(file_name(round_, unit), workbook(round_, unit))
    return file.getvalue()


def _fill_page(book: Any, round_: Round, unit: Organisation, reports: list[Report]) -> None:
    page = book.add_worksheet(PAGE)
    formats = _formats(book)
    page.write_string(
        0, 1, f"{unit}{round_.period.label}同城化重点项目（事项）推进台账", formats["title"]
    )
    page.write_string(
        1,
        1,
        f"请于{round_.due_on:%Y年%m月%d日}前填报，经本单位负责人审定后报送。白色单元格可填，"
        f"灰色的请勿改动；金额单位为万元；没有变化的不用改。{SECRECY}",
        formats["how"],
    )
    page.write_string(HEAD - 1, 0, KEY, formats["head"])
    for number, column in enumerate(COLUMNS, start=1):
        page.set_column(number, number, column.width)
        page.write_string(HEAD - 1, number, column.heading, formats["head"])
        page.write_string(HEAD, number, column.definition, formats["meaning"])
    for row, report in enumerate(reports, start=HEAD + 1):
        page.write_string(row, 0, key_of(report), formats["locked"])
        for number, column in enumerate(COLUMNS, start=1):
            value = as_cell(column.name, column.value(report))
            _write(page, row, number, value, formats["open" if column.is_open else "locked"])
    _guide(page, len(reports))


def _write(page: Any, row: int, number: int, value: Any, form: Any) -> None:
    if value is None or value == "":
        page.write_blank(row, number, None, form)
    elif isinstance(value, int | Decimal):
        page.write_number(row, number, value, form)
    else:
        page.write_string(row, number, str(value), form)


def _formats(book: Any) -> dict[str, Any]:
    cell = {"text_wrap": True, "valign": "top", "border": 1}
    grey = {"bg_color": "#EEF1F4"}
    return {
        "title": book.add_format({"bold": True, "font_size": 16}),
        "how": book.add_format({"font_color": "#5A4A00"}),
        "head": book.add_format({**cell, **grey, "bold": True, "valign": "vcenter"}),
        "meaning": book.add_format({**cell, **grey, "font_size": 9, "font_color": "#444444"}),
        "locked": book.add_format({**cell, **grey}),
        "open": book.add_format({**cell, "locked": False}),
    }


def _guide(page: Any, rows: int) -> None:
    """Drop-downs and limits, locked columns, frozen headings, one page wide in print."""
    page.set_column(0, 0, None, None, {"hidden": True})
    first, last = HEAD + 1, HEAD + max(rows, 1)
    at = {column.name: number for number, column in enumerate(COLUMNS, start=1)}
    for name, choices in CHOSEN.items():
        source = [str(label) for label in choices.labels]
        page.data_validation(
            first, at[name], last, at[name], {"validate": "list", "source": source}
        )
    page.data_validation(
        first,
        at["percent"],
        last,
        at["percent"],
        {
            "validate": "integer",
            "criteria": "between",
            "minimum": 0,
            "maximum": 100,
            "error_title": "完成百分比",
            "error_message": "请填0至100的整数，不写百分号。",
        },
    )
    page.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})
    page.freeze_panes(HEAD + 1, 3)
    page.set_landscape()
    page.set_paper(8)  # A3
    page.fit_to_pages(1, 0)
    page.repeat_rows(HEAD - 1)


def _fill_notes(book: Any) -> None:
    page = book.add_worksheet(NOTES)
    page.set_column(0, 0, 26)
    page.set_column(1, 1, 80)
    bold = book.add_format({"bold": True, "valign": "top"})
    for row, column in enumerate(COLUMNS):
        page.write_string(row, 0, column.heading, bold)
        page.write_string(row, 1, column.definition)


def _fill_base(book: Any, reports: Iterable[Report]) -> None:
    page = book.add_worksheet(BASE)
    for number, name in enumerate(BASE_COLUMNS):
        page.write_string(0, number, name)
    for row, report in enumerate(reports, start=1):
        begin = beginning(report)
        said = [key_of(report), report.entry.name]
        said += [as_written(name, begin[name]) for name in CONTENT]
        for number, written in enumerate(said):
            page.write_string(row, number, written)
    page.very_hidden()
