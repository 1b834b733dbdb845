"""Filters under a name, how people use them, and which were mailed when."""

import django.db.models.deletion
import projects.models.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0017_looks"),
    ]

    operations = [
        migrations.CreateModel(
            name="Digest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user_id", models.BigIntegerField(verbose_name="收件人编号")),
                ("view_id", models.BigIntegerField(verbose_name="视图编号")),
                (
                    "view_name",
                    projects.models.fields.LineField(max_length=40, verbose_name="视图名称"),
                ),
                ("week", models.DateField(verbose_name="周一日期")),
                ("day", models.DateField(verbose_name="摘要日期")),
                ("taken_at", models.DateTimeField(null=True, verbose_name="取出时间")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="发送时间")),
                (
                    "address",
                    projects.models.fields.LineField(
                        blank=True, max_length=254, verbose_name="发往"
                    ),
                ),
            ],
            options={
                "verbose_name": "视图摘要",
                "verbose_name_plural": "视图摘要",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user_id", "view_id", "week"),
                        name="digest_once_a_week",
                        violation_error_message="本周的摘要已登记。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sent_at__isnull", True), ("taken_at__isnull", False), _connector="OR"
                        ),
                        name="digest_sent_was_taken",
                        violation_error_message="发送前须先取出。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
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
                ("name", projects.models.fields.LineField(max_length=40, verbose_name="视图名称")),
                (
                    "ledger",
                    models.CharField(
                        choices=[
                            ("agreements", "合作协议"),
                            ("items", "合作事项"),
                            ("industrial", "产业合作项目"),
                            ("infrastructure", "重大基础设施合作项目"),
                            ("entries", "全部台账条目"),
                        ],
                        max_length=20,
                        verbose_name="清单",
                    ),
                ),
                ("query", models.CharField(blank=True, max_length=2000, verbose_name="筛选条件")),
                ("columns", models.JSONField(blank=True, default=list, verbose_name="显示的列")),
                (
                    "scope",
                    models.CharField(
                        choices=[("private", "仅本人"), ("unit", "本单位"), ("office", "全体人员")],
                        default="private",
                        max_length=10,
                        verbose_name="可用范围",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="保存人",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="projects.organisation",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "常用视图",
                "verbose_name_plural": "常用视图",
                "ordering": ["ledger", "name", "pk"],
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ViewUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ledger",
                    models.CharField(
                        choices=[
                            ("agreements", "合作协议"),
                            ("items", "合作事项"),
                            ("industrial", "产业合作项目"),
                            ("infrastructure", "重大基础设施合作项目"),
                            ("entries", "全部台账条目"),
                        ],
                        max_length=20,
                        verbose_name="清单",
                    ),
                ),
                ("is_default", models.BooleanField(default=False, verbose_name="默认打开")),
                ("is_subscribed", models.BooleanField(default=False, verbose_name="每周一邮件")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="使用人",
                    ),
                ),
                (
                    "view",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uses",
                        to="projects.savedview",
                        verbose_name="视图",
                    ),
                ),
            ],
            options={
                "verbose_name": "视图使用设置",
                "verbose_name_plural": "视图使用设置",
            },
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(
                fields=("owner", "ledger", "name"),
                name="savedview_name_once",
                violation_error_message="您在这份清单上已有同名的视图，请换一个名称。",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.CheckConstraint(
                condition=models.Q(("scope__in", ["private", "unit", "office"])),
                name="savedview_scope_known",
                violation_error_message="可用范围不在表中。",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("scope", "unit"), _negated=True),
                    ("unit__isnull", False),
                    _connector="OR",
                ),
                name="savedview_unit_has_unit",
                violation_error_message="本单位的视图须属于一个单位。",
            ),
        ),
        migrations.AddConstraint(
            model_name="viewuse",
            constraint=models.UniqueConstraint(fields=("user", "view"), name="viewuse_once"),
        ),
        migrations.AddConstraint(
            model_name="viewuse",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)),
                fields=("user", "ledger"),
                name="viewuse_one_default",
                violation_error_message="每份清单只能有一个默认视图。",
            ),
        ),
    ]
