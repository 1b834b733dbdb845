"""Bulk actions on selected entries: all or none, one trail row each."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from ..choices import Action, Source
from ..forms import StepForm
from ..models import Act, LedgerEntry, Stale
from ..periods import today
from ..workflow import Step

LIMIT = 500


class BulkForm(StepForm):
    """Step, day, reason and note for all selected entries."""

    version = None  # type: ignore[assignment]
    to = forms.ChoiceField(label="办理")  # type: ignore[assignment]

    def __init__(self, *args: Any, targets: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [("", "请选择"), *targets]  # type: ignore[attr-defined]
        self.initial.setdefault("on", today().isoformat())
        if not targets:
            del self.fields["to"]


def _is_no_move(step: Step) -> bool:
    return step.action is not Action.MOVE


def common_steps(entries: list[LedgerEntry]) -> list[tuple[str, str]]:
    """The steps that every one of the entries can take: target and verb."""
    offers = [
        {s.target.slug: s.verb for s in sorted(e.next_steps(), key=_is_no_move)} for e in entries
    ]
    if not offers:
        return []
    shared = set.intersection(*(set(offer) for offer in offers))
    return [(target, verb) for target, verb in offers[0].items() if target in shared]


def _run(
    modeladmin: Any,
    request: HttpRequest,
    queryset: QuerySet[Any],
    title: str,
    name: str,
    targets: list[tuple[str, str]],
    apply: Callable[[LedgerEntry, dict[str, Any], str], Any],
) -> HttpResponse | None:
    """Show the small page, or do it for all; None leads back to the list."""
    entries = list(queryset.order_by("pk")[: LIMIT + 1])
    if len(entries) > LIMIT:
        messages.error(request, f"一次最多办理{LIMIT}条，请缩小选择范围。")
        return None
    problems: list[str] = []
    form = BulkForm(request.POST if "apply" in request.POST else None, targets=targets)
    if "apply" in request.POST and form.is_valid():
        problems = _apply_to_all(request, entries, form.cleaned_data, apply)
        if not problems:
            messages.success(request, _done(title, entries))
            return None
        # Read again: those that could have gone had been moved on, and were taken back.
        entries = list(queryset.order_by("pk"))
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": title,
        "opts": modeladmin.model._meta,
        "entries": entries,
        "form": form,
        "problems": problems,
        "action_name": name,
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "seen": [(f"seen-{entry.pk}", entry.version) for entry in entries],
    }
    return TemplateResponse(request, "admin/projects/bulk_step.html", context)


def _done(title: str, entries: list[LedgerEntry]) -> str:
    """What was done; a request is not yet the step."""
    keys = [entry.pk for entry in entries]
    waiting = LedgerEntry.objects.filter(pk__in=keys).exclude(requested_status="").count()
    if waiting:
        return f"{title}：{waiting}条已提请，待另一人确认。"
    return f"{title}：{len(entries)}条全部办理完毕。"


def _apply_to_all(
    request: HttpRequest,
    entries: list[LedgerEntry],
    given: dict[str, Any],
    apply: Callable[[LedgerEntry, dict[str, Any], str], Any],
) -> list[str]:
    """Every problem of every entry; with any, nothing is changed."""
    batch, problems = uuid.uuid4().hex, []
    with transaction.atomic():
        keys = [entry.pk for entry in entries]
        locked = LedgerEntry.objects.select_for_update().filter(pk__in=keys).order_by("pk")
        stored = {entry.pk: entry.version for entry in locked}
        for entry in entries:
            seen = request.POST.get(f"seen-{entry.pk}", "")
            if seen != str(stored[entry.pk]):
                problems.append(f"{entry}：打开页面之后已被他人修改，请返回列表核对后重新选择。")
                continue
            try:
                apply(entry, given, batch)
            except ValidationError as refusal:
                problems += [f"{entry}：{message}" for message in refusal.messages]
            except Stale as stale:
                problems.append(f"{entry}：{stale}")
        if problems:
            transaction.set_rollback(True)
    return problems


@admin.action(description="办理状态推进…", permissions=["change"])
def take_step(
    modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    targets = common_steps(list(queryset.order_by("pk")[: LIMIT + 1]))
    if not targets:
        messages.error(request, "所选条目没有共同的下一步；请只选状态相同的条目。")
        return None

    def apply(entry: LedgerEntry, given: dict[str, Any], batch: str) -> Action:
        return entry.move_to(
            given["to"],
            by=request.user,
            on=given["on"],
            reason=given["reason"],
            note=given["note"],
            source=Source.ADMIN,
            batch=batch,
        )

    return _run(modeladmin, request, queryset, "批量推进", "take_step", targets, apply)


def _act(request: HttpRequest, given: dict[str, Any], batch: str) -> Act:
    return Act(
        by=request.user,
        source=Source.ADMIN,
        on=given["on"],
        reason=given["reason"],
        note=given["note"],
        batch=batch,
    )


def _list_change(
    modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any], title: str, door: str
) -> HttpResponse | None:
    def apply(entry: LedgerEntry, given: dict[str, Any], batch: str) -> None:
        if given["reason"] is None or not given["note"].strip():
            raise ValidationError("请选择原因并写明说明。")
        getattr(entry, door)(_act(request, given, batch))

    name = {"delist": "leave_list", "relist": "join_list"}[door]
    return _run(modeladmin, request, queryset, title, name, [], apply)


@admin.action(description="调出台账…", permissions=["change"])
def leave_list(
    modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    return _list_change(modeladmin, request, queryset, "调出台账", "delist")


@admin.action(description="调入台账…", permissions=["change"])
def join_list(
    modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    return _list_change(modeladmin, request, queryset, "调入台账", "relist")
