"""通报: what the office writes around the figures of a frozen month or quarter.

The figures are nowhere stored: the texts name them (`projects.wording`), and they are read as at
the closing of the month.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Self

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from ..choices import Action, BriefSection, BriefState
from ..periods import Month, Period, Quarter, period
from ..rights import Right
from ..wording import problems as faults_of_words
from .doors import ByDoor, faults, unknown
from .fields import LineField, ProseField, validate_plain_text
from .recorded import Facts, Recorded
from .recordedrows import RecordedQuerySet
from .rounds import Round
from .trail import Act, Revision, Stale

#: The longest text of a part.
LENGTH = 5000
#: What is typed when a brief is issued.
SIGNING = ("number", "signer", "issued_on")
#: What is typed with the texts.
HEAD = ("addressees",)


class BriefRefused(ValidationError):
    """A brief that may not be changed so; every reason at once."""


class BriefQuerySet(RecordedQuerySet):
    def issued(self) -> Self:
        return self.filter(state=BriefState.ISSUED)

    def visible_to(self, user: Any) -> Self:
        """Drafts are the office's own."""
        return self if user.may(Right.EDIT) else self.issued()

    def of(self, of: Period) -> Brief:
        """The brief of that period; one that is not stored yet where the office has no text."""
        found: Brief | None = self.filter(period=str(of)).first()
        return found or Brief(period=str(of))


def round_of(of: Period) -> Round | None:
    """The frozen month as at which a brief of that period is read; of a quarter its last one."""
    last = of.first if isinstance(of, Month) else of.months[-1].first
    return Round.objects.frozen().filter(month__range=(of.first, last)).first()


