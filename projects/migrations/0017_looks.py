"""When a person last looked at the overview."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0016_notices"),
    ]

    operations = [
        migrations.CreateModel(
            name="Look",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user_id", models.BigIntegerField(unique=True, verbose_name="账号编号")),
                ("since", models.DateTimeField(null=True, verbose_name="上次查看")),
                ("latest", models.DateTimeField(verbose_name="最近查看")),
            ],
            options={
                "verbose_name": "查看时间",
                "verbose_name_plural": "查看时间",
            },
        ),
    ]
