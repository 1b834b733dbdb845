"""What a brief is made of: pieces with their links, paragraphs, and the tables of the annexes."""

from __future__ import annotations

from dataclasses import dataclass

from ..statistics import Tally


@dataclass(frozen=True)
class Piece:
    """Some words; `tally` where they are a count, `href` where they lead to something else."""

    text: str
    tally: Tally | None = None
    href: str = ""


Cell = Piece


@dataclass(frozen=True)
class Line:
    """A paragraph: `heading` （一）, `body`, or `item` 1."""

    kind: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True)
class Annex:
    """附件: a table; `table` is its name in `wording.TABLES`, `note` stands below it."""

    number: int
    title: str
    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    @property
    def label(self) -> str:
        return f"附件{self.number}"

    @property
    def slug(self) -> str:
        return f"annex-{self.number}"

    @property
    def lines(self) -> list[list[tuple[str, Cell]]]:
        """Each row with the heading of every cell."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


def said(kind: str, *pieces: str | Piece) -> Line:
    return Line(kind, tuple(p if isinstance(p, Piece) else Piece(p) for p in pieces))
