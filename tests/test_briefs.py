"""Briefs as records and as files: the text and its issue, the .docx, and templates."""

from __future__ import annotations

import datetime as dt
import io
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from docx.oxml.ns import qn
from docx.shared import Mm

from projects.briefs import built_in, document
from projects.choices import AccessAction, BriefSection, Role
from projects.models import (
    AccessEvent,
    Act,
    Brief,
    BriefRefused,
    BriefTemplate,
    Revision,
    Stale,
    TemplateRefused,
    User,
)
from projects.models.contents import AttachmentContent
from projects.periods import Quarter
from projects.templating import Filling, Para, fill, problems
from projects.verification import verify
from projects.wording import NOTICE

from . import factories, simulated

pytestmark = pytest.mark.django_db

JULY = simulated.JULY
SIGNED = {"number": "资同城发〔2026〕8号", "signer": "张某某", "issued_on": dt.date(2026, 8, 14)}
MARKED = "{{保密提示}}{{提示}}"


@pytest.fixture(scope="module", autouse=True)
def _months(django_db_setup: Any, django_db_blocker: Any) -> Any:
    with factories.kept_for_module(django_db_blocker):
        simulated.half_a_year()
        yield


@pytest.fixture
def office() -> User:
    return User.objects.get(username="office")


def july() -> Brief:
    return Brief.objects.of(JULY)


def written(office: User, **texts: str) -> Brief:
    brief = july()
    named = {BriefSection[name].value: text for name, text in texts.items()}
    brief.write(named, {"addressees": "各责任单位"}, Act(by=office), version=brief.version)
    return brief


def issued(office: User) -> Brief:
    brief = july()
    brief.issue(SIGNED, {"next": "抓好落实。"}, Act(by=office), version=brief.version)
    return brief


# --- the text -----------------------------------------------------------------------------------


def test_what_the_office_writes_is_a_record_with_its_trail(office: User) -> None:
    brief = written(office, NEXT="共{合作事项_总数}项。")
    (row,) = Revision.objects.of(brief)
    assert (row.record_name, row.record_code) == ("2026年7月通报", "2026-07")
    (told,) = [c for c in row.changes if c["field"] == "texts"]
    assert told["new_text"] == "【下一步工作】共{合作事项_总数}项。"
    assert verify().problem == ""


def test_a_text_with_an_unknown_name_is_not_kept(office: User) -> None:
    with pytest.raises(BriefRefused) as refusal:
        written(office, NEXT="共{合作事项_总}项。", LATE="好{")
    assert refusal.value.messages == [
        "“滞后和逾期事项”第1段：有不成对的花括号，数字的代号请写成 {合作事项_总数} 的样子。",
        "“下一步工作”第1段：没有代号“{合作事项_总}”，是否为“合作事项_总数”；可用的代号见本页所列。",
    ]
    assert not Brief.objects.exists()


def test_two_who_write_at_once_do_not_overwrite_each_other(office: User) -> None:
    mine = july()
    written(office, NEXT="先到的。")
    with pytest.raises(Stale):
        mine.write({"next": "后到的。"}, {}, Act(by=office), version=0)
    theirs = july()
    with pytest.raises(Stale):
        theirs.write({"next": "后到的。"}, {}, Act(by=office), version=0)
    assert july().texts == {"next": "先到的。"}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.BUREAU])
def test_only_the_office_writes_and_issues(role: Role, office: User) -> None:
    other = Act(by=factories.user("other", role))
    with pytest.raises(PermissionDenied):
        july().write({}, {}, other, version=0)
    with pytest.raises(PermissionDenied):
        july().issue(SIGNED, {}, other, version=0)
    brief = issued(office)
    with pytest.raises(PermissionDenied):
        brief.retract(other, version=brief.version)


def test_a_month_that_is_not_frozen_has_no_brief(office: User) -> None:
    brief = Brief(period="2026-08")
    with pytest.raises(BriefRefused, match="2026年8月没有冻结的月报，没有数字可以通报"):
        brief.write({}, {}, Act(by=office), version=0)


