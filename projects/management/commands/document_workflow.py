"""The tables of `docs/workflow.md`, from the workflow itself; a test holds the two together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ...choices import (
    BINDING_SET,
    COMMENCED_SET,
    LAUNCHED_SET,
    SIGNED_SET,
    STATUSES,
    UNFINISHED_SETS,
    Ledger,
    Status,
)
from ...models import LEDGER_MODELS
from ...workflow import (
    DATE_MOVES,
    LIST_CHANGES,
    RESUMES,
    SETBACKS,
    STEPS,
    STOPS,
    SecondPerson,
    Step,
)
from ._tables import table, written

#: What stands above this line of the page is written by hand.
MARK = "<!-- Below: manage.py document_workflow --write -->"
#: The named sets of each ledger's statuses.
COUNTED = {
    Ledger.AGREEMENTS: {"已签署": SIGNED_SET, "有效": BINDING_SET},
    Ledger.ITEMS: {"已启动": LAUNCHED_SET},
    Ledger.INDUSTRIAL: {"已开工": COMMENCED_SET},
    Ledger.INFRASTRUCTURE: {"已开工": COMMENCED_SET},
}
PROJECTS = (Ledger.INDUSTRIAL, Ledger.INFRASTRUCTURE)
#: The groups of reasons, by the name that the tables use for them.
GROUPS = {SETBACKS: "退回", RESUMES: "恢复履行", STOPS: "停止"}
SECOND = {
    SecondPerson.NOT_NEEDED: "",
    SecondPerson.NOT_THE_FILER: "与登记现状态者不同的人",
    SecondPerson.REQUEST_FIRST: "先提请，另一人确认",
}


class Command(BaseCommand):
    help = "按流程表输出 docs/workflow.md 中的表格；--write 直接写入该页。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="写入 docs/workflow.md")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(written("workflow.md", MARK, tables(), options["write"]))


def tables() -> str:
    """All statuses, steps and reasons, as Markdown."""
    return "\n".join(_lines()).rstrip("\n")


def _lines() -> Iterator[str]:
    for ledger in Ledger:
        steps = [step for step in STEPS if step.ledger == ledger]
        yield from (f"## {ledger.label} (`{ledger.value}`, {len(steps)} steps)", "")
        yield from table(("状态", "slug", "阶段", *_extra_headings(ledger)), _statuses(ledger))
        yield from table(
            ("现状态", "办理", "转为", "动作", "必填栏目", "自动填写", "原因", "说明", "两人办理"),
            (_step(step) for step in steps),
        )
    yield from ("## 原因", "")
    yield from table(
        ("用于", "可选原因"),
        (
            (name, "、".join(reason.label for reason in reasons))
            for reasons, name in {
                **GROUPS,
                DATE_MOVES: "改动计划开始或完成时限",
                LIST_CHANGES: "调出、调入",
            }.items()
        ),
    )


def _extra_headings(ledger: Ledger) -> Iterator[str]:
    if ledger == Ledger.INFRASTRUCTURE:
        yield "官方阶段"
    if ledger in PROJECTS:
        yield "三未"
    yield from (f"计入“{name}”" for name in COUNTED[ledger])


def _statuses(ledger: Ledger) -> Iterator[tuple[str, ...]]:
    for status in STATUSES[ledger]:
        yield (status.label, f"`{status.slug}`", status.phase.label, *_extra(ledger, status))


def _extra(ledger: Ledger, status: Status) -> Iterator[str]:
    if ledger == Ledger.INFRASTRUCTURE:
        yield status.stage
    if ledger in PROJECTS:
        lists = (name.label for name, slugs in UNFINISHED_SETS.items() if status.slug in slugs)
        yield "".join(lists)
    yield from ("是" if status.slug in slugs else "" for slugs in COUNTED[ledger].values())


def _step(step: Step) -> tuple[str, ...]:
    return (
        step.origin.label,
        step.verb,
        step.target.label,
        step.action.label,
        "、".join(_label(step, name) for name in step.needs),
        _label(step, step.sets) if step.sets else "",
        GROUPS[step.reasons] if step.reasons else "",
        "必填" if step.asks_note else "",
        SECOND[step.second_person],
    )


def _label(step: Step, field: str) -> str:
    model = LEDGER_MODELS[step.ledger]
    return str(model._meta.get_field(field).verbose_name)  # type: ignore[union-attr]
