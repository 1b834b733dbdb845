"""A unit's workbook that comes back: what its cells would change, and the writing of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from ..choices import Source
from ..intake import Refused, read
from ..models import Act, Report, ReportRefused, Round, Stale, Upload
from .plans import CellProblem, Changed, Plan, PlannedRow, Verdict
from .returnedsheet import CODE, ReadFile, Sheet
from .units import key_of


def read_files(files: Iterable[tuple[str, bytes]]) -> list[ReadFile]:
    """Read the files (name, content); what takes time is done here, without any lock."""
    return [_read_file(name, content) for name, content in files]


def _read_file(name: str, content: bytes) -> ReadFile:
    try:
        return ReadFile(name, tuple(read(content, name)))
    except Refused as refusal:
        return ReadFile(name, refusal=refusal.sentence)


def plan(found: Round, files: list[ReadFile], by: Any) -> Plan:
    """What these files would do to the reports of the round; writes nothing."""
    rows = found.reports.for_rows().order_by("entry__code").with_earlier(found)
    reports = {key_of(report): report for report in rows}
    made = Plan()
    for file in files:
        try:
            if file.refusal:
                raise Refused(file.refusal)
            made.rows += Sheet(file, found, reports, by).rows()
        except Refused as refusal:
            made.refusals.append(CellProblem(refusal.sentence, file=file.name))
    _refuse_doubles(made.rows)
    return made


def _refuse_doubles(rows: list[PlannedRow]) -> None:
    """A report that several rows name is written by none of them."""
    times = Counter(row.code for row in rows if row.code)
    for row in rows:
        if times[row.code] > 1:
            sentence = f"编号{row.code}在上传的表中出现{times[row.code]}次，请只保留一行。"
            row.problems.append(CellProblem(sentence, row.file, row.row, CODE))
            row.verdict = Verdict.REFUSED


def apply(upload: Upload, shown: str, *, by: Any, submits: bool = False) -> dict[str, int]:
    """Write what the plan with that digest showed, all or nothing; how many rows of each verdict.

    With `submits`, what has neither gaps nor doubts is handed to the unit's head as well
    (`submitted`). Raises `Changed` when the plan is no longer the same.
    """
    if upload.applied_at or upload.round is None:
        raise Changed
    kept = list(upload.files.all())
    files = read_files((file.name, bytes(file.content)) for file in kept)
    digests = {file.name: file.sha256[:16] for file in kept}
    named = [row.target.pk for row in plan(upload.round, files, by).to_write]
    with transaction.atomic():
        if Upload.objects.select_for_update().get(pk=upload.pk).applied_at:
            raise Changed
        upload.round.reports.filter(pk__in=named).locked()
        made = plan(upload.round, files, by)
        if made.digest != shown:
            raise Changed
        act = Act(by=by, source=Source.IMPORT, batch=upload.batch)
        counts = {**made.counts, "submitted": 0}
        try:
            for row in made.to_write:
                note = f"导入“{row.file}”第{row.row}行（文件摘要{digests[row.file]}）。"
                counts["submitted"] += _write(row, replace(act, note=note), submits=submits)
        except (Stale, ReportRefused, PermissionDenied) as problem:
            raise Changed from problem
        upload.finish(counts)
    return counts


def _write(row: PlannedRow, act: Act, *, submits: bool) -> bool:
    """Write one row; was it handed in as well?"""
    report: Report = row.target
    report.fill(row.given, act, version=report.version)
    names = [step.name for step in report.steps_for(act.by)]
    if submits and "submit" in names and not report.gaps() and not report.doubts():
        report.take("submit", act, version=report.version)
        return True
    return False
