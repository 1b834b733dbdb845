"""Reports of the months, reminders, the calendar of working days and the rule for due days."""

import django.core.validators
import django.db.models.deletion
import projects.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0007_rounds"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarDay",
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
                ("day", models.DateField(unique=True, verbose_name="日期")),
                (
                    "is_working",
                    models.BooleanField(
                        default=False,
                        help_text="调休上班的周末勾选；放假的工作日不勾选。",
                        verbose_name="上班",
                    ),
                ),
                (
                    "name",
                    projects.models.fields.LineField(
                        help_text="例如“国庆节”“国庆节调休上班”。",
                        max_length=60,
                        verbose_name="说明",
                    ),
                ),
            ],
            options={
                "verbose_name": "节假日安排",
                "verbose_name_plural": "节假日安排",
                "ordering": ["day"],
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="round",
            name="due_digest",
            field=models.CharField(blank=True, max_length=64, verbose_name="应报清单摘要"),
        ),
        migrations.AddField(
            model_name="round",
            name="reports_due",
            field=models.PositiveIntegerField(default=0, verbose_name="应报条数"),
        ),
        migrations.AlterField(
            model_name="entryversion",
            name="total_investment_basis",
            field=models.CharField(
                blank=True,
                choices=[
                    ("estimate", "估算"),
                    ("budget", "概算"),
                    ("final", "决算"),
                    ("contract", "协议额"),
                    ("reported", "月报数"),
                ],
                editable=False,
                max_length=10,
                verbose_name="投资口径",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="total_investment_basis",
            field=models.CharField(
                blank=True,
                choices=[
                    ("estimate", "估算"),
                    ("budget", "概算"),
                    ("final", "决算"),
                    ("contract", "协议额"),
                    ("reported", "月报数"),
                ],
                editable=False,
                max_length=10,
                verbose_name="投资口径",
            ),
        ),
        migrations.AlterField(
            model_name="moneyfigure",
            name="basis",
            field=models.CharField(
                choices=[
                    ("estimate", "估算"),
                    ("budget", "概算"),
                    ("final", "决算"),
                    ("contract", "协议额"),
                    ("reported", "月报数"),
                ],
                max_length=10,
                verbose_name="口径",
            ),
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
                    ("submit", "提交"),
                    ("recall", "撤回"),
                    ("sign", "审定"),
                    ("accept", "采纳"),
                    ("return", "退回报告"),
                    ("waive", "免报"),
                    ("remind", "催办"),
                ],
                max_length=10,
                verbose_name="动作",
            ),
        ),
        migrations.CreateModel(
            name="Reminder",
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
                ("outstanding", models.PositiveIntegerField(verbose_name="未报送条数")),
                ("sent_at", models.DateTimeField(verbose_name="催办时间")),
                (
                    "sent_by",
                    projects.models.fields.LineField(max_length=400, verbose_name="催办人"),
                ),
                ("note", projects.models.fields.ProseField(blank=True, verbose_name="说明")),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="projects.round",
                        verbose_name="月份",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="projects.organisation",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "催办",
                "verbose_name_plural": "催办",
                "ordering": ["-sent_at", "-pk"],
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Report",
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
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("due", "未填报"),
                            ("draft", "填报中"),
                            ("submitted", "待审定"),
                            ("approved", "已审定"),
                            ("accepted", "已采纳"),
                            ("returned", "已退回"),
                            ("waived", "免报"),
                        ],
                        default="due",
                        max_length=10,
                        verbose_name="报送状态",
                    ),
                ),
                (
                    "progress",
                    projects.models.fields.ProseField(
                        blank=True,
                        help_text="截至本月末的进展，据实填写；已完成的写明何时完成。",
                        verbose_name="形象进度",
                    ),
                ),
                (
                    "percent",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="0至100的整数；不清楚的留空，不要填0。",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="完成百分比",
                    ),
                ),
                (
                    "invested_month",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="当月新增；没有投资任务的留空。",
                        max_digits=16,
                        null=True,
                        verbose_name="本月完成投资（万元）",
                    ),
                ),
                (
                    "invested_total",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        help_text="自开工至本月末的合计。",
                        max_digits=16,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="开工以来累计完成投资（万元）",
                    ),
                ),
                (
                    "problems",
                    projects.models.fields.ProseField(
                        blank=True, help_text="没有问题的留空。", verbose_name="存在问题"
                    ),
                ),
                (
                    "coordination",
                    projects.models.fields.ProseField(
                        blank=True,
                        help_text="需要上级协调的，写明事项和建议。",
                        verbose_name="需协调事项",
                    ),
                ),
                (
                    "coordination_level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("county", "县（区）协调"),
                            ("city", "市级协调会"),
                            ("province", "省级联席会"),
                        ],
                        help_text="有需协调事项的须选择。",
                        max_length=10,
                        verbose_name="协调层级",
                    ),
                ),
                (
                    "next_step",
                    projects.models.fields.ProseField(
                        blank=True,
                        help_text="写明做什么、谁来做、何时完成。",
                        verbose_name="下一步工作",
                    ),
                ),
                ("has_doubts", models.BooleanField(default=False, verbose_name="有提示")),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="提交时间")),
                ("submitted_by_id", models.BigIntegerField(null=True, verbose_name="填报人编号")),
                (
                    "submitted_by",
                    projects.models.fields.LineField(
                        blank=True, max_length=400, verbose_name="填报人"
                    ),
                ),
                ("first_signed_on", models.DateField(null=True, verbose_name="首次审定日期")),
                ("signed_at", models.DateTimeField(null=True, verbose_name="审定时间")),
                (
                    "signed_by",
                    projects.models.fields.LineField(
                        blank=True, max_length=400, verbose_name="审定人"
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                (
                    "decided_by",
                    projects.models.fields.LineField(
                        blank=True, max_length=400, verbose_name="审核人"
                    ),
                ),
                (
                    "note",
                    projects.models.fields.ProseField(blank=True, verbose_name="退回或免报说明"),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="projects.ledgerentry",
                        verbose_name="条目",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="projects.round",
                        verbose_name="月份",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="projects.organisation",
                        verbose_name="填报单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "月报填报",
                "verbose_name_plural": "月报填报",
                "ordering": ["round", "entry__code"],
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user_id", models.BigIntegerField(verbose_name="填写人编号")),
                ("base_version", models.PositiveIntegerField(verbose_name="填写时版本")),
                ("given", models.JSONField(default=dict, verbose_name="填写内容")),
                ("saved_at", models.DateTimeField(verbose_name="暂存时间")),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drafts",
                        to="projects.report",
                        verbose_name="月报",
                    ),
                ),
            ],
            options={
                "verbose_name": "填报暂存",
                "verbose_name_plural": "填报暂存",
            },
        ),
        migrations.CreateModel(
            name="ReportingRule",
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
                (
                    "since",
                    models.DateField(
                        help_text="写该月1日，例如 2026-07-01。",
                        unique=True,
                        verbose_name="自哪个月起",
                    ),
                ),
                (
                    "due_day",
                    models.PositiveSmallIntegerField(
                        default=7,
                        help_text="1至28；遇节假日顺延到其后第一个工作日。已开启的月报不受影响。",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(28),
                        ],
                        verbose_name="次月几日前报送",
                    ),
                ),
                (
                    "takes_reports",
                    models.BooleanField(
                        default=True,
                        help_text="不勾选的月份只开启和冻结，不生成应报清单。",
                        verbose_name="各单位在本系统填报",
                    ),
                ),
            ],
            options={
                "verbose_name": "报送规则",
                "verbose_name_plural": "报送规则",
                "ordering": ["since"],
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("due_day__range", (1, 28))),
                        name="rule_due_day_1_28",
                        violation_error_message="报送日须在1至28之间。",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["round", "unit", "state"], name="report_by_unit"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                fields=("round", "entry"),
                name="report_one_per_month",
                violation_error_message="本月这一条目已有填报。",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("percent__isnull", True), ("percent__range", (0, 100)), _connector="OR"
                ),
                name="report_percent_0_100",
                violation_error_message="完成百分比须在0至100之间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("invested_total__isnull", True), ("invested_total__gte", 0), _connector="OR"
                ),
                name="report_total_not_negative",
                violation_error_message="累计完成投资不能为负数。",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["due", "draft", "submitted", "approved", "accepted", "returned", "waived"],
                    )
                ),
                name="report_state_known",
                violation_error_message="报送状态不在表中。",
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.UniqueConstraint(
                fields=("report", "user_id"), name="draft_one_per_person"
            ),
        ),
    ]
