"""A plan as it was shown, put away so that its pages need not work it out again.

What is written is never taken from here: applying plans anew and compares the digest.
"""

from __future__ import annotations

import datetime as dt
import json
import zlib
from dataclasses import asdict, dataclass
from typing import Any

from .plans import CellChange, CellProblem, LedgerPlan, PlannedEntry, Verdict

FIELDS = ("file", "row", "code", "name", "verdict", "doubts")


@dataclass
class KeptPlan(LedgerPlan):
    """All that a page shows of a plan; its rows cannot be written."""

    kept_digest: str = ""
    #: Which column was which when it was made.
    mapping: Any = None
    made_at: dt.datetime | None = None

    @property
    def digest(self) -> str:
        return self.kept_digest


def put_away(plan: LedgerPlan, mapping: Any) -> bytes:
    kept = {
        "digest": plan.digest,
        "mapping": mapping,
        "moved": sorted(plan.moved),
        "passed_over": plan.passed_over,
        "refusals": [asdict(problem) for problem in plan.refusals],
        "rows": [_row(row) for row in plan.rows],
    }
    return zlib.compress(json.dumps(kept, ensure_ascii=False).encode())


def _row(row: Any) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in FIELDS}
    changes = [list(change) for change in row.changes]
    return {**plain, "changes": changes, "problems": [asdict(p) for p in row.problems]}


def taken_out(content: bytes) -> KeptPlan:
    kept = json.loads(zlib.decompress(content))
    return KeptPlan(
        rows=[_planned(**row) for row in kept["rows"]],
        refusals=[CellProblem(**problem) for problem in kept["refusals"]],
        moved=set(kept["moved"]),
        passed_over=kept["passed_over"],
        kept_digest=kept["digest"],
        mapping=kept["mapping"],
    )


def _planned(verdict: str, changes: list[Any], problems: list[Any], **plain: Any) -> PlannedEntry:
    return PlannedEntry(
        verdict=Verdict(verdict),
        changes=list(map(CellChange._make, changes)),
        problems=[CellProblem(**problem) for problem in problems],
        **plain,
    )
