"""Addresses that nothing is sent to, for `headsup suppressions`.

A service that keeps such addresses offers a `Desk` by an entry point in the group
`headsup.suppressions`, so that the library never imports a service.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Protocol

from headsup.trace import Entry

GROUP = "headsup.suppressions"


@dataclass(frozen=True, slots=True)
class Lifted:
    """What became of one address that was to be lifted."""

    line: int
    """Where it stood in what was given, counted from 1."""
    entries: tuple[Entry, ...] | None
    """What was lifted, masked; None when the line is no address."""


class Desk(Protocol):
    """What can be done about them. `shop` is a source; None means all shops."""

    async def listed(self, connection: Any, shop: str | None, most: int) -> list[Entry]:
        """The newest ones, addresses masked."""
        ...

    async def lift(
        self, connection: Any, shop: str | None, addresses: Sequence[str]
    ) -> list[Lifted]:
        """Ends the suppressions of these addresses."""
        ...


def desks() -> list[Desk]:
    """The services' desks."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return [point.load()() for point in points]
