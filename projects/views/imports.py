"""An office's own ledger: uploaded, its columns mapped, shown as a plan, applied when confirmed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from ..choices import Ledger, Reason
from ..filters import StrictForm
from ..filters.strict import choice
from ..forms import ApplyLedgerForm, OwnLedgerForm
from ..intake import Grid, Refused
from ..models import Upload
from ..sheets import ledgers, mapping, own
from ..sheets import marked as marked_sheets
from ..sheets.fields import targets_of
from ..sheets.headings import folded
from ..sheets.mapping import HEAD_WITHIN, UNITS, HeadingShown, Mapping
from ..sheets.plans import Changed, LedgerPlan, PlannedRow, Verdict
from ..writing import shown
from . import errors, largeplans
from .lists import paged
from .sheets import XLSX, sent_file

#: Rows of a plan on a page, and problems on its first.
ROWS, PROBLEMS = 100, 200
LEFT_OUT = "（不导入）"


def upload(request: HttpRequest) -> HttpResponseBase:
    """Choose ledger and file; leads to its columns."""
    form = OwnLedgerForm(request.POST, request.FILES) if request.method == "POST" else None
    if form and form.is_valid():
        file, ledger = form.cleaned_data["sheet"], Ledger(form.cleaned_data["ledger"])
        try:
            kept = own.kept(request.user, ledger, file.name, file.read())
        except Refused as refusal:
            form.add_error("sheet", refusal.sentence)
        else:
            return redirect("import-columns", kept.pk)
    status = 400 if form else 200
    return render(request, "import.html", {"form": form or OwnLedgerForm()}, status=status)


def _upload(request: HttpRequest, pk: int) -> Upload:
    """One's own; what others have uploaded does not exist."""
    user: Any = request.user
    own_ = Upload.objects.filter(uploaded_by_id=user.pk).exclude(ledger="")
    return get_object_or_404(own_, pk=pk)


# --- columns --------------------------------------------------------------------------------------


