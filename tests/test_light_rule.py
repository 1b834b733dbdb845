"""亮灯规则 as data of the office: shown before it is saved, and true of its own days."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from projects import rounds
from projects.choices import Light, Role
from projects.lights import DEADLINE_ALONE, Rule
from projects.models import Act, Book, LedgerEntry, LightRule, User
from projects.periods import AsOf, Month, start_of, today
from projects.statistics import light_changes
from projects.verification import verify
from tests import factories

pytestmark = pytest.mark.django_db

YESTERDAY = today() - dt.timedelta(days=1)
BEFORE = Act(at=start_of(YESTERDAY) - dt.timedelta(days=30))
COLUMNS = (
    *("soon_days", "lag_points", "far_points"),
    *("overdue", "far_behind", "behind", "silent", "soon"),
)


@pytest.fixture
def rule() -> LightRule:
    made = LightRule()
    made.save(act=BEFORE)
    return made


def half_gone(percent: int | None, **given: object) -> LedgerEntry:
    """An item of whose 200 days a hundred are gone today."""
    return factories.item(
        status="advancing",
        planned_start_on=today() - dt.timedelta(days=99),
        due_on=today() + dt.timedelta(days=100),
        percent_complete=percent,
        act=Act(at=start_of(YESTERDAY) - dt.timedelta(days=20)),
        **given,
    )


def lit(book: Book | None = None) -> dict[str, str]:
    book = book or Book()
    return dict(book.rows().with_light(book.clock).values_list("code", "light"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def posted(rule: LightRule, **changed: object) -> dict[str, object]:
    data = {name: getattr(rule, name) for name in COLUMNS}
    return data | {"reads_progress": "on", "version": rule.version} | changed


def address(rule: LightRule) -> str:
    return reverse("admin:projects_lightrule_change", args=[rule.pk])


def test_without_a_recorded_rule_the_deadline_alone_is_read():
    half_gone(0)
    assert Book().clock.rule == DEADLINE_ALONE
    assert set(lit().values()) == {"green"}


def test_the_recorded_rule_is_read(rule: LightRule):
    assert Book().clock.rule == Rule()
    codes = [half_gone(percent).code for percent in (50, 40, 10, None)]
    assert lit() == dict(zip(codes, ("green", "yellow", "red", "grey"), strict=True))


def test_a_changed_rule_leaves_past_days_with_theirs(rule: LightRule):
    code = half_gone(38).code
    with rule.recording(Act()):
        rule.lag_points, rule.behind = 5, "blue"
    assert lit() == {code: "blue"}
    assert lit(Book(AsOf(YESTERDAY))) == {code: "yellow"}
    before = Book(AsOf(YESTERDAY - dt.timedelta(days=40)))
    assert before.clock.rule == DEADLINE_ALONE


def test_saving_first_shows_how_many_entries_change_colour(rule: LightRule):
    for percent in (50, 44, 43, 38, 10):
        half_gone(percent)
    client = signed_in(factories.bureau())
    shown = client.post(address(rule), posted(rule, lag_points=6, far_points=11))
    html = shown.content.decode()
    assert "按新规则，3个条目将变色" in html
    assert 'data-total="3"' in html
    rule.refresh_from_db()
    assert (rule.lag_points, rule.far_points) == (10, 30)
    previewed = shown.context["adminform"].form["previewed"].value()
    given = posted(rule, lag_points=6, far_points=11, previewed=previewed)
    assert client.post(address(rule), given).status_code == 302
    rule.refresh_from_db()
    assert (rule.lag_points, rule.far_points, rule.version) == (6, 11, 2)


def test_other_values_than_those_shown_are_shown_first(rule: LightRule):
    half_gone(44)
    client = signed_in(factories.bureau())
    shown = client.post(address(rule), posted(rule, lag_points=6))
    previewed = shown.context["adminform"].form["previewed"].value()
    again = client.post(address(rule), posted(rule, lag_points=5, previewed=previewed))
    assert "尚未保存" in again.content.decode()
    rule.refresh_from_db()
    assert rule.version == 1


def test_a_change_without_effect_says_so(rule: LightRule):
    half_gone(50)
    shown = signed_in(factories.bureau()).post(address(rule), posted(rule, soon_days=6))
    assert "没有条目因此变色" in shown.content.decode()


def test_the_changes_are_counted_from_light_to_light(rule: LightRule):
    codes = [half_gone(percent).code for percent in (44, 43, 10)]
    changes = light_changes(Book(), Rule(lag_points=6, far_points=60))
    assert [(line.now, line.then, line.count) for line in changes.lines] == [
        (Light.RED, Light.YELLOW, 1),
        (Light.GREEN, Light.YELLOW, 2),
    ]
    assert {code for line in changes.lines for code, _ in line.examples} == set(codes)


def test_thresholds_out_of_order_are_refused_in_words(rule: LightRule):
    shown = signed_in(factories.bureau()).post(
        address(rule), posted(rule, lag_points=20, far_points=10)
    )
    assert "严重滞后的百分点不能小于滞后的百分点" in shown.content.decode()


def test_there_is_one_rule_and_it_stays(rule: LightRule):
    with pytest.raises(ValidationError):
        rule.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        LightRule(name="另一条").save()
    client = signed_in(factories.bureau())
    assert client.get(reverse("admin:projects_lightrule_add")).status_code == 403


@pytest.mark.parametrize("column", ["lag_points", "far_points"])
def test_the_database_refuses_a_threshold_of_nothing(rule: LightRule, column: str):
    with pytest.raises(IntegrityError), transaction.atomic(), rule.recording(Act()):
        setattr(rule, column, 0)


def test_only_the_bureau_changes_the_rule(rule: LightRule):
    for role in (Role.LEADER, Role.AUDITOR, Role.REPORTER, Role.SYSADMIN):
        client = signed_in(factories.user(role.name.lower(), role))
        assert client.get(address(rule)).status_code in (302, 403)


def test_a_frozen_month_keeps_its_lights_when_the_rule_changes(rule: LightRule):
    half_gone(38)
    clerk = factories.bureau()
    month = rounds.open_month(Month.of(today()).before, by=clerk)
    rounds.close_month(month, by=clerk, version=month.version)
    with rule.recording(Act()):
        rule.lag_points = 50
        rule.far_points = 60
    verdict = verify()
    assert verdict.is_intact, verdict.problem


def test_a_filter_by_light_is_one_query_by_its_index(rule: LightRule):
    half_gone(38)
    by = factories.bureau()
    rounds.open_month(Month.of(today()).before, by=by)
    book = Book()
    assert book.clock.rule == Rule()
    with CaptureQueriesContext(connection) as asked:
        count = book.rows().with_light(book.clock).lit("yellow").count()
    assert (count, len(asked)) == (1, 1)
    if connection.vendor == "sqlite":
        plan = book.rows().with_light(book.clock).lit("yellow").order_by().explain()
        assert "SEARCH projects_ledgerentry USING INDEX entry_by_light (status=?)" in plan


def test_the_page_of_an_entry_tells_what_made_its_light(rule: LightRule):
    entry = half_gone(38)
    client = signed_in(factories.bureau())
    html = client.get(entry.get_absolute_url()).content.decode()
    assert "完成38%，序时进度50.0%，滞后12.0个百分点" in html
    assert "亮灯依据" in html
    assert 'data-light="yellow"' in html


def test_what_joins_a_round_after_its_due_day_changes_no_frozen_month(rule: LightRule):
    """It was not asked for in time, and is silent on no day."""
    clerk = factories.bureau()
    this = Month.of(today())
    early = start_of(this.first) - dt.timedelta(days=1)  # last month's round is opened in it
    asked = half_gone(50)
    found = rounds.open_month(this.before, by=clerk, at=early)
    late = half_gone(50)
    after = found.due_on + dt.timedelta(days=2)
    before = lit(Book(now=after))
    assert rounds.refresh(found, by=clerk, at=start_of(after)) == (1, 0)
    assert lit(Book(now=after)) == before
    assert before == {asked.code: "yellow", late.code: "green"}


def test_a_milder_light_for_far_behind_gives_no_milder_light_than_for_behind(rule: LightRule):
    codes = [half_gone(percent).code for percent in (38, 10)]
    with rule.recording(Act()):
        rule.far_behind, rule.behind = "", "red"
    book = Book()
    found = book.entries(book.rows().with_light(book.clock))
    assert {e.code: (e.light, e.reading(book.clock).light) for e in found} == dict.fromkeys(
        codes, ("red", "red")
    )


def test_the_first_rule_is_shown_before_it_is_saved_too():
    half_gone(10)
    client = signed_in(factories.bureau())
    data = posted(LightRule(), version="")
    shown = client.post(reverse("admin:projects_lightrule_add"), data)
    assert "1个条目将变色" in shown.content.decode()
    assert not LightRule.objects.exists()


def test_nothing_is_previewed_of_a_rule_that_cannot_be_saved(rule: LightRule):
    shown = signed_in(factories.bureau()).post(address(rule), posted(rule, soon_days=91))
    html = shown.content.decode()
    assert "90" in html
    assert "尚未保存" not in html
