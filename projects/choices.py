"""Every coded value of the ledger, with its label, tone and named sets.

Nothing outside this module spells a status as a literal. The words are those of the
office's own forms; the slugs are part of the address contract (`docs/addresses.md`)
and do not change once published.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from django.db import models


class Ledger(models.TextChoices):
    """The four ledgers (台账); the value is also the path of its list."""

    AGREEMENTS = "agreements", "合作协议"
    ITEMS = "items", "合作事项"
    INDUSTRIAL = "industrial", "产业合作项目"
    INFRASTRUCTURE = "infrastructure", "重大基础设施合作项目"

    @property
    def prefix(self) -> str:
        """What the codes of this ledger begin with."""
        return {"agreements": "XY", "items": "SX", "industrial": "CY", "infrastructure": "JC"}[
            self.value
        ]

    @property
    def measure(self) -> str:
        """The measure word that follows a count (198个协议, 135项事项)."""
        return {"agreements": "个", "items": "项"}.get(self.value, "个")


class Phase(models.TextChoices):
    """Where an entry stands, comparable across the ledgers."""

    NOT_STARTED = "not-started", "未启动"
    PREPARING = "preparing", "前期推进"
    UNDER_WAY = "under-way", "实施中"
    DONE = "done", "已完成"
    STOPPED = "stopped", "已停止"


class Light(models.TextChoices):
    """亮灯, the worse first."""

    RED = "red", "红灯"
    YELLOW = "yellow", "黄灯"
    BLUE = "blue", "蓝灯"
    GREEN = "green", "绿灯"
    GREY = "grey", "灰灯"


class DeclaredLight(models.TextChoices):
    """申报亮灯: how the unit itself sees its work; values are those of `Light`."""

    GREEN = "green", "绿灯（正常）"
    YELLOW = "yellow", "黄灯（滞后）"
    RED = "red", "红灯（受阻）"


class Provenance(models.TextChoices):
    """Where a record comes from; shown on screen and in every export."""

    ARTICLE = "article", "文章载明"
    PUBLIC = "public", "公开资料"
    ENTERED = "entered", "录入"
    SAMPLE = "sample", "示例"


class MilestoneMark(models.TextChoices):
    """What a list may ask of milestones; `late` ones were planned, are over, and not reached."""

    PLANNED = "planned", "计划"
    REACHED = "reached", "达成"
    LATE = "late", "逾期"


class Precision(models.TextChoices):
    """How exactly a date is known; it is never completed by guessing."""

    DAY = "day", "日"
    MONTH = "month", "月"
    YEAR = "year", "年"


class Basis(models.TextChoices):
    """投资口径."""

    ESTIMATE = "estimate", "估算"
    BUDGET = "budget", "概算"
    FINAL = "final", "决算"
    CONTRACT = "contract", "协议额"
    REPORTED = "reported", "月报数"


class MoneyKind(models.TextChoices):
    TOTAL = "total", "总投资"
    YEAR_PLAN = "year-plan", "年度计划投资"
    QUARTER_PLAN = "quarter", "季度计划投资（自年初累计）"
    DONE = "done", "累计完成投资"


class Qualifier(models.TextChoices):
    """A figure published as 'more than' or 'about' keeps its qualifier."""

    EXACT = "", "（准确数）"
    MORE_THAN = "more-than", "余"
    ABOUT = "about", "约"


class RegionLevel(models.TextChoices):
    PREFECTURE = "prefecture", "地级市"
    DISTRICT = "district", "市辖区"
    COUNTY = "county", "县"
    COUNTY_LEVEL_CITY = "county_level_city", "县级市"
    ZONE = "zone", "功能区"


class OrganisationKind(models.TextChoices):
    BUREAU = "bureau", "同城化主管部门"
    GOVERNMENT = "government", "政府及管委会"
    DEPARTMENT = "department", "部门"
    ENTERPRISE = "enterprise", "企业"
    INSTITUTION = "institution", "事业单位"
    SAMPLE = "sample", "示例单位"


class SectorField(models.TextChoices):
    """The sections of the quarterly bulletin (通报)."""

    MECHANISM = "mechanism", "机制"
    INFRASTRUCTURE = "infrastructure", "基础设施"
    INDUSTRY = "industry", "产业"
    PUBLIC_SERVICE = "public-service", "公共服务"
    ECOLOGY = "ecology", "生态"


class BriefSection(models.TextChoices):
    """The parts of a brief (通报) whose text is the office's, in their order."""

    OPENING = "opening", "开头"
    OVERALL = "overall", "总体情况"
    MECHANISM = "mechanism", "分领域：机制"
    INFRASTRUCTURE = "infrastructure", "分领域：基础设施"
    INDUSTRY = "industry", "分领域：产业"
    PUBLIC_SERVICE = "public-service", "分领域：公共服务"
    ECOLOGY = "ecology", "分领域：生态"
    LATE = "late", "滞后和逾期事项"
    PROBLEMS = "problems", "问题及协调情况"
    REPORTING = "reporting", "报送情况"
    NEXT = "next", "下一步工作"


