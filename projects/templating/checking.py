"""Everything that keeps a .docx from being a template, each with the place where it stands."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..wording import (
    BLOCKS,
    CELLS,
    INLINE,
    NOTICE,
    NOTICE_NAME,
    TABLES,
    WARNING_NAME,
    near,
)
from .filling import HOLE, Filling, Para, fill, names_in
from .parts import BODY, Broken, Paragraph, W, paragraphs, parsed, text_parts, unpacked

#: Fields that fetch something from elsewhere, or run it.
_FETCHES = re.compile(r"\b(?:INCLUDEPICTURE|INCLUDETEXT|DDE|DDEAUTO|LINK|IMPORT|DATABASE)\b", re.I)
_OUTSIDE = re.compile(rb"TargetMode\s*=\s*[\"']External[\"']", re.I)
SAMPLE = "示例"


def problems(content: bytes) -> list[str]:
    """Empty when the template can be used; else every reason."""
    try:
        members = unpacked(content)
        found = list(_foreign(members))
        for name, tree in text_parts(members):
            found += _part_problems(name, tree)
        found += _missing(members)
    except Broken as reason:
        return [str(reason)]
    return list(dict.fromkeys(found)) or list(_trial(content))


def _foreign(members: Mapping[str, bytes]) -> Iterator[str]:
    if BODY not in members:
        yield "文件中没有正文，不是Word文档（.docx）。"
    if any(name.endswith(".rels") and _OUTSIDE.search(part) for name, part in members.items()):
        yield "模板引用了外部的链接、图片或模板，请改为文字或嵌入的图片后再上传。"
    if any(name.startswith(("word/embeddings/", "word/activeX/")) for name in members):
        yield "模板中嵌有其他文档或控件，请删去后再上传。"
    for name, part in members.items():
        if name.startswith("word/") and name.endswith(".xml"):
            tree = parsed(part)
            codes = "".join(node.text or "" for node in tree.iter(f"{W}instrText"))
            codes += "".join(node.get(f"{W}instr", "") for node in tree.iter(f"{W}fldSimple"))
            if _FETCHES.search(codes):
                yield "模板中有引用其他文件的域，请改为文字后再上传。"
            if next(tree.iter(f"{W}altChunk"), None) is not None:
                yield "模板中嵌有其他文档或控件，请删去后再上传。"


def _part_problems(name: str, tree: Any) -> Iterator[str]:
    for paragraph, place in _places(name, tree):
        text = paragraph.text
        if "{" in text or "}" in text:
            for told in _faults(paragraph, is_body=name == BODY):
                yield f"{place}（“{_excerpt(text)}”）：{told}"


def _places(name: str, tree: Any) -> Iterator[tuple[Paragraph, str]]:
    """The paragraphs, each with its place as a person counts."""
    home = {"d": "正文", "h": "页眉", "f": "页脚"}[name.removeprefix("word/")[0]]
    tables = {table: number for number, table in enumerate(tree.iter(f"{W}tbl"), start=1)}
    number = 0
    for paragraph in paragraphs(tree):
        row = paragraph.row
        if row is None:
            number += 1
            yield paragraph, f"{home}第{number}段"
        else:
            table = next(row.iterancestors(f"{W}tbl"))
            at = [child for child in table if child.tag == f"{W}tr"].index(row) + 1
            yield paragraph, f"{home}第{tables[table]}个表格第{at}行"


def _excerpt(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 30 else f"{text[:30]}…"


def _faults(paragraph: Paragraph, *, is_body: bool) -> Iterator[str]:
    text = paragraph.text
    rest = HOLE.sub("", text)
    if "{%" in rest or "{#" in rest:
        yield "不支持“{%…%}”一类的语句；表格逐行重复的，在该行写“{{滞后表.名称}}”即可。"
    elif "{" in rest or "}" in rest:
        yield "花括号没有成对，代号请写成“{{合作事项_总数}}”的样子。"
    in_row = set() if paragraph.row is None else _tables_of(paragraph.row)
    if len(in_row & TABLES.keys()) > 1:
        yield f"同一行用了几个表的代号（{'、'.join(sorted(in_row))}），一行只能用一个表。"
    for name in names_in(text):
        yield from _name_faults(name, paragraph, is_body=is_body, is_alone=not rest.strip())


def _tables_of(row: Any) -> set[str]:
    names = [name for paragraph in paragraphs(row) for name in names_in(paragraph.text)]
    return {name.partition(".")[0] for name in names if "." in name}


def _name_faults(
    name: str, paragraph: Paragraph, *, is_body: bool, is_alone: bool
) -> Iterator[str]:
    if name in BLOCKS:
        if not is_body or paragraph.row is not None:
            yield f"“{{{{{name}}}}}”是整段文字，只能放在正文中、表格以外。"
        elif not is_alone or len(names_in(paragraph.text)) > 1:
            yield f"“{{{{{name}}}}}”须单独成段，同一段中不能有其他文字。"
    elif name in CELLS:
        if not is_body or paragraph.row is None:
            yield f"“{{{{{name}}}}}”只能放在正文的表格中，所在的行会逐条重复。"
    elif name not in INLINE:
        yield f"没有代号“{{{{{name}}}}}”{near(name, INLINE | BLOCKS | CELLS)}。"


def _missing(members: Mapping[str, bytes]) -> Iterator[str]:
    """What every document has to say: the notice, and that it is a draft or has samples in it."""
    said = "".join(p.text for _, tree in text_parts(members) for p in paragraphs(tree))
    if NOTICE_NAME not in names_in(said) and NOTICE not in said:
        yield f"模板中没有“{{{{{NOTICE_NAME}}}}}”，请在页脚或文末加上。"
    if WARNING_NAME not in names_in(said):
        yield (
            f"模板中没有“{{{{{WARNING_NAME}}}}}”（拟稿和示例数据的提示），请在标题下单独一段加上。"
        )


def _trial(content: bytes) -> Iterator[str]:
    """Fill it with sample words, and open what comes of it."""
    import docx  # heavy, and for this alone

    filled = fill(content, sample())
    try:
        docx.Document(io.BytesIO(filled))
    except Exception:
        yield "按模板试排的文件不能打开，请用Word或WPS重新保存后再上传。"
        return
    for name, part in unpacked(filled).items():
        if name.startswith("word/") and name.endswith(".xml"):
            nodes = parsed(part).iter(f"{W}t")
            if left := names_in("".join(node.text or "" for node in nodes)):
                yield f"代号“{{{{{left[0]}}}}}”在{name}中，不能填写，请移到正文、页眉或页脚。"


def sample() -> Filling:
    """Something for every name, with two rows in each table."""
    return Filling(
        dict.fromkeys(INLINE, SAMPLE),
        {name: [Para(kind, SAMPLE) for kind in ("heading", "body", "item")] for name in BLOCKS},
        {table: [dict.fromkeys(columns, SAMPLE)] * 2 for table, columns in TABLES.items()},
    )
