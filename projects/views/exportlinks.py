"""The buttons beside a list by which its rows are taken out as a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class ExportLink:
    """A file at an address; or, when it is long in the making, what a task is begun with."""

    label: str
    href: str
    of: str = ""
    query: str = ""


def export_links(address: Callable[[str], str], query: str, total: int) -> list[ExportLink]:
    """CSV streams from its first row on; a workbook is whole only with its last one."""
    suffix = f"?{query}" if query else ""
    of = address("xlsx").strip("/").removesuffix(".xlsx") if is_long(total) else ""
    return [
        ExportLink("导出 CSV", address("csv") + suffix),
        ExportLink("导出 Excel", address("xlsx") + suffix, of, query if of else ""),
    ]


def is_long(total: int) -> bool:
    return total > settings.LONG_EXPORT_ROWS
