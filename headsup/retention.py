"""Removes what was kept for long enough, a little at a time.

A table is walked from its beginning to its end, block by block, over and over: so no index is
needed that each new row would have to pay for. What one step reads is always as much, however large
the table is; how long a round takes, docs/erasing.md says.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from headsup import logs
from headsup.clock import Clock, SystemClock
from headsup.health import Health
from headsup.postgres import DATABASE_AWAY
from headsup.waiting import wait

BLOCKS: Final = 256
"""Of one step: two megabytes."""
EVERY: Final = 10.0
"""Seconds between two steps of each walk."""
_SIZE: Final = "SELECT pg_relation_size($1::regclass) / current_setting('block_size')::int"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What goes when. Rows that somebody else holds are left for the next round."""

    table: str
    """With its schema."""
    is_old: str
    """A condition on a row `t`; $3 is the moment before which it is old."""
    keep: timedelta
    is_real_time: bool = False
    """Whether its moments are the database's, not the shop's."""
    change: str | None = None
    """What is set, where the row stays; None: it goes."""
    name: str = ""
    """For the metric; the table's own unless it is given."""

    @property
    def statement(self) -> str:
        """Does it between two blocks."""
        rows = (
            f"SELECT ctid FROM {self.table} AS t "  # noqa: S608 - our own words
            "WHERE ctid >= format('(%s,0)', $1::bigint)::tid "
            "AND ctid < format('(%s,0)', $2::bigint)::tid "
            f"AND {self.is_old} FOR UPDATE SKIP LOCKED"
        )
        if self.change:
            what = f"UPDATE {self.table} SET {self.change}"  # noqa: S608 - our own words
        else:
            what = f"DELETE FROM {self.table}"  # noqa: S608 - our own words
        return f"{what} WHERE ctid = ANY (ARRAY({rows}))"


class Walk:
    """One rule, and how far it has come."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._statement = rule.statement
        self._block = 0

    async def step(self, pool: "asyncpg.Pool[asyncpg.Record]", now: datetime) -> int:
        """Goes on; how many rows that were."""
        size: int = await pool.fetchval(_SIZE, self.rule.table)
        if self._block >= size:
            self._block = 0
        until = self._block + BLOCKS
        status = await pool.execute(self._statement, self._block, until, now - self.rule.keep)
        self._block = until
        return int(status.rpartition(" ")[2])


class Retention:
    """All rules of a service."""

    def __init__(
        self,
        rules: Sequence[Rule],
        pool: "asyncpg.Pool[asyncpg.Record]",
        clock: Clock,
        *,
        on_removed: Callable[[str, int], None],
        real: Clock | None = None,
    ) -> None:
        self._walks = [Walk(rule) for rule in rules]
        self._pool = pool
        self._clock = clock
        self._real = real or SystemClock()
        self._on_removed = on_removed

    async def turn(self) -> int:
        """One step of each; how many rows were removed, or emptied. Raises a database error."""
        removed = 0
        for walk in self._walks:
            clock = self._real if walk.rule.is_real_time else self._clock
            count = await walk.step(self._pool, clock.now())
            if count:
                self._on_removed(walk.rule.name or walk.rule.table, count)
            removed += count
        return removed

    async def run(self, health: Health, stop: asyncio.Event) -> None:
        """Walks until `stop` is set."""
        while not stop.is_set():
            try:
                await self.turn()
            except DATABASE_AWAY as error:
                logs.logger().error("what is old could not be removed", error=error)
            health.turned("retention")
            await wait(stop, EVERY)