class BriefState(models.TextChoices):
    DRAFT = "draft", "拟稿"
    ISSUED = "issued", "已签发"


class Role(models.TextChoices):
    """Groups; the value is the group's name."""

    BUREAU = "同城化局", "同城化局"
    REPORTER = "填报", "填报"
    APPROVER = "审定", "审定"
    LEADER = "领导", "领导"
    AUDITOR = "审计", "审计"
    SYSADMIN = "系统管理员", "系统管理员"
    SECADMIN = "安全管理员", "安全管理员"


class Source(models.TextChoices):
    """By which way a change came in."""

    WEB = "web", "网页"
    ADMIN = "admin", "后台"
    IMPORT = "import", "导入"
    COMMAND = "command", "命令"
    FIXTURE = "fixture", "初始数据"
    SIMULATED = "simulated", "模拟"


class Action(models.TextChoices):
    """What a trail row tells."""

    BASELINE = "baseline", "期初建账"
    CREATE = "create", "新增"
    CHANGE = "change", "修改"
    MOVE = "move", "推进"
    STEP_BACK = "step-back", "退回"
    STOP = "stop", "停止"
    RESUME = "resume", "恢复"
    CORRECT = "correct", "更正"
    REQUEST = "request", "提请"
    WITHDRAW = "withdraw", "撤回提请"
    DELIST = "delist", "调出"
    RELIST = "relist", "调入"
    DELETE = "delete", "删除"
    OPEN = "open", "开启"
    FREEZE = "freeze", "冻结"
    SUBMIT = "submit", "提交"
    RECALL = "recall", "撤回"
    SIGN = "sign", "审定"
    ACCEPT = "accept", "采纳"
    RETURN = "return", "退回报告"
    WAIVE = "waive", "免报"
    REQUIRE = "require", "恢复应报"
    REMIND = "remind", "催办"
    ATTACH = "attach", "上传附件"
    DETACH = "detach", "作废附件"
    ISSUE = "issue", "签发"
    ASSIGN = "assign", "交办"
    HANDLE = "handle", "登记办理情况"
    FILE = "file", "提请销号"
    CONFIRM = "confirm", "确认销号"
    REJECT = "reject", "退回办理"
    REOPEN = "reopen", "恢复办理"
    DROP = "drop", "撤销"
    RAISE = "raise", "升级"
    HOLD = "hold", "召开"
    CONCLUDE = "conclude", "办结"
    CANCEL = "cancel", "取消"
    RETRACT = "retract", "撤回签发"
    ENABLE = "enable", "启用"
    DISABLE = "disable", "停用"


class ReportState(models.TextChoices):
    """Where a unit's report on one entry and month stands."""

    DUE = "due", "未填报"
    DRAFT = "draft", "填报中"
    SUBMITTED = "submitted", "待审定"
    APPROVED = "approved", "已审定"
    ACCEPTED = "accepted", "已采纳"
    RETURNED = "returned", "已退回"
    WAIVED = "waived", "免报"


