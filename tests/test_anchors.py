"""Sealed sheets: what was rewritten or cut is found even when the chain was built anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from projects import anchors
from projects.models import ChainHead, Revision, guards
from projects.models.trail import GENESIS
from projects.periods import today
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def sheet(tmp_path: Path, capsys: Any) -> Path:
    """A sheet sealed over some changes."""
    item = factories.item(name="公交")
    item.name = "公交一体化"
    item.save()
    call_command("seal", to=tmp_path)
    capsys.readouterr()
    return tmp_path / f"seal-{today():%Y%m%d}.txt"


def verified(sheet: Path) -> None:
    call_command("verify_trail", anchor=sheet)


def chain_built_anew() -> None:
    """As someone would who owns the database and knows the program, but not the key."""
    before, last = GENESIS, None
    for row in Revision.objects.order_by("sequence"):
        row.previous_digest = before
        row.digest = before = row.computed_digest()
        Revision.objects.filter(pk=row.pk).update(
            previous_digest=row.previous_digest, digest=row.digest
        )
        last = row
    assert last
    ChainHead.objects.filter(name="trail").update(sequence=last.sequence, digest=last.digest)


def test_an_untouched_trail_agrees_with_its_sheet(sheet: Path, capsys: Any):
    verified(sheet)
    assert "封存单一致" in capsys.readouterr().out


def test_what_comes_after_the_sheet_does_not_matter(sheet: Path, capsys: Any):
    factories.item(name="后来的")
    verified(sheet)
    assert "intact" in capsys.readouterr().out


def test_a_note_rewritten_in_a_chain_that_was_built_anew_is_found(sheet: Path):
    guards.lift(connection)
    Revision.objects.filter(record_model="sector").update(note="改过")
    chain_built_anew()
    call_command("verify_trail")  # the chain by itself says nothing
    with pytest.raises(CommandError, match="被改写过"):
        verified(sheet)


def test_a_tail_cut_off_with_its_head_moved_back_is_found(sheet: Path):
    guards.lift(connection)
    count = Revision.objects.count()
    Revision.objects.filter(sequence=count).delete()
    chain_built_anew()
    assert anchors.problem(anchors.read(sheet.read_text("utf-8"))) == (
        f"变更记录封存时已到#{count}，现在只到#{count - 1}：末尾被截去。"
    )


@pytest.mark.parametrize(("old", "new"), [("末条：", "末条：1"), ("封存时间：2", "封存时间：1")])
def test_a_sheet_that_was_changed_is_refused(sheet: Path, old: str, new: str):
    sheet.write_text(sheet.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(CommandError, match="校验码不符"):
        verified(sheet)


def test_a_sheet_made_with_another_key_is_refused(sheet: Path, settings: Any):
    settings.SEAL_KEY = "another key"
    with pytest.raises(CommandError, match="校验码不符"):
        verified(sheet)


def test_without_a_key_nothing_is_sealed(tmp_path: Path, settings: Any):
    settings.SEAL_KEY = ""
    with pytest.raises(CommandError, match="SEAL_KEY"):
        call_command("seal", to=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_sealing_twice_a_day_leaves_the_first_sheet(sheet: Path, capsys: Any):
    first = sheet.read_bytes()
    factories.item(name="后来的")
    call_command("seal", to=sheet.parent)
    assert "今日已封存" in capsys.readouterr().out
    assert sheet.read_bytes() == first
    assert [path.name for path in sheet.parent.iterdir()] == [sheet.name]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", "随便写的".encode()])
def test_what_is_no_sheet_is_told(tmp_path: Path, content: bytes):
    path = tmp_path / "x.txt"
    path.write_bytes(content)
    with pytest.raises(CommandError, match="封存单"):
        verified(path)
