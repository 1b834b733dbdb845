"""An office's own ledger: what its rows would add and change, and the writing of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any, ClassVar

from django.db import DatabaseError, IntegrityError, transaction

from .. import text, writing
from ..choices import INITIAL, Basis, Ledger, MoneyKind, Reason, Source
from ..intake import Cell, Grid, Refused, read
from ..models import LEDGER_MODELS, Act, LedgerEntry, MoneyFigure, Revision, Stale, Upload
from ..models.conditions import broken
from ..models.firstfilling import Filling, create_all
from ..models.ledger import latest_of
from ..periods import written
from . import fields
from .fields import Known, Target, Value, is_empty
from .mapping import Mapping, visible
from .plans import CellChange, CellProblem, Plan, PlannedRow, Verdict
from .returned import Changed

CHUNK = 500
#: Cells that lie under a merged one, of all merges together.
COVERED = 500_000
#: What is read with another column, or apart from the columns of the entry.
TOTAL = ("total_investment", "total_investment_basis", "total_investment_qualifier")
APART = frozenset({"code", "status", "lead", "partners", "regions", *TOTAL})
PLANNED = ("planned_start", "due")
TAKE_OFF = "请取消合并后逐行填写"


class PlannedEntry(PlannedRow):
    """A row of the ledger; `given` are values by our columns, `target` the key of its entry.

    `dated` is the day (and its precision) that the row's figures are of, as the cell says.
    """

    dated: tuple[Any, str] = (None, "")

    @property
    def label(self) -> str:
        return "新增" if self.verdict == Verdict.NEW else super().label


@dataclass
class LedgerPlan(Plan):
    """`moved` are the rows that move a planned date, which asks for a reason."""

    new_label: ClassVar[str] = "新增"

    moved: set[int] = field(default_factory=set)
    #: Rows without a word in any of the columns that are mapped.
    passed_over: int = 0

    @property
    def told(self) -> str:
        """What is to be known of the whole."""
        passed = f"有{self.passed_over}行在所选各列中没有内容，未列入。" if self.passed_over else ""
        return f"空单元格不清除台账中已有的内容。{passed}"

    @property
    def moves_dates(self) -> bool:
        return any(row.row in self.moved for row in self.to_write)


def plan(ledger: Ledger, name: str, content: bytes, mapping: Mapping) -> LedgerPlan:
    """What this file would do to the ledger; writes nothing."""
    try:
        return _planned(ledger, name, visible(read(content, name)), mapping)
    except Refused as refusal:
        return LedgerPlan(refusals=[CellProblem(refusal.sentence, file=name)])


def _planned(ledger: Ledger, name: str, grids: list[Grid], mapping: Mapping) -> LedgerPlan:
    """The same of a file that is read already; raises Refused."""
    return _Sheet(ledger, name, grids, mapping).plan


# --- what is stored -------------------------------------------------------------------------------


class _Stored:
    """The entries of a ledger as far as the mapped columns need them; a fixed number of queries."""

    ALWAYS = ("pk", "code", "name", "version", "status", "lead_id", "delisted_on")

    def __init__(self, ledger: Ledger, targets: Iterable[Target]) -> None:
        model = LEDGER_MODELS[ledger]
        named = {name for target in targets for name in target.stored}
        money = ("total_investment", "total_investment_basis", "total_investment_qualifier")
        columns = sorted({*self.ALWAYS, *money, *named})
        self.rows: dict[Any, dict[str, Any]] = {}
        self.by_code: dict[str, Any] = {}
        self.by_name: dict[str, list[Any]] = defaultdict(list)
        self.gone: dict[str, str] = {}
        for row in model.objects.order_by("pk").values(*columns).iterator(chunk_size=CHUNK):
            self.rows[row["pk"]] = row
            self.by_code[row["code"]] = row["pk"]
            if row["delisted_on"] is None:
                self.by_name[row["name"]].append(row["pk"])
            else:
                self.gone[row["name"]] = row["code"]
        self.regions = _related(ledger, "regions", "region__code")
        self.partners = _related(ledger, "partners", "organisation_id")
        others = LedgerEntry.objects.exclude(ledger=ledger).values_list("code", "ledger")
        self.elsewhere = dict(others)


def _related(ledger: Ledger, name: str, column: str) -> dict[Any, tuple[Any, ...]]:
    """Keys of the related records by entry, in order."""
    through: Any = LedgerEntry._meta.get_field(name).remote_field.through  # type: ignore[union-attr]
    found: dict[Any, list[Any]] = defaultdict(list)
    pairs = through.objects.filter(ledgerentry__ledger=ledger)
    for entry, key in pairs.values_list("ledgerentry_id", column).order_by(column):
        found[entry].append(key)
    return {entry: tuple(keys) for entry, keys in found.items()}


# --- reading --------------------------------------------------------------------------------------


class _Sheet:
    """One file, read against a ledger."""

    def __init__(self, ledger: Ledger, file: str, grids: list[Grid], mapping: Mapping) -> None:
        self.ledger, self.file, self.mapping = ledger, file, mapping
        if mapping.sheet >= len(grids):
            raise Refused(f"“{file}”没有第{mapping.sheet + 1}个工作表，请重新选择。")
        self.grid: Grid = grids[mapping.sheet]
        every = fields.targets_of(ledger)
        self.targets = [every[name] for name in every if name in mapping.columns]
        self.at = mapping.columns
        self.headings = self._headings()
        self.unit = self._unit()
        self.known, self.stored = Known(ledger), _Stored(ledger, self.targets)
        self.read_before: dict[tuple[str, Any, Any], tuple[Value, str]] = {}
        self.covered = self._covered()
        self.plan = LedgerPlan()
        self._fill()

    def _headings(self) -> dict[str, str]:
        """Their heading for each of our columns, to name a place by."""
        rows = self.grid.rows
        head = rows[self.mapping.head] if self.mapping.head < len(rows) else []
        width = len(head)
        if any(index >= width for index in self.at.values()):
            raise Refused(f"“{self.file}”的列与所选的不符，请重新选择各列。")
        return {name: writing.shown(head[index]) for name, index in self.at.items()}

    def _unit(self) -> str:
        """The unit of amounts that name none: that of the heading, else the one that was chosen."""
        at = self.at.get("total_investment")
        heading = self.grid.rows[self.mapping.head][at] if at is not None else None
        if fields.has_other_unit(heading):
            raise Refused(
                f"“{self.file}”的“{writing.shown(heading)}”不是以元、万元或亿元计，"
                "请换算后改写标题，再重新上传。"
            )
        return fields.unit_of(heading) or self.mapping.unit

    def _covered(self) -> dict[tuple[int, int], str]:
        """Cells (row, column) of mapped columns that lie under a merged one, and its name."""
        found: dict[tuple[int, int], str] = {}
        mapped, visited = set(self.at.values()), 0
        for area in self.grid.merged:
            top, left, bottom, right = _corners(area)
            for row in range(max(top, self.mapping.head + 1), min(bottom + 1, len(self.grid.rows))):
                visited += 1
                for column in mapped & set(range(left, min(right, 100) + 1)):
                    if (row, column) != (top, left):
                        found[row, column] = area
                if visited > COVERED:
                    break
            if visited > COVERED:
                raise Refused(f"“{self.file}”的合并单元格过多，{TAKE_OFF}。")
        return found

    def _fill(self) -> None:
        head = self.mapping.head
        for index, row in enumerate(self.grid.rows[head + 1 :], start=head + 1):
            if any(not is_empty(row[at]) for at in self.at.values()):
                self.plan.rows.append(self._row(index, row))
            elif any(not is_empty(cell) for cell in row):
                self.plan.passed_over += 1
        if not self.plan.rows:
            raise Refused(f"“{self.file}”在标题行以下没有可导入的行，请填写后重新上传。")
        self.grid.rows.clear()  # what they say is in the plan
        self._identify()
        self._compare()

    def _row(self, index: int, row: list[Cell]) -> PlannedEntry:
        """The row with all its cells read, or their problems."""
        planned = PlannedEntry(self.file, index + 1, "", "", Verdict.REFUSED)
        for target in self.targets:
            at = self.at[target.name]
            if area := self.covered.get((index, at)):
                self._refuse(planned, target.name, f"属于合并单元格 {area}，{TAKE_OFF}。")
            elif not is_empty(cell := row[at]):
                value, reason = self._value(target, cell)
                if reason:
                    self._refuse(planned, target.name, f"{reason}。")
                else:
                    planned.given[target.name] = value
            if target.name in ("code", "name") and not is_empty(row[at]):
                setattr(planned, target.name, writing.shown(row[at]))
        self._gather(planned)
        return planned

    def _value(self, target: Target, cell: Cell) -> tuple[Value, str]:
        """The value, or why there is none."""
        key = (target.name, type(cell), cell)
        if target.repeats and key in self.read_before:
            return self.read_before[key]
        found: tuple[Value, str]
        try:
            if target.name == "total_investment":
                found = (fields.amount(cell, self.unit), "")
            else:
                found = (target.value(cell, self.known), "")
        except ValueError as reason:
            found = (None, str(reason))
        if target.repeats:
            self.read_before[key] = found
        return found

    def _refuse(self, planned: PlannedRow, name: str, sentence: str) -> None:
        """Note a problem of the column; of the row as a whole when it is not mapped."""
        heading, column = self.headings.get(name, ""), self.at.get(name, 0)
        planned.problems.append(CellProblem(sentence, self.file, planned.row, heading, column))
        planned.verdict = Verdict.REFUSED

    def _gather(self, planned: PlannedEntry) -> None:
        """Cells that are read together: lead with partners, amount with basis and qualifier."""
        given = planned.given
        planned.dated = given.get("data", (None, ""))
        if "lead" in given:
            key, behind = given.pop("lead")
            if key is not None:
                given["lead"] = key
            if behind:
                given["partners"] = tuple(sorted({*behind, *given.get("partners", ())}))
        basis, qualifier = (given.pop(name, "") for name in TOTAL[1:])
        if "total_investment" in given:
            number, said = given.pop("total_investment")
            if said and qualifier and said != qualifier:
                self._refuse(planned, TOTAL[2], "与总投资一格中的“余”或“约”不一致，请改正。")
            given["total_investment"] = (number, said or qualifier, basis)
        elif (basis or qualifier) and not planned.problems:
            given["basis_alone"] = (basis, qualifier)

    # --- which entry ------------------------------------------------------------------------------

    def _identify(self) -> None:
        """By code, else by name; what cannot be told apart is refused, each naming the others."""
        groups: dict[Any, list[PlannedRow]] = defaultdict(list)
        for row in self.plan.rows:
            self._find(row)
            if key := self._key(row):
                groups[key].append(row)
        for rows in groups.values():
            self._refuse_doubles(rows, rows)
        self._refuse_namesakes()
        self._number()

    def _key(self, row: PlannedRow) -> Any:
        """What two rows that mean the same entry have in common; None when that is not known."""
        if row.target is not None:
            return ("entry", row.target)
        if code := row.given.get("code"):
            return ("code", code)
        name = None if self._has_problem(row, "code") else row.given.get("name")
        return name and ("name", name)

    def _refuse_doubles(self, refused: list[PlannedRow], rows: list[PlannedRow]) -> None:
        """Rows that mean what others of `rows` mean as well."""
        if len(rows) < 2:
            return
        for row in refused:
            others = "、".join(f"第{other.row}行" for other in rows if other is not row)[:200]
            if row.code:
                sentence = f"编号{row.code}在{others}也有，请只保留一行，或改正编号。"
            else:
                name = writing.shown(row.given["name"])
                sentence = f"名称“{name}”在{others}也有，请各写编号，或只保留一行。"
            self._refuse(row, "code" if "code" in row.given else "name", sentence)

    def _refuse_namesakes(self) -> None:
        """New rows without a code whose name another new row has: the next time nobody knows."""
        coded = defaultdict(list)
        for row in self.plan.rows:
            if row.target is None and "code" in row.given and "name" in row.given:
                coded[row.given["name"]].append(row)
        for row in self.plan.rows:
            same = coded.get(row.given.get("name", ""))
            if same and row.target is None and "code" not in row.given:
                self._refuse_doubles([row], [row, *same])

    def _find(self, row: PlannedRow) -> None:
        code, name = row.given.get("code"), row.given.get("name")
        if code:
            row.code = code
            row.target = self.stored.by_code.get(code)
            if row.target is None and (sentence := self._foreign(code)):
                self._refuse(row, "code", sentence)
        elif not self._has_problem(row, "code") and name:
            found = self.stored.by_name.get(name, [])
            if len(found) > 1:
                codes = "、".join(self.stored.rows[key]["code"] for key in found[:5])
                self._refuse(
                    row, "name", f"台账中有{len(found)}个条目叫这个名称（{codes}），请写编号。"
                )
            elif found:
                row.target, row.code = found[0], self.stored.rows[found[0]]["code"]
        if row.target is not None:
            stored = self.stored.rows[row.target]
            row.version, row.name = stored["version"], row.name or stored["name"]
            if stored["delisted_on"] is not None:
                self._refuse(row, "code", f"{row.code}已调出台账；需要恢复的，请先办理调入。")

    def _has_problem(self, row: PlannedRow, name: str) -> bool:
        return any(problem.column == self.at.get(name) for problem in row.problems)

    def _foreign(self, code: str) -> str:
        """Why a new entry of this ledger cannot have the code; empty when it can."""
        other = self.stored.elsewhere.get(code) or next(
            (
                other.value
                for other in Ledger
                if other != self.ledger and re.fullmatch(f"{other.prefix}-[0-9]+", code)
            ),
            "",
        )
        if other:
            return (
                f"{code}是“{Ledger(other).label}”台账的编号，不能登记到“{self.ledger.label}”，"
                "请改正编号，或选择正确的台账后重新上传。"
            )
        return ""

    def _number(self) -> None:
        """Give each new row without a code the next of the ledger."""
        taken = {*self.stored.by_code, *self.stored.elsewhere}
        taken |= {row.code for row in self.plan.rows if "code" in row.given}
        of_ledger = re.compile(rf"{self.ledger.prefix}-([0-9]{{1,18}})")
        numbers = [int(match[1]) for code in taken if (match := of_ledger.fullmatch(code))]
        following = max(numbers, default=0) + 1
        for row in self.plan.rows:
            if row.target is None and "code" not in row.given and not row.problems:
                while (code := f"{self.ledger.prefix}-{following:04}") in taken:
                    following += 1
                row.code = code
                following += 1

    # --- what would change ------------------------------------------------------------------------

    def _compare(self) -> None:
        for row in self.plan.rows:
            row.given.pop("code", None)
            if row.target is None:
                self._judge_new(row)
            else:
                self._judge_stored(row)
        changed = [row for row in self.plan.rows if row.verdict == Verdict.CHANGED]
        for some in _chunks(changed):
            self._try(some)

    def _judge_new(self, row: PlannedRow) -> None:
        for name in [t.name for t in fields.targets_of(self.ledger).values() if t.is_required]:
            if name not in row.given and not self._has_problem(row, name):
                self._refuse(row, name, "没有填写，新增条目必须填写。")
        if "basis_alone" in row.given:
            self._refuse(row, TOTAL[1], "没有填写总投资，投资口径和限定须与总投资一并填写。")
        self._refuse_own_lead(row, row.given.get("lead"), ())
        if row.problems:
            return
        if "total_investment" in row.given:
            number, qualifier, basis = row.given["total_investment"]
            basis = basis or Basis.ESTIMATE.value
            row.given["total_investment"] = (number, qualifier, basis)
        row.verdict = Verdict.NEW
        row.changes = [
            CellChange(self._heading(name), "", self._shown(name, value))
            for name, value in row.given.items()
        ]
        self._refuse_broken(row, [built(self.ledger, row, self.known)])
        if gone := self.stored.gone.get(row.given["name"]):
            sentence = (
                f"与已调出的条目{gone}同名；是同一条目的，请先在后台办理“调入”，"
                "不是的，请在名称中加以区别。"
            )
            self._refuse(row, "name", sentence)
        if namesakes := self.stored.by_name.get(row.given["name"]):
            codes = "、".join(self.stored.rows[key]["code"] for key in namesakes[:5])
            row.doubts.append(f"与已有条目{codes}同名，请核对是否重复。")

    def _refuse_own_lead(self, row: PlannedRow, lead: Any, partners: Iterable[Any]) -> None:
        is_touched = bool({"lead", "partners"} & row.given.keys())
        if is_touched and lead is not None and lead in row.given.get("partners", partners):
            unit = self.known.unit_by_key[lead]
            name = "partners" if "partners" in self.at else "lead"
            self._refuse(row, name, f"“{unit}”已是牵头单位，不能再作为责任（配合）单位。")

    def _refuse_broken(self, row: PlannedRow, records: list[Any]) -> None:
        for condition in [c for record in records for c in broken(record)]:
            read = {re.sub("_(on|precision)$", "", column) for column in condition.columns}
            name = next((t.name for t in reversed(self.targets) if t.name in read), "name")
            self._refuse(row, name, condition.sentence)

    def _heading(self, name: str) -> str:
        return fields.targets_of(self.ledger)[name].heading

    def _shown(self, name: str, value: Value) -> str:
        """A value as the plan shows it."""
        if name == "lead":
            return str(self.known.unit_by_key[value])
        target = fields.targets_of(self.ledger)[name]
        if name != "total_investment":
            return target.show(value, self.known)
        number, qualifier, basis = value
        shown = target.show((number, qualifier), self.known)
        label = f"（{Basis(basis).label}）" if basis else ""
        return f"{shown}{label}"

    def _judge_stored(self, row: PlannedRow) -> None:
        """Keep of the given values those that differ; empty cells leave what is stored."""
        stored = self.stored.rows[row.target]
        self._refuse_status(row, stored)
        partners = self.stored.partners.get(row.target, ())
        self._refuse_own_lead(row, row.given.get("lead", stored["lead_id"]), partners)
        self._refuse_basis_alone(row, stored)
        for name in [name for name in row.given if name != "status"]:
            old, new = self._old(name, stored), row.given[name]
            if name == "total_investment":
                basis = new[2] or old[2] or Basis.ESTIMATE.value
                new = row.given[name] = (new[0], new[1], basis)
            if old == new:
                del row.given[name]
                continue
            if name in PLANNED and old[0] is not None:
                self.plan.moved.add(row.row)
            row.changes.append(
                CellChange(self._heading(name), self._shown_old(name, old), self._shown(name, new))
            )
        row.given.pop("status", None)
        if not row.problems:
            row.verdict = Verdict.CHANGED if row.given else Verdict.UNCHANGED

    def _shown_old(self, name: str, old: Value) -> str:
        first = old[0] if isinstance(old, tuple) and old else old
        return "" if first in (None, (), "") else self._shown(name, old)

    def _old(self, name: str, stored: dict[str, Any]) -> Value:
        if name in ("regions", "partners"):
            return getattr(self.stored, name).get(stored["pk"], ())
        if name == "total_investment":
            return tuple(stored[column] for column in (TOTAL[0], TOTAL[2], TOTAL[1]))
        return fields.targets_of(self.ledger)[name].now(stored)

    def _refuse_status(self, row: PlannedRow, stored: dict[str, Any]) -> None:
        said = row.given.get("status")
        if said and said != stored["status"]:
            show = partial(self._shown, "status")
            self._refuse(
                row,
                "status",
                f"台账中为“{show(stored['status'])}”，表中为“{show(said)}”：已有条目的状态"
                "只能通过“推进”办理，请删去这一格或改为现状态。",
            )

    def _refuse_basis_alone(self, row: PlannedRow, stored: dict[str, Any]) -> None:
        basis, qualifier = row.given.pop("basis_alone", ("", ""))
        is_known = basis in ("", stored[TOTAL[1]]) and qualifier in ("", stored[TOTAL[2]])
        if not is_known:
            self._refuse(row, TOTAL[1], "没有填写总投资，投资口径和限定须与总投资一并填写。")

    def _try(self, rows: list[PlannedRow]) -> None:
        """Would the database take the changed entries? They are read for it, a chunk at a time."""
        model = LEDGER_MODELS[self.ledger]
        entries = model.objects.in_bulk([row.target for row in rows])
        totals = _totals([row.target for row in rows if "total_investment" in row.given])
        for row in rows:
            entry = entries[row.target]
            fill(entry, row.given, self.known)
            self._refuse_broken(row, [entry])
            if "total_investment" in row.given:
                try:
                    new_total(row, totals.get(row.target, []))
                except ValueError as reason:
                    self._refuse(row, "total_investment", f"{reason}。")


_CORNER = re.compile(r"([A-Z]{1,3})([0-9]+)", re.ASCII)


def _corners(area: str) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of `A3:B4`, counted from 0."""
    found = []
    for letters, number in _CORNER.findall(area):
        column = 0
        for letter in letters:
            column = column * 26 + ord(letter) - 64
        found.append((int(number) - 1, column - 1))
    return (*found[0], *found[-1])


