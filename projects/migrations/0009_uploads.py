"""Sheets that were uploaded and are not yet applied."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0008_reports"),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
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
                        blank=True,
                        choices=[
                            ("agreements", "合作协议"),
                            ("items", "合作事项"),
                            ("industrial", "产业合作项目"),
                            ("infrastructure", "重大基础设施合作项目"),
                        ],
                        max_length=20,
                        verbose_name="台账",
                    ),
                ),
                ("mapping", models.JSONField(default=dict, verbose_name="列的对应")),
                ("uploaded_by_id", models.BigIntegerField(verbose_name="上传人编号")),
                ("uploaded_at", models.DateTimeField(verbose_name="上传时间")),
                ("applied_at", models.DateTimeField(null=True, verbose_name="导入时间")),
                ("result", models.JSONField(default=dict, verbose_name="导入结果")),
                (
                    "round",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="uploads",
                        to="projects.round",
                    ),
                ),
            ],
            options={
                "verbose_name": "上传的表格",
                "verbose_name_plural": "上传的表格",
                "ordering": ["-uploaded_at"],
            },
        ),
        migrations.CreateModel(
            name="UploadedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("content", models.BinaryField(verbose_name="内容")),
                ("sha256", models.CharField(max_length=64, verbose_name="摘要")),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="projects.upload",
                    ),
                ),
            ],
            options={
                "verbose_name": "上传的文件",
                "verbose_name_plural": "上传的文件",
                "ordering": ["pk"],
            },
        ),
    ]
