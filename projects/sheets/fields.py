"""What an office's own ledger may tell of an entry: our columns, and how a cell of each is read.

A `Target` is one of our columns with the headings by which other ledgers know it. Its `read` makes
of a cell a value that can be compared with the stored one, or raises ValueError with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models

from .. import text, writing
from ..choices import STATUSES, Basis, Ledger, Qualifier
from ..columns import AGREEMENTS, COLUMNS, INDUSTRIAL, INFRASTRUCTURE, ITEMS
from ..intake import Cell
from ..models import (
    LEDGER_MODELS,
    Agreement,
    CooperationItem,
    LedgerEntry,
    Organisation,
    Region,
    Sector,
)
from ..models.entryfacts import SHARED_DATES
from ..models.fields import validate_one_line, validate_plain_text
from ..periods import PartialDate, written

#: What a cell says: text, a day with its precision, a number, keys.
Value = Any
#: What `writing` has looked at already.
LOOKED_AT = (validate_plain_text, validate_one_line)
REGISTER_UNIT = "请核对写法；确是新单位的，请先在后台“单位”中登记，再重新核对"


class Known:
    """What cells may name, read once for a plan."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.sectors = list(Sector.objects.all())
        self.regions = list(Region.objects.select_related("parent"))
        self.units = list(Organisation.objects.all())
        self.sector_names = _by_name((s, (s.name, s.slug)) for s in self.sectors)
        self.region_names = _by_name((r, _names_of_region(r)) for r in self.regions)
        self.unit_names = _by_name((u, (u.name,)) for u in self.units)
        shorts = _by_name((u, (u.short_name,)) for u in self.units)
        self.unit_names = shorts | self.unit_names  # a full name is stronger than a short one
        self.statuses = {
            text.searchable(word): status
            for status in STATUSES[ledger]
            for word in (status.slug, status.label)
        }

    @cached_property
    def origins(self) -> dict[str, LedgerEntry]:
        """The entries that those of this ledger may come from, by code; code and name alone."""
        model: Any = {Ledger.ITEMS: Agreement}.get(self.ledger, CooperationItem)
        return {entry.code: entry for entry in model.objects.only("code", "name")}

    @cached_property
    def sector_by_key(self) -> dict[Any, Sector]:
        return {sector.pk: sector for sector in self.sectors}

    @cached_property
    def region_by_code(self) -> dict[str, Region]:
        return {region.code: region for region in self.regions}

    @cached_property
    def unit_by_key(self) -> dict[Any, Organisation]:
        return {unit.pk: unit for unit in self.units}

    @cached_property
    def origin_by_key(self) -> dict[Any, LedgerEntry]:
        return {entry.pk: entry for entry in self.origins.values()}


def _by_name(pairs: Iterable[tuple[Any, Iterable[str]]]) -> dict[str, list[Any]]:
    """Records by each name, folded; more than one where a name is not enough."""
    found: dict[str, list[Any]] = {}
    for record, names in pairs:
        for folded in {text.searchable(name) for name in names if name}:
            found.setdefault(folded, []).append(record)
    return found


_FORMER = re.compile(r"([0-9]{6})(?:（([^）]*)）)?")


def _names_of_region(region: Region) -> list[str]:
    """`雁江区`, `资阳市雁江区`, `512002`, and the codes and names that it once had."""
    names = [region.name]
    for code, told in _FORMER.findall(region.former_codes):
        former = told.partition("，")[0]
        names += [code] + ([former] if former.endswith(("县", "区", "市")) else [])
    above = region.parent.name if region.parent else ""
    return [region.code, *names, *(above + name for name in names if above)]


def _one(found: list[Any], said: str, kind: str, way_out: str) -> Any:
    if not found:
        raise ValueError(f"“{writing.shown(said)}”不在{kind}中，{way_out}")
    if len(found) > 1:
        shown = "、".join(str(record) for record in found)
        raise ValueError(f"“{writing.shown(said)}”可以是{shown}，请写全称")
    return found[0]


# --- readers ------------------------------------------------------------------------------------


def is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _sector(cell: Cell, known: Known) -> Value:
    said = writing.line(cell)
    names = "、".join(sector.name for sector in known.sectors)
    return _one(
        known.sector_names.get(text.searchable(said), []), said, "领域", f"请写成其中之一：{names}"
    ).pk


_BETWEEN = re.compile(r"[、,，;；\n]")


