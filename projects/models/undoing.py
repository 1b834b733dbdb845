"""撤销: taking back one row of an entry's trail, as a new and reasoned change.

Nothing is restored behind the doors: an edit is undone by an edit, a step by the step that
leads back, 调出 by 调入. What was changed again since is not overwritten: it is named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models

from ..choices import STATUS_LABELS, Action, Reason, Source
from ..rights import Right
from ..workflow import LIST_CHANGES, Step
from .ledger import LedgerEntry
from .milestones import EntryPart, Milestone
from .money import MoneyFigure
from .organisations import Organisation
from .places import Region
from .steps import StepRefused
from .trail import Act, Revision

#: Why an edit is taken back.
EDITS = (Reason.MISRECORDED, Reason.POLICY, Reason.SCOPE, Reason.PARTNER, Reason.OTHER)
#: What cannot be undone, and what to do instead.
NOT_UNDONE = {
    Action.BASELINE: "期初建账不能撤销；不再列入台账的，请办理“调出”。",
    Action.CREATE: "新增条目不能撤销；不再列入台账的，请办理“调出”。",
    Action.REQUEST: "提请尚未确认的，请在条目页“撤回提请”。",
    Action.WITHDRAW: "撤回提请不能撤销；需要的请重新提请。",
}
PARTS: dict[str, type[EntryPart]] = {"milestones": Milestone, "figures": MoneyFigure}
_BATCH = "undo-"


def _is_date(name: str) -> bool:
    """A date that a step fills or empties, or its precision."""
    return name != "status_on" and name.endswith(("_on", "_precision"))


def undone_by(history: Iterable[Revision]) -> dict[int, Revision]:
    """Which rows of an entry's history were undone, each with the row that did it."""
    return {
        int(row.batch.removeprefix(_BATCH)): row for row in history if row.batch.startswith(_BATCH)
    }


def is_undone(row: Revision, undone: Mapping[int, Revision]) -> bool:
    """Was it taken back, and that not taken back in turn?"""
    by = undone.get(row.sequence)
    return by is not None and not is_undone(by, undone)


def is_undoable(row: Revision) -> bool:
    """May it be asked for at all? Whether it is possible, `Undo.problems` tells."""
    return row.action not in NOT_UNDONE


