"""Removes what was kept for long enough, a little at a time.

A table is walked from its beginning to its end, piece by piece, over and over: so no index is
needed that each new row would have to pay for. How far a walk has come is a row of its schema's
`walks`: replicas share it, and whoever starts goes on there. A piece is always as large, so nothing
is held for long; how many follow each other goes with the table, so that a round takes no longer
than a twentieth of the term: docs/decisions/what-is-old-is-found-by-walking.md.

How late each walk is is told all the time, also of one that another replica is at, or that somebody
holds: what was to go is there for as long, and nobody would see it.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import asyncpg

from headsup import logs
from headsup.clock import Clock, SystemClock
from headsup.health import Health
from headsup.postgres import DATABASE_AWAY
from headsup.waiting import wait

BLOCKS: Final = 256
"""Of one piece: two megabytes."""
EVERY: Final = 10.0
"""Seconds after which each walk goes on at the latest."""
ROUNDS: Final = 20
"""In a term: what is old is gone before another twentieth of it is over."""
MOST: Final = 100
"""Pieces of a walk that is behind, until the others go on."""
BREATH: Final = 0.05
"""Seconds between two of them: so a replica reads no more than forty megabytes a second."""
_BEGIN: Final = "INSERT INTO {schema}.walks (rule) VALUES ($1) ON CONFLICT DO NOTHING"
_PLACE: Final = """
    SELECT block, extract(epoch FROM now() - began_at)::float8 AS seconds,
           pg_relation_size($2::regclass) / current_setting('block_size')::int AS size
    FROM {schema}.walks WHERE rule = $1 FOR UPDATE SKIP LOCKED
"""
_MOVE: Final = """
    UPDATE {schema}.walks SET block = $2, began_at = now() - make_interval(secs => $3)
    WHERE rule = $1
"""

_LATE: Final = """
    SELECT rule, block, extract(epoch FROM now() - began_at)::float8 AS seconds,
           pg_relation_size(relation::regclass) / current_setting('block_size')::int AS size
    FROM unnest($1::text[], $2::text[]) AS asked (rule, relation) JOIN {schema}.walks USING (rule)
"""


def _nobody(_what: str, _seconds: float) -> None:
    """Hears how late a walk is, and does nothing."""


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
    def round(self) -> float:
        """Seconds that a walk through all of the table is to take."""
        return self.keep.total_seconds() / ROUNDS

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


class Step(NamedTuple):
    """What came of a piece."""

    removed: int
    """Rows that went, or were emptied."""
    is_behind: bool
    """Whether the next piece is due already."""


class Walk:
    """One rule, and its way through the table."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.name = rule.name or rule.table
        self._statement = rule.statement
        schema = rule.table.partition(".")[0]
        self._begin, self._place, self._move = (
            statement.format(schema=schema) for statement in (_BEGIN, _PLACE, _MOVE)
        )
        self._has_begun = False

    async def step(self, pool: "asyncpg.Pool[asyncpg.Record]", now: datetime) -> Step:
        """Goes on by a piece, unless another replica is at one. Raises a database error; then the
        piece comes again."""
        if not self._has_begun:
            await pool.execute(self._begin, self.name)
            self._has_begun = True
        async with pool.acquire() as connection, connection.transaction():
            place = await connection.fetchrow(self._place, self.name, self.rule.table)
            return await self._piece(connection, place, now) if place else Step(0, False)

    async def _piece(self, connection: Any, place: Any, now: datetime) -> Step:
        block, seconds, size = place["block"], place["seconds"], place["size"]
        if block >= size:
            block, seconds = 0, 0.0
        until = block + BLOCKS
        status = await connection.execute(self._statement, block, until, now - self.rule.keep)
        await connection.execute(self._move, self.name, until, seconds)
        is_behind = until < size and until * self.rule.round < seconds * size
        return Step(int(status.rpartition(" ")[2]), is_behind)


class Retention:
    """All rules of a service."""

    def __init__(
        self,
        rules: Sequence[Rule],
        pool: "asyncpg.Pool[asyncpg.Record]",
        clock: Clock,
        *,
        on_removed: Callable[[str, int], None],
        on_late: Callable[[str, float], None] = _nobody,
        real: Clock | None = None,
    ) -> None:
        self._walks = [Walk(rule) for rule in rules]
        self._pool = pool
        self._clock = clock
        self._real = real or SystemClock()
        self._on_removed, self._on_late = on_removed, on_late

    async def turn(self) -> int:
        """A piece of each walk, and more of those that are behind; how many rows were removed, or
        emptied. Raises a database error."""
        return sum([(await self._go_on(walk)).removed for walk in self._walks])

    async def run(self, health: Health, stop: asyncio.Event) -> None:
        """Walks until `stop` is set."""
        while not stop.is_set():
            is_behind = False
            with _unless_away("what is old could not be removed"):
                for walk in self._walks:
                    is_behind |= (await self._go_on(walk, stop)).is_behind
                    health.turned("retention")
            # Also where a walk cannot go on: that is what makes it late.
            with _unless_away("nobody can say how late what is old is removed"):
                await self.tell_how_late()
            health.turned("retention")
            await wait(stop, BREATH if is_behind else EVERY)

    async def tell_how_late(self) -> None:
        """Tells of each walk by how many seconds it is behind its pace; so much longer than it
        should be is kept what is old. Nothing of one that never began. Raises a database error."""
        by_name = {walk.name: walk.rule for walk in self._walks}
        tables = [rule.table for rule in by_name.values()]
        for schema in {table.partition(".")[0] for table in tables}:
            rows = await self._pool.fetch(_LATE.format(schema=schema), list(by_name), tables)
            for rule, block, seconds, size in rows:
                walked = min(1.0, block / size) if size else 1.0
                self._on_late(rule, max(0.0, seconds - walked * by_name[rule].round))

    async def _go_on(self, walk: Walk, stop: asyncio.Event | None = None) -> Step:
        """Some pieces of a walk, as one."""
        clock = self._real if walk.rule.is_real_time else self._clock
        removed, stop = 0, stop or asyncio.Event()
        for _ in range(MOST):
            step = await walk.step(self._pool, clock.now())
            if step.removed:
                self._on_removed(walk.name, step.removed)
            removed += step.removed
            if not step.is_behind or stop.is_set():
                break
            await wait(stop, BREATH)
        return Step(removed, step.is_behind)


@contextlib.contextmanager
def _unless_away(trouble: str) -> Iterator[None]:
    """What the database does not let us do comes again; it is said in the log."""
    try:
        yield
    except DATABASE_AWAY as error:
        logs.logger().error(trouble, error=error)
