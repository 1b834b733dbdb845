"""Triggers by which the database itself refuses what would pass the doors by.

They refuse UPDATE and DELETE (and TRUNCATE) of the trail and the access events, DELETE of
entries and versions, a rewritten version or frozen month, and any UPDATE of an entry that has not
version + 1 and a trail row for it, saying that very status, already written; and the same of a
report, which changes no more when its month is frozen. The content of attachments is appended and
stays; of an attachment nothing changes but that it is withdrawn, once, with its trail row. Matters,
conferences and records of contact change with version + 1 and their trail row, accounts of what was
done never. Reminders are appended; how one reached its person is final once it was sent.

Django rebuilds tables on SQLite and so drops triggers without a word: they are lifted
before and installed after every migrate, and a system check proves them present.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from .digests import Digest
from .notices import Delivery
from .receipts import Receipt
from .recordversions import RecordVersion
from .rounds import Round
from .versions import EntryVersion

APPEND_ONLY = (
    "projects_revision",
    "projects_accessevent",
    "projects_entrystate",
    "projects_segment",
    "projects_attachmentcontent",
    "projects_notice",
)
UNDELETABLE = (
    "projects_ledgerentry",
    "projects_entryversion",
    "projects_recordversion",
    "projects_receipt",
    "projects_round",
    "projects_report",
    "projects_attachment",
    "projects_matter",
    "projects_handling",
    "projects_meeting",
    "projects_contactrecord",
    "projects_delivery",
    "projects_digest",
    "projects_brief",
    "projects_brieftemplate",
)


class Ending(NamedTuple):
    """Rows whose only change is that they end: `moment` is set, once, with `also`."""

    model: type[models.Model]
    moment: str
    sentence: str
    also: frozenset[str] = frozenset()


ENDING: dict[str, Ending] = {
    "guard_version_update": Ending(EntryVersion, "recorded_to", "历史版本不能改写"),
    "guard_recordversion_update": Ending(RecordVersion, "recorded_to", "历史版本不能改写"),
    "guard_receipt_update": Ending(
        Receipt, "completed_at", "导出回执不能改写", frozenset({"rows", "sha256", "rows_sha256"})
    ),
}
#: Rows that change no more once a column of theirs is set, and what never changes in them:
#: name of the guard, table, that column, those columns, the sentence.
FROZEN: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "guard_round_update": (
        *(Round._meta.db_table, "closed_at", ("id", "month")),
        "已冻结的月报不能改写",
    ),
    "guard_delivery_update": (
        *(Delivery._meta.db_table, "sent_at", ("id", "notice_id", "channel")),
        "已发送的提醒不能改写",
    ),
    "guard_digest_update": (
        *(Digest._meta.db_table, "sent_at", ("id", "user_id", "view_id", "week")),
        "已发送的摘要不能改写",
    ),
}
#: What makes a row that one, beside its primary key.
UNIQUE: dict[str, tuple[str, ...]] = {
    "projects_revision": ("record_model", "record_key", "record_version"),
    "projects_entrystate": ("entry_id", "version"),
    "projects_entryversion": ("segment", "entry_id", "version"),
    "projects_recordversion": ("record_model", "record_key", "version"),
    "projects_round": ("month",),
    "projects_report": ("round_id", "entry_id"),
    "projects_matter": ("code",),
    "projects_meeting": ("code",),
    "projects_contactrecord": ("code",),
    "projects_notice": ("user_id", "kind", "record", "occasion"),
    "projects_delivery": ("notice_id", "channel"),
    "projects_digest": ("user_id", "view_id", "week"),
    "projects_brief": ("period",),
}
PRIMARY = {
    "projects_revision": "sequence",
    "projects_accessevent": "sequence",
    "projects_segment": "number",
    "projects_receipt": "number",
    "projects_attachmentcontent": "sha256",
}

ENTRY_SENTENCE = "台账条目的修改须先有下一版本的变更记录"
_WITHOUT_TRAIL = """
    NEW.version <> OLD.version + 1 OR NEW.id <> OLD.id OR NOT EXISTS (
        SELECT 1 FROM projects_revision r
        WHERE r.record_model = 'ledgerentry' AND r.record_key = CAST(NEW.id AS TEXT)
          AND r.record_version = NEW.version
          AND (r.old_status = OLD.status OR (OLD.version = 0 AND r.old_status = ''))
          AND r.new_status = NEW.status)
