"""How the headings of other ledgers are recognised, and the unit that they name."""

from __future__ import annotations

import re
from functools import cache

from .. import text
from ..choices import Ledger
from ..intake import Cell
from .fields import targets_of


def folded(heading: Cell) -> str:
    """A heading as it is recognised: without blanks, width, and what it says of its unit."""
    bare = text.searchable("" if heading is None else str(heading))
    return _UNIT.sub("", bare).strip("*:")


#: The unit of a heading's numbers: `总投资（亿元）`, `总投资/万元`.
_UNIT = re.compile(r"[(/,:]*(?:单位[:：]?)?(?<![美港日欧英十百千万亿])(亿元|万元|元)\)?$")
_MONEY = re.compile(r"(元|美金|usd|rmb)\)?$")


def unit_of(heading: Cell) -> str:
    """`万元`, `亿元`, `元`, or empty when the heading names none."""
    found = _UNIT.search(text.searchable("" if heading is None else str(heading)))
    return found[1] if found else ""


def has_other_unit(heading: Cell) -> bool:
    """Does the heading name a unit of money that is not ours (美元, 百万元)?"""
    said = text.searchable("" if heading is None else str(heading))
    return bool(_MONEY.search(said)) and not unit_of(heading)


@cache
def headings_of(ledger: Ledger) -> dict[str, str]:
    """Our column by every heading that is known for it, folded; our own headings first."""
    targets = targets_of(ledger).values()
    known = {folded(word): t.name for t in targets for word in reversed(t.synonyms)}
    own = {folded(t.heading): t.name for t in targets}
    return {word: name for word, name in known.items() if word not in own} | own
