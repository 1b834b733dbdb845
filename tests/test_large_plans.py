"""An office's own ledger of many rows: checked in the background, shown as it was found."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from projects import longwork
from projects.choices import Ledger, Role, TaskState
from projects.models import CooperationItem, LongTask, Upload, User
from projects.models.tasks import KEPT, LEASE
from projects.sheets import keptplans, own
from projects.verification import verify

from . import factories
from .test_own_ledger import HEADINGS, ONE, TWO
from .test_tasks import MOMENT, aged, done, html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau() -> User:
    factories.region("512002")
    factories.region("512021")
    factories.region("510100")
    for name in ("甲局", "乙局", "丙局"):
        factories.unit(name)
    factories.sector("transport")
    factories.sector("health")
    return factories.bureau()


@pytest.fixture
def desk(client: Client, bureau: User, settings: Any) -> Client:
    settings.LONG_PLAN_ROWS = 1
    client.force_login(bureau)
    return client


def uploaded(desk: Client, *rows: list[Any]) -> tuple[Upload, Any]:
    """By the web; with the answer to the columns that were chosen."""
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in (HEADINGS, *rows))
    file = SimpleUploadedFile("我们的台账.csv", text.encode())
    desk.post("/import/", {"ledger": "items", "sheet": file})
    upload = Upload.objects.order_by("-pk")[0]
    return upload, mapped(desk, upload)


def mapped(desk: Client, upload: Upload, **other: str) -> Any:
    chosen = own.proposed(upload, User.objects.get(username="bureau"))
    given: dict[str, Any] = {f"c{at}": name for name, at in chosen.columns.items()}
    at = {"sheet": chosen.sheet, "head": chosen.head, "unit": chosen.unit}
    return desk.post(f"/import/{upload.pk}/columns/", {**at, **given, **other})


def shown(page: str) -> str:
    found = re.search(r'name="shown" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_a_small_sheet_is_checked_at_once(desk: Client) -> None:
    upload, answer = uploaded(desk, ONE)
    assert answer["Location"] == f"/import/{upload.pk}/"
    assert not LongTask.objects.exists()


def test_a_large_sheet_is_checked_in_the_background_and_shows_what_a_plan_shows(
    desk: Client,
) -> None:
    bad = ["", "第三条", "没有的领域", "512021", "乙局", "昨天", "", "2026", "", "", "", ""]
    upload, answer = uploaded(desk, ONE, TWO, bad)
    task = LongTask.objects.get()
    assert answer["Location"] == f"/tasks/{task.pk}/"
    assert desk.get(f"/import/{upload.pk}/")["Location"] == f"/tasks/{task.pk}/"
    assert (done(task).state, task.done_rows, task.all_rows) == (TaskState.DONE, 3, 3)
    assert "查看核对结果" in html_of(desk.get(f"/tasks/{task.pk}/"))
    assert desk.get(f"/tasks/{task.pk}/file/").status_code == 404
    page = html_of(desk.get(f"/import/{upload.pk}/"))
    assert "核对的结果" in page
    upload.refresh_from_db()
    direct = own.plan(upload)
    assert shown(page) == direct.digest
    kept = keptplans.taken_out(keptplans.put_away(direct, upload.mapping))
    assert direct.counts["new"] == 2
    assert direct.problems
    assert (kept.counts, kept.problems, kept.told) == (direct.counts, direct.problems, direct.told)
    assert [(r.verdict, r.changes, r.doubts, r.name) for r in kept.rows] == [
        (r.verdict, r.changes, r.doubts, r.name) for r in direct.rows
    ]
    assert "没有的领域" in page
    assert 'data-total="2"' in html_of(desk.get(f"/import/{upload.pk}/?verdict=new"))


def test_what_was_shown_is_written_and_nothing_else(desk: Client) -> None:
    upload, _ = uploaded(desk, ONE, TWO)
    first = done(LongTask.objects.get())
    page = html_of(desk.get(f"/import/{upload.pk}/"))
    factories.item(name="医保互认")  # of the same name: the plan is no longer what was shown
    answer = desk.post(f"/import/{upload.pk}/", {"shown": shown(page)})
    second = LongTask.objects.exclude(pk=first.pk).get()
    assert answer["Location"] == f"/tasks/{second.pk}/"
    assert "正在重新核对" in html_of(desk.get(answer["Location"]))
    assert CooperationItem.objects.count() == 1
    done(second)
    page = html_of(desk.get(f"/import/{upload.pk}/"))
    desk.post(f"/import/{upload.pk}/", {"shown": shown(page)})
    assert CooperationItem.objects.filter(name="成资公交互联").exists()
    assert "已导入" in html_of(desk.get(f"/import/{upload.pk}/"))
    assert verify().problem == ""


def test_columns_that_were_chosen_anew_are_checked_anew(desk: Client) -> None:
    upload, _ = uploaded(desk, ONE, TWO)
    done(LongTask.objects.get())
    answer = mapped(desk, upload, c10="")
    second = LongTask.objects.order_by("-pk")[0]
    assert answer["Location"] == f"/tasks/{second.pk}/"
    LongTask.objects.filter(pk=second.pk).delete()
    page = html_of(desk.get(f"/import/{upload.pk}/"))
    assert "没有可用的核对结果" in page
    assert 'name="shown"' not in page
    again = desk.post(f"/import/{upload.pk}/check/")
    third = LongTask.objects.order_by("-pk")[0]
    assert again["Location"] == f"/tasks/{third.pk}/"
    done(third)
    assert "核对的结果" in html_of(desk.get(f"/import/{upload.pk}/"))


@pytest.mark.parametrize("age", [{"ended_at": KEPT}, {"beat_at": LEASE + MOMENT}])
def test_a_result_that_is_not_there_can_be_asked_for_again(
    desk: Client, age: dict[str, Any]
) -> None:
    upload, _ = uploaded(desk, ONE, TWO)
    task = LongTask.objects.get()
    aged(done(task) if "ended_at" in age else task, **age)
    assert "没有可用的核对结果" in html_of(desk.get(f"/import/{upload.pk}/"))
    desk.post(f"/import/{upload.pk}/check/")
    assert LongTask.objects.count() == 2


def test_the_right_to_edit_is_asked_again(desk: Client, bureau: User) -> None:
    uploaded(desk, ONE, TWO)
    task = LongTask.objects.get()
    with bureau.recording(factories.Act()):
        bureau.groups.set([factories.user("x", Role.LEADER).groups.get()])
    assert done(task).problem == "提交人已没有“编辑台账”的权限，没有办理。"
    assert desk.post(f"/tasks/{task.pk}/again/").status_code == 403


def test_a_plan_that_goes_with_its_upload_ends_its_thread(desk: Client) -> None:
    upload, _ = uploaded(desk, ONE, TWO)
    task = LongTask.objects.get()
    upload.delete()
    longwork.run(task.pk, 1)
    assert not LongTask.objects.exists()


def test_the_count_of_rows_does_not_change_the_plan(bureau: User) -> None:
    text = "\n".join(",".join(f'"{c}"' for c in row) for row in (HEADINGS, ONE, TWO))
    upload = own.kept(bureau, Ledger.ITEMS, "a.csv", text.encode())
    upload.mapping = own.proposed(upload, bureau).kept()
    upload.save()
    hold = longwork.Hold(0, 1)
    counted = own.plan(upload, read_=hold.counting, judged=hold.over)
    assert counted.digest == own.plan(upload).digest
    assert (hold.done, hold.all) == (2, 2)
