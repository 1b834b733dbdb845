"""The way of an office's own ledger from its upload to its plan, for pages and commands alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..choices import Ledger
from ..intake import Grid, read
from ..models import Upload
from .ledgers import plan as planned
from .ledgersheet import Counting
from .mapping import Mapping, guessed, remembered, visible
from .plans import LedgerPlan


def kept(by: Any, ledger: Ledger, name: str, content: bytes) -> Upload:
    """Keep a file that can be read. Raises Refused for one that cannot."""
    visible(read(content, name))
    return Upload.keep(by, [(name, content)], ledger=ledger)


def grids_of(upload: Upload) -> list[Grid]:
    """Its visible sheets."""
    file = upload.files.get()
    return visible(read(bytes(file.content), file.name))


def proposed(
    upload: Upload,
    by: Any,
    grids: list[Grid] | None = None,
    *,
    sheet: int | None = None,
    head: int | None = None,
    unit: str = "",
) -> Mapping:
    """What the columns probably are, to be confirmed by a person."""
    ledger = Ledger(upload.ledger)
    found = guessed(
        grids or grids_of(upload), ledger, remembered(ledger, by), sheet=sheet, head=head
    )
    return replace(found, unit=unit or found.unit)


def plan(upload: Upload, read_: Counting = iter, judged: Counting = iter) -> LedgerPlan:
    """What the upload would do, with its columns as they were chosen."""
    file, mapping = upload.files.get(), Mapping.of(upload)
    assert mapping is not None
    content = bytes(file.content)
    return planned(Ledger(upload.ledger), file.name, content, mapping, read_, judged)
