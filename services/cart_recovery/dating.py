"""When an event happened, where its time has not come yet.

A shop that writes its local time as UTC is hours ahead of us, and of its own other systems: an
order with the right time would come before the visit, and end nothing.
"""

from datetime import UTC, datetime
from typing import Any, Final
from zlib import crc32

import msgspec

from headsup.contracts.envelope import Event
from headsup.shops.carts import SETTLING
from services.cart_recovery.cart import Ahead, Facts

_MOST: Final = 12
"""Events of a cart that may come again."""


def dated(facts: Facts, event: Event[Any], now: datetime) -> tuple[Facts, Event[Any]]:
    """The event, as of when it happened at the latest: as of now, where its time is further ahead
    than clocks differ; and when it comes again, as of when it came first. `now` is in UTC."""
    said, digest = event.time.astimezone(UTC), crc32(event.id.encode())
    known = [one.counts_as for one in facts.ahead if (one.said, one.event) == (said, digest)]
    if not known and said <= now + SETTLING:
        return facts, event
    if not known:
        ahead = sorted((*facts.ahead, Ahead(said, digest, now)))[-_MOST:]
        facts = msgspec.structs.replace(facts, ahead=tuple(ahead))
    return facts, msgspec.structs.replace(event, time=known[0] if known else now)