class Punctuality(models.TextChoices):
    """报送情况: when a report first came in signed off; each report is of one of these."""

    ON_TIME = "on-time", "按期"
    LATE = "late", "逾期"
    MISSING = "missing", "未报"
    WAIVED = "waived", "免报"


#: What the unit has still to bring in, signed off by its head.
OUTSTANDING = frozenset(
    {ReportState.DUE, ReportState.DRAFT, ReportState.SUBMITTED, ReportState.RETURNED}
)
#: What may be filled in.
OPEN_TO_TYPING = frozenset({ReportState.DUE, ReportState.DRAFT, ReportState.RETURNED})


class CoordinationLevel(models.TextChoices):
    """协调层级: where what needs coordination is to be decided."""

    COUNTY = "county", "县（区）协调"
    CITY = "city", "市级协调会"
    PROVINCE = "province", "省级联席会"


class MatterKind(models.TextChoices):
    """What is followed up until it is struck off (销号)."""

    PROBLEM = "problem", "问题"
    DECISION = "decision", "议定事项"
    INSTRUCTION = "instruction", "领导批示"
    SLIP = "slip", "督办单"

    @property
    def prefix(self) -> str:
        """What the codes of this kind begin with."""
        return {"problem": "WT", "decision": "YD", "instruction": "PS", "slip": "DB"}[self.value]

    @property
    def path(self) -> str:
        """Where their list is found."""
        return {"slip": "supervision"}.get(self.value, f"{self.value}s")

    @property
    def heading(self) -> str:
        """The name of their list."""
        return {"problem": "问题清单"}.get(self.value, self.label)


class Difficulty(models.TextChoices):
    """The article's five difficulties (难点), by which problems are sorted."""

    PLANNING = "planning-cooperation", "规划协作"
    POLICY = "industrial-policy", "产业政策与招商"
    SHARING = "resource-sharing", "资源共享"
    BUSINESS = "business-environment", "营商环境"
    RHYTHM = "work-rhythm", "工作步调"


class MatterState(models.TextChoices):
    """Where a problem, decision, instruction or slip stands."""

    DRAFT = "draft", "拟办"
    OPEN = "open", "办理中"
    FILED = "filed", "已提请销号"
    CLOSED = "closed", "已销号"
    DROPPED = "dropped", "已撤销"


#: Nothing more is to be done.
ENDED = frozenset({MatterState.CLOSED, MatterState.DROPPED})
#: Handed out to somebody and not struck off yet.
PENDING = frozenset({MatterState.OPEN, MatterState.FILED})


class SlipColour(models.TextChoices):
    """How urgent a supervision slip is."""

    BLUE = "blue", "蓝色提示"
    YELLOW = "yellow", "黄色预警"
    RED = "red", "红色督办"


class MeetingKind(models.TextChoices):
    """Conferences, the highest first."""

    PROVINCE = "province", "省级联席会议"
    CITY = "city", "市级协调会"
    COUNTY = "county", "县（区）协调会"


class MeetingState(models.TextChoices):
    PLANNED = "planned", "筹备中"
    HELD = "held", "已召开"
    CLOSED = "closed", "已办结"
    CANCELLED = "cancelled", "已取消"


class DutyKind(models.TextChoices):
    """What waits for a person, the most pressing first."""

    REPORT_LATE = "report-late", "月报逾期未报送"
    REPORT_RETURNED = "report-returned", "月报被退回"
    SIGN_OFF = "sign-off", "月报待审定"
    REPORT_SOON = "report-soon", "月报待报送"
    MATTER_LATE = "matter-late", "问题与督办事项逾期"
    MATTER_BACK = "matter-back", "问题与督办事项被退回办理"
    MATTER_SOON = "matter-soon", "问题与督办事项临近时限"
    ENTRY_LATE = "entry-late", "牵头条目逾期"
    ENTRY_SOON = "entry-soon", "牵头条目临近时限"
    ACCEPT = "accept", "月报待采纳"
    CONFIRM = "confirm", "问题与督办事项待确认销号"
    SECOND_PERSON = "second-person", "条目状态待另一人确认"
    MEETING = "meeting", "会期已过的会议待办结"