"""
REPORT_SENTENCE = "月报填报的修改须先有下一版本的变更记录，月份冻结后不能修改"
_REPORT_WITHOUT_TRAIL = """
    NEW.version <> OLD.version + 1 OR NEW.id <> OLD.id OR NEW.round_id <> OLD.round_id
    OR NEW.entry_id <> OLD.entry_id OR NOT EXISTS (
        SELECT 1 FROM projects_revision r
        WHERE r.record_model = 'report' AND r.record_key = CAST(NEW.id AS TEXT)
          AND r.record_version = NEW.version)
    OR EXISTS (
        SELECT 1 FROM projects_round m
        WHERE m.id = OLD.round_id AND m.closed_at IS NOT NULL)
"""
ATTACHMENT_SENTENCE = "附件登记后不能改写，只能作废一次，并须先有变更记录"
#: What an attachment is never changes; the one change after its first row is its withdrawal.
_ATTACHMENT_KEPT = (
    *("id", "name", "kind", "size", "sha256", "note"),
    *("milestone", "uploaded_at", "uploaded_by"),
)
_ATTACHMENT_WITHOUT_TRAIL = f"""
    OLD.withdrawn_at IS NOT NULL OR NEW.version <> OLD.version + 1
    OR (OLD.version > 0 AND NEW.withdrawn_at IS NULL)
    OR {" OR ".join(f"NEW.{column} <> OLD.{column}" for column in _ATTACHMENT_KEPT)}
    OR COALESCE(NEW.entry_id, 0) <> COALESCE(OLD.entry_id, 0)
    OR COALESCE(NEW.matter_id, 0) <> COALESCE(OLD.matter_id, 0)
    OR COALESCE(NEW.report_id, 0) <> COALESCE(OLD.report_id, 0)
    OR COALESCE(NEW.milestone_key, 0) <> COALESCE(OLD.milestone_key, 0)
    OR COALESCE(NEW.uploaded_by_id, 0) <> COALESCE(OLD.uploaded_by_id, 0)
    OR NOT EXISTS (
        SELECT 1 FROM projects_revision r
        WHERE r.record_model = 'attachment' AND r.record_key = CAST(NEW.id AS TEXT)
          AND r.record_version = NEW.version)
"""


def _untold(model: str, *kept: str) -> str:
    """Without version + 1 and its trail row, or with another value in what never changes."""
    changed = " OR ".join(f"NEW.{column} <> OLD.{column}" for column in ("id", *kept))
    return f"""
    NEW.version <> OLD.version + 1 OR {changed} OR NOT EXISTS (
        SELECT 1 FROM projects_revision r
        WHERE r.record_model = '{model}' AND r.record_key = CAST(NEW.id AS TEXT)
          AND r.record_version = NEW.version)
