"""通报: the text of briefs, and the templates into which they are written."""

import django.db.models.deletion
import projects.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0018_saved_views"),
    ]

    operations = [
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
                    ("retract", "撤回签发"),
                    ("enable", "启用"),
                    ("disable", "停用"),
                ],
                max_length=10,
                verbose_name="动作",
            ),
        ),
        migrations.CreateModel(
            name="BriefTemplate",
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
                ("name", projects.models.fields.LineField(max_length=100, verbose_name="文件名")),
                ("size", models.PositiveIntegerField(verbose_name="字节数")),
                ("sha256", models.CharField(max_length=64, verbose_name="摘要（SHA-256）")),
                (
                    "note",
                    projects.models.fields.LineField(
                        blank=True, max_length=200, verbose_name="说明"
                    ),
                ),
                ("uploaded_at", models.DateTimeField(verbose_name="上传时间")),
                (
                    "uploaded_by",
                    projects.models.fields.LineField(max_length=400, verbose_name="上传人"),
                ),
                ("is_active", models.BooleanField(default=False, verbose_name="启用")),
            ],
            options={
                "verbose_name": "通报模板",
                "verbose_name_plural": "通报模板",
                "ordering": ["-pk"],
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True)),
                        fields=("is_active",),
                        name="brief_template_one_active",
                        violation_error_message="同时只能启用一个通报模板。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size__gt", 0)),
                        name="brief_template_not_empty",
                        violation_error_message="通报模板不能是空文件。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Brief",
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
                ("period", models.CharField(max_length=7, unique=True, verbose_name="期间")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "拟稿"), ("issued", "已签发")],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "addressees",
                    projects.models.fields.LineField(
                        blank=True, max_length=200, verbose_name="主送单位"
                    ),
                ),
                ("texts", models.JSONField(default=dict, verbose_name="各部分文字")),
                (
                    "number",
                    projects.models.fields.LineField(
                        blank=True, max_length=40, verbose_name="文号"
                    ),
                ),
                (
                    "signer",
                    projects.models.fields.LineField(
                        blank=True, max_length=40, verbose_name="签发人"
                    ),
                ),
                ("issued_on", models.DateField(blank=True, null=True, verbose_name="成文日期")),
                ("issued_at", models.DateTimeField(null=True, verbose_name="签发登记时间")),
                (
                    "issued_by",
                    projects.models.fields.LineField(
                        blank=True, max_length=400, verbose_name="签发登记人"
                    ),
                ),
                (
                    "note",
                    projects.models.fields.ProseField(blank=True, verbose_name="撤回签发的原因"),
                ),
                (
                    "round",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="briefs",
                        to="projects.round",
                        verbose_name="数据所在月报",
                    ),
                ),
            ],
            options={
                "verbose_name": "通报",
                "verbose_name_plural": "通报",
                "ordering": ["-period"],
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "issued"])),
                        name="brief_state_known",
                        violation_error_message="通报的状态不在表中。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "issued"), _negated=True),
                            models.Q(
                                ("issued_on__isnull", False),
                                ("round__isnull", False),
                                models.Q(("signer", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="brief_issued_whole",
                        violation_error_message="签发的通报须写明签发人、成文日期和所依据的月报。",
                    ),
                ],
            },
        ),
    ]
