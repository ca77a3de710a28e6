"""Who is to be forgotten, and how far a service is with it.

That somebody is erased is written in the transaction that reads it, with its position; from then on
nothing new is kept of them. What was kept is found and removed beside it, by whichever replica
takes the row: it may take a while, and is begun anew by another where that one dies. It is gone
through twice, the second time later than a transaction can last that had begun before the first.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol

import asyncpg
from aiokafka.errors import KafkaError

from headsup import logs
from headsup.erased_letters import LettersError
from headsup.health import Health
from headsup.kafka.reader import BrokerError
from headsup.postgres import DATABASE_AWAY
from headsup.waiting import wait

Place = tuple[str, str]
"""A shop and a customer."""
LEASE: Final = 600.0
"""Seconds for which one who is to be forgotten is left to the replica that took them."""
BETWEEN_PASSES: Final = 40.0
"""Seconds: longer than a transaction can take."""
SOON: Final = 5.0
"""Seconds until it is looked at again where something is still under way: at least, and half of the
time since it was heard of. What lasts is not gone through every few seconds."""
EVERY: Final = 2.0
"""Seconds between two looks at who is to be forgotten."""
ALIVE: Final = 5.0
"""Seconds between two words that we live, while a large table is read."""
PASSES: Final = 2
"""How often everything is gone through."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """Somebody who is to be forgotten."""

    source: str
    customer_id: str
    at: datetime
    """Whatever is older than this is theirs; what is newer is of somebody new (business time)."""
    passes: int = 0
    """How often everything was gone through when it was taken: the fence. Two who have it at once
    count as one."""


class Erasures:
    """The table `erasures` of a schema."""

    def __init__(self, schema: str) -> None:
        table = f"{schema}.erasures"
        self._note = (
            f"INSERT INTO {table} AS known (source, customer_id, at, look_at) "  # noqa: S608 - ours
            "SELECT s, c, a, now() FROM unnest($1::text[], $2::text[], $3::timestamptz[]) "
            "AS said (s, c, a) ON CONFLICT (source, customer_id) DO UPDATE "
            "SET at = excluded.at, heard_at = now(), look_at = now(), passes = 0, done_at = NULL "
            "WHERE known.at < excluded.at RETURNING source, customer_id, at"
        )
        self._among = (
            f"SELECT source, customer_id, at FROM {table} "  # noqa: S608 - ours
            "JOIN unnest($1::text[], $2::text[]) AS asked (source, customer_id) "
            "USING (source, customer_id)"
        )
        self._take = (
            f"UPDATE {table} SET look_at = now() + make_interval(secs => $1) "  # noqa: S608 - ours
            f"WHERE (source, customer_id) IN (SELECT source, customer_id FROM {table} "
            "WHERE look_at <= now() ORDER BY look_at LIMIT 1 FOR UPDATE SKIP LOCKED) "
            "RETURNING source, customer_id, at, passes"
        )
        self._again = (
            f"UPDATE {table} SET look_at = now() + "  # noqa: S608 - ours
            "least(make_interval(secs => $5), "
            "greatest(make_interval(secs => $4), (now() - heard_at) / 2)) "
            "WHERE source = $1 AND customer_id = $2 AND at = $3"
        )
        self._passed = (
            f"UPDATE {table} SET passes = passes + 1, done_at = coalesce(done_at, now()), "  # noqa: S608
            f"look_at = CASE WHEN passes + 1 < {PASSES} "
            "THEN now() + make_interval(secs => $4) END "
            "WHERE source = $1 AND customer_id = $2 AND at = $3 AND passes = $5 "
            "AND look_at > now()"
        )
        self._renew = (
            f"UPDATE {table} SET look_at = now() + make_interval(secs => $5) "  # noqa: S608 - ours
            "WHERE source = $1 AND customer_id = $2 AND at = $3 AND passes = $4 "
            "AND look_at > now()"
        )

    async def note(self, connection: Any, said: Mapping[Place, datetime]) -> list[Erasure]:
        """Keeps that they are to be forgotten; returns those of whom that is news."""
        if not said:
            return []
        ordered = sorted(said.items())  # locks are taken in one order everywhere
        sources, customers = [s for (s, _), _ in ordered], [c for (_, c), _ in ordered]
        moments = [at for _, at in ordered]
        rows = await connection.fetch(self._note, sources, customers, moments)
        return [Erasure(*row) for row in rows]

    async def among(self, connection: Any, places: Collection[Place]) -> dict[Place, datetime]:
        """Those of them who were erased, and up to when what is said of them is theirs."""
        if not places:
            return {}
        asked = sorted(set(places))
        rows = await connection.fetch(self._among, [s for s, _ in asked], [c for _, c in asked])
        return {(row["source"], row["customer_id"]): row["at"] for row in rows}

    async def take(self, connection: Any) -> Erasure | None:
        """Somebody whose turn it is: ours for LEASE seconds. None where it is nobody's."""
        row = await connection.fetchrow(self._take, LEASE)
        return Erasure(*row) if row else None

    async def again(self, connection: Any, one: Erasure) -> None:
        """Something is still under way: it is looked at again soon, and ever less often."""
        place = (one.source, one.customer_id, one.at)
        await connection.execute(self._again, *place, SOON, LEASE)

    async def passed(self, connection: Any, one: Erasure) -> None:
        """Everything was gone through once more, unless somebody else had them meanwhile and came
        first: that counts once. Where it is their turn again by now, they were called once more
        while we were at it, and what that is about we may not have seen: it counts as nothing."""
        place = (one.source, one.customer_id, one.at)
        await connection.execute(self._passed, *place, BETWEEN_PASSES, one.passes)

    async def renew(self, connection: Any, one: Erasure) -> None:
        """Whoever took them is still at it: they are theirs for LEASE seconds more."""
        place = (one.source, one.customer_id, one.at)
        await connection.execute(self._renew, *place, one.passes, LEASE)