"""


#: Rows whose every change has its trail row written before: guard, table, condition, sentence.
TRAILED: dict[str, tuple[str, str, str]] = {
    "guard_entry_update": ("projects_ledgerentry", _WITHOUT_TRAIL, ENTRY_SENTENCE),
    "guard_report_update": ("projects_report", _REPORT_WITHOUT_TRAIL, REPORT_SENTENCE),
    "guard_attachment_update": (
        *("projects_attachment", _ATTACHMENT_WITHOUT_TRAIL, ATTACHMENT_SENTENCE),
    ),
    "guard_matter_update": (
        *("projects_matter", _untold("matter", "kind", "code")),
        "事项的修改须先有下一版本的变更记录",
    ),
    "guard_handling_update": (
        *("projects_handling", f"OLD.version > 0 OR {_untold('handling', 'matter_id', 'told')}"),
        "办理情况登记后不能修改",
    ),
    "guard_meeting_update": (
        *("projects_meeting", _untold("meeting", "code")),
        "会议的修改须先有下一版本的变更记录",
    ),
    "guard_agendaitem_update": (
        *("projects_agendaitem", _untold("agendaitem", "meeting_id", "matter_id")),
        "会议议题的修改须先有下一版本的变更记录",
    ),
    "guard_contactrecord_update": (
        *("projects_contactrecord", _untold("contactrecord", "code")),
        "对接记录的修改须先有下一版本的变更记录",
    ),
    "guard_brief_update": (
        *("projects_brief", _untold("brief", "period")),
        "通报的修改须先有下一版本的变更记录",
    ),
    "guard_brieftemplate_update": (
        *("projects_brieftemplate", _untold("brieftemplate", "sha256", "name", "size")),
        "通报模板登记后只能启用或停用，并须先有变更记录",
    ),
}


def _rewritten(ending: Ending, differs: str) -> str:
    columns = {str(field.column) for field in ending.model._meta.concrete_fields}
    kept = sorted(columns - {ending.moment} - ending.also)
    return " OR ".join(
        [f"OLD.{ending.moment} IS NOT NULL OR NEW.{ending.moment} IS NULL"]
        + [f"NEW.{column} {differs} OLD.{column}" for column in kept]
    )


def _frozen(column: str, kept: tuple[str, ...]) -> str:
    return " OR ".join([f"OLD.{column} IS NOT NULL", *(f"NEW.{c} <> OLD.{c}" for c in kept)])


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
    for table in UNDELETABLE:
        guards[f"guard_{table}_delete"] = _sqlite(
            f"guard_{table}_delete", f"BEFORE DELETE ON {table}", "1", f"{table} 不能删除"
        )
    for table in (*APPEND_ONLY, *UNDELETABLE):
        # INSERT OR REPLACE would rewrite a row past the guards above.
        guards[f"guard_{table}_replace"] = _sqlite(
            f"guard_{table}_replace",
            f"BEFORE INSERT ON {table}",
            _exists_already(table),
            f"{table} 不能覆盖",
        )
    for name, (table, condition, sentence) in TRAILED.items():
        guards[name] = _sqlite(name, f"BEFORE UPDATE ON {table}", condition, sentence)
    for name, ending in ENDING.items():
        guards[name] = _sqlite(
            name,
            f"BEFORE UPDATE ON {ending.model._meta.db_table}",
            _rewritten(ending, "IS NOT"),
            ending.sentence,
        )
    for name, (table, column, kept, sentence) in FROZEN.items():
        guards[name] = _sqlite(name, f"BEFORE UPDATE ON {table}", _frozen(column, kept), sentence)
    return guards


def _exists_already(table: str) -> str:
    keys = [(PRIMARY.get(table, "id"),)] + ([UNIQUE[table]] if table in UNIQUE else [])
    return " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE {' AND '.join(f'{c} = NEW.{c}' for c in columns)})"
        for columns in keys
    )


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
    for name, (table, condition, sentence) in TRAILED.items():
        event = f"BEFORE UPDATE ON {table} FOR EACH ROW"
        guards[name] = _postgresql(name, event, sentence, condition)
    for name, ending in ENDING.items():
        guards[name] = _postgresql(
            name,
            f"BEFORE UPDATE ON {ending.model._meta.db_table} FOR EACH ROW",
            ending.sentence,
            _rewritten(ending, "IS DISTINCT FROM"),
        )
    for name, (table, column, kept, sentence) in FROZEN.items():
        guards[name] = _postgresql(
            name, f"BEFORE UPDATE ON {table} FOR EACH ROW", sentence, _frozen(column, kept)
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
