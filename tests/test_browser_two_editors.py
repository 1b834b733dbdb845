"""Two people at one entry: nothing is overwritten, and nothing that was typed is lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, Response

from projects.choices import Reason
from projects.models import CooperationItem, Milestone, Revision
from projects.verification import verify
from tests import factories
from tests.browser import OpenPage

pytestmark = pytest.mark.browser

MILESTONES = [{"name": "方案印发"}, {"name": "试点启动"}]


@dataclass
class Editor:
    """A person with the entry's form open in a browser of their own."""

    page: Page
    address: str

    def opens(self) -> None:
        self.page.goto(self.address)

    def types(self, **values: str) -> None:
        for name, value in values.items():
            self.control(name).fill(value)

    def reads(self, name: str) -> str:
        return self.control(name).input_value()

    def control(self, name: str) -> Any:
        """A field of the form; `milestones__0__name` is the name in the first of those rows."""
        return self.page.locator(f"[name='{name.replace('__', '-')}']")

    def adds_milestone(self, name: str) -> None:
        """Into the empty row that stands ready after those that are stored."""
        stored = int(self.reads("milestones__INITIAL_FORMS"))
        self.types(**{f"milestones__{stored}__name": name})

    def saves(self) -> Response:
        """Press 保存; the page that comes back."""
        with self.page.expect_navigation() as navigation:
            self.page.locator("input[name=_save]").click()
        return navigation.value

    def is_told(self) -> str:
        """What the page says of someone else's save."""
        return self.page.locator(".conflict").inner_text()

    def differences(self) -> dict[str, list[str]]:
        """Field → mine, theirs and what stands in the form, as the page lays them side by side."""
        rows = self.page.locator(".conflict tbody tr").all()
        return {row.locator("th").inner_text(): row.locator("td").all_inner_texts() for row in rows}


@dataclass
class Case:
    item: CooperationItem
    first: Editor
    second: Editor

    @property
    def stored(self) -> CooperationItem:
        return CooperationItem.objects.get(pk=self.item.pk)

    @property
    def milestones(self) -> list[str]:
        return sorted(m.name for m in Milestone.objects.filter(entry=self.item))

    @property
    def trail(self) -> list[tuple[str, int]]:
        """Who saved, and which version it became; the oldest first, without the creation."""
        rows = Revision.objects.of(self.item).order_by("sequence")[1:]
        return [(row.actor_name, row.record_version) for row in rows]


@pytest.fixture
def case(transactional_db: None, open_page: OpenPage) -> Iterator[Case]:
    """An item that two members of the bureau have open at the same time."""
    item = factories.item(
        name="两地公交一卡通",
        next_step="完成方案",
        milestones=MILESTONES,
        regions=[factories.region("512000")],
    )
    address = f"/admin/projects/cooperationitem/{item.pk}/change/"
    pages = [open_page(factories.bureau(name)) for name in ("jia", "yi")]
    first, second = (Editor(page, address) for page in pages)
    first.opens()
    second.opens()
    yield Case(item, first, second)
    assert verify().problem == ""


def test_the_second_is_shown_mine_and_theirs_and_saves_the_merge(case: Case):
    case.first.types(name="成资公交一卡通", next_step="甲：两地联调")
    assert case.first.saves().request.method == "GET"  # saved, and led back to the list

    case.second.types(
        remarks="乙的备注", next_step="乙：召开协调会", milestones__0__note="乙补记的依据"
    )
    answer = case.second.saves()

    assert (answer.status, answer.request.method) == (200, "POST")
    told = case.second.is_told()
    assert "jia" in told
    assert "“名称”由“两地公交一卡通”改为“成资公交一卡通”" in told
    assert "“下一步工作”由“完成方案”改为“甲：两地联调”" in told
    shown = case.second.differences()
    assert shown.keys() == {"名称", "下一步工作"}
    assert shown["名称"][:2] == ["两地公交一卡通", "成资公交一卡通"]
    assert shown["下一步工作"][:2] == ["乙：召开协调会", "甲：两地联调"]
    assert case.second.reads("name") == "成资公交一卡通"
    assert case.second.reads("next_step") == "乙：召开协调会"
    assert case.second.reads("remarks") == "乙的备注"
    assert case.second.reads("milestones__0__note") == "乙补记的依据"
    stored = case.stored
    assert (stored.name, stored.next_step) == ("成资公交一卡通", "甲：两地联调")
    assert stored.remarks == ""
    assert case.trail == [("jia", 2)]

    assert case.second.saves().request.method == "GET"
    stored = case.stored
    assert stored.name == "成资公交一卡通"
    assert stored.next_step == "乙：召开协调会"
    assert stored.remarks == "乙的备注"
    assert {m.name: m.note for m in stored.milestones.all()} == {
        "方案印发": "乙补记的依据",
        "试点启动": "",
    }
    assert [region.code for region in stored.regions.all()] == ["512000"]
    assert case.trail == [("jia", 2), ("yi", 3)]


