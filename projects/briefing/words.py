"""The neutral words of a brief, made from its figures, until the office has written its own."""

from __future__ import annotations

from ..choices import BriefSection, CoordinationLevel, Ledger, Light, Phase, SectorField
from ..periods import Month, Period
from ..wording import CHANGE, FIELD_SECTIONS, MONEY_LEDGERS
from .figures import Figure

Figures = dict[str, "Figure | str"]


def span(period: Period) -> str:
    """What a brief of it calls its time."""
    return "本月" if isinstance(period, Month) else "本季度"


def neutral(period: Period, figures: Figures) -> dict[str, str]:
    """A text for each part, with the names of figures in place of the figures."""
    texts = {
        BriefSection.OPENING: _opening(),
        BriefSection.OVERALL: "\n".join(_ledger(ledger, figures) for ledger in Ledger),
        BriefSection.LATE: _late(figures),
        BriefSection.PROBLEMS: _problems(),
        BriefSection.REPORTING: _reporting(),
        BriefSection.NEXT: _next(),
    }
    texts |= {
        section: _field(field, figures, span(period)) for field, section in FIELD_SECTIONS.items()
    }
    return {section: texts[section] for section in BriefSection}


def _opening() -> str:
    return (
        "现将{期间}成资同城化合作台账推进情况通报如下。各项数字截至{数据截止}，"
        "以{报送月份}月报冻结时的台账为准。四本台账分别计数，互不相加。"
    )


def _counted(name: str, ledger: Ledger) -> str:
    return f"{{{name}}}{ledger.measure}"


def _is_comparable(figures: Figures, name: str) -> bool:
    figure = figures.get(name)
    return isinstance(figure, Figure) and figure.before is not None


def _count(figures: Figures, name: str) -> int:
    figure = figures.get(name)
    return figure.tally.count if isinstance(figure, Figure) else 0


def _ledger(ledger: Ledger, figures: Figures) -> str:
    label = ledger.label
    total = f"{label}_总数"
    change = f"，{{{total}{CHANGE}}}" if _is_comparable(figures, total) else ""
    sentences = [f"{label}{_counted(total, ledger)}{change}。{_share(ledger, figures)}"]
    for word, kinds in (("按阶段分，", Phase), ("按亮灯分，", Light)):
        names = [(kind.label, f"{label}_{kind.label}") for kind in kinds]
        shown = [f"{told}{_counted(n, ledger)}" for told, n in names if _count(figures, n)]
        if shown:
            sentences.append(f"{word}{'、'.join(shown)}。")
    return "".join([*sentences, _money(ledger, figures)])


def _share(ledger: Ledger, figures: Figures) -> str:
    """Of the items what was launched, of the agreements what is signed."""
    word = {Ledger.ITEMS: "已启动", Ledger.AGREEMENTS: "已签署"}.get(ledger)
    if word is None:
        return ""
    name = f"{ledger.label}_{word}"
    change = f"，{{{name}{CHANGE}}}" if _is_comparable(figures, name) else ""
    percent = f"，占{{{ledger.label}_启动占比}}" if ledger == Ledger.ITEMS else ""
    return f"其中{word}{_counted(name, ledger)}{percent}{change}。"


def _money(ledger: Ledger, figures: Figures) -> str:
    label = ledger.label
    if ledger not in MONEY_LEDGERS or not figures.get(f"{label}_年度投资完成率"):
        return ""
    return (
        f"有年度计划并已报投资的项目，年度计划投资{{{label}_年度计划投资}}万元，"
        f"年度累计完成投资{{{label}_年度累计完成投资}}万元，"
        f"完成率{{{label}_年度投资完成率}}，{{{label}_超欠时间进度}}（附件3）。"
    )


def _field(field: SectorField, figures: Figures, span: str) -> str:
    names = [(ledger, f"{field.label}_{ledger.label}") for ledger in Ledger]
    shown = [f"{ledger.label}{_counted(n, ledger)}" for ledger, n in names if _count(figures, n)]
    if not shown:
        return "没有列入台账的条目。"
    moved = f"{field.label}_状态变动"
    if moved not in figures:
        return f"{'、'.join(shown)}。"
    return f"{'、'.join(shown)}；{span}状态变动{{{moved}}}条。"


def _late(figures: Figures) -> str:
    names = [(ledger, f"{ledger.label}_滞后逾期") for ledger in Ledger]
    shown = [
        f"{ledger.label}{_counted(name, ledger)}" + _changed(figures, name)
        for ledger, name in names
        if _count(figures, name) or _is_comparable(figures, name)
    ]
    if not any(_count(figures, name) for _, name in names):
        return "没有亮红灯、黄灯的条目。"
    return f"亮红灯、黄灯的条目：{'；'.join(shown)}。逐条情况见附件1。"


def _changed(figures: Figures, name: str) -> str:
    return f"（{{{name}{CHANGE}}}）" if _is_comparable(figures, name) else ""


def _problems() -> str:
    levels = "、".join(f"{level.label}{{问题_{level.label}}}件" for level in CoordinationLevel)
    return (
        "办理中的问题{问题_办理中}件，其中逾期{问题_逾期}件；已提请销号、待确认{问题_待销号}件。"
        f"办理中的问题按协调层级分，{levels}（附件2）。\n"
        "会议议定事项办理中{议定事项_办理中}件，其中逾期{议定事项_逾期}件；"
        "督办单办理中{督办单_办理中}件，其中逾期{督办单_逾期}件。"
    )


def _reporting() -> str:
    return (
        "{报送月份}月报列入应报{报送_列入}条，截止日期{报送截止}。其中按期报送{报送_按期}条，"
        "逾期报送{报送_逾期}条，未报{报送_未报}条，免报{报送_免报}条（附件4）。"
    )


def _next() -> str:
    return (
        "附件1所列条目，由牵头单位按月报所列下一步工作推进；附件2所列问题，由责任单位按办理时限"
        "办理，需要协调的按协调层级提请研究。下期月报请于{下期报送截止}前经本单位主要负责人审定后报送。"
    )
