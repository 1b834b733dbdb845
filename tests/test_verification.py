"""The proof of the trail: intact, or the first thing that does not agree is named."""

import datetime as dt
from collections.abc import Callable
from io import StringIO

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F, QuerySet

from projects.choices import AccessAction, Reason
from projects.models import (
    AccessEvent,
    Act,
    ChainHead,
    CooperationItem,
    EntryState,
    EntryVersion,
    Indicator,
    LedgerEntry,
    Milestone,
    MoneyFigure,
    Organisation,
    RecordVersion,
    Revision,
    Segment,
    User,
    access,
)
from projects.models.trail import digest
from projects.verification import Verdict, verify
from tests.factories import agreement, bare, bureau, item, lift_guards, region, sector, unit, user

pytestmark = pytest.mark.django_db

Tampering = Callable[[], object]


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture(autouse=True)
def books() -> CooperationItem:
    """A small ledger: an item that was edited and moved, an agreement, two access events.

    Its trail: #1-2 places, #3 person, #4-6 what the entries name, #7 item, #8 agreement,
    #9 item edited, #10 item moved.
    """
    place, person = region("512002"), bureau()
    entry = item(
        name="公交",
        status="launched",
        regions=[place],
        partners=[unit("乙局")],
        milestones=[{"name": "试运行"}],
        figures=[{"kind": "total", "basis": "estimate", "amount": 100}],
    )
    agreement(name="协议", parties="成都市、资阳市")
    entry.progress = "首批线路已定"
    entry.save(act=Act(by=person, note="月报"))
    entry.move_to("advancing", by=person)
    for _ in range(2):
        access.record(AccessAction.LOGIN_FAILED, None, username="nobody")
    return entry


def trail(number: int):
    return Revision.objects.filter(sequence=number)


def of_item(version: int):
    return EntryVersion.objects.filter(code="SX-0001", version=version)


def state_of_item(version: int):
    return EntryState.objects.filter(entry__code="SX-0001", version=version)


def of_partner(version: int = 1):
    return RecordVersion.objects.filter(
        record_model="organisation",
        record_key=Organisation.objects.get(name="乙局").pk,
        version=version,
    )


def edited(entry: str = "SX-0001", **values: object) -> int:
    return bare(LedgerEntry).filter(code=entry).update(**values)


def resealed(number: int, **values: object) -> None:
    """Edit a trail row and give it the digest that fits its new content."""
    row = trail(number).get()
    for name, value in values.items():
        setattr(row, name, value)
    row.digest = row.computed_digest()
    row.save()


def swapped() -> None:
    """Rows 8 and 9 change places, each with its own digest still right for what it says."""
    trail(8).update(sequence=1008)
    trail(9).update(sequence=8)
    trail(1008).update(sequence=9)


def cut(number: int, *, with_head: bool) -> None:
    """Cut the rows from that number on off the trail, and pull its head back as well."""
    Revision.objects.filter(sequence__gte=number).delete()
    if with_head:
        last = trail(number - 1).get()
        ChainHead.objects.filter(name="trail").update(sequence=last.sequence, digest=last.digest)


def entry_removed() -> None:
    """The agreement goes, and its versions with it."""
    for table, column in (
        ("projects_entryversion", "entry_id"),
        ("projects_entrystate", "entry_id"),
        ("projects_agreement", "ledgerentry_ptr_id"),
        ("projects_ledgerentry", "id"),
    ):
        sql(
            f"DELETE FROM {table} WHERE {column} IN"
            " (SELECT id FROM projects_ledgerentry WHERE code = 'XY-0001')"
        )


def entry_removed_and_counts_made_to_fit() -> None:
    """The same, and the segment is said to have begun where the count of versions is right."""
    entry_removed()
    Segment.objects.update(after_sequence=9)


def past_removed_and_counts_made_to_fit() -> None:
    """Nothing is left of what the item said before it was moved."""
    for rows in (EntryVersion.objects.all(), EntryState.objects.all()):
        raw_deleted(rows.filter(entry__code="SX-0001", version__lt=3))
    Segment.objects.update(after_sequence=10)


def entry_copied() -> LedgerEntry:
    """A second item, written past the doors, without version or trail row."""
    base = LedgerEntry.objects.get(code="SX-0001")
    base.pk, base.code = None, "SX-0002"
    bare(LedgerEntry).bulk_create([base])
    return LedgerEntry.objects.get(code="SX-0002")


