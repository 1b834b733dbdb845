"""Pages of the documents whose tables are made from the code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.conf import settings


def written(page: str, mark: str, tables: str, writes: bool) -> str:
    """The tables; or, put below the mark of a page of `docs/`, a sentence that says so."""
    if not writes:
        return tables
    path = settings.BASE_DIR / "docs" / page
    head, _, _ = path.read_text(encoding="utf-8").partition(mark)
    path.write_text(f"{head}{mark}\n\n{tables}\n", encoding="utf-8", newline="\n")
    return f"docs/{page} 已更新。"


def table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    cells = list(heading)
    yield _row(cells)
    yield _row("---" for _ in cells)
    yield from (_row(row) for row in rows)
    yield ""


def _row(cells: Iterable[str]) -> str:
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|"
