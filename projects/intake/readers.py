"""What hears the elements of one part of a workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from .limits import CHARACTERS
from .refusals import Bad

#: Transitional, which everybody writes, and strict.
_MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
Starts: TypeAlias = dict[str, Callable[[dict[str, str]], None]]
Ends: TypeAlias = dict[str, Callable[[], None]]


class Reader:
    """Hears one part of a workbook: `starts` and `ends` by the names of the elements."""

    def __init__(self) -> None:
        self.starts: Starts = {}
        self.ends: Ends = {}
        self.pieces: list[str] = []
        self.length = 0
        self.is_open = self.is_aid = False

    def hear(self, starts: Starts, ends: Ends | None = None, spaces: Iterable[str] = _MAIN) -> None:
        for space in spaces:
            self.starts |= {f"{space} {word}": handler for word, handler in starts.items()}
            self.ends |= {f"{space} {word}": handler for word, handler in (ends or {}).items()}

    def hear_text(self) -> None:
        """Texts, without the reading aid that may stand above Chinese or Japanese."""
        self.hear({"t": self.open, "rPh": self.aid}, {"t": self.close, "rPh": self.aid_end})

    def characters(self, piece: str) -> None:
        if self.is_open and not self.is_aid:
            self.pieces.append(piece)
            self.length += len(piece)
            if self.length > 8 * CHARACTERS:  # seven for a character that is escaped
                raise Bad(f"中有一格超过{CHARACTERS}字，请缩短后重新上传。")

    def open(self, _: dict[str, str]) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def aid(self, _: dict[str, str]) -> None:
        self.is_aid = True

    def aid_end(self) -> None:
        self.is_aid = False

    def collected(self) -> str:
        """The characters since the last time."""
        joined = "".join(self.pieces)
        self.pieces.clear()
        self.length = 0
        return joined
