"""Tables for what records said in the past; the contents of versions apart from their columns."""

from itertools import islice
from typing import Any

import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


def keep_states(apps: Any, schema_editor: Any) -> None:
    """What every version said moves to a table of its own."""
    versions, states = (apps.get_model("projects", n) for n in ("EntryVersion", "EntryState"))
    rows = versions.objects.order_by("pk").values_list("entry_id", "version", "facts")
    new = (states(entry_id=e, version=v, facts=f) for e, v, f in rows.iterator(chunk_size=500))
    while chunk := list(islice(new, 500)):
        states.objects.bulk_create(chunk)


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="EntryState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="版本")),
                (
                    "facts",
                    models.JSONField(
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="全部内容",
                    ),
                ),
            ],
            options={
                "verbose_name": "版本内容",
                "verbose_name_plural": "版本内容",
            },
        ),
        migrations.CreateModel(
            name="RecordVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("record_model", models.CharField(max_length=40, verbose_name="记录类型")),
                ("record_key", models.BigIntegerField(verbose_name="记录主键")),
                ("version", models.PositiveIntegerField(verbose_name="版本")),
                ("recorded_from", models.DateTimeField(verbose_name="自")),
                ("recorded_to", models.DateTimeField(blank=True, null=True, verbose_name="至")),
                ("name", models.CharField(max_length=300, verbose_name="名称")),
                (
                    "facts",
                    models.JSONField(
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="全部内容",
                    ),
                ),
            ],
            options={
                "verbose_name": "名录历史版本",
                "verbose_name_plural": "名录历史版本",
                "ordering": ["record_model", "record_key", "version"],
            },
        ),
        migrations.CreateModel(
            name="Segment",
            fields=[
                (
                    "number",
                    models.PositiveIntegerField(
                        primary_key=True, serialize=False, verbose_name="段号"
                    ),
                ),
                ("began_at", models.DateTimeField(verbose_name="起始时间")),
                ("after_sequence", models.BigIntegerField(verbose_name="起始序号")),
                ("copied", models.PositiveIntegerField(default=0, verbose_name="起始版本数")),
            ],
            options={
                "verbose_name": "历史分段",
                "verbose_name_plural": "历史分段",
                "ordering": ["number"],
            },
        ),
        migrations.AlterModelOptions(
            name="milestone",
            options={
                "ordering": [models.OrderBy(models.F("planned_on"), nulls_last=True), "pk"],
                "verbose_name": "里程碑",
                "verbose_name_plural": "里程碑",
            },
        ),
        migrations.AlterModelOptions(
            name="moneyfigure",
            options={
                "ordering": ["kind", models.OrderBy(models.F("dated_on"), nulls_last=True), "pk"],
                "verbose_name": "投资数据",
                "verbose_name_plural": "投资数据",
            },
        ),
        migrations.AddField(
            model_name="chainhead",
            name="recorded_at",
            field=models.DateTimeField(null=True, verbose_name="登记时间"),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="partner_keys",
            field=models.TextField(default="", editable=False, verbose_name="责任（配合）单位主键"),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="places",
            field=models.TextField(
                default="", editable=False, verbose_name="涉及地区及其上级的代码"
            ),
        ),
        migrations.AlterField(
            model_name="revision",
            name="source",
            field=models.CharField(
                choices=[
                    ("web", "网页"),
                    ("admin", "后台"),
                    ("import", "导入"),
                    ("command", "命令"),
                    ("fixture", "初始数据"),
                    ("simulated", "模拟"),
                ],
                max_length=10,
                verbose_name="来源",
            ),
        ),
        migrations.AddField(
            model_name="entrystate",
            name="entry",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="states",
                to="projects.ledgerentry",
                verbose_name="条目",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordversion",
            constraint=models.UniqueConstraint(
                fields=("record_model", "record_key", "version"), name="recordversion_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="recordversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("recorded_to__isnull", True)),
                fields=("record_model", "record_key"),
                name="recordversion_one_current",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("recorded_to__isnull", True),
                    ("recorded_to__gte", models.F("recorded_from")),
                    _connector="OR",
                ),
                name="recordversion_from_before_to",
            ),
        ),
        migrations.AddConstraint(
            model_name="entrystate",
            constraint=models.UniqueConstraint(fields=("entry", "version"), name="entrystate_once"),
        ),
        migrations.RunPython(keep_states, migrations.RunPython.noop),
    ]
