"""Who signed a report, and the action of requiring one again."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0011_attachments"),
    ]

    operations = [
        migrations.AddField(
            model_name="report",
            name="signed_by_id",
            field=models.BigIntegerField(null=True, verbose_name="审定人编号"),
        ),
        migrations.AlterField(
            model_name="report",
            name="invested_month",
            field=models.DecimalField(
                blank=True,
                decimal_places=4,
                help_text="当月新增；没有投资任务的留空。",
                max_digits=16,
                null=True,
                validators=[django.core.validators.MinValueValidator(0)],
                verbose_name="本月完成投资（万元）",
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
                ],
                max_length=10,
                verbose_name="动作",
            ),
        ),
    ]
