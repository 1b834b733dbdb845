"""The trail: one row for each change, in the words of its day, and nothing without one."""

import datetime as dt
from hashlib import sha256

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from projects.choices import Ledger, Reason, Role, Source
from projects.models import (
    AccessEvent,
    Act,
    CooperationItem,
    EntryState,
    EntryVersion,
    Indicator,
    LedgerEntry,
    Milestone,
    MoneyFigure,
    Names,
    Organisation,
    Recorded,
    RecordVersion,
    Revision,
    Sector,
    Stale,
    StepRefused,
    User,
)
from projects.models.ledger import set_partial_date
from projects.models.trail import GENESIS, canonical, digest
from projects.periods import AsOf, PartialDate, start_of, today
from tests.factories import (
    PASSWORD,
    agreement,
    at_status,
    bureau,
    industrial,
    item,
    region,
    sector,
    unit,
    user,
)

pytestmark = pytest.mark.django_db


def rows_of(record: Recorded) -> list[Revision]:
    """The trail rows of a record, the earliest first."""
    return list(Revision.objects.of(record).order_by("sequence"))


def told(row: Revision) -> list[tuple[str, str, str]]:
    """What a row says has changed: name, old text, new text."""
    return [(c["label"], c["old_text"], c["new_text"]) for c in row.changes]


# --- one row for each change ----------------------------------------------------------------


def test_an_edit_leaves_one_row_that_names_the_change():
    entry = item(name="旧名")
    entry.name = "新名"
    entry.save()
    created, changed = rows_of(entry)
    assert (created.action, created.record_version) == ("create", 1)
    assert (changed.action, changed.record_version) == ("change", 2)
    assert changed.changes == [
        {
            "field": "name",
            "label": "名称",
            "old": "旧名",
            "new": "新名",
            "old_text": "旧名",
            "new_text": "新名",
        }
    ]


def test_a_save_that_changes_nothing_leaves_no_row_and_no_version():
    entry = item(name="名称")
    entry.save()
    entry.name = " 名称 "  # the same, once blanks at the ends are gone
    entry.save()
    assert [row.record_version for row in rows_of(entry)] == [1]
    assert LedgerEntry.objects.get(pk=entry.pk).version == 1


def test_columns_of_base_and_own_ledger_change_in_one_row():
    entry = agreement(parties="成都市、资阳市")
    entry.name, entry.parties = "新名", "成都市、德阳市、资阳市"
    entry.save()
    assert told(rows_of(entry)[1]) == [
        ("名称", "合作协议1", "新名"),
        ("签约各方", "成都市、资阳市", "成都市、德阳市、资阳市"),
    ]


def test_regions_and_partners_that_change_together_are_one_row():
    entry = item(regions=[region("512002")], partners=[unit("甲局")])
    with entry.recording(Act()):
        entry.regions.set([region("512002"), region("512021")])
        entry.partners.set([unit("乙局")])
    assert told(rows_of(entry)[1]) == [
        ("涉及地区", "雁江区", "雁江区、安岳县"),
        ("责任（配合）单位", "甲局", "乙局"),
    ]


def test_milestones_added_changed_and_removed_are_one_row_of_their_entry():
    day = dt.date(2026, 9, 30)
    entry = item(milestones=[{"name": "可研批复"}, {"name": "开工"}])
    kept, removed = entry.milestones.order_by("pk")
    with entry.recording(Act()):
        Milestone(entry=entry, name="竣工", planned_on=day, planned_precision="month").save()
        kept.reached_on, kept.reached_precision = day, "day"
        kept.save()
        removed.delete()
    assert told(rows_of(entry)[1]) == [
        ("里程碑", "可研批复；开工", "可研批复（达成2026-09-30）；竣工（计划2026-09）")
    ]


def test_a_figure_becomes_the_headline_total_in_the_same_row():
    entry = industrial(
        figures=[
            {
                "kind": "total",
                "basis": "estimate",
                "amount": 1_338_400,
                "dated_on": dt.date(2019, 1, 1),
                "dated_precision": "year",
            }
        ]
    )
    with entry.recording(Act()):
        MoneyFigure(
            entry=entry,
            kind="total",
            basis="budget",
            amount="1290000.5",
            qualifier="about",
            dated_on=dt.date(2020, 5, 1),
            dated_precision="month",
        ).save()
    assert told(rows_of(entry)[1]) == [
        ("总投资（万元）", "1338400.0000", "1290000.5000"),
        ("投资口径", "估算", "概算"),
        ("投资限定", "", "约"),
        (
            "投资数据",
            "总投资1338400万元（估算，2019）",
            "总投资1338400万元（估算，2019）；总投资1290000.5万元约（概算，2020-05）",
        ),
    ]


