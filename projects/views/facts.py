"""A fact on the page of an entry or a matter."""

from __future__ import annotations

from typing import NamedTuple


class Fact(NamedTuple):
    """What `_facts.html` shows: `definition` is the 口径, `href` the board of what is named."""

    label: str
    value: str
    definition: str
    href: str = ""
