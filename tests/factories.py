"""Records for the tests: saved through the app's own doors, the same on every run.

Each function gives a saved record; fields that a test does not name get a plain default.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection, models, transaction

from projects.choices import (
    CoordinationLevel,
    Difficulty,
    Ledger,
    MatterKind,
    MeetingKind,
    OrganisationKind,
    RegionLevel,
    Role,
    SectorField,
    SlipColour,
)
from projects.models import (
    LEDGER_MODELS,
    Act,
    Agreement,
    Attachment,
    ContactRecord,
    CooperationItem,
    IndustrialProject,
    InfrastructureProject,
    LedgerEntry,
    Matter,
    Meeting,
    Milestone,
    MoneyFigure,
    Organisation,
    Region,
    Sector,
    User,
    guards,
)
from projects.periods import today

PASSWORD = "Correct-horse-26"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

SECTORS: dict[str, tuple[str, SectorField]] = {
    "planning": ("规划衔接", SectorField.MECHANISM),
    "policy": ("体制机制", SectorField.MECHANISM),
    "transport": ("交通", SectorField.INFRASTRUCTURE),
    "water": ("水利能源", SectorField.INFRASTRUCTURE),
    "industry": ("产业协作", SectorField.INDUSTRY),
    "finance": ("金融服务", SectorField.INDUSTRY),
    "technology": ("科技创新", SectorField.INDUSTRY),
    "health": ("医疗卫生", SectorField.PUBLIC_SERVICE),
    "education": ("教育", SectorField.PUBLIC_SERVICE),
    "employment": ("人社人才", SectorField.PUBLIC_SERVICE),
    "ecology": ("生态环保", SectorField.ECOLOGY),
}
#: Name, level and the code of the prefecture above.
REGIONS: dict[str, tuple[str, RegionLevel, str]] = {
    "510100": ("成都市", RegionLevel.PREFECTURE, ""),
    "510600": ("德阳市", RegionLevel.PREFECTURE, ""),
    "511400": ("眉山市", RegionLevel.PREFECTURE, ""),
    "512000": ("资阳市", RegionLevel.PREFECTURE, ""),
    "510112": ("龙泉驿区", RegionLevel.DISTRICT, "510100"),
    "510185": ("简阳市", RegionLevel.COUNTY_LEVEL_CITY, "510100"),
    "512002": ("雁江区", RegionLevel.DISTRICT, "512000"),
    "512021": ("安岳县", RegionLevel.COUNTY, "512000"),
    "512022": ("乐至县", RegionLevel.COUNTY, "512000"),
    "ziyang-hightech": ("资阳高新区", RegionLevel.ZONE, "512000"),
    "ziyang-airport": ("资阳临空经济区", RegionLevel.ZONE, "512000"),
    "chengdu-east": ("成都东部新区", RegionLevel.ZONE, "510100"),
    "tianfu": ("四川天府新区", RegionLevel.ZONE, "510100"),
}
NAMES = {
    Ledger.AGREEMENTS: "合作协议",
    Ledger.ITEMS: "合作事项",
    Ledger.INDUSTRIAL: "产业项目",
    Ledger.INFRASTRUCTURE: "基础设施项目",
}


def sector(slug: str = "transport", *, act: Act | None = None) -> Sector:
    """One of the eleven sectors, made when it is not there yet."""
    if found := Sector.objects.filter(slug=slug).first():
        return found
    name, field = SECTORS[slug]
    made = Sector(slug=slug, name=name, field=field, position=list(SECTORS).index(slug) + 1)
    made.save(act=act)
    return made


def region(code: str = "512000", *, act: Act | None = None) -> Region:
    """One of the places above, with its prefecture, made when it is not there yet."""
    if found := Region.objects.filter(code=code).first():
        return found
    name, level, above = REGIONS[code]
    made = Region(
        code=code, name=name, level=level, parent=region(above, act=act) if above else None
    )
    made.save(act=act)
    return made


def unit(name: str = "资阳市交通运输局", *, act: Act | None = None, **fields: Any) -> Organisation:
    """The unit of that name, made when it is not there yet."""
    if found := Organisation.objects.filter(name=name).first():
        return found
    made = Organisation(**{"name": name, "kind": OrganisationKind.DEPARTMENT, **fields})
    made.save(act=act)
    return made


def user(
    username: str,
    *roles: Role,
    password: str = PASSWORD,
    act: Act | None = None,
    **fields: Any,
) -> User:
    """A new account in the groups of these roles."""
    made = User(username=username, **fields)
    made.set_password(password)
    with made.recording(act or Act()):
        made.groups.set([Group.objects.get_or_create(name=role.value)[0] for role in roles])
    return made


def bureau(username: str = "bureau") -> User:
    """A new account that may edit and move entries."""
    return user(username, Role.BUREAU)


def agreement(**fields: Any) -> Agreement:
    return _entry(Ledger.AGREEMENTS, **fields)


def item(**fields: Any) -> CooperationItem:
    return _entry(Ledger.ITEMS, **fields)


def industrial(**fields: Any) -> IndustrialProject:
    return _entry(Ledger.INDUSTRIAL, **fields)


def infrastructure(**fields: Any) -> InfrastructureProject:
    return _entry(Ledger.INFRASTRUCTURE, **fields)


def at_status(ledger: Ledger, slug: str, **fields: Any) -> Any:
    """An entry of that ledger, created in that status."""
    return _entry(ledger, status=slug, **fields)


def _entry(ledger: Ledger, *, act: Act | None = None, **fields: Any) -> Any:
    """An entry with all that belongs to it, in one trail row.

    Besides columns: `regions` and `partners` (records), `milestones` and `figures` (lists of
    their columns). Without `code` it takes the next one, without `lead` the default unit
    (`lead=None`: none). Sector and unit that it makes by itself are recorded at its own moment:
    the trail never goes back, and theirs come first.
    """
    regions, partners = fields.pop("regions", ()), fields.pop("partners", ())
    milestones, figures = fields.pop("milestones", ()), fields.pop("figures", ())
    number = LedgerEntry.objects.filter(ledger=ledger).count() + 1
    fields.setdefault("code", f"{ledger.prefix}-{number:04}")
    fields.setdefault("name", f"{NAMES[ledger]}{number}")
    together = Act(at=act.at) if act else None
    if "sector" not in fields:
        fields["sector"] = sector(act=together)
    if "lead" not in fields:
        fields["lead"] = unit(act=together)
    made = LEDGER_MODELS[ledger](**fields)
    with made.recording(act or Act()):
        made.regions.set(regions)
        made.partners.set(partners)
        for columns in milestones:
            Milestone(entry=made, **columns).save()
        for columns in figures:
            MoneyFigure(entry=made, **columns).save()
    return made


def attachment(
    entry: LedgerEntry | Matter,
    content: bytes = PDF,
    name: str = "验收意见.pdf",
    *,
    by: User | None = None,
    **given: Any,
) -> Attachment:
    """A file of that entry or matter, by an account of the bureau unless another is given."""
    clerk = by or User.objects.filter(username="uploader").first() or bureau("uploader")
    return Attachment.upload(entry, content, name, Act(by=clerk), **given)


def small_ledgers() -> None:
    """Seven entries that differ in every way a filter asks about; lights as on 31 July 2026.

    Names and units begin so that every collation orders them alike.
    """
    transport = unit("1号 市交通运输局", short_name="市交通局")
    education = unit("2号 成都市教育局")
    item(
        name="3路公交延伸",
        sector=sector("transport"),
        lead=transport,
        regions=[region("512002")],
        status="launched",
        due_on=dt.date(2026, 7, 30),
        started_on=dt.date(2020, 1, 1),
        percent_complete=40,
        provenance="article",
        responsible_person="张某",
        figures=[{"kind": "total", "basis": "estimate", "amount": 100}],
    )
    item(
        name="5000余家医药机构直接结算",
        sector=sector("health"),
        lead=education,
        regions=[region("512021"), region("510185")],
        due_on=dt.date(2026, 8, 5),
        planned_start_on=dt.date(2026, 8, 1),
        provenance="public",
    )
    item(
        name="60余所学校结对",
        sector=sector("education"),
        lead=education,
        partners=[transport],
        regions=[region("510100")],
        status="closed",
        due_on=dt.date(2026, 1, 1),
        started_on=dt.date(2020, 1, 1),
        finished_on=dt.date(2025, 12, 1),
        percent_complete=100,
    )
    agreement(
        name="2016全面合作协议",
        sector=sector("policy"),
        lead=None,
        regions=[region("512000"), region("510100")],
        status="in-force",
        provenance="public",
        data_on=dt.date(2019, 1, 1),
        data_precision="year",
    )
    industrial(
        name="4海集团重振",
        sector=sector("industry"),
        lead=transport,
        regions=[region("ziyang-airport")],
        status="building",
        due_on=dt.date(2027, 1, 1),
        figures=[{"kind": "total", "basis": "budget", "amount": "99.5"}],
    )
    infrastructure(
        name="S3线",
        aliases="轨道交通资阳线",
        sector=sector("transport"),
        lead=transport,
        regions=[region("chengdu-east"), region("512002")],
        status="construction",
        due_on=dt.date(2026, 8, 7),
        planned_start_on=dt.date(2020, 11, 27),
        started_on=dt.date(2020, 11, 27),
        percent_complete=40,
        figures=[{"kind": "total", "basis": "estimate", "amount": 1_338_400}],
    )
    infrastructure(
        name="毗河供水二期工程",
        sector=sector("water"),
        lead=education,
        status="stalled",
        due_on=dt.date(2026, 1, 1),
        provenance="sample",
    )


@contextmanager
def kept_for_module(blocker: Any) -> Iterator[None]:
    """Records made in this block stay for all tests of a module, which see them anew each time.

    For a fixture of module scope; `blocker` is pytest-django's `django_db_blocker`, and the
    fixture also asks for `django_db_setup`. Not for modules with tests that commit.
    """
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def bare(model: Any) -> Any:
    """The rows of a model by Django's plain words, which know no trail."""
    return models.QuerySet(model)