def test_what_was_never_filled_is_not_listed_when_a_record_is_created():
    made = Sector(slug="water", name="水利能源", field="infrastructure")
    made.save()
    assert told(rows_of(made)[0]) == [
        ("标识", "", "water"),
        ("名称", "", "水利能源"),
        ("通报板块", "", "基础设施"),
        ("排序", "", "0"),
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda: CooperationItem(code="SX-9", name="名称", sector=sector()).save(),
        lambda: CooperationItem.objects.create(code="SX-9", name="名称", sector=sector()),
        lambda: CooperationItem.objects.get_or_create(
            code="SX-9", defaults={"name": "名称", "sector": sector()}
        ),
    ],
    ids=["save", "create", "get_or_create"],
)
def test_an_entry_made_by_any_word_of_the_orm_has_its_row_and_its_version(make):
    make()
    entry = CooperationItem.objects.get(code="SX-9")
    (row,) = rows_of(entry)
    assert (row.action, row.record_code, row.record_name, row.new_status) == (
        "create",
        "SX-9",
        "SX-9 名称",
        "not-started",
    )
    assert (row.source, row.actor_id, row.actor_name) == ("command", None, "系统")
    assert list(EntryVersion.objects.values_list("entry_id", "version", "recorded_to")) == [
        (entry.pk, 1, None)
    ]


def test_a_save_that_is_told_to_write_one_field_still_leaves_its_row():
    entry = item()
    entry.name = "新名"
    entry.save(update_fields=["name"])
    assert told(rows_of(entry)[1]) == [("名称", "合作事项1", "新名")]


def test_a_sign_in_does_not_change_the_account_in_the_trail(client):
    person = user("leader", Role.LEADER)
    client.login(username="leader", password=PASSWORD)
    person.refresh_from_db()
    assert person.last_login is not None
    assert len(rows_of(person)) == 1


def test_a_new_password_is_told_and_not_shown():
    person = user("leader", Role.LEADER)
    person.set_password("Another-horse-26")
    person.save()
    assert told(rows_of(person)[1]) == [("密码", "（已设置）", "（已设置）")]
    assert person.password not in str(rows_of(person)[1].changes)


def test_a_password_that_is_hashed_anew_at_a_sign_in_is_told():
    person = user("person")
    person.set_password(PASSWORD)  # the same, with another salt
    person.save(update_fields=["password"])
    assert [change["field"] for change in rows_of(person)[-1].changes] == ["password"]


def test_a_change_of_groups_is_told():
    person, keeper = user("leader", Role.LEADER), user("keeper", Role.SYSADMIN)
    with person.recording(Act(by=keeper, source=Source.ADMIN)):
        person.groups.add(*user("other", Role.AUDITOR).groups.all())
    assert told(rows_of(person)[1]) == [("组", "领导", "审计、领导")]


def test_an_edit_on_a_version_that_is_no_more_is_stale_and_overwrites_nothing():
    entry = item(name="名称")
    seen = CooperationItem.objects.get(pk=entry.pk)
    entry.name = "先存的"
    entry.save()
    seen.name = "后存的"
    with pytest.raises(Stale) as stale:
        seen.save()
    assert stale.value.stored.name == "先存的"
    assert LedgerEntry.objects.get(pk=entry.pk).name == "先存的"
    assert len(rows_of(entry)) == 2


def test_an_old_copy_does_not_overwrite_even_where_the_new_version_is_named():
    entry = item(name="名称")
    old = CooperationItem.objects.get(pk=entry.pk)
    entry.name = "先存的"
    entry.save()
    with pytest.raises(Stale), old.recording(Act(), expect=entry.version):
        old.progress = "后存的"
    assert LedgerEntry.objects.get(pk=entry.pk).name == "先存的"


