"""What a ledger holds already, as far as a sheet is compared with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from ..choices import Ledger
from ..models import LEDGER_MODELS, LedgerEntry
from .fields import TOTAL
from .targets import Target

CHUNK = 500


class Stored:
    """The entries of a ledger as far as the mapped columns need them; a fixed number of queries."""

    ALWAYS = ("pk", "code", "name", "version", "status", "lead_id", "delisted_on")

    def __init__(self, ledger: Ledger, targets: Iterable[Target]) -> None:
        model = LEDGER_MODELS[ledger]
        named = {name for target in targets for name in target.stored}
        columns = sorted({*self.ALWAYS, *TOTAL, *named})
        self.rows: dict[Any, dict[str, Any]] = {}
        self.by_code: dict[str, Any] = {}
        self.by_name: dict[str, list[Any]] = defaultdict(list)
        self.gone: dict[str, str] = {}
        for row in model.objects.order_by("pk").values(*columns).iterator(chunk_size=CHUNK):
            self.rows[row["pk"]] = row
            self.by_code[row["code"]] = row["pk"]
            if row["delisted_on"] is None:
                self.by_name[row["name"]].append(row["pk"])
            else:
                self.gone[row["name"]] = row["code"]
        self.regions = _related(ledger, "regions", "region__code")
        self.partners = _related(ledger, "partners", "organisation_id")
        others = LedgerEntry.objects.exclude(ledger=ledger).values_list("code", "ledger")
        self.elsewhere = dict(others)


def _related(ledger: Ledger, name: str, column: str) -> dict[Any, tuple[Any, ...]]:
    """Keys of the related records by entry, in order."""
    through: Any = LedgerEntry._meta.get_field(name).remote_field.through  # type: ignore[union-attr]
    found: dict[Any, list[Any]] = defaultdict(list)
    pairs = through.objects.filter(ledgerentry__ledger=ledger)
    for entry, key in pairs.values_list("ledgerentry_id", column).order_by(column):
        found[entry].append(key)
    return {entry: tuple(keys) for entry, keys in found.items()}


def chunks(rows: list[Any]) -> Iterator[list[Any]]:
    rest = iter(rows)
    while some := list(islice(rest, CHUNK)):
        yield some
