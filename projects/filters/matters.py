"""The filter of the lists of problems, decisions, instructions and supervision slips."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import QueryDict

from .. import text
from ..choices import CoordinationLevel, Difficulty, MatterKind, MatterState, SlipColour
from ..models import FollowUps, LedgerEntry
from ..models.matterrows import MatterRows
from .entries import MAX_DAYS_LEFT, MAX_PAGE_SIZE, without_empty
from .fields import NO_SUCH, AsOfField, CountField, WordsField
from .orderings import Ordering, in_order
from .strict import StrictForm, choice, several

YES = (("1", "是"),)
#: Conditions that some kinds alone have.
OF_KIND: dict[str, MatterKind] = {
    "level": MatterKind.PROBLEM,
    "category": MatterKind.PROBLEM,
    "colour": MatterKind.SLIP,
}
MATTER_ORDERINGS: dict[str, Ordering] = {
    "code": Ordering("编号", F("code")),
    "name": Ordering("标题", F("title")),
    "due": Ordering("办理时限", F("due_on")),
    "opened": Ordering("交办（签发）日期", F("opened_on")),
    "state": Ordering("办理状态", in_order("state", MatterState.values)),
    "level": Ordering("协调层级", in_order("level", CoordinationLevel.values)),
    "category": Ordering("问题类别", in_order("category", Difficulty.values)),
    "colour": Ordering("督办等级", in_order("colour", SlipColour.values)),
}


class Choice(NamedTuple):
    """How many rows there would be with one condition set; the others stay."""

    label: str
    rows: int
    slug: str
    query: str


class MatterFilter(StrictForm):
    """Filters of `/problems/`, `/decisions/`, `/instructions/` and `/supervision/`.

    Who does not see drafts asks, with or without saying so, for what is `issued`.
    """

    repeatable: ClassVar[frozenset[str]] = frozenset({"state", "level", "category", "colour"})
    unsaid: ClassVar[frozenset[str]] = frozenset({"as_of", "sort", "page", "page_size"})

    q = WordsField(label="查找", required=False, max_length=100)
    state = several("办理状态", MatterState.choices)
    overdue = choice("逾期", YES)
    due_within = CountField(label="办理中且时限不超过（天）", required=False, most=MAX_DAYS_LEFT)
    level = several("协调层级", CoordinationLevel.choices)
    category = several("问题类别", Difficulty.choices)
    colour = several("督办等级", SlipColour.choices)
    unit = forms.ChoiceField(
        label="责任单位", required=False, error_messages={"invalid_choice": NO_SUCH}
    )
    entry = forms.CharField(
        label="涉及条目（编号）",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "如 SX-0001"}),
    )
    issued = choice("已交办（签发）", YES)
    as_of = AsOfField(label="截至", required=False)
    sort = forms.ChoiceField(
        label="排序", required=False, error_messages={"invalid_choice": NO_SUCH}
    )
    page_size = CountField(label="每页行数", required=False, most=MAX_PAGE_SIZE)

    def __init__(
        self,
        given: QueryDict,
        *,
        kind: MatterKind,
        followups: FollowUps,
        sees_drafts: bool,
    ) -> None:
        self.given = without_empty(given)
        self.kind, self.followups, self.sees_drafts = kind, followups, sees_drafts
        if not sees_drafts and "issued" not in self.given:
            self.given["issued"] = "1"
        super().__init__(self.given)
        for name in [name for name, of in OF_KIND.items() if of != kind]:
            del self.fields[name]
        units = [(str(key), unit.name) for key, unit in followups.units.items()]
        self._choose("unit", [("", "全部"), *units])
        self._choose("sort", [("", "按编号"), *self._sorts()])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _sorts(self) -> list[tuple[str, str]]:
        return [
            (sign + name, f"{ordering.label}{direction}")
            for name, ordering in MATTER_ORDERINGS.items()
            if name in self.fields or name not in OF_KIND
            for sign, direction in (("", "升序"), ("-", "降序"))
        ]

    def clean_entry(self) -> str:
        code = str(self.cleaned_data["entry"])
        is_code = bool(text.CODE.fullmatch(code))
        if code and not (is_code and LedgerEntry.objects.filter(code=code).exists()):
            raise ValidationError(f"没有编号为“{code}”的台账条目，请核对编号。")
        return code

    # --- what is asked --------------------------------------------------------------

    def rows(self) -> MatterRows:
        """The rows asked for, in the order asked for; of a valid form."""
        asked = self.cleaned_data.get("sort") or "code"
        column = MATTER_ORDERINGS[asked.removeprefix("-")].expression
        first = (
            column.desc(nulls_last=True) if asked.startswith("-") else column.asc(nulls_last=True)
        )
        rows: MatterRows = self._chosen().order_by(first, "code")
        return rows

    def _chosen(self, *without: str) -> Any:
        given = {name: value for name, value in self.cleaned_data.items() if name not in without}
        rows = self.followups.rows().of_kind(self.kind)
        for name in sorted(self.repeatable):
            if given.get(name):
                rows = rows.filter(**{f"{name}__in": given[name]})
        if given.get("issued"):
            rows = rows.handed_out()
        if given.get("overdue"):
            rows = rows.overdue(self.followups.book.day)
        if given.get("due_within"):
            rows = rows.due_soon(self.followups.book.day, given["due_within"])
        if given.get("unit"):
            rows = rows.of_unit([int(given["unit"])])
        if given.get("entry"):
            rows = rows.naming(given["entry"])
        return rows.search(given["q"], self.followups.units_named) if given.get("q") else rows

    # --- what it says ---------------------------------------------------------------

    def href(self, **changed: Any) -> str:
        """The query with some parameters replaced (None takes one off); page 1 again."""
        query = self.given.copy()
        for name, value in {"page": None, **changed}.items():
            query.pop(name, None)
            if value is not None:
                query.setlist(name, [str(value)])
        if not self.sees_drafts:
            query.pop("issued", None)
        return query.urlencode()

    def in_words(self) -> str:
        """The conditions as a sentence, with the past day where one is asked for."""
        as_of = self.followups.book.as_of
        said = super().in_words()
        return f"截至{as_of.words}；{said}" if as_of else said

    def carried(self) -> str:
        """The parameters as an export takes them over."""
        query = self.given.copy()
        for name in ("page", "page_size"):
            query.pop(name, None)
        return query.urlencode()

    def counts(self) -> list[tuple[str, list[Choice]]]:
        """By state with the overdue, and by what this kind has besides; each its label."""
        found = [
            (str(self.fields["state"].label), [*self._counts("state", "overdue"), *self._late()])
        ]
        names = [name for name in OF_KIND if name in self.fields]
        return found + [(str(self.fields[name].label), self._counts(name)) for name in names]

    def _counts(self, name: str, *without: str) -> list[Choice]:
        numbers = self._chosen(name, *without).counted(name)
        off = dict.fromkeys(without)
        field: Any = self.fields[name]
        return [
            Choice(str(label), numbers[value], str(value), self.href(**off, **{name: value}))
            for value, label in field.choices
            if numbers.get(value)
        ]

    def _late(self) -> list[Choice]:
        rows = self._chosen("state", "overdue").overdue(self.followups.book.day)
        query = self.href(state=None, overdue=1)
        return [Choice("已逾期", number, "overdue", query)] if (number := rows.count()) else []
