"""What the database itself refuses, on both engines, whoever asks.

Each attempt is made twice: with the guards on it is refused and nothing has changed, with the
guards off it succeeds, so the refusal is the guards' doing.
"""

from collections.abc import Callable

import pytest
from django.core.checks import Error
from django.core.management import SystemCheckError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F
from django.utils import timezone

from projects.checks import guards_are_installed
from projects.choices import AccessAction
from projects.models import (
    AccessEvent,
    CooperationItem,
    EntryVersion,
    LedgerEntry,
    Revision,
    access,
    guards,
)
from tests.factories import item, lift_guards

pytestmark = pytest.mark.django_db

Attempt = Callable[[], object]


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def saved_by_hand(**values: object) -> None:
    """Django's own save, past the door."""
    entry = LedgerEntry.objects.get()
    for name, value in values.items():
        setattr(entry, name, value)
    models.Model.save(entry)


def bulk_updated(**values: object) -> None:
    entry = LedgerEntry.objects.get()
    for name, value in values.items():
        setattr(entry, name, value)
    LedgerEntry.objects.bulk_update([entry], [*values])


def rewritten(model: type[models.Model], **values: object) -> None:
    row = model._default_manager.order_by("pk")[0]
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def raw_deleted(rows: models.QuerySet) -> None:
    rows._raw_delete(rows.db)


ENTRY: dict[str, Attempt] = {
    "status by update()": lambda: LedgerEntry.objects.update(status="launched"),
    "status and version by update()": lambda: LedgerEntry.objects.update(
        status="launched", version=F("version") + 1
    ),
    "status by update() of its own ledger": lambda: CooperationItem.objects.update(
        status="launched"
    ),
    "status by bulk_update()": lambda: bulk_updated(status="launched"),
    "status and version by bulk_update()": lambda: bulk_updated(status="launched", version=3),
    "status by save()": lambda: saved_by_hand(status="launched"),
    "status and version by save()": lambda: saved_by_hand(status="launched", version=3),
    "status by SQL": lambda: run("UPDATE projects_ledgerentry SET status = 'launched'"),
    "status and version by SQL": lambda: run(
        "UPDATE projects_ledgerentry SET status = 'launched', version = version + 1"
    ),
    "the version alone": lambda: LedgerEntry.objects.update(version=F("version") + 1),
    "a version that jumps": lambda: LedgerEntry.objects.update(version=F("version") + 2),
    "a version that goes back": lambda: LedgerEntry.objects.update(version=F("version") - 1),
    "the name alone": lambda: LedgerEntry.objects.update(name="改过"),
    "nothing at all": lambda: LedgerEntry.objects.update(name=F("name")),
    "a deletion": lambda: raw_deleted(LedgerEntry.objects.all()),
}
VERSION: dict[str, Attempt] = {
    "an older version": lambda: EntryVersion.objects.filter(version=1).update(name="改过"),
    "the end of an older version": lambda: EntryVersion.objects.filter(version=1).update(
        recorded_to=timezone.now()
    ),
    "the reopening of an older version": lambda: EntryVersion.objects.order_by("-version").update(
        recorded_to=F("recorded_from")
    ),
    "the current version": lambda: EntryVersion.objects.filter(version=2).update(name="改过"),
    "the current version as it ends": lambda: EntryVersion.objects.filter(version=2).update(
        name="改过", recorded_to=timezone.now()
    ),
    "an empty column as it ends": lambda: EntryVersion.objects.filter(version=2).update(
        due_on=timezone.now().date(), recorded_to=timezone.now()
    ),
    "the facts as it ends": lambda: EntryVersion.objects.filter(version=2).update(
        facts={}, recorded_to=timezone.now()
    ),
    "by SQL": lambda: run("UPDATE projects_entryversion SET name = '改过' WHERE version = 1"),
    "a deletion": lambda: raw_deleted(EntryVersion.objects.all()),
}
CHAINS = {
    f"{label}: {name}": attempt
    for model, label in ((Revision, "trail"), (AccessEvent, "access"))
    for name, attempt in {
        "by save()": lambda model=model: rewritten(model, actor_name="某人"),
        "by update()": lambda model=model: model.objects.update(actor_name="某人"),
        "by update() to what it is": lambda model=model: model.objects.update(
            actor_name=F("actor_name")
        ),
        "by bulk_update()": lambda model=model: model.objects.bulk_update(
            [model(pk=1, actor_name="某人")], ["actor_name"]
        ),
        "by SQL": lambda model=model: run(f"UPDATE {model._meta.db_table} SET actor_name = '某人'"),
        "a deletion": lambda model=model: model.objects.all().delete(),
        "a deletion of the last": lambda model=model: model.objects.order_by("-pk")[0].delete(),
        "a deletion by SQL": lambda model=model: run(f"DELETE FROM {model._meta.db_table}"),
        "an insert over it": lambda model=model: model.objects.bulk_create(
            [model.objects.get(pk=1)],
            update_conflicts=True,
            unique_fields=["sequence"],
            update_fields=["actor_name"],
        ),
    }.items()
}
ATTEMPTS = {
    **{f"entry: {name}": attempt for name, attempt in ENTRY.items()},
    **{f"version: {name}": attempt for name, attempt in VERSION.items()},
    **CHAINS,
}
GUARDED = (LedgerEntry, EntryVersion, Revision, AccessEvent)
SENTENCES = {
    "entry": "台账条目的修改须先有下一版本的变更记录|projects_ledgerentry 不能",
    "version": "历史版本不能改写|projects_entryversion 不能",
    "trail": "projects_revision (只能追加|不能)",
    "access": "projects_accessevent (只能追加|不能)",
}


