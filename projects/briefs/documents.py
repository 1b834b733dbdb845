"""A bulletin and the words of its issue, as a template asks for them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from ..briefing import Bulletin, bulletin
from ..briefing.parts import Annex
from ..models import Brief, BriefTemplate
from ..templating import Filling, Para, fill
from ..wording import ANNEX_LIST, NAMES, NOTICE, NOTICE_NAME, WARNING_NAME
from .layout import built_in

#: The office that issues briefs.
OFFICE = "资阳市同城化发展工作局"


@dataclass(frozen=True)
class Document:
    """The brief with its bulletin; `content` is the .docx."""

    brief: Brief
    bulletin: Bulletin
    template: BriefTemplate | None

    @cached_property
    def content(self) -> bytes:
        """The same brief and template always make the same bytes."""
        return fill(self.template.read() if self.template else built_in(), self.filling)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def warning(self) -> str:
        return self.bulletin.warning(is_draft=not self.brief.is_issued)

    @property
    def rows(self) -> int:
        """The rows of its annexes."""
        return sum(len(annex.rows) for annex in self.bulletin.annexes)

    @cached_property
    def filling(self) -> Filling:
        parts = {
            part.name: [Para(line.kind, line.text) for line in part.lines]
            for part in self.bulletin.parts
        }
        annexes = self.bulletin.annexes
        parts[ANNEX_LIST] = [Para("body", text) for text in annex_list(annexes)]
        tables = {
            annex.table: [{name: cell.text for name, cell in line} for line in annex.lines]
            for annex in annexes
        }
        return Filling({**self._figures(), **self._lines()}, parts, tables)

    def _figures(self) -> dict[str, str]:
        """Figures that a template names by itself."""
        return {name: self.bulletin.shown(name) for name in NAMES}

    def _lines(self) -> dict[str, str]:
        brief, annexes = self.brief, self.bulletin.annexes
        on = brief.issued_on
        return {
            # An official title is broken between words, the longer line first.
            "标题": self.bulletin.title.replace("推进", "\n推进"),
            "文号": brief.number,
            "主送单位": f"{brief.addressees}：" if brief.addressees else "",
            "发文机关": OFFICE,
            "成文日期": f"{on.year}年{on.month}月{on.day}日" if on else "",
            "签发人": brief.signer,
            NOTICE_NAME: NOTICE,
            WARNING_NAME: f"（{self.warning}）" if self.warning else "",
            **{f"{annex.table}说明": annex.note for annex in annexes},
        }


def document(brief: Brief, template: BriefTemplate | None) -> Document:
    """Of a brief whose month is frozen; None: the built-in template."""
    assert brief.reads is not None
    return Document(brief, bulletin(brief.of, brief.reads, brief.texts), template)


def annex_list(annexes: tuple[Annex, ...]) -> list[str]:
    """附件说明, as it stands below the text: the numbers one below the other."""
    lines = [f"{annex.number}.{annex.title}" for annex in annexes]
    return [f"附件：{lines[0]}", *(f"　　　{line}" for line in lines[1:])] if lines else []
