"""Values as people write them in a sheet: read exactly, or refused, and never guessed.

Each function takes a cell as `intake` reads it. It raises ValueError with the reason in Chinese,
which names the value and the way out, has no full stop, and follows a place that the caller
knows: 「第14行“签署日期”：」+「“31.02.2026”不是日期，请写成 2026-02-28」.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import NoReturn

from . import text
from .choices import Precision, Qualifier
from .intake import Cell, CellError, Percentage
from .periods import EARLIEST, LATEST, PartialDate

#: Full-width letters, digits and signs as the ASCII ones they are; NFKC folds far more (², ①, 年).
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
SHOWN, LONGEST = 40, 100


def shown(cell: Cell) -> str:
    """A cell as it may stand in a message: short, one line, without invisible characters."""
    safe = "".join(c if c.isprintable() else " " for c in _written(cell)).strip()
    return safe if len(safe) <= SHOWN else f"{safe[:SHOWN]}……"


def _written(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, Decimal):
        return text.number(cell)
    if isinstance(cell, dt.datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return "" if cell is None else str(cell)


def _refuse(cell: Cell, reason: str) -> NoReturn:
    raise ValueError(f"“{shown(cell)}”{reason}")


def _filled(cell: Cell) -> Cell:
    """The cell, when it has a value that could be right."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        raise ValueError("没有填写，请填写")
    if isinstance(cell, CellError):
        _refuse(cell, "是表格的错误值，请改成正确的内容")
    if isinstance(cell, bool):
        _refuse(cell, "是逻辑值，请改成文字或数字")
    return cell


def _half_width(written: str) -> str:
    """Cut where no date and no number is so long: patterns take their time with long text."""
    return written.strip().translate(HALF_WIDTH)[:LONGEST]


# --- dates ------------------------------------------------------------------------------------

_OUTSIDE = f"不在 {EARLIEST.isoformat()} 至 {LATEST.isoformat()} 之间，请核对年份"
WRITE_A_DAY = "请写成 2026-02-28；只知道年月的写 2026-02，只知道年的写 2026"
_DOTTED = re.compile(r"[0-9]{4}(?P<sign>[./])[0-9]{1,2}(?:(?P=sign)[0-9]{1,2})?", re.ASCII)
_AROUND = re.compile(r"\s*([年月日])\s*")
_FULL = re.compile(r"[0-9]{4}(-[0-9]{1,2}){0,2}|[0-9]{4}年([0-9]{1,2}月([0-9]{1,2}日)?)?", re.ASCII)


