"""What is not told to who may not see drafts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q

from ..choices import MatterState
from ..models import Revision
from ..models.matterrows import sees_drafts

#: Stands for every sentence that names a draft.
UNNAMED = "有议定事项尚未交办，请联系同城化局。"


def discreet(sentences: Iterable[str], decisions: Any, user: Any) -> list[str]:
    """The sentences without the names of those of these decisions that this person may not see.

    One query, and none where nothing is to be hidden.
    """
    told = list(sentences)
    if not told or sees_drafts(user):
        return told
    drafts = decisions.filter(Q(state=MatterState.DRAFT) | Q(opened_on=None))
    names = [f"“{draft}”" for draft in drafts]
    unnamed = [UNNAMED if any(n in sentence for n in names) else sentence for sentence in told]
    return list(dict.fromkeys(unnamed))


def public_part(rows: Sequence[Revision], user: Any) -> list[Revision]:
    """Of a matter's rows, the latest first, those that left it handed out."""
    if sees_drafts(user):
        return list(rows)
    state, shown = "", []
    for row in reversed(rows):
        state = next((c["new"] for c in row.changes if c["field"] == "state"), state)
        if state != MatterState.DRAFT:
            shown.append(row)
    return shown[::-1]
