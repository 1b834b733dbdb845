"""The filters of conferences, of the problems for their agenda, and of the contact log."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Case, Count, F, IntegerField, Value, When

from .. import text
from ..choices import CoordinationLevel, MeetingKind, MeetingState
from ..models import ContactRecord, LedgerEntry, Matter, Meeting, Organisation
from ..models.contacts import ContactQuerySet
from ..models.matterrows import MatterQuerySet
from ..models.meetings import MeetingQuerySet
from .fields import CountField, DayField, WordsField
from .strict import DatedForm, StrictForm, choice, with_words

WORDS = 60


class MeetingFilter(DatedForm):
    """Filters of `/meetings/`."""

    q = WordsField(label="编号、名称、主持人或纪要", required=False, max_length=100)
    kind = choice("会议类别", MeetingKind.choices)
    state = choice("会议状态", MeetingState.choices)
    year = CountField(label="年份", required=False, most=9999)
    after = DayField(label="会议日期自", required=False)
    before = DayField(label="会议日期至", required=False)

    field_order = ("q", "kind", "state", "year", "after", "before")
    #: Parameters by which the page also counts.
    COUNTED = ("state", "kind")

    def rows(self, without: str = "") -> MeetingQuerySet:
        """The conferences asked for, `without` one of the conditions; the latest first."""
        given = {name: value for name, value in self.cleaned_data.items() if name != without}
        asked = {
            column: given[name]
            for name, column in _OF_MEETINGS.items()
            if given.get(name) not in ("", None)
        }
        rows = Meeting.objects.filter(**asked).search(given["q"])
        return rows.order_by(F("held_on").desc(nulls_first=True), "-pk")

    def counts(self, param: str) -> list[tuple[str, str, int]]:
        """Value, label and number of rows for each value of a parameter, itself left out."""
        grouped = self.rows(without=param).order_by().values_list(param).annotate(Count("pk"))
        found = dict(grouped)
        labels = [pair for pair in self.fields[param].choices if pair[0]]  # type: ignore[attr-defined]
        return [(value, label, found.get(value, 0)) for value, label in labels]


_OF_MEETINGS = {
    "kind": "kind",
    "state": "state",
    "year": "held_on__year",
    "after": "held_on__gte",
    "before": "held_on__lte",
}


class AgendaFilter(StrictForm):
    """Filters of the open problems that may come on an agenda."""

    q = WordsField(label="编号、标题或内容", required=False, max_length=WORDS)
    level = choice("协调层级", CoordinationLevel.choices)
    unit = forms.ModelChoiceField(
        label="责任单位", required=False, queryset=Organisation.objects.all(), empty_label="全部"
    )

    def rows(self, meeting: Meeting) -> MatterQuerySet:
        """Open problems that are not on it: those of its level first, then by their due date."""
        given = self.cleaned_data
        rows: Any = Matter.objects.problems().open_().exclude(agenda_items__meeting=meeting)
        for name in ("level", "unit"):
            rows = rows.filter(**{name: given[name]}) if given[name] else rows
        rows = with_words(rows, given["q"], "code", "title", "text")
        return rows.for_rows().order_by(_nearness(meeting), "due_on", "pk")


def _nearness(meeting: Meeting) -> Case:
    """Levels in the order in which a conference of that kind asks for them.

    Kinds of conferences and levels have the same values.
    """
    others = [level for level in reversed(CoordinationLevel) if level != meeting.kind]
    cases = [When(level=level, then=Value(rank)) for rank, level in enumerate(others, start=1)]
    return Case(When(level=meeting.kind, then=Value(0)), *cases, output_field=IntegerField())


class ContactFilter(DatedForm):
    """Filters of `/contacts/`."""

    q = WordsField(label="编号、事项、对方单位或内容", required=False, max_length=WORDS)
    entry = forms.CharField(label="条目编号", required=False, max_length=20)
    unit = forms.ModelChoiceField(
        label="对接单位", required=False, queryset=Organisation.objects.all(), empty_label="全部"
    )
    after = DayField(label="对接日期自", required=False)
    before = DayField(label="对接日期至", required=False)

    field_order = ("q", "entry", "unit", "after", "before")

    def clean_entry(self) -> LedgerEntry | None:
        written: str = self.cleaned_data["entry"]
        if not written:
            return None
        found = LedgerEntry.objects.filter(code=text.code(written)).first()
        if found is None:
            raise forms.ValidationError(f"没有编号为“{written}”的条目，请核对。")
        return found

    def rows(self) -> ContactQuerySet:
        given = self.cleaned_data
        rows: Any = ContactRecord.objects.all()
        rows = rows.touching(given["entry"]) if given["entry"] else rows
        rows = rows.of_unit([given["unit"]]) if given["unit"] else rows
        rows = rows.filter(**_between(given["after"], given["before"]))
        return with_words(rows, given["q"], *_TOLD).for_rows().order_by("-held_on", "-pk")


_TOLD = ("code", "subject", "other_side", "attendees", "told", "agreed")


def _between(after: dt.date | None, before: dt.date | None) -> dict[str, dt.date]:
    asked = {"held_on__gte": after, "held_on__lte": before}
    return {lookup: day for lookup, day in asked.items() if day}