def copy_of(version: EntryVersion, **values: object) -> EntryVersion:
    """The same version once more, but for these columns."""
    version.pk = None
    for name, value in values.items():
        setattr(version, name, value)
    return version


def raw_deleted(rows: QuerySet) -> None:
    """Past the ORM, which would look after what hangs on them."""
    rows._raw_delete(rows.db)


def entry_smuggled_in() -> None:
    new = entry_copied()
    sql(
        "INSERT INTO projects_cooperationitem (ledgerentry_ptr_id, annual_target)"
        f" VALUES ({new.pk}, '')"
    )


def current_rewritten_with_the_entry() -> None:
    """Entry, its version's column and the version's facts agree with each other again."""
    edited(name="改过")
    state = state_of_item(3).get()
    state.facts["name"] = {"value": "改过", "text": "改过"}
    state.save()
    of_item(3).update(name="改过")


def partner_rewritten_with_its_version() -> None:
    """The unit, the name of its version and the version's facts agree with each other again."""
    version = of_partner().get()
    version.facts["name"] = {"value": "改过", "text": "改过"}
    of_partner().update(name="改过", facts=version.facts)
    bare(Organisation).filter(name="乙局").update(name="改过")


NOT_AS_LAST = "与最后一条变更记录不符，已被改动。"
CHANGED = "的内容与其摘要不符，已被改动。"
NOT_AS_VOUCHED = "的内容与变更记录的摘要不符，已被改动。"
OTHER_TIME = "的起止时间与变更记录不符，已被改动。"
EVENT = "登录与导出记录"
TAMPERINGS: dict[str, tuple[Tampering, str]] = {
    # the chain
    "a note edited": (
        lambda: trail(9).update(note="改过"),
        f"变更记录#9（#9 SX-0001 公交 修改）{CHANGED}",
    ),
    "a moment edited": (
        lambda: trail(7).update(recorded_at=F("recorded_at") + dt.timedelta(seconds=1)),
        f"变更记录#7（#7 SX-0001 公交 新增）{CHANGED}",
    ),
    "an actor edited": (
        lambda: trail(9).update(actor_id=None),
        f"变更记录#9（#9 SX-0001 公交 修改）{CHANGED}",
    ),
    "old and new edited": (
        lambda: trail(9).update(changes=[]),
        f"变更记录#9（#9 SX-0001 公交 修改）{CHANGED}",
    ),
    "a digest edited": (
        lambda: trail(9).update(digest="0" * 64),
        f"变更记录#9（#9 SX-0001 公交 修改）{CHANGED}",
    ),
    "a row edited and sealed anew": (
        lambda: resealed(9, note="改过"),
        "变更记录#10（#10 SX-0001 公交 推进）与前一条的摘要接不上。",
    ),
    "the last row edited and sealed anew": (
        lambda: resealed(10, note="改过"),
        "变更记录的末尾与链头不符：链头为#10，最后一条为#10。",
    ),
    "a row taken out of the middle": (
        lambda: trail(8).delete(),
        "变更记录缺少#8（下一条是#9）。",
    ),
    "the first row taken away": (
        lambda: trail(1).delete(),
        "变更记录缺少#1（下一条是#2）。",
    ),
    "two rows exchanged": (
        swapped,
        "变更记录#8（#8 SX-0001 公交 修改）与前一条的摘要接不上。",
    ),
    "the tail cut off": (
        lambda: cut(10, with_head=False),
        "变更记录的末尾与链头不符：链头为#10，最后一条为#9。",
    ),
    "the tail cut off, head pulled back": (
        lambda: cut(10, with_head=True),
        "SX-0001 第3版（公交）没有对应的变更记录。",
    ),
    "the whole trail cut off": (
        lambda: cut(1, with_head=False),
        "变更记录的末尾与链头不符：链头为#10，最后一条为#0。",
    ),
    "the head taken away": (
        lambda: ChainHead.objects.filter(name="trail").delete(),
        "变更记录的末尾与链头不符：链头为#0，最后一条为#10。",
    ),
    "an access event edited": (
        lambda: AccessEvent.objects.filter(pk=1).update(username="someone"),
        f"{EVENT}#1（#1 登录失败 someone）{CHANGED}",
    ),
    "an access event taken away": (
        lambda: AccessEvent.objects.filter(pk=1).delete(),
        f"{EVENT}缺少#1（下一条是#2）。",
    ),
    # the entry
    "an entry's name": (
        lambda: edited(name="改过"),
        f"条目“SX-0001 改过”的“名称”{NOT_AS_LAST}",
    ),
    "an entry's status": (
        lambda: edited(status="closed"),
        f"条目“SX-0001 公交”的“状态”{NOT_AS_LAST}",
    ),
    "an entry's date": (
        lambda: edited(due_on=dt.date(2030, 1, 1), due_precision="day"),
        f"条目“SX-0001 公交”的“完成时限”{NOT_AS_LAST}",
    ),
    "an entry's headline figure": (
        lambda: edited(total_investment="99.9"),
        f"条目“SX-0001 公交”的“总投资（万元）”{NOT_AS_LAST}",
    ),
    "an entry's version": (
        lambda: edited(version=4),
        "条目“SX-0001 公交”为第4版，存档的现行版本为第3版。",
    ),
    "a column of its own ledger": (
        lambda: sql("UPDATE projects_agreement SET parties = '改过'"),
        f"条目“XY-0001 协议”的“签约各方”{NOT_AS_LAST}",
    ),
    "a milestone edited": (
        lambda: bare(Milestone).update(name="改过"),
        f"条目“SX-0001 公交”的“里程碑”{NOT_AS_LAST}",
    ),
    "a milestone taken away": (
        lambda: bare(Milestone).all().delete(),
        f"条目“SX-0001 公交”的“里程碑”{NOT_AS_LAST}",
    ),
    "a figure edited": (
        lambda: bare(MoneyFigure).update(basis="final"),
        f"条目“SX-0001 公交”的“投资数据”{NOT_AS_LAST}",
    ),
    "a region taken away": (
        lambda: LedgerEntry.regions.through.objects.all().delete(),
        f"条目“SX-0001 公交”的“涉及地区”{NOT_AS_LAST}",
    ),
    "a partner taken away": (
        lambda: LedgerEntry.partners.through.objects.all().delete(),
        f"条目“SX-0001 公交”的“责任（配合）单位”{NOT_AS_LAST}",
    ),
    "an entry taken away": (
        entry_removed,
        "历史版本第1段应有4个，现有3个，有缺失或多余。",
    ),
    "an entry taken away, and counts made to fit": (
        entry_removed_and_counts_made_to_fit,
        "SX-0001 第1版（公交）不应在第1段，已被改动。",
    ),
    "an entry smuggled in": (
        entry_smuggled_in,
        "条目“SX-0002 公交”没有现行版本，未经变更记录写入。",
    ),
    "a base row smuggled in": (
        entry_copied,
        "条目“SX-0002 公交”在“合作事项”中没有自己的一行，未经变更记录写入或已被删去。",
    ),
    "a row of its own ledger taken away": (
        lambda: sql("DELETE FROM projects_agreement"),
        "条目“XY-0001 协议”在“合作协议”中没有自己的一行，未经变更记录写入或已被删去。",
    ),
    "an entry's text to be searched": (
        lambda: edited(search_text="改过"),
        "条目“SX-0001 公交”供查找和计数的栏目与存档不符，已被改动。",
    ),
    "an entry's places to be counted": (
        lambda: edited(places="|510100|"),
        "条目“SX-0001 公交”供查找和计数的栏目与存档不符，已被改动。",
    ),
    "an entry's partners to be counted": (
        lambda: edited(partner_keys=""),
        "条目“SX-0001 公交”供查找和计数的栏目与存档不符，已被改动。",
    ),
    "until when an entry is valid": (
        lambda: edited(expires_on=dt.date(2030, 1, 1)),
        "条目“SX-0001 公交”供查找和计数的栏目与存档不符，已被改动。",
    ),
    # the versions
    "a column of the current version": (
        lambda: of_item(3).update(name="改过"),
        "SX-0001 第3版的“名称”与其存档不符，已被改动。",
    ),
    "a column of an older version": (
        lambda: of_item(1).update(status="closed"),
        "SX-0001 第1版的“状态”与其存档不符，已被改动。",
    ),
    "the facts of an older version": (
        lambda: state_of_item(2).update(facts={}),
        f"SX-0001 第2版（公交）{NOT_AS_VOUCHED}",
    ),
    "the facts of another version": (
        lambda: of_item(1).update(state=state_of_item(2).get()),
        "SX-0001 第1版（公交）没有对应的变更记录。",
    ),
    "entry and version alike": (
        current_rewritten_with_the_entry,
        f"SX-0001 第3版（改过）{NOT_AS_VOUCHED}",
    ),
    "an older version taken away": (
        lambda: of_item(2).delete(),
        f"SX-0001 第1版（公交）{OTHER_TIME}",
    ),
    "the first version taken away": (
        lambda: of_item(1).delete(),
        "历史版本第1段应有4个，现有3个，有缺失或多余。",
    ),
    "the older versions taken away, and counts made to fit": (
        past_removed_and_counts_made_to_fit,
        "历史版本第1段的起点与变更记录不符，已被改动。",
    ),
    "the current version taken away": (
        lambda: of_item(3).delete(),
        f"SX-0001 第2版（公交）{OTHER_TIME}",
    ),
    "the only version taken away": (
        lambda: EntryVersion.objects.filter(code="XY-0001").delete(),
        "历史版本第1段应有4个，现有3个，有缺失或多余。",
    ),
    "the current version ended": (
        lambda: of_item(3).update(recorded_to=F("recorded_from")),
        f"SX-0001 第3版（公交）{OTHER_TIME}",
    ),
    "a version put into a segment that is not": (
        lambda: EntryVersion.objects.filter(code="XY-0001").update(segment=2),
        "XY-0001 第1版（协议）不属于任何历史分段。",
    ),
    "a version copied into a segment that is not": (
        lambda: EntryVersion.objects.bulk_create([copy_of(of_item(3).get(), segment=2)]),
        "SX-0001 第3版（公交）不属于任何历史分段。",
    ),
    "a version given to another entry": (
        lambda: of_item(1).update(entry=LedgerEntry.objects.get(code="XY-0001"), version=9),
        "SX-0001 第9版（公交）没有对应的变更记录。",
    ),
    "the lead of an older version": (
        lambda: of_item(1).update(lead=Organisation.objects.get(name="乙局")),
        "SX-0001 第1版的“牵头单位”与其存档不符，已被改动。",
    ),
    "the places of an older version": (
        lambda: of_item(1).update(places=""),
        "SX-0001 第1版的“涉及地区”与其存档不符，已被改动。",
    ),
    "the partners of an older version": (
        lambda: of_item(1).update(partner_keys=""),
        "SX-0001 第1版的“责任（配合）单位主键”与其存档不符，已被改动。",
    ),
    "until when an older version was valid": (
        lambda: of_item(1).update(expires_on=dt.date(2030, 1, 1)),
        "SX-0001 第1版的“有效期届满”与其存档不符，已被改动。",
    ),
    "the origin of an older version": (
        lambda: of_item(1).update(origin_id=1),
        "SX-0001 第1版的“来源条目”与其存档不符，已被改动。",
    ),
    "the code of an older version": (
        lambda: of_item(1).update(code="SX-9999"),
        "SX-9999 第1版的“编号”与其存档不符，已被改动。",
    ),
    "the days of an older version": (
        lambda: of_item(1).update(recorded_from=F("recorded_from") - dt.timedelta(days=9)),
        f"SX-0001 第1版（公交）{OTHER_TIME}",
    ),
    "the update of an older version": (
        lambda: of_item(1).update(updated_at=F("updated_at") - dt.timedelta(days=9)),
        f"SX-0001 第1版（公交）{OTHER_TIME}",
    ),
    # accounts
    "an account made a superuser": (
        lambda: bare(User).update(is_superuser=True),
        "账号“bureau”的“超级用户状态”与变更记录不符，已被改动。",
    ),
    "an account given another role": (
        lambda: User.groups.through.objects.create(
            user_id=User.objects.get().pk, group_id=Group.objects.create(name="审计").pk
        ),
        "账号“bureau”的“组”与变更记录不符，已被改动。",
    ),
    "an account given another password": (
        lambda: bare(User).update(password=make_password("Another-horse-27")),
        "账号“bureau”的“密码”与变更记录不符，已被改动。",
    ),
    "an account smuggled in": (
        lambda: bare(User).bulk_create([User(username="nobody-s")]),
        "账号“nobody-s”没有变更记录，未经变更记录写入。",
    ),
    "an account taken away": (
        lambda: raw_deleted(User.objects.filter(pk=user("leaver").pk)),
        "账号“leaver”在变更记录中有，现已不存在。",
    ),
    # places, sectors, units and indicators
    "a unit's name": (
        lambda: bare(Organisation).filter(name="乙局").update(name="改过"),
        f"单位“改过”{NOT_AS_LAST}",
    ),
    "a unit smuggled in": (
        lambda: bare(Organisation).bulk_create([Organisation(name="丙局", kind="department")]),
        "单位“丙局”没有现行版本，未经变更记录写入。",
    ),
    "a unit taken away": (
        lambda: raw_deleted(Organisation.objects.filter(pk=unit("无事的单位").pk)),
        "单位“无事的单位”在存档中有，在名录中已不存在。",
    ),
    "the name of a unit's version": (
        lambda: of_partner().update(name="改过"),
        f"改过 第1版{NOT_AS_VOUCHED}",
    ),
    "the facts of a unit's version": (
        lambda: of_partner().update(facts={}),
        f"乙局 第1版{NOT_AS_VOUCHED}",
    ),
    "unit and version alike": (
        partner_rewritten_with_its_version,
        f"改过 第1版{NOT_AS_VOUCHED}",
    ),
    "the days of a unit's version": (
        lambda: of_partner().update(recorded_from=F("recorded_from") - dt.timedelta(days=9)),
        f"乙局 第1版{OTHER_TIME}",
    ),
    "a unit's version taken away": (
        lambda: of_partner().delete(),
        "单位的历史版本应有2个，现有1个。",
    ),
}


