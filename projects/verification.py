"""Is the trail what it was? Walks the chains, then holds entries against trail and versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from itertools import groupby, islice
from operator import attrgetter
from typing import Any

from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast

from . import rounds
from .choices import AccessAction, Action
from .models import (
    LEDGER_MODELS,
    AccessEvent,
    AgendaItem,
    Attachment,
    AttachmentContent,
    Brief,
    BriefTemplate,
    CalendarDay,
    ChainHead,
    ContactRecord,
    EntryState,
    EntryVersion,
    Handling,
    Indicator,
    LedgerEntry,
    LightRule,
    Matter,
    Meeting,
    Organisation,
    Receipt,
    Recorded,
    RecordVersion,
    Region,
    Reminder,
    Report,
    ReportingRule,
    Revision,
    Round,
    Sector,
    Segment,
    TaskForce,
    User,
)
from .models.entryfacts import joined
from .models.ledger import CHILD_OF
from .models.places import search_text
from .models.recorded import Facts, json_value
from .models.trail import GENESIS, ChainedRow, digest

CHUNK = 500
#: What events of older exports do not repeat of their receipts.
YOUNGER = frozenset({"actor", "issued_at", "title", "extension", "columns", "rows_sha256"})
#: What a trail leaves out when a record is new.
UNSAID: tuple[Any, ...] = (None, "", [], False)
#: What a report says that nobody has begun: each column's default.
BLANK = {
    field.attname: field.get_default()
    for field in Report._meta.concrete_fields
    if not field.primary_key and not field.is_relation and field.attname not in Report.unrecorded
}
#: Records whose versions are kept whole.
KEPT = (
    *(Sector, Region, Organisation, Indicator),
    *(Round, CalendarDay, ReportingRule, LightRule, Reminder, Attachment),
    *(Matter, Handling, Meeting, AgendaItem, ContactRecord, TaskForce),
    *(Brief, BriefTemplate),
)
#: Contents of attachments that are in memory together.
FILES = 4
DERIVED = ("search_text", "places", "partner_keys", "expires_on")


@dataclass(frozen=True)
class Verdict:
    """How many rows were read, and the first thing that does not agree (empty: intact)."""

    rows: int
    events: int
    entries: int
    versions: int
    records: int
    accounts: int
    receipts: int
    rounds: int
    reports: int
    attachments: int
    problem: str = ""

    @property
    def is_intact(self) -> bool:
        return not self.problem


def verify() -> Verdict:
    """Read everything once, in chunks; stops at the first problem.

    Cost: one pass over trail, access events and versions, one over the entries.
    """
    counted = {f.name: 0 for f in fields(Verdict) if f.name != "problem"}
    checks = (
        ("rows", lambda: chain_problems(Revision, "变更记录")),
        ("events", lambda: chain_problems(AccessEvent, "登录与导出记录")),
        ("versions", version_problems),
        ("entries", entry_problems),
        ("records", record_problems),
        ("accounts", account_problems),
        ("receipts", receipt_problems),
        ("rounds", round_problems),
        ("reports", report_problems),
        ("attachments", attachment_problems),
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


def receipt_problems() -> Iterator[str]:
    """Is each receipt what the access event of its completion says?"""
    events = AccessEvent.objects.filter(action=AccessAction.EXPORT).values_list(
        "details", flat=True
    )
    told = {
        details["receipt"]: details
        for details in events.values_list("details", flat=True)
        if "receipt" in details
    }
    for receipt in Receipt.objects.exclude(completed_at=None).order_by("number"):
        details = told.pop(receipt.number, {})
        differs = any(
            _moment(details.get(name)) != _moment(value)
            for name, value in receipt.told().items()
            if name in details or name not in YOUNGER
        )
        yield f"导出回执{receipt.shown}与登录与导出记录不符，已被改动。" if differs else ""
    for number in sorted(told):
        yield f"导出回执{number:07d}在登录与导出记录中有，现已不存在或未完成。"


def _moment(value: Any) -> Any:
    """A moment whatever the offset it was written with; all else as it is."""
    if isinstance(value, str) and "T" in value:
        with suppress(ValueError):
            return dt.datetime.fromisoformat(value)
    return value


def round_problems() -> Iterator[str]:
    """For each frozen month: did it close where the trail says, and do its figures still hold?"""
    before: Round | None = None
    for found in Round.objects.frozen().order_by("month"):
        if before and found.closed_at <= before.closed_at:
            yield f"{found}的冻结时间不晚于{before}，已被改动。"
        before = found
        last = Revision.objects.filter(sequence=found.trail_sequence or 0).first()
        if last is None or last.digest != found.trail_digest:
            yield f"{found}冻结时的变更记录末条#{found.trail_sequence}与变更记录不符，已被改动。"
        yield rounds.frozen_problem(found)


def version_problems() -> Iterator[str]:
    """For each version of each entry, in each segment: does its trail row vouch for it?"""
    versions = (
        EntryVersion.objects.select_related("state")
        .annotate(key=Cast("entry_id", CharField()))
        .annotate(**_vouched(LedgerEntry.trail_model()))
        .order_by("segment", "entry_id", "version")
    )
    segments = {segment.number: segment for segment in Segment.objects.all()}
    above = dict(Region.objects.exclude(parent=None).values_list("code", "parent__code"))
    before: Any = None
    for version in versions.iterator(chunk_size=CHUNK):
        yield (
            (before and _time_problem(before, version))
            or _version_problem(version, above)
            or _place_problem(version, segments)
        )
        before = version
    if before and (problem := _time_problem(before, None)):
        yield problem
    yield from segment_problems(list(segments.values()))


def _vouched(model: Any) -> dict[str, Any]:
    """Digest and moment of the trail row of a version, whose record is in `key`."""
    rows = Revision.objects.filter(
        record_model=model, record_key=OuterRef("key"), record_version=OuterRef("version")
    )
    following = Revision.objects.filter(
        record_model=model,
        record_key=OuterRef("key"),
        record_version=OuterRef("version") + 1,
    )
    return {
        "vouched": Subquery(rows.values("state_digest")[:1]),
        "vouched_at": Subquery(rows.values("recorded_at")[:1]),
        "sequence": Subquery(rows.values("sequence")[:1]),
        "next_sequence": Subquery(following.values("sequence")[:1]),
        "next_at": Subquery(following.values("recorded_at")[:1]),
    }


def _version_problem(version: Any, above: dict[str, str]) -> str:
    facts = version.state.facts
    if version.vouched is None or (version.state.entry_id, version.state.version) != (
        version.entry_id,
        version.version,
    ):
        return f"{version}（{version.name}）没有对应的变更记录。"
    if digest(facts) != version.vouched:
        return f"{version}（{version.name}）的内容与变更记录的摘要不符，已被改动。"
    kept = _kept_columns(facts, above)
    for field in EntryVersion._meta.concrete_fields:
        value = json_value(field, getattr(version, field.attname))
        if field.name in kept and value != kept[field.name]:
            return f"{version}的“{field.verbose_name}”与其存档不符，已被改动。"
    return ""


def _kept_columns(facts: Facts, above: dict[str, str]) -> dict[str, Any]:
    """What the columns of a version have to say, by the facts that its trail row vouches for."""
    said = {name: fact["value"] for name, fact in facts.items()}
    regions = set(said["regions"])
    named = (said[n] for n in ("name", "aliases", "responsible_person", "contact_leader"))
    return said | {
        "origin_id": said.get("agreement") or said.get("item"),
        "expires_on": said.get("valid_until_on"),
        "partner_keys": joined(said["partners"]),
        "places": joined(regions | {above[code] for code in regions if code in above}),
        "search_text": search_text(said["code"], *named),
    }


def _place_problem(version: Any, segments: dict[int, Segment]) -> str:
    """In its segment a version was recorded, or was valid when the segment began."""
    segment, following = segments.get(version.segment), segments.get(version.segment + 1)
    if segment is None:
        return f"{version}（{version.name}）不属于任何历史分段。"
    is_of_it = version.sequence > segment.after_sequence
    if is_of_it and following:
        is_of_it = version.sequence <= following.after_sequence
    was_valid = version.sequence <= segment.after_sequence and (
        version.next_sequence is None or version.next_sequence > segment.after_sequence
    )
    if not is_of_it and not was_valid:
        return f"{version}（{version.name}）不应在{segment}，已被改动。"
    return ""


def _time_problem(version: Any, following: Any) -> str:
    """A version begins when its trail row was recorded, and ends when the next one begins."""
    ends = following.recorded_from if _follows(version, following) else None
    begins = [version.recorded_from, version.updated_at]
    if begins != [version.vouched_at] * 2 or version.recorded_to != ends:
        return f"{version}（{version.name}）的起止时间与变更记录不符，已被改动。"
    return ""


def _follows(version: Any, following: Any) -> bool:
    return following is not None and (version.segment, version.entry_id, version.version + 1) == (
        following.segment,
        following.entry_id,
        following.version,
    )


def segment_problems(segments: list[Segment]) -> Iterator[str]:
    """Does each segment begin where the trail says, and hold all that belongs in it?"""
    rows = Revision.objects.filter(record_model=LedgerEntry.trail_model())
    first = rows.order_by("sequence").first()
    if (first is None) != (not segments):
        yield "历史分段与变更记录不符，有缺失或多余。"
    for number, segment in enumerate(segments, start=1):
        following = segments[number] if number < len(segments) else None
        if problem := _segment_problem(segment, number, following, first):
            yield problem


def _segment_problem(
    segment: Segment, number: int, following: Segment | None, first: Revision | None
) -> str:
    rows = Revision.objects.filter(record_model=LedgerEntry.trail_model())
    begin = first if number == 1 else rows.filter(sequence=segment.after_sequence).first()
    after = begin.sequence - (number == 1) if begin else None
    if begin is None or (segment.number, segment.began_at, segment.after_sequence) != (
        number,
        begin.recorded_at,
        after,
    ):
        return f"历史版本{segment}的起点与变更记录不符，已被改动。"
    entries = rows.filter(record_version=1, sequence__lte=segment.after_sequence).count()
    recorded = rows.filter(sequence__gt=segment.after_sequence)
    if following:
        recorded = recorded.filter(sequence__lte=following.after_sequence)
    due = entries + recorded.count()
    held = EntryVersion.objects.filter(segment=segment.number).count()
    if held != due or segment.copied != entries:
        return f"历史版本{segment}应有{due}个，现有{held}个，有缺失或多余。"
    return ""


def record_problems() -> Iterator[str]:
    """For each version of what is kept whole (`KEPT`), and each of today's."""
    for model in KEPT:
        name = model.trail_model()
        versions: Any = (
            RecordVersion.objects.filter(record_model=name)
            .annotate(key=Cast("record_key", CharField()))
            .annotate(**_vouched(name))
            .order_by("record_key", "version")
        )
        current = {}
        for version in versions.iterator(chunk_size=CHUNK):
            if digest(version.facts) != version.vouched or version.name != _name(model, version):
                yield f"{version}的内容与变更记录的摘要不符，已被改动。"
            if (version.recorded_from, version.recorded_to) != (
                version.vouched_at,
                version.next_at,
            ):
                yield f"{version}的起止时间与变更记录不符，已被改动。"
            if version.recorded_to is None:
                current[version.record_key] = version
        recorded = Revision.objects.filter(record_model=name).exclude(action=Action.DELETE).count()
        if recorded != (held := versions.count()):
            yield f"{model._meta.verbose_name}的历史版本应有{recorded}个，现有{held}个。"
        yield from _named_problems(model, current)


