"""System checks: a bad declaration or a missing guard is said at start-up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import connections

from . import channels, scanning, workflow
from .models import guards


def workflow_is_sound(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(f"The workflow table is not sound: {problem}.", id="projects.E001")
        for problem in workflow.problems()
    ]


def scanner_is_there(**kwargs: Any) -> list[CheckMessage]:
    if not scanning.is_missing():
        return []
    return [
        Error(
            f"ATTACHMENT_SCANNER={settings.ATTACHMENT_SCANNER} is nothing that can be called.",
            hint="Give the dotted path of a function(content, name), or leave it out.",
            id="projects.E003",
        )
    ]


def notifier_is_there(**kwargs: Any) -> list[CheckMessage]:
    if not channels.notifier_is_missing():
        return []
    return [
        Error(
            f"NOTIFIER={settings.NOTIFIER} is nothing that can be called.",
            hint="Give the dotted path of a function(user, notices), or leave it out.",
            id="projects.E004",
        )
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
