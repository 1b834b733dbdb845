"""Is the trail what it was? Walks the chains, then holds entries against trail and versions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, OuterRef, Subquery
from django.db.models.functions import Cast

from .models import LEDGER_MODELS, AccessEvent, ChainHead, EntryVersion, LedgerEntry, Revision
from .models.ledger import CHILD_OF
from .models.recorded import Facts, json_value
from .models.trail import GENESIS, ChainedRow, digest

CHUNK = 500


@dataclass(frozen=True)
class Verdict:
    """How many rows were read, and the first thing that does not agree (empty: intact)."""

    rows: int
    events: int
    entries: int
    versions: int
    problem: str = ""

    @property
    def is_intact(self) -> bool:
        return not self.problem


def verify() -> Verdict:
    """Read everything once, in chunks; stops at the first problem.

    Cost: one pass over trail, access events and versions, one over the entries.
    """
    counted = {"rows": 0, "events": 0, "entries": 0, "versions": 0}
    checks = (
        ("rows", lambda: chain_problems(Revision, "变更记录")),
        ("events", lambda: chain_problems(AccessEvent, "登录与导出记录")),
        ("versions", version_problems),
        ("entries", entry_problems),
    )
    for name, check in checks:
        for problem in check():
            if problem:
                return Verdict(**counted, problem=problem)
            counted[name] += 1
    return Verdict(**counted, problem=next(vanished(), ""))


def chain_problems(model: type[ChainedRow], label: str) -> Iterator[str]:
    """For each row of a chain: empty, or what is wrong with it."""
    expected, before = 1, GENESIS
    for row in model._default_manager.order_by("sequence").iterator(chunk_size=CHUNK):
        yield _link_problem(row, expected, before, label)
        expected, before = row.sequence + 1, row.digest
    head = ChainHead.objects.filter(name=model.chain).first()
    if (head.sequence, head.digest) != (expected - 1, before) if head else expected > 1:
        at = head.sequence if head else 0
        yield f"{label}的末尾与链头不符：链头为#{at}，最后一条为#{expected - 1}。"


def _link_problem(row: Any, expected: int, before: str, label: str) -> str:
    if row.sequence != expected:
        return f"{label}缺少#{expected}（下一条是#{row.sequence}）。"
    if row.previous_digest != before:
        return f"{label}#{row.sequence}（{row}）与前一条的摘要接不上。"
    if row.computed_digest() != row.digest:
        return f"{label}#{row.sequence}（{row}）的内容与其摘要不符，已被改动。"
    return ""


def version_problems() -> Iterator[str]:
    """For each version of each entry: does its trail row vouch for what it says?"""
    vouched = Revision.objects.filter(
        record_model=LedgerEntry.trail_model(),
        record_key=OuterRef("key"),
        record_version=OuterRef("version"),
    )
    versions = (
        EntryVersion.objects.annotate(key=Cast("entry_id", CharField()))
        .annotate(
            vouched=Subquery(vouched.values("state_digest")[:1]),
            vouched_at=Subquery(vouched.values("recorded_at")[:1]),
        )
        .order_by("entry_id", "version")
    )
    before = None
    for version in versions.iterator(chunk_size=CHUNK):
        yield _version_problem(version) or _time_problem(version, before)
        before = version


def _version_problem(version: Any) -> str:
    if version.vouched is None:
        return f"{version}（{version.name}）没有对应的变更记录。"
    if digest(version.facts) != version.vouched:
        return f"{version}（{version.name}）的内容与变更记录的摘要不符，已被改动。"
    kept = _kept_columns(version.facts)
    for field in EntryVersion._meta.concrete_fields:
        value = json_value(field, getattr(version, field.attname))
        if field.name in kept and value != kept[field.name]:
            return f"{version}的“{field.verbose_name}”与其存档不符，已被改动。"
    return ""


def _kept_columns(facts: Facts) -> dict[str, Any]:
    """What the columns of a version have to say, by the facts that its trail row vouches for."""
    return {name: fact["value"] for name, fact in facts.items()} | {
        "sector_name": facts["sector"]["text"],
        "lead_name": facts["lead"]["text"],
        "region_codes": facts["regions"]["value"],
    }


def _time_problem(version: Any, before: Any) -> str:
    """A version begins when its trail row was recorded, which is when the one before ended."""
    follows = before and (before.entry_id, before.version + 1) == (
        version.entry_id,
        version.version,
    )
    if version.recorded_from != version.vouched_at or (
        follows and before.recorded_to != version.recorded_from
    ):
        return f"{version}（{version.name}）的起止时间与变更记录不符，已被改动。"
    return ""


def entry_problems() -> Iterator[str]:
    """For each entry: is it what its last trail row and its current version say?"""
    for ledger, accessor in CHILD_OF.items():
        bare = LedgerEntry.objects.filter(ledger=ledger, **{accessor: None}).order_by("pk")
        for entry in bare[:1]:
            yield f"条目“{entry}”在“{ledger.label}”中没有自己的一行，未经变更记录写入或已被删去。"
    for model in LEDGER_MODELS.values():
        entries = (
            model.objects.select_related("sector", "lead")
            .prefetch_related("regions", "partners", "milestones", "figures")
            .order_by("pk")
            .iterator(chunk_size=CHUNK)
        )
        batch: list[LedgerEntry] = []
        for entry in entries:
            batch.append(entry)
            if len(batch) == CHUNK:
                yield from _compared(batch)
                batch = []
        yield from _compared(batch)


def _compared(entries: list[LedgerEntry]) -> Iterator[str]:
    current = {
        version.entry_id: version
        for version in EntryVersion.objects.current().filter(entry__in=[e.pk for e in entries])
    }
    for entry in entries:
        yield _entry_problem(entry, current.get(entry.pk))


def _entry_problem(entry: LedgerEntry, version: EntryVersion | None) -> str:
    if version is None:
        return f"条目“{entry}”没有现行版本，未经变更记录写入。"
    if version.version != entry.version:
        return f"条目“{entry}”为第{entry.version}版，存档的现行版本为第{version.version}版。"
    for name, now in entry.facts().items():
        if name not in version.facts and now["value"] in (None, "", [], False):
            continue  # a column that is younger than this version, and still empty
        kept = version.facts.get(name, {"value": None})["value"]
        if now["value"] != kept:
            return f"条目“{entry}”的“{entry.fact_label(name)}”与最后一条变更记录不符，已被改动。"
    return ""


def vanished() -> Iterator[str]:
    """Entries that the trail knows and the ledger does not have, and versions left out."""
    here = LedgerEntry.objects.annotate(key=Cast("pk", CharField()))
    rows = Revision.objects.filter(record_model=LedgerEntry.trail_model())
    for row in rows.exclude(record_key__in=here.values("key")).order_by("sequence")[:1]:
        yield f"条目“{row.record_name}”在变更记录#{row.sequence}中有，在台账中已不存在。"
    kept = EntryVersion.objects.filter(version=OuterRef("record_version")).annotate(
        key=Cast("entry_id", CharField())
    )
    lost = rows.annotate(
        kept=Subquery(kept.filter(key=OuterRef("record_key")).values("version")[:1])
    ).filter(kept=None)
    for row in lost.order_by("sequence")[:1]:
        yield f"条目“{row.record_name}”的第{row.record_version}版没有存档。"