def test_an_issued_brief_changes_no_more_until_it_is_taken_back(office: User) -> None:
    brief = issued(office)
    assert (brief.is_issued, brief.round.period) == (True, JULY)
    with pytest.raises(BriefRefused, match="已签发，不能再修改"):
        brief.write({"next": "改了"}, {}, Act(by=office), version=brief.version)
    brief = july()
    with pytest.raises(BriefRefused, match="撤回签发须写明原因"):
        brief.retract(Act(by=office), version=brief.version)
    brief = july()
    brief.retract(Act(by=office, note="数字口径有误"), version=brief.version)
    assert (brief.state, brief.number, brief.note) == ("draft", "", "数字口径有误")
    assert july().texts == {"next": "抓好落实。"}
    assert verify().problem == ""


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"signer": ""}, "“签发人”还没有填写。"),
        ({"issued_on": None}, "“成文日期”还没有填写。"),
        ({"issued_on": dt.date(2026, 8, 1)}, "成文日期 2026-08-01 早于2026年7月月报冻结的日期"),
        ({"issued_on": dt.date(2199, 1, 1)}, "成文日期 2199-01-01 晚于今天，请核对。"),
    ],
)
def test_what_is_missing_for_the_issue_is_told(
    office: User, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BriefRefused, match=sentence):
        july().issue({**SIGNED, **given}, {}, Act(by=office), version=0)
    assert not Brief.objects.exists()


def test_no_brief_is_changed_past_its_doors(office: User) -> None:
    brief = written(office, NEXT="好。")
    brief.texts = {}
    with pytest.raises(BriefRefused):
        brief.save(act=Act(by=office))
    with pytest.raises(ValidationError):
        brief.delete()


def test_a_quarter_stays_with_the_month_it_was_issued_on(office: User) -> None:
    brief = Brief.objects.of(Quarter.parse("2026Q3"))
    brief.issue(SIGNED, {}, Act(by=office), version=0)
    august = simulated.rounds.open_month(JULY.following, by=office)
    simulated.rounds.close_month(august, by=office, version=august.version)
    stored = Brief.objects.get(period="2026Q3")
    assert stored.reads.period == JULY
    assert Brief(period="2026Q3").reads.period == JULY.following


# --- the file -----------------------------------------------------------------------------------


def opened(content: bytes) -> Any:
    return docx.Document(io.BytesIO(content))


def made(brief: Brief | None = None) -> Any:
    return opened(document(brief or july(), None).content)


def test_the_page_is_that_of_an_official_document() -> None:
    section = made().sections[0]
    wide, high = section.page_width, section.page_height
    top, left = section.top_margin, section.left_margin
    area = wide - left - section.right_margin, high - top - section.bottom_margin
    measured = [round(length / Mm(1), 1) for length in (wide, high, top, left, *area)]
    assert measured == [210, 297, 37, 28, 156, 225]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert grid.get(qn("w:type")) == "linesAndChars"
    assert int(grid.get(qn("w:linePitch"))) * 22 <= 225 / 25.4 * 1440
    assert int(grid.get(qn("w:linePitch"))) * 23 > 225 / 25.4 * 1440


@pytest.mark.parametrize(
    ("style", "font", "points"),
    [
        ("通报正文", "仿宋_GB2312", 16),
        ("通报标题", "方正小标宋简体", 22),
        ("通报一级标题", "黑体", 16),
        ("通报二级标题", "楷体_GB2312", 16),
        ("页码", "宋体", 14),
    ],
)
def test_the_fonts_are_those_of_the_standard(style: str, font: str, points: float) -> None:
    found = made().styles[style]
    fonts = found.element.rPr.rFonts
    assert (fonts.get(qn("w:eastAsia")), found.font.size.pt) == (font, points)


