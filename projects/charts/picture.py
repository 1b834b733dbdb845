"""What every picture is made of: its SVG, the same numbers as a table, and its parts as markup.

A picture is built from numbers that were counted before; nothing here asks the database.
Colours and type come from `charts.css` by class; no element carries a style.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe

from ..statistics import Tally

EMPTY = SafeString("")


@dataclass(frozen=True)
class Point:
    """A value, the words printed for it, and the rows behind it (None: no list counts them)."""

    value: float
    text: str
    rows: Tally | None = None

    @property
    def cell(self) -> Tally | str:
        """What the table shows: the count as a link, unless the words say something else."""
        if self.rows and self.text == str(self.rows.count):
            return self.rows
        return self.text


#: What callers give for a value: a count with its list, any other value, or None where none is.
Given = Tally | Point | None


def as_point(given: Given) -> Point | None:
    return Point(given.count, str(given.count), given) if isinstance(given, Tally) else given


@dataclass(frozen=True)
class TableRow:
    label: str
    cells: tuple[Tally | str, ...]
    href: str = ""


@dataclass(frozen=True)
class Table:
    """`headings` begin with that of the labels."""

    headings: tuple[str, ...] = ()
    rows: tuple[TableRow, ...] = ()


@dataclass(frozen=True)
class Key:
    """A line of the legend: a sample drawn as in the picture, and what it stands for."""

    label: str
    sample: SafeString


@dataclass(frozen=True)
class Picture:
    """Shown by `_partials/_picture.html`. Without anything to draw, `svg` is empty."""

    svg: SafeString
    table: Table
    title: str
    legend: tuple[Key, ...] = ()
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.svg)


# -- markup --------------------------------------------------------------------------------------


def element(name: str, *inside: str, **attributes: object) -> SafeString:
    """An element; `class_` is `class`, `_` is `-`, numbers get one place, None is left out.

    What is inside is escaped unless it is markup already.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_written(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return mark_safe(f"<{name}{given}>{joined(inside)}</{name}>")


def joined(pieces: Sequence[str]) -> SafeString:
    return mark_safe("".join(conditional_escape(piece) for piece in pieces))


def _written(value: object) -> object:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value


def svg(title: str, width: float, height: float, *inside: str, kind: str = "") -> SafeString:
    """A picture of many links; one without any is `role="img"`."""
    body = joined(inside)
    return element(
        "svg",
        element("title", title),
        body,
        class_=f"chart {kind}".strip(),
        viewBox=f"0 0 {_written(float(width))} {_written(float(height))}",
        role="group" if "<a " in body else "img",
        aria_label=title,
        xmlns="http://www.w3.org/2000/svg",
    )


def text(words: str, x: float, y: float, *, class_: str, anchor: str = "start") -> SafeString:
    at = {"text_anchor": anchor} if anchor != "start" else {}
    return element("text", words, class_=class_, x=float(x), y=float(y), **at)


def path(d: str, class_: str, **attributes: object) -> SafeString:
    return element("path", class_=class_, d=d, **attributes)


def rect(x: float, y: float, width: float, height: float, class_: str) -> SafeString:
    return element(
        "rect",
        class_=class_,
        x=float(x),
        y=float(y),
        width=float(width),
        height=float(height),
    )


def link(title: str, rows: Tally | str | None, *inside: str) -> SafeString:
    """The marks as one link to their rows, named by `title`; without a list, only named."""
    named = element("title", title)
    if not rows:
        return element("g", named, *inside, role="img", aria_label=title)
    href = rows if isinstance(rows, str) else rows.href
    count = None if isinstance(rows, str) else rows.count
    return element("a", named, *inside, href=href, data_count=count, aria_label=title)


def number(value: float) -> str:
    """A coordinate inside a path."""
    return f"{value:.1f}".removesuffix(".0")