def account_problems() -> Iterator[str]:
    """Is each account what the changes in its trail make of it? Rights and passwords included."""
    told = dict(_told(User))
    for user in User.objects.prefetch_related("groups").order_by("pk"):
        if str(user.pk) not in told:
            yield f"账号“{user.username}”没有变更记录，未经变更记录写入。"
            continue
        facts, _ = told.pop(str(user.pk))
        yield _differing(user, facts, f"账号“{user.username}”")
    for facts, name in told.values():
        if facts:
            yield f"账号“{name}”在变更记录中有，现已不存在。"


def report_problems() -> Iterator[str]:
    """Is each report what its trail makes of it, and on each due entry one? In chunks."""
    for found in Round.objects.order_by("month"):
        due = sorted(found.reports.values_list("entry", "unit"))
        if digest(due) != (found.due_digest or digest([])):
            yield f"{found}的应报清单与变更记录不符，有缺失或多余。"
    reports = Report.objects.for_rows()
    told = _told(Report)
    while batch := dict(islice(told, CHUNK)):
        stored = {str(report.pk): report for report in reports.filter(pk__in=batch)}
        for key, (facts, name) in batch.items():
            if key not in stored or stored[key].version == 0:
                yield f"月报“{name}”在变更记录中有，现已不存在或未填。"
            else:
                yield _differing(stored[key], facts, f"月报“{name}”")
    trailed = Revision.objects.filter(record_model=Report.trail_model())
    known = trailed.values("record_key").distinct().count()
    if known != Report.objects.exclude(version=0).count():
        yield "有的月报填报没有变更记录，未经变更记录写入。"
    blank = Report.objects.filter(version=0)
    if blank.exclude(**BLANK).exists():
        yield "有的未填报的月报已有内容，未经变更记录写入。"