def test_untouched_books_are_intact_and_counted():
    assert verify() == Verdict(
        rows=10,
        events=2,
        entries=2,
        versions=4,
        records=5,
        accounts=1,
        receipts=0,
        rounds=0,
        reports=0,
        attachments=0,
        problem="",
    )
    assert verify().is_intact


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_was_tampered_with_is_named(name):
    tamper, problem = TAMPERINGS[name]
    lift_guards()
    tamper()
    assert verify().problem == problem


def test_the_first_of_several_problems_is_named():
    lift_guards()
    trail(9).update(note="改过")
    trail(2).update(note="改过")
    verdict = verify()
    assert (verdict.rows, verdict.problem) == (1, f"变更记录#2（#2 雁江区 新增）{CHANGED}")


def test_a_renamed_unit_does_not_make_the_books_disagree():
    lead = unit()
    lead.name = "资阳市交通运输委员会"
    lead.save()
    assert verify().problem == ""


def test_a_renamed_place_or_sector_does_not_make_the_books_disagree():
    city, field = region("512000"), sector()
    unit("资阳市某局", region=city)
    Indicator(name="通勤时间", value=30, unit="分钟", sector=field, provenance="article").save()
    city.name, field.name = "资阳新市", "大交通"
    city.save()
    field.save()
    assert verify().problem == ""


