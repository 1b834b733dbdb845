"""The columns of the ledgers, declared once for screen, CSV and XLSX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .choices import Ledger, Light, Precision, Qualifier
from .columns import Column, Kind
from .models import LedgerEntry
from .periods import PartialDate


def _date(prefix: str) -> Callable[[Any], PartialDate | None]:
    def value(entry: Any) -> PartialDate | None:
        day = getattr(entry, f"{prefix}_on")
        return PartialDate(day, Precision(getattr(entry, f"{prefix}_precision"))) if day else None

    return value


def _attribute(name: str) -> Callable[[Any], Any]:
    return lambda entry: getattr(entry, name)


def _display(name: str) -> Callable[[Any], str]:
    return lambda entry: str(getattr(entry, f"get_{name}_display")())


def _names(records: Any, order: str) -> str:
    """Sorted here, and so alike whatever the database's collation."""
    ordered = sorted(records.all(), key=lambda record: str(getattr(record, order)))
    return "、".join(str(record) for record in ordered)


def _code_of(name: str) -> Callable[[Any], str]:
    """The code of a linked entry, without a query for each row."""
    return lambda entry: getattr(getattr(entry, name), "code", "")


def _help(name: str) -> str:
    return str(LedgerEntry._meta.get_field(name).help_text)  # type: ignore[union-attr]


def _light(entry: Any) -> str:
    return str(Light(entry.light).label)


AGREEMENTS, ITEMS = (Ledger.AGREEMENTS,), (Ledger.ITEMS,)
INDUSTRIAL, INFRASTRUCTURE = (Ledger.INDUSTRIAL,), (Ledger.INFRASTRUCTURE,)
PROJECTS = INDUSTRIAL + INFRASTRUCTURE