def _regions(cell: Cell, known: Known) -> Value:
    codes = []
    for said in _BETWEEN.split(writing.prose(cell)):
        if said.strip():
            found = known.region_names.get(text.searchable(said), [])
            advice = "请写行政区划的全称或代码，多个地区用顿号隔开"
            codes.append(_one(found, said.strip(), "地区", advice).code)
    if not codes:
        raise ValueError(f"“{writing.shown(cell)}”中没有地区，请填写或留空")
    return tuple(sorted(set(codes)))


def unit(said: str, known: Known) -> Any:
    """The key of the unit of that name. Raises ValueError when there is none, or several."""
    return _one(known.unit_names.get(text.searchable(said), []), said, "单位名录", REGISTER_UNIT).pk


def _lead(cell: Cell, known: Known) -> Value:
    """Key of the lead (None: none before a comma), and of those behind it."""
    leads, partners = writing.names(cell)
    if not leads + partners:
        raise ValueError(f"“{writing.shown(cell)}”中没有单位，请填写或留空")
    if len(leads) > 1:
        raise ValueError(
            f"“{writing.shown(cell)}”有{len(leads)}个牵头单位，一个条目只登记1个，"
            "请把其余的写在逗号之后，作为责任（配合）单位"
        )
    keys = [unit(said, known) for said in leads]
    behind = tuple(sorted({unit(said, known) for said in partners}))
    if set(keys) & set(behind):
        raise ValueError(f"“{writing.shown(cell)}”中有同一单位的全称和简称，请删去一个")
    return (keys[0] if keys else None, behind)


def _partners(cell: Cell, known: Known) -> Value:
    leads, partners = writing.names(cell)
    if not leads + partners:
        raise ValueError(f"“{writing.shown(cell)}”中没有单位，请填写或留空")
    return tuple(sorted({unit(said, known) for said in leads + partners}))


def _status(cell: Cell, known: Known) -> Value:
    said = writing.line(cell)
    if found := known.statuses.get(text.searchable(said)):
        return found.slug
    labels = "、".join(status.label for status in STATUSES[known.ledger])
    raise ValueError(f"“{writing.shown(cell)}”不是本台账的状态，请写成其中之一：{labels}")


def _basis(cell: Cell, known: Known) -> Value:
    return _labelled(cell, Basis, "投资口径")


def _qualifier(cell: Cell, known: Known) -> Value:
    return _labelled(cell, Qualifier, "投资限定")


def _labelled(cell: Cell, choices: Any, kind: str) -> str:
    said = writing.line(cell)
    labels = {str(label): str(value) for value, label in choices.choices if value}
    for label, value in labels.items():
        if said in (label, value):
            return value
    raise ValueError(f"“{writing.shown(cell)}”不是{kind}，请写成其中之一：{'、'.join(labels)}")


def _origin(cell: Cell, known: Known) -> Value:
    code = writing.code(cell)
    if code not in known.origins:
        raise ValueError(f"“{writing.shown(cell)}”不在台账中，请先登记该条目，或者改正编号")
    return known.origins[code].pk


def _day(is_last: bool) -> Callable[[Cell, Known], Value]:
    def read(cell: Cell, known: Known) -> Value:
        said: PartialDate = writing.day(cell)
        return (said.last if is_last else said.first, str(said.precision))

    return read


def _percent(cell: Cell, known: Known) -> Value:
    return writing.percent(cell)


def amount(cell: Cell, unit_of_numbers: str) -> tuple[Decimal, str]:
    """In 万元, and its qualifier; refused where a number names no unit and none is chosen."""
    if unit_of_numbers:
        number, qualifier = writing.amount(cell, unit_of_numbers)
        return number, str(qualifier)
    number, qualifier = writing.amount(cell, "万元")
    with_other = None
    with suppress(ValueError):
        with_other = writing.amount(cell, "亿元")[0]
    if with_other != number:
        raise ValueError(
            f"“{writing.shown(cell)}”没有写明单位，请在“列的对应”中选择金额单位，"
            "或写成 12000万元、1.2亿元"
        )
    return number, str(qualifier)


def _refuse_long(cell: Cell, value: str, limit: Any) -> None:
    if len(value) > limit:
        raise ValueError(f"“{writing.shown(cell)}”有{len(value)}个字，最多{limit}个，请缩短")


# --- the table ------------------------------------------------------------------------------------

Read = Callable[[Cell, Known], Value]


