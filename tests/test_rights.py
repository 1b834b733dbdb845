"""The table of rights, and what an account makes of it."""

import pytest
from django.contrib.auth.models import Group

from projects.choices import Role
from projects.models import User
from projects.rights import ADMIN_RIGHTS, POLICY, Right, granted
from tests.factories import user

#: The office's table, in its own words (docs: roles).
TABLE = {
    "同城化局": {"read", "export", "edit", "move", "rounds", "follow", "trail"},
    "填报": {"read", "report"},
    "审定": {"read", "report", "sign"},
    "领导": {"read", "export"},
    "审计": {"read", "export", "trail", "access-log"},
    "系统管理员": {"accounts"},
    "安全管理员": {"access-log"},
}


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_a_person_of_a_role_may_exactly_what_the_table_says(role):
    person = user("person", role)
    assert {right.value for right in Right if person.may(right)} == TABLE[role.value]


def test_the_policy_speaks_of_every_role():
    assert {role.value for role in POLICY} == set(TABLE)


def test_roles_together_grant_what_each_grants():
    both = granted(frozenset({Role.LEADER, Role.SECADMIN}))
    assert both == {Right.READ, Right.EXPORT, Right.ACCESS_LOG}


def test_no_role_grants_nothing():
    assert granted(frozenset()) == frozenset()


def test_only_the_bureau_writes_to_the_ledgers():
    writing = {Right.EDIT, Right.MOVE, Right.FOLLOW}
    assert [role for role in Role if POLICY[role] & writing] == [Role.BUREAU]


@pytest.mark.parametrize("role", [Role.SYSADMIN, Role.SECADMIN])
def test_who_keeps_the_system_sees_no_business_data(role):
    business = {Right.READ, Right.EXPORT, Right.EDIT, Right.MOVE, Right.TRAIL}
    assert POLICY[role] & business == frozenset()


def test_no_role_both_keeps_the_accounts_and_reads_the_records_of_sign_ins():
    """三员分离: whoever gives out rights does not watch over their use."""
    both = {Right.ACCOUNTS, Right.ACCESS_LOG}
    assert [role for role in Role if POLICY[role] >= both] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [{}, {"is_staff": True}, {"is_superuser": True, "is_staff": True}],
    ids=["plain", "staff", "superuser"],
)
def test_an_account_without_a_role_may_nothing(fields):
    assert user("nobody", **fields).rights == frozenset()


@pytest.mark.django_db
def test_a_closed_account_may_nothing():
    assert user("former", Role.BUREAU, is_active=False).rights == frozenset()


@pytest.mark.django_db
def test_a_group_that_is_no_role_grants_nothing():
    person = user("person", Role.LEADER)
    person.groups.add(Group.objects.create(name="台球队"))
    assert User.objects.get(pk=person.pk).roles == {Role.LEADER}


@pytest.mark.django_db
def test_a_person_who_joins_a_group_has_its_rights_at_the_next_request():
    person = user("person")
    assert not person.may(Right.READ)
    person.groups.add(Group.objects.create(name=Role.LEADER.value))
    assert User.objects.get(pk=person.pk).may(Right.READ)


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_the_admin_is_for_those_who_have_work_there(role):
    needed = {right.value for right in ADMIN_RIGHTS}
    assert user("person", role).works_in_admin is bool(TABLE[role.value] & needed)
