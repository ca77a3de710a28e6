"""What a service knows of an order or a cart, for `headsup trace` and the page of the order.

A service offers its part by an entry point in the group `headsup.trace`, a coroutine function
`trace(connection, order_id, source) -> list[Entry]`, which may be given a cart's id as well. Two
shops may use the same id: `source` names the one that is meant, None means all, as for the command.
Parts are shown in the order of the entry points' names.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import entry_points
from typing import Any

GROUP = "headsup.trace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that is known: a fact, a statement, a message, or why there was none.

    `at` is None for what has no moment of its own. Addresses are masked by whoever makes it.
    """

    section: str
    heading: str
    at: datetime | None = None
    detail: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    """What codes mean, for people: by the name in `detail`, and of the heading by its text."""


Trace = Callable[[Any, str, str | None], Awaitable[list[Entry]]]


def traces() -> list[Trace]:
    """The services' parts."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return [point.load() for point in points]
