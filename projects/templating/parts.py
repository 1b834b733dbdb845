"""The parts of a .docx that hold text, and the paragraphs in them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..archives import BROKEN_ZIP

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
BODY = "word/document.xml"
_TEXT_PARTS = re.compile(r"word/(?:document|header\d*|footer\d*)\.xml")
#: Of no day: the same data make the same bytes.
LONG_AGO = (1980, 1, 1, 0, 0, 0)
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_UNFIT = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Broken(ValueError):
    """Not a .docx that can be read; its text says why."""


def unpacked(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {member.filename: archive.read(member) for member in archive.infolist()}
    except BROKEN_ZIP:
        raise Broken("文件已损坏，不能作为Word文档打开。") from None


def packed(members: Mapping[str, bytes]) -> bytes:
    """A zip archive of these, in their order and without the time of its making."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, LONG_AGO)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 0
            archive.writestr(info, content)
    return made.getvalue()


def parsed(content: bytes) -> Any:
    """The tree of a part. Raises `Broken`; entities are never resolved, nothing is fetched."""
    from lxml import etree  # heavy, and for briefs alone

    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Broken("文件内部含有文档类型声明，请用Word或WPS重新保存。")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise Broken("文件内部的文字不能读出，请用Word或WPS重新保存。") from None


def written(tree: Any) -> bytes:
    from lxml import etree

    made: bytes = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
    return made


def text_parts(members: Mapping[str, bytes]) -> Iterator[tuple[str, Any]]:
    """Name and tree of body, headers and footers; the body first."""
    names = [name for name in members if _TEXT_PARTS.fullmatch(name)]
    for name in sorted(names, key=lambda name: (name != BODY, name)):
        yield name, parsed(members[name])


@dataclass(frozen=True)
class Paragraph:
    """One w:p with the w:t that are its own; a text box in it has paragraphs of its own."""

    element: Any
    texts: tuple[Any, ...]

    @property
    def text(self) -> str:
        return "".join(node.text or "" for node in self.texts)

    @property
    def row(self) -> Any:
        """The row of a table that it stands in; None in the open."""
        return next(self.element.iterancestors(f"{W}tr"), None)


def paragraphs(tree: Any) -> list[Paragraph]:
    found: dict[Any, list[Any]] = {element: [] for element in tree.iter(f"{W}p")}
    for node in tree.iter(f"{W}t"):
        home = next(node.iterancestors(f"{W}p"), None)
        if home in found:
            found[home].append(node)
    return [Paragraph(element, tuple(texts)) for element, texts in found.items()]


def fit(text: str) -> str:
    """Without what XML cannot hold."""
    return _UNFIT.sub("", text)
