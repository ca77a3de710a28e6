"""How many bytes records hold. What lies on Kafka may be far smaller than it is unpacked: five
hundred records of a quarter of a megabyte came in a few kilobytes, each was set aside, and a
service that had 60 MB held 580. It would end at its memory limit, be started again, and read the
same. So what is taken at once, and what waits, is limited by its bytes as well. Pure."""

from collections.abc import Sequence
from typing import Final, Protocol

HEADER: Final = 64
"""Bytes of our memory that a header takes beside what it holds."""


class Weighed(Protocol):
    """A record: one that was read, or one on its way out."""

    @property
    def key(self) -> bytes | None:
        """Its key."""
        ...

    @property
    def value(self) -> bytes | None:
        """Its value."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """Its headers."""
        ...


def weight(records: Sequence[Weighed]) -> int:
    """Bytes of keys, values and headers. Asked for every record that is read and written, so there
    is no call in it for each."""
    parts = [part for each in records for part in (each.key, each.value) if part]
    pairs = [pair for each in records for pair in each.headers]
    named = [part for pair in pairs for part in pair if part]
    return sum(map(len, parts)) + sum(map(len, named)) + HEADER * len(pairs)