def test_a_delisted_entry_does_not_make_the_books_disagree(books):
    books.delist(Act(reason=Reason.REPLACED))
    assert verify().problem == ""


def test_the_digest_of_a_version_does_not_depend_on_the_order_of_its_facts():
    facts = state_of_item(1).get().facts
    assert digest(dict(reversed(facts.items()))) == digest(facts)


def test_the_command_says_how_many_rows_and_intact():
    told = StringIO()
    call_command("verify_trail", stdout=told)
    assert told.getvalue() == (
        "变更记录10条，登录与导出记录2条，历史版本4个，条目2个，"
        "名录和月报5个，其中冻结的月报0个，账号1个，导出回执0份，"
        "月报填报0份，附件0份。完好 (10 rows, intact)\n"
    )


def test_the_command_fails_and_names_what_does_not_agree():
    lift_guards()
    trail(8).update(note="改过")
    warned = StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("verify_trail", stderr=warned)
    assert str(failure.value) == (
        f"不一致：变更记录#8（#8 XY-0001 协议 新增）{CHANGED}"
        "（此前已核对：变更记录7条，登录与导出记录0条，历史版本0个，条目0个，名录和月报0个，其中冻结的月报0个，账号0个，导出回执0份，月报填报0份，附件0份。）"
    )
    assert warned.getvalue().startswith("注意：数据库防护缺失（guard_agendaitem_update、")
