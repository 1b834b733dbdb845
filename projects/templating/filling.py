"""Placeholders replaced by what they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from .parts import (
    BODY,
    SPACE,
    Paragraph,
    W,
    fit,
    packed,
    paragraphs,
    parsed,
    text_parts,
    unpacked,
    written,
)

HOLE = re.compile(r"\{\{([^{}]*)\}\}")
#: The style of a paragraph of each kind, where the template has one of that name.
STYLES = {"heading": "通报二级标题", "item": "通报条目", "body": "通报正文"}
NOTHING = "无"


@dataclass(frozen=True)
class Para:
    """A paragraph of a part; `kind` is one of `STYLES`."""

    kind: str
    text: str


@dataclass(frozen=True)
class Filling:
    """What stands for the names: lines, the paragraphs of parts, and the rows of tables."""

    lines: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Sequence[Para]] = field(default_factory=dict)
    tables: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)


def fill(template: bytes, filling: Filling) -> bytes:
    """The document; the same template and filling always make the same bytes."""
    members = unpacked(template)
    styles = _styles(members)
    for name, tree in list(text_parts(members)):
        # Lines first: what units have typed into the rest is never read as a name.
        for paragraph in paragraphs(tree):
            _fill_line(paragraph, filling.lines)
        wanted = _parts_wanted(tree, filling) if name == BODY else []
        _fill_rows(tree, filling)
        for paragraph, part in wanted:
            _unfold(paragraph, filling.parts[part], styles)
        members[name] = written(tree)
    return packed(members)


def names_in(text: str) -> list[str]:
    return [name.strip() for name in HOLE.findall(text)]


def _styles(members: Mapping[str, bytes]) -> dict[str, str]:
    """The identifiers of our styles, by kind."""
    if "word/styles.xml" not in members:
        return {}
    tree = parsed(members["word/styles.xml"])
    known = {
        name.get(f"{W}val"): style.get(f"{W}styleId")
        for style in tree.iter(f"{W}style")
        for name in style.iter(f"{W}name")
    }
    return {kind: known[name] for kind, name in STYLES.items() if name in known}


# --- tables -----------------------------------------------------------------------------------


def _fill_rows(tree: Any, filling: Filling) -> None:
    wanted: dict[Any, str] = {}
    for paragraph in paragraphs(tree):
        for name in names_in(paragraph.text):
            table, dot, _ = name.partition(".")
            if dot and paragraph.row is not None:
                wanted[paragraph.row] = table
    for row, table in wanted.items():
        _repeat(row, table, filling.tables.get(table, ()))


def _repeat(row: Any, table: str, lines: Sequence[Mapping[str, str]]) -> None:
    for line in lines:
        copy = deepcopy(row)
        row.addprevious(copy)
        values = {f"{table}.{column}": value for column, value in line.items()}
        _fill_row(copy, values)
    if lines:
        row.getparent().remove(row)
        return
    said = iter([NOTHING])
    for paragraph in paragraphs(row):
        _replace(paragraph, lambda name: next(said, ""))


def _fill_row(row: Any, values: Mapping[str, str]) -> None:
    for paragraph in paragraphs(row):
        _replace(paragraph, values.get)


# --- parts ------------------------------------------------------------------------------------


def _parts_wanted(tree: Any, filling: Filling) -> list[tuple[Paragraph, str]]:
    named = [(p, names_in(p.text)) for p in paragraphs(tree)]
    return [(p, names[0]) for p, names in named if names and names[0] in filling.parts]


def _unfold(paragraph: Paragraph, made: Iterable[Para], styles: Mapping[str, str]) -> None:
    element = paragraph.element
    for para in made:
        copy = deepcopy(element)
        _style(copy, styles.get(para.kind, ""))
        _replace(paragraphs(copy)[0], dict.fromkeys(names_in(paragraph.text), para.text).get)
        element.addprevious(copy)
    element.getparent().remove(element)


def _style(element: Any, style: str) -> None:
    """That style in place of the paragraph's own, and of what it said beside its style."""
    if not style:
        return
    properties = element.find(f"{W}pPr")
    if properties is not None:
        element.remove(properties)
    properties = element.makeelement(f"{W}pPr", nsmap=element.nsmap)
    name = properties.makeelement(f"{W}pStyle", {f"{W}val": style})
    properties.append(name)
    element.insert(0, properties)
    for run in list(element.iter(f"{W}rPr")):
        run.getparent().remove(run)


# --- lines ------------------------------------------------------------------------------------


def _fill_line(paragraph: Paragraph, lines: Mapping[str, str]) -> None:
    """A paragraph of nothing but names that stand for nothing goes; in a cell it stays empty."""
    names = names_in(paragraph.text)
    if not names:
        return
    is_alone = not HOLE.sub("", paragraph.text).strip()
    is_empty = not any(lines.get(name, name) for name in names)
    if is_alone and is_empty and _may_go(paragraph.element):
        paragraph.element.getparent().remove(paragraph.element)
        return
    _replace(paragraph, lines.get)


def _may_go(element: Any) -> bool:
    """It neither ends a section nor is the last paragraph of its home."""
    if next(element.iter(f"{W}sectPr"), None) is not None:
        return False
    return sum(1 for child in element.getparent() if child.tag == f"{W}p") > 1


def _replace(paragraph: Paragraph, value_of: Callable[[str], str | None]) -> None:
    """Replace the names; what stands for one goes where its first brace stood.

    Word cuts a text into runs wherever it likes, also inside of a name.
    """
    for found in reversed(list(HOLE.finditer(paragraph.text))):
        said = value_of(found.group(1).strip())
        if said is not None:
            _put(paragraph.texts, found.start(), found.end(), fit(said))
    for node in paragraph.texts:
        _break_lines(node)


def _put(nodes: Sequence[Any], start: int, end: int, said: str) -> None:
    at = 0
    for node in nodes:
        text = node.text or ""
        first, last = max(start - at, 0), min(end - at, len(text))
        at += len(text)
        if first < len(text) and last > 0 and first < last:
            is_first = start >= at - len(text)
            node.text = text[:first] + (said if is_first else "") + text[last:]
            node.set(SPACE, "preserve")


def _break_lines(node: Any) -> None:
    first, *others = (node.text or "").split("\n")
    if not others:
        return
    node.text = first
    last = node
    for line in others:
        for tag, text in ((f"{W}br", None), (f"{W}t", line)):
            made = node.makeelement(tag)
            if text is not None:
                made.text = text
                made.set(SPACE, "preserve")
            last.addnext(made)
            last = made
