"""Editing for the bureau's staff; importing these modules registers them."""

from . import accounts, entries, lightrules, places

__all__ = ["accounts", "entries", "lightrules", "places"]
