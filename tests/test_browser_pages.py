"""Every page in a real browser: accessible, within its screen, and of use without scripts.

That no page breaks the content security policy is the fixture's doing (tests.browser). The ledgers
as they are first filled cost more than the pages: few tests ask for them, and walk through many.
"""

import datetime as dt
import re
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from playwright.sync_api import Page

from projects import rounds
from projects.choices import Ledger, MatterKind, MeetingState, Reason, SlipColour
from projects.models import (
    LEDGER_MODELS,
    Act,
    LedgerEntry,
    Organisation,
    Revision,
    TaskForce,
    User,
)
from projects.periods import Month, today
from projects.reminding import remind
from tests import demo, factories
from tests.browser import OpenPage, accessibility_problems, sign_in

pytestmark = pytest.mark.browser

WIDE, NARROW = 1440, 390
CONTRAST = "color-contrast"  # all that can go wrong in the dark alone
ADMIN = "/admin/projects"
REGISTERS = [model._meta.model_name for model in LEDGER_MODELS.values()]


@pytest.fixture
def seeded(transactional_db: None) -> dict[str, User]:
    """All of the demo; its accounts by name."""
    return demo.seeded()


@pytest.fixture
def accounts(transactional_db: None) -> dict[str, User]:
    """The accounts of the demo by name, and no ledgers."""
    return demo.accounts()


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands, unfolded: wide and narrow, light and dark."""
    found = []
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme, rules in (("light", []), ("dark", [CONTRAST])):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            problems = accessibility_problems(page, *rules)
            found += [f"{width} {scheme}: {problem}" for problem in problems]
    # Django's wide tables scroll in the admin, which is not made for telephones.
    if "/admin/" not in page.url and (beyond := sideways(page)):
        found.append(f"{NARROW}: scrolls sideways by {beyond} px")
    return found


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    root = "document.documentElement"
    return int(page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


def all_faults(page: Page, addresses: list[str]) -> dict[str, list[str]]:
    """Address → what is wrong there; pages without fault are left out."""
    found = {}
    for address in addresses:
        page.goto(address)
        if wrong := faults(page):
            found[address] = wrong
    return found


def telling(ledger: str, **facts: Any) -> LedgerEntry:
    """A seeded entry whose page has much to show."""
    rows = LEDGER_MODELS[Ledger(ledger)].objects.filter(milestones__isnull=False, **facts)
    return rows.exclude(lead=None).order_by("code").distinct()[0]


def form_of(entry: LedgerEntry) -> str:
    return f"{ADMIN}/{entry.specific._meta.model_name}/{entry.pk}/change/"


def test_faults_are_found_where_there_are_some(accounts: dict[str, User], open_page: OpenPage):
    page = open_page(accounts["leader"])
    page.goto("/")
    page.evaluate(
        "const heading = document.querySelector('h1');"
        "heading.style.width = '600px'; heading.style.color = '#aaaaaa'"
    )
    found = [problem.split(": ")[:2] for problem in faults(page)]
    assert ["1440 light", "color-contrast"] in found
    assert ["390 light", "color-contrast"] in found
    assert found[-1][0] == "390"


def sequence_of(entry: LedgerEntry) -> int:
    """The number of its last row in the trail."""
    return Revision.objects.of(entry).values_list("sequence", flat=True)[0]


# -- the pages of those who read -----------------------------------------------------------------


def test_the_demo_has_no_fault_on_any_page(seeded: dict[str, User], open_page: OpenPage):
    entries = [telling(ledger) for ledger in Ledger.values]
    asked = telling("items", status="advancing")
    asked.move_to("terminated", by=seeded["bureau2"], reason=Reason.POLICY, note="规划调整")
    address = asked.get_absolute_url()
    edited = telling("items", status="launched")
    edited.name += "（改）"
    edited.save(act=Act(by=seeded["bureau"]))
    assert entries[0].lead is not None
    addresses = [
        *("/", "/sectors/", "/sectors/transport/"),
        *("/cities/", "/cities/512000/", "/cities/512021/", "/cities/ziyang-airport/"),
        f"/units/{entries[0].lead.pk}/",
        *(f"/{ledger}/?page_size=10" for ledger in Ledger.values),
        "/entries/",
        *("/cities/?measure=launched-share", "/cities/?measure=red"),
        *("/infrastructure/timeline/", "/items/timeline/?sort=-due&page_size=20"),
        *("/items/columns/?light=red&freeze=3", "/entries/columns/"),
        "/items/?columns=light,code,name,due,progress&freeze=3&density=compact",
        "/items/?sector=transport&sector=health&phase=under-way&sort=-due&page_size=5&page=2",
        *("/items/?due_before=31.02.2026", "/items/?q=这样的名称没有", "/items/?page=99"),
        *(entry.get_absolute_url() for entry in entries),
        *(address, f"{address}move/?to=terminated", f"{address}move/?to=suspended"),
        f"{address}move/?to=closed",
        *(f"{e.get_absolute_url()}undo/{sequence_of(e)}/" for e in (asked, edited)),
        *(f"/trail/?q={asked.code}", "/trail/?q=没有", "/trail/?after=garbage"),
        *("/lists/", "/membership/", "/membership/?from=2020&to=2019"),
        *("/matrix/", "/matrix/?by=county&ledger=infrastructure&rows=all", "/wall/"),
        *("/wall/?slides=overdue&theme=light", "/wall/?slides=sectors"),
    ]
    assert all_faults(open_page(seeded["bureau"]), addresses) == {}


@pytest.mark.allows_console("status of 400")
def test_the_pages_of_a_past_day_have_no_fault(seeded: dict[str, User], open_page: OpenPage):
    entry, day = telling("items"), f"?as_of={today()}"
    before = f"?as_of={today() - dt.timedelta(days=1)}"
    addresses = [
        *(f"/{day}", f"/sectors/{day}", f"/cities/{day}", f"/cities/512000/{day}"),
        f"/items/timeline/{day}&page_size=10",
        *(f"/items/{day}&page_size=10", f"{entry.get_absolute_url()}{day}"),
        f"/compare/?from={today() - dt.timedelta(days=1)}&to={today()}&ledger=items",
        *("/compare/", "/compare/?from=2026-01-01", "/trail/?source=fixture&ledger=items"),
        *(f"/lists/{day}", f"/membership/?from=2020&to={today()}&kind=joined"),
        *(f"/matrix/{day}&by=task_force", "/matrix/?by=nobody"),
        *(f"/{before}", f"/items/{before}", "/?as_of=2999-01-01", "/items/?as_of=2999-01-01"),
    ]
    assert all_faults(open_page(seeded["auditor"]), addresses) == {}


def test_the_rounds_of_the_months_have_no_fault(accounts: dict[str, User], open_page: OpenPage):
    factories.item(due_on=today(), regions=[factories.region("512021")])
    page, this = open_page(accounts["bureau"]), Month.of(today())
    assert all_faults(page, ["/rounds/", f"/rounds/{this}/", f"/rounds/{this.following}/"]) == {}
    page.goto(f"/rounds/{this.before}/")
    page.locator("main form button", has_text="开启").click()
    page.locator("h2", has_text="冻结").wait_for()
    assert faults(page) == []
    page.get_by_label("已核对").check()
    page.locator("main form button", has_text="关闭并冻结").click()
    page.locator(".ledger-card").first.wait_for()
    assert faults(page) == []
    month = this.before
    addresses = ["/rounds/", f"/?as_of={month}", f"/items/?as_of={month}", f"/compare/?to={month}"]
    assert all_faults(page, addresses) == {}


@pytest.mark.allows_console("status of 4")
def test_the_reports_of_a_month_have_no_fault(accounts: dict[str, User], open_page: OpenPage):
    unit = accounts["reporter"].unit
    items = [factories.item(status="launched", lead=unit, percent_complete=40) for _ in range(3)]
    opened = rounds.open_month(Month.of(today()).before, by=accounts["bureau"])
    rounds.remind(opened, {unit.pk: 3}, by=accounts["bureau"], note="请抓紧。")
    home, own = f"/rounds/{opened.period}/", f"/rounds/{opened.period}/units/{unit.pk}/"
    one, two, _ = (f"{home}reports/{item.code}/" for item in items)
    page = open_page(accounts["reporter"])
    addresses = [own, one, f"{home}reports/", f"{home}reports/?state=none", f"{home}sheets/"]
    assert all_faults(page, addresses) == {}
    page.goto(two)
    page.get_by_label("形象进度").fill("主体完工")
    page.get_by_label("完成百分比").fill("100")
    page.get_by_role("button", name="提交审定").click()
    page.get_by_text("提交前请核实").wait_for()
    assert faults(page) == []
    sheet = page.request.get(f"/rounds/{opened.period}/units/{unit.pk}.xlsx").body()
    page.goto(f"{home}sheets/")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    files: Any = [
        {"name": "表.xlsx", "mimeType": kind, "buffer": sheet},
        {"name": "坏.xlsx", "mimeType": kind, "buffer": b"<html>"},
    ]
    page.locator("input[type=file]").set_input_files(files)
    page.get_by_role("button", name="上传并核对").click()
    page.get_by_role("button", name="确认导入").wait_for()
    assert faults(page) == []
    page.get_by_role("button", name="确认导入").click()
    page.get_by_role("heading", name="已导入").wait_for()
    assert faults(page) == []
    bureau = open_page(accounts["bureau"])
    assert all_faults(bureau, [home, two, items[0].get_absolute_url()]) == {}


def test_what_waits_for_a_person_has_no_fault(accounts: dict[str, User], open_page: OpenPage):
    assert all_faults(open_page(accounts["leader"]), ["/todo/"]) == {}
    unit, late = accounts["reporter"].unit, factories.days_from_now(-1)
    items = [factories.item(status="launched", lead=unit, due_on=late) for _ in range(3)]
    for title in ("用地未落实", "资金缺口" * 20):
        factories.problem(unit=unit, title=title, due_on=late)
    factories.meeting(is_held=False, held_on=late)
    items[1].move_to("terminated", by=accounts["bureau2"], reason=Reason.POLICY, note="规划调整")
    opened = rounds.open_month(Month.of(today()).before, by=accounts["bureau"])
    report = opened.reports.for_rows().get(entry=items[0].pk)
    act = Act(by=accounts["reporter"], note="请补充存在问题和下一步工作。")
    report.fill({"progress": "主体完工"}, act, version=0)
    report.take("submit", act, version=report.version)
    remind(today(), timezone.now())
    for name in ("reporter", "approver", "bureau"):
        assert all_faults(open_page(accounts[name]), ["/todo/"]) == {}, name


@pytest.mark.allows_console("status of 4")
def test_the_pages_of_what_is_followed_up_have_no_fault(
    accounts: dict[str, User], open_page: OpenPage
):
    unit = accounts["reporter"].unit
    entry = factories.item(lead=unit, due_on=today())
    late = today() - dt.timedelta(days=3)
    found = factories.problem(entries=[entry], unit=unit, due_on=late)
    factories.decision(problem=found, unit=unit)
    factories.instruction(unit=unit, is_draft=True)
    slips = [factories.slip(colour=colour, unit=unit, origin=found) for colour in SlipColour]
    slips[0].handle("已完成", Act(by=accounts["reporter"]))
    factories.attachment(found)
    page = open_page(accounts["bureau"])
    addresses = [
        *(f"/{kind.path}/" for kind in MatterKind),
        *("/problems/?state=open&overdue=1", "/problems/?foo=1", "/problems/?q=没有"),
        *(f"/problems/new/?entry={entry.code}", f"/supervision/new/?matter={found.code}"),
        *("/instructions/new/", f"/matters/{found.code}/edit/", "/matters/PS-0001/"),
        *(found.get_absolute_url(), entry.get_absolute_url()),
        *(f"/supervision/{slip.code}/print/" for slip in slips),
        f"/matters/{found.code}/?as_of={today()}",
    ]
    assert all_faults(page, addresses) == {}
    page.goto("/problems/new/")
    page.get_by_label("标题").fill("口径不一")
    page.get_by_label("问题类别").select_option("resource-sharing")
    page.get_by_label("协调层级").select_option("city")
    page.get_by_role("button", name="交办", exact=True).click()
    page.get_by_text("还没有填写").first.wait_for()
    assert faults(page) == []
    unit_page = open_page(accounts["reporter"])
    addresses = [slips[0].get_absolute_url(), found.get_absolute_url(), "/supervision/"]
    assert all_faults(unit_page, addresses) == {}


@pytest.mark.allows_console("status of 4")
def test_the_pages_of_an_own_ledger_have_no_fault(accounts: dict[str, User], open_page: OpenPage):
    factories.sector("transport")
    page = open_page(accounts["bureau"])
    assert all_faults(page, ["/import/"]) == {}
    lines = ["编号,项目名称,领域,完成时限,总投资（万元）", "SX-0001,公交,交通,2027年3月,1.2亿元"]
    lines += ["SX-0002,地铁,交通,年底,若干"]
    page.locator("#id_ledger").select_option("items")
    file: Any = {"name": "台账.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.locator("main form button").click()
    page.get_by_role("heading", name="列的对应").wait_for()
    assert faults(page) == []
    page.locator("main form button[type=submit]").last.click()
    page.get_by_role("button", name="确认导入").wait_for()
    assert faults(page) == []
    page.get_by_role("button", name="确认导入").click()
    page.get_by_text("已导入").first.wait_for()
    assert faults(page) == []


@pytest.mark.allows_console("status of 4")
def test_conferences_contacts_and_task_forces_have_no_fault(
    accounts: dict[str, User], open_page: OpenPage
):
    entry = factories.item(task_force="未登记专班")
    factories.item(task_force="交通专项组")
    TaskForce(name="交通专项组", leader="张某", office=entry.lead, duties="统筹\n协调").save()
    held, ahead = factories.meeting(place="一号会议室"), factories.meeting(is_held=False)
    on, left = factories.problem(entries=[entry]), factories.problem(due_on=today())
    factories.decision(at=held, problem=on)
    factories.decision(at=held, unit=None, due_on=None)
    held.put_on_agenda(left, Act(by=accounts["bureau"]))
    factories.problem(title="断头路未通" * 20, entries=[entry])
    kept = factories.contact(entries=[entry], agreed="走北线")
    home, day = held.get_absolute_url(), f"?as_of={today()}"
    addresses = [
        *("/meetings/", "/meetings/?state=held", "/meetings/?year=x", "/meetings/?q=没有"),
        *(home, ahead.get_absolute_url(), "/meetings/new/", f"{home}edit/", f"{home}agenda/"),
        *(f"{home}decide/?problem={on.code}", f"{ahead.get_absolute_url()}decide/"),
        *("/contacts/", "/contacts/?entry=SX-0001", "/contacts/?entry=SX-9", "/contacts/?q=没有"),
        *(kept.get_absolute_url(), f"{kept.get_absolute_url()}edit/", "/contacts/new/"),
        *("/task-forces/", f"/task-forces/{day}", entry.get_absolute_url()),
        f"{entry.get_absolute_url()}{day}",
    ]
    page = open_page(accounts["bureau"])
    assert all_faults(page, addresses) == {}
    page.goto(f"{home}agenda/")
    page.get_by_role("button", name="列入议题").click()
    page.get_by_text("请勾选要列入议题的问题").wait_for()
    assert faults(page) == []
    assert all_faults(open_page(accounts["reporter"]), [home, "/contacts/new/"]) == {}


def test_a_conference_is_held_and_decides_without_scripts(
    accounts: dict[str, User], open_page: OpenPage
):
    problem, _ = factories.problem(title="断头路未通"), factories.problem()
    page = open_page(accounts["bureau"], java_script_enabled=False)
    main = page.locator("main")
    page.goto("/meetings/")
    main.get_by_role("link", name="登记会议").click()
    page.get_by_label("会议类别").select_option("city")
    page.get_by_label("会议名称").fill("第三次协调会")
    page.get_by_label("会议日期").fill(str(today()))
    page.get_by_role("button", name="登记", exact=True).click()
    main.get_by_role("link", name="选列办理中的问题").click()
    page.get_by_label(problem.code).check()
    page.get_by_role("button", name="列入议题").click()
    page.get_by_role("button", name="召开", exact=True).click()
    assert "没有议定措施" in page.locator("ul.missing").inner_text()
    main.get_by_role("link", name=re.compile(f"登记议定事项.*{problem}")).click()
    page.get_by_label("议定措施和要求").fill("年内打通")
    page.get_by_label("办理时限").fill(str(today()))
    page.get_by_role("button", name="登记", exact=True).click()
    page.get_by_role("button", name="办结", exact=True).click()
    assert "已办理“办结”" in page.get_by_role("status").inner_text()
    (made,) = problem.led_to.all()
    assert (made.title, made.meeting.state) == ("断头路未通", MeetingState.CLOSED)


def test_a_conference_prints_its_agenda_and_decisions_and_nothing_to_click(
    accounts: dict[str, User], open_page: OpenPage
):
    held, on = factories.meeting(), factories.problem()
    made = factories.decision(at=held, problem=on)
    page = open_page(accounts["bureau"])
    page.goto(held.get_absolute_url())
    page.emulate_media(media="print")
    printed = page.locator("main").inner_text()
    assert all(word in printed for word in (on.title, made.title, str(made.unit)))
    for word in ("变更记录", "填写结论", "撤下议题", "登记议定事项", "修改会议情况"):
        assert word not in printed


def test_receipts_and_the_check_of_a_file_have_no_fault(
    accounts: dict[str, User], open_page: OpenPage
):
    factories.item(name="公交")
    page = open_page(accounts["auditor"])
    page.goto("/receipts/")
    assert faults(page) == []
    sent = page.request.get("/items.csv")
    name = sent.headers["content-disposition"].split('filename="')[1].split('"')[0]
    for content, verdict in (
        (sent.body(), "genuine"),
        (sent.body().replace("公交".encode(), "公车".encode()), "altered"),
        (b"a,b", "unknown"),
    ):
        page.goto("/receipts/verify/")
        file: Any = {"name": name, "mimeType": "text/csv", "buffer": content}
        page.locator("input[type=file]").set_input_files(file)
        page.locator("main form button", has_text="查验").click()
        page.locator(f"[data-verdict={verdict}]").wait_for()
        assert faults(page) == []
        name = "other.csv" if verdict == "altered" else name
    assert all_faults(page, ["/receipts/"]) == {}


def test_an_empty_ledger_has_no_fault(accounts: dict[str, User], open_page: OpenPage):
    unit = Organisation.objects.all()[0]
    addresses = ["/", "/sectors/", "/cities/", "/items/", "/trail/", f"/units/{unit.pk}/"]
    addresses += ["/lists/", "/membership/", "/matrix/", "/wall/", "/wall/?slides=round"]
    assert all_faults(open_page(accounts["bureau"]), addresses) == {}


@pytest.mark.parametrize("name", ["leader", "auditor"])
def test_what_others_see_has_no_fault(accounts: dict[str, User], open_page: OpenPage, name: str):
    item = factories.item(status="launched", milestones=[{"name": "方案印发"}])
    addresses = ["/", "/items/", item.get_absolute_url()]
    assert all_faults(open_page(accounts[name]), addresses) == {}


@pytest.mark.allows_console("status of 400")
def test_a_refused_step_has_no_fault(accounts: dict[str, User], open_page: OpenPage):
    item = factories.item(status="launched")
    page = open_page(accounts["bureau"])
    page.goto(f"{item.get_absolute_url()}move/?to=suspended")
    page.locator("input[name=on]").fill("2999-01-01")
    page.get_by_label("原因").select_option(label="资金未落实")
    page.get_by_label("说明").fill("资金未到位")
    page.get_by_role("button", name="暂停", exact=True).click()
    page.get_by_text("晚于今天").wait_for()
    assert faults(page) == []


def test_signing_in_has_no_fault(accounts: dict[str, User], page: Page):
    page.goto("/login/?next=/items/")
    assert faults(page) == []
    sign_in(page, "bureau", "wrong")
    page.get_by_role("alert").wait_for()
    assert faults(page) == []


@pytest.mark.allows_console(r"status of (400|403|404|500)")
def test_pages_of_refusal_have_no_fault(accounts: dict[str, User], open_page: OpenPage):
    broken = render_to_string("errors/500.html")
    page = open_page(accounts["leader"])
    page.route("**/broken/", lambda route: route.fulfill(status=500, body=broken))
    expected = {
        "/items.csv?due_before=31.02.2026": 400,
        "/trail/": 403,
        "/admin/": 403,
        "/items/SX-9999/": 404,
        "/no/such/page/": 404,
        "/broken/": 500,
    }
    answers = {address: page.goto(address) for address in expected}
    assert {address: answer and answer.status for address, answer in answers.items()} == expected
    assert all_faults(page, list(expected)) == {}


# -- the admin -----------------------------------------------------------------------------------


def test_the_admin_has_no_fault_on_any_page(seeded: dict[str, User], open_page: OpenPage):
    unit = Organisation.objects.all()[0]
    addresses = [
        *("/admin/", f"{ADMIN}/", "/admin/password_change/"),
        f"{ADMIN}/cooperationitem/",
        *(f"{ADMIN}/{name}/?light=red" for name in REGISTERS),
        f"{ADMIN}/cooperationitem/?q=zzzz",
        *(f"{ADMIN}/{name}/" for name in ("region", "sector", "organisation", "indicator")),
        *(form_of(telling(ledger)) for ledger in Ledger.values),
        *(f"{ADMIN}/{name}/add/" for name in ("cooperationitem", "region")),
        f"{ADMIN}/organisation/{unit.pk}/change/",
    ]
    assert all_faults(open_page(seeded["bureau"]), addresses) == {}


def test_a_form_with_errors_has_no_fault(accounts: dict[str, User], open_page: OpenPage):
    page = open_page(accounts["bureau"])
    page.goto(f"{ADMIN}/cooperationitem/add/")
    page.locator("input[name=due]").fill("31.02.2026")
    page.locator("input[name=_save]").click()
    page.locator(".errornote").wait_for()
    assert faults(page) == []


def test_a_bulk_step_has_no_fault(accounts: dict[str, User], open_page: OpenPage):
    for _ in range(3):
        factories.item(status="not-started", due_on=None)
    page = open_page(accounts["bureau"])
    page.goto(f"{ADMIN}/cooperationitem/")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("take_step")
    page.get_by_role("button", name="执行").click()
    page.locator("input[name=apply]").wait_for()
    assert faults(page) == []
    page.get_by_label("办理").select_option(label="启动实施")
    page.locator("input[name=apply]").click()
    page.locator(".errornote").wait_for()
    assert faults(page) == []


def test_a_conflict_has_no_fault(accounts: dict[str, User], open_page: OpenPage):
    item = factories.item(status="advancing", milestones=[{"name": "方案印发"}])
    first, second = open_page(accounts["bureau"]), open_page(accounts["bureau2"])
    for page, words in ((first, "甲的安排"), (second, "乙的安排")):
        page.goto(form_of(item))
        page.locator("textarea[name=next_step]").fill(words)
    first.locator("input[name=_save]").click()
    first.locator(".messagelist").wait_for()
    second.locator("input[name=_save]").click()
    second.locator(".conflict").wait_for()
    assert faults(second) == []


def test_the_register_of_accounts_has_no_fault(accounts: dict[str, User], open_page: OpenPage):
    page = open_page(accounts["sysadmin"])
    page.goto(f"{ADMIN}/user/")
    inside = page.locator("#result_list tbody th a").first.get_attribute("href")
    addresses = ["/admin/", f"{ADMIN}/user/", str(inside), f"{ADMIN}/user/add/"]
    assert all_faults(page, addresses) == {}


@pytest.mark.allows_console("status of 403")
def test_the_register_of_access_events_has_no_fault(accounts: dict[str, User], open_page: OpenPage):
    page = open_page()
    page.goto("/login/")
    sign_in(page, "secadmin", "Wrong-horse-26")
    sign_in(page, "secadmin", demo.PASSWORD)
    page.wait_for_url("**/access/")
    addresses = ["/access/", "/access/?action=login-failed", "/access/?q=1", "/access/?person=没有"]
    assert all_faults(page, addresses) == {}


# -- without scripts -----------------------------------------------------------------------------


def test_an_item_is_found_and_moved_without_scripts(accounts: dict[str, User], open_page: OpenPage):
    item, _ = factories.item(name="两地公交一卡通", status="launched"), factories.item()
    page = open_page(java_script_enabled=False)
    page.goto("/items/")
    sign_in(page, "bureau", demo.PASSWORD)
    page.wait_for_url("**/items/")
    main = page.locator("main")
    assert main.get_attribute("data-total") == "2"

    main.locator("input[name=q]").fill("公交")
    main.get_by_role("button", name="检索").click()
    page.wait_for_url("**/items/?q=**")
    assert main.get_attribute("data-total") == "1"
    main.get_by_role("link", name=item.name, exact=True).click()
    main.get_by_role("link", name="进入推进", exact=True).click()
    page.get_by_label("说明").fill("按计划推进")
    page.get_by_role("button", name="进入推进", exact=True).click()

    assert "已转为“推进中”" in page.get_by_role("status").inner_text()
    item.refresh_from_db()
    assert item.status == "advancing"


def test_a_list_is_filtered_by_its_form_without_scripts(
    accounts: dict[str, User], open_page: OpenPage
):
    factories.item(provenance="article")
    factories.item(provenance="entered")
    page = open_page(accounts["leader"], java_script_enabled=False)
    page.goto("/items/")
    page.locator("details.more summary").click()
    page.locator("main select[name=provenance]").select_option("article")
    page.get_by_role("button", name="按以上条件筛选").click()
    page.wait_for_url("**provenance=article**")
    assert page.locator("main").get_attribute("data-total") == "1"
    assert page.locator("main tbody tr").count() == 1


def test_an_entry_is_edited_without_scripts(accounts: dict[str, User], open_page: OpenPage):
    places = [factories.region("512000"), factories.region("510100")]
    item = factories.item(regions=places[:1], milestones=[{"name": "方案印发"}])
    page = open_page(accounts["bureau"], java_script_enabled=False)
    page.goto(form_of(item))
    page.locator("textarea[name=remarks]").fill("无脚本也能保存")
    page.get_by_label("成都市").check()
    page.locator("input[name=_save]").click()
    page.locator(".messagelist").wait_for()
    item.refresh_from_db()
    assert item.remarks == "无脚本也能保存"
    assert {place.code for place in item.regions.all()} == {place.code for place in places}
    assert [milestone.name for milestone in item.milestones.all()] == ["方案印发"]
    assert Revision.objects.of(item).count() == 2


def test_a_file_is_downloaded_from_the_list_as_it_is_filtered(
    accounts: dict[str, User], open_page: OpenPage, tmp_path: Any
):
    for name in ("丙", "甲", "乙"):
        factories.item(name=name, provenance="article")
    factories.item(name="丁", provenance="entered")
    page = open_page(accounts["leader"])
    page.goto("/items/?provenance=article&sort=-code")
    shown = page.locator("main tbody td.code").all_inner_texts()
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 CSV").click()
    kept = tmp_path / "list.csv"
    download.value.save_as(kept)
    rows = kept.read_text(encoding="utf-8-sig").splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == shown == ["SX-0003", "SX-0002", "SX-0001"]