def test_a_third_save_in_between_is_shown_in_its_turn(case: Case):
    case.first.types(next_step="甲一")
    case.first.saves()
    case.second.types(remarks="乙的备注")
    case.second.saves()
    case.first.opens()
    case.first.types(next_step="甲二")
    case.first.saves()

    assert case.second.saves().request.method == "POST"
    assert case.second.differences()["下一步工作"][1] == "甲二"
    assert (case.second.reads("next_step"), case.second.reads("remarks")) == ("甲二", "乙的备注")
    assert case.second.saves().request.method == "GET"
    assert (case.stored.next_step, case.stored.remarks) == ("甲二", "乙的备注")
    assert case.trail == [("jia", 2), ("jia", 3), ("yi", 4)]


def test_what_was_typed_wrongly_is_kept_as_it_was_typed(case: Case):
    case.first.types(name="成资公交一卡通")
    case.first.saves()
    case.second.types(due="31.02.2026", remarks="乙的备注")
    assert case.second.saves().request.method == "POST"
    assert case.second.reads("due") == "31.02.2026"
    assert case.second.reads("remarks") == "乙的备注"
    assert case.second.reads("name") == "成资公交一卡通"

    case.second.types(due="2026-12-31")
    assert case.second.saves().request.method == "GET"
    stored = case.stored
    assert (stored.name, stored.remarks) == ("成资公交一卡通", "乙的备注")
    assert stored.due_on is not None
    assert stored.due_on.isoformat() == "2026-12-31"


def test_a_choice_that_both_made_is_the_seconds_to_decide(case: Case):
    factories.sector("health")
    factories.sector("ecology")
    case.first.opens()
    case.second.opens()
    case.first.control("sector").select_option(label="医疗卫生")
    case.first.saves()
    case.second.control("sector").select_option(label="生态环保")
    case.second.saves()
    assert case.second.differences()["领域"][:2] == ["生态环保", "医疗卫生"]
    case.second.saves()
    assert case.stored.sector.slug == "ecology"


def test_a_place_that_the_other_added_stays(case: Case):
    factories.region("510100")
    case.first.opens()
    case.second.opens()
    case.first.page.get_by_label("成都市").check()
    case.first.saves()
    case.second.types(remarks="乙的备注")
    case.second.saves()
    assert case.second.page.get_by_label("成都市").is_checked()
    case.second.saves()
    assert sorted(region.code for region in case.stored.regions.all()) == ["510100", "512000"]


def test_milestones_that_both_added_are_both_kept(case: Case):
    case.first.adds_milestone("甲加的")
    case.first.saves()
    case.second.adds_milestone("乙加的")
    assert case.second.saves().request.method == "POST"
    assert case.second.differences()["里程碑"][:2] == ["（无）", "甲加的"]
    assert case.milestones == ["方案印发", "甲加的", "试点启动"]
    assert case.second.saves().request.method == "GET"
    assert case.milestones == ["乙加的", "方案印发", "甲加的", "试点启动"]
    assert case.trail == [("jia", 2), ("yi", 3)]