def attachment_problems() -> Iterator[str]:
    """For each attachment: is its content there, with the digest that its record says?

    Reads every content once; the records themselves are among those kept whole.
    """
    sound: dict[str, bool] = {}
    kept = AttachmentContent.objects.order_by("sha256")
    for content in kept.iterator(chunk_size=FILES):
        sound[content.sha256] = content.is_sound
    known = set()
    for attachment in Attachment.objects.order_by("pk").iterator(chunk_size=CHUNK):
        known.add(attachment.sha256)
        if attachment.sha256 not in sound:
            yield f"附件“{attachment}”的内容已不存在。"
        elif not sound[attachment.sha256]:
            yield f"附件“{attachment}”的内容与登记的摘要不符，已被改动。"
        else:
            yield ""
    for template in BriefTemplate.objects.order_by("pk"):
        known.add(template.sha256)
        is_there = sound.get(template.sha256, False)
        yield "" if is_there else f"通报模板“{template}”的内容与登记的摘要不符，已被改动。"
    if sound.keys() - known:
        yield "有的附件内容没有附件记录，未经变更记录写入。"


def _told(model: type[Recorded]) -> Iterator[tuple[str, tuple[Facts, str]]]:
    """What the changes in its trail make of each record: key, facts (none: deleted), name."""
    rows = Revision.objects.filter(record_model=model.trail_model())
    ordered = rows.order_by("record_key", "sequence").iterator(chunk_size=CHUNK)
    for key, own in groupby(ordered, attrgetter("record_key")):
        facts: Facts = {}
        name = ""
        for row in own:
            name = row.record_name
            facts |= {c["field"]: {"value": c["new"], "text": c["label"]} for c in row.changes}
            if row.action == Action.DELETE:
                facts = {}
        yield key, (facts, name)