def test_a_change_that_breaks_off_leaves_no_row():
    entry = item()
    entry.percent_complete = 101
    with pytest.raises(IntegrityError, match="entry_percent_0_100"), transaction.atomic():
        entry.save()
    assert len(rows_of(entry)) == 1
    assert LedgerEntry.objects.get(pk=entry.pk).version == 1


def test_a_change_whose_row_cannot_be_written_is_not_made():
    entry = item()
    entry.name = "新名"
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save(act=Act(source=None))
    assert LedgerEntry.objects.get(pk=entry.pk).name == "合作事项1"


# --- who, when, why -------------------------------------------------------------------------


def test_a_row_says_who_when_why_and_by_which_way():
    at = dt.datetime(2026, 7, 31, 16, 0, tzinfo=dt.UTC)  # midnight in Shanghai
    opened = Act(at=at - dt.timedelta(days=1))
    person = user("bureau", Role.BUREAU, display_name="王某", act=opened)
    entry = item(lead=unit("资阳市水务局", act=opened), act=opened)
    entry.name = "新名"
    entry.save(
        act=Act(
            by=person,
            source=Source.ADMIN,
            reason=Reason.SCOPE,
            note="会议纪要第3号",
            at=at,
            batch="批-1",
        )
    )
    row = rows_of(entry)[1]
    assert (row.actor_id, row.actor_name, row.source) == (person.pk, "王某（bureau）", "admin")
    assert (row.recorded_at, row.effective_on) == (at, dt.date(2026, 8, 1))
    assert (row.reason, row.note, row.batch) == ("scope", "会议纪要第3号", "批-1")
    assert (row.ledger, row.unit_name) == ("items", "资阳市水务局")


def test_an_edit_because_the_record_was_wrong_is_a_correction():
    entry = item()
    entry.name = "新名"
    entry.save(act=Act(reason=Reason.MISRECORDED, note="录入错字"))
    assert rows_of(entry)[1].action == "correct"


def test_the_opening_of_the_books_is_a_baseline():
    assert rows_of(item(act=Act(source=Source.FIXTURE)))[0].action == "baseline"


def test_a_row_without_a_moment_is_recorded_now_and_takes_effect_today():
    before = timezone.now()
    row = rows_of(item())[0]
    assert before <= row.recorded_at <= timezone.now()
    assert row.effective_on == today()


def test_the_rows_of_a_record_are_found_by_the_base_row_and_by_the_own_row_alike():
    entry = item()
    entry.name = "新名"
    entry.save()
    base = LedgerEntry.objects.get(pk=entry.pk)
    assert rows_of(base) == rows_of(entry)
    assert len(rows_of(base)) == 2


def test_rows_are_asked_by_words_days_and_columns():
    first = dt.datetime(2026, 7, 31, 15, 59, 59, tzinfo=dt.UTC)  # the last second of 31 July
    person = user("bureau", Role.BUREAU, display_name="王某", act=Act(at=first))
    item(code="SX-1", name="公交", act=Act(at=first))
    item(code="SX-2", name="社保卡", act=Act(by=person, at=first + dt.timedelta(seconds=1)))

    def found(**asked) -> list[str]:
        rows = Revision.objects.of_entries().asked(**asked).order_by("sequence")
        return [row.record_code for row in rows]

    assert found() == ["SX-1", "SX-2"]
    assert found(words="公交") == ["SX-1"]
    assert found(words="sx-2") == ["SX-2"]
    assert found(words="王某") == ["SX-2"]
    assert found(before=dt.date(2026, 7, 31)) == ["SX-1"]
    assert found(after=dt.date(2026, 8, 1)) == ["SX-2"]
    assert found(after=dt.date(2026, 7, 31), before=dt.date(2026, 8, 1)) == ["SX-1", "SX-2"]
    assert found(action="change") == []


# --- labels stay what they were -------------------------------------------------------------


def test_labels_stay_in_the_trail_as_they_were_when_a_record_is_renamed():
    lead = unit("资阳市规划局")
    entry = item(lead=lead, sector=sector("planning"))
    lead.name = "资阳市自然资源和规划局"
    lead.save()
    row = rows_of(entry)[0]
    assert row.unit_name == "资阳市规划局"
    assert ("牵头单位", "", "资阳市规划局") in told(row)
    assert told(rows_of(lead)[1]) == [("名称", "资阳市规划局", "资阳市自然资源和规划局")]