class Channel(models.TextChoices):
    """By which way a reminder reaches a person, besides the page."""

    MAIL = "mail", "邮件"
    HOOK = "hook", "短信或政务微信"


class AccessAction(models.TextChoices):
    LOGIN = "login", "登录"
    LOGIN_FAILED = "login-failed", "登录失败"
    LOGOUT = "logout", "退出"
    EXPORT = "export", "导出"
    DOWNLOAD = "download", "下载附件"
    COLLECT = "collect", "下载后台任务的文件"


class TaskKind(models.TextChoices):
    """What is done in the background."""

    EXPORT = "export", "导出 Excel"
    PLAN = "plan", "核对导入的台账"


class TaskState(models.TextChoices):
    """How a piece of long work stands; the last two are never stored, time makes them."""

    WAITING = "waiting", "排队中"
    RUNNING = "running", "办理中"
    DONE = "done", "已完成"
    FAILED = "failed", "未办成"
    INTERRUPTED = "interrupted", "已中断"
    EXPIRED = "over", "已过期"


TASK_OPEN = (TaskState.WAITING, TaskState.RUNNING)
TASK_ENDED = (TaskState.DONE, TaskState.FAILED)


class FileKind(models.TextChoices):
    """What an attachment is, by its content."""

    PDF = "pdf", "PDF文件"
    OFD = "ofd", "OFD文件"
    DOCX = "docx", "Word文档"
    XLSX = "xlsx", "Excel工作簿"
    PPTX = "pptx", "PPT演示文稿"
    DOC = "doc", "Word文档（旧格式）"
    XLS = "xls", "Excel工作簿（旧格式）"
    PNG = "png", "PNG图片"
    JPEG = "jpeg", "JPEG图片"
    TEXT = "text", "纯文本"


class Reason(models.TextChoices):
    """Coded reasons of backward moves, date moves, stops and corrections."""

    FUNDING = "funding", "资金未落实"
    LAND = "land", "用地等要素未落实"
    APPROVAL = "approval", "审批手续未完成"
    POLICY = "policy", "政策或规划调整"
    PARTNER = "partner", "合作方原因"
    SCOPE = "scope", "建设内容调整"
    FORCE_MAJEURE = "force-majeure", "不可抗力"
    PROOF = "proof", "佐证材料不足"
    REPLACED = "replaced", "有序替换"
    SAMPLE_REMOVED = "sample-removed", "清理示例数据"
    MISRECORDED = "misrecorded", "登记有误（更正）"
    OTHER = "other", "其他（须在说明中写明）"

    @property
    def is_correction(self) -> bool:
        """A correction says the record was wrong, not that the work moved."""
        return self is Reason.MISRECORDED


class _StatusFacts(NamedTuple):
    slug: str
    label: str
    phase: Phase
    stage: str = ""


class YearMoney(models.TextChoices):
    """Where the money of the year stands, of an entry with a plan for it."""

    PLANNED = "planned", "有本年度投资计划"
    TOLD = "told", "有计划且已报完成投资"


class Commenced(models.TextChoices):
    """Whether a project has been 开工; those that have not are told apart by `Unfinished`."""

    YES = "yes", "已开工"


class Status(Enum):
    """Base of the four life cycles; a member carries slug, label, phase and stage."""

    @property
    def slug(self) -> str:
        return str(self.value[0])

    @property
    def label(self) -> str:
        return str(self.value[1])

    @property
    def phase(self) -> Phase:
        return Phase(self.value[2])

    @property
    def stage(self) -> str:
        """The official phase a sub-step belongs to (infrastructure only)."""
        facts = _StatusFacts(*self.value)
        return facts.stage or facts.label


