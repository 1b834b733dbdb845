"""What the database itself refuses, on both engines, whoever asks.

Each attempt is made twice: with the guards on it is refused and nothing has changed, with the
guards off it succeeds, so the refusal is the guards' doing.
"""

from collections.abc import Callable

import pytest
from django.core.checks import CheckMessage, Error
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F
from django.utils import timezone

from projects.checks import guards_are_installed
from projects.choices import AccessAction
from projects.models import (
    AccessEvent,
    CooperationItem,
    EntryState,
    EntryVersion,
    LedgerEntry,
    RecordVersion,
    Revision,
    Segment,
    access,
    guards,
)
from tests.factories import bare, item, lift_guards

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
    bare(LedgerEntry).bulk_update([entry], [*values])


def rewritten(model: type[models.Model], **values: object) -> None:
    row = model._default_manager.order_by("pk")[0]
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def raw_deleted(rows: models.QuerySet) -> None:
    rows._raw_delete(rows.db)


def names(version: int) -> models.QuerySet:
    """That version of what the unit of the entry is called."""
    return RecordVersion.objects.filter(record_model="organisation", version=version)


def reopened() -> None:
    """The newer version ends, which it may, and the older one takes its place again."""
    names(2).update(recorded_to=timezone.now())
    names(1).update(recorded_to=None)