def _chunks(rows: list[Any]) -> Iterator[list[Any]]:
    rest = iter(rows)
    while some := list(islice(rest, CHUNK)):
        yield some


# --- writing --------------------------------------------------------------------------------------


def fill(entry: LedgerEntry, given: dict[str, Value], known: Known) -> None:
    """Set the columns that lie in the entry's own row; never its status."""
    targets = fields.targets_of(Ledger(entry.kind or entry.ledger))
    for name, value in given.items():
        if name in APART - {"lead"}:
            continue
        stored = targets[name].stored
        for column, part in zip(stored, value if len(stored) > 1 else (value,), strict=True):
            setattr(entry, column, part)
    if "sector" in given:
        entry.sector = known.sector_by_key[given["sector"]]
    if "lead" in given:
        entry.lead = known.unit_by_key[given["lead"]]
    for name in {"agreement", "item"} & given.keys():
        setattr(entry, name, known.origin_by_key[given[name]])


def built(ledger: Ledger, row: PlannedRow, known: Known) -> LedgerEntry:
    """The new entry of the row, unsaved."""
    first = row.given.get("status", INITIAL[ledger].slug)
    entry = LEDGER_MODELS[ledger](code=row.code, ledger=ledger, status=first)
    fill(entry, row.given, known)
    return entry


