"""What may be changed of a matter that people already work on, and what asks for its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..choices import CoordinationLevel, MatterKind, MatterState
from .trail import Act

if TYPE_CHECKING:
    from .matters import Matter

#: Columns that a unit is held to: they change with a reason once it is handed out.
NEEDS_REASON = ("title", "text", "unit", "level", "colour")
#: What stands on the printed slip that was sent.
PRINTED = ("title", "text", "colour", "unit")


def edit_problems(
    matter: Matter, given: dict[str, Any], act: Act, *, moves_entries: bool = False
) -> list[str]:
    """Everything that `given` has against the matter as it stands, by its state and the note."""
    changed = {name for name, value in given.items() if getattr(matter, name) != value}
    found = _lowered(matter, given)
    if matter.state != MatterState.OPEN:
        return found
    if matter.kind == MatterKind.SLIP and changed.intersection(PRINTED):
        found.append("已签发的督办单不能改写，请撤销后重新开具。")
        changed.difference_update(PRINTED)
    if act.note.strip():
        return found
    names = [matter.fact_label(name) for name in NEEDS_REASON if name in changed]
    if names := names + ["涉及条目"] * moves_entries:
        found.append(f"修改已交办事项的{'、'.join(names)}须写明原因。")
    if "due_on" in changed:
        found.append("调整办理时限须写明原因。")
    return found


def _lowered(matter: Matter, given: dict[str, Any]) -> list[str]:
    """What has risen for its due date stays there until another day is set."""
    due_on = given.get("due_on", matter.due_on)
    if matter.raised_for is None or matter.raised_for != due_on:
        return []
    levels = CoordinationLevel.values
    asked = given.get("level", matter.level)
    if asked not in levels or levels.index(asked) >= levels.index(matter.level):
        return []
    return ["已因逾期升级，不能降低层级；调整办理时限后再改。"]
