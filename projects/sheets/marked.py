"""The same workbook with its problems marked in their cells."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import xlsxwriter

from ..intake import Cell, Grid
from ..writing import shown
from .plans import Plan, PlannedRow, Verdict

LIST = "问题清单"


def workbook(pages: Iterable[tuple[str, Grid]], plan: Plan) -> bytes:
    """Each page (file name and sheet) with a verdict for each row and each problem as a comment."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False})
    formats = {
        "bad": book.add_format({"bg_color": "#F9D9D9", "text_wrap": True, "valign": "top"}),
        "edited": book.add_format({"bg_color": "#FFF3CC", "text_wrap": True, "valign": "top"}),
        "plain": book.add_format({"text_wrap": True, "valign": "top"}),
        "head": book.add_format({"bold": True}),
    }
    _list(book, plan, formats)
    for number, (name, grid) in enumerate(pages, start=1):
        _page(book, number, grid, [r for r in plan.rows if r.file == name], formats)
    book.close()
    return made.getvalue()


def _list(book: Any, plan: Plan, formats: dict[str, Any]) -> None:
    page = book.add_worksheet(LIST)
    page.set_column(0, 0, 30)
    page.set_column(1, 2, 12)
    page.set_column(3, 3, 100)
    for number, heading in enumerate(("文件", "行", "列", "问题")):
        page.write_string(0, number, heading, formats["head"])
    for row, problem in enumerate(plan.problems, start=1):
        page.write_string(row, 0, problem.file)
        page.write_string(row, 1, str(problem.row or ""))
        page.write_string(row, 2, problem.heading)
        page.write_string(row, 3, problem.sentence, formats["plain"])


def _page(
    book: Any, number: int, grid: Grid, planned_rows: list[PlannedRow], formats: dict[str, Any]
) -> None:
    page = book.add_worksheet(f"表{number}")
    page.write_string(0, len(grid.rows[0]) if grid.rows else 0, "核对结果", formats["head"])
    rows = {row.row: row for row in planned_rows}
    for index, row in enumerate(grid.rows):
        planned = rows.get(index + 1)
        bad = {p.column: p.sentence for p in planned.problems} if planned else {}
        for column, cell in enumerate(row):
            _write(page, index, column, cell, formats["bad" if column in bad else "plain"])
        for column, sentence in bad.items():
            page.write_comment(index, column, sentence, {"x_scale": 2})
        if planned:
            form = "bad" if planned.verdict in (Verdict.REFUSED, Verdict.CONFLICT) else "plain"
            said = planned.label + "".join(f"；{s}" for s in bad.values())
            page.write_string(index, len(row), said, formats[form])


def _write(page: Any, row: int, column: int, cell: Cell, form: Any) -> None:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        page.write_number(row, column, cell, form)
    elif cell is not None:
        written = cell if isinstance(cell, str) else shown(cell)
        page.write_string(row, column, written, form)