class PlaceForm(StrictForm):
    """Which sheet, and which of its rows has the headings."""

    def __init__(self, *args: Any, grids: list[Grid], chosen: Mapping, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["page"]
        sheets = [(str(n), grid.title) for n, grid in enumerate(grids)]
        asked = str(self.data.get("sheet", ""))
        at = int(asked) if asked in dict(sheets) else chosen.sheet
        rows = enumerate(grids[at].rows[:HEAD_WITHIN])
        heads = [(str(n), f"第{n + 1}行：{_beginning(row)}") for n, row in rows]
        self.fields["sheet"] = forms.ChoiceField(label="工作表", choices=sheets)
        self.fields["head"] = forms.ChoiceField(label="标题行", choices=heads)
        self.initial = {"sheet": str(chosen.sheet), "head": str(chosen.head)}


def _beginning(row: list[Any]) -> str:
    words = [shown(cell) for cell in row if cell is not None]
    return "、".join(words[:4])[:60] or "（空行）"


class MappingForm(forms.Form):
    """One of our columns, or none, for each of the file's."""

    sheet = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=200)
    head = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=HEAD_WITHIN)
    unit = forms.ChoiceField(
        label="没有写明单位的金额按",
        required=False,
        choices=[("", "不认，列为问题"), *((unit, unit) for unit in UNITS)],
    )

    def __init__(self, *args: Any, ledger: Ledger, headings: list[HeadingShown], **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.ledger, self.headings = ledger, headings
        ours = [
            (t.name, f"{t.heading}（必填）" if t.is_required else t.heading)
            for t in targets_of(ledger).values()
        ]
        for heading in headings:
            self.fields[f"c{heading.index}"] = forms.ChoiceField(
                label=heading.heading,
                required=False,
                choices=[("", LEFT_OUT), *ours],
                initial=heading.chosen,
            )

    def lines(self) -> list[dict[str, Any]]:
        return [{"heading": h, "field": self[f"c{h.index}"]} for h in self.headings]

    def columns(self) -> dict[str, int]:
        """Index by our column. Raises ValidationError for one that is chosen twice."""
        found: dict[str, int] = {}
        targets = targets_of(self.ledger)
        for heading in self.headings:
            name = self.cleaned_data.get(f"c{heading.index}")
            if name and name in found:
                raise ValidationError(f"“{targets[name].heading}”选了两次，请只选其中一列。")
            if name:
                found[name] = heading.index
        return found

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        given["columns"] = self.columns()
        for problem in Mapping(columns=given["columns"]).problems(self.ledger):
            self.add_error(None, problem)
        return given


def columns(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Which column is which; GET with `sheet` and `head` looks for headings elsewhere."""
    found = _upload(request, pk)
    if found.applied_at:
        return redirect("import-plan", pk)
    try:
        grids = own.grids_of(found)
    except Refused:  # applied in another window meanwhile
        return redirect("import-plan", pk)
    first = own.proposed(found, request.user, grids)
    place = PlaceForm(request.GET or None, grids=grids, chosen=first)
    chosen = first
    if request.method == "POST":
        chosen = _posted(request, found, grids) or first
    elif place.is_bound and place.is_valid():
        sheet, head = (int(place.cleaned_data[name]) for name in ("sheet", "head"))
        chosen = own.proposed(found, request.user, grids, sheet=sheet, head=head)
        place = PlaceForm(grids=grids, chosen=chosen)
    elif (was := Mapping.of(found)) and not place.is_bound:
        chosen = was
        place = PlaceForm(grids=grids, chosen=chosen)
    return _columns(request, found, grids, chosen, place)


def _posted(request: HttpRequest, found: Upload, grids: list[Grid]) -> Mapping | None:
    """The headings at the place that was posted; None when that is nowhere."""
    place = PlaceForm(request.POST, grids=grids, chosen=Mapping())
    sheet, head = (place.data.get(name, "") for name in ("sheet", "head"))
    if not all(re.fullmatch("[0-9]{1,4}", value, re.ASCII) for value in (sheet, head)):
        return None
    if int(sheet) >= len(grids) or int(head) >= min(HEAD_WITHIN, len(grids[int(sheet)].rows)):
        return None
    return own.proposed(found, request.user, grids, sheet=int(sheet), head=int(head))


def _columns(
    request: HttpRequest, found: Upload, grids: list[Grid], chosen: Mapping, place: PlaceForm
) -> HttpResponseBase:
    ledger, grid = Ledger(found.ledger), grids[chosen.sheet]
    headings = mapping.to_show(grid, chosen)
    data = request.POST if request.method == "POST" else None
    at = {"sheet": chosen.sheet, "head": chosen.head, "unit": chosen.unit}
    form = MappingForm(data, ledger=ledger, headings=headings, initial=at)
    if form.is_bound and form.is_valid():
        row = [folded(cell) for cell in grid.rows[chosen.head]]
        given = form.cleaned_data
        final = replace(chosen, columns=given["columns"], unit=given["unit"], headings=row)
        Upload.objects.filter(pk=found.pk, applied_at=None).update(mapping=final.kept())
        if len(grid.rows) - chosen.head - 1 > settings.LONG_PLAN_ROWS:
            return largeplans.begin(request, found)
        return redirect("import-plan", found.pk)
    hints = mapping.doubled(grid, chosen) + ([] if form.is_bound else chosen.problems(ledger))
    context = {
        "upload": found,
        "ledger": ledger,
        "form": form,
        "place": place,
        "hints": hints,
        "notes": [t for t in targets_of(ledger).values() if t.note],
    }
    return render(request, "import_columns.html", context, status=400 if form.errors else 200)


# --- plan -----------------------------------------------------------------------------------------


VERDICTS = [
    {"value": v.value, "label": "新增" if v == Verdict.NEW else v.label}
    for v in Verdict
    if v != Verdict.CONFLICT
]


class PlanForm(StrictForm):
    """One page of a plan, all rows or those of one verdict."""

    verdict = choice("结果", [(v["value"], v["label"]) for v in VERDICTS])


class _Rows:
    """Rows of a plan, cut into pages as a queryset is."""

    def __init__(self, rows: list[PlannedRow]) -> None:
        self.rows = rows

    def count(self) -> int:
        return len(self.rows)

    def none(self) -> _Rows:
        return _Rows([])

    def __getitem__(self, part: slice) -> list[PlannedRow]:
        return self.rows[part]


def plan(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What the ledger would add and change; POST writes it, if it is still the same."""
    found = _upload(request, pk)
    if request.method == "POST":
        return _applied(request, found)
    if not found.applied_at and not found.mapping:
        return redirect("import-columns", pk)
    made = None if found.applied_at else largeplans.kept(found)
    if made is None and not found.applied_at and (answer := largeplans.not_there(request, found)):
        return answer
    return _plan(request, found, made=made)


@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Work out a large plan anew, in the background."""
    found = _upload(request, pk)
    if found.applied_at or not found.mapping:
        return redirect("import-plan", pk)
    return largeplans.begin(request, found)


def _plan(
    request: HttpRequest,
    found: Upload,
    asks: ApplyLedgerForm | None = None,
    made: LedgerPlan | None = None,
) -> HttpResponseBase:
    ledger = Ledger(found.ledger)
    context: dict[str, Any] = {"upload": found, "ledger": ledger}
    if not found.applied_at:
        made = made or largeplans.kept(found) or own.plan(found)
        form = PlanForm(request.GET)
        verdict = form.cleaned_data.get("verdict") if form.is_valid() else ""
        rows = _Rows([row for row in made.rows if not verdict or row.verdict == verdict])
        title = f"导入核对 · {ledger.label}"
        page = paged(request, form, rows, title=title, counter="行", size=ROWS, order="按表中次序")
        problems = made.problems
        context |= {
            "plan": made,
            "page": page,
            "rows": page.rows,
            "form": form,
            "problems": problems[:PROBLEMS] if page.number == 1 else [],
            "more": max(0, len(problems) - PROBLEMS),
            "asks": (asks or ApplyLedgerForm()) if made.moves_dates else None,
            "verdicts": [v for v in VERDICTS if made.counts[v["value"]]],
        }
    return render(request, "import_plan.html", context, status=400 if asks else 200)


def _applied(request: HttpRequest, found: Upload) -> HttpResponseBase:
    form = ApplyLedgerForm(request.POST)
    if "shown" in form.errors or not found.mapping:
        return errors.bad_request(request, problems=["提交的内容无法识别，请刷新后重试。"])
    if form.errors:
        return _plan(request, found, form)
    given = form.cleaned_data
    reason = Reason(given["reason"]) if given["reason"] else None
    moves = ledgers.Moves(reason, given["note"])
    try:
        counts = ledgers.apply(found, given["shown"], by=request.user, moves=moves)
    except ledgers.ReasonNeeded:
        form.add_error("reason", "请选择时限变更的原因，并写明说明。")
        return _plan(request, found, form)
    except Changed:
        if largeplans.is_large(found):
            messages.error(request, largeplans.CHANGED)
            return largeplans.begin(request, found)
        messages.error(request, "没有导入：台账在核对期间有变化，以下是重新核对的结果，请再确认。")
        return redirect("import-plan", found.pk)
    messages.success(request, f"已导入：新增{counts['new']}条，修改{counts['changed']}条。")
    return redirect("import-plan", found.pk)


@require_GET
def marked(request: HttpRequest, pk: int) -> HttpResponse:
    """The file with its problems marked in the cells."""
    found = _upload(request, pk)
    if found.applied_at or not found.mapping:
        raise Http404
    file, chosen = found.files.get(), Mapping.of(found)
    assert chosen is not None
    try:
        page = (file.name, own.grids_of(found)[chosen.sheet])
    except Refused:
        raise Http404 from None
    content = marked_sheets.workbook([page], own.plan(found))
    label = Ledger(found.ledger).label
    name = f"{label}导入核对结果.xlsx"
    return sent_file(request, content, XLSX, name, f"checked-{found.ledger}.xlsx")