class Brief(ByDoor, Recorded):
    """The text of one brief. Its doors: `write`, `issue` and `retract`."""

    keeps_versions: ClassVar[bool] = True

    period = models.CharField("期间", max_length=7, unique=True)
    state = models.CharField(
        "状态", max_length=10, choices=BriefState.choices, default=BriefState.DRAFT
    )
    addressees = LineField("主送单位", max_length=200, blank=True)
    texts = models.JSONField("各部分文字", default=dict)
    round = models.ForeignKey(
        Round, models.PROTECT, null=True, related_name="briefs", verbose_name="数据所在月报"
    )
    number = LineField("文号", max_length=40, blank=True)
    signer = LineField("签发人", max_length=40, blank=True)
    issued_on = models.DateField("成文日期", null=True, blank=True)
    issued_at = models.DateTimeField("签发登记时间", null=True)
    issued_by = LineField("签发登记人", max_length=400, blank=True)
    note = ProseField("撤回签发的原因", blank=True)

    objects = BriefQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通报"
        base_manager_name = "objects"  # related managers write by it
        ordering = ["-period"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=BriefState.values),
                name="brief_state_known",
                violation_error_message="通报的状态不在表中。",
            ),
            models.CheckConstraint(
                condition=~Q(state=BriefState.ISSUED)
                | (Q(issued_on__isnull=False, round__isnull=False) & ~Q(signer="")),
                name="brief_issued_whole",
                violation_error_message="签发的通报须写明签发人、成文日期和所依据的月报。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.of.label}通报"

    def get_absolute_url(self) -> str:
        return self.address("brief", self.of)

    @property
    def of(self) -> Month | Quarter:
        return period(self.period)

    @property
    def is_issued(self) -> bool:
        return self.state == BriefState.ISSUED

    @property
    def reads(self) -> Round | None:
        """The frozen month whose figures it tells: of an issued one, that of its issue."""
        return self.round if self.is_issued else round_of(self.of)

    def trail_code(self) -> str:
        return self.period

    def facts(self) -> Facts:
        facts = super().facts()
        facts["texts"]["text"] = "\n".join(
            f"【{section.label}】{self.texts[section]}"
            for section in BriefSection
            if self.texts.get(section)
        )
        return facts

    # --- the doors --------------------------------------------------------------------

    def write(
        self, texts: Mapping[str, str], head: dict[str, Any], act: Act, *, version: int
    ) -> None:
        """Set the texts of the parts; an empty one is left to the neutral words.

        Raises `PermissionDenied`, `BriefRefused` with every reason, and `Stale`.
        """
        _refuse_strangers(act.by)
        unknown(texts, BriefSection.values)
        unknown(head, HEAD)
        with transaction.atomic(), self._through_the_door():
            Revision.locked_head()
            self._refuse_twins()
            with self.recording(act, expect=version):
                problems = self._period_problems() + self._writing_problems(texts)
                self.texts = {name: text for name, text in texts.items() if text}
                for name, value in head.items():
                    setattr(self, name, value)
                if problems := problems + faults(self, head):
                    raise BriefRefused(problems)

    write.alters_data = True  # type: ignore[attr-defined]

    def _refuse_twins(self) -> None:
        """Two may begin the same brief at once: the second sees what the first has saved."""
        if self._state.adding:
            stored = Brief.objects.filter(period=self.period).first()
            if stored:
                raise Stale(stored)

    def _period_problems(self) -> list[str]:
        if round_of(self.of):
            return []
        return [f"{self.of.label}没有冻结的月报，没有数字可以通报。"]

    def _writing_problems(self, texts: Mapping[str, str]) -> list[str]:
        found = []
        if self.is_issued:
            found.append(f"“{self}”已签发，不能再修改；需要修改的，请先撤回签发。")
        for section in BriefSection:
            text = texts.get(section, "")
            if len(text) > LENGTH:
                found.append(f"“{section.label}”超过{LENGTH}字，请精简。")
            try:
                validate_plain_text(text)
            except ValidationError as problem:
                found += [f"“{section.label}”：{told}" for told in problem.messages]
        return found + faults_of_words(dict(texts))

    def issue(
        self, given: dict[str, Any], texts: Mapping[str, str], act: Act, *, version: int
    ) -> None:
        """Freeze the text; `given` are columns of `SIGNING`, `texts` what stood on the page.

        Neutral words become the office's own by being issued. Raises as `write`.
        """
        _refuse_strangers(act.by)
        unknown(given, SIGNING)
        act = replace(act, action=Action.ISSUE).stamped()
        with transaction.atomic(), self._through_the_door():
            Revision.locked_head()
            self._refuse_twins()
            with self.recording(act, expect=version):
                problems = self._period_problems() + self._writing_problems(texts)
                problems += self._signing_problems(given, act)
                for name, value in given.items():
                    setattr(self, name, value)
                if problems := problems + faults(self, SIGNING):
                    raise BriefRefused(problems)
                self.texts = {name: text for name, text in texts.items() if text}
                self.state, self.round = BriefState.ISSUED, round_of(self.of)
                self.issued_at, self.issued_by, self.note = act.at, act.actor_name, ""

    issue.alters_data = True  # type: ignore[attr-defined]

    def _signing_problems(self, given: dict[str, Any], act: Act) -> list[str]:
        labels = {name: self.fact_label(name) for name in SIGNING}
        found = [
            f"“{labels[name]}”还没有填写。"
            for name in ("signer", "issued_on")
            if not given.get(name)
        ]
        on, read = given.get("issued_on"), round_of(self.of)
        if isinstance(on, dt.date) and on > timezone.localdate(act.at):
            found.append(f"成文日期 {on} 晚于今天，请核对。")
        if isinstance(on, dt.date) and read and on < timezone.localdate(read.closed_at):
            found.append(f"成文日期 {on} 早于{read}冻结的日期，请核对。")
        return found

    def retract(self, act: Act, *, version: int) -> None:
        """Make an issued brief a draft again, with the reason in `act.note`. Raises as `write`."""
        _refuse_strangers(act.by)
        act = replace(act, action=Action.RETRACT).stamped()
        with self._through_the_door(), self.recording(act, expect=version):
            if not self.is_issued:
                raise BriefRefused(f"“{self}”没有签发，无须撤回。")
            if not act.note.strip():
                raise BriefRefused("撤回签发须写明原因。")
            self.state, self.note = BriefState.DRAFT, act.note
            self.number, self.signer, self.issued_by = "", "", ""
            self.round = self.issued_on = self.issued_at = None

    retract.alters_data = True  # type: ignore[attr-defined]

    def settle(self, stored: Recorded | None, act: Act) -> None:
        """Refuse what comes by no door."""
        if not self._by_door:
            raise BriefRefused("通报只能由拟稿、签发和撤回改变，不能直接修改。")

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise ValidationError("通报不能删除；不再有效的，请撤回签发并写明原因。")


def _refuse_strangers(user: Any) -> None:
    if user is None or not user.may(Right.EDIT):
        raise PermissionDenied("通报由同城化局拟稿和签发。")
