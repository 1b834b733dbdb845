"""Fill versions, names of the past and derived columns from states and trail."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import migrations

#: Models whose names a past page needs.
NAMED = ("region", "sector", "organisation", "indicator")
DERIVED = ("search_text", "places", "partner_keys")
ORIGINS = ("agreement", "item")
CHUNK = 500


def rebuild(apps: Any, schema_editor: Any) -> None:
    models = {model.__name__: model for model in apps.get_app_config("projects").get_models()}
    trail = models["Revision"].objects.order_by("sequence")
    if (last := trail.last()) is None:
        return
    models["ChainHead"].objects.filter(name="trail").update(recorded_at=last.recorded_at)
    if first := trail.filter(record_model="ledgerentry").first():
        models["Segment"].objects.create(
            number=1, began_at=first.recorded_at, after_sequence=first.sequence - 1
        )
    _store(models["EntryVersion"], _entry_versions(models))
    for name in NAMED:
        model = next(m for m in models.values() if m._meta.model_name == name)
        _store(models["RecordVersion"], _record_versions(model, models["RecordVersion"], trail))


def _store(model: Any, rows: Iterator[Any]) -> None:
    while chunk := list(islice(rows, CHUNK)):
        model.objects.bulk_create(chunk)


def _entry_versions(models: dict[str, Any]) -> Iterator[Any]:
    """A row for each state, and the derived columns of the entry by its last."""
    version_model, entries = models["EntryVersion"], models["LedgerEntry"].objects
    parents = dict(
        models["Region"].objects.filter(parent__isnull=False).values_list("code", "parent__code")
    )
    moments = _moments(models["Revision"])
    states = models["EntryState"].objects.select_related("entry").order_by("entry", "version")
    for state in states.iterator(chunk_size=CHUNK):
        facts = {name: fact["value"] for name, fact in state.facts.items()}
        row = version_model(
            segment=1,
            entry_id=state.entry_id,
            state_id=state.pk,
            version=state.version,
            code=state.entry.code,
            recorded_from=moments[state.entry_id, state.version],
            recorded_to=moments.get((state.entry_id, state.version + 1)),
            updated_at=moments[state.entry_id, state.version],
            origin_id=next((facts[name] for name in ORIGINS if facts.get(name)), None),
        )
        for field in version_model._meta.concrete_fields:
            if field.name in facts and field.name not in ("version", "code"):
                setattr(row, field.attname, field.to_python(facts[field.name]))
        touched = {*facts["regions"], *(parents[c] for c in facts["regions"] if c in parents)}
        row.places, row.partner_keys = _joined(touched), _joined(facts["partners"])
        row.search_text = _search_text(state.entry.code, facts)
        if row.recorded_to is None:  # no trail row: what is written is derived and no news
            derived = {name: getattr(row, name) for name in DERIVED}
            entries.filter(pk=state.entry_id).update(**derived)
        yield row


def _moments(revisions: Any) -> dict[tuple[int, int], Any]:
    rows = revisions.objects.filter(record_model="ledgerentry").order_by()
    found = rows.values_list("record_key", "record_version", "recorded_at")
    return {(int(key), version): at for key, version, at in found}


def _joined(keys: Any) -> str:
    ordered = sorted({str(key) for key in keys})
    return f"|{'|'.join(ordered)}|" if ordered else ""


def _search_text(code: str, facts: dict[str, Any]) -> str:
    from projects.models.places import search_text

    names = ("name", "aliases", "responsible_person", "contact_leader")
    return search_text(code, *(facts[name] for name in names))


def _record_versions(model: Any, version_model: Any, trail: Any) -> Iterator[Any]:
    """What each record of a kind said, by the new values of its trail rows; deleted ones too."""
    of_kind = trail.filter(record_model=model._meta.model_name)
    for key in sorted(set(of_kind.order_by().values_list("record_key", flat=True)), key=int):
        facts = _unsaid(model)
        rows = list(of_kind.filter(record_key=key))
        for row, following in zip(rows, [*rows[1:], None], strict=True):
            if row.action == "delete":
                continue
            for change in row.changes:
                facts[change["field"]] = {"value": change["new"], "text": change["new_text"]}
            yield version_model(
                record_model=model._meta.model_name,
                record_key=int(key),
                version=row.record_version,
                recorded_from=row.recorded_at,
                recorded_to=following.recorded_at if following else None,
                name=row.record_name,
                facts={name: dict(fact) for name, fact in facts.items()},
            )


def _unsaid(model: Any) -> dict[str, Any]:
    """What a record leaves open when it is created: nothing, or empty text."""
    left_out = {"id", "version", "search_text"}
    return {
        f.name: {"value": None if f.null else "", "text": ""}
        for f in model._meta.concrete_fields
        if f.name not in left_out
    }


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0003_versions_in_segments"),
    ]

    operations = [
        migrations.RunPython(rebuild, migrations.RunPython.noop),
    ]