def _filling(ledger: Ledger, row: PlannedRow, known: Known, note: str) -> Filling:
    given, figures = row.given, []
    if "total_investment" in given:
        number, qualifier, basis = given["total_investment"]
        day, precision = given.get("data", (None, ""))
        figures = [_figure(number, qualifier, basis, day, precision)]
    return Filling(
        built(ledger, row, known),
        [known.region_by_code[code] for code in given.get("regions", ())],
        [known.unit_by_key[key] for key in given.get("partners", ())],
        figures,
        note,
    )


def _figure(number: Any, qualifier: str, basis: str, day: Any, precision: str) -> MoneyFigure:
    return MoneyFigure(
        kind=MoneyKind.TOTAL,
        basis=basis,
        amount=number,
        qualifier=qualifier,
        dated_on=day,
        dated_precision=precision,
    )


def _totals(entries: list[Any]) -> dict[Any, list[MoneyFigure]]:
    """The totals of these entries, those added later behind."""
    found: dict[Any, list[MoneyFigure]] = defaultdict(list)
    for some in _chunks(entries):
        figures = MoneyFigure.objects.filter(entry_id__in=some, kind=MoneyKind.TOTAL)
        for figure in figures.order_by("pk"):
            found[figure.entry_id].append(figure)
    return found