def day(cell: Cell) -> PartialDate:
    """A day, month or year: `2026-3-5`, `2026.3`, `2026/3/5`, `2026年3月`, 2026, a date cell.

    A number is a year or refused: 2026.1 may have been October, 46096 is a date to Excel only.
    """
    cell = _filled(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time.min:
        cell = cell.date()
    if isinstance(cell, dt.datetime | dt.time | dt.timedelta):
        _refuse(cell, f"带有时刻，{WRITE_A_DAY}")
    if isinstance(cell, dt.date):
        if not EARLIEST <= cell <= LATEST:
            _refuse(cell, _OUTSIDE)
        return PartialDate(cell, Precision.DAY)
    if isinstance(cell, str):
        return _day_in_words(cell)
    return _year(cell)


def _year(cell: Cell) -> PartialDate:
    if isinstance(cell, int):
        if EARLIEST.year <= cell <= LATEST.year:
            return _parsed(cell, str(cell))
        _refuse(cell, "是数字，不是日期，请把该格设为日期格式，或写成 2026-02-28")
    if isinstance(cell, Decimal) and EARLIEST.year <= cell <= LATEST.year + 1:
        _refuse(cell, "是数字，表格分不清 2026.1 和 2026.10，请写成 2026-01 或 2026-10")
    _refuse(cell, f"不是日期，{WRITE_A_DAY}")


def _day_in_words(cell: str) -> PartialDate:
    written = _AROUND.sub(r"\1", _half_width(cell))
    if _DOTTED.fullmatch(written):
        written = re.sub("[./]", "-", written)
    if not _FULL.fullmatch(written):
        _refuse(cell, f"不是日期，{WRITE_A_DAY}")
    return _parsed(cell, written)


def _parsed(cell: Cell, written: str) -> PartialDate:
    try:
        return PartialDate.parse(written)
    except ValueError:
        pass
    try:
        year, month, number = [*map(int, re.findall("[0-9]+", written)), 1, 1][:3]
        dt.date(year, month, number)
    except ValueError:
        _refuse(cell, "在日历上不存在，请核对后写成 2026-02-28")
    _refuse(cell, _OUTSIDE)


# --- numbers -------------------------------------------------------------------------------------

#: 万元 in one of each unit, as a power of ten.
UNITS = {"元": -4, "万": 0, "万元": 0, "亿": 4, "亿元": 4}
#: What the ledger's column holds: 12 digits before the point and 4 after it.
TOO_MUCH, PLACES = Decimal(10) ** 12, 4
#: Excel shows fifteen digits; what stands behind them is the noise of its arithmetic.
DIGITS = 15
WRITE_AN_AMOUNT = "请写成 12000、1.2亿元、约1.2亿元或100余万元"
_DIGITS = r"(?:0|[1-9][0-9]{0,19}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,6})(?:\.[0-9]{1,20})?"
_AMOUNT = re.compile(
    rf"(?:人民币)?(?P<about>约)?(?P<number>{_DIGITS})(?P<more>余)?(?P<unit>亿|万)?"
    r"(?P<more_of>余)?(?P<yuan>元)?(?P<more_yuan>余)?",
    re.ASCII,
)
FOREIGN = "带有货币符号或外币，请折合成人民币，写成数字或以“万元”“亿元”结尾"
#: What was meant in the commonest wrong writings, to say so.
_WRONG_AMOUNTS = (
    (re.compile(r"[-−－–]\s*[0-9.,]+\D*"), "是负数，金额不能为负数，请核对"),
    (re.compile(r".*(美元|港元|港币|欧元|日元|英镑|外币|[$€£¥￥]).*"), FOREIGN),
    (re.compile(r".*[0-9][^0-9]*[-−－–~～至到][^0-9]*[0-9].*"), "是一个范围，请只写一个数"),
    (re.compile(r".*[亿万].*[0-9].*"), "用了两个单位，请合写成一个数，例如1亿2000万写成 1.2亿元"),
    (re.compile(r"[^,]*,.*"), "的千分位逗号不对，请写成 12,000 或不写逗号"),
)  # fmt: skip


def amount(cell: Cell, unit: str = "万元") -> tuple[Decimal, Qualifier]:
    """Money in 万元 and its qualifier; `unit` is that of numbers which name none.

    Takes `1.2亿元`, `12,000万元`, `约1.2亿元`, `100余万元`, 12000. Refuses what has more than
    four decimals in 万元; of a number in a cell the first fifteen digits count, as Excel shows.
    """
    cell = _filled(cell)
    if isinstance(cell, int | Decimal):
        return _money(cell, Decimal(f"{Decimal(cell):.{DIGITS}g}"), unit), Qualifier.EXACT
    if not isinstance(cell, str):
        _refuse(cell, f"不是金额，{WRITE_AN_AMOUNT}")
    written = re.sub(r"\s+(?=[亿万余元])|(?<=约)\s+", "", _half_width(cell))
    match = _AMOUNT.fullmatch(written)
    qualifier = _qualifier(cell, match) if match else None
    if match is None or qualifier is None:
        _refuse(cell, _wrong_amount(written))
    named = (match["unit"] or "") + (match["yuan"] or "")
    return _money(cell, Decimal(match["number"].replace(",", "")), named or unit), qualifier


def _qualifier(cell: Cell, match: re.Match[str]) -> Qualifier | None:
    """余 stands once, and not together with 约."""
    said = [word for word in ("about", "more", "more_of", "more_yuan") if match[word]]
    if len(said) > 1:
        _refuse(cell, "的“约”“余”只能写一个，请删去一个")
    if not said:
        return Qualifier.EXACT
    return Qualifier.ABOUT if said == ["about"] else Qualifier.MORE_THAN


def _wrong_amount(written: str) -> str:
    for pattern, reason in _WRONG_AMOUNTS:
        if pattern.fullmatch(written):
            return reason
    return f"不是金额，{WRITE_AN_AMOUNT}"


def _money(cell: Cell, number: Decimal, unit: str) -> Decimal:
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        _refuse(cell, f"不是金额，{WRITE_AN_AMOUNT}")
    if number < 0:
        _refuse(cell, "是负数，金额不能为负数，请核对")
    value = Decimal((sign, digits, exponent + UNITS[unit]))  # exact, whatever the precision
    if value >= TOO_MUCH:
        _refuse(cell, "过大，请核对金额和单位")
    if value != round(value, PLACES):
        _refuse(cell, f"折合万元后超过{PLACES}位小数，请四舍五入到元")
    return Decimal(text.number(round(value, PLACES)))


WRITE_A_PERCENT = "请写成0至100的整数，例如 45"
_PERCENT = re.compile(
    r"(?P<number>-?(?:0|[1-9][0-9]{0,3})(?:\.[0-9]{1,15})?)\s*(?P<sign>%?)", re.ASCII
)


def percent(cell: Cell) -> int:
    """Whole per cent: 45, `45`, `45%`, `45％`, a cell in which Excel shows 45%.

    Refuses 0.45, which may be 45% or less than one, and everything that would need rounding.
    """
    cell = _filled(cell)
    number, is_certain = _points(cell)
    if number is None:
        _refuse(cell, f"不是百分数，{WRITE_A_PERCENT}")
    if 0 < number < 1 and not is_certain:
        _refuse(cell, f"分不清是比例还是百分之几，{WRITE_A_PERCENT}")
    if number != number.to_integral_value():
        _refuse(cell, f"不是整数，{WRITE_A_PERCENT}")
    if not 0 <= number <= 100:
        _refuse(cell, f"超出范围，{WRITE_A_PERCENT}")
    return int(number)


def _points(cell: Cell) -> tuple[Decimal | None, bool]:
    """Of a hundred; and whether that was written with it."""
    if isinstance(cell, Percentage):
        return Decimal(f"{cell.fraction * 100:.{DIGITS}g}"), True
    if isinstance(cell, int | Decimal):
        return Decimal(cell), False
    match = _PERCENT.fullmatch(_half_width(cell)) if isinstance(cell, str) else None
    return (Decimal(match["number"]), bool(match["sign"])) if match else (None, False)


# --- codes ------------------------------------------------------------------------------------

WRITE_TEXT = "请把该列设为文本后重新填写"
_EXPONENT = re.compile(r"[0-9]+(?:\.[0-9]+)?E[+-]?[0-9]+", re.ASCII)
_MONTH = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_DATE = re.compile(
    rf"[0-9]{{1,4}}[-/.年][0-9]{{1,2}}(?:[-/.月][0-9]{{1,4}}日?|月)|[0-9]{{1,2}}月[0-9]{{1,2}}日"
    rf"|[0-9]{{1,2}}-(?:{_MONTH})(?:-[0-9]+)?|(?:{_MONTH})-[0-9]+",
    re.ASCII,
)
_LONG_NUMBER = re.compile(r"[0-9]{16,}", re.ASCII)


def code(cell: Cell) -> str:
    """A code of the ledger, folded as `text.code` does, and not what Excel made of one."""
    cell = _filled(cell)
    if isinstance(cell, dt.date | dt.time | dt.timedelta):
        _refuse(cell, f"不是编号：Excel 已把编号改成日期，{WRITE_TEXT}")
    if not isinstance(cell, str):
        _refuse(cell, f"不是编号：Excel 已把编号改成数字，{WRITE_TEXT}")
    folded = text.code(cell)
    if _DATE.fullmatch(folded):
        _refuse(cell, f"不是编号：Excel 已把编号改成日期，{WRITE_TEXT}")
    if _EXPONENT.fullmatch(folded) or _LONG_NUMBER.fullmatch(folded):
        _refuse(cell, f"不是编号：可能已被 Excel 改成数字，{WRITE_TEXT}")
    _refuse_forbidden(cell, folded)
    if not text.CODE.fullmatch(folded):
        _refuse(cell, "不是编号，请只用字母、数字和中间的短横，例如 SX-0001")
    return folded


# --- text -------------------------------------------------------------------------------------


def prose(cell: Cell) -> str:
    """Several lines of text, empty for an empty cell; numbers and days in their plain writing."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return ""
    cell = _filled(cell)
    if isinstance(cell, dt.time | dt.timedelta):
        _refuse(cell, "是时刻，请改成文字")
    written = text.plain(_written(cell))
    if isinstance(cell, dt.datetime):
        return written.removesuffix(" 00:00")
    _refuse_forbidden(cell, written)
    return written


def _refuse_forbidden(cell: Cell, written: str) -> None:
    if bad := text.forbidden_character(written):
        _refuse(cell, f"含有不允许的字符 {bad}（控制字符或改变文字方向的字符），请删去")


def line(cell: Cell) -> str:
    """One line of text, empty for an empty cell."""
    written = prose(cell)
    if "\n" in written or "\t" in written:
        _refuse(cell, "只能写一行，请删去换行和制表符")
    return written


_FIRST_COMMA, _BETWEEN = re.compile("[,，;；]"), re.compile("[,，;；、]")
BRACKETS = ("（(", "）)")


def names(cell: Cell) -> tuple[list[str], list[str]]:
    """Units in one cell, as (leads, partners): the leads stand before the first comma.

    「甲局、乙局，丙局」has two leads and a partner. Without a comma all are leads; before a
    leading comma there is none. Raises also for a unit that stands there twice.
    """
    written = line(cell)
    first = _FIRST_COMMA.search(written)
    end = first.start() if first else len(written)
    leads, partners = _units(written[:end]), _units(written[end:])
    known: set[str] = set()
    for unit in leads + partners:
        if text.searchable(unit) in known:
            _refuse(unit, "写了两次，请删去一个")
        if _count(unit, BRACKETS[0]) != _count(unit, BRACKETS[1]):
            _refuse(written, "的括号内有“，”“；”或“、”，或括号没有成对，请改正")
        known.add(text.searchable(unit))
    return leads, partners


def _units(written: str) -> list[str]:
    return [unit for part in _BETWEEN.split(written) if (unit := part.strip())]


def _count(written: str, characters: str) -> int:
    return sum(map(written.count, characters))
