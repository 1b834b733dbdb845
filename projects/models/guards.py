"""Triggers by which the database itself refuses what would pass the doors by.

They refuse UPDATE and DELETE (and TRUNCATE) of the trail and the access events, DELETE of
entries and versions, a rewritten version, and any UPDATE of an entry that has not
version + 1 and a trail row for it, saying that very status, already written.

Django rebuilds tables on SQLite and so drops triggers without a word: they are lifted
before and installed after every migrate, and a system check proves them present.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from .versions import EntryVersion

APPEND_ONLY = ("projects_revision", "projects_accessevent")
UNDELETABLE = ("projects_ledgerentry", "projects_entryversion")

ENTRY_SENTENCE = "台账条目的修改须先有下一版本的变更记录"
_WITHOUT_TRAIL = """
    NEW.version <> OLD.version + 1 OR NEW.id <> OLD.id OR NOT EXISTS (
        SELECT 1 FROM projects_revision r
        WHERE r.record_model = 'ledgerentry' AND r.record_key = CAST(NEW.id AS {text})
          AND r.record_version = NEW.version
          AND (r.old_status = OLD.status OR (OLD.version = 0 AND r.old_status = ''))
          AND r.new_status = NEW.status)
"""


def _version_rewritten(differs: str) -> str:
    """A version's only permitted change is that it ends."""
    columns = {str(field.column) for field in EntryVersion._meta.concrete_fields} - {"recorded_to"}
    return " OR ".join(
        ["OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL"]
        + [f"NEW.{column} {differs} OLD.{column}" for column in sorted(columns)]
    )


def _sqlite_guards() -> dict[str, str]:
    guards = {}
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            guards[f"guard_{table}_{verb.lower()}"] = _sqlite(
                f"guard_{table}_{verb.lower()}",
                f"BEFORE {verb} ON {table}",
                "1",
                f"{table} 只能追加，不能修改或删除",
            )
        # INSERT OR REPLACE would rewrite a row past the two above.
        guards[f"guard_{table}_replace"] = _sqlite(
            f"guard_{table}_replace",
            f"BEFORE INSERT ON {table}",
            f"EXISTS (SELECT 1 FROM {table} WHERE sequence = NEW.sequence)"
            + (
                " OR EXISTS (SELECT 1 FROM projects_revision WHERE record_model = NEW.record_model"
                " AND record_key = NEW.record_key AND record_version = NEW.record_version)"
                if table == "projects_revision"
                else ""
            ),
            f"{table} 只能追加，不能覆盖",
        )
    for table in UNDELETABLE:
        guards[f"guard_{table}_delete"] = _sqlite(
            f"guard_{table}_delete", f"BEFORE DELETE ON {table}", "1", f"{table} 不能删除"
        )
        guards[f"guard_{table}_replace"] = _sqlite(
            f"guard_{table}_replace",
            f"BEFORE INSERT ON {table}",
            f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)",
            f"{table} 不能覆盖",
        )
    guards["guard_entry_update"] = _sqlite(
        "guard_entry_update",
        "BEFORE UPDATE ON projects_ledgerentry",
        _WITHOUT_TRAIL.format(text="TEXT"),
        ENTRY_SENTENCE,
    )
    guards["guard_version_update"] = _sqlite(
        "guard_version_update",
        "BEFORE UPDATE ON projects_entryversion",
        _version_rewritten("IS NOT"),
        "历史版本不能改写",
    )
    return guards


def _sqlite(name: str, event: str, condition: str, sentence: str) -> str:
    return (
        f"CREATE TRIGGER {name} {event} FOR EACH ROW WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
    )


def _postgresql_guards() -> dict[str, str]:
    guards = {}
    for table in (*APPEND_ONLY, *UNDELETABLE):
        events = "UPDATE OR DELETE" if table in APPEND_ONLY else "DELETE"
        guards[f"guard_{table}_{'append' if table in APPEND_ONLY else 'delete'}"] = _postgresql(
            f"guard_{table}_{'append' if table in APPEND_ONLY else 'delete'}",
            f"BEFORE {events} ON {table} FOR EACH ROW",
            f"{table} 不能修改或删除",
        )
        guards[f"guard_{table}_truncate"] = _postgresql(
            f"guard_{table}_truncate",
            f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
            f"{table} 不能清空",
        )
    guards["guard_entry_update"] = _postgresql(
        "guard_entry_update",
        "BEFORE UPDATE ON projects_ledgerentry FOR EACH ROW",
        ENTRY_SENTENCE,
        _WITHOUT_TRAIL.format(text="TEXT"),
    )
    guards["guard_version_update"] = _postgresql(
        "guard_version_update",
        "BEFORE UPDATE ON projects_entryversion FOR EACH ROW",
        "历史版本不能改写",
        _version_rewritten("IS DISTINCT FROM"),
    )
    return guards


def _postgresql(name: str, event: str, sentence: str, condition: str = "TRUE") -> str:
    table = event.split(" ON ")[1].split(" ", maxsplit=1)[0]
    return f"""
        CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard$
        BEGIN
            IF {condition} THEN
                RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $guard$;
        DROP TRIGGER IF EXISTS {name} ON {table};
        CREATE TRIGGER {name} {event} EXECUTE FUNCTION {name}()
    """


def _declared(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Name and SQL of every guard whose table exists."""
    guards = _sqlite_guards() if connection.vendor == "sqlite" else _postgresql_guards()
    tables = set(connection.introspection.table_names())
    needed = {*APPEND_ONLY, *UNDELETABLE}
    return guards if needed <= tables else {}


def _present(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """The guards found in the database: name and table."""
    query = (
        "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard%'"
        if connection.vendor == "sqlite"
        else "SELECT tgname, tgrelid::regclass::text FROM pg_trigger"
        " WHERE tgname LIKE 'guard%%' AND NOT tgisinternal AND tgenabled <> 'D'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return dict(cursor.fetchall())


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The guards that should be there and are not (or are switched off)."""
    return sorted(_declared(connection).keys() - _present(connection).keys())


def lift(connection: BaseDatabaseWrapper) -> None:
    """Take the guards off, for a migration or a test's clean-up."""
    present = _present(connection)
    with connection.cursor() as cursor:
        for name, table in present.items():
            on = "" if connection.vendor == "sqlite" else f" ON {table}"
            cursor.execute(f"DROP TRIGGER {name}{on}")


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the guards on; safe to run at any time."""
    declared = _declared(connection)
    lift(connection)
    with connection.cursor() as cursor:
        for sql in declared.values():
            cursor.execute(sql)


def lift_before_migrate(sender: Any, using: str, **kwargs: Any) -> None:
    lift(connections[using])


def install_after_migrate(sender: Any, using: str, **kwargs: Any) -> None:
    install(connections[using])
