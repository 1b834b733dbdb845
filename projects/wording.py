"""The words of a brief: the names that stand for figures in its text, and the text in pieces.

Pure. In what the office writes, `{合作事项_总数}` stands for a figure of the frozen month; the
figure itself is nowhere typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from .choices import BriefSection, CoordinationLevel, Ledger, Light, MatterKind, Phase, SectorField

NAME = re.compile(r"\{([^{}\n]*)\}")
#: What follows the name of a count and stands for its difference, in words.
CHANGE = "_变化"
#: What a field is called, and the part of the text that is about it.
FIELD_SECTIONS = {
    SectorField.MECHANISM: BriefSection.MECHANISM,
    SectorField.INFRASTRUCTURE: BriefSection.INFRASTRUCTURE,
    SectorField.INDUSTRY: BriefSection.INDUSTRY,
    SectorField.PUBLIC_SERVICE: BriefSection.PUBLIC_SERVICE,
    SectorField.ECOLOGY: BriefSection.ECOLOGY,
}
FOLLOWED = (MatterKind.PROBLEM, MatterKind.DECISION, MatterKind.SLIP)
REPORTS = ("列入", "按期", "逾期", "未报", "免报")
MONEY_LEDGERS = (Ledger.INDUSTRIAL, Ledger.INFRASTRUCTURE)
AMOUNTS = ("年度计划投资", "年度累计完成投资", "年度投资完成率", "超欠时间进度")
FACTS = ("期间", "数据截止", "报送月份", "报送截止", "下期报送截止", "时间进度")


def _ledger_names(ledger: Ledger) -> Iterator[str]:
    yield f"{ledger.label}_总数"
    if ledger == Ledger.AGREEMENTS:
        yield f"{ledger.label}_已签署"
    if ledger == Ledger.ITEMS:
        yield f"{ledger.label}_已启动"
    for word in (*Phase, *Light):
        yield f"{ledger.label}_{word.label}"
    yield f"{ledger.label}_滞后逾期"


def _matter_names() -> Iterator[str]:
    for kind in FOLLOWED:
        yield f"{kind.label}_办理中"
        yield f"{kind.label}_逾期"
        yield f"{kind.label}_待销号"
    for level in CoordinationLevel:
        yield f"问题_{level.label}"


def groups() -> list[tuple[str, list[str]]]:
    """All names, by what they are about, in the order of the palette."""
    found: list[tuple[str, list[str]]] = [("时间", list(FACTS))]
    for ledger in Ledger:
        names = [name for count in _ledger_names(ledger) for name in (count, count + CHANGE)]
        if ledger == Ledger.ITEMS:
            names.append(f"{ledger.label}_启动占比")
        if ledger in MONEY_LEDGERS:
            names += [f"{ledger.label}_{amount}" for amount in AMOUNTS]
        found.append((ledger.label, names))
    for field in SectorField:
        counts = [f"{field.label}_{ledger.label}" for ledger in Ledger]
        names = [name for count in counts for name in (count, count + CHANGE)]
        found.append((f"分领域：{field.label}", [*names, f"{field.label}_状态变动"]))
    matters = [name for count in _matter_names() for name in (count, count + CHANGE)]
    found.append(("问题与督办", matters))
    found.append(("报送", [f"报送_{word}" for word in REPORTS]))
    return found


NAMES = frozenset(name for _, names in groups() for name in names)


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """The text in order: (`text`, words) and (`name`, what stands between braces)."""
    at = 0
    for found in NAME.finditer(text):
        if found.start() > at:
            yield "text", text[at : found.start()]
        yield "name", found.group(1).strip()
        at = found.end()
    if at < len(text):
        yield "text", text[at:]


def problems(texts: dict[str, str]) -> list[str]:
    """Everything that is wrong with the placeholders of these texts, each with its place."""
    found = []
    for section in BriefSection:
        for number, line in enumerate(texts.get(section, "").split("\n"), start=1):
            found += [f"“{section.label}”第{number}段：{told}" for told in _faults(line)]
    return found


def _faults(line: str) -> Iterator[str]:
    for kind, said in pieces(line):
        if kind == "text" and ("{" in said or "}" in said):
            yield "有不成对的花括号，数字的代号请写成 {合作事项_总数} 的样子。"
        elif kind == "name" and said not in NAMES:
            yield f"没有代号“{{{said}}}”{near(said, NAMES)}。"


def near(name: str, known: Iterable[str]) -> str:
    """The names that somebody may have meant; else where all of them stand."""
    alike = get_close_matches(name, sorted(known), n=3, cutoff=0.8)
    if not alike:
        return "，可用的代号见本页所列"
    return f"，是否为{'、'.join(f'“{one}”' for one in alike)}；可用的代号见本页所列"


# --- what a template may name -----------------------------------------------------------------

#: The tables of the annexes: their columns, by the name that stands before the dot.
TABLES: dict[str, tuple[str, ...]] = {
    "滞后表": (
        *("序号", "编号", "名称", "牵头单位", "亮灯", "滞后原因"),
        *("存在问题", "下一步工作", "需协调事项"),
    ),
    "问题表": (
        *("序号", "编号", "问题", "责任单位", "协调层级"),
        *("办理时限", "办理状态", "最近办理情况"),
    ),
    "投资表": (
        *("序号", "编号", "名称", "牵头单位", "年度计划投资"),
        *("本期完成投资", "年度累计完成投资", "年度投资完成率", "超欠时间进度"),
    ),
    "报送表": ("序号", "单位", "列入", "按期", "逾期", "未报", "免报"),
}
#: The parts of a brief, by the heading of each; a part stands in a paragraph of its own.
PARTS: dict[str, tuple[BriefSection, ...]] = {
    "开头": (BriefSection.OPENING,),
    "总体情况": (BriefSection.OVERALL,),
    "分领域推进情况": tuple(FIELD_SECTIONS.values()),
    "滞后和逾期事项": (BriefSection.LATE,),
    "问题及协调情况": (BriefSection.PROBLEMS,),
    "报送情况": (BriefSection.REPORTING,),
    "下一步工作": (BriefSection.NEXT,),
}
#: Paragraphs that are made, besides the parts.
ANNEX_LIST = "附件说明"
#: Lines around the text, and what is said below each table.
NOTICE_NAME, WARNING_NAME = "保密提示", "提示"
LINES = (
    *("标题", "文号", "主送单位", "发文机关", "成文日期", "签发人"),
    *(NOTICE_NAME, WARNING_NAME),
    *(f"{table}说明" for table in TABLES),
)
BLOCKS = frozenset({*PARTS, ANNEX_LIST})
INLINE = NAMES | frozenset(LINES)
CELLS = frozenset(f"{table}.{column}" for table, columns in TABLES.items() for column in columns)
NOTICE = "本系统为非涉密系统，严禁存储、处理、传输涉密信息。"
