"""The admin's forms of entries and their parts."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError

from ..choices import Reason
from ..forms import PartialDateField, WholeModelForm, written_date
from ..models import LedgerEntry, Revision
from ..models.accounts import OWN_ROLES
from ..models.entryfacts import SHARED_DATES
from ..models.fields import validate_plain_text
from ..rights import apart, roles_named
from ..workflow import DATE_MOVES
from . import conflicts

NOT_MERGED = frozenset({"version", "change_reason", "change_note", "password"})


class DatedForm(WholeModelForm):
    """A model form with one field for each pair of date and precision."""

    #: Prefix → does it stand for the last day it may mean.
    dates: ClassVar[dict[str, bool]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for prefix in self.dates:
            if prefix in self.fields and self.instance.pk:
                self.initial.setdefault(prefix, written_date(self.instance, prefix))

    def _post_clean(self) -> None:
        for prefix, is_last in self.dates.items():
            if prefix in self.cleaned_data:
                value = self.cleaned_data[prefix]
                day = None if value is None else (value.last if is_last else value.first)
                setattr(self.instance, f"{prefix}_on", day)
                setattr(self.instance, f"{prefix}_precision", value.precision if value else "")
        super()._post_clean()


class VersionedForm(forms.ModelForm):
    """Every edit carries the version it was made on; a stale one is shown mine and theirs."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    #: Filled when someone else has saved since the page was opened.
    conflict: list[conflicts.Difference] | None = None
    changed_by: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["version"] = self.instance.version
            conflicts.keep_initial(f for n, f in self.fields.items() if n not in NOT_MERGED)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk:
            self._compare_versions(cleaned.get("version"))
        return cleaned

    def _compare_versions(self, seen: int | None) -> None:
        """Under the row's lock, so that no one slips in between compare and save."""
        stored = type(self.instance)._base_manager.select_for_update().get(pk=self.instance.pk)
        if seen is None:
            raise ValidationError("页面缺少版本号，未保存任何内容。请重新打开本页后再改。")
        if seen == stored.version:
            return
        self.conflict = conflicts.merge(self, NOT_MERGED)
        rows = Revision.objects.of(self.instance).filter(record_version__gt=seen)
        self.changed_by = tuple(
            f"{row.actor_name}于{row.recorded_at.astimezone():%Y-%m-%d %H:%M}{row.sentence}"
            for row in rows
        )
        self.data["version"] = str(self.instance.version)  # type: ignore[index]
        raise ValidationError(
            "您打开页面之后，他人已保存了这一条目，您的修改尚未保存。您填写的内容都在下面，"
            "请对照“我填写的”和“现在台账中的”，核对后再次保存。",
            code="conflict",
        )


class RecordForm(VersionedForm, WholeModelForm):
    """A record that stands by itself: a place, a unit, a sector, an indicator."""


class GroupsApart(forms.ModelForm):
    """Says before saving what `User` would refuse."""

    def clean_groups(self) -> Any:
        chosen = self.cleaned_data["groups"]
        problems = apart(roles_named(group.name for group in chosen))
        saved_by = self.instance.saved_by
        if saved_by and saved_by.by == self.instance and "groups" in self.changed_data:
            problems.append(OWN_ROLES)
        if problems:
            raise ValidationError(problems)
        return chosen


class AccountForm(GroupsApart, VersionedForm, UserChangeForm):
    """An account."""


class NewAccountForm(GroupsApart, AdminUserCreationForm):
    """An account with its first password."""


class EntryForm(VersionedForm, DatedForm):
    """An entry, which asks why when its dates move."""

    dates = SHARED_DATES

    planned_start = PartialDateField(label="计划开始", help_text="计划启动（开工）的日期。")
    due = PartialDateField(
        label="完成时限", help_text="只知道年或月的，写到年或月为止，不要补成某一天。"
    )
    started = PartialDateField(label="实际开始", help_text="实际启动（开工）的日期。")
    finished = PartialDateField(label="实际完成", help_text="实际办结、投用的日期；未完成的留空。")
    data = PartialDateField(  # type: ignore[assignment]
        label="数据截止日期", help_text="本条目各项数据反映的是哪一天（月、年）的情况。"
    )
    change_reason = forms.ChoiceField(
        label="变更原因",
        required=False,
        choices=[("", "———"), *((r.value, r.label) for r in DATE_MOVES)],
        help_text="改动计划开始或完成时限时必选；改正登记差错的，选“登记有误（更正）”。",
    )
    change_note = forms.CharField(
        label="变更说明",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        validators=[validate_plain_text],
        help_text="写明依据；与原因一并记入变更记录，不可删改。",
    )

    class Meta:
        model = LedgerEntry
        fields: ClassVar[list[str]] = []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance.pk:
            self._ask_for_reason(cleaned)
        return cleaned

    def _ask_for_reason(self, cleaned: dict[str, Any]) -> None:
        reason = cleaned.get("change_reason")
        note = (cleaned.get("change_note") or "").strip()
        for prefix in ("planned_start", "due"):
            if prefix not in self.fields or prefix in self.errors:
                continue
            was, now = written_date(self.instance, prefix), str(cleaned.get(prefix) or "")
            if was and was != now and not reason:
                self.add_error(
                    "change_reason",
                    f"“{self.fields[prefix].label}”由 {was} 改为 {now or '空'}，请选择变更原因。",
                )
        if reason and not note:
            self.add_error("change_note", "选择了变更原因，请写明说明。")

    @property
    def reason(self) -> Reason | None:
        value = self.cleaned_data.get("change_reason")
        return Reason(value) if value else None

    def _post_clean(self) -> None:
        self.instance.begin()
        super()._post_clean()


class AgreementForm(EntryForm):
    dates: ClassVar[dict[str, bool]] = {**SHARED_DATES, "signed": False, "valid_until": True}

    signed = PartialDateField(label="签署日期", help_text="各方正式签署的日期。")
    valid_until = PartialDateField(label="有效期至", help_text="协议有效的最后一日。")


class PartForm(DatedForm):
    """A row of an inline, which sends back what it showed at first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        conflicts.keep_initial(f for n, f in self.fields.items() if n not in ("id", "entry"))


class MilestoneForm(PartForm):
    dates: ClassVar[dict[str, bool]] = {"planned": True, "reached": False}

    planned = PartialDateField(label="计划日期")
    reached = PartialDateField(label="达成日期")


class FigureForm(PartForm):
    dates: ClassVar[dict[str, bool]] = {"dated": False}

    dated = PartialDateField(label="数据日期")