def test_a_version_keeps_names_as_they_were_then():
    lead = unit("资阳市规划局")
    entry = item(lead=lead, regions=[region("512002"), region("chengdu-east")])
    lead.name = "资阳市自然资源和规划局"
    lead.save()
    entry.name = "新名"
    entry.save()
    first, second = EntryVersion.objects.filter(entry=entry.pk)
    said = first.state.facts
    assert (first.name, said["lead"]["text"], said["sector"]["text"], said["regions"]) == (
        "合作事项1",
        "资阳市规划局",
        "交通",
        {"value": ["512002", "chengdu-east"], "text": "雁江区、成都东部新区"},
    )
    assert first.places == "|510100|512000|512002|chengdu-east|"
    assert (second.name, second.state.facts["lead"]["text"]) == ("新名", "资阳市自然资源和规划局")


def test_the_names_of_a_past_day_are_those_of_then():
    first = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    second = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    lead = unit("资阳市规划局", act=Act(at=first))
    lead.name = "资阳市自然资源和规划局"
    lead.save(act=Act(at=second))
    columns = ("record_key", "version", "name", "recorded_from", "recorded_to")
    assert list(RecordVersion.objects.values_list(*columns)) == [
        (lead.pk, 1, "资阳市规划局", first, second),
        (lead.pk, 2, "资阳市自然资源和规划局", second, None),
    ]

    def named(*day: int) -> list[str]:
        return [unit.name for unit in Names.at(AsOf(dt.date(*day))).units.values()]

    assert named(2025, 12, 31) == []
    assert named(2026, 1, 1) == named(2026, 1, 31) == ["资阳市规划局"]
    assert named(2026, 2, 1) == ["资阳市自然资源和规划局"]


def test_a_unit_that_is_deleted_stays_in_the_trail_with_all_it_said():
    gone = unit("资阳市某局", short_name="某局", region=region("512000"))
    key = gone.pk
    gone.delete(act=Act(note="机构撤并"))
    assert not Organisation.objects.filter(pk=key).exists()
    rows = Revision.objects.filter(record_model="organisation", record_key=str(key))
    row = rows.get(action="delete")
    assert (row.record_name, row.record_version, row.note) == ("资阳市某局", 2, "机构撤并")
    assert told(row) == [
        ("名称", "资阳市某局", ""),
        ("简称", "某局", ""),
        ("类别", "部门", ""),
        ("所在地区", "资阳市", ""),
    ]


def test_a_unit_that_leads_an_entry_cannot_be_deleted_and_leaves_no_row():
    lead = unit("资阳市某局")
    item(lead=lead)
    with pytest.raises(Exception, match="protected"), transaction.atomic():
        lead.delete()
    assert [row.action for row in rows_of(lead)] == ["create"]
    assert Organisation.objects.get(pk=lead.pk).version == 1


def test_a_person_is_named_in_the_trail_after_the_account_is_gone():
    person = bureau()
    entry = item(act=Act(by=person))
    key = person.pk
    person.groups.clear()
    person.delete()
    row = rows_of(entry)[0]
    assert not User.objects.filter(pk=key).exists()
    assert (row.actor_id, row.actor_name) == (key, "bureau")


# --- versions -------------------------------------------------------------------------------


def test_each_change_closes_the_version_before_it_and_opens_the_next():
    first = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    second = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    entry = item(act=Act(at=first))
    entry.name = "新名"
    entry.save(act=Act(at=second))
    versions = EntryVersion.objects.filter(entry=entry.pk)
    assert list(versions.values_list("version", "name", "recorded_from", "recorded_to")) == [
        (1, "合作事项1", first, second),
        (2, "新名", second, None),
    ]