def test_page_numbers_stand_at_the_outer_edge_with_the_notice_below() -> None:
    told = made()
    assert told.settings.odd_and_even_pages_header_footer
    for section in told.sections:
        odd, even = section.footer.paragraphs, section.even_page_footer.paragraphs
        assert (odd[0].alignment, even[0].alignment) == (2, 0)
        assert [line[0].text for line in (odd, even)] == ["— 1 —", "— 1 —"]
        assert [line[1].text for line in (odd, even)] == [NOTICE, NOTICE]


def test_the_figures_stand_in_the_text_and_nothing_is_left_open() -> None:
    texts = [paragraph.text for paragraph in made().paragraphs]
    assert "关于2026年7月成资同城化合作台账\n推进情况的通报" in texts
    assert "（拟稿，未签发；含示例数据，不是真实事项，不得用于上报）" in texts
    assert any(
        text.startswith("合作事项4项，较上月增加1项。其中已启动3项，占75.0%") for text in texts
    )
    assert texts[-1] != ""
    assert "{" not in "".join(texts)
    headings = ["一、总体情况", "二、分领域推进情况", "六、下一步工作", "附件1", "附件4"]
    assert [text for text in texts if text in headings] == headings


def test_the_tables_have_a_row_for_each_and_repeat_their_heads() -> None:
    late, matters, money, units = made().tables
    assert [cell.text for cell in late.rows[1].cells][:3] == ["1", "SX-0001", "断头路建设"]
    assert [len(table.rows) for table in (matters, money, units)] == [3, 2, 3]
    assert [cell.text for cell in money.rows[1].cells][4:8] == ["1,200", "100", "100", "8.3%"]
    for table in (late, matters, money, units):
        properties = [row._tr.trPr for row in table.rows]
        assert properties[0].find(qn("w:tblHeader")) is not None
        assert all(p.find(qn("w:cantSplit")) is not None for p in properties)


def test_an_issued_brief_bears_its_number_and_day_and_no_mark_of_a_draft(office: User) -> None:
    issued(office)
    texts = [paragraph.text for paragraph in made().paragraphs]
    assert "资同城发〔2026〕8号" in texts
    assert "2026年8月14日" in texts
    assert "（含示例数据，不是真实事项，不得用于上报）" in texts
    day = next(p for p in made().paragraphs if p.text == "2026年8月14日")
    indent = day._p.pPr.find(qn("w:ind"))
    assert (day.alignment, indent.get(qn("w:rightChars"))) == (2, "400")


def test_the_same_data_make_the_same_bytes(office: User) -> None:
    first = document(july(), None)
    assert document(july(), None).content == first.content
    written(office, NEXT="另写。")
    assert document(july(), None).sha256 != first.sha256


def test_an_empty_table_says_so() -> None:
    filled = opened(fill(built_in(), Filling(tables={"问题表": []})))
    assert [cell.text for cell in filled.tables[1].rows[1].cells] == ["无"] + [""] * 7


def test_what_a_unit_types_is_never_read_as_a_name() -> None:
    filling = Filling({"标题": "题"}, {"开头": [Para("body", "{{标题}}")]}, {})
    texts = [paragraph.text for paragraph in opened(fill(built_in(), filling)).paragraphs]
    assert "题" in texts
    assert "{{标题}}" in texts


# --- templates ----------------------------------------------------------------------------------