def _differing(record: Recorded, facts: Facts, called: str) -> str:
    """Empty, or the first column that says other than its trail."""
    for name, now in record.facts().items():
        was = facts.get(name, {"value": None})["value"]
        if now["value"] != was and not (name not in facts and now["value"] in UNSAID):
            return f"{called}的“{record.fact_label(name)}”与变更记录不符，已被改动。"
    return ""


def _name(model: type[Recorded], version: RecordVersion) -> str:
    return str(model.from_facts(version.record_key, version.facts))


def _values(facts: Facts) -> dict[str, Any]:
    """Without the texts, which change when something else is renamed."""
    return {name: fact["value"] for name, fact in facts.items()}


def _younger(facts: Facts) -> dict[str, Any]:
    """What stands empty: a version that is older than such a column does not tell it."""
    return {name: fact["value"] for name, fact in facts.items() if fact["value"] in UNSAID}


def _named_problems(model: type[Recorded], current: dict[int, RecordVersion]) -> Iterator[str]:
    """Is each of them what its current version says?"""
    label = model._meta.verbose_name
    for record in _with_links(model):
        version = current.pop(record.pk, None)
        if version is None:
            yield f"{label}“{record}”没有现行版本，未经变更记录写入。"
        elif _values(record.facts()) != _younger(record.facts()) | _values(version.facts):
            yield f"{label}“{record}”与最后一条变更记录不符，已被改动。"
        elif isinstance(record, Organisation) and record.search_text != search_text(
            record.name, record.short_name
        ):
            yield f"{label}“{record}”供查找的栏目与名称不符，已被改动。"
        else:
            yield ""
    for version in current.values():
        yield f"{label}“{version.name}”在存档中有，在名录中已不存在。"


