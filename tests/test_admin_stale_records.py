"""Two people at one place, unit, sector, indicator or account: nothing is overwritten unseen."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from projects.choices import Role
from projects.models import Recorded, Revision, Sector, User
from tests import factories

pytestmark = pytest.mark.django_db


def client_of(role: Role, name: str) -> Client:
    client = Client()
    client.force_login(factories.user(name, role))
    return client


def address(record: Recorded) -> str:
    return reverse(f"admin:projects_{record._meta.model_name}_change", args=[record.pk])


def form_of(client: Client, record: Recorded) -> dict[str, Any]:
    """What a browser would send back from the page as it is now."""
    form = client.get(address(record)).context["adminform"].form
    posted: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if value is None or bound.name == "password":
            continue
        shown = [str(getattr(v, "pk", v)) for v in value] if isinstance(value, list) else value
        posted[bound.html_name] = shown
        if bound.field.show_hidden_initial:
            posted[bound.html_initial_name] = shown
    return posted


def test_a_stale_save_of_a_unit_is_shown_mine_and_theirs_and_changes_nothing():
    unit = factories.unit("示例单位甲")
    mine, theirs = client_of(Role.BUREAU, "mine"), client_of(Role.BUREAU, "theirs")
    mine_form, their_form = form_of(mine, unit), form_of(theirs, unit)
    assert theirs.post(address(unit), {**their_form, "short_name": "甲局"}).status_code == 302
    answer = mine.post(address(unit), {**mine_form, "name": "示例单位乙"})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "他人已保存" in page
    assert "示例单位乙" in page
    assert "甲局" in page
    unit.refresh_from_db()
    assert (unit.name, unit.short_name, unit.version) == ("示例单位甲", "甲局", 2)


def test_saving_again_after_the_comparison_keeps_both_changes():
    unit = factories.unit("示例单位甲")
    mine, theirs = client_of(Role.BUREAU, "mine"), client_of(Role.BUREAU, "theirs")
    mine_form = form_of(mine, unit)
    theirs.post(address(unit), {**form_of(theirs, unit), "short_name": "甲局"})
    answer = mine.post(address(unit), {**mine_form, "name": "示例单位乙"})
    again = {b.html_name: b.value() for b in answer.context["adminform"].form if b.value()}
    assert mine.post(address(unit), again).status_code == 302
    unit.refresh_from_db()
    assert (unit.name, unit.short_name) == ("示例单位乙", "甲局")


@pytest.mark.parametrize("version", ["", "abc", "-1"])
def test_a_save_without_its_version_is_refused(version: str):
    sector = factories.sector()
    client = client_of(Role.BUREAU, "mine")
    form = {**form_of(client, sector), "name": "改名", "version": version}
    assert client.post(address(sector), form).status_code == 200
    assert Sector.objects.get(pk=sector.pk).name == sector.name


def test_a_stale_save_of_an_account_does_not_bring_a_group_back():
    user = factories.user("someone", Role.LEADER)
    first, second = client_of(Role.SYSADMIN, "first"), client_of(Role.SYSADMIN, "second")
    first_form, second_form = form_of(first, user), form_of(second, user)
    assert second.post(address(user), {**second_form, "groups": []}).status_code == 302
    answer = first.post(address(user), {**first_form, "display_name": "王某"})
    assert answer.status_code == 200
    user = User.objects.get(pk=user.pk)
    assert (user.display_name, user.groups.count()) == ("", 0)


def test_a_password_set_for_another_is_recorded_in_the_name_of_who_set_it():
    user = factories.user("someone", Role.LEADER)
    client = client_of(Role.SYSADMIN, "keeper")
    password = "Long-enough-2026-pass"
    client.post(
        reverse("admin:auth_user_password_change", args=[user.pk]),
        {"password1": password, "password2": password, "usable_password": "true"},
    )
    row = Revision.objects.of(user).first()
    assert row is not None
    assert User.objects.get(pk=user.pk).check_password(password)
    assert (row.actor_name, row.source) == ("keeper", "admin")


def test_a_district_cannot_lie_in_a_district():
    below = factories.region("512002")
    client = client_of(Role.BUREAU, "mine")
    form = {"code": "inner", "name": "内区", "level": "zone", "parent": below.pk}
    answer = client.post(reverse("admin:projects_region_add"), form)
    assert "上级须是地级市" in answer.content.decode()
