"""Until when an agreement is valid, as a column that entries and their versions share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import migrations, models

CHUNK = 500


def fill(apps: Any, schema_editor: Any) -> None:
    """Derived, and so without a trail row: entries by their own row, versions by their state."""
    get = apps.get_model
    agreements = get("projects", "Agreement").objects.exclude(valid_until_on=None)
    entries = get("projects", "LedgerEntry").objects
    for key, day in agreements.values_list("pk", "valid_until_on").iterator(chunk_size=CHUNK):
        entries.filter(pk=key).update(expires_on=day)
    versions = get("projects", "EntryVersion").objects
    rows = _said(versions.filter(ledger="agreements").select_related("state").order_by("pk"))
    while chunk := list(islice(rows, CHUNK)):
        versions.bulk_update(chunk, ["expires_on"])


def _said(versions: Any) -> Iterator[Any]:
    """The versions whose state tells the day, with that day."""
    column = versions.model._meta.get_field("expires_on")
    for version in versions.iterator(chunk_size=CHUNK):
        if said := version.state.facts.get("valid_until_on", {}).get("value"):
            version.expires_on = column.to_python(said)
            yield version


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0014_matters"),
    ]

    operations = [
        migrations.AddField(
            model_name="entryversion",
            name="expires_on",
            field=models.DateField(
                blank=True, editable=False, null=True, verbose_name="有效期届满"
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="expires_on",
            field=models.DateField(
                blank=True, editable=False, null=True, verbose_name="有效期届满"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