def new_total(row: Any, totals: list[MoneyFigure]) -> MoneyFigure:
    """The figure that becomes the entry's total: the latest one corrected, or another beside it.

    The same basis and day is the same figure. Raises ValueError when a new one would stay in the
    shadow of a later one.
    """
    number, qualifier, basis = row.given["total_investment"]
    day, precision = row.dated
    latest = latest_of(totals)
    if latest and (latest.basis, latest.dated_on) == (basis, day):
        latest.amount, latest.qualifier = number, qualifier
        return latest
    if latest and latest.dated_on and (day is None or day < latest.dated_on):
        was = written(latest.dated_on, latest.dated_precision)
        raise ValueError(
            f"台账中的总投资{text.number(latest.amount)}万元是{was}的数，"
            "要改的请在表中填写不早于它的“数据截止日期”，或在后台修改投资数据"
        )
    return _figure(number, qualifier, basis, day, precision)


class ReasonNeeded(Changed):
    """Planned dates would move, and nobody has said why."""


@dataclass(frozen=True)
class Moves:
    """Why planned dates move, given once for the whole upload."""

    reason: Reason | None = None
    note: str = ""


def apply(upload: Upload, shown: str, *, by: Any, moves: Moves = Moves()) -> dict[str, int]:
    """Write what the plan with that digest showed, all or nothing; how many rows of each verdict.

    Raises `Changed` when the plan is no longer the same.
    """
    if upload.applied_at:
        raise Changed
    ledger, mapping, file = Ledger(upload.ledger), Mapping.of(upload), upload.files.get()
    assert mapping is not None
    try:
        grids = visible(read(bytes(file.content), file.name))  # before any lock
        with transaction.atomic():
            if Upload.objects.select_for_update(no_key=True).get(pk=upload.pk).applied_at:
                raise Changed
            _lock(ledger)
            made = _planned(ledger, file.name, grids, mapping)
            if made.digest != shown:
                raise Changed
            if made.moves_dates and not moves.reason:
                raise ReasonNeeded
            act = Act(by=by, source=Source.IMPORT, batch=upload.batch).stamped()
            _write(ledger, made, act, moves, file.sha256[:16])
            counts = made.counts
            upload.finish(counts)
    except (Stale, IntegrityError, Refused) as problem:
        raise Changed from problem
    except DatabaseError as problem:
        if not _is_in_the_way(problem):
            raise
        raise Changed from problem
    return counts


