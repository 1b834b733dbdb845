"""What people were reminded of, once each, and by which ways it reached them."""

import django.db.models.deletion
import projects.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0015_expiry"),
    ]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user_id", models.BigIntegerField(verbose_name="收件人编号")),
                (
                    "recipient",
                    projects.models.fields.LineField(max_length=400, verbose_name="收件人"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("report-late", "月报逾期未报送"),
                            ("report-returned", "月报被退回"),
                            ("sign-off", "月报待审定"),
                            ("report-soon", "月报待报送"),
                            ("matter-late", "问题与督办事项逾期"),
                            ("matter-back", "问题与督办事项被退回办理"),
                            ("matter-soon", "问题与督办事项临近时限"),
                            ("entry-late", "牵头条目逾期"),
                            ("entry-soon", "牵头条目临近时限"),
                            ("accept", "月报待采纳"),
                            ("confirm", "问题与督办事项待确认销号"),
                            ("second-person", "条目状态待另一人确认"),
                            ("meeting", "会期已过的会议待办结"),
                        ],
                        max_length=20,
                        verbose_name="类别",
                    ),
                ),
                ("record", models.CharField(max_length=60, verbose_name="记录")),
                ("occasion", models.CharField(max_length=60, verbose_name="事由")),
                ("text", projects.models.fields.LineField(max_length=500, verbose_name="内容")),
                ("link", models.CharField(max_length=200, verbose_name="地址")),
                ("day", models.DateField(verbose_name="提醒日期")),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
            ],
            options={
                "verbose_name": "提醒",
                "verbose_name_plural": "提醒",
                "ordering": ["-made_at", "-pk"],
                "indexes": [models.Index(fields=["user_id", "-made_at"], name="notice_of_user")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user_id", "kind", "record", "occasion"),
                        name="notice_once",
                        violation_error_message="这件事已提醒过。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "report-late",
                                    "report-returned",
                                    "sign-off",
                                    "report-soon",
                                    "matter-late",
                                    "matter-back",
                                    "matter-soon",
                                    "entry-late",
                                    "entry-soon",
                                    "accept",
                                    "confirm",
                                    "second-person",
                                    "meeting",
                                ],
                            )
                        ),
                        name="notice_kind_known",
                        violation_error_message="提醒类别不在表中。",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("mail", "邮件"), ("hook", "短信或政务微信")],
                        max_length=10,
                        verbose_name="方式",
                    ),
                ),
                ("taken_at", models.DateTimeField(null=True, verbose_name="取出时间")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="发送时间")),
                (
                    "address",
                    projects.models.fields.LineField(
                        blank=True, max_length=254, verbose_name="发往"
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="projects.notice",
                        verbose_name="提醒",
                    ),
                ),
            ],
            options={
                "verbose_name": "提醒发送",
                "verbose_name_plural": "提醒发送",
                "indexes": [
                    models.Index(
                        condition=models.Q(("sent_at", None)),
                        fields=["notice"],
                        name="delivery_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("notice", "channel"),
                        name="delivery_once_by_channel",
                        violation_error_message="这条提醒已按此方式登记发送。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["mail", "hook"])),
                        name="delivery_channel_known",
                        violation_error_message="发送方式不在表中。",
                    ),
                ],
            },
        ),
    ]