def template(
    *texts: str, change: Callable[[Any], None] | None = None, marks: str = MARKED
) -> bytes:
    document = docx.Document()
    for text in (*texts, marks):
        document.add_paragraph(text)
    if change:
        change(document)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def rows_of(*rows: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        table = document.add_table(rows=len(rows), cols=1)
        for row, text in zip(table.rows, rows, strict=True):
            row.cells[0].text = text

    return change


def test_the_built_in_template_has_nothing_wrong_with_it_and_is_always_the_same() -> None:
    assert problems(built_in()) == []
    built_in.cache_clear()
    first = built_in()
    built_in.cache_clear()
    assert built_in() == first


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            lambda: template("共{{合作事项总数}}项"),
            "正文第1段（“共{{合作事项总数}}项”）：没有代号“{{合作事项总数}}”，"
            "是否为“合作事项_总数”；可用的代号见本页所列。",
        ),
        (
            lambda: template("好", "共{{合作事项_总数项"),
            "正文第2段（“共{{合作事项_总数项”）：花括号没有成对，"
            "代号请写成“{{合作事项_总数}}”的样子。",
        ),
        (
            lambda: template("{% for x in range(9) %}"),
            "正文第1段（“{% for x in range(9) %}”）：不支持“{%…%}”一类的语句；"
            "表格逐行重复的，在该行写“{{滞后表.名称}}”即可。",
        ),
        (
            lambda: template("如下：{{总体情况}}"),
            "正文第1段（“如下：{{总体情况}}”）：“{{总体情况}}”须单独成段，同一段中不能有其他文字。",
        ),
        (
            lambda: template("{{滞后表.名称}}"),
            "正文第1段（“{{滞后表.名称}}”）：“{{滞后表.名称}}”只能放在正文的表格中，"
            "所在的行会逐条重复。",
        ),
        (
            lambda: template(change=rows_of("头", "{{滞后表.名称}}{{问题表.问题}}")),
            "正文第1个表格第2行（“{{滞后表.名称}}{{问题表.问题}}”）："
            "同一行用了几个表的代号（滞后表、问题表），一行只能用一个表。",
        ),
        (
            lambda: template(change=rows_of("{{总体情况}}")),
            "正文第1个表格第1行（“{{总体情况}}”）：“{{总体情况}}”是整段文字，"
            "只能放在正文中、表格以外。",
        ),
        (
            lambda: template("好", marks="{{提示}}"),
            "模板中没有“{{保密提示}}”，请在页脚或文末加上。",
        ),
        (
            lambda: template("好", marks="{{保密提示}}"),
            "模板中没有“{{提示}}”（拟稿和示例数据的提示），请在标题下单独一段加上。",
        ),
        (
            lambda: template("好", change=lambda d: d.part.relate_to(ELSEWHERE, LINK, True)),
            "模板引用了外部的链接、图片或模板，请改为文字或嵌入的图片后再上传。",
        ),
        (
            lambda: template("好", change=fetching),
            "模板中有引用其他文件的域，请改为文字后再上传。",
        ),
    ],
)
def test_a_broken_template_is_refused_with_its_place_and_nothing_is_kept(
    office: User, content: Callable[[], bytes], sentence: str
) -> None:
    with pytest.raises(TemplateRefused) as refusal:
        BriefTemplate.keep(content(), "通报模板.docx", Act(by=office))
    assert refusal.value.messages == [sentence]
    assert not BriefTemplate.objects.exists()
    assert not AttachmentContent.objects.exists()


ELSEWHERE = "file:///c:/other.dotx"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"


def fetching(document: Any) -> None:
    run = document.add_paragraph().add_run()._r
    code = run.makeelement(qn("w:instrText"))
    code.text = " INCLUDETEXT other.docx "
    run.append(code)


def test_a_name_that_word_has_cut_into_runs_is_still_one(office: User) -> None:
    def cut(document: Any) -> None:
        line = document.add_paragraph()
        for text in ("共{", "{合作事项", "_总数}", "}项"):
            line.add_run(text)

    content = template(change=cut)
    assert problems(content) == []
    filled = opened(fill(content, Filling({"合作事项_总数": "4"})))
    assert filled.paragraphs[-1].text == "共4项"


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (factories.PDF, "模板.pdf", "“模板.pdf”是PDF文件，通报模板须是Word文档（.docx）。"),
        (b"PK\x03\x04junk", "模板.docx", "文件已损坏或不完整"),
        (b"", "模板.docx", "文件是空的，请重新选择。"),
    ],
)
def test_what_is_no_docx_is_refused(office: User, content: bytes, name: str, sentence: str) -> None:
    with pytest.raises(TemplateRefused) as refusal:
        BriefTemplate.keep(content, name, Act(by=office))
    assert sentence in "".join(refusal.value.messages)


