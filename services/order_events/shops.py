"""The shops as orders are judged in them: what each promises, and the trouble that it has."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from headsup.shops.policy import DEFAULT, Policy
from services.order_events import incident_rows
from services.order_events.incidents import KEPT_FOR
from services.order_events.shop import Shop

KEPT_SECONDS: Final = 2.0
"""So old may be what we know of incidents: another replica may have taken one in since."""


class Shops:
    """Puts policies and incidents together, by the `source` of a shop's events. Incidents are read
    again when they are asked for and what we have is old, or known to be."""

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self._policies = policies
        self._known: Mapping[str, Shop] = {}
        self._read_at = float("-inf")

    async def recent(self, connection: Any, now: datetime) -> Mapping[str, Shop]:
        """The shops, as they were a moment ago."""
        if time.monotonic() - self._read_at > KEPT_SECONDS:
            return await self.latest(connection, now)
        return self._known

    async def latest(self, connection: Any, now: datetime) -> Mapping[str, Shop]:
        """The shops, as they are."""
        read_at = time.monotonic()
        found = await incident_rows.known(connection, now - KEPT_FOR)
        self._known = {
            source: Shop(self._policies.get(source, DEFAULT), found.get(source, ()))
            for source in self._policies.keys() | found.keys()
        }
        self._read_at = read_at
        return self._known

    def changed(self) -> None:
        """An incident was taken in: what we know of them is old."""
        self._read_at = float("-inf")
