"""A supervision slip as it is printed: one page of A4, whatever was written."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render

from .. import text
from ..choices import Action, MatterKind, MatterState
from ..forms.matters import SLIP_COLUMNS, SLIP_LINES
from ..models import FollowUps, Matter, Revision
from . import errors
from .books import unknown
from .matters import find

#: The office that issues slips, as it stands on their head.
OFFICE = "资阳市同城化发展工作局"
TITLE = "督办单"
#: Lines on the page for the entries, the title and the reply; a longer reply is cut and says so.
ENTRY_LINES, TITLE_LINES, REPLY_LINES, UNIT_LINES = 3, 4, 8, 5
#: With more lines than this in all, the type is smaller.
ROOMY = 26
#: What a sheet says across its head that is not to be obeyed.
MARKS = {MatterState.DRAFT: "拟办稿，未签发", MatterState.DROPPED: "已撤销，作废"}


@dataclass(frozen=True)
class Fitted:
    """A text as it stands on the page."""

    shown: str
    is_cut: bool

    @property
    def lines(self) -> int:
        return sum(text.lines_of(line, SLIP_COLUMNS) for line in self.shown.split("\n"))


def _fitted(written: str, lines: int) -> Fitted:
    return Fitted(*text.fitting(written, columns=SLIP_COLUMNS, lines=lines))


def slip(request: HttpRequest, code: str) -> HttpResponseBase:
    if problems := unknown(request):
        return errors.bad_request(request, problems=problems)
    found, followups = find(request, code)
    if found.kind != MatterKind.SLIP:
        raise Http404
    told = _told(found, followups)
    context = {
        "slip": found,
        "office": OFFICE,
        "title": TITLE,
        **told,
        "is_tight": sum(fitted.lines for fitted in told.values()) > ROOMY,
        "signer": signer(found),
        "mark": MARKS.get(MatterState(found.state), ""),
    }
    return render(request, "slip.html", context)


def _told(found: Matter, followups: FollowUps) -> dict[str, Fitted]:
    """All that may be long, each in its lines."""
    person = f"（{found.responsible_person}）" if found.responsible_person else ""
    entries = "；".join(f"{entry.code} {entry.name}" for entry in found.entries.all())
    return {
        "unit": _fitted(f"{found.unit or '（待定）'}{person}", UNIT_LINES),
        "about": _fitted(found.title, TITLE_LINES),
        "entries": _fitted(entries, ENTRY_LINES),
        "text": _fitted(found.text, SLIP_LINES),
        "reply": _fitted(reply(found, followups), REPLY_LINES),
    }


def reply(found: Matter, followups: FollowUps) -> str:
    """What the unit has told: the result it filed, else its accounts, the last one first."""
    if found.outcome:
        return found.outcome
    told = reversed(followups.handlings([found]))
    return "\n".join(f"{handling.handled_on.isoformat()}：{handling.told}" for handling in told)


def signer(found: Matter) -> str:
    """Whose account issued it, by the trail: as a draft that was issued, or at once."""
    if not found.document_number:
        return ""
    rows = Revision.objects.of(found).filter(action__in=[Action.ISSUE, Action.CREATE])
    row = rows.first()  # the latest: an issued draft was created before
    return row.actor_name.rpartition("（")[0] or row.actor_name if row else ""