ENTRY: dict[str, Attempt] = {
    "status by update()": lambda: bare(LedgerEntry).update(status="launched"),
    "status and version by update()": lambda: bare(LedgerEntry).update(
        status="launched", version=F("version") + 1
    ),
    "status by update() of its own ledger": lambda: bare(CooperationItem).update(status="launched"),
    "status by bulk_update()": lambda: bulk_updated(status="launched"),
    "status and version by bulk_update()": lambda: bulk_updated(status="launched", version=3),
    "status by save()": lambda: saved_by_hand(status="launched"),
    "status and version by save()": lambda: saved_by_hand(status="launched", version=3),
    "status by SQL": lambda: run("UPDATE projects_ledgerentry SET status = 'launched'"),
    "status and version by SQL": lambda: run(
        "UPDATE projects_ledgerentry SET status = 'launched', version = version + 1"
    ),
    "the version alone": lambda: bare(LedgerEntry).update(version=F("version") + 1),
    "a version that jumps": lambda: bare(LedgerEntry).update(version=F("version") + 2),
    "a version that goes back": lambda: bare(LedgerEntry).update(version=F("version") - 1),
    "the name alone": lambda: bare(LedgerEntry).update(name="改过"),
    "nothing at all": lambda: bare(LedgerEntry).update(name=F("name")),
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
        state=EntryState.objects.get(version=1), recorded_to=timezone.now()
    ),
    "the segment as it ends": lambda: EntryVersion.objects.filter(version=2).update(
        segment=2, recorded_to=timezone.now()
    ),
    "by SQL": lambda: run("UPDATE projects_entryversion SET name = '改过' WHERE version = 1"),
    "a deletion": lambda: raw_deleted(EntryVersion.objects.all()),
}
STATE: dict[str, Attempt] = {
    "by save()": lambda: rewritten(EntryState, facts={}),
    "by update()": lambda: EntryState.objects.update(facts={}),
    "by update() to what it is": lambda: EntryState.objects.update(facts=F("facts")),
    "by bulk_update()": lambda: EntryState.objects.bulk_update(
        [EntryState(pk=EntryState.objects.get(version=1).pk, facts={})], ["facts"]
    ),
    "by SQL": lambda: run("UPDATE projects_entrystate SET facts = '{}'"),
    "a deletion": lambda: raw_deleted(EntryState.objects.all()),
    "a deletion of the last": lambda: raw_deleted(EntryState.objects.filter(version=2)),
    "a deletion by SQL": lambda: run("DELETE FROM projects_entrystate"),
    "an insert over it": lambda: EntryState.objects.bulk_create(
        [EntryState.objects.get(version=1)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["facts"],
    ),
}
NAME: dict[str, Attempt] = {
    "an older version": lambda: names(1).update(name="改过"),
    "the end of an older version": lambda: names(1).update(recorded_to=timezone.now()),
    "the reopening of an older version": reopened,
    "the current version": lambda: names(2).update(name="改过"),
    "the current version as it ends": lambda: names(2).update(
        name="改过", recorded_to=timezone.now()
    ),
    "the facts as it ends": lambda: names(2).update(facts={}, recorded_to=timezone.now()),
    "by SQL": lambda: run("UPDATE projects_recordversion SET name = '改过' WHERE version = 1"),
    "a deletion": lambda: raw_deleted(RecordVersion.objects.all()),
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
GUARDED: dict[str, type[models.Model]] = {
    "entry": LedgerEntry,
    "version": EntryVersion,
    "state": EntryState,
    "name": RecordVersion,
    "segment": Segment,
    "trail": Revision,
    "access": AccessEvent,
}


def replaced(model: type[models.Model], **changed: str) -> None:
    """Write a row over another, past the triggers for UPDATE and DELETE."""
    table, columns = model._meta.db_table, [f.column for f in model._meta.concrete_fields]
    chosen = ", ".join(changed.get(column, column) for column in columns)
    run(f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table}")


#: What only one of the engines knows.
OF_ENGINE: dict[str, dict[str, Attempt]] = {
    "sqlite": {
        **{
            f"{name}: INSERT OR REPLACE": lambda model=model: replaced(model)
            for name, model in GUARDED.items()
        },
        # REPLACE also removes a row that stands in the way of another unique constraint.
        "trail: INSERT OR REPLACE under another number": lambda: replaced(
            Revision, sequence="sequence + 100"
        ),
        **{
            f"{name}: INSERT OR REPLACE under another key": lambda name=name: replaced(
                GUARDED[name], id="id + 100"
            )
            for name in ("version", "state", "name")
        },
    },
    "postgresql": {
        f"{name}: TRUNCATE": lambda model=model: run(f"TRUNCATE {model._meta.db_table} CASCADE")
        for name, model in GUARDED.items()
    },
}
ATTEMPTS = {
    **{f"entry: {name}": attempt for name, attempt in ENTRY.items()},
    **{f"version: {name}": attempt for name, attempt in VERSION.items()},
    **{f"state: {name}": attempt for name, attempt in STATE.items()},
    **{f"name: {name}": attempt for name, attempt in NAME.items()},
    "segment: a deletion": lambda: raw_deleted(Segment.objects.all()),
    **CHAINS,
    **OF_ENGINE[connection.vendor],
}
SENTENCES = {
    "entry": "台账条目的修改须先有下一版本的变更记录|projects_ledgerentry 不能",
    "version": "历史版本不能改写|projects_entryversion 不能",
    "state": "projects_entrystate (只能追加|不能)",
    "name": "历史版本不能改写|projects_recordversion 不能",
    "segment": "projects_segment (?:不能|只能追加)",
    "trail": "projects_revision (只能追加|不能)",
    "access": "projects_accessevent (只能追加|不能)",
}


@pytest.fixture(autouse=True)
def _something_of_each() -> None:
    """One entry and its unit in their second versions, their trail rows, two access events."""
    entry = item(name="名称")
    entry.name = "新名"
    entry.save()
    entry.lead.name = "新名的单位"
    entry.lead.save()
    for _ in range(2):
        access.record(AccessAction.LOGIN_FAILED, None, username="nobody")


def everything() -> dict[str, list[dict]]:
    return {
        model.__name__: list(model.objects.order_by("pk").values()) for model in GUARDED.values()
    }


@pytest.mark.parametrize("name", ATTEMPTS)
def test_the_database_refuses(name):
    connection.check_constraints()  # PostgreSQL truncates nothing while checks are pending
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


@pytest.mark.parametrize(
    ("told", "written"),
    [
        # The trail tells of no change of status, of another change, of one from elsewhere.
        (("not-started", "not-started"), "launched"),
        (("not-started", "launched"), "closed"),
        (("advancing", "launched"), "launched"),
    ],
)
def test_a_status_does_not_change_but_as_its_trail_row_tells(told, written):
    trail_row(*told)
    with pytest.raises(IntegrityError, match=SENTENCES["entry"]), transaction.atomic():
        bare(LedgerEntry).update(status=written, version=F("version") + 1)
    assert LedgerEntry.objects.get().status == "not-started"


def test_a_status_changes_when_its_trail_row_tells_so_before():
    trail_row("not-started", "launched")
    assert bare(LedgerEntry).update(status="launched", version=F("version") + 1) == 1


def trail_row(old: str, new: str) -> Revision:
    """The row of the next version of the entry, with this change of status."""
    entry = LedgerEntry.objects.get()
    return Revision.append(
        recorded_at=timezone.now(),
        effective_on=timezone.localdate(),
        actor_name="某人",
        record_model="ledgerentry",
        record_key=str(entry.pk),
        record_version=entry.version + 1,
        old_status=old,
        new_status=new,
    )


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


def told_by_the_check() -> list[CheckMessage]:
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
    assert len(everyone) == (64 if connection.vendor == "sqlite" else 58)


if connection.vendor == "postgresql":  # SQLite cannot switch a trigger off

    def test_the_check_names_a_guard_that_is_switched_off():
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
        bare(LedgerEntry).update(status="launched")


def test_guards_can_be_installed_twice():
    connection.check_constraints()
    guards.install(connection)
    guards.install(connection)
    assert guards.missing(connection) == []
