"""Versions anew, in segments and with the columns of today's rows; 0004 fills them."""

import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import projects.choices
import projects.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0002_past_days"),
    ]

    operations = [
        migrations.DeleteModel(
            name="EntryVersion",
        ),
        migrations.CreateModel(
            name="EntryVersion",
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
                        ],
                        editable=False,
                        max_length=20,
                        verbose_name="台账",
                    ),
                ),
                (
                    "name",
                    projects.models.fields.LineField(
                        help_text="与协议、批复或正式文件一致的全称；另有通称的填在别名中。",
                        max_length=200,
                        verbose_name="名称",
                    ),
                ),
                (
                    "aliases",
                    projects.models.fields.LineField(
                        blank=True,
                        help_text="项目更名或另有通称的，逐一写明，用顿号隔开；查找时同样有效。",
                        max_length=300,
                        verbose_name="别名（曾用名）",
                    ),
                ),
                (
                    "sector",
                    models.ForeignKey(
                        help_text="按主要内容只选一个，通报按此分节；各领域相加等于总数。",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="projects.sector",
                        verbose_name="领域",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        blank=True,
                        help_text="对推进负总责的单位，只填一个。",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="projects.organisation",
                        verbose_name="牵头单位",
                    ),
                ),
                (
                    "responsible_person",
                    projects.models.fields.LineField(
                        blank=True,
                        help_text="牵头单位的具体负责人。",
                        max_length=40,
                        verbose_name="责任人",
                    ),
                ),
                (
                    "contact_leader",
                    projects.models.fields.LineField(
                        blank=True,
                        help_text="联系本条目的市领导姓名。",
                        max_length=40,
                        verbose_name="联系市领导",
                    ),
                ),
                (
                    "task_force",
                    projects.models.fields.LineField(
                        blank=True,
                        help_text="所属专项推进组全称。",
                        max_length=60,
                        verbose_name="专项组",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=projects.choices.status_choices,
                        editable=False,
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                (
                    "status_on",
                    models.DateField(
                        blank=True, editable=False, null=True, verbose_name="状态生效日期"
                    ),
                ),
                (
                    "status_by_id",
                    models.BigIntegerField(
                        blank=True, editable=False, null=True, verbose_name="状态经办人编号"
                    ),
                ),
                (
                    "halted_from",
                    models.CharField(
                        blank=True,
                        choices=projects.choices.status_choices,
                        editable=False,
                        max_length=20,
                        verbose_name="停止前状态",
                    ),
                ),
                (
                    "requested_status",
                    models.CharField(
                        blank=True,
                        choices=projects.choices.status_choices,
                        editable=False,
                        max_length=20,
                        verbose_name="待确认状态",
                    ),
                ),
                (
                    "requested_by_id",
                    models.BigIntegerField(
                        blank=True, editable=False, null=True, verbose_name="提请人编号"
                    ),
                ),
                (
                    "planned_start_on",
                    models.DateField(blank=True, null=True, verbose_name="计划开始"),
                ),
                (
                    "planned_start_precision",
                    models.CharField(
                        blank=True,
                        choices=[("day", "日"), ("month", "月"), ("year", "年")],
                        max_length=5,
                        verbose_name="日期精度",
                    ),
                ),
                (
                    "due_on",
                    models.DateField(
                        blank=True,
                        help_text="只知道年或月的，写到年或月为止，不要补成某一天。",
                        null=True,
                        verbose_name="完成时限",
                    ),
                ),
                (
                    "due_precision",
                    models.CharField(
                        blank=True,
                        choices=[("day", "日"), ("month", "月"), ("year", "年")],
                        max_length=5,
                        verbose_name="日期精度",
                    ),
                ),
                ("started_on", models.DateField(blank=True, null=True, verbose_name="实际开始")),
                (
                    "started_precision",
                    models.CharField(
                        blank=True,
                        choices=[("day", "日"), ("month", "月"), ("year", "年")],
                        max_length=5,
                        verbose_name="日期精度",
                    ),
                ),
                ("finished_on", models.DateField(blank=True, null=True, verbose_name="实际完成")),
                (
                    "finished_precision",
                    models.CharField(
                        blank=True,
                        choices=[("day", "日"), ("month", "月"), ("year", "年")],
                        max_length=5,
                        verbose_name="日期精度",
                    ),
                ),
                (
                    "percent_complete",
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
                    "total_investment",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        editable=False,
                        max_digits=16,
                        null=True,
                        verbose_name="总投资（万元）",
                    ),
                ),
                (
                    "total_investment_basis",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("estimate", "估算"),
                            ("budget", "概算"),
                            ("final", "决算"),
                            ("contract", "协议额"),
                        ],
                        editable=False,
                        max_length=10,
                        verbose_name="投资口径",
                    ),
                ),
                (
                    "total_investment_qualifier",
                    models.CharField(
                        blank=True,
                        choices=[("", "（准确数）"), ("more-than", "余"), ("about", "约")],
                        editable=False,
                        max_length=10,
                        verbose_name="投资限定",
                    ),
                ),
                (
                    "provenance",
                    models.CharField(
                        choices=[
                            ("article", "文章载明"),
                            ("public", "公开资料"),
                            ("entered", "录入"),
                            ("sample", "示例"),
                        ],
                        default="entered",
                        help_text="文章载明、公开资料、录入或示例；示例数据不得用于上报。",
                        max_length=10,
                        verbose_name="数据来源",
                    ),
                ),
                (
                    "data_on",
                    models.DateField(
                        blank=True,
                        help_text="本条目各项数据反映的是哪一天（月、年）的情况。",
                        null=True,
                        verbose_name="数据截止日期",
                    ),
                ),
                (
                    "data_precision",
                    models.CharField(
                        blank=True,
                        choices=[("day", "日"), ("month", "月"), ("year", "年")],
                        max_length=5,
                        verbose_name="日期精度",
                    ),
                ),
                (
                    "awaits_update",
                    models.BooleanField(default=False, editable=False, verbose_name="待更新"),
                ),
                (
                    "delisted_on",
                    models.DateField(
                        blank=True, editable=False, null=True, verbose_name="调出日期"
                    ),
                ),
                ("search_text", models.TextField(default="", editable=False)),
                (
                    "places",
                    models.TextField(
                        default="", editable=False, verbose_name="涉及地区及其上级的代码"
                    ),
                ),
                (
                    "partner_keys",
                    models.TextField(
                        default="", editable=False, verbose_name="责任（配合）单位主键"
                    ),
                ),
                ("segment", models.PositiveIntegerField(verbose_name="段号")),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="projects.ledgerentry",
                        verbose_name="条目",
                    ),
                ),
                (
                    "state",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="projects.entrystate",
                        verbose_name="内容",
                    ),
                ),
                ("code", projects.models.fields.CodeField(max_length=20, verbose_name="编号")),
                ("version", models.PositiveIntegerField(verbose_name="版本")),
                (
                    "origin_id",
                    models.BigIntegerField(
                        blank=True, db_index=True, null=True, verbose_name="来源条目"
                    ),
                ),
                ("updated_at", models.DateTimeField(verbose_name="更新时间")),
                ("recorded_from", models.DateTimeField(verbose_name="自")),
                ("recorded_to", models.DateTimeField(blank=True, null=True, verbose_name="至")),
            ],
            options={
                "verbose_name": "历史版本",
                "verbose_name_plural": "历史版本",
                "ordering": ["segment", "entry_id", "version"],
                "indexes": [
                    models.Index(fields=["segment", "code"], name="entryversion_by_code"),
                    models.Index(
                        fields=["segment", "ledger", "status", "due_on"],
                        name="entryversion_by_status",
                    ),
                    models.Index(
                        fields=["segment", "sector", "ledger", "status"],
                        name="entryversion_by_sector",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("segment", "entry", "version"), name="entryversion_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("recorded_to__isnull", True)),
                        fields=("segment", "entry"),
                        name="entryversion_one_valid",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("recorded_to__isnull", True),
                            ("recorded_to__gte", models.F("recorded_from")),
                            _connector="OR",
                        ),
                        name="entryversion_from_before_to",
                    ),
                ],
            },
        ),
    ]
