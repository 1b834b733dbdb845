"""The columns that all four ledgers share: `EntryFacts` today and once, `EntryProse` today."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from ..choices import (
    Basis,
    DeclaredLight,
    Ledger,
    Phase,
    Provenance,
    Qualifier,
    Status,
    status_choices,
)
from ..periods import written
from ..workflow import status_of
from .fields import LineField, ProseField, precision_field
from .organisations import Organisation
from .places import Sector

#: Dates of the shared columns: prefix and whether it stands for the last possible day.
SHARED_DATES = {
    "planned_start": False,
    "due": True,
    "started": False,
    "finished": False,
    "data": False,
}
#: The columns that a light is worked out from, beside the status.
LIT_BY = ("due_on", "planned_start_on", "started_on", "percent_complete", "awaits_update")


class EntryFacts(models.Model):
    """What every entry states. A date `x_on` is as exact as `x_precision` says:
    `due_on` is the last day it may mean, the others the first."""

    ledger = models.CharField("台账", max_length=20, choices=Ledger.choices, editable=False)
    name = LineField(
        "名称", max_length=200, help_text="与协议、批复或正式文件一致的全称；另有通称的填在别名中。"
    )
    aliases = LineField(
        "别名（曾用名）",
        max_length=300,
        blank=True,
        help_text="项目更名或另有通称的，逐一写明，用顿号隔开；查找时同样有效。",
    )
    sector = models.ForeignKey(
        Sector,
        models.PROTECT,
        related_name="+",
        verbose_name="领域",
        help_text="按主要内容只选一个，通报按此分节；各领域相加等于总数。",
    )
    lead = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="牵头单位",
        help_text="对推进负总责的单位，只填一个。",
    )
    responsible_person = LineField(
        "责任人", max_length=40, blank=True, help_text="牵头单位的具体负责人。"
    )
    contact_leader = LineField(
        "联系市领导", max_length=40, blank=True, help_text="联系本条目的市领导姓名。"
    )
    task_force = LineField("专项组", max_length=60, blank=True, help_text="所属专项推进组全称。")

    status = models.CharField("状态", max_length=20, choices=status_choices, editable=False)
    status_on = models.DateField("状态生效日期", null=True, blank=True, editable=False)
    status_by_id = models.BigIntegerField("状态经办人编号", null=True, blank=True, editable=False)
    halted_from = models.CharField(
        "停止前状态", max_length=20, blank=True, choices=status_choices, editable=False
    )
    requested_status = models.CharField(
        "待确认状态", max_length=20, blank=True, choices=status_choices, editable=False
    )
    requested_by_id = models.BigIntegerField("提请人编号", null=True, blank=True, editable=False)

    planned_start_on = models.DateField("计划开始", null=True, blank=True)
    planned_start_precision = precision_field()
    due_on = models.DateField(
        "完成时限",
        null=True,
        blank=True,
        help_text="只知道年或月的，写到年或月为止，不要补成某一天。",
    )
    due_precision = precision_field()
    due_first_on = models.DateField("原定时限", null=True, blank=True, editable=False)
    due_moves = models.PositiveSmallIntegerField("时限调整次数", default=0, editable=False)
    due_slip = models.IntegerField("累计推迟天数", null=True, blank=True, editable=False)
    started_on = models.DateField("实际开始", null=True, blank=True)
    started_precision = precision_field()
    finished_on = models.DateField("实际完成", null=True, blank=True)
    finished_precision = precision_field()
    percent_complete = models.PositiveSmallIntegerField(
        "完成百分比",
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="0至100的整数；不清楚的留空，不要填0。",
    )

    declared_light = models.CharField(
        "申报亮灯",
        max_length=10,
        blank=True,
        default="",
        choices=DeclaredLight.choices,
        editable=False,
    )

    total_investment = models.DecimalField(
        "总投资（万元）", max_digits=16, decimal_places=4, null=True, blank=True, editable=False
    )
    total_investment_basis = models.CharField(
        "投资口径", max_length=10, blank=True, choices=Basis.choices, editable=False
    )
    total_investment_qualifier = models.CharField(
        "投资限定", max_length=10, blank=True, choices=Qualifier.choices, editable=False
    )

    provenance = models.CharField(
        "数据来源",
        max_length=10,
        choices=Provenance.choices,
        default=Provenance.ENTERED,
        help_text="文章载明、公开资料、录入或示例；示例数据不得用于上报。",
    )
    data_on = models.DateField(
        "数据截止日期",
        null=True,
        blank=True,
        help_text="本条目各项数据反映的是哪一天（月、年）的情况。",
    )
    data_precision = precision_field()
    awaits_update = models.BooleanField("待更新", default=False, editable=False)
    delisted_on = models.DateField("调出日期", null=True, blank=True, editable=False)

    # Derived. The last day on which an agreement is valid, for the words that know no ledger.
    expires_on = models.DateField("有效期届满", null=True, blank=True, editable=False)
    # For search and for counting without joins; `|512002|512000|`, each once.
    search_text = models.TextField("检索内容", editable=False, default="")
    places = models.TextField("涉及地区", editable=False, default="")
    partner_keys = models.TextField("责任（配合）单位主键", editable=False, default="")

    class Meta:
        abstract = True

    @property
    def status_member(self) -> Status:
        return status_of(Ledger(self.ledger), self.status)

    @property
    def phase(self) -> Phase:
        return self.status_member.phase

    @property
    def stage(self) -> str:
        return self.status_member.stage

    def written(self, prefix: str) -> str:
        """The date `prefix` as exact as it is known: `2026`, `2026-07` or `2026-07-31`."""
        return written(getattr(self, f"{prefix}_on"), getattr(self, f"{prefix}_precision"))


class EntryProse(models.Model):
    """What every entry tells at length; lists neither filter nor order by it."""

    description = ProseField(
        "主要内容", blank=True, help_text="协议写合作内容，事项写工作内容，项目写建设内容及规模。"
    )
    progress = ProseField("形象进度", blank=True, help_text="截至数据截止日期的进展，据实填写。")
    next_step = ProseField("下一步工作", blank=True, help_text="写明做什么、谁来做、何时完成。")
    remarks = ProseField("备注", blank=True, help_text="其他需要说明的情况；不得填写涉密内容。")
    source_note = ProseField(
        "来源说明", blank=True, help_text="数据出自哪份文件、报表或公开资料，写明名称和日期。"
    )

    class Meta:
        abstract = True


def joined(keys: Iterable[object]) -> str:
    """`|a|b|`: keys in one column, in order, so that `|a|` finds one of them."""
    ordered = sorted({str(key) for key in keys})
    return f"|{'|'.join(ordered)}|" if ordered else ""


def split(keys: str) -> list[str]:
    """The keys that `joined` wrote."""
    return keys.strip("|").split("|") if keys else []