def lift_guards() -> None:
    """What the database's owner can do: take the guards off, until the test's end.

    PostgreSQL lets nobody touch a table while checks of it are pending: they are made first.
    """
    connection.check_constraints()
    guards.lift(connection)


# --- what is followed up --------------------------------------------------------------------


def days_from_now(days: int) -> dt.date:
    return today() + dt.timedelta(days=days)


def clerk(username: str = "clerk") -> User:
    """The account of that name at the bureau, made when it is not there yet."""
    return User.objects.filter(username=username).first() or bureau(username)


def matter(kind: MatterKind, *, act: Act | None = None, **fields: Any) -> Matter:
    """A matter handed out by the bureau; `entries`, `report`, `meeting`, `origin` and
    `is_draft` as `Matter.open_new` takes them, all else as columns.
    """
    names = ("entries", "report", "meeting", "origin", "is_draft")
    around = {name: fields.pop(name) for name in names if name in fields}
    given: dict[str, Any] = {
        "title": f"{kind.label}{Matter.objects.count() + 1}",
        "text": "事由和要求",
        **OF_KIND[kind],
        **fields,
    }
    given.setdefault("unit", unit())
    given.setdefault("due_on", days_from_now(30))
    if kind == MatterKind.INSTRUCTION and not around.get("is_draft"):
        around.setdefault("entries", [item()])
    begun = act or Act(by=clerk(), on=days_from_now(-30))
    return Matter.open_new(kind, given, begun, **around)


