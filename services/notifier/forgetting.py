"""Removes what is known of purchases, of reminded carts, and of how much somebody was sent, when
nothing can ask for it any more: it names people, and their orders are kept elsewhere."""

from datetime import timedelta
from typing import Final

import asyncpg

from headsup.clock import Clock
from services.notifier.ledger import count

KEPT: Final = timedelta(days=70)
"""Longer than from a visit to the last word on it: a shop waits for 30 days at most between two
flows, for 30 more before the last reminder of one, and then for the night to end."""
COUNTED: Final = timedelta(days=9)
"""A week, and a day for those who live where it is another day."""
AT_ONCE: Final = 5_000
"""Rows of one statement, which must end in time however much is old."""
_FORGET: Final = tuple(
    f"""
    DELETE FROM notifier.{table} WHERE (source, who) IN (
        SELECT source, who FROM notifier.{table} WHERE {moment} < $1
        ORDER BY {moment} LIMIT $2 FOR UPDATE SKIP LOCKED)
    """  # noqa: S608 - our own words
    for table, moment in (("purchases", "at"), ("cart_flows", "began_at"))
)


_UNCOUNT: Final = """
    DELETE FROM notifier.counted WHERE (source, who, day) IN (
        SELECT source, who, day FROM notifier.counted WHERE day < $1
        LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


class Forgetting:
    """Over the tables that are kept for a while."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def turn(self) -> int:
        """Removes some of what is old; how much that was. Raises a database error."""
        now = self._clock.now()
        long_ago, counted = now - KEPT, (now - COUNTED).date()
        removed = [count(await self._pool.execute(each, long_ago, AT_ONCE)) for each in _FORGET]
        return sum(removed, count(await self._pool.execute(_UNCOUNT, counted, AT_ONCE)))