def test_a_milestone_that_both_wrote_in_is_shown_with_both_texts(case: Case):
    case.first.types(milestones__0__note="甲补记的依据", milestones__1__reached="2026-06")
    case.first.saves()
    case.second.types(milestones__0__note="乙补记的依据")
    assert case.second.saves().request.method == "POST"
    assert case.second.differences() == {
        "里程碑“方案印发”的说明": [
            "乙补记的依据",
            "甲补记的依据",
            "我填写的（两人都改了，请定夺）",
        ],
        "里程碑“试点启动（达成2026-06）”的达成日期": [
            "（空）",
            "2026-06",
            "对方的（我没有改动）",
        ],
    }
    assert case.second.reads("milestones__0__note") == "乙补记的依据"
    assert case.second.reads("milestones__1__reached") == "2026-06"
    case.second.saves()
    assert {str(m): m.note for m in case.stored.milestones.all()} == {
        "方案印发": "乙补记的依据",
        "试点启动（达成2026-06）": "",
    }


def test_a_milestone_that_the_other_deleted_comes_back_with_what_was_typed(case: Case):
    case.first.control("milestones__0__DELETE").check()
    case.first.saves()
    assert case.milestones == ["试点启动"]
    case.second.types(milestones__0__note="乙补记的依据")
    assert case.second.saves().request.method == "POST"
    assert case.milestones == ["试点启动"]
    assert case.second.differences()["里程碑"][:2] == ["方案印发，乙补记的依据", "（已删除）"]
    case.second.saves()
    kept = {m.name: m.note for m in Milestone.objects.filter(entry=case.item)}
    assert kept == {"试点启动": "", "方案印发": "乙补记的依据"}


def test_a_milestone_that_the_other_deleted_is_gone_when_nobody_typed_in_it(case: Case):
    case.first.control("milestones__0__DELETE").check()
    case.first.saves()
    case.second.types(remarks="乙的备注")
    case.second.saves()
    case.second.saves()
    assert case.milestones == ["试点启动"]
    assert case.stored.remarks == "乙的备注"


def test_a_milestone_that_the_second_deleted_may_have_changed_since(case: Case):
    case.first.types(milestones__0__note="甲补记的依据")
    case.first.saves()
    case.second.control("milestones__0__DELETE").check()
    assert case.second.saves().request.method == "POST"
    assert case.second.reads("milestones__0__note") == "甲补记的依据"
    assert case.milestones == ["方案印发", "试点启动"]
    assert case.second.control("milestones__0__DELETE").is_checked()
    case.second.saves()
    assert case.milestones == ["试点启动"]


def test_a_step_taken_meanwhile_is_not_undone(case: Case):
    item = case.stored
    item.move_to("terminated", by=factories.bureau("bing"), reason=Reason.POLICY, note="规划调整")
    case.second.types(remarks="乙的备注")
    assert case.second.saves().request.method == "POST"
    assert "bing" in case.second.is_told()
    case.second.saves()
    stored = case.stored
    assert (stored.requested_status, stored.remarks) == ("terminated", "乙的备注")


def test_saving_what_nobody_changed_leaves_no_trail(case: Case):
    assert case.first.saves().request.method == "GET"
    assert case.trail == []
    case.second.types(remarks="乙的备注")
    assert case.second.saves().request.method == "GET"
    assert case.trail == [("yi", 2)]


@pytest.mark.parametrize("given", [None, "", "7"])
def test_a_form_without_the_version_it_was_opened_with_is_refused(case: Case, given: str | None):
    version = case.second.control("version")
    if given is None:
        version.evaluate("field => field.remove()")
    else:
        version.evaluate("(field, given) => { field.value = given }", given)
    case.second.types(remarks="乙的备注")
    answer = case.second.saves()
    assert (answer.status, answer.request.method) == (200, "POST")
    assert "未保存" in "".join(case.second.page.locator(".errorlist").all_inner_texts())
    assert case.second.reads("remarks") == "乙的备注"
    assert (case.stored.remarks, case.stored.version) == ("", 1)
    assert case.trail == []
