"""The rounds of the months, and the actions that the trail tells of them."""

import projects.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0006_deadline_ledger"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="indicator",
            options={
                "base_manager_name": "objects",
                "ordering": ["position", "pk"],
                "verbose_name": "成效指标",
                "verbose_name_plural": "成效指标",
            },
        ),
        migrations.AlterModelOptions(
            name="ledgerentry",
            options={
                "base_manager_name": "objects",
                "ordering": ["code"],
                "verbose_name": "台账条目",
                "verbose_name_plural": "台账条目",
            },
        ),
        migrations.AlterModelOptions(
            name="organisation",
            options={
                "base_manager_name": "objects",
                "ordering": ["name"],
                "verbose_name": "单位",
                "verbose_name_plural": "单位",
            },
        ),
        migrations.AlterModelOptions(
            name="region",
            options={
                "base_manager_name": "objects",
                "ordering": ["code"],
                "verbose_name": "地区",
                "verbose_name_plural": "地区",
            },
        ),
        migrations.AlterModelOptions(
            name="sector",
            options={
                "base_manager_name": "objects",
                "ordering": ["position", "slug"],
                "verbose_name": "领域",
                "verbose_name_plural": "领域",
            },
        ),
        migrations.AlterModelOptions(
            name="user",
            options={
                "base_manager_name": "objects",
                "ordering": ["username"],
                "verbose_name": "账号",
                "verbose_name_plural": "账号",
            },
        ),
        migrations.AlterField(
            model_name="revision",
            name="action",
            field=models.CharField(
                choices=[
                    ("baseline", "期初建账"),
                    ("create", "新增"),
                    ("change", "修改"),
                    ("move", "推进"),
                    ("step-back", "退回"),
                    ("stop", "停止"),
                    ("resume", "恢复"),
                    ("correct", "更正"),
                    ("request", "提请"),
                    ("withdraw", "撤回提请"),
                    ("delist", "调出"),
                    ("relist", "调入"),
                    ("delete", "删除"),
                    ("open", "开启"),
                    ("freeze", "冻结"),
                ],
                max_length=10,
                verbose_name="动作",
            ),
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="版本"),
                ),
                ("month", models.DateField(unique=True, verbose_name="月份")),
                ("due_on", models.DateField(verbose_name="报送截止日期")),
                ("opened_at", models.DateTimeField(verbose_name="开启时间")),
                (
                    "opened_by",
                    projects.models.fields.LineField(max_length=400, verbose_name="开启人"),
                ),
                ("closed_at", models.DateTimeField(null=True, verbose_name="冻结时间")),
                (
                    "closed_by",
                    projects.models.fields.LineField(
                        blank=True, max_length=400, verbose_name="冻结人"
                    ),
                ),
                (
                    "trail_sequence",
                    models.BigIntegerField(null=True, verbose_name="冻结时变更记录末条"),
                ),
                (
                    "trail_digest",
                    models.CharField(
                        blank=True, max_length=64, verbose_name="冻结时变更记录末条摘要"
                    ),
                ),
                ("figures", models.JSONField(default=dict, verbose_name="冻结时各项数字")),
            ],
            options={
                "verbose_name": "月报",
                "verbose_name_plural": "月报",
                "ordering": ["-month"],
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at", None), ("closed_by", ""), ("trail_sequence", None)
                            ),
                            models.Q(
                                ("closed_at__isnull", False), ("trail_sequence__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="round_frozen_whole",
                        violation_error_message="冻结的月报须写明冻结时间和变更记录末条。",
                    )
                ],
            },
        ),
    ]
