"""Every address × method × kind of person, as `projects/rights.py` says; nothing beside it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, reverse

from projects import checks, rounds, urls
from projects.choices import MatterKind, Role
from projects.models import Act, User
from projects.periods import Month, today
from projects.rights import ADDRESSES, ADMIN, OF_ACCOUNTS, OPEN, POLICY, Right, apart
from projects.views import gate

from . import factories

pytestmark = pytest.mark.django_db

PERIOD = Month.of(today())
#: The seven groups, an account in none, and nobody.
KINDS = [*Role, "no group", "nobody"]
#: How a request ends: let in (whatever it is then told), refused, not taken, sent to sign in.
IN, REFUSED, NOT_TAKEN, SIGN_IN = "in", "403", "405", "sign in"


@pytest.fixture
def examples() -> dict[str, str]:
    """Each address by name, with records on which people of 甲局 may act."""
    unit = factories.unit("甲局")
    entry = factories.item(
        lead=unit,
        contact_leader="张某",
        task_force="某专项组",
        regions=[factories.region("512000")],
    )
    rounds.open_month(PERIOD, by=factories.bureau("opener"))
    problem = factories.problem(entries=[entry], unit=unit)
    slip = factories.slip(entries=[entry], unit=unit)
    meeting = factories.meeting()
    contact = factories.contact(entries=[entry], unit=unit)
    proof = factories.attachment(problem, b"proof", "佐证.txt")
    usual = {
        "ledger": "items",
        "code": entry.code,
        "period": PERIOD,
        "kind": MatterKind.PROBLEM,
        "extension": "csv",
        "sequence": 1,
        "pk": 1,
    }
    own: dict[str, dict[str, Any]] = {
        "sector": {"slug": entry.sector.slug},
        "city": {"code": "512000"},
        "leader": {"name": "张某"},
        "task-force": {"name": "某专项组"},
        "slip": {"code": slip.code},
    }
    for name in ADDRESSES:
        if name in ("unit", "unit-reports", "unit-reports-all", "unit-sheet"):
            own[name] = {"pk": unit.pk}
        if name in ("attachment", "attachment-withdraw"):
            own[name] = {"pk": proof.pk}
        if name in ("contact", "contact-edit"):
            own[name] = {"code": contact.code}
        if name.startswith("matter-") or name == "matter":
            own.setdefault(name, {"code": problem.code})
        if name.startswith(("meeting", "agenda")) or name == "decide":
            own.setdefault(name, {"code": meeting.code})
    return {
        pattern.name: reverse(pattern.name, kwargs=_filled(pattern, usual, own))
        for pattern in urls.urlpatterns
        if isinstance(pattern, URLPattern)
    }


def _filled(pattern: Any, usual: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    given = {**usual, **own.get(pattern.name, {})}
    return {name: given[name] for name in pattern.pattern.converters}


def account(kind: Any) -> User | None:
    if kind == "nobody":
        return None
    roles = [kind] if kind in Role.values else []
    return factories.user("someone", *roles, unit=factories.unit("甲局"))


def told(kind: Any, name: str, method: str) -> str:
    """What the table says of a request."""
    line = ADDRESSES[name]
    if kind == "nobody":
        return SIGN_IN
    held = POLICY[Role(kind)] if kind in Role.values else frozenset()
    wanted = line.get if method == "get" else line.post
    if not held & {*(wanted or line.get or line.post)}:
        return REFUSED
    return IN if wanted else NOT_TAKEN


def found(client: Client, address: str, method: str) -> str:
    response: Any = getattr(client, method)(address)
    if response.status_code in (403, 405):
        return str(response.status_code)
    if response.status_code == 302 and response["Location"].startswith("/login/"):
        return SIGN_IN
    assert response.status_code < 500, address
    if response.streaming:
        b"".join(response.streaming_content)
    return IN


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_address_lets_in_just_whom_the_table_names(
    client: Client, examples: dict[str, str], kind: Any, method: str
) -> None:
    if user := account(kind):
        client.force_login(user)
    answers = {name: found(client, examples[name], method) for name in ADDRESSES}
    assert answers == {name: told(kind, name, method) for name in ADDRESSES}


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_no_address_takes_another_method(
    client: Client, examples: dict[str, str], method: str
) -> None:
    client.force_login(factories.user("all", Role.BUREAU))
    may = [
        name for name, line in ADDRESSES.items() if POLICY[Role.BUREAU] & {*line.get, *line.post}
    ]
    assert {found(client, examples[name], method) for name in may} == {NOT_TAKEN}


def test_what_an_address_takes_is_not_told_to_who_may_not(
    client: Client, examples: dict[str, str]
) -> None:
    client.force_login(factories.user("leader", Role.LEADER))
    response = client.get(examples["round-open"])
    assert response.status_code == 403
    assert "Allow" not in response


@pytest.mark.parametrize("role", Role)
def test_every_model_of_the_admin_is_kept_by_just_whom_the_table_names(
    client: Client, role: Role
) -> None:
    client.force_login(factories.user("someone", role))
    for model, right in ADMIN.items():
        for page in ("changelist", "add"):
            address = reverse(f"admin:projects_{model}_{page}")
            expected = right in POLICY[role]
            answer = client.get(address).status_code
            assert (answer == 200) == expected or (page, answer) == ("add", 403), address
            assert answer in (200, 403), address


# --- the table itself ------------------------------------------------------------------------


def test_every_address_and_model_has_its_line_and_no_line_is_idle() -> None:
    assert checks.rights_are_told() == []


def _without(table: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: line for key, line in table.items() if key != name}


def test_an_address_without_a_line_is_named_at_start_and_open_to_nobody(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (checks, gate):
        monkeypatch.setattr(module, "ADDRESSES", _without(ADDRESSES, "sectors"))
    monkeypatch.setattr(checks, "ADMIN", _without(ADMIN, "sector"))
    assert [error.msg for error in checks.rights_are_told()] == [
        "The address 'sectors' and the table of rights do not agree.",
        "The model 'sector' and the table of rights do not agree.",
    ]
    client.force_login(factories.bureau())
    response = client.get("/sectors/")
    assert response.status_code == 403
    assert "这个地址尚未登记权限" in response.content.decode()


def test_no_address_is_told_twice() -> None:
    assert {*ADDRESSES} & (OPEN | OF_ACCOUNTS) == set()
    assert all(line.get or line.post for line in ADDRESSES.values())


# --- 三员分离 ---------------------------------------------------------------------------------


def test_no_group_holds_two_of_accounts_access_events_and_business() -> None:
    business = {Right.EDIT, Right.MOVE, Right.REPORT, Right.SIGN, Right.ROUNDS, Right.FOLLOW}
    for role, held in POLICY.items():
        watches = [Right.ACCOUNTS in held, Right.ACCESS_LOG in held, bool(business & held)]
        assert sum(watches) <= 1, role


@pytest.mark.parametrize(
    ("roles", "count"),
    [
        ((), 0),
        *(((role,), 0) for role in Role),
        ((Role.REPORTER, Role.APPROVER), 0),
        ((Role.LEADER, Role.AUDITOR), 0),
        ((Role.SYSADMIN, Role.LEADER), 1),
        ((Role.SECADMIN, Role.BUREAU), 1),
        ((Role.SYSADMIN, Role.SECADMIN), 2),
        ((Role.AUDITOR, Role.BUREAU), 1),
        ((Role.AUDITOR, Role.REPORTER), 1),
        ((Role.SYSADMIN, Role.AUDITOR, Role.BUREAU), 2),
    ],
)
def test_which_groups_one_person_may_hold_together(roles: tuple[Role, ...], count: int) -> None:
    assert len(apart(frozenset(roles))) == count
    if count:
        with pytest.raises(ValidationError):
            factories.user("someone", *roles)
    else:
        assert factories.user("someone", *roles).roles == {*roles}


def group(role: Role) -> Group:
    return Group.objects.get_or_create(name=role.value)[0]


def test_groups_that_may_not_be_held_together_are_refused_by_every_door() -> None:
    user = factories.user("someone", Role.SYSADMIN)
    second = group(Role.SECADMIN)
    with pytest.raises(ValidationError), transaction.atomic():
        user.groups.add(second)
    with pytest.raises(ValidationError), transaction.atomic():
        second.user_set.add(user)
    assert User.objects.get(username="someone").roles == {Role.SYSADMIN}


def test_nobody_gives_groups_to_the_own_account() -> None:
    user = factories.user("someone", Role.SYSADMIN)
    business = group(Role.BUREAU)
    with pytest.raises(ValidationError), user.recording(Act(by=user)):
        user.groups.set([business])
    other = factories.user("other", Role.SYSADMIN)
    user = User.objects.get(username="someone")
    with user.recording(Act(by=other)):
        user.groups.set([business])
    assert User.objects.get(username="someone").roles == {Role.BUREAU}


def save_account(client: Client, user: User, *roles: Role) -> Any:
    address = reverse("admin:projects_user_change", args=[user.pk])
    given = {
        "username": user.username,
        "display_name": "",
        "email": "",
        "is_active": "on",
        "version": User.objects.get(pk=user.pk).version,
        "groups": [group(role).pk for role in roles],
    }
    return client.post(address, given)


def test_the_admin_says_why_groups_are_refused(client: Client) -> None:
    boss, other = factories.user("boss", Role.SYSADMIN), factories.user("other", Role.LEADER)
    client.force_login(boss)
    html = save_account(client, other, Role.SYSADMIN, Role.LEADER).content.decode()
    assert "“系统管理员”不得同时担任其他岗位" in html
    html = save_account(client, boss, Role.BUREAU).content.decode()
    assert "本人的岗位由另一名系统管理员调整" in html
    assert User.objects.get(username="boss").roles == {Role.SYSADMIN}
    assert save_account(client, other, Role.AUDITOR, Role.LEADER).status_code == 302
    assert User.objects.get(username="other").roles == {Role.AUDITOR, Role.LEADER}