def test_a_past_day_is_read_from_the_versions_to_its_last_moment():
    first, second = start_of(dt.date(2026, 1, 1)), start_of(dt.date(2026, 2, 1))
    third = start_of(dt.date(2026, 3, 1)) - dt.timedelta(microseconds=1)
    entry = item(act=Act(at=first))
    for name, at in (("新名", second), ("末名", third)):
        entry.name = name
        entry.save(act=Act(at=at))

    def known(*day: int) -> list[str]:
        return list(EntryVersion.objects.as_at(AsOf(dt.date(*day))).values_list("name", flat=True))

    assert known(2025, 12, 31) == []
    assert known(2026, 1, 1) == ["合作事项1"]
    assert known(2026, 1, 31) == ["合作事项1"]
    assert known(2026, 2, 1) == ["新名"]
    assert known(2026, 2, 27) == ["新名"]
    assert known(2026, 2, 28) == ["末名"]
    assert known(2026, 3, 1) == ["末名"]


def test_a_change_recorded_with_a_clock_that_went_back_still_leaves_versions_in_order():
    first = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    entry = item(act=Act(at=first))
    entry.name = "新名"
    entry.save(act=Act(at=first - dt.timedelta(hours=1)))
    versions = EntryVersion.objects.filter(entry=entry.pk)
    assert list(versions.values_list("recorded_from", "recorded_to")) == [
        (first, first),
        (first, None),
    ]


# --- dates ----------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [Source.WEB, Source.ADMIN, Source.IMPORT])
@pytest.mark.parametrize(
    ("field", "label"), [("due_on", "完成时限"), ("planned_start_on", "计划开始")]
)
def test_a_planned_date_does_not_move_without_a_reason(source, field, label):
    entry = item(**{field: dt.date(2026, 9, 30)})
    setattr(entry, field, dt.date(2026, 12, 31))
    with pytest.raises(ValidationError) as refusal:
        entry.save(act=Act(source=source))
    assert refusal.value.messages == [
        f"“{label}”由 2026-09-30 改为 2026-12-31，请在“变更原因”中选择原因并写明说明。"
    ]
    assert len(rows_of(entry)) == 1


def test_a_planned_date_is_not_emptied_without_a_reason():
    entry = item(due_on=dt.date(2026, 9, 30))
    entry.due_on = None
    with pytest.raises(ValidationError) as refusal:
        entry.save(act=Act(source=Source.ADMIN))
    assert refusal.value.messages == [
        "“完成时限”由 2026-09-30 改为 空，请在“变更原因”中选择原因并写明说明。"
    ]


def test_a_planned_date_moves_with_a_reason_which_the_trail_keeps():
    entry = item(due_on=dt.date(2026, 9, 30))
    entry.due_on = dt.date(2026, 12, 31)
    entry.save(act=Act(source=Source.ADMIN, reason=Reason.LAND, note="用地批复推迟"))
    row = rows_of(entry)[1]
    assert (row.reason, row.note, told(row)) == (
        "land",
        "用地批复推迟",
        [
            ("完成时限", "2026-09-30", "2026-12-31"),
            ("时限调整次数", "0", "1"),
            ("累计推迟天数", "", "92"),
        ],
    )
    assert [change["label"] for change in row.shown_changes] == ["完成时限"]


def test_a_planned_date_is_filled_for_the_first_time_without_a_reason():
    entry = item()
    entry.due_on = dt.date(2026, 12, 31)
    entry.save(act=Act(source=Source.ADMIN))
    assert told(rows_of(entry)[1]) == [
        ("完成时限", "", "2026-12-31"),
        ("完成时限（精度）", "", "日"),
        ("原定时限", "", "2026-12-31"),
    ]


@pytest.mark.parametrize(
    ("text", "due_on", "planned_start_on", "precision"),
    [
        ("2027", dt.date(2027, 12, 31), dt.date(2027, 1, 1), "year"),
        ("2028-02", dt.date(2028, 2, 29), dt.date(2028, 2, 1), "month"),
        ("2028-02-03", dt.date(2028, 2, 3), dt.date(2028, 2, 3), "day"),
    ],
)
def test_a_date_is_kept_as_exactly_as_it_is_known(text, due_on, planned_start_on, precision):
    entry = item()
    set_partial_date(entry, "due", PartialDate.parse(text), is_last=True)
    set_partial_date(entry, "planned_start", PartialDate.parse(text), is_last=False)
    entry.save()
    now = LedgerEntry.objects.get(pk=entry.pk)
    assert (now.due_on, now.due_precision) == (due_on, precision)
    assert (now.planned_start_on, now.planned_start_precision) == (planned_start_on, precision)
    assert (now.written("due"), now.written("planned_start")) == (text, text)
    told_texts = {c["field"]: c["new_text"] for c in rows_of(entry)[1].changes}
    assert (told_texts["due_on"], told_texts["planned_start_on"]) == (text, text)


