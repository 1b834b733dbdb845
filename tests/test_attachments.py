"""Attachments: what may come in, who may bring and take it, and that it stays what it was."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client

from projects import filekinds, rounds, scanning
from projects.checks import scanner_is_there
from projects.choices import AccessAction, Action, FileKind, Reason, Role, Source
from projects.models import (
    AccessEvent,
    Act,
    Attachment,
    AttachmentContent,
    AttachmentRefused,
    CooperationItem,
    Milestone,
    Report,
    Revision,
    Stale,
    Undo,
    User,
)
from projects.periods import AsOf, Month, today
from projects.verification import verify

from . import factories
from .factories import PDF
from .hostilefiles import EICAR, HONEST, HOSTILE, office, png

pytestmark = pytest.mark.django_db

PERIOD = Month.of(today()).before
OTHER_PDF = PDF.replace(b"1.4", b"1.5")


@pytest.fixture
def entry() -> CooperationItem:
    return factories.item(status="launched", milestones=[{"name": "通车"}])


@pytest.fixture
def bureau() -> User:
    return factories.bureau()


@pytest.fixture
def reporter(entry: CooperationItem) -> User:
    return factories.user("clerk", Role.REPORTER, unit=entry.lead)


@pytest.fixture
def report(entry: CooperationItem, bureau: User) -> Report:
    rounds.open_month(PERIOD, by=bureau)
    return Report.objects.for_rows().get()


def html_of(response: Any) -> str:
    return unescape(response.content.decode())


def uploaded(content: bytes = PDF, name: str = "验收意见.pdf", **given: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content), **given}


def path_of(entry: CooperationItem) -> str:
    return f"/items/{entry.code}/attachments/"


def report_path(report: Report) -> str:
    return f"/rounds/{PERIOD}/reports/{report.entry.code}/attachments/"


def submit(report: Report, by: User) -> None:
    act = Act(by=by, source=Source.WEB)
    report.fill({"progress": "主体完工"}, act, version=report.version)
    report.take("submit", act, version=report.version)


# --- what may come in ------------------------------------------------------------------------


@pytest.mark.parametrize("case", HONEST)
def test_a_kind_is_known_by_its_content(case: str) -> None:
    content, kind, name = HONEST[case]
    assert filekinds.kind_of(content) == kind
    assert filekinds.agrees(kind, filekinds.cleaned(name))


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_document_is_refused(case: str) -> None:
    content, word = HOSTILE[case]
    with pytest.raises(filekinds.FileRefused, match=word):
        filekinds.kind_of(content)


@pytest.mark.parametrize("case", HONEST)
def test_no_beginning_of_a_document_breaks_the_look_at_it(case: str) -> None:
    """Whatever is cut off or turned over is taken or refused, and nothing else happens."""
    content, *_ = HONEST[case]
    for at in range(0, len(content), max(1, len(content) // 60)):
        turned = bytearray(content)
        turned[at] ^= 0xFF
        for piece in (content[:at], bytes(turned)):
            with suppress(filekinds.FileRefused):
                assert filekinds.kind_of(piece) in FileKind


@pytest.mark.parametrize("kind", FileKind)
def test_each_kind_has_its_endings_and_its_type(kind: FileKind) -> None:
    assert filekinds.EXTENSIONS[kind]
    assert "/" in filekinds.CONTENT_TYPES[kind]
    assert kind in {known for _, known, _ in HONEST.values()}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (PDF, "批复.exe"),
        (PDF, "批复"),
        (PDF, "批复.pdf.html"),
        (PDF, "批复.docx"),
        (PDF, "\u202efdp.exe"),
        (office(), "纪要.docm"),
        (office(), "纪要.zip"),
        (png(), "现场.jpg"),
        ("说明".encode(), "说明.js"),
        ("说明".encode(), "说明.csv"),
        ("说明".encode(), ".txt"),
    ],
)
def test_a_name_has_to_agree_with_the_content(
    entry: CooperationItem, content: bytes, name: str
) -> None:
    with pytest.raises(AttachmentRefused, match="与扩展名不符"):
        factories.attachment(entry, content, name)
    assert not Attachment.objects.exists()
    assert not AttachmentContent.objects.exists()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("验收意见.PDF", "验收意见.pdf"),
        ("C:\\Users\\某人\\批复.pdf", "批复.pdf"),
        ("../../etc/批复.pdf", "批复.pdf"),
        ("批\r\n复\x00\x1b.pdf", "批复.pdf"),
        ("批\u202efdp.\u2066复\u200b.pdf", "批fdp.复.pdf"),
        ("e\u0301.pdf", "\u00e9.pdf"),
        ("  批 \u3000 复 . pdf. ", "批 复. pdf"),
        ('批"复<1>|?*:.pdf', "批_复_1_____.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("falcon.pdf", "falcon.pdf"),
        ("长" * 300 + ".pdf", "长" * 76 + ".pdf"),
        ("协议." + "长" * 300, "协议." + "长" * 77),
        ("=cmd|'/c calc'!A1.pdf", "c calc'!A1.pdf"),
        ("\ud800.pdf", "pdf"),
        ("...", ""),
        ("\u202e/", ""),
    ],
)
def test_a_name_is_cleaned(given: str, kept: str) -> None:
    assert filekinds.cleaned(given) == kept
    assert filekinds.cleaned(kept) == kept


def test_a_name_of_which_nothing_is_left_is_refused(entry: CooperationItem) -> None:
    with pytest.raises(AttachmentRefused, match="没有可用的名称"):
        factories.attachment(entry, PDF, "\u202e")


def test_a_file_that_is_too_large_is_refused(
    entry: CooperationItem, client: Client, bureau: User, settings: Any
) -> None:
    settings.ATTACHMENT_LIMIT = len(PDF)
    factories.attachment(entry)
    settings.ATTACHMENT_LIMIT = len(PDF) - 1
    with pytest.raises(AttachmentRefused, match="请压缩或拆分"):
        factories.attachment(entry, OTHER_PDF)
    client.force_login(bureau)
    answer = client.post(path_of(entry), uploaded(OTHER_PDF))
    assert answer.status_code == 400
    assert "请压缩或拆分后再上传" in html_of(answer)
    assert Attachment.objects.count() == 1


def test_an_empty_file_is_refused(entry: CooperationItem) -> None:
    with pytest.raises(AttachmentRefused, match="文件是空的"):
        factories.attachment(entry, b"", "说明.txt")


def test_all_files_of_an_entry_have_a_limit_together(
    entry: CooperationItem, bureau: User, settings: Any
) -> None:
    settings.ATTACHMENTS_LIMIT = 2 * len(PDF) - 1
    first = factories.attachment(entry)
    first.withdraw(Act(by=bureau, note="误传"), version=first.version)
    with pytest.raises(AttachmentRefused, match="合计将超过"):
        factories.attachment(entry, OTHER_PDF)
    factories.attachment(factories.item(), OTHER_PDF)


def test_a_body_larger_than_any_form_is_not_taken_in(
    entry: CooperationItem, client: Client, bureau: User
) -> None:
    client.force_login(bureau)
    answer = client.post(path_of(entry), uploaded(), CONTENT_LENGTH=str(2**30))
    assert answer.status_code == 400
    assert "系统没有接收" in html_of(answer)


def test_the_same_file_is_not_taken_twice_and_its_content_is_kept_once(
    entry: CooperationItem, bureau: User
) -> None:
    first = factories.attachment(entry)
    with pytest.raises(AttachmentRefused, match="已经上传过：“验收意见"):
        factories.attachment(entry, name="另一个名称.pdf")
    factories.attachment(factories.item())
    first.withdraw(Act(by=bureau, note="名称有误"), version=first.version)
    factories.attachment(entry, name="另一个名称.pdf")
    assert (Attachment.objects.count(), AttachmentContent.objects.count()) == (3, 1)
    assert verify().attachments == 3


# --- the scanner -----------------------------------------------------------------------------


def scanner(content: bytes, name: str) -> str:
    if b"1.6" in content:
        raise RuntimeError("the scanner is down")
    return "发现EICAR测试文件" if EICAR in content else ""


def speechless(content: bytes, name: str) -> Any:
    return None


def test_what_the_scanner_finds_is_refused(entry: CooperationItem, settings: Any) -> None:
    settings.ATTACHMENT_SCANNER = f"{__name__}.scanner"
    with pytest.raises(AttachmentRefused, match="病毒查杀未通过：发现EICAR测试文件"):
        factories.attachment(entry, EICAR, "说明.txt")
    assert not AttachmentContent.objects.exists()
    factories.attachment(entry)


@pytest.mark.parametrize("path", ["scanner", "speechless", "nowhere"])
def test_a_scanner_that_fails_refuses_the_file(
    entry: CooperationItem, settings: Any, path: str
) -> None:
    settings.ATTACHMENT_SCANNER = f"{__name__}.{path}"
    with pytest.raises(AttachmentRefused, match=scanning.NOT_SCANNED):
        factories.attachment(entry, PDF.replace(b"1.4", b"1.6"))
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("path", "is_told"),
    [("", False), (f"{__name__}.scanner", False), (f"{__name__}.nowhere", True), ("x", True)],
)
def test_the_check_names_a_scanner_that_is_not_there(
    settings: Any, path: str, is_told: bool
) -> None:
    settings.ATTACHMENT_SCANNER = path
    assert [error.id for error in scanner_is_there()] == ["projects.E003"] * is_told


# --- the trail -------------------------------------------------------------------------------


def test_the_trail_tells_of_upload_and_withdrawal_with_the_digest(
    entry: CooperationItem, bureau: User
) -> None:
    milestone = Milestone.objects.get()
    made = factories.attachment(entry, by=bureau, milestone=milestone, note="证明已通车")
    made.withdraw(Act(by=bureau, note="传错文件"), version=1)
    attach, detach = Revision.objects.of(made).order_by("sequence")
    assert (attach.action, attach.sentence) == (Action.ATTACH, "上传附件“验收意见.pdf”")
    assert (detach.action, detach.sentence) == (Action.DETACH, "作废附件“验收意见.pdf”")
    said = {change["field"]: change["new"] for change in attach.changes}
    assert said["sha256"] == made.sha256
    assert (said["milestone"], said["note"]) == ("通车", "证明已通车")
    assert attach.record_code == f"{entry.code}/{made.pk}"
    assert [c["new"] for c in detach.changes if c["field"] == "withdrawn_reason"] == ["传错文件"]
    assert verify().problem == ""


def test_an_upload_that_breaks_off_leaves_nothing(entry: CooperationItem, bureau: User) -> None:
    def broken(execute: Any, sql: str, *args: Any) -> Any:
        if sql.startswith("INSERT") and "projects_revision" in sql:
            raise RuntimeError("timeout")
        return execute(sql, *args)

    with pytest.raises(RuntimeError), transaction.atomic(), connection.execute_wrapper(broken):
        factories.attachment(entry, by=bureau)
    assert not Attachment.objects.exists()
    assert not AttachmentContent.objects.exists()


def test_an_attachment_changes_by_its_doors_alone(entry: CooperationItem) -> None:
    made = factories.attachment(entry)
    made.name = "改名.pdf"
    with pytest.raises(AttachmentRefused):
        made.save()
    with pytest.raises(AttachmentRefused):
        Attachment.objects.update(note="改")
    with pytest.raises(AttachmentRefused):
        Attachment(
            entry=entry, name="x.pdf", kind="pdf", size=1, uploaded_at=made.uploaded_at
        ).save()
    with pytest.raises(ValidationError, match="附件不能删除"):
        Attachment.objects.all().delete()
    assert Attachment.objects.get().name == "验收意见.pdf"


def test_a_milestone_may_go_and_come_back_whatever_proves_it(
    entry: CooperationItem, bureau: User
) -> None:
    made = factories.attachment(entry, milestone=Milestone.objects.get())
    Milestone.objects.all().delete()
    fresh = CooperationItem.objects.get()
    row = Revision.objects.of(fresh)[0]
    Undo(fresh, row).carry_out(
        by=bureau, reason=Reason.MISRECORDED, note="误删", version=fresh.version
    )
    assert Milestone.objects.get().pk == made.milestone_key
    assert Attachment.objects.get().milestone == "通车"
    assert verify().problem == ""


def test_a_milestone_of_another_entry_is_refused(entry: CooperationItem) -> None:
    other = factories.item(milestones=[{"name": "别处"}])
    with pytest.raises(AttachmentRefused, match="没有里程碑“别处”"):
        factories.attachment(entry, milestone=other.milestones.get())


def test_a_withdrawn_attachment_is_not_withdrawn_again(
    entry: CooperationItem, bureau: User
) -> None:
    made = factories.attachment(entry)
    second = Attachment.objects.get()
    made.withdraw(Act(by=bureau, note="误传"), version=1)
    with pytest.raises(Stale):
        second.withdraw(Act(by=bureau, note="又"), version=1)
    with pytest.raises(AttachmentRefused, match="已经作废"):
        Attachment.objects.get().withdraw(Act(by=bureau, note="又"), version=2)


def test_a_past_day_shows_an_attachment_as_it_was_then(
    entry: CooperationItem, bureau: User
) -> None:
    made = factories.attachment(entry)
    moment = made.uploaded_at
    made.withdraw(Act(by=bureau, note="误传"), version=1)
    withdrawn_at = made.withdrawn_at
    assert withdrawn_at is not None
    known = {
        until: [(a.name, a.is_withdrawn) for a in Attachment.objects.of_entry(entry.pk, as_of)]
        for until, as_of in {
            "before": AsOf(today(), moment),
            "between": AsOf(today(), withdrawn_at),
            "now": None,
        }.items()
    }
    name = "验收意见.pdf"
    assert known == {"before": [], "between": [(name, False)], "now": [(name, True)]}


# --- against tampering -----------------------------------------------------------------------

WRITES: dict[str, Callable[[], Any]] = {
    "another name": lambda: factories.bare(Attachment).update(name="改.pdf"),
    "another name with the next version": lambda: factories.bare(Attachment).update(
        name="改.pdf", version=2
    ),
    "another digest": lambda: factories.bare(Attachment).update(sha256="0" * 64),
    "a withdrawal without its row": lambda: factories.bare(Attachment).update(
        version=2, withdrawn_at="2026-01-01 00:00Z", withdrawn_by="某人", withdrawn_reason="无"
    ),
    "a deletion": lambda: factories.bare(Attachment).all()._raw_delete("default"),
    "another content": lambda: AttachmentContent.objects.update(content=OTHER_PDF),
    "a content taken away": lambda: AttachmentContent.objects.all().delete(),
}
if connection.vendor == "sqlite":

    def _content_replaced() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT OR REPLACE INTO projects_attachmentcontent (sha256, content)"
                " SELECT sha256, x'00' FROM projects_attachmentcontent"
            )

    WRITES["a content replaced"] = _content_replaced


@pytest.mark.parametrize("name", WRITES)
def test_the_database_refuses_what_passes_the_doors(entry: CooperationItem, name: str) -> None:
    made = factories.attachment(entry)
    connection.check_constraints()
    with pytest.raises(DatabaseError, match=r"附件|attachment"), transaction.atomic():
        WRITES[name]()
    assert Attachment.objects.get().read() == PDF
    assert Attachment.objects.get().name == made.name


@pytest.mark.parametrize("name", WRITES)
def test_without_its_guards_the_database_lets_it_pass(entry: CooperationItem, name: str) -> None:
    factories.attachment(entry)
    factories.lift_guards()
    with transaction.atomic():
        WRITES[name]()
        transaction.set_rollback(True)


def test_the_guard_takes_a_withdrawal_once(entry: CooperationItem, bureau: User) -> None:
    made = factories.attachment(entry)
    made.withdraw(Act(by=bureau, note="误传"), version=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        factories.bare(Attachment).update(withdrawn_reason="另一个原因", version=3)


def _content_swapped() -> None:
    """Record and content agree with each other again, under another digest."""
    digest = hashlib.sha256(OTHER_PDF).hexdigest()
    AttachmentContent.objects.update(sha256=digest, content=OTHER_PDF)
    factories.bare(Attachment).update(sha256=digest)


TAMPERED: dict[str, tuple[Callable[[], Any], str]] = {
    "the content": (
        lambda: AttachmentContent.objects.update(content=OTHER_PDF),
        "附件“验收意见.pdf”的内容与登记的摘要不符，已被改动。",
    ),
    "the content taken away": (
        lambda: AttachmentContent.objects.all().delete(),
        "附件“验收意见.pdf”的内容已不存在。",
    ),
    "content and digest alike": (
        _content_swapped,
        "附件“验收意见.pdf”与最后一条变更记录不符，已被改动。",
    ),
    "what it proves": (
        lambda: factories.bare(Attachment).update(note="另一件事"),
        "附件“验收意见.pdf”与最后一条变更记录不符，已被改动。",
    ),
    "an attachment taken away": (
        lambda: factories.bare(Attachment).all()._raw_delete("default"),
        "附件“验收意见.pdf”在存档中有，在名录中已不存在。",
    ),
    "a content put in": (
        lambda: AttachmentContent.objects.create(
            sha256="6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", content=b"\0"
        ),
        "有的附件内容没有附件记录，未经变更记录写入。",
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_tampered_with_is_named(entry: CooperationItem, name: str) -> None:
    tamper, problem = TAMPERED[name]
    factories.attachment(entry)
    assert verify().problem == ""
    factories.lift_guards()
    tamper()
    assert verify().problem == problem


def test_a_renamed_unit_does_not_make_attachments_disagree(
    entry: CooperationItem, report: Report, reporter: User
) -> None:
    factories.attachment(entry, by=reporter, report=report)
    assert entry.lead
    entry.lead.name = "资阳市交通运输委员会"
    entry.lead.save()
    assert verify().problem == ""


# --- by the web ------------------------------------------------------------------------------

UPLOADERS = {Role.BUREAU}
READERS = {Role.BUREAU, Role.REPORTER, Role.APPROVER, Role.LEADER, Role.AUDITOR}
TRAIL_READERS = {Role.BUREAU, Role.AUDITOR}
OWN = {Role.BUREAU, Role.REPORTER, Role.APPROVER}


@pytest.mark.parametrize("role", Role)
def test_each_role_uploads_and_downloads_as_it_may(
    client: Client, entry: CooperationItem, report: Report, bureau: User, role: Role
) -> None:
    valid, void = factories.attachment(entry), factories.attachment(entry, OTHER_PDF)
    void.withdraw(Act(by=bureau, note="误传"), version=1)
    client.force_login(factories.user("someone", role, unit=entry.lead))
    answers = {
        "to the entry": client.post(path_of(entry), uploaded(png(), "现场.png")).status_code,
        "to the report": client.post(report_path(report), uploaded(png(), "图.png")).status_code,
        "download": client.get(f"/attachments/{valid.pk}/").status_code,
        "of a withdrawn one": client.get(f"/attachments/{void.pk}/").status_code,
        "withdraw": client.post(
            f"/attachments/{valid.pk}/withdraw/", {"version": 1, "note": "误传"}
        ).status_code,
    }
    assert answers == {
        "to the entry": 302 if role in UPLOADERS else 403,
        "to the report": 302 if role in OWN else 403,
        "download": 200 if role in READERS else 403,
        "of a withdrawn one": 200 if role in TRAIL_READERS else 403,
        "withdraw": 302 if role in UPLOADERS else 403,
    }
    assert Attachment.objects.count() == 2 + (role in UPLOADERS) + (role in OWN)
    assert Attachment.objects.exclude(withdrawn_at=None).count() == 1 + (role in UPLOADERS)


def test_a_unit_attaches_to_its_own_open_report_only(
    client: Client, entry: CooperationItem, report: Report, reporter: User
) -> None:
    stranger = factories.user("stranger", Role.REPORTER, unit=factories.unit("别的单位"))
    client.force_login(stranger)
    assert client.post(report_path(report), uploaded()).status_code == 403
    client.force_login(reporter)
    answer = client.post(report_path(report), uploaded(note="完工照片"), follow=True)
    assert "附件“验收意见.pdf”已上传。" in html_of(answer)
    made = Attachment.objects.get()
    assert (made.report, made.entry_id, made.note) == (report, entry.pk, "完工照片")
    client.force_login(stranger)
    withdrawal = {"version": made.version, "note": "不该由我"}
    assert client.post(f"/attachments/{made.pk}/withdraw/", withdrawal).status_code == 403


def test_a_report_that_is_submitted_takes_no_file_and_lets_none_go(
    client: Client, report: Report, reporter: User, bureau: User
) -> None:
    made = factories.attachment(report.entry, by=reporter, report=report)
    submit(report, reporter)
    client.force_login(reporter)
    answer = client.post(report_path(report), uploaded(OTHER_PDF))
    assert answer.status_code == 400
    assert "已提交或已冻结，不能再上传附件" in html_of(answer)
    withdrawal = {"version": made.version, "note": "误传"}
    assert client.post(f"/attachments/{made.pk}/withdraw/", withdrawal).status_code == 403
    client.force_login(bureau)
    assert client.post(report_path(report), uploaded(OTHER_PDF)).status_code == 400
    assert client.post(f"/attachments/{made.pk}/withdraw/", withdrawal).status_code == 302
    assert Attachment.objects.get().withdrawn_reason == "误传"


def test_a_report_that_closes_meanwhile_takes_no_file(report: Report, reporter: User) -> None:
    seen = Report.objects.for_rows().get()
    submit(report, reporter)
    with pytest.raises(AttachmentRefused, match="已提交或已冻结"):
        factories.attachment(seen.entry, by=reporter, report=seen)


def test_nobody_attaches_by_program_without_the_right(
    entry: CooperationItem, reporter: User
) -> None:
    with pytest.raises(PermissionDenied):
        factories.attachment(entry, by=reporter)


@pytest.mark.parametrize(
    "path",
    [
        "/items/SX-9999/attachments/",
        "/agreements/SX-0001/attachments/",
        "/attachments/9/withdraw/",
        f"/rounds/{PERIOD}/reports/SX-9999/attachments/",
    ],
)
def test_what_does_not_exist_is_404(
    client: Client, entry: CooperationItem, bureau: User, path: str
) -> None:
    client.force_login(bureau)
    assert client.post(path, uploaded()).status_code == 404
    assert client.get("/attachments/9/").status_code == 404


def test_a_get_uploads_and_withdraws_nothing(
    client: Client, entry: CooperationItem, bureau: User
) -> None:
    made = factories.attachment(entry)
    client.force_login(bureau)
    assert client.get(path_of(entry)).status_code == 405
    assert client.get(f"/attachments/{made.pk}/withdraw/").status_code == 405
    assert client.post(f"/attachments/{made.pk}/").status_code == 405


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({}, "请选择要上传的文件"),
        (uploaded(b""), "文件是空的"),
        (uploaded(b"MZ\x90\0", "批复.pdf"), "可执行程序"),
        (uploaded(PDF, "批复.exe"), "与扩展名不符"),
        (uploaded(PDF, "批复.pdf", milestone="999"), "没有所选的里程碑"),
        (uploaded(PDF, "批复.pdf", note="a\u202eb"), "不允许的字符"),
        (uploaded(PDF, "批复.pdf", note="长" * 201), "200"),
    ],
    ids=["none", "empty", "program", "ending", "milestone", "override", "long"],
)
def test_a_refused_file_is_answered_with_the_reason_and_the_form(
    client: Client, entry: CooperationItem, bureau: User, given: dict[str, Any], word: str
) -> None:
    if "file" in given:
        given["file"].seek(0)
    client.force_login(bureau)
    answer = client.post(path_of(entry), given)
    assert answer.status_code == 400
    html = html_of(answer)
    assert word in html
    assert 'type="file"' in html
    assert not Attachment.objects.exists()


def test_a_download_is_a_file_to_be_saved(
    client: Client, entry: CooperationItem, bureau: User
) -> None:
    name = "=批复 “一”;'.pdf"
    made = factories.attachment(entry, PDF, name)
    client.force_login(bureau)
    answer = client.get(f"/attachments/{made.pk}/")
    assert answer.content == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == (
        f"attachment; filename=\"attachment-{made.pk}.pdf\"; filename*=UTF-8''{quote(name)}"
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "no-store"
    event = AccessEvent.objects.get(action=AccessAction.DOWNLOAD)
    assert (event.username, event.details["sha256"]) == ("bureau", made.sha256)
    assert event.in_words == f"SX-0001：{made.name}，SHA-256 {made.sha256}"
    assert client.head(f"/attachments/{made.pk}/").status_code == 200
    assert AccessEvent.objects.filter(action=AccessAction.DOWNLOAD).count() == 1
    assert verify().problem == ""


def test_an_altered_content_is_not_given_out(
    client: Client, entry: CooperationItem, bureau: User
) -> None:
    made = factories.attachment(entry)
    factories.lift_guards()
    AttachmentContent.objects.update(content=OTHER_PDF)
    client.force_login(bureau)
    answer = client.get(f"/attachments/{made.pk}/", follow=True)
    assert "内容与登记的摘要不符，已停止下载" in html_of(answer)
    assert not AccessEvent.objects.filter(action=AccessAction.DOWNLOAD).exists()


def test_the_page_of_an_entry_lists_its_files_and_strikes_out_the_withdrawn(
    client: Client, entry: CooperationItem, report: Report, reporter: User, bureau: User
) -> None:
    client.force_login(bureau)
    milestone = Milestone.objects.get()
    assert "暂无附件" in html_of(client.get(f"/items/{entry.code}/"))
    client.post(path_of(entry), uploaded(note="证明已通车", milestone=milestone.pk))
    factories.attachment(entry, OTHER_PDF, "月报照片.pdf", by=reporter, report=report)
    made = Attachment.objects.get(report=None)
    html = html_of(client.get(f"/items/{entry.code}/"))
    assert "里程碑“通车”：证明已通车" in html
    assert f"SHA-256：{made.sha256}" in html
    assert f"{PERIOD.label}月报</a>" in html
    assert "<s>" not in html
    withdrawal = {"version": made.version, "note": "传错\n文件"}
    client.post(f"/attachments/{made.pk}/withdraw/", withdrawal)
    html = html_of(client.get(f"/items/{entry.code}/"))
    assert re.search(r"<s><a href=\"/attachments/\d+/\">验收意见.pdf</a></s>", html)
    assert "bureau作废：传错 文件" in html
    client.force_login(reporter)
    html = html_of(client.get(f"/items/{entry.code}/"))
    assert "<s>验收意见.pdf</s>" in html
    assert "上传附件…" not in html


def test_the_page_of_a_report_lists_its_own_files_alone(
    client: Client, entry: CooperationItem, report: Report, reporter: User
) -> None:
    factories.attachment(entry, OTHER_PDF, "条目附件.pdf")
    factories.attachment(entry, PDF, "月报附件.pdf", by=reporter, report=report)
    client.force_login(reporter)
    path = report_path(report).removesuffix("attachments/")
    html = html_of(client.get(path))
    assert "月报附件.pdf" in html
    assert "条目附件.pdf" not in html
    assert "上传附件…" in html
    submit(report, reporter)
    html = html_of(client.get(path))
    assert "上传附件…" not in html
    assert "作废…" not in html


def test_a_past_page_lists_files_and_offers_nothing(
    client: Client, entry: CooperationItem, bureau: User
) -> None:
    factories.attachment(entry)
    client.force_login(bureau)
    html = html_of(client.get(f"/items/{entry.code}/?as_of={today()}"))
    assert "验收意见.pdf" in html
    assert "上传附件…" not in html
    assert "作废…" not in html


def test_a_withdrawal_needs_its_reason(
    client: Client, entry: CooperationItem, bureau: User
) -> None:
    made = factories.attachment(entry)
    client.force_login(bureau)
    for given in ({"version": 1, "note": " "}, {"note": "误传"}, {"version": 9, "note": "误传"}):
        client.post(f"/attachments/{made.pk}/withdraw/", given)
    assert Attachment.objects.get().withdrawn_at is None


def test_an_upload_needs_its_csrf_token(entry: CooperationItem, bureau: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(bureau)
    assert strict.post(path_of(entry), uploaded()).status_code == 403
    assert not Attachment.objects.exists()