COLUMNS: tuple[Column, ...] = (
    Column(
        "code",
        "编号",
        "台账内唯一，登记后不再更改。",
        _attribute("code"),
        Kind.CODE,
        "code",
        True,
        width=11,
    ),
    Column(
        "ledger",
        "台账",
        "条目所在的台账；四本台账分别计数，不相加。",
        _display("ledger"),
        sort="ledger",
        width=20,
    ),
    Column(
        "name",
        "名称",
        "条目名称；示例数据在名称中注明。",
        _attribute("name"),
        Kind.PROSE,
        "name",
        True,
        width=40,
    ),
    Column("aliases", "别名（曾用名）", _help("aliases"), _attribute("aliases"), width=20),
    Column(
        "sector",
        "领域",
        "按通报板块划分的领域。",
        lambda e: e.sector.name,
        sort="sector",
        on_screen=True,
    ),
    Column(
        "regions",
        "涉及地区",
        "可涉及多地；按地区计数有重叠，不相加。",
        lambda e: _names(e.regions, "code"),
        on_screen=True,
        width=24,
    ),
    Column(
        "lead",
        "牵头单位",
        _help("lead"),
        lambda e: e.lead.name if e.lead else "",
        sort="lead",
        on_screen=True,
        width=24,
    ),
    Column(
        "partners",
        "责任（配合）单位",
        "配合推进的单位。",
        lambda e: _names(e.partners, "name"),
        width=30,
    ),
    Column(
        "responsible_person", "责任人", "单位内的具体负责人。", _attribute("responsible_person")
    ),
    Column("contact_leader", "联系市领导", "联系该条目的市领导。", _attribute("contact_leader")),
    Column("task_force", "专项组", "所属专项推进组。", _attribute("task_force")),
    Column(
        "status",
        "状态",
        "本台账流程中的当前环节。",
        lambda e: e.status_label,
        sort="status",
        on_screen=True,
    ),
    Column(
        "phase",
        "阶段",
        "各台账可比的阶段：未启动、前期推进、实施中、已完成、已停止。",
        lambda e: e.phase.label,
    ),
    Column(
        "stage",
        "官方阶段",
        "谋划储备、加快前期、建设实施、竣工投用。",
        lambda e: e.stage,
        ledgers=INFRASTRUCTURE,
    ),
    Column(
        "light",
        "亮灯",
        "按亮灯规则，取时限、进度、报送三项中最差的；已完成、已停止、待更新或不能判断的为灰。",
        _light,
        sort="light",
        on_screen=True,
        width=8,
        width_on_screen=20,  # with its reason
    ),
    Column(
        "light_reason",
        "亮灯原因",
        "亮灯所依据的数值；未填而不能判断的写明缺什么。",
        lambda e: e.lit.reason,
        Kind.PROSE,
        width=40,
    ),
    Column(
        "declared_light",
        "申报亮灯",
        "牵头单位在最近一次采纳的月报中申报的灯。",
        _display("declared_light"),
        width=12,
    ),
    Column(
        "parties",
        "签约各方",
        "签署协议的各方。",
        _attribute("parties"),
        ledgers=AGREEMENTS,
        width=30,
    ),
    Column(
        "signed",
        "签署日期",
        "协议签署的日期。",
        _date("signed"),
        Kind.DATE,
        on_screen=True,
        ledgers=AGREEMENTS,
    ),
    Column(
        "valid_until",
        "有效期至",
        "协议有效的最后一日。",
        _date("valid_until"),
        Kind.DATE,
        "expires",
        ledgers=AGREEMENTS,
    ),
    Column(
        "filing_number",
        "备案号",
        "协议备案的编号。",
        _attribute("filing_number"),
        Kind.CODE,
        ledgers=AGREEMENTS,
    ),
    Column(
        "agreement",
        "来源协议",
        "事项出自哪份协议（编号）。",
        _code_of("agreement"),
        Kind.CODE,
        ledgers=ITEMS,
    ),
    Column(
        "annual_target",
        "年度目标",
        "本年度要达到的目标。",
        _attribute("annual_target"),
        Kind.PROSE,
        ledgers=ITEMS,
    ),
    Column(
        "item",
        "所属事项",
        "项目所属的合作事项（编号）。",
        _code_of("item"),
        Kind.CODE,
        ledgers=PROJECTS,
    ),
    Column(
        "investor",
        "投资主体",
        "出资建设的企业或机构。",
        _attribute("investor"),
        ledgers=INDUSTRIAL,
        width=24,
    ),
    Column("industry", "产业门类", "项目所属产业。", _attribute("industry"), ledgers=INDUSTRIAL),
    Column("site", "落户园区", "项目所在园区。", _attribute("site"), ledgers=INDUSTRIAL, width=20),
    Column(
        "scale",
        "建设规模",
        "例如里程、站数、供水量。",
        _attribute("scale"),
        ledgers=INFRASTRUCTURE,
        width=24,
    ),
    Column(
        "construction_nature",
        "建设性质",
        "新建、改建、扩建。",
        _attribute("construction_nature"),
        ledgers=INFRASTRUCTURE,
    ),
    Column(
        "approval_number",
        "立项文号",
        "立项批复的文号。",
        _attribute("approval_number"),
        Kind.CODE,
        ledgers=INFRASTRUCTURE,
    ),
    Column(
        "planned_start",
        "计划开始",
        "计划开始的日期。",
        _date("planned_start"),
        Kind.DATE,
        "planned_start",
    ),
    Column(
        "due",
        "完成时限",
        "应当完成的日期；只知年月的写到年月。",
        _date("due"),
        Kind.DATE,
        "due",
        True,
    ),
    Column(
        "due_first",
        "原定时限",
        "最初登记的完成时限（登记有误的，以更正后的为准）。",
        lambda e: PartialDate(e.due_first_on, Precision.DAY) if e.due_first_on else None,
        Kind.DATE,
    ),
    Column(
        "moves",
        "时限调整次数",
        "完成时限登记后调整过几次，更正不计。",
        _attribute("due_moves"),
        Kind.INTEGER,
        "moves",
        width=8,
    ),
    Column(
        "slip",
        "累计推迟天数",
        "现时限比原定时限推迟几天，提前为负；未调整的为空。",
        _attribute("due_slip"),
        Kind.INTEGER,
        "slip",
        width=8,
    ),
    Column(
        "started", "实际开始", "实际启动（开工）的日期。", _date("started"), Kind.DATE, "started"
    ),
    Column("finished", "实际完成", "实际完成的日期。", _date("finished"), Kind.DATE, "finished"),
    Column(
        "percent",
        "完成百分比",
        "0至100的整数；空白为不清楚，不是0。",
        _attribute("percent_complete"),
        Kind.INTEGER,
        "percent",
        True,
        width=10,
    ),
    Column(
        "total_investment",
        "总投资（万元）",
        "最近一次登记的总投资，单位万元。",
        _attribute("total_investment"),
        Kind.MONEY,
        "total_investment",
    ),
    Column(
        "total_investment_basis",
        "投资口径",
        "估算、概算、决算或协议额。",
        _display("total_investment_basis"),
    ),
    Column(
        "total_investment_qualifier",
        "投资限定",
        "原数带“余”“约”的照录。",
        lambda e: (
            Qualifier(e.total_investment_qualifier).label if e.total_investment_qualifier else ""
        ),
        width=8,
    ),
    Column(
        "description",
        "主要内容",
        "协议内容、工作内容或建设内容。",
        _attribute("description"),
        Kind.PROSE,
        width=40,
    ),
    Column("progress", "形象进度", _help("progress"), _attribute("progress"), Kind.PROSE, width=40),
    Column(
        "next_step", "下一步工作", "下一步工作安排。", _attribute("next_step"), Kind.PROSE, width=30
    ),
    Column(
        "provenance",
        "数据来源",
        "文章载明、公开资料、录入或示例。",
        _display("provenance"),
        sort="provenance",
        width=10,
    ),
    Column(
        "source_note", "来源说明", "数据出处。", _attribute("source_note"), Kind.PROSE, width=30
    ),
    Column(
        "data",
        "数据截止日期",
        "本行数据反映哪一天（月、年）的情况。",
        _date("data"),
        Kind.DATE,
        "data",
    ),
    Column(
        "awaits_update",
        "待更新",
        "沿用公开资料，本局尚未核实更新。",
        lambda e: "是" if e.awaits_update else "否",
        width=8,
    ),
    Column("remarks", "备注", "其他需要说明的情况。", _attribute("remarks"), Kind.PROSE, width=20),
    Column(
        "updated",
        "更新时间",
        "本条目最后一次变更登记的时间。",
        _attribute("updated_at"),
        Kind.MOMENT,
        "updated",
        width=17,
    ),
    Column(
        "version",
        "版本",
        "本条目的变更次数，可与变更记录核对。",
        _attribute("version"),
        Kind.INTEGER,
        width=6,
    ),
)


#: An entry is known by them: a row leads to it, and a file is proved by them row by row.
ALWAYS_SHOWN = ("code", "name")


def columns_of(ledger: Ledger | None) -> tuple[Column, ...]:
    """The columns of one ledger; of the list of all four, those they share."""
    return tuple(
        column
        for column in COLUMNS
        if (column.ledgers is None or (ledger in column.ledgers))
        and not (ledger is not None and column.name == "ledger")
    )


def screen_columns(ledger: Ledger | None, sort: str = "") -> tuple[Column, ...]:
    """The columns a list shows, that by which it is sorted among them.

    The list of all four also says which ledger.
    """
    by = sort.removeprefix("-")
    return tuple(
        column
        for column in columns_of(ledger)
        if column.on_screen
        or (ledger is None and column.name == "ledger")
        or (by and column.sort == by)
    )
