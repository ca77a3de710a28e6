"""Where people's questions about orders are answered from: our rows, which it only reads.

It runs in the process of whoever asks, with connections of theirs, so that questions are answered
while order_events is down, and nobody's page waits for a batch.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from headsup import logs
from headsup.contracts.catalogue import Audience
from headsup.orders import OrderKey, OrderView
from headsup.shops.policy import Policy
from services.order_events import told as told_module
from services.order_events.order_views import view_of
from services.order_events.rules.base import Case
from services.order_events.sealed_orders import read_without_people
from services.order_events.shop import UNKNOWN, Shop
from services.order_events.shops import Shops

PATIENCE: Final = 3.0
"""Seconds for a connection, and for each statement: somebody is looking at an empty page."""
_ROWS: Final = """
    SELECT asked.place, o.source, o.facts::text, o.told::text
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (source, order_id, place)
    JOIN order_events.orders AS o USING (source, order_id)
    ORDER BY asked.place
"""


class RowsOrderBook:
    """As `headsup.orders.OrderBook`, over the rows."""

    def __init__(self, pool: Any, policies: Mapping[str, Policy]) -> None:
        self._pool = pool
        self._shops = Shops(policies)

    async def orders(
        self, keys: Sequence[OrderKey], now: datetime, audience: Audience = Audience.BUYER
    ) -> list[OrderView]:
        """As `OrderBook`. An order that another version of us wrote is not among them."""
        if not keys:
            return []
        sources, order_ids = [key[0] for key in keys], [key[1] for key in keys]
        async with (
            self._pool.acquire(timeout=PATIENCE) as connection,
            connection.transaction(readonly=True),
        ):
            rows = await connection.fetch(_ROWS, sources, order_ids, timeout=PATIENCE)
            shops = await self._shops.recent(connection, now) if rows else {}
        cases = (_case(row, shops, now, audience) for row in rows)
        return list(_views(case for case in cases if case is not None))


def _case(row: Any, shops: Mapping[str, Shop], now: datetime, audience: Audience) -> Case | None:
    shop = shops.get(row["source"], UNKNOWN)
    try:
        facts, told = read_without_people(row["facts"]), told_module.decode(row["told"])
    except msgspec.ValidationError as error:
        logs.logger().error("a stored order is unreadable", error=error)
        return None
    return Case(facts, told, now, shop.policy, shop.incidents, audience)


def _views(cases: Iterator[Case]) -> Iterator[OrderView]:
    return (view for view in map(view_of, cases) if view is not None)