def test_a_date_that_is_taken_off_takes_its_precision_with_it():
    entry = item(due_on=dt.date(2027, 12, 31), due_precision="year")
    set_partial_date(entry, "due", None, is_last=True)
    entry.save()
    now = LedgerEntry.objects.get(pk=entry.pk)
    assert (now.due_on, now.due_precision, now.written("due")) == (None, "", "")


def test_a_date_becomes_more_exact_without_moving():
    entry = item(due_on=dt.date(2027, 12, 31), due_precision="year")
    entry.due_precision = "day"
    entry.save(act=Act(source=Source.ADMIN))
    assert told(rows_of(entry)[1]) == [("完成时限（精度）", "年", "日")]


# --- waiting for the office -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "awaits"),
    [
        (Source.WEB, False),
        (Source.ADMIN, False),
        (Source.IMPORT, False),
        (Source.COMMAND, True),
        (Source.FIXTURE, True),
    ],
)
def test_an_entry_no_longer_awaits_its_update_once_the_office_has_edited_it(source, awaits):
    entry = item(awaits_update=True)
    entry.progress = "已通车"
    entry.save(act=Act(source=source))
    assert LedgerEntry.objects.get(pk=entry.pk).awaits_update is awaits


# --- off the lists, and back ------------------------------------------------------------------


def test_an_entry_leaves_the_lists_with_its_reason_and_is_not_deleted():
    entry = item()
    entry.delist(Act(by=bureau(), reason=Reason.REPLACED, note="年中有序替换"))
    now = LedgerEntry.objects.get(pk=entry.pk)
    row = rows_of(entry)[1]
    assert (now.delisted_on, now.status, now.version) == (today(), "not-started", 2)
    assert (row.action, row.reason, row.note) == ("delist", "replaced", "年中有序替换")
    assert told(row) == [("调出日期", "", today().isoformat())]
    assert not LedgerEntry.objects.listed().exists()


def test_an_entry_leaves_the_lists_on_the_day_that_is_given():
    entry = item()
    entry.delist(Act(reason=Reason.REPLACED, on=dt.date(2026, 6, 30)))
    assert LedgerEntry.objects.get(pk=entry.pk).delisted_on == dt.date(2026, 6, 30)
    assert rows_of(entry)[1].effective_on == dt.date(2026, 6, 30)


def test_an_entry_comes_back_on_the_lists():
    entry = item()
    entry.delist(Act(reason=Reason.REPLACED))
    entry.relist(Act(reason=Reason.OTHER, note="恢复列入"))
    assert [row.action for row in rows_of(entry)] == ["create", "delist", "relist"]
    assert list(LedgerEntry.objects.listed()) == [LedgerEntry.objects.get(pk=entry.pk)]


def test_an_entry_does_not_leave_or_join_the_lists_twice():
    entry = item()
    with pytest.raises(StepRefused) as refusal:
        entry.relist(Act(reason=Reason.OTHER))
    assert refusal.value.messages == [f"“{entry}”在列，无需调入。"]
    entry.delist(Act(reason=Reason.REPLACED, on=dt.date(2026, 6, 30)))
    with pytest.raises(StepRefused) as refusal:
        entry.delist(Act(reason=Reason.REPLACED))
    assert refusal.value.messages == [f"“{entry}”已于2026-06-30调出。"]
    assert [row.action for row in rows_of(entry)] == ["create", "delist"]


@pytest.mark.parametrize("reason", [None, Reason.FUNDING])
def test_an_entry_does_not_leave_the_lists_without_a_fitting_reason(reason):
    entry = item()
    with pytest.raises(StepRefused) as refusal:
        entry.delist(Act(reason=reason))
    assert refusal.value.messages == ["调出须选择原因。"]
    assert LedgerEntry.objects.listed().count() == 1


def test_an_entry_that_someone_has_changed_does_not_leave_the_lists_unseen():
    entry = item()
    seen = LedgerEntry.objects.get(pk=entry.pk)
    entry.name = "新名"
    entry.save()
    with pytest.raises(Stale):
        seen.delist(Act(reason=Reason.REPLACED))
    assert LedgerEntry.objects.get(pk=entry.pk).delisted_on is None


