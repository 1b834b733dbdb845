"""What all sheets of a workbook share: texts, cell formats, and the room that is left."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from .limits import CELLS, FORMATS
from .readers import Reader
from .refusals import BROKEN, TOO_MANY, Bad


@dataclass
class Shared:
    """What all sheets share: texts, formats, and the room that is left."""

    texts: list[str]
    kinds: dict[str, str | None]
    rows: int = 0
    cells: int = 0


class Strings(Reader):
    """The texts that cells share."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.hear_text()
        self.hear({}, {"si": self.keep})

    def keep(self) -> None:
        self.texts.append(unescaped(self.collected()))
        if len(self.texts) > CELLS:
            raise Bad(TOO_MANY)


DATE, DURATION, PERCENT = "date", "duration", "percent"
_BUILT_IN = {
    **dict.fromkeys(("9", "10"), PERCENT),
    **{str(n): DATE for n in (*range(14, 23), *range(27, 37), 45, 47, *range(50, 59))},
    "46": DURATION,
}
#: Words in quotes, escaped and filling characters, and [colours], but not [h].
_LITERAL = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]|general', re.I | re.S)


class Formats(Reader):
    """What each cell format shows a number as: a date, a duration, per cent or a number."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[str, str] = {}
        self.kinds: dict[str, str | None] = {}
        self.inside = ""
        lists = ("numFmts", "cellStyleXfs", "cellXfs", "dxfs")
        self.hear({word: partial(self.enter, word) for word in lists})
        self.hear({"numFmt": self.code, "xf": self.format})

    def enter(self, word: str, _: dict[str, str]) -> None:
        self.inside = word

    def code(self, said: dict[str, str]) -> None:
        if self.inside == "numFmts":
            self.codes[said.get("numFmtId", "")] = said.get("formatCode", "")

    def format(self, said: dict[str, str]) -> None:
        if self.inside == "cellXfs":
            number = said.get("numFmtId", "0")
            known = number in self.codes
            kind = shown_as(self.codes[number]) if known else _BUILT_IN.get(number)
            self.kinds[str(len(self.kinds))] = kind
        if len(self.kinds) > FORMATS:
            raise Bad(BROKEN)


def shown_as(code: str) -> str | None:
    """What a format code makes of a number: None when it stays one."""
    bare = _LITERAL.sub("", code).lower()
    if re.search(r"\[(h+|m+|s+)\]", bare):
        return DURATION
    if re.search("[dmyhs]", bare):
        return DATE
    return PERCENT if "%" in bare else None


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescaped(written: str) -> str:
    """`_x000D_` is how a workbook writes a character that XML cannot hold."""
    if "_x" not in written:
        return written
    return _ESCAPED.sub(_character, written)


def _character(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return match[0] if 0xD800 <= number <= 0xDFFF else chr(number)
