"""What an office's own ledger may tell of an entry: our columns, and how a cell of each is read.

The headings by which other ledgers know a column stand with it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.core.validators import MaxLengthValidator
from django.db import models

from .. import text, writing
from ..choices import Basis, Ledger, Qualifier
from ..ledgercolumns import AGREEMENTS, COLUMNS, INDUSTRIAL, INFRASTRUCTURE, ITEMS
from ..models import LEDGER_MODELS, Agreement, CooperationItem, LedgerEntry
from ..models.entryfacts import SHARED_DATES
from ..models.fields import validate_one_line, validate_plain_text
from ..periods import written
from . import readers
from .known import Known
from .readers import Value
from .targets import Target

#: What `writing` has looked at already.
LOOKED_AT = (validate_plain_text, validate_one_line)

_HEADINGS = {column.name: column.heading for column in COLUMNS}


def _plain(value: Value, known: Known) -> str:
    return "" if value is None else str(value)


def _text(
    model: type[LedgerEntry],
    name: str,
    *synonyms: str,
    ledgers: tuple[Ledger, ...] | None = None,
    is_required: bool = False,
    note: str = "",
) -> Target:
    column: Any = model._meta.get_field(name)
    is_prose = isinstance(column, models.TextField)
    reader = writing.prose if is_prose else writing.line
    return Target(
        name,
        _HEADINGS[name],
        lambda cell, known: reader(cell),
        _plain,
        (name,),
        synonyms,
        ledgers,
        is_required,
        False,
        note,
        tuple(validate for validate in column.validators if validate not in LOOKED_AT),
    )


def _date(name: str, *synonyms: str, ledgers: tuple[Ledger, ...] | None = None) -> Target:
    dates = dict(SHARED_DATES)
    for model in LEDGER_MODELS.values():
        dates |= model.own_dates
    return Target(
        name,
        _HEADINGS[name],
        readers.day_in(dates[name]),
        lambda value, known: written(*value) if value else "",
        (f"{name}_on", f"{name}_precision"),
        synonyms,
        ledgers,
    )


def _show_key(table: str) -> Callable[[Value, Known], str]:
    return lambda value, known: "" if value is None else str(getattr(known, table)[value])


def _show_keys(table: str) -> Callable[[Value, Known], str]:
    def show(value: Value, known: Known) -> str:
        records = getattr(known, table)
        return "、".join(str(records[key]) for key in value)

    return show


def _show_lead(value: Value, known: Known) -> str:
    lead, behind = value
    return _show_key("unit_by_key")(lead, known) + (
        f"，{_show_keys('unit_by_key')(behind, known)}" if behind else ""
    )


def _show_amount(value: Value, known: Known) -> str:
    number, qualifier = value
    return "" if number is None else text.number(number) + _label(Qualifier, qualifier)


def _label(choices: Any, value: str) -> str:
    return str(choices(value).label) if value else ""


#: The columns of an amount, which belong together.
TOTAL = ("total_investment", "total_investment_basis", "total_investment_qualifier")

TARGETS: tuple[Target, ...] = (
    Target(
        "code",
        _HEADINGS["code"],
        lambda cell, known: writing.code(cell),
        _plain,
        ("code",),
        ("项目编号", "事项编号", "协议编号", "条目编号", "台账编号", "项目代码"),
        repeats=False,
        note="按编号找到已有条目；没有编号的按名称。",
        validators=(MaxLengthValidator(LedgerEntry._meta.get_field("code").max_length or 0),),
    ),
    _text(
        LedgerEntry,
        "name",
        *("项目名称", "事项名称", "协议名称", "项目（事项）名称", "合作事项", "合作协议"),
        *("条目名称", "重点项目", "重点事项", "项目（事项）", "合作项目", "工作事项"),
        is_required=True,
    ),
    _text(LedgerEntry, "aliases", "别名", "曾用名", "又名", "简称"),
    Target(
        "sector",
        _HEADINGS["sector"],
        readers.sector,
        _show_key("sector_by_key"),
        ("sector_id",),
        ("类别/领域", "类别", "所属领域", "合作领域", "领域类别", "板块"),
        is_required=True,
    ),
    Target(
        "regions",
        _HEADINGS["regions"],
        readers.regions,
        _show_keys("region_by_code"),
        (),
        ("涉及地区（多）", "地区", "所在地区", "涉及区县", "涉及县（市、区）", "建设地点"),
        note="多个地区用顿号隔开，写名称或代码。",
    ),
    Target(
        "lead",
        _HEADINGS["lead"],
        readers.lead,
        _show_lead,
        ("lead_id",),
        ("牵头责任单位", "牵头部门", "责任单位", "牵头（责任）单位", "主办单位", "实施单位"),
        note="逗号前为牵头单位，逗号后为责任（配合）单位。",
    ),
    Target(
        "partners",
        _HEADINGS["partners"],
        readers.partners,
        _show_keys("unit_by_key"),
        (),
        ("责任(配合)单位", "配合单位", "配合部门", "协办单位", "参与单位", "责任配合单位"),
    ),
    _text(LedgerEntry, "responsible_person", "联系人", "具体责任人", "项目负责人", "负责人"),
    _text(LedgerEntry, "contact_leader", "联系领导", "市领导", "联系市级领导", "分管市领导"),
    _text(LedgerEntry, "task_force", "专项推进组", "专项小组", "推进组"),
    Target(
        "status",
        _HEADINGS["status"],
        readers.status,
        lambda value, known: known.statuses[text.searchable(value)].label,
        ("status",),
        ("当前状态", "当前阶段", "项目状态", "进展状态", "目前阶段"),
        note="只用于新增条目；已有条目的状态只能通过“推进”办理。",
    ),
    _text(Agreement, "parties", "签约方", "签署各方", "签约主体", "签约单位", ledgers=AGREEMENTS),
    _date("signed", "签订日期", "签订时间", "签署时间", "签约时间", ledgers=AGREEMENTS),
    _date("valid_until", "有效期", "有效期限", "到期日期", ledgers=AGREEMENTS),
    _text(Agreement, "filing_number", "备案编号", "备案文号", ledgers=AGREEMENTS),
    Target(
        "agreement",
        _HEADINGS["agreement"],
        readers.origin,
        _show_key("origin_by_key"),
        ("agreement_id",),
        ("来源协议编号", "所属协议", "协议来源"),
        ITEMS,
        note="写协议的编号，例如 XY-0001。",
    ),
    _text(CooperationItem, "annual_target", "本年度目标", "年度工作目标", ledgers=ITEMS),
    Target(
        "item",
        _HEADINGS["item"],
        readers.origin,
        _show_key("origin_by_key"),
        ("item_id",),
        ("所属事项编号", "来源事项"),
        INDUSTRIAL + INFRASTRUCTURE,
        note="写事项的编号，例如 SX-0001。",
    ),
    _text(
        LEDGER_MODELS["industrial"],
        "investor",
        *("投资方", "投资企业", "业主单位", "项目业主"),
        ledgers=INDUSTRIAL,
    ),
    _text(LEDGER_MODELS["industrial"], "industry", "产业类别", "所属产业", ledgers=INDUSTRIAL),
    _text(LEDGER_MODELS["industrial"], "site", "园区", "所在园区", ledgers=INDUSTRIAL),
    _text(LEDGER_MODELS["infrastructure"], "scale", "规模", ledgers=INFRASTRUCTURE),
    _text(LEDGER_MODELS["infrastructure"], "construction_nature", "性质", ledgers=INFRASTRUCTURE),
    _text(
        LEDGER_MODELS["infrastructure"],
        "approval_number",
        *("批复文号", "立项批复文号"),
        ledgers=INFRASTRUCTURE,
    ),
    _date("planned_start", "计划开始时间", "计划开工时间", "计划开工", "计划启动时间"),
    _date("due", "完成时间", "计划完成时间", "计划完工时间", "计划竣工时间", "办结时限", "时限"),
    _date("started", "实际开始时间", "开工时间", "实际开工时间", "启动时间", "开工日期"),
    _date("finished", "实际完成时间", "竣工时间", "完工时间", "办结时间"),
    Target(
        "percent",
        _HEADINGS["percent"],
        readers.percent,
        _plain,
        ("percent_complete",),
        ("完成率", "完成比例", "进度百分比", "总体进度", "完成进度", "完成百分比（%）"),
    ),
    Target(
        "total_investment",
        _HEADINGS["total_investment"],
        lambda cell, known: readers.amount(cell, ""),
        _show_amount,
        ("total_investment", "total_investment_qualifier"),
        ("总投资", "总投资额", "项目总投资", "投资总额", "投资额", "计划总投资"),
        note="没有投资口径的按估算登记。",
    ),
    Target(
        "total_investment_basis",
        _HEADINGS["total_investment_basis"],
        readers.basis,
        lambda value, known: _label(Basis, value),
        ("total_investment_basis",),
        ("口径", "总投资口径"),
    ),
    Target(
        "total_investment_qualifier",
        _HEADINGS["total_investment_qualifier"],
        readers.qualifier,
        lambda value, known: _label(Qualifier, value),
    ),
    _text(
        LedgerEntry,
        "description",
        *("建设内容及规模", "建设内容", "合作内容", "工作内容", "项目内容", "主要建设内容"),
        *("主要建设内容及规模", "事项内容"),
    ),
    _text(LedgerEntry, "progress", "进展情况", "工作进展", "推进情况", "目前进展", "最新进展"),
    _text(LedgerEntry, "next_step", "下一步工作安排", "下步工作", "下一步打算", "下步打算"),
    _text(LedgerEntry, "source_note", "来源", "数据来源说明", "出处"),
    _date("data", "数据日期", "截止日期", "数据截止时间", "更新日期"),
    _text(LedgerEntry, "remarks", "说明"),
)


@cache
def targets_of(ledger: Ledger) -> dict[str, Target]:
    """The columns that entries of this ledger have."""
    return {t.name: t for t in TARGETS if t.ledgers is None or ledger in t.ledgers}