# --- the chain --------------------------------------------------------------------------------

AT = dt.datetime(2026, 7, 31, 1, 2, 3, 456789, tzinfo=dt.UTC)


def test_canonical_json_has_one_writing_for_one_value():
    value = {"乙": AT, "a": [dt.date(2026, 7, 31), None, True, 1]}
    assert canonical(value) == (
        '{"a":["2026-07-31",null,true,1],"乙":"2026-07-31T01:02:03.456789+00:00"}'.encode()
    )


def test_canonical_json_does_not_depend_on_the_time_zone_of_a_moment():
    assert canonical(AT.astimezone(timezone.get_default_timezone())) == canonical(AT)


def test_canonical_json_refuses_what_has_no_one_writing():
    with pytest.raises(TypeError):
        canonical({"amount": 1 + 2j})


def test_the_digest_of_a_row_is_what_another_program_computes():
    Sector(pk=7001, slug="water", name="水利能源", field="infrastructure").save(act=Act(at=AT))
    state = (
        '{"field":{"text":"基础设施","value":"infrastructure"},"name":{"text":"水利能源",'
        '"value":"水利能源"},"position":{"text":"0","value":0},"slug":{"text":"water",'
        '"value":"water"}}'
    )
    content = (
        '{"action":"create","actor_id":null,"actor_name":"系统","algorithm":"sha256","batch":"",'
        '"changes":[{"field":"slug","label":"标识","new":"water","new_text":"water","old":null,'
        '"old_text":""},{"field":"name","label":"名称","new":"水利能源","new_text":"水利能源",'
        '"old":null,"old_text":""},{"field":"field","label":"通报板块","new":"infrastructure",'
        '"new_text":"基础设施","old":null,"old_text":""},{"field":"position","label":"排序",'
        '"new":0,"new_text":"0","old":null,"old_text":""}],"effective_on":"2026-07-31",'
        '"ledger":"","new_status":"","note":"","old_status":"","previous_digest":"'
        + "0"
        * 64
        + '","reason":"","record_code":"water","record_key":"7001","record_model":"sector",'
        '"record_name":"水利能源","record_version":1,'
        '"recorded_at":"2026-07-31T01:02:03.456789+00:00","sequence":1,"source":"command",'
        f'"state_digest":"{sha256(state.encode()).hexdigest()}","unit_name":""}}'
    )
    assert Revision.objects.get().digest == sha256(content.encode()).hexdigest()


def test_each_row_carries_the_digest_of_the_one_before_it():
    for slug in ("water", "transport", "health"):
        sector(slug)
    rows = list(Revision.objects.order_by("sequence"))
    assert [row.sequence for row in rows] == [1, 2, 3]
    assert [row.previous_digest for row in rows] == [GENESIS, rows[0].digest, rows[1].digest]
    assert [row.digest for row in rows] == [row.computed_digest() for row in rows]


def test_the_digest_covers_every_column_but_itself():
    sector("water")
    row = Revision.objects.get()
    columns = {f.attname for f in Revision._meta.concrete_fields}
    assert row.content().keys() == columns - {"digest"}


def test_the_state_digest_is_that_of_all_the_record_said():
    entry = item(regions=[region("512002")])
    row = rows_of(entry)[0]
    assert row.state_digest == digest(entry.facts())
    assert row.state_digest == digest(EntryState.objects.get().facts)
    assert EntryVersion.objects.get().state == EntryState.objects.get()


# --- sentences ---------------------------------------------------------------------------------


def test_a_row_says_in_a_sentence_what_was_done():
    entry = at_status(Ledger.ITEMS, "launched", name="公交")
    entry.move_to("advancing", by=bureau())
    created, moved = rows_of(entry)
    assert created.sentence == "新增“SX-0001 公交”"
    assert moved.sentence.startswith("将“状态”由“已启动”改为“推进中”")
    assert moved.told == f"bureau{moved.sentence}。"