@dataclass(frozen=True)
class Target:
    """One of our columns, as a ledger of others may fill it.

    `stored` are the columns of the entry that hold it (none: it lies in other tables).
    """

    name: str
    heading: str
    read: Read
    show: Callable[[Value, Known], str]
    stored: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    ledgers: tuple[Ledger, ...] | None = None
    is_required: bool = False
    #: Cells of which many are alike are read once.
    repeats: bool = True
    note: str = ""
    validators: tuple[Callable[[Any], None], ...] = field(default=(), compare=False)

    def value(self, cell: Cell, known: Known) -> Value:
        """What the cell says. Raises ValueError with the reason."""
        value = self.read(cell, known)
        for validate in self.validators:
            if isinstance(validate, MaxLengthValidator):
                _refuse_long(cell, value, validate.limit_value)
            try:
                validate(value)
            except ValidationError as problem:
                sentence = problem.messages[0].rstrip("。")
                raise ValueError(f"“{writing.shown(cell)}”：{sentence}") from None
        return value

    def now(self, row: dict[str, Any]) -> Value:
        """The stored value, of a row of columns; in the form in which `value` gives it."""
        values = tuple(row[name] for name in self.stored)
        return values if len(values) > 1 else values[0]


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
        _day(dates[name]),
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
        _sector,
        _show_key("sector_by_key"),
        ("sector_id",),
        ("类别/领域", "类别", "所属领域", "合作领域", "领域类别", "板块"),
        is_required=True,
    ),
    Target(
        "regions",
        _HEADINGS["regions"],
        _regions,
        _show_keys("region_by_code"),
        (),
        ("涉及地区（多）", "地区", "所在地区", "涉及区县", "涉及县（市、区）", "建设地点"),
        note="多个地区用顿号隔开，写名称或代码。",
    ),
    Target(
        "lead",
        _HEADINGS["lead"],
        _lead,
        _show_lead,
        ("lead_id",),
        ("牵头责任单位", "牵头部门", "责任单位", "牵头（责任）单位", "主办单位", "实施单位"),
        note="逗号前为牵头单位，逗号后为责任（配合）单位。",
    ),
    Target(
        "partners",
        _HEADINGS["partners"],
        _partners,
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
        _status,
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
        _origin,
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
        _origin,
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
        _percent,
        _plain,
        ("percent_complete",),
        ("完成率", "完成比例", "进度百分比", "总体进度", "完成进度", "完成百分比（%）"),
    ),
    Target(
        "total_investment",
        _HEADINGS["total_investment"],
        lambda cell, known: amount(cell, ""),
        _show_amount,
        ("total_investment", "total_investment_qualifier"),
        ("总投资", "总投资额", "项目总投资", "投资总额", "投资额", "计划总投资"),
        note="没有投资口径的按估算登记。",
    ),
    Target(
        "total_investment_basis",
        _HEADINGS["total_investment_basis"],
        _basis,
        lambda value, known: _label(Basis, value),
        ("total_investment_basis",),
        ("口径", "总投资口径"),
    ),
    Target(
        "total_investment_qualifier",
        _HEADINGS["total_investment_qualifier"],
        _qualifier,
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


def folded(heading: Cell) -> str:
    """A heading as it is recognised: without blanks, width, and what it says of its unit."""
    bare = text.searchable("" if heading is None else str(heading))
    return _UNIT.sub("", bare).strip("*:")


#: The unit of a heading's numbers: `总投资（亿元）`, `总投资/万元`.
_UNIT = re.compile(r"[(/,:]*(?:单位[:：]?)?(?<![美港日欧英十百千万亿])(亿元|万元|元)\)?$")
_MONEY = re.compile(r"(元|美金|usd|rmb)\)?$")


def unit_of(heading: Cell) -> str:
    """`万元`, `亿元`, `元`, or empty when the heading names none."""
    found = _UNIT.search(text.searchable("" if heading is None else str(heading)))
    return found[1] if found else ""


def has_other_unit(heading: Cell) -> bool:
    """Does the heading name a unit of money that is not ours (美元, 百万元)?"""
    said = text.searchable("" if heading is None else str(heading))
    return bool(_MONEY.search(said)) and not unit_of(heading)


@cache
def targets_of(ledger: Ledger) -> dict[str, Target]:
    """The columns that entries of this ledger have."""
    return {t.name: t for t in TARGETS if t.ledgers is None or ledger in t.ledgers}


@cache
def headings_of(ledger: Ledger) -> dict[str, str]:
    """Our column by every heading that is known for it, folded; our own headings first."""
    targets = targets_of(ledger).values()
    known = {folded(word): t.name for t in targets for word in reversed(t.synonyms)}
    own = {folded(t.heading): t.name for t in targets}
    return {word: name for word, name in known.items() if word not in own} | own
