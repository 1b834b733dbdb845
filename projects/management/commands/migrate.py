"""Django's migrate, which must be able to mend what the guards' check complains of."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate


class Command(migrate.Command):
    def check(self, *args: Any, databases: Any = None, **kwargs: Any) -> Any:
        """All checks but those of the database: migrate installs the guards they miss."""
        return super().check(*args, **kwargs)
