"""What text may stand in the ledger (rules: `docs/security.md`, section Text).

Names and remarks are kept in NFC, because NFKC would rewrite Chinese punctuation;
codes and user names are folded further, so that two that look alike are one.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

#: Bidirectional overrides and isolates: they show one text and store another.
BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: Widths that count as half a Chinese character, but for capitals and these.
NARROW, BROAD = frozenset({"Na", "H", "N"}), frozenset("mw@%&")
#: Letters and signs that show nothing, though they are neither blanks nor marks of format.
BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
ZERO_WIDTH = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad")
CODE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*", re.ASCII)
#: A spreadsheet runs such text as a formula; blanks, quotes and invisible marks do not hide it.
FORMULA = re.compile(
    r"[\s'\"\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]*[=+\-@|%\t\r\n\uff1d\uff0b\uff0d\uff20]"
)
LEADING_CONTROL = re.compile(r"[\t\r\n]")
PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)


def forbidden_character(text: str) -> str | None:
    """The first character that may not be stored, as `U+0000`; None when all may."""
    for character in text:
        category = unicodedata.category(character)
        is_control = category == "Cc" and character not in "\t\n"
        is_no_character = ord(character) & 0xFFFE == 0xFFFE
        if is_control or category == "Cs" or character in BIDI or is_no_character:
            return f"U+{ord(character):04X}"
    return None


def is_invisible(text: str) -> bool:
    """Has it characters, and none that is seen?"""
    return bool(text) and all(
        character in BLANK_LETTERS
        or unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp")
        or 0xFE00 <= ord(character) <= 0xFE0F  # they choose how another looks
        for character in text
    )


def plain(text: str) -> str:
    """Names and remarks: NFC, line ends as LF, no blanks at either end."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def code(text: str) -> str:
    """Codes: NFKC, upper case, without blanks and zero-width characters."""
    return unicodedata.normalize("NFKC", _bare(text).upper())


def username(text: str) -> str:
    """User names: NFKC, casefolded, without blanks and zero-width characters."""
    return unicodedata.normalize("NFKC", _bare(text).casefold())


def _bare(text: str) -> str:
    """NFKC without blanks and zero-width characters.

    What those kept apart may now join, and case may take apart: fold and normalize again.
    """
    folded = unicodedata.normalize("NFKC", text)
    return "".join(c for c in folded if not c.isspace() and c not in ZERO_WIDTH)


def searchable(text: str) -> str:
    """The form in which text is searched: NFKC, casefolded, without blanks."""
    return username(text)


def number(value: Decimal, *, apart: bool = False) -> str:
    """An amount without trailing zeros: `1340000`, `12.5`; thousands `apart`: `1,340,000`."""
    written = f"{value:,f}" if apart else f"{value:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def guarded(written: str) -> str:
    """Text that no spreadsheet runs; plain numbers stay as they are."""
    if PLAIN_NUMBER.fullmatch(written):
        return written
    if FORMULA.match(written) or LEADING_CONTROL.match(written):
        return f"'{written}"
    return written


def unguarded(written: str) -> str:
    """Text as it was before `guarded`."""
    return written[1:] if written.startswith("'") and guarded(written[1:]) == written else written


@lru_cache(maxsize=4096)
def pinyin(text: str) -> str:
    """Full pinyin and initials of the Chinese in `text`, for search: `chengzis3xian czs3x`.

    The package is imported on first use: it loads a dictionary of some megabytes.
    """
    from pypinyin import Style, lazy_pinyin

    parts = lazy_pinyin(text, style=Style.NORMAL, errors="default")
    initials, at = [], 0
    for part in parts:
        # A run that has no sound comes back as it stands; else it is the sound of one character.
        is_run = text.startswith(part, at)
        initials.append(part if is_run else part[:1])
        at += len(part) if is_run else 1
    return f"{searchable(''.join(parts))} {searchable(''.join(initials))}"


def fitting(written: str, *, columns: int, lines: int) -> tuple[str, bool]:
    """So much of a text as fills so many lines of so many Chinese characters; and is it cut?

    Letters and digits of half the width count as half a character, capitals and other wide
    letters as a whole one: the type of the sheet is not of one width.
    """
    kept: list[str] = []
    left = lines
    for line in written.split("\n"):
        if left <= 0:
            return "\n".join(kept), True
        if (needed := lines_of(line, columns)) > left:
            return "\n".join([*kept, _beginning(line, columns * left)]), True
        kept.append(line)
        left -= needed
    return written, False


def lines_of(line: str, columns: int) -> int:
    """How many lines of so many Chinese characters it fills; an empty one fills one."""
    return max(1, -(-_width(line) // (2 * columns)))


def _width(line: str) -> int:
    return sum(_half_widths(character) for character in line)


def _half_widths(character: str) -> int:
    is_broad = character.isupper() or character in BROAD
    return 1 if unicodedata.east_asian_width(character) in NARROW and not is_broad else 2


def _beginning(line: str, columns: int) -> str:
    """As much of it as so many Chinese characters are wide, less one for the sign of the cut."""
    wide, kept = 0, ""
    for character in line:
        wide += _half_widths(character)
        if wide > 2 * (columns - 1):
            break
        kept += character
    return kept
