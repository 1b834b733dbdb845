"""Long work in the background, and the files that come of it."""

import django.db.models.deletion
import projects.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0019_briefs"),
    ]

    operations = [
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
                    ("collect", "下载后台任务的文件"),
                ],
                max_length=20,
                verbose_name="动作",
            ),
        ),
        migrations.CreateModel(
            name="LongTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user_id", models.BigIntegerField(verbose_name="经办人编号")),
                ("came_from", models.CharField(blank=True, max_length=45, verbose_name="来源地址")),
                (
                    "kind",
                    models.CharField(
                        choices=[("export", "导出 Excel"), ("plan", "核对导入的台账")],
                        max_length=20,
                        verbose_name="类别",
                    ),
                ),
                ("title", projects.models.fields.LineField(max_length=200, verbose_name="内容")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "排队中"),
                            ("running", "办理中"),
                            ("done", "已完成"),
                            ("failed", "未办成"),
                            ("interrupted", "已中断"),
                            ("over", "已过期"),
                        ],
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("attempt", models.PositiveIntegerField(default=1, verbose_name="第几次办理")),
                ("begun_at", models.DateTimeField(verbose_name="提交时间")),
                ("beat_at", models.DateTimeField(verbose_name="最近进展")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("done_rows", models.BigIntegerField(default=0, verbose_name="已处理行数")),
                ("all_rows", models.BigIntegerField(null=True, verbose_name="总行数")),
                (
                    "problem",
                    projects.models.fields.LineField(
                        blank=True, max_length=400, verbose_name="未办成的原因"
                    ),
                ),
                (
                    "file_name",
                    projects.models.fields.LineField(
                        blank=True, max_length=200, verbose_name="文件名"
                    ),
                ),
                (
                    "ascii_name",
                    models.CharField(blank=True, max_length=200, verbose_name="文件名（ASCII）"),
                ),
                ("size", models.BigIntegerField(default=0, verbose_name="文件大小（字节）")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="文件摘要")),
                (
                    "receipt",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="task",
                        to="projects.receipt",
                        verbose_name="导出回执",
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tasks",
                        to="projects.upload",
                        verbose_name="上传的表格",
                    ),
                ),
            ],
            options={
                "verbose_name": "后台任务",
                "verbose_name_plural": "后台任务",
                "ordering": ["-begun_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="TaskPiece",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("attempt", models.PositiveIntegerField(verbose_name="第几次办理")),
                ("number", models.PositiveIntegerField(verbose_name="次序")),
                ("content", models.BinaryField(verbose_name="内容")),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pieces",
                        to="projects.longtask",
                    ),
                ),
            ],
            options={
                "verbose_name": "后台任务的文件",
                "verbose_name_plural": "后台任务的文件",
            },
        ),
        migrations.AddIndex(
            model_name="longtask",
            index=models.Index(fields=["user_id", "-begun_at"], name="task_of_user"),
        ),
        migrations.AddConstraint(
            model_name="longtask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "export"), ("receipt__isnull", False), ("upload", None)),
                    models.Q(("kind", "plan"), ("receipt", None), ("upload__isnull", False)),
                    _connector="OR",
                ),
                name="task_kind_with_its_subject",
                violation_error_message="导出的任务须有回执，核对的任务须有上传的表格。",
            ),
        ),
        migrations.AddConstraint(
            model_name="longtask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("state__in", ("waiting", "running"))),
                    models.Q(("ended_at__isnull", False), ("state__in", ("done", "failed"))),
                    _connector="OR",
                ),
                name="task_ended_with_its_moment",
                violation_error_message="后台任务的状态须在表中，办结的须有办结时间。",
            ),
        ),
        migrations.AddConstraint(
            model_name="taskpiece",
            constraint=models.UniqueConstraint(
                fields=("task", "attempt", "number"),
                name="task_piece_once",
                violation_error_message="文件的这一段已存放。",
            ),
        ),
    ]
