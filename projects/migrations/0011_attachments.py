"""Attachments of entries and reports, their contents, and the actions that tell of them."""

import django.db.models.deletion
import projects.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0010_quarter_plans"),
    ]

    operations = [
        migrations.CreateModel(
            name="AttachmentContent",
            fields=[
                (
                    "sha256",
                    models.CharField(
                        max_length=64, primary_key=True, serialize=False, verbose_name="摘要"
                    ),
                ),
                ("content", models.BinaryField(verbose_name="内容")),
            ],
            options={
                "verbose_name": "附件内容",
                "verbose_name_plural": "附件内容",
            },
        ),
        migrations.AlterField(
            model_name="accessevent",
            name="action",
            field=models.CharField(
                choices=[
                    ("login", "登录"),
                    ("login-failed", "登录失败"),
                    ("logout", "退出"),
                    ("export", "导出"),
                    ("download", "下载附件"),
                ],
                max_length=20,
                verbose_name="动作",
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
                    ("attach", "上传附件"),
                    ("detach", "作废附件"),
                ],
                max_length=10,
                verbose_name="动作",
            ),
        ),
        migrations.CreateModel(
            name="Attachment",
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
                    "milestone_key",
                    models.BigIntegerField(blank=True, null=True, verbose_name="里程碑编号"),
                ),
                (
                    "milestone",
                    projects.models.fields.LineField(
                        blank=True, max_length=100, verbose_name="里程碑"
                    ),
                ),
                ("name", projects.models.fields.LineField(max_length=80, verbose_name="文件名")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("pdf", "PDF文件"),
                            ("ofd", "OFD文件"),
                            ("docx", "Word文档"),
                            ("xlsx", "Excel工作簿"),
                            ("pptx", "PPT演示文稿"),
                            ("doc", "Word文档（旧格式）"),
                            ("xls", "Excel工作簿（旧格式）"),
                            ("png", "PNG图片"),
                            ("jpeg", "JPEG图片"),
                            ("text", "纯文本"),
                        ],
                        max_length=10,
                        verbose_name="文件类型",
                    ),
                ),
                ("size", models.PositiveIntegerField(verbose_name="大小（字节）")),
                (
                    "sha256",
                    models.CharField(
                        db_index=True, max_length=64, verbose_name="内容摘要（SHA-256）"
                    ),
                ),
                (
                    "note",
                    projects.models.fields.LineField(
                        blank=True, max_length=200, verbose_name="证明内容"
                    ),
                ),
                ("uploaded_at", models.DateTimeField(verbose_name="上传时间")),
                ("uploaded_by_id", models.BigIntegerField(null=True, verbose_name="上传人编号")),
                (
                    "uploaded_by",
                    projects.models.fields.LineField(max_length=400, verbose_name="上传人"),
                ),
                (
                    "withdrawn_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="作废时间"),
                ),
                (
                    "withdrawn_by",
                    projects.models.fields.LineField(
                        blank=True, max_length=400, verbose_name="作废人"
                    ),
                ),
                (
                    "withdrawn_reason",
                    projects.models.fields.LineField(
                        blank=True, max_length=200, verbose_name="作废原因"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="projects.ledgerentry",
                        verbose_name="条目",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="projects.report",
                        verbose_name="月报填报",
                    ),
                ),
            ],
            options={
                "verbose_name": "附件",
                "verbose_name_plural": "附件",
                "ordering": ["-uploaded_at", "-pk"],
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawn_at", None),
                                ("withdrawn_by", ""),
                                ("withdrawn_reason", ""),
                            ),
                            models.Q(
                                ("withdrawn_at__isnull", False),
                                models.Q(("withdrawn_by", ""), _negated=True),
                                models.Q(("withdrawn_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="attachment_withdrawn_whole",
                        violation_error_message="作废的附件须写明作废时间、作废人和原因。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size__gt", 0)),
                        name="attachment_not_empty",
                        violation_error_message="附件不能是空文件。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "pdf",
                                    "ofd",
                                    "docx",
                                    "xlsx",
                                    "pptx",
                                    "doc",
                                    "xls",
                                    "png",
                                    "jpeg",
                                    "text",
                                ],
                            )
                        ),
                        name="attachment_kind_known",
                        violation_error_message="附件的文件类型不在表中。",
                    ),
                ],
            },
        ),
    ]