@dataclass
class Undo:
    """Taking back `row` of the trail of `entry`, which is given as it is now."""

    entry: LedgerEntry
    row: Revision
    history: list[Revision] = field(init=False)

    def __post_init__(self) -> None:
        self.entry = self.entry.specific
        self.history = list(Revision.objects.of(self.entry))

    @property
    def is_step(self) -> bool:
        return bool(self.row.old_status) and self.row.old_status != self.row.new_status

    @property
    def is_list_change(self) -> bool:
        return self.row.action in (Action.DELIST, Action.RELIST)

    @property
    def right(self) -> Right:
        return Right.MOVE if self.is_step else Right.EDIT

    @cached_property
    def step(self) -> Step | None:
        """The step that leads back, if the workflow lists one."""
        return self.entry.step_to(self.row.old_status) if self.is_step else None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Those of which one has to be given; none where the step back asks for none."""
        if self.is_step:
            return self.step.reasons if self.step else ()
        return LIST_CHANGES if self.is_list_change else EDITS

    @cached_property
    def changes(self) -> list[Mapping[str, Any]]:
        """The changes to take back: what people set, not what follows from it."""
        if self.is_list_change:
            return [c for c in self.row.changes if c["field"] == "delisted_on"]
        if self.is_step:
            return [c for c in self.row.changes if c["field"] == "status" or _is_date(c["field"])]
        return [c for c in self.row.changes if self._is_set_by_people(c["field"])]

    def _is_set_by_people(self, name: str) -> bool:
        if name in PARTS:
            return True
        return bool(getattr(self._column(name), "editable", False))

    def _column(self, name: str) -> models.Field[Any, Any]:
        found: Any = self.entry._meta.get_field(name)
        return found

    @property
    def shown(self) -> list[Mapping[str, Any]]:
        """The changes as a person reads them: from what is now to what was before."""
        return [
            {**c, "old_text": c["new_text"], "new_text": c["old_text"]}
            for c in self.changes
            if not c["field"].endswith("_precision")
        ]

    @cached_property
    def problems(self) -> list[str]:
        """Everything that stands in the way, each with the way out."""
        if said := NOT_UNDONE.get(Action(self.row.action)):
            return [said]
        if earlier := undone_by(self.history).get(self.row.sequence):
            return [f"这一变更已由第{earlier.sequence}号撤销。"]
        if not self.changes:
            return ["这一变更没有可以撤销的内容。"]
        found = self._changed_since()
        if not found and self.is_step and self.step is None:
            found.append(
                f"流程中没有由“{STATUS_LABELS[self.row.new_status]}”回到"
                f"“{STATUS_LABELS[self.row.old_status]}”的步骤，不能撤销。"
            )
        if self.is_step and self.entry.requested_status:
            found.append("有待确认的提请，请先在条目页“撤回提请”。")
        if not self.is_list_change and self.entry.delisted_on:
            found.append(f"“{self.entry}”已调出台账，请先办理“调入”。")
        if not found and not self.is_step:
            found += self._missing()
        return found

    def _changed_since(self) -> list[str]:
        now, found = self.entry.facts(), []
        for change in self.changes:
            last = self._last_to_change(change["field"])
            if last.sequence != self.row.sequence:
                found.append(
                    f"“{change['label']}”此后又改为“{now[change['field']]['text'] or '空'}”"
                    f"（第{last.sequence}号），请先撤销较晚的变更，或直接编辑。"
                )
        return found

    def _last_to_change(self, name: str) -> Revision:
        """The latest row that stands."""
        return next(
            row
            for row in self.history
            if row.sequence not in self._cancelled and any(c["field"] == name for c in row.changes)
        )

    @cached_property
    def _cancelled(self) -> set[int]:
        """What was taken back, and what did so: neither changes anything any more."""
        undone = undone_by(self.history)
        taken_back = [row.sequence for row in self.history if is_undone(row, undone)]
        by = [undone[sequence].sequence for sequence in taken_back]
        return {*taken_back, *by} - {self.row.sequence}

    def _missing(self) -> list[str]:
        """Records that were named before and are no longer there."""
        found = []
        for change in self.changes:
            model, column = self._related(change["field"])
            if model is None or change["old"] in (None, []):
                continue
            wanted = change["old"] if isinstance(change["old"], list) else [change["old"]]
            if model._default_manager.filter(**{f"{column}__in": wanted}).count() != len(wanted):
                found.append(
                    f"“{change['label']}”原为“{change['old_text']}”，现已不在名录中，请直接编辑。"
                )
        return found

    def _related(self, name: str) -> tuple[Any, str]:
        if name in PARTS:
            return None, ""
        if name in ("regions", "partners"):
            return {"regions": (Region, "code"), "partners": (Organisation, "pk")}[name]
        column = self._column(name)
        return (column.related_model, "pk") if column.is_relation else (None, "")

    # --- doing it -----------------------------------------------------------------------

    def carry_out(
        self,
        *,
        by: Any,
        reason: Reason | None,
        note: str,
        version: int,
        source: Source = Source.WEB,
        at: dt.datetime | None = None,
    ) -> None:
        """Take the change back through its door.

        Raises `PermissionDenied`, `StepRefused` with every reason at once, and `Stale` when
        the entry is no longer at the version that the person has seen.
        """
        if not by.may(self.right):
            raise PermissionDenied("您的岗位不能撤销变更，请联系同城化局。")
        seen = self.entry.as_seen(version)
        problems = list(self.problems)
        if self.reasons and reason not in self.reasons:
            problems.append(f"撤销须选择原因：{'、'.join(r.label for r in self.reasons)}。")
        if not note.strip():
            problems.append("撤销须写明说明。")
        if problems:
            raise StepRefused(problems)
        act = Act(
            by=by,
            source=source,
            reason=reason,
            note=f"撤销第{self.row.sequence}号变更记录：{note.strip()}",
            at=at,
            batch=f"{_BATCH}{self.row.sequence}",
        )
        if self.is_step:
            _set_back(seen, self._old_columns())
            seen.move_to(
                self.row.old_status,
                by=by,
                reason=reason,
                note=act.note,
                version=version,
                source=source,
                at=at,
                batch=act.batch,
                takes_back=True,
            )
        elif self.row.action == Action.DELIST:
            seen.relist(act)
        elif self.row.action == Action.RELIST:
            seen.delist(replace(act, on=self._old_columns()["delisted_on"]))
        else:
            self._edit_back(seen, act)

    def _old_columns(self) -> dict[str, Any]:
        """Columns of the entry, but its status, as they were before the row."""
        columns = {
            change["field"]: self._column(change["field"])
            for change in self.changes
            if change["field"] not in {*PARTS, "regions", "partners", "status"}
        }
        old = {change["field"]: change["old"] for change in self.changes}
        return {column.attname: column.to_python(old[name]) for name, column in columns.items()}

    def _edit_back(self, entry: LedgerEntry, act: Act) -> None:
        _set_back(entry, self._old_columns())
        counted = [
            c["new"] - (c["old"] or 0) for c in self.row.changes if c["field"] == "due_moves"
        ]
        entry.moves_taken_back = sum(counted)
        with entry.recording(act):
            for change in self.changes:
                self._restore_related(entry, change)

    def _restore_related(self, entry: LedgerEntry, change: Mapping[str, Any]) -> None:
        name, old = change["field"], change["old"] or []
        if name == "regions":
            entry.regions.set(Region.objects.filter(code__in=old))
        elif name == "partners":
            entry.partners.set(Organisation.objects.filter(pk__in=old))
        elif name in PARTS:
            _restore_parts(PARTS[name], entry, old)


def _set_back(entry: LedgerEntry, columns: Mapping[str, Any]) -> None:
    """Set columns as they were; refuse in words what would contradict the others."""
    for name, value in columns.items():
        setattr(entry, name, value)
    try:
        entry.validate_constraints()
    except ValidationError as refusal:
        raise StepRefused(refusal.messages) from None


def _restore_parts(model: Any, entry: LedgerEntry, rows: list[dict[str, Any]]) -> None:
    """The milestones or figures as they were, under their old keys."""
    manager = model._default_manager
    manager.filter(entry=entry.pk).exclude(pk__in=[row["id"] for row in rows]).delete()
    there = set(manager.filter(entry=entry.pk).values_list("pk", flat=True))
    for row in rows:
        columns = [f for f in model._meta.concrete_fields if f.name in row]  # some are younger
        part = model(entry=entry, **{f.attname: f.to_python(row[f.name]) for f in columns})
        part.save(force_insert=part.pk not in there, force_update=part.pk in there)
