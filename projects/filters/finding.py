"""What the search box asks for."""

from __future__ import annotations

from ..finding import NAMED
from .fields import AsOfField, WordsField
from .strict import StrictForm, choice


class FindForm(StrictForm):
    """Parameters of `/find/`: a group is listed whole, and no results have pages."""

    page = None  # type: ignore[assignment]

    q = WordsField(label="查找", required=False, max_length=100)
    group = choice("类别", NAMED.items())
    as_of = AsOfField(label="截至", required=False)