def test_a_document_type_in_a_part_is_not_read() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(built_in())) as old, zipfile.ZipFile(content, "w") as new:
        for member in old.infolist():
            part = old.read(member)
            if member.filename == "word/document.xml":
                part = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + part
            new.writestr(member.filename, part)
    assert problems(content.getvalue()) == ["文件内部含有文档类型声明，请用Word或WPS重新保存。"]


def test_one_template_at_a_time_is_in_use_and_the_versions_stay(office: User) -> None:
    act = Act(by=office)
    first = BriefTemplate.keep(template("一 {{标题}}"), "一.docx", act)
    second = BriefTemplate.keep(template("二 {{标题}}"), "二.docx", act)
    assert BriefTemplate.objects.in_use() is None
    for found in (first, second):
        found.enable(act, version=found.version)
    assert BriefTemplate.objects.in_use() == second
    assert BriefTemplate.objects.count() == 2
    told = opened(document(july(), BriefTemplate.objects.in_use()).content)
    assert told.paragraphs[0].text == "二 关于2026年7月成资同城化合作台账\n推进情况的通报"
    second.disable(act, version=second.version)
    assert BriefTemplate.objects.in_use() is None
    assert verify().problem == ""


def test_the_same_file_is_not_kept_twice(office: User) -> None:
    content = template("{{标题}}")
    BriefTemplate.keep(content, "一.docx", Act(by=office))
    with pytest.raises(TemplateRefused, match="同一文件已经上传过"):
        BriefTemplate.keep(content, "二.docx", Act(by=office))


def test_a_template_changed_in_the_database_is_found(office: User) -> None:
    kept = BriefTemplate.keep(template("{{标题}}"), "一.docx", Act(by=office))
    factories.lift_guards()
    factories.bare(AttachmentContent).filter(sha256=kept.sha256).update(content=b"PK")
    assert verify().problem == f"通报模板“{kept}”的内容与登记的摘要不符，已被改动。"
    with pytest.raises(TemplateRefused, match="与登记的摘要不符"):
        kept.read()


# --- the command --------------------------------------------------------------------------------


def test_the_command_writes_the_brief_and_leaves_an_access_event(
    tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "七月.docx"
    call_command("brief", "2026-07", out=path)
    expected = document(july(), None)
    assert path.read_bytes() == expected.content
    assert expected.sha256 in capsys.readouterr().out
    event = AccessEvent.objects.order_by("sequence").last()
    assert (event.action, event.details["sha256"]) == (AccessAction.EXPORT, expected.sha256)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["2026-08"], "2026年8月没有冻结的月报，没有通报；请先冻结该月月报。"),
        (["2026年7月"], "“2026年7月”不是月份或季度，请写成 2026-07 或 2026Q3。"),
        (["2026-07", "--template", "9"], "没有编号为9的通报模板，现有：0（内置）。"),
    ],
)
def test_the_command_says_what_is_in_its_way(given: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("brief", *given)


# --- on paper -----------------------------------------------------------------------------------


def test_libreoffice_opens_it_and_every_annex_begins_a_page(tmp_path: Path) -> None:
    (tmp_path / "b.docx").write_bytes(document(july(), None).content)
    if not has_writer():
        if os.environ.get("REQUIRE_ALL"):
            pytest.fail("no LibreOffice Writer was found (libreoffice-writer-nogui)")
        pytest.skip("no LibreOffice Writer found")
    home = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run(
        [*command, str(tmp_path / "b.docx")], check=True, capture_output=True, timeout=120
    )
    content = (tmp_path / "b.pdf").read_bytes()
    # The text takes four pages, each of the four annexes one.
    assert content.count(b"/Type/Page/") == PAGES


PAGES = 8


def has_writer() -> bool:
    office = shutil.which("soffice")
    return bool(office) and (Path(office).resolve().parent / "libswlo.so").exists()
