"""What text may stand in the ledger, and in which form."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from projects import text
from projects.choices import Role
from projects.models import Agreement, LedgerEntry, Revision, User
from projects.models.fields import validate_code, validate_plain_text
from projects.models.places import search_text
from tests.factories import item, problem, user

#: The same cases on every run.
repeatable = settings(derandomize=True, deadline=None)
#: Letters, marks, blanks, zero-width and full-width characters, which fold in many ways.
TRICKY = st.text(
    st.sampled_from("aAſßİıKéńǆ\u0301\u0327\u0345ΐﬃ²１Ａ－ \u3000\t\u200b\u200d\ufeff\u00ad示例")
)


# --- names and remarks ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("  成资大道 \n", "成资大道"),
        ("\u3000全角空格\u3000", "全角空格"),
        ("一行\r\n二行\r三行", "一行\n二行\n三行"),
        ("Cafe\u0301", "Café"),
        ("轨道交通（资阳线），“成资S3线”；", "轨道交通（资阳线），“成资S3线”；"),
        ("１２３ＡＢＣ", "１２３ＡＢＣ"),
        ("第½期", "第½期"),
        ("𠮷野家", "𠮷野家"),
        ("", ""),
    ],
)
def test_names_and_remarks_are_kept_as_they_are_written_in_nfc(given_text, kept):
    assert text.plain(given_text) == kept


@repeatable
@given(st.text())
def test_plain_text_is_plain_already(given_text):
    once = text.plain(given_text)
    assert (text.plain(once), unicodedata.is_normalized("NFC", once)) == (once, True)


REFUSED = {
    **{chr(code): f"U+{code:04X}" for code in range(0x20) if chr(code) not in "\t\n"},
    **{chr(code): f"U+{code:04X}" for code in range(0x7F, 0xA0)},
    **{chr(code): f"U+{code:04X}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))},
    **{chr(code): f"U+{code:04X}" for code in (0xD800, 0xDFFF)},
}


@pytest.mark.parametrize("character", REFUSED, ids=list(REFUSED.values()))
def test_controls_overrides_and_lone_surrogates_are_refused_by_name(character):
    named = REFUSED[character]
    assert text.forbidden_character(f"名称{character}") == named
    with pytest.raises(ValidationError) as refusal:
        validate_plain_text(f"名称{character}")
    assert refusal.value.messages == [
        f"含有不允许的字符 {named}（控制字符或改变文字方向的字符），请删去后重新填写。"
    ]


def test_no_other_character_is_refused():
    every = (chr(code) for code in range(0x110000))
    refused = {character for character in every if text.forbidden_character(character)}
    surrogates = {chr(code) for code in range(0xD800, 0xE000)}
    no_characters = {chr(p << 16 | last) for p in range(17) for last in (0xFFFE, 0xFFFF)}
    assert refused - surrogates - no_characters == set(REFUSED) - surrogates
    assert surrogates | no_characters <= refused


INVISIBLE = ["\u200b", "\u3164", "\u2800", "\ufeff", "\u00ad", "\u200b \u3164", "\u2060\ufe0f"]


@pytest.mark.parametrize("field", ["name", "remarks"])
@pytest.mark.parametrize("value", INVISIBLE, ids=ascii)
def test_what_nobody_can_see_fills_no_column(field, value):
    asked = LedgerEntry._meta.get_field(field)
    with pytest.raises(ValidationError) as refusal:
        asked.run_validators(value)
    assert refusal.value.messages == ["不能只填看不见的字符。"]
    asked.run_validators(f"{value}名")


@pytest.mark.django_db
@pytest.mark.parametrize("value", INVISIBLE, ids=ascii)
def test_a_title_that_nobody_can_see_is_refused_by_the_doors(value):
    with pytest.raises(ValidationError) as refusal:
        problem(title=value)
    assert refusal.value.messages == ["“标题”：不能只填看不见的字符。"]


@pytest.mark.parametrize("value", ["两\n行", "一\t格"])
def test_a_name_is_one_line(value):
    with pytest.raises(ValidationError, match="只能写一行"):
        LedgerEntry._meta.get_field("name").run_validators(value)


def test_prose_ends_where_a_cell_of_a_workbook_does():
    field = LedgerEntry._meta.get_field("remarks")
    field.run_validators("字" * 30_000)
    with pytest.raises(ValidationError, match="30000"):
        field.run_validators("字" * 30_001)


def test_the_first_of_several_forbidden_characters_is_named():
    assert text.forbidden_character("a\u202eb\x00") == "U+202E"


# --- codes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("sx-0001", "SX-0001"),
        ("ＳＸ－０００１", "SX-0001"),
        (" SX-0001\u3000", "SX-0001"),
        ("S\u200bX-00\ufeff01", "SX-0001"),
        ("SX-\u00ad0001", "SX-0001"),
        ("SX-0001\n", "SX-0001"),
    ],
)
def test_codes_that_look_alike_are_one(given_text, kept):
    assert text.code(given_text) == kept


@pytest.mark.parametrize(
    "given_text",
    ["", "-", "SX-", "-1", "SX--1", "SX_1", "SX 1", "sx-1", "协议1", "SX-①", "SX-٣", "SX-1\n", "a"],
)
def test_what_is_no_code_is_refused(given_text):
    with pytest.raises(ValidationError) as refusal:
        validate_code(given_text)
    assert refusal.value.messages == [
        f"“{given_text}”不是编号：只能用大写字母、数字和中间的短横，例如 SX-0001。"
    ]


@pytest.mark.parametrize("given_text", ["SX-0001", "1", "A", "JC-2026-01"])
def test_what_is_a_code_is_accepted(given_text):
    validate_code(given_text)  # raises when it is refused


@pytest.mark.django_db
def test_a_code_is_found_however_it_is_written():
    entry = item(code="sx-0007")
    assert LedgerEntry.objects.get(code="ＳＸ－０００７").pk == entry.pk
    assert LedgerEntry.objects.get(pk=entry.pk).code == "SX-0007"


@pytest.mark.django_db
def test_two_codes_that_look_alike_do_not_both_enter():
    item(code="SX-0007")
    with pytest.raises(IntegrityError), transaction.atomic():
        item(code="sx-00\u200b07")
    assert LedgerEntry.objects.count() == 1


# --- user names -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("Wang.Wei", "wang.wei"),
        ("ｗａｎｇ", "wang"),
        (" wang wei ", "wangwei"),
        ("wa\u200bng", "wang"),
        ("STRASSE", "strasse"),
        ("straße", "strasse"),
        ("王伟", "王伟"),
        ("e\u200b\u0301", "é"),
        ("e \u0301", "é"),
    ],
)
def test_user_names_that_look_alike_are_one(given_text, kept):
    assert text.username(given_text) == kept


@repeatable
@given(TRICKY)
def test_a_user_name_that_is_folded_stays_as_it_is(given_text):
    once = text.username(given_text)
    assert text.username(once) == once


@repeatable
@given(TRICKY)
def test_a_code_that_is_folded_stays_as_it_is(given_text):
    once = text.code(given_text)
    assert text.code(once) == once


@pytest.mark.django_db
def test_a_person_is_found_however_the_name_is_typed():
    made = user("Wang.Wei", Role.LEADER)
    assert User.objects.get_by_natural_key(" ＷＡＮＧ．wei").pk == made.pk
    assert User.objects.get(pk=made.pk).username == "wang.wei"


@pytest.mark.django_db
def test_two_user_names_that_look_alike_do_not_both_enter():
    user("wangwei")
    with pytest.raises(IntegrityError), transaction.atomic():
        user("Wang\u200bWei")
    assert User.objects.count() == 1


# --- on the way to the database ---------------------------------------------------------------


@pytest.mark.django_db
def test_text_reaches_record_version_and_trail_in_the_same_form():
    entry = item(name=" Cafe\u0301 大道 ", description="一\r\n二")
    stored = LedgerEntry.objects.get(pk=entry.pk)
    version = stored.versions.get()
    assert (stored.name, stored.description) == ("Café 大道", "一\n二")
    said = version.state.facts
    assert version.name == "Café 大道"
    assert (said["name"]["value"], said["description"]["value"]) == ("Café 大道", "一\n二")
    kept = {c["field"]: c["new"] for c in Revision.objects.of(stored).get().changes}
    assert (kept["name"], kept["description"]) == ("Café 大道", "一\n二")


@pytest.mark.django_db
def test_text_is_asked_for_in_the_form_in_which_it_is_kept():
    entry = item(name="Café")
    assert LedgerEntry.objects.get(name=" Cafe\u0301 ").pk == entry.pk


def test_a_model_form_of_any_entry_refuses_what_text_may_not_hold():
    refused = {
        field.name
        for field in Agreement._meta.concrete_fields
        if validate_plain_text in field.validators
    }
    assert refused == {
        "aliases",
        "contact_leader",
        "description",
        "filing_number",
        "name",
        "next_step",
        "parties",
        "progress",
        "remarks",
        "responsible_person",
        "source_note",
        "task_force",
    }


# --- search -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_text", "sounds"),
    [
        ("成资S3线", "chengzis3xian czs3x"),
        ("轨道交通", "guidaojiaotong gdjt"),
        ("重庆", "chongqing cq"),
        ("Metro 3", "metro3 metro3"),
    ],
)
def test_chinese_is_found_by_its_sound_and_by_its_initials(given_text, sounds):
    assert text.pinyin(given_text) == sounds


def test_search_looks_in_the_parts_as_written_and_as_they_sound():
    assert search_text("成资S3线", "", "Ｒ３ 线") == (
        "成资s3线 r3线 chengzis3xian czs3x r3xian r3x"
    )


def test_full_width_and_capitals_make_no_difference_to_a_search():
    assert text.searchable("成资Ｓ3 线") == text.searchable("成资s3线") == "成资s3线"


# --- the guard of a CSV -----------------------------------------------------------------------


@repeatable
@given(st.text(st.sampled_from("'=+-@|%\t\r\n \"1.甲＝\u200b\ufeff")))
def test_the_guard_is_taken_off_again_and_nothing_else_is(written):
    assert text.unguarded(text.guarded(written)) == written
    assert text.unguarded(written) == written or text.guarded(text.unguarded(written)) == written


def test_initials_are_those_of_the_dictionary():
    lazy_pinyin = pytest.importorskip("pypinyin").lazy_pinyin
    every = "".join(chr(code) for code in range(0x4E00, 0xA000, 7))
    for written in ("成资S3线（轨道交通）", "两地公交、地铁“一卡通”", "A1", "", every):
        initials = "".join(lazy_pinyin(written, style=4, errors="default"))
        assert text.pinyin(written).partition(" ")[2] == text.searchable(initials)


@pytest.mark.parametrize(
    ("written", "shown", "is_cut"),
    [
        ("", "", False),
        ("一二三四", "一二三四", False),
        ("一二三四五六七八", "一二三四五六七八", False),
        ("一二三四五六七八九", "一二三四五六七", True),
        ("abcdefgh一二三四", "abcdefgh一二三四", False),
        ("ABWMmw@%", "ABWMmw@%", False),
        ("ABWMmw@%a", "ABWMmw@", True),
        ("一\n二\n三", "一\n二", True),
        ("一\n\n二", "一\n", True),
        ("一\n二三四五六七", "一\n二三四", True),
        ("一二三四\n", "一二三四\n", False),
    ],
)
def test_a_text_is_fitted_to_lines_of_so_many_characters(written, shown, is_cut):
    assert text.fitting(written, columns=4, lines=2) == (shown, is_cut)


@repeatable
@given(st.text(alphabet="一a，\n", max_size=60), st.integers(2, 9), st.integers(1, 5))
def test_what_is_fitted_begins_the_text_and_fills_no_more_lines(written, columns, lines):
    shown, is_cut = text.fitting(written, columns=columns, lines=lines)
    assert written.startswith(shown)
    assert is_cut == (shown != written)
    assert sum(text.lines_of(line, columns) for line in shown.split("\n")) <= lines
