"""Plans of a quarter among the kinds of money."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0009_uploads"),
    ]

    operations = [
        migrations.AlterField(
            model_name="moneyfigure",
            name="kind",
            field=models.CharField(
                choices=[
                    ("total", "总投资"),
                    ("year-plan", "年度计划投资"),
                    ("quarter", "季度计划投资（自年初累计）"),
                    ("done", "累计完成投资"),
                ],
                max_length=10,
                verbose_name="类别",
            ),
        ),
    ]
