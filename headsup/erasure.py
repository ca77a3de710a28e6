"""How far somebody's erasure is, for `headsup erase`.

The service that hears from the others when they have forgotten a customer offers a `Look` by an
entry point in the group `headsup.erasure`, so that the library never imports a service.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import entry_points
from typing import Any

GROUP = "headsup.erasure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it is."""

    at: datetime
    """Whatever is older than this is forgotten."""
    is_done_here: bool
    """Whoever is asked has forgotten them."""
    confirmed: frozenset[str]
    """Who else has: a service by its name, or a part of it, such as "cart_recovery/3"."""

    def missing(self, expected: frozenset[str]) -> list[str]:
        """Of these, and of whoever is asked, who has not, in order."""
        missing = sorted(expected - self.confirmed)
        return missing if self.is_done_here else ["notifier", *missing]


Look = Callable[[Any, str, str], Awaitable[Progress | None]]
"""Looks by a connection at what became of a shop's customer; None where nobody heard of it."""


def look() -> Look:
    """The service's. Raises LookupError where none is installed."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    if not points:
        raise LookupError("no service that knows of erasures is installed")
    found: Look = points[0].load()
    return found
