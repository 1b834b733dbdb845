"""The demo for the tests: its eight accounts, and the ledgers as they are first filled."""

import io

from django.core.management import call_command

from projects import demo as cast
from projects import seeding
from projects.models import User
from tests import factories

PASSWORD = factories.PASSWORD


def accounts() -> dict[str, User]:
    """The eight accounts by name, with the units that they belong to."""
    for name in (cast.SAMPLE_UNIT, cast.BUREAU):
        factories.unit(name)
    call_command("demo_accounts", password=PASSWORD, stdout=io.StringIO())
    return {user.username: user for user in User.objects.all()}


def seeded() -> dict[str, User]:
    """All of the demo; takes some seconds. Returns its accounts by name."""
    seeding.seed()
    return accounts()
