"""Seeding, taking samples off, reconciling, and the demo's accounts."""

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from projects import seeding
from projects.choices import Light, Reason, Role, Source
from projects.lights import Rule
from projects.models import (
    Act,
    CalendarDay,
    CooperationItem,
    Indicator,
    InfrastructureProject,
    LedgerEntry,
    LightRule,
    Organisation,
    Region,
    Revision,
    Sector,
    User,
)
from projects.models.clocks import Clock
from projects.models.ledger import CHILD_OF
from projects.reconciliation import reconcile
from projects.verification import verify

pytestmark = pytest.mark.django_db
RECORDED = (Region, Sector, Organisation, Indicator, CalendarDay, LightRule, LedgerEntry)
FIRST_DAY = dt.date(2024, 3, 15)
SAMPLE_COUNT = 351


def noon(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


def digest_of_all_tables() -> str:
    """One value over every row of every table."""
    content = hashlib.sha256()
    for model in apps.get_models(include_auto_created=True):
        rows = sorted(repr(row) for row in model._default_manager.values_list())
        content.update(f"{model._meta.label}{rows}".encode())
    return content.hexdigest()


def shown(capsys: pytest.CaptureFixture[str], command: str, *args: str) -> str:
    call_command(command, *args)
    return capsys.readouterr().out


# --- a small folder: what happens in steps ----------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The real reference data, no named entries, and three samples."""
    for name, _, _ in seeding.REFERENCE:
        shutil.copy(seeding.FIXTURES / f"{name}.json", tmp_path)
    (tmp_path / "named.json").write_text("[]")
    write_samples(tmp_path, 3)
    return tmp_path


def write_samples(folder: Path, count: int, **changed: Any) -> None:
    """Items, since they come with due dates and (some of them) links and milestones."""
    content = json.loads((seeding.FIXTURES / "samples.json").read_text("utf-8"))
    items = [row for row in content["entries"] if row["model"] == "cooperationitem"]
    free = [row for row in items if "agreement" not in row["fields"]][:count]
    for name, value in changed.items():
        free[-1]["fields"][name] = value
    (folder / "samples.json").write_text(json.dumps({**content, "entries": free}))


def test_a_later_run_shifts_new_samples_by_the_days_of_the_first(small: Path):
    seeding.seed(at=noon(FIRST_DAY), folder=small)
    write_samples(small, 6)
    seeding.seed(at=noon(FIRST_DAY + dt.timedelta(days=40)), folder=small)
    content = json.loads((small / "samples.json").read_text())
    shift = FIRST_DAY - dt.date.fromisoformat(content["anchor"])
    expected = {
        row["fields"]["code"]: dt.date.fromisoformat(row["fields"]["planned_start"]) + shift
        for row in content["entries"]
    }
    assert len(expected) == 6
    stored = dict(CooperationItem.objects.values_list("code", "planned_start_on"))
    assert stored == expected


def test_a_bad_entry_leaves_nothing_behind(small: Path):
    write_samples(small, 3, sector="no-such-sector")
    with pytest.raises(KeyError, match="no-such-sector"):
        seeding.seed(folder=small)
    assert not Region.objects.exists()
    assert not Group.objects.exists()
    assert not Revision.objects.exists()


def test_a_unit_that_was_renamed_does_not_come_back_and_is_still_found(small: Path):
    seeding.seed(folder=small)
    units = Organisation.objects.count()
    unit = Organisation.objects.get(name="示例单位六（资阳）")
    unit.name = "示例单位六（更名）"
    unit.save()
    write_samples(small, 12)
    seeding.seed(folder=small)
    assert Organisation.objects.count() == units
    assert LedgerEntry.objects.filter(lead=unit).exists()


def test_a_unit_that_was_deleted_does_not_come_back(small: Path):
    seeding.seed(folder=small)
    Organisation.objects.get(name="成都医学院").delete()
    seeding.seed(folder=small)
    assert not Organisation.objects.filter(name="成都医学院").exists()


def test_demo_accounts_ask_for_the_units_first():
    with pytest.raises(CommandError, match=r"请先执行 manage\.py seed"):
        call_command("demo_accounts")


# --- all of it ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def all_seeded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Everything, seeded once for this file at noon of FIRST_DAY, and rolled back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        seeding.seed(at=noon(FIRST_DAY))
        yield
        transaction.set_rollback(True)


@pytest.fixture
def seeded(all_seeded: None, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seeded ledger on the day it was seeded; each test's own changes are rolled back."""
    localdate = timezone.localdate
    monkeypatch.setattr(
        timezone, "localdate", lambda *given: localdate(*given) if given else FIRST_DAY
    )


def test_every_record_has_exactly_one_baseline_row(seeded: None):
    rows = Revision.objects.values_list("record_model", "record_key", "source", "action")
    expected = {
        (model.trail_model(), str(pk), "fixture", "baseline")
        for model in RECORDED
        for pk in model._default_manager.values_list("pk", flat=True)
    }
    assert len(rows) == len(expected)
    assert set(rows) == expected


def test_trail_entries_and_versions_agree_after_seeding(seeded: None):
    verdict = verify()
    assert verdict.is_intact, verdict.problem
    assert verdict.versions == verdict.entries == LedgerEntry.objects.count()


def test_a_second_run_changes_no_row_of_any_table(seeded: None):
    before = digest_of_all_tables()
    kinds = seeding.seed(at=noon(FIRST_DAY + dt.timedelta(days=400)))
    assert [kind.created for kind in kinds] == [0] * len(kinds)
    assert digest_of_all_tables() == before


def test_a_second_run_leaves_what_was_changed_since(seeded: None):
    entry = CooperationItem.objects.get(code="SX-0016")
    entry.remarks = "本局已核实"
    entry.save(act=Act(source=Source.WEB))
    before = digest_of_all_tables()
    seeding.seed()
    assert digest_of_all_tables() == before


def test_samples_are_dated_around_the_day_of_seeding(seeded: None):
    content = json.loads((seeding.FIXTURES / "samples.json").read_text("utf-8"))
    shift = FIRST_DAY - dt.date.fromisoformat(content["anchor"])
    assert shift.days == -838
    stored = {
        (entry.code, name): getattr(entry, f"{name}_on")
        for entry in LedgerEntry.objects.filter(provenance="sample")
        for name in ("started", "finished", "data")
        if getattr(entry, f"{name}_on")
    }
    expected = {
        (row["fields"]["code"], name): dt.date.fromisoformat(row["fields"][name]) + shift
        for row in content["entries"]
        for name in ("started", "finished", "data")
        if name in row["fields"]
    }
    assert stored == expected
    assert max(stored.values()) < FIRST_DAY


def test_a_sample_due_in_a_month_stays_due_in_a_month(seeded: None):
    monthly = LedgerEntry.objects.filter(provenance="sample", due_precision="month")
    last_days = [entry.due_on for entry in monthly if entry.due_on]
    assert len(last_days) > 5
    assert {(day + dt.timedelta(days=1)).day for day in last_days} == {1}


def test_named_records_keep_their_published_dates_and_precision(seeded: None):
    named = LedgerEntry.objects.exclude(provenance="sample")
    assert {entry.written("data") for entry in named.filter(provenance="article")} == {"2019"}
    highway = InfrastructureProject.objects.get(code="JC-0002")
    assert highway.written("started") == "2018-05"
    assert [str(milestone) for milestone in highway.milestones.all()] == [
        "开工（达成2018-05）",
        "通车（达成2020-12-31）",
    ]
    assert not named.filter(due_on__isnull=False).exists()


def test_every_named_record_is_grey_until_the_office_updates_it(seeded: None):
    named = LedgerEntry.objects.exclude(provenance="sample")
    assert {entry.reading(Clock(FIRST_DAY, Rule())).light for entry in named} == {Light.GREY}


def test_the_headline_investment_is_the_latest_total(seeded: None):
    line = InfrastructureProject.objects.get(name="市域铁路成资S3线")
    assert {str(figure.amount) for figure in line.figures.all()} == {"1338400.0000", "1290000.0000"}
    assert line.total_investment == Decimal(1338400)
    assert line.total_investment_basis == "estimate"


def test_every_seeded_value_is_one_that_its_field_accepts(seeded: None):
    links = ["ledgerentry_ptr", "sector", "lead", "agreement", "item"]
    entries = LedgerEntry.objects.select_related(*CHILD_OF.values())
    for entry in entries.prefetch_related("milestones", "figures"):
        entry.specific.clean_fields(exclude=links)
        for part in [*entry.milestones.all(), *entry.figures.all()]:
            part.clean_fields(exclude=["entry"])


def test_the_roles_of_the_rights_table_exist_as_groups(seeded: None):
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)


def test_seed_says_what_it_found(seeded: None, capsys: pytest.CaptureFixture[str]):
    said = shown(capsys, "seed").splitlines()
    assert "合作协议：新增 0，已有 198" in said
    assert "地区：新增 0，已有 43" in said


# --- samples come off ---------------------------------------------------------------------------


@pytest.fixture(scope="class")
def before(all_seeded: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[int, str]]:
    """Samples removed once for the class, as of a past day; each entry's status before that."""
    said = StringIO()
    with django_db_blocker.unblock(), transaction.atomic():
        statuses = dict(LedgerEntry.objects.values_list("pk", "status"))
        call_command("remove_samples", "--yes", "--on=2024-03-01", stdout=said)
        assert said.getvalue() == f"已调出示例条目 {SAMPLE_COUNT} 条。\n"
        yield statuses
        transaction.set_rollback(True)


class TestOnceTheSamplesAreRemoved:
    def test_exactly_the_named_entries_are_listed(self, before: dict[int, str], seeded: None):
        named = set(LedgerEntry.objects.exclude(provenance="sample").values_list("pk", flat=True))
        assert set(LedgerEntry.objects.listed().values_list("pk", flat=True)) == named

    def test_no_entry_is_gone_and_no_status_has_moved(self, before: dict[int, str], seeded: None):
        assert dict(LedgerEntry.objects.values_list("pk", "status")) == before

    def test_the_trail_has_one_batch_with_day_and_reason(
        self, before: dict[int, str], seeded: None
    ):
        rows = Revision.objects.filter(action="delist")
        assert rows.count() == SAMPLE_COUNT
        told = set(rows.values_list("reason", "source", "effective_on"))
        assert told == {(Reason.SAMPLE_REMOVED, Source.COMMAND, dt.date(2024, 3, 1))}
        assert len(set(rows.values_list("batch", flat=True))) == 1

    def test_a_second_removal_and_a_further_seeding_change_nothing(
        self, before: dict[int, str], seeded: None
    ):
        digest = digest_of_all_tables()
        assert seeding.remove_samples() == 0
        assert seeding.seed()[-1].created == 0
        assert digest_of_all_tables() == digest

    def test_reconciling_tells_the_real_counts(self, before: dict[int, str], seeded: None):
        counts = [check.shown for check in reconcile()]
        assert counts == ["5/198", "15/135", "13/89", "8/41", "13/18"]
        with pytest.raises(CommandError, match="与文章不一致"):
            call_command("reconcile")

    def test_there_is_nothing_left_to_ask_for(
        self, before: dict[int, str], seeded: None, capsys: pytest.CaptureFixture[str]
    ):
        assert shown(capsys, "remove_samples") == "台账中没有在列的示例条目，无需调出。\n"


def test_removing_samples_asks_first(seeded: None):
    before = digest_of_all_tables()
    with pytest.raises(CommandError, match="将调出示例条目 351 条。确认执行请加上 --yes"):
        call_command("remove_samples")
    assert digest_of_all_tables() == before


@pytest.mark.parametrize("day", ["2024-03-16", "31.02.2024", ""])
def test_removing_samples_refuses_a_day_that_is_none_or_to_come(seeded: None, day: str):
    with pytest.raises(CommandError, match="--on"):
        call_command("remove_samples", "--yes", f"--on={day}")
    assert seeding.samples().count() == SAMPLE_COUNT


# --- reconciling ----------------------------------------------------------------------------------


def test_the_seeded_ledger_agrees_with_the_article(
    seeded: None, capsys: pytest.CaptureFixture[str]
):
    said = shown(capsys, "reconcile")
    for line in ("合作协议 198/198", "合作事项 135/135", "产业合作项目 41/41"):
        assert f"{line} 一致" in said
    assert "合作事项（已启动） 89/89 一致" in said
    assert "重大基础设施合作项目 18/18 一致" in said
    assert "共签订198个合作协议方案" in said
    assert "/items/?status=launched&status=advancing&status=closing" in said


def test_reconciling_takes_one_query(seeded: None, django_assert_num_queries: Any):
    with django_assert_num_queries(1):
        reconcile()


def test_every_check_counts_the_rows_of_its_statuses(seeded: None):
    for check in reconcile():
        rows = LedgerEntry.objects.listed().filter(ledger=check.ledger)
        if check.statuses:
            rows = rows.filter(status__in=check.statuses)
        assert rows.count() == check.actual == check.expected


def test_one_launched_item_less_is_noticed_in_both_counts_of_items(seeded: None):
    item = CooperationItem.objects.launched().first()
    assert item is not None
    item.delist(Act(reason=Reason.REPLACED))
    differing = {check.label: check.shown for check in reconcile() if not check.agrees}
    assert differing == {"合作事项": "134/135", "合作事项（已启动）": "88/89"}


# --- the demo's accounts --------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def no_password_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)


def test_demo_accounts_have_their_role_and_a_sample_unit(seeded: None):
    call_command("demo_accounts")
    roles = {user.username: [g.name for g in user.groups.all()] for user in User.objects.all()}
    assert roles == {
        "bureau": ["同城化局"],
        "bureau2": ["同城化局"],
        "reporter": ["填报"],
        "approver": ["审定"],
        "leader": ["领导"],
        "auditor": ["审计"],
        "sysadmin": ["系统管理员"],
        "secadmin": ["安全管理员"],
    }
    units = dict(
        User.objects.filter(groups__name__in=["填报", "审定"]).values_list("username", "unit__kind")
    )
    assert units == {"reporter": "sample", "approver": "sample"}
    assert all(user.display_name.startswith("演示·") for user in User.objects.all())
    assert Revision.objects.filter(record_model="user").count() == 8


def test_the_printed_password_lets_each_account_in(
    seeded: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PORT", "8123")
    said = shown(capsys, "demo_accounts")
    assert "http://127.0.0.1:8123/" in said
    printed = dict(line.split()[:2] for line in said.splitlines() if line.startswith("  "))
    assert len(printed) == 8
    for username, password in printed.items():
        assert authenticate(username=username, password=password)


def test_a_second_run_without_a_password_resets_nothing(
    seeded: None, capsys: pytest.CaptureFixture[str]
):
    call_command("demo_accounts", password="Demo-2026-pass")
    before = digest_of_all_tables()
    said = shown(capsys, "demo_accounts")
    assert digest_of_all_tables() == before
    assert said.count("（沿用原密码）") == 8


def test_a_password_given_explicitly_is_set_on_accounts_that_exist(
    seeded: None, monkeypatch: pytest.MonkeyPatch
):
    call_command("demo_accounts", password="Demo-2026-pass")
    monkeypatch.setenv("DEMO_PASSWORD", "Another-2026-pass")
    call_command("demo_accounts")
    assert authenticate(username="leader", password="Another-2026-pass")
    assert not authenticate(username="leader", password="Demo-2026-pass")
    before = digest_of_all_tables()
    call_command("demo_accounts")
    assert digest_of_all_tables() == before


def test_production_gets_no_demo_accounts(seeded: None, settings: Any):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="生产环境不得建立演示账号"):
        call_command("demo_accounts", password="Demo-2026-pass")
    assert not User.objects.exists()
