"""Versioned migrations of this service's schema, applied by `headsup db migrate`."""

from typing import Final

OFFERED: Final[tuple[str, ...]] = ("orders", "events", "incidents")
"""Tables that are read where people are answered: `headsup.orders`, `headsup.trace`."""
