"""亮灯规则: thresholds and colours of the lights."""

import django.core.validators
import projects.models.fields
from django.db import migrations, models
from django.utils import timezone


def laid_out_with_their_round(apps, schema_editor):
    """Reports of before were laid out when their round was opened; of later joining none is told."""
    for found in apps.get_model("projects", "Round").objects.all():
        day = timezone.localdate(found.opened_at)
        models.QuerySet(apps.get_model("projects", "Report")).filter(round=found).update(
            laid_out_on=day
        )


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0012_signatures"),
    ]

    operations = [
        migrations.CreateModel(
            name="LightRule",
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
                        default="亮灯规则",
                        editable=False,
                        max_length=20,
                        unique=True,
                        verbose_name="名称",
                    ),
                ),
                (
                    "soon_days",
                    models.PositiveSmallIntegerField(
                        default=7,
                        help_text="0至90；0表示只在到期当天提示。",
                        validators=[django.core.validators.MaxValueValidator(90)],
                        verbose_name="时限前几天为临近",
                    ),
                ),
                (
                    "reads_progress",
                    models.BooleanField(
                        default=True,
                        help_text="不勾选时只看完成时限，未填完成百分比的也可亮绿灯。",
                        verbose_name="按序时进度亮灯",
                    ),
                ),
                (
                    "lag_points",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="序时进度减完成百分比，达到这个数即为滞后。",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="落后几个百分点起为滞后",
                    ),
                ),
                (
                    "far_points",
                    models.PositiveSmallIntegerField(
                        default=30,
                        help_text="超过（不含）这个数为严重滞后，不能小于上一项。",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="落后超过几个百分点为严重滞后",
                    ),
                ),
                (
                    "overdue",
                    models.CharField(
                        blank=True,
                        choices=[("red", "红灯"), ("yellow", "黄灯"), ("blue", "蓝灯")],
                        default="red",
                        help_text="留空表示这种情形不亮灯，以下各项相同。",
                        max_length=10,
                        verbose_name="逾期亮灯",
                    ),
                ),
                (
                    "far_behind",
                    models.CharField(
                        blank=True,
                        choices=[("red", "红灯"), ("yellow", "黄灯"), ("blue", "蓝灯")],
                        default="red",
                        max_length=10,
                        verbose_name="严重滞后亮灯",
                    ),
                ),
                (
                    "behind",
                    models.CharField(
                        blank=True,
                        choices=[("red", "红灯"), ("yellow", "黄灯"), ("blue", "蓝灯")],
                        default="yellow",
                        max_length=10,
                        verbose_name="滞后亮灯",
                    ),
                ),
                (
                    "silent",
                    models.CharField(
                        blank=True,
                        choices=[("red", "红灯"), ("yellow", "黄灯"), ("blue", "蓝灯")],
                        default="yellow",
                        max_length=10,
                        verbose_name="月报到期未报送亮灯",
                    ),
                ),
                (
                    "soon",
                    models.CharField(
                        blank=True,
                        choices=[("red", "红灯"), ("yellow", "黄灯"), ("blue", "蓝灯")],
                        default="blue",
                        max_length=10,
                        verbose_name="临近时限亮灯",
                    ),
                ),
            ],
            options={
                "verbose_name": "亮灯规则",
                "verbose_name_plural": "亮灯规则",
                "ordering": ["pk"],
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", "亮灯规则")),
                        name="lightrule_only_one",
                        violation_error_message="亮灯规则只有一条，请修改已有的规则。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("far_points__range", (1, 100)),
                            ("lag_points__range", (1, 100)),
                            ("far_points__gte", models.F("lag_points")),
                        ),
                        name="lightrule_points_in_order",
                        violation_error_message="严重滞后的百分点不能小于滞后的百分点，均须在1至100之间。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("soon_days__range", (0, 90))),
                        name="lightrule_soon_0_90",
                        violation_error_message="临近时限的天数须在0至90之间。",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="entryversion",
            name="declared_light",
            field=models.CharField(
                blank=True,
                choices=[
                    ("green", "绿灯（正常）"),
                    ("yellow", "黄灯（滞后）"),
                    ("red", "红灯（受阻）"),
                ],
                default="",
                editable=False,
                max_length=10,
                verbose_name="申报亮灯",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="declared_light",
            field=models.CharField(
                blank=True,
                choices=[
                    ("green", "绿灯（正常）"),
                    ("yellow", "黄灯（滞后）"),
                    ("red", "红灯（受阻）"),
                ],
                default="",
                editable=False,
                max_length=10,
                verbose_name="申报亮灯",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="light",
            field=models.CharField(
                blank=True,
                choices=[
                    ("green", "绿灯（正常）"),
                    ("yellow", "黄灯（滞后）"),
                    ("red", "红灯（受阻）"),
                ],
                help_text="本单位对本月进展的判断；与系统按规则亮的灯并列显示。",
                max_length=10,
                verbose_name="申报亮灯",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                fields=[
                    "status",
                    "due_on",
                    "planned_start_on",
                    "started_on",
                    "percent_complete",
                    "awaits_update",
                    "delisted_on",
                ],
                name="entry_by_light",
            ),
        ),
        migrations.AddField(
            model_name="report",
            name="laid_out_on",
            field=models.DateField(editable=False, null=True, verbose_name="列入应报日期"),
        ),
        migrations.RunPython(laid_out_with_their_round, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                fields=["round", "first_signed_on", "state", "laid_out_on", "entry"],
                name="report_missing",
            ),
        ),
    ]