def _with_links(model: type[Recorded]) -> QuerySet[Any]:
    """All of them with what their facts name, in a few queries."""
    rows = model._default_manager.order_by("pk")
    if links := [field.name for field in model._meta.concrete_fields if field.is_relation]:
        rows = rows.select_related(*links)
    return rows.prefetch_related(*(field.name for field in model._meta.many_to_many))


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
        for version in EntryVersion.objects.current()
        .filter(entry__in=[e.pk for e in entries])
        .select_related("state")
    }
    for entry in entries:
        yield _entry_problem(entry, current.get(entry.pk))


def _entry_problem(entry: LedgerEntry, version: EntryVersion | None) -> str:
    if version is None:
        return f"条目“{entry}”没有现行版本，未经变更记录写入。"
    if version.version != entry.version:
        return f"条目“{entry}”为第{entry.version}版，存档的现行版本为第{version.version}版。"
    for name, now in entry.facts().items():
        if name not in version.state.facts and now["value"] in (None, "", [], False):
            continue  # a column that is younger than this version, and still empty
        kept = version.state.facts.get(name, {"value": None})["value"]
        if now["value"] != kept:
            return f"条目“{entry}”的“{entry.fact_label(name)}”与最后一条变更记录不符，已被改动。"
    if entry.updated_at != version.recorded_from or any(
        getattr(entry, name) != getattr(version, name) for name in DERIVED
    ):
        return f"条目“{entry}”供查找和计数的栏目与存档不符，已被改动。"
    return ""


def vanished() -> Iterator[str]:
    """Entries that the trail knows and the ledger does not have, and versions left out."""
    here = LedgerEntry.objects.annotate(key=Cast("pk", CharField()))
    rows = Revision.objects.filter(record_model=LedgerEntry.trail_model())
    for row in rows.exclude(record_key__in=here.values("key")).order_by("sequence")[:1]:
        yield f"条目“{row.record_name}”在变更记录#{row.sequence}中有，在台账中已不存在。"
    kept = EntryState.objects.filter(version=OuterRef("record_version")).annotate(
        key=Cast("entry_id", CharField())
    )
    lost = rows.annotate(
        kept=Subquery(kept.filter(key=OuterRef("record_key")).values("version")[:1])
    ).filter(kept=None)
    for row in lost.order_by("sequence")[:1]:
        yield f"条目“{row.record_name}”的第{row.record_version}版没有存档。"
