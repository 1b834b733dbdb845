"""System checks: a bad declaration or a missing guard is said at start-up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections

from . import workflow
from .models import guards


def workflow_is_sound(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(f"The workflow table is not sound: {problem}.", id="projects.E001")
        for problem in workflow.problems()
    ]


def guards_are_installed(
    *, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Runs with `check --database default`, and with every `migrate`."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        missing = guards.missing(connections[alias])
        if missing:
            found.append(
                Error(
                    f"Guards are missing in database '{alias}': {', '.join(missing)}.",
                    hint="Run `manage.py migrate`, which installs them again.",
                    id="projects.E002",
                )
            )
    return found