def _is_in_the_way(problem: DatabaseError) -> bool:
    """Did another writer hold what was needed (deadlock, or too long a wait)?"""
    return getattr(problem.__cause__, "sqlstate", "") in ("40P01", "55P03")


def _lock(ledger: Ledger) -> None:
    """The ledger's entries in the order in which all lock them, then the chain's head."""
    entries = LedgerEntry.objects.filter(ledger=ledger).order_by("pk")
    list(entries.select_for_update(no_key=True).values_list("pk", flat=True))
    Revision.locked_head()


def _write(ledger: Ledger, made: LedgerPlan, act: Act, moves: Moves, sha: str) -> None:
    known = Known(ledger)

    def note(row: PlannedRow) -> str:
        return f"导入“{row.file}”第{row.row}行（文件摘要{sha}）。"

    for row in made.to_write:
        if row.verdict == Verdict.CHANGED:
            said = replace(act, note=note(row))
            if row.row in made.moved:
                said = replace(said, reason=moves.reason, note=f"{moves.note}\n{said.note}".strip())
            _change(ledger, row, known, said)
    new = (row for row in made.rows if row.verdict == Verdict.NEW)
    create_all((_filling(ledger, row, known, note(row)) for row in new), act)


def _change(ledger: Ledger, row: PlannedRow, known: Known, act: Act) -> None:
    """Change a stored entry, as a person would in the form."""
    entry = LEDGER_MODELS[ledger].objects.get(pk=row.target)
    with entry.recording(act, expect=row.version):
        fill(entry, row.given, known)
        if "regions" in row.given:
            entry.regions.set(known.region_by_code[code] for code in row.given["regions"])
        if "partners" in row.given:
            entry.partners.set(known.unit_by_key[key] for key in row.given["partners"])
        if "total_investment" in row.given:
            figure = new_total(row, _totals([entry.pk]).get(entry.pk, []))
            figure.entry = entry
            figure.save()