def test_a_long_change_is_cut_in_the_sentence_and_not_in_the_trail():
    entry = item(name="甲" * 40)
    entry.name = "乙" * 40
    entry.save()
    row = rows_of(entry)[1]
    assert row.sentence == f"将“名称”由“{'甲' * 28}…”改为“{'乙' * 28}…”"
    assert row.changes[0]["new"] == "乙" * 40


# --- access events -------------------------------------------------------------------------------


def events() -> list[tuple]:
    columns = ("sequence", "action", "username", "actor_name", "is_successful", "address")
    return list(AccessEvent.objects.order_by("sequence").values_list(*columns))


def test_a_sign_in_and_a_sign_out_are_access_events(client):
    user("leader", Role.LEADER, display_name="李某")
    client.post(reverse("login"), {"username": "Ｌeader", "password": PASSWORD})
    client.post(reverse("logout"))
    assert events() == [
        (1, "login", "leader", "李某（leader）", True, "127.0.0.1"),
        (2, "logout", "leader", "李某（leader）", True, "127.0.0.1"),
    ]


def test_a_failed_sign_in_is_an_access_event_without_the_password(client):
    user("leader", Role.LEADER)
    client.post(reverse("login"), {"username": "leader", "password": "Wrong-horse-26"})
    client.post(reverse("login"), {"username": "nobody", "password": "Wrong-horse-26"})
    assert events() == [
        (1, "login-failed", "leader", "未登录", False, "127.0.0.1"),
        (2, "login-failed", "nobody", "未登录", False, "127.0.0.1"),
    ]
    assert "Wrong-horse-26" not in str(AccessEvent.objects.values())


def test_a_name_that_a_log_cannot_hold_is_cleaned_in_the_event(client):
    client.post(reverse("login"), {"username": "no\r\nbo\u202edy", "password": "x"})
    assert events() == [(1, "login-failed", "nobody", "未登录", False, "127.0.0.1")]


def test_access_events_have_a_chain_of_their_own_and_leave_the_trail_alone(client):
    user("leader", Role.LEADER)
    before = list(Revision.objects.values())
    client.post(reverse("login"), {"username": "leader", "password": "Wrong-horse-26"})
    client.post(reverse("login"), {"username": "leader", "password": PASSWORD})
    first, second = AccessEvent.objects.order_by("sequence")
    assert (first.previous_digest, second.previous_digest) == (GENESIS, first.digest)
    assert list(Revision.objects.values()) == before


# --- other recorded models ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: region("512002"),
        lambda: sector("water"),
        lambda: unit("某局"),
        lambda: user("someone"),
        lambda: saved(
            Indicator(
                name="结对学校",
                value=60,
                qualifier="more-than",
                unit="所",
                sector=sector("education"),
                provenance="article",
            )
        ),
    ],
    ids=["region", "sector", "unit", "user", "indicator"],
)
def test_every_record_has_its_row_from_the_first(make):
    record = make()
    assert [(row.action, row.record_version, row.record_name) for row in rows_of(record)] == [
        ("create", 1, str(record))
    ]


def saved(record: Recorded) -> Recorded:
    record.save()
    return record


def test_a_clock_that_went_back_does_not_put_a_row_before_the_last_one():
    entry = item(act=Act(at=AT))
    entry.name = "新名"
    entry.save(act=Act(at=AT - dt.timedelta(hours=1)))
    assert rows_of(entry)[1].recorded_at == AT
    assert [v.recorded_from for v in entry.versions.order_by("version")] == [AT, AT]


def test_a_clock_that_went_back_does_not_put_a_row_before_that_of_another_record():
    item(act=Act(at=AT))
    other = item(act=Act(at=AT - dt.timedelta(hours=1)))
    row = rows_of(other)[0]
    assert (row.recorded_at, row.effective_on) == (AT, dt.date(2026, 7, 31))
    now = LedgerEntry.objects.get(pk=other.pk)
    assert (now.created_at, now.updated_at, other.versions.get().recorded_from) == (AT, AT, AT)


def test_a_changed_note_of_a_milestone_can_be_read_in_the_trail():
    entry = item(milestones=[{"name": "可研批复", "note": "旧说明"}])
    with entry.recording(Act()):
        entry.milestones.update(note="新说明")
    (change,) = rows_of(entry)[1].shown_changes
    assert (change["old_text"], change["new_text"]) == ("可研批复：旧说明", "可研批复：新说明")
