"""Matters and accounts of them, conferences, contacts, task forces; proof of matters."""

import django.db.models.deletion
import projects.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0013_lights"),
    ]

    operations = [
        migrations.CreateModel(
            name="Meeting",
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
                    "code",
                    projects.models.fields.CodeField(
                        max_length=20, unique=True, verbose_name="编号"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("province", "省级联席会议"),
                            ("city", "市级协调会"),
                            ("county", "县（区）协调会"),
                        ],
                        max_length=10,
                        verbose_name="会议类别",
                    ),
                ),
                (
                    "title",
                    projects.models.fields.LineField(max_length=120, verbose_name="会议名称"),
                ),
                ("held_on", models.DateField(blank=True, null=True, verbose_name="会议日期")),
                (
                    "place",
                    projects.models.fields.LineField(
                        blank=True, max_length=100, verbose_name="地点"
                    ),
                ),
                (
                    "chair",
                    projects.models.fields.LineField(
                        blank=True, max_length=40, verbose_name="主持人"
                    ),
                ),
                (
                    "attendees",
                    projects.models.fields.ProseField(blank=True, verbose_name="参会单位和人员"),
                ),
                ("minutes", projects.models.fields.ProseField(blank=True, verbose_name="会议纪要")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "筹备中"),
                            ("held", "已召开"),
                            ("closed", "已办结"),
                            ("cancelled", "已取消"),
                        ],
                        default="planned",
                        max_length=10,
                        verbose_name="会议状态",
                    ),
                ),
                (
                    "note",
                    projects.models.fields.ProseField(blank=True, verbose_name="恢复或取消说明"),
                ),
            ],
            options={
                "verbose_name": "会议",
                "verbose_name_plural": "会议",
                "ordering": ["-code"],
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="TaskForce",
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
                    "name",
                    projects.models.fields.LineField(
                        max_length=60, unique=True, verbose_name="专项组"
                    ),
                ),
                (
                    "leader",
                    projects.models.fields.LineField(
                        blank=True, help_text="姓名和职务。", max_length=40, verbose_name="组长"
                    ),
                ),
                ("duties", projects.models.fields.ProseField(blank=True, verbose_name="职责")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="顺序")),
            ],
            options={
                "verbose_name": "专项组",
                "verbose_name_plural": "专项组",
                "ordering": ["position", "name"],
                "base_manager_name": "objects",
            },
        ),
        migrations.AlterField(
            model_name="attachment",
            name="entry",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attachments",
                to="projects.ledgerentry",
                verbose_name="条目",
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
                    ("require", "恢复应报"),
                    ("remind", "催办"),
                    ("attach", "上传附件"),
                    ("detach", "作废附件"),
                    ("issue", "签发"),
                    ("assign", "交办"),
                    ("handle", "登记办理情况"),
                    ("file", "提请销号"),
                    ("confirm", "确认销号"),
                    ("reject", "退回办理"),
                    ("reopen", "恢复办理"),
                    ("drop", "撤销"),
                    ("raise", "升级"),
                    ("hold", "召开"),
                    ("conclude", "办结"),
                    ("cancel", "取消"),
                ],
                max_length=10,
                verbose_name="动作",
            ),
        ),
        migrations.CreateModel(
            name="ContactRecord",
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
                    "code",
                    projects.models.fields.CodeField(
                        max_length=20, unique=True, verbose_name="编号"
                    ),
                ),
                ("held_on", models.DateField(verbose_name="对接日期")),
                (
                    "subject",
                    projects.models.fields.LineField(max_length=120, verbose_name="对接事项"),
                ),
                (
                    "other_side",
                    projects.models.fields.LineField(max_length=200, verbose_name="对方单位"),
                ),
                (
                    "attendees",
                    projects.models.fields.ProseField(blank=True, verbose_name="参加人员"),
                ),
                ("told", projects.models.fields.ProseField(verbose_name="对接内容")),
                ("agreed", projects.models.fields.ProseField(blank=True, verbose_name="达成意见")),
                (
                    "entries",
                    models.ManyToManyField(
                        blank=True,
                        related_name="contacts",
                        to="projects.ledgerentry",
                        verbose_name="涉及条目",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="projects.organisation",
                        verbose_name="对接单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "对接记录",
                "verbose_name_plural": "对接记录",
                "ordering": ["-held_on", "-pk"],
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Matter",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("problem", "问题"),
                            ("decision", "议定事项"),
                            ("instruction", "领导批示"),
                            ("slip", "督办单"),
                        ],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                (
                    "code",
                    projects.models.fields.CodeField(
                        max_length=20, unique=True, verbose_name="编号"
                    ),
                ),
                ("title", projects.models.fields.LineField(max_length=120, verbose_name="标题")),
                (
                    "text",
                    projects.models.fields.ProseField(
                        blank=True, help_text="写明事由和要求，不写涉密内容。", verbose_name="内容"
                    ),
                ),
                (
                    "responsible_person",
                    projects.models.fields.LineField(
                        blank=True, max_length=40, verbose_name="责任人"
                    ),
                ),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="办理时限")),
                (
                    "opened_on",
                    models.DateField(blank=True, null=True, verbose_name="交办（签发）日期"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "拟办"),
                            ("open", "办理中"),
                            ("filed", "已提请销号"),
                            ("closed", "已销号"),
                            ("dropped", "已撤销"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="办理状态",
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("planning-cooperation", "规划协作"),
                            ("industrial-policy", "产业政策与招商"),
                            ("resource-sharing", "资源共享"),
                            ("business-environment", "营商环境"),
                            ("work-rhythm", "工作步调"),
                        ],
                        max_length=24,
                        verbose_name="问题类别",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("county", "县（区）协调"),
                            ("city", "市级协调会"),
                            ("province", "省级联席会"),
                        ],
                        max_length=10,
                        verbose_name="协调层级",
                    ),
                ),
                (
                    "raised_for",
                    models.DateField(blank=True, null=True, verbose_name="已因此时限升级"),
                ),
                (
                    "leader",
                    projects.models.fields.LineField(
                        blank=True, max_length=40, verbose_name="批示领导"
                    ),
                ),
                (
                    "colour",
                    models.CharField(
                        blank=True,
                        choices=[("blue", "蓝色提示"), ("yellow", "黄色预警"), ("red", "红色督办")],
                        max_length=10,
                        verbose_name="督办等级",
                    ),
                ),
                (
                    "slip_year",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="督办单年份"
                    ),
                ),
                (
                    "slip_number",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="督办单序号"),
                ),
                ("outcome", projects.models.fields.ProseField(blank=True, verbose_name="办理结果")),
                ("filed_at", models.DateTimeField(blank=True, null=True, verbose_name="提请时间")),
                (
                    "filed_by_id",
                    models.BigIntegerField(blank=True, null=True, verbose_name="提请人编号"),
                ),
                (
                    "filed_by",
                    projects.models.fields.LineField(
                        blank=True, max_length=400, verbose_name="提请人"
                    ),
                ),
                (
                    "confirmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="确认时间"),
                ),
                (
                    "confirmed_by_id",
                    models.BigIntegerField(blank=True, null=True, verbose_name="确认人编号"),
                ),
                (
                    "confirmed_by",
                    projects.models.fields.LineField(
                        blank=True, max_length=400, verbose_name="确认人"
                    ),
                ),
                (
                    "note",
                    projects.models.fields.ProseField(
                        blank=True, verbose_name="退回、恢复或撤销说明"
                    ),
                ),
                (
                    "entries",
                    models.ManyToManyField(
                        blank=True,
                        related_name="matters",
                        to="projects.ledgerentry",
                        verbose_name="涉及条目",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="led_to",
                        to="projects.matter",
                        verbose_name="来源事项",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="matters",
                        to="projects.report",
                        verbose_name="来源月报",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="matters",
                        to="projects.organisation",
                        verbose_name="责任单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "问题与督办事项",
                "verbose_name_plural": "问题与督办事项",
                "ordering": ["code"],
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Handling",
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
                ("told", projects.models.fields.ProseField(verbose_name="办理情况")),
                ("handled_on", models.DateField(verbose_name="办理日期")),
                ("at", models.DateTimeField(verbose_name="登记时间")),
                ("by_id", models.BigIntegerField(null=True, verbose_name="登记人编号")),
                ("by", projects.models.fields.LineField(max_length=400, verbose_name="登记人")),
                (
                    "by_unit",
                    projects.models.fields.LineField(
                        blank=True, max_length=200, verbose_name="登记单位"
                    ),
                ),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handlings",
                        to="projects.matter",
                        verbose_name="事项",
                    ),
                ),
            ],
            options={
                "verbose_name": "办理情况",
                "verbose_name_plural": "办理情况",
                "ordering": ["at", "pk"],
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="AgendaItem",
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
                ("position", models.PositiveSmallIntegerField(verbose_name="顺序")),
                (
                    "outcome",
                    projects.models.fields.ProseField(
                        blank=True,
                        help_text="没有形成议定事项的，写明结论。",
                        verbose_name="议题结论",
                    ),
                ),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agenda_items",
                        to="projects.matter",
                        verbose_name="问题",
                    ),
                ),
            ],
            options={
                "verbose_name": "会议议题",
                "verbose_name_plural": "会议议题",
                "ordering": ["meeting", "position", "pk"],
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="attachment",
            name="matter",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attachments",
                to="projects.matter",
                verbose_name="事项",
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("entry__isnull", False), ("matter__isnull", True)),
                    models.Q(
                        ("entry__isnull", True),
                        ("matter__isnull", False),
                        ("milestone_key__isnull", True),
                        ("report__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="attachment_has_one_home",
                violation_error_message="附件须属于一个台账条目（或其月报），或者一个事项。",
            ),
        ),
        migrations.AddIndex(
            model_name="meeting",
            index=models.Index(fields=["state", "held_on"], name="meeting_by_state"),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["province", "city", "county"])),
                name="meeting_kind_known",
                violation_error_message="会议类别不在表中。",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["planned", "held", "closed", "cancelled"])),
                name="meeting_state_known",
                violation_error_message="会议状态不在表中。",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("held", "closed")), _negated=True),
                    ("held_on__isnull", False),
                    _connector="OR",
                ),
                name="meeting_held_has_day",
                violation_error_message="已召开的会议须写明会议日期。",
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="meeting",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="projects.meeting",
                verbose_name="议定会议",
            ),
        ),
        migrations.AddField(
            model_name="agendaitem",
            name="meeting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="agenda",
                to="projects.meeting",
                verbose_name="会议",
            ),
        ),
        migrations.AddField(
            model_name="taskforce",
            name="office",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="task_forces",
                to="projects.organisation",
                verbose_name="牵头（办公室）单位",
            ),
        ),
        migrations.AddIndex(
            model_name="contactrecord",
            index=models.Index(fields=["unit", "-held_on"], name="contact_by_unit"),
        ),
        migrations.AddIndex(
            model_name="handling",
            index=models.Index(fields=["matter", "at"], name="handling_of_matter"),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(fields=["kind", "state", "due_on"], name="matter_by_due"),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(fields=["unit", "state", "due_on"], name="matter_by_unit"),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["problem", "decision", "instruction", "slip"])),
                name="matter_kind_known",
                violation_error_message="事项类别不在表中。",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "open", "filed", "closed", "dropped"])),
                name="matter_state_known",
                violation_error_message="办理状态不在表中。",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(
                            (
                                "category__in",
                                [
                                    "planning-cooperation",
                                    "industrial-policy",
                                    "resource-sharing",
                                    "business-environment",
                                    "work-rhythm",
                                ],
                            ),
                            ("level__in", ["county", "city", "province"]),
                        ),
                        ("kind", "problem"),
                    ),
                    models.Q(
                        models.Q(("kind", "problem"), _negated=True),
                        ("category", ""),
                        ("level", ""),
                        ("raised_for__isnull", True),
                        ("report__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="matter_problem_whole",
                violation_error_message="问题须选择问题类别和协调层级；其他事项不填。",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(models.Q(("meeting__isnull", False)), ("kind", "decision")),
                    models.Q(
                        models.Q(("kind", "decision"), _negated=True), ("meeting__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="matter_decision_of_meeting",
                violation_error_message="议定事项须写明是哪次会议议定的；其他事项不填。",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(models.Q(("leader", ""), _negated=True), ("kind", "instruction")),
                    models.Q(models.Q(("kind", "instruction"), _negated=True), ("leader", "")),
                    _connector="OR",
                ),
                name="matter_instruction_has_leader",
                violation_error_message="领导批示须写明批示领导；其他事项不填。",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(models.Q(("colour__in", ["blue", "yellow", "red"])), ("kind", "slip")),
                    models.Q(
                        models.Q(("kind", "slip"), _negated=True),
                        ("colour", ""),
                        ("slip_number__isnull", True),
                        ("slip_year__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="matter_slip_has_colour",
                violation_error_message="督办单须选择督办等级；其他事项不填。",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "slip"), _negated=True),
                    models.Q(("state__in", ("open", "filed", "closed")), _negated=True),
                    models.Q(("slip_number__isnull", False), ("slip_year__isnull", False)),
                    _connector="OR",
                ),
                name="matter_slip_is_numbered",
                violation_error_message="签发的督办单须有发文字号。",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.UniqueConstraint(
                fields=("slip_year", "slip_number"),
                name="matter_slip_number_once",
                violation_error_message="这一发文字号已经用过。",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("open", "filed", "closed")), _negated=True),
                    models.Q(
                        ("due_on__isnull", False),
                        ("opened_on__isnull", False),
                        ("unit__isnull", False),
                        models.Q(("text", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="matter_handed_out_whole",
                violation_error_message="交办的事项须写明内容、责任单位、办理时限和交办日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("due_on__isnull", True),
                    ("opened_on__isnull", True),
                    ("due_on__gte", models.F("opened_on")),
                    _connector="OR",
                ),
                name="matter_due_after_opened",
                violation_error_message="办理时限不能早于交办（签发）日期。",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("filed_at__isnull", False),
                        ("state__in", ("filed", "closed")),
                        models.Q(("filed_by", ""), _negated=True),
                        models.Q(("outcome", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state__in", ("filed", "closed")), _negated=True),
                        ("filed_at__isnull", True),
                        ("filed_by", ""),
                        ("outcome", ""),
                    ),
                    _connector="OR",
                ),
                name="matter_filed_whole",
                violation_error_message="提请销号须写明提请人、时间和办理结果。",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("confirmed_at__isnull", False),
                        ("state", "closed"),
                        models.Q(("confirmed_by", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state", "closed"), _negated=True),
                        ("confirmed_at__isnull", True),
                        ("confirmed_by", ""),
                    ),
                    _connector="OR",
                ),
                name="matter_confirmed_whole",
                violation_error_message="已销号的事项须写明确认人和时间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_by_id__isnull", True),
                    models.Q(("confirmed_by_id", models.F("filed_by_id")), _negated=True),
                    _connector="OR",
                ),
                name="matter_confirmed_by_another",
                violation_error_message="确认销号须由提请人以外的人员办理。",
            ),
        ),
        migrations.AddConstraint(
            model_name="agendaitem",
            constraint=models.UniqueConstraint(
                fields=("meeting", "matter"),
                name="agenda_once",
                violation_error_message="这一问题已列入本次会议议题。",
            ),
        ),
    ]