class AgreementStatus(Status):
    PROPOSED = ("proposed", "拟议", Phase.NOT_STARTED)
    CONSULTING = ("consulting", "磋商", Phase.PREPARING)
    LEGAL_REVIEW = ("legal-review", "合法性审核", Phase.PREPARING)
    SIGNED = ("signed", "已签署", Phase.UNDER_WAY)
    IN_FORCE = ("in-force", "履行中", Phase.UNDER_WAY)
    RENEWED = ("renewed", "续签", Phase.UNDER_WAY)
    FULFILLED = ("fulfilled", "履行完毕", Phase.DONE)
    EXPIRED = ("expired", "到期", Phase.STOPPED)
    TERMINATED = ("terminated", "终止", Phase.STOPPED)


class ItemStatus(Status):
    NOT_STARTED = ("not-started", "未启动", Phase.NOT_STARTED)
    LAUNCHED = ("launched", "已启动", Phase.UNDER_WAY)
    ADVANCING = ("advancing", "推进中", Phase.UNDER_WAY)
    CLOSING = ("closing", "提请办结", Phase.UNDER_WAY)
    CLOSED = ("closed", "已办结（销号）", Phase.DONE)
    SUSPENDED = ("suspended", "暂停", Phase.STOPPED)
    TERMINATED = ("terminated", "终止", Phase.STOPPED)


class IndustrialStatus(Status):
    NEGOTIATING = ("negotiating", "在谈", Phase.NOT_STARTED)
    CONTRACTED = ("contracted", "签约", Phase.PREPARING)
    PREPARATORY = ("preparatory", "前期", Phase.PREPARING)
    COMMENCED = ("commenced", "开工", Phase.UNDER_WAY)
    BUILDING = ("building", "在建", Phase.UNDER_WAY)
    COMPLETED = ("completed", "竣工", Phase.UNDER_WAY)
    OPERATING = ("operating", "投产", Phase.DONE)
    FULL_CAPACITY = ("full-capacity", "达产", Phase.DONE)
    STALLED = ("stalled", "停滞", Phase.STOPPED)
    TERMINATED = ("terminated", "终止", Phase.STOPPED)


class InfrastructureStatus(Status):
    RESERVE = ("reserve", "谋划储备", Phase.NOT_STARTED)
    EARLY_WORKS = ("early-works", "加快前期", Phase.PREPARING)
    PROPOSAL = ("proposal", "项目建议书", Phase.PREPARING, "加快前期")
    FEASIBILITY = ("feasibility", "可研", Phase.PREPARING, "加快前期")
    DESIGN = ("design", "初设", Phase.PREPARING, "加快前期")
    PERMIT = ("permit", "施工许可", Phase.PREPARING, "加快前期")
    COMMENCED = ("commenced", "开工", Phase.UNDER_WAY, "建设实施")
    CONSTRUCTION = ("construction", "建设实施", Phase.UNDER_WAY)
    FINISHED = ("finished", "完工", Phase.UNDER_WAY, "竣工投用")
    IN_USE = ("in-use", "竣工投用", Phase.DONE)
    STALLED = ("stalled", "停滞", Phase.STOPPED)
    TERMINATED = ("terminated", "终止", Phase.STOPPED)


STATUSES: dict[Ledger, type[Status]] = {
    Ledger.AGREEMENTS: AgreementStatus,
    Ledger.ITEMS: ItemStatus,
    Ledger.INDUSTRIAL: IndustrialStatus,
    Ledger.INFRASTRUCTURE: InfrastructureStatus,
}

#: The status in which an entry of each ledger is born.
INITIAL: dict[Ledger, Status] = {ledger: next(iter(kind)) for ledger, kind in STATUSES.items()}

#: 已启动: every status after 未启动, 暂停 included, 终止 not (the article's 89).
LAUNCHED_SET = frozenset(
    status.slug
    for status in ItemStatus
    if status not in (ItemStatus.NOT_STARTED, ItemStatus.TERMINATED)
)