@pytest.fixture(autouse=True)
def _something_of_each() -> None:
    """One entry in its second version, so two trail rows, and two access events."""
    entry = item(name="名称")
    entry.name = "新名"
    entry.save()
    for _ in range(2):
        access.record(AccessAction.LOGIN_FAILED, None, username="nobody")


def everything() -> dict[str, list[dict]]:
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in GUARDED}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_the_database_refuses(name):
    before = everything()
    with pytest.raises(IntegrityError, match=SENTENCES[name.split(":")[0]]), transaction.atomic():
        ATTEMPTS[name]()
    assert everything() == before


@pytest.mark.parametrize("name", ATTEMPTS)
def test_without_its_guards_the_database_lets_pass(name):
    lift_guards()
    with transaction.atomic():
        ATTEMPTS[name]()
        transaction.set_rollback(True)


@pytest.mark.parametrize("table", ["projects_revision", "projects_accessevent"])
def test_a_row_of_a_chain_is_not_replaced(table):
    if connection.vendor != "sqlite":
        pytest.skip("INSERT OR REPLACE is SQLite's")
    statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE sequence = 1"
    with pytest.raises(IntegrityError, match=f"{table} 只能追加,不能覆盖"), transaction.atomic():
        run(statement)
    lift_guards()
    run(statement)


@pytest.mark.parametrize("table", ["projects_ledgerentry", "projects_entryversion"])
def test_an_entry_and_a_version_are_not_replaced(table):
    if connection.vendor != "sqlite":
        pytest.skip("INSERT OR REPLACE is SQLite's")
    statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    with pytest.raises(IntegrityError, match=f"{table} 不能覆盖"), transaction.atomic():
        run(statement)
    lift_guards()
    run(statement)


def test_a_trail_row_is_not_replaced_under_another_number():
    """REPLACE also removes the row that holds the same record and version."""
    if connection.vendor != "sqlite":
        pytest.skip("INSERT OR REPLACE is SQLite's")
    columns = [field.column for field in Revision._meta.concrete_fields]
    chosen = ", ".join("sequence + 100" if c == "sequence" else c for c in columns)
    statement = (
        f"INSERT OR REPLACE INTO projects_revision ({', '.join(columns)})"
        f" SELECT {chosen} FROM projects_revision WHERE sequence = 1"
    )
    with pytest.raises(IntegrityError, match="只能追加,不能覆盖"), transaction.atomic():
        run(statement)
    lift_guards()
    run(statement)


@pytest.mark.parametrize("model", GUARDED)
def test_a_guarded_table_is_not_truncated(model):
    if connection.vendor != "postgresql":
        pytest.skip("TRUNCATE is PostgreSQL's")
    connection.check_constraints()
    before = everything()
    table = model._meta.db_table
    with pytest.raises(IntegrityError, match="不能清空"), transaction.atomic():
        run(f"TRUNCATE {table} CASCADE")
    assert everything() == before
    lift_guards()
    run(f"TRUNCATE {table} CASCADE")
    assert not model.objects.exists()


def test_the_doors_of_the_app_pass_the_guards():
    entry = LedgerEntry.objects.get().specific
    entry.name = "再改"
    entry.save()
    assert LedgerEntry.objects.get().version == 3


# --- that they are there ---------------------------------------------------------------------


def drop(name: str) -> None:
    connection.check_constraints()
    on = "" if connection.vendor == "sqlite" else f" ON {guards._present(connection)[name]}"
    run(f"DROP TRIGGER {name}{on}")


def told_by_the_check() -> list[Error]:
    return guards_are_installed(databases=["default"])


def test_the_check_is_silent_while_all_guards_are_there():
    assert told_by_the_check() == []


def test_the_check_names_the_guard_that_is_missing():
    drop("guard_entry_update")
    assert told_by_the_check() == [
        Error(
            "Guards are missing in database 'default': guard_entry_update.",
            hint="Run `manage.py migrate`, which installs them again.",
            id="projects.E002",
        )
    ]


def test_the_check_names_every_guard_when_all_are_missing():
    everyone = sorted(guards._present(connection))
    lift_guards()
    assert [error.msg for error in told_by_the_check()] == [
        f"Guards are missing in database 'default': {', '.join(everyone)}."
    ]
    assert len(everyone) == (12 if connection.vendor == "sqlite" else 10)


def test_the_check_names_a_guard_that_is_switched_off():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite cannot switch a trigger off")
    connection.check_constraints()
    run("ALTER TABLE projects_ledgerentry DISABLE TRIGGER guard_entry_update")
    assert guards.missing(connection) == ["guard_entry_update"]


def test_the_command_check_fails_with_the_sentence():
    drop("guard_entry_update")
    with pytest.raises(SystemCheckError, match=r"projects\.E002.*guard_entry_update\."):
        call_command("check", databases=["default"])


def test_migrate_puts_the_guards_back():
    lift_guards()
    call_command("migrate", verbosity=0)
    assert guards.missing(connection) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.update(status="launched")


def test_guards_can_be_installed_twice():
    connection.check_constraints()
    guards.install(connection)
    guards.install(connection)
    assert guards.missing(connection) == []