class Forgets(Protocol):
    """Removes what a service keeps of somebody."""

    async def forget(self, erasure: Erasure) -> bool:
        """Goes through everything, and notes that in the same transaction; False where something
        is still under way. Raises a database error."""
        ...


async def watch(
    forgets: Forgets,
    erasures: Erasures,
    pool: "asyncpg.Pool[asyncpg.Record]",
    health: Health,
    stop: asyncio.Event,
    on_broken: Callable[[], None] = lambda: None,
) -> None:
    """Forgets whoever is to be forgotten, until `stop` is set. What our own code breaks on ends
    nothing else: it is told by `on_broken`, and its turn comes again when its lease runs out."""
    while not stop.is_set():
        one = None
        try:
            one = await erasures.take(pool)
            if one is not None:
                turned = partial(_turned, erasures, pool, one, health)
                if not await _forgotten(forgets, one, turned, stop):
                    await erasures.again(pool, one)
        except DATABASE_AWAY as error:
            one = None
            logs.logger().error("somebody could not be forgotten yet", error=error)
        except Exception as error:
            if one is None:  # nobody's turn: it is the table that is at fault
                raise
            logs.logger().error("forgetting somebody broke", error=error)
            on_broken()
        health.turned("erasures")
        await wait(stop, 0 if one else EVERY)


async def _turned(
    erasures: Erasures, pool: "asyncpg.Pool[asyncpg.Record]", one: Erasure, health: Health
) -> None:
    """We live, and are at it."""
    health.turned("erasures")
    await erasures.renew(pool, one)


_Turned = Callable[[], Awaitable[None]]


async def _forgotten(forgets: Forgets, one: Erasure, turned: _Turned, stop: asyncio.Event) -> bool:
    """Whether it is done; not where Kafka is away, or does not do it: then it is tried again."""
    try:
        return await _alive(forgets.forget(one), turned, stop)
    except (KafkaError, BrokerError, LettersError) as error:
        logs.logger().error("somebody could not be forgotten yet", error=error)
        return False


async def _alive(work: Coroutine[Any, Any, bool], turned: _Turned, stop: asyncio.Event) -> bool:
    """Waits for it, however long it takes, and says meanwhile that we live; False when it was
    stopped before."""
    doing = asyncio.ensure_future(work)
    try:
        while not doing.done() and not stop.is_set():
            await asyncio.wait({doing}, timeout=ALIVE)
            await turned()
        return doing.done() and doing.result()
    finally:
        if not doing.done():
            doing.cancel()
            await asyncio.wait({doing})


def newest(said: Iterable[tuple[Place, datetime]]) -> dict[Place, datetime]:
    """Of each customer the newest word. Pure."""
    found: dict[Place, datetime] = {}
    for place, at in said:
        found[place] = max(at, found.get(place, at))
    return found