#: 已签署 or beyond (the article's 198); 终止 not, which may come before signing.
SIGNED_SET = frozenset(
    status.slug
    for status in AgreementStatus
    if status
    not in (
        AgreementStatus.PROPOSED,
        AgreementStatus.CONSULTING,
        AgreementStatus.LEGAL_REVIEW,
        AgreementStatus.TERMINATED,
    )
)

#: 有效: what binds its parties now, and may therefore run out.
BINDING_SET = frozenset(
    status.slug
    for status in (AgreementStatus.SIGNED, AgreementStatus.IN_FORCE, AgreementStatus.RENEWED)
)

#: Halted for a while: what counts is the status at which it was halted.
HALTED_SET = frozenset(
    status.slug
    for status in (ItemStatus.SUSPENDED, IndustrialStatus.STALLED, InfrastructureStatus.STALLED)
)

#: 终止 in any of the ledgers.
TERMINATED_SET = frozenset(kind["TERMINATED"].slug for kind in STATUSES.values())


class Unfinished(models.TextChoices):
    """三未: what is approved or signed and not yet finished, by what it lacks next."""

    NOT_COMMENCED = "not-commenced", "立项未开工"
    NOT_BUILDING = "not-building", "开工未建设"
    NOT_COMPLETED = "not-completed", "建设未竣工"


#: Which statuses make up each of the three, of industrial and of infrastructure projects.
UNFINISHED_SETS: dict[Unfinished, frozenset[str]] = {
    name: frozenset(status.slug for status in statuses)
    for name, statuses in {
        Unfinished.NOT_COMMENCED: (
            IndustrialStatus.CONTRACTED,
            IndustrialStatus.PREPARATORY,
            InfrastructureStatus.EARLY_WORKS,
            InfrastructureStatus.PROPOSAL,
            InfrastructureStatus.FEASIBILITY,
            InfrastructureStatus.DESIGN,
            InfrastructureStatus.PERMIT,
        ),
        Unfinished.NOT_BUILDING: (IndustrialStatus.COMMENCED, InfrastructureStatus.COMMENCED),
        Unfinished.NOT_COMPLETED: (IndustrialStatus.BUILDING, InfrastructureStatus.CONSTRUCTION),
    }.items()
}

#: 已开工 or beyond, of projects.
COMMENCED_SET = frozenset(
    status.slug
    for status in (
        IndustrialStatus.COMMENCED,
        IndustrialStatus.BUILDING,
        IndustrialStatus.COMPLETED,
        IndustrialStatus.OPERATING,
        IndustrialStatus.FULL_CAPACITY,
        InfrastructureStatus.COMMENCED,
        InfrastructureStatus.CONSTRUCTION,
        InfrastructureStatus.FINISHED,
        InfrastructureStatus.IN_USE,
    )
)


STATUS_LABELS: dict[str, str] = {
    status.slug: status.label for kind in STATUSES.values() for status in kind
}

#: Which statuses make up a phase, over all ledgers (a slug has one phase everywhere).
PHASE_STATUSES: dict[Phase, frozenset[str]] = {
    phase: frozenset(s.slug for kind in STATUSES.values() for s in kind if s.phase == phase)
    for phase in Phase
}

#: Phases whose entries no longer run against a deadline.
AT_REST = (Phase.DONE, Phase.STOPPED)


def status_choices(ledger: Ledger | None = None) -> list[tuple[str, str]]:
    """(slug, label) in the order of the life cycle; of all ledgers when none is given."""
    kinds = [STATUSES[ledger]] if ledger else list(STATUSES.values())
    return list({status.slug: status.label for kind in kinds for status in kind}.items())


class Density(models.TextChoices):
    """How close the rows of a list stand."""

    COMPACT = "compact", "紧凑"
    USUAL = "usual", "适中"
    ROOMY = "roomy", "宽松"


class ViewScope(models.TextChoices):
    """Who is offered a saved view."""

    PRIVATE = "private", "仅本人"
    UNIT = "unit", "本单位"
    OFFICE = "office", "全体人员"


#: The lists that a saved view may be of, by the path of their address.
LISTS = (*Ledger.choices, ("entries", "全部台账条目"))
