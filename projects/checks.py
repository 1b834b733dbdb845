"""System checks: a bad declaration or a missing guard is said at start-up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.checks import CheckMessage, Error
from django.db import connections
from django.urls import URLPattern, URLResolver, get_resolver

from . import channels, scanning, workflow
from .models import guards
from .rights import ADDRESSES, ADMIN, OF_ACCOUNTS, OPEN


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


def _names(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[str]:
    """The names of all addresses but the admin's."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.name or str(pattern.pattern)
        elif pattern.namespace is None:
            yield from _names(pattern.url_patterns)


def rights_are_told(**kwargs: Any) -> list[CheckMessage]:
    """Every address and every model of the admin has its line in `rights`, and no line is idle."""
    names = set(_names(get_resolver().url_patterns))
    kept = {str(model._meta.model_name) for model in admin.site._registry}
    told = [
        *(("address", name) for name in names ^ {*ADDRESSES, *OPEN, *OF_ACCOUNTS}),
        *(("model", name) for name in kept ^ {*ADMIN}),
    ]
    return [
        Error(
            f"The {kind} '{name}' and the table of rights do not agree.",
            hint="Give it a line in projects/rights.py, or take the line off.",
            id="projects.E005",
        )
        for kind, name in sorted(told)
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
