"""The pages of briefs: who sees what, figures that lead to their rows, editing, issue, files."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from projects import proof
from projects.choices import AccessAction, BriefSection, Role
from projects.models import AccessEvent, Act, Brief, BriefTemplate, Receipt, User
from projects.wording import NOTICE

from . import factories, simulated
from .test_briefs import template

pytestmark = pytest.mark.django_db

COUNT = re.compile(r'<a class="[^"]*" href="([^"]+)" data-count="([0-9]+)"')
TOTAL = re.compile(r'<main[^>]*data-total="([0-9]+)"')
HOME = "/briefs/2026-07/"
ISSUE = {"version": "0", "number": "〔2026〕8号", "signer": "张某某", "issued_on": "2026-08-14"}
READERS = {Role.BUREAU, Role.REPORTER, Role.APPROVER, Role.LEADER, Role.AUDITOR}


@pytest.fixture(scope="module", autouse=True)
def _months(django_db_setup: Any, django_db_blocker: Any) -> Any:
    with factories.kept_for_module(django_db_blocker):
        simulated.half_a_year()
        yield


@pytest.fixture
def office() -> User:
    return User.objects.get(username="office")


@pytest.fixture
def bureau(client: Client, office: User) -> Client:
    client.force_login(office)
    return client


def signed_in(role: Role) -> Client:
    other = Client()
    other.force_login(factories.user(f"a {role.value}", role))
    return other


def html_of(response: Any) -> str:
    return unescape(response.content.decode())


def typed(**texts: str) -> dict[str, str]:
    blank = {section.value: "" for section in BriefSection}
    return {**blank, "addressees": "", "version": "0", **texts}


# --- who sees what ------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_a_draft_is_the_offices_own_and_an_issued_brief_is_for_all_who_read(
    role: Role, bureau: Client
) -> None:
    other = signed_in(role)
    draft = 200 if role == Role.BUREAU else 404 if role in READERS else 403
    assert other.get(HOME).status_code == draft
    bureau.post(f"{HOME}issue/", ISSUE)
    assert other.get(HOME).status_code == (200 if role in READERS else 403)
    if role in READERS:
        assert ("/briefs/2026-07/" in html_of(other.get("/briefs/"))) is True
        assert ("/briefs/2026-06/" in html_of(other.get("/briefs/"))) is (role == Role.BUREAU)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.BUREAU])
@pytest.mark.parametrize("path", ["edit/", "issue/", "retract/"])
def test_only_the_office_edits_issues_and_takes_back(role: Role, path: str) -> None:
    assert signed_in(role).post(f"{HOME}{path}", ISSUE).status_code == 403
    assert not Brief.objects.exists()


@pytest.mark.parametrize("role", Role)
def test_the_file_is_for_those_who_export(role: Role, bureau: Client) -> None:
    exporters = {Role.BUREAU, Role.LEADER, Role.AUDITOR}
    other = signed_in(role)
    draft = 200 if role == Role.BUREAU else 404 if role in exporters else 403
    assert other.get("/briefs/2026-07.docx").status_code == draft
    bureau.post(f"{HOME}issue/", ISSUE)
    expected = 200 if role in exporters else 403
    assert other.get("/briefs/2026-07.docx").status_code == expected


def test_a_month_that_is_not_frozen_says_so(bureau: Client) -> None:
    for path in ("/briefs/2026-08/", "/briefs/2026Q4/"):
        response = bureau.get(path)
        assert response.status_code == 200
        assert "月报还没有冻结，没有通报" in html_of(response)
    assert bureau.get("/briefs/2026-08.docx").status_code == 404
    assert bureau.get("/briefs/2026-08/edit/").status_code == 404


@pytest.mark.parametrize("path", ["/briefs/", HOME, f"{HOME}edit/", "/briefs/templates/"])
def test_an_unknown_parameter_is_refused(bureau: Client, path: str) -> None:
    assert bureau.get(f"{path}?sort=x").status_code == 400


@pytest.mark.parametrize("path", ["/briefs/2026Q5/", "/briefs/2026-13/", "/briefs/202607/"])
def test_what_is_no_period_is_not_found(bureau: Client, path: str) -> None:
    assert bureau.get(path).status_code == 404


# --- the page -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [HOME, "/briefs/2026-06/", "/briefs/2026Q3/"])
def test_every_figure_leads_to_exactly_its_rows(bureau: Client, path: str) -> None:
    links = set(COUNT.findall(html_of(bureau.get(path))))
    assert len(links) > 20
    wrong = {}
    for href, number in links:
        found = TOTAL.search(html_of(bureau.get(href)))
        if found is None or found.group(1) != number:
            wrong[href] = number, found and found.group(1)
    assert wrong == {}


def test_the_page_bears_the_notice_and_the_mark_of_samples(bureau: Client) -> None:
    page = html_of(bureau.get(HOME))
    assert page.count(NOTICE) >= 2
    assert "（拟稿，未签发；含示例数据，不是真实事项，不得用于上报）" in page


def test_the_round_leads_to_its_brief_for_who_may_see_it(bureau: Client) -> None:
    leader = signed_in(Role.LEADER)
    link = 'href="/briefs/2026-07/"'
    assert link in html_of(bureau.get("/rounds/2026-07/"))
    assert link not in html_of(leader.get("/rounds/2026-07/"))
    bureau.post(f"{HOME}issue/", ISSUE)
    assert link in html_of(leader.get("/rounds/2026-07/"))


# --- editing ------------------------------------------------------------------------------------


def test_the_form_begins_with_the_neutral_words_and_their_names(bureau: Client) -> None:
    page = html_of(bureau.get(f"{HOME}edit/"))
    assert "合作事项{合作事项_总数}项，{合作事项_总数_变化}。" in page
    assert "{报送_按期}" in page


def test_what_is_left_as_it_was_stays_neutral(bureau: Client, office: User) -> None:
    form = bureau.get(f"{HOME}edit/").context["form"]
    given = {**form.initial, "next": "抓好{合作事项_总数}项事项。"}
    response = bureau.post(f"{HOME}edit/", given, follow=True)
    assert "通报的文字已保存。" in html_of(response)
    assert Brief.objects.get().texts == {"next": "抓好{合作事项_总数}项事项。"}
    assert "抓好<a" in html_of(response)


def test_a_name_that_is_not_known_is_told_and_nothing_is_saved(bureau: Client) -> None:
    response = bureau.post(f"{HOME}edit/", typed(next="共{合作事项_总}项"))
    assert response.status_code == 400
    page = html_of(response)
    assert "没有代号“{合作事项_总}”，是否为“合作事项_总数”" in page
    assert "共{合作事项_总}项" in page
    assert not Brief.objects.exists()


def test_a_stale_edit_shows_theirs_and_keeps_mine(bureau: Client, office: User) -> None:
    Brief.objects.of(simulated.JULY).write({"next": "他人所写。"}, {}, Act(by=office), version=0)
    response = bureau.post(f"{HOME}edit/", typed(next="我所写。"))
    page = html_of(response)
    assert response.status_code == 409
    assert "他人所写。" in page
    assert "我所写。" in page
    assert Brief.objects.get().texts == {"next": "他人所写。"}
    again = bureau.post(f"{HOME}edit/", typed(next="我所写。", version="1"))
    assert again.status_code == 302


# --- issue --------------------------------------------------------------------------------------


def test_issuing_freezes_the_neutral_words_too(bureau: Client) -> None:
    before = re.findall(r'<p class="brief-body">(.*?)</p>', html_of(bureau.get(HOME)))
    bureau.post(f"{HOME}issue/", ISSUE)
    brief = Brief.objects.get()
    assert set(brief.texts) == {section.value for section in BriefSection}
    assert re.findall(r'<p class="brief-body">(.*?)</p>', html_of(bureau.get(HOME))) == before
    assert "〔2026〕8号" in html_of(bureau.get("/briefs/"))


def test_an_issue_without_signer_or_on_another_version_changes_nothing(
    bureau: Client, office: User
) -> None:
    assert bureau.post(f"{HOME}issue/", {**ISSUE, "signer": ""}).status_code == 400
    early = bureau.post(f"{HOME}issue/", {**ISSUE, "issued_on": "2026-08-01"})
    assert "早于2026年7月月报冻结的日期" in html_of(early)
    Brief.objects.of(simulated.JULY).write({"next": "好。"}, {}, Act(by=office), version=0)
    assert bureau.post(f"{HOME}issue/", ISSUE).status_code == 409
    assert not Brief.objects.issued().exists()


def test_an_issue_is_taken_back_with_its_reason(bureau: Client) -> None:
    bureau.post(f"{HOME}issue/", ISSUE)
    assert bureau.post(f"{HOME}retract/", {"version": "1", "note": ""}).status_code == 400
    assert bureau.post(f"{HOME}edit/", typed(version="1", next="x")).status_code == 400
    page = bureau.post(f"{HOME}retract/", {"version": "1", "note": "口径有误"}, follow=True)
    assert "已撤回签发：口径有误" in html_of(page)
    assert signed_in(Role.LEADER).get(HOME).status_code == 404


# --- the file -----------------------------------------------------------------------------------


def test_the_file_has_a_receipt_by_which_it_is_known(bureau: Client) -> None:
    response = bureau.get("/briefs/2026-07.docx")
    receipt = Receipt.objects.get()
    assert receipt.is_complete
    assert f"brief-20260810-{receipt.shown}.docx" in response["Content-Disposition"]
    event = AccessEvent.objects.order_by("sequence").last()
    assert (event.action, event.details["sha256"]) == (AccessAction.EXPORT, receipt.sha256)
    assert proof.examine("任意.docx", response.content).verdict == "genuine"
    name = f"brief-20260810-{receipt.shown}.docx"
    assert proof.examine(name, response.content + b" ").verdict == "altered"
    assert proof.examine("其他.docx", response.content + b" ").verdict == "unknown"
    assert bureau.get("/briefs/2026-07.docx").content == response.content


def test_the_file_is_laid_out_by_the_template_in_use(bureau: Client) -> None:
    upload = SimpleUploadedFile("新.docx", template("某局 {{标题}}"))
    page = bureau.post("/briefs/templates/", {"file": upload, "note": "试用"}, follow=True)
    assert "已检查并保存" in html_of(page)
    kept = BriefTemplate.objects.get()
    switch = f"/briefs/templates/{kept.pk}/switch/"
    bureau.post(switch, {"version": kept.version, "act": "enable"})
    content = bureau.get("/briefs/2026-07.docx").content
    assert docx.Document(io.BytesIO(content)).paragraphs[0].text.startswith("某局 关于2026年7月")
    assert bureau.post(switch, {"version": kept.version, "act": "disable"}).status_code == 409
    assert bureau.get(f"/briefs/templates/{kept.pk}.docx").status_code == 200


def test_a_broken_template_is_answered_with_its_error(bureau: Client) -> None:
    upload = SimpleUploadedFile("坏.docx", template("共{{合作事项总数}}项"))
    response = bureau.post("/briefs/templates/", {"file": upload})
    assert response.status_code == 400
    assert "正文第1段（“共{{合作事项总数}}项”）：没有代号“{{合作事项总数}}”" in html_of(response)
    assert not BriefTemplate.objects.exists()


# --- the lists that briefs lead to ----------------------------------------------------------------


def test_problems_of_a_past_month_are_those_of_then(bureau: Client) -> None:
    assert TOTAL.search(html_of(bureau.get("/problems/?state=open"))).group(1) == "3"
    page = html_of(bureau.get("/problems/?state=open&as_of=2026-07"))
    assert TOTAL.search(page).group(1) == "2"
    assert "八月的问题" not in page
    assert bureau.get("/problems/?as_of=2026-99").context["page"].total == 0
    assert bureau.get("/problems.csv?as_of=2026-99").status_code == 400


def test_a_file_of_past_problems_is_genuine(bureau: Client) -> None:
    response = bureau.get("/problems.csv?state=open&as_of=2026-07")
    content = b"".join(response.streaming_content)
    assert content.count(b"\r\n") == 3
    name = re.search(r'filename="([^"]+)"', response["Content-Disposition"]).group(1)
    assert proof.examine(name, content).verdict == "genuine"
    altered = proof.examine(name, content.replace("协调用地1".encode(), "协调用地9".encode()))
    assert altered.verdict == "altered"


def test_a_comparison_can_be_of_one_kind_of_change_alone(bureau: Client) -> None:
    days = "/compare/?from=2026-06&to=2026-07"
    totals = {
        kind: TOTAL.search(html_of(bureau.get(f"{days}&kind={kind}"))).group(1)
        for kind in ("moved", "entered", "left", "")
    }
    assert (totals["moved"], totals["entered"], totals["left"]) == ("1", "1", "0")
    assert int(totals[""]) >= 2
    assert "没有“x”这一项" in html_of(bureau.get(f"{days}&kind=x"))
    assert bureau.get("/compare.csv?from=2026-06&to=2026-07&kind=x").status_code == 400


@pytest.mark.parametrize(
    ("sent", "total"), [("on-time", 2), ("late", 0), ("missing", 4), ("waived", 0)]
)
def test_reports_are_listed_by_when_they_came_in(bureau: Client, sent: str, total: int) -> None:
    page = html_of(bureau.get(f"/rounds/2026-07/reports/?sent={sent}"))
    assert TOTAL.search(page).group(1) == str(total)
