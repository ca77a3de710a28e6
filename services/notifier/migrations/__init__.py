"""Versioned migrations of this service's schema, applied by `headsup db migrate`."""

from typing import Final

OFFERED: Final[tuple[str, ...]] = ()
"""Tables that other services may read: none."""