#: What a matter of each kind has to say besides.
OF_KIND: dict[MatterKind, dict[str, Any]] = {
    MatterKind.PROBLEM: {"category": Difficulty.SHARING, "level": CoordinationLevel.COUNTY},
    MatterKind.DECISION: {},
    MatterKind.INSTRUCTION: {"leader": "王某某"},
    MatterKind.SLIP: {"colour": SlipColour.YELLOW},
}


def problem(**fields: Any) -> Matter:
    return matter(MatterKind.PROBLEM, **fields)


def instruction(**fields: Any) -> Matter:
    return matter(MatterKind.INSTRUCTION, **fields)


def slip(**fields: Any) -> Matter:
    return matter(MatterKind.SLIP, **fields)


def meeting(*, is_held: bool = True, act: Act | None = None, **fields: Any) -> Meeting:
    """A conference of ten days ago, held unless it `is_held` is False."""
    begun = act or Act(by=clerk())
    given = {"kind": MeetingKind.CITY, "title": "协调会", "held_on": days_from_now(-10), **fields}
    made = Meeting.call(given, begun)
    if is_held:
        made.take("hold", begun, version=made.version)
    return made


def decision(*, at: Meeting | None = None, act: Act | None = None, **fields: Any) -> Matter:
    """A decision of that conference, or of one of its own; `problem` is put on its agenda."""
    held, begun = at or meeting(), act or Act(by=clerk(), on=days_from_now(-10))
    on = fields.pop("problem", None)
    if on and not held.agenda.filter(matter=on).exists():
        held.put_on_agenda(on, begun)
    given = {"title": "议定事项", "text": "由责任单位办理", **fields}
    given.setdefault("unit", unit())
    given.setdefault("due_on", days_from_now(30))
    return held.decide(given, begun, problem=on)


def contact(*, act: Act | None = None, **fields: Any) -> ContactRecord:
    begun = act or Act(by=clerk())
    entries = fields.pop("entries", ())
    given = {
        "held_on": days_from_now(-20),
        "subject": "商定线路走向",
        "other_side": "成都市交通运输局",
        "told": "就线路走向交换意见",
        **fields,
    }
    given.setdefault("unit", unit())
    return ContactRecord.keep(given, begun, entries=entries)
