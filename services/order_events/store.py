"""The orders in PostgreSQL: one transaction a batch, the position in the topics included."""

import asyncio
import contextlib
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import asyncpg
import msgspec

from headsup import logs
from headsup.contracts.envelope import Event
from headsup.contracts.shop import IncidentEvent
from headsup.erasures import Erasures, Place
from headsup.kafka.consumer import Partition, Positions
from headsup.kafka.producer import Outgoing
from headsup.outbox import Committed, Outbox
from headsup.postgres import rehearsal
from headsup.sealed import Seals
from headsup.shops.policy import Policy
from services.order_events import facts as facts_module
from services.order_events import incident_rows, position_rows, sealed_orders
from services.order_events import told as told_module
from services.order_events.batch import OrderKey, order_of
from services.order_events.decide import Order
from services.order_events.incident_rows import Woken
from services.order_events.shop import Shop
from services.order_events.shops import Shops

SCHEMA = "order_events"
ERASURES: Final = Erasures(SCHEMA)
NO_POLICIES: Final[Mapping[str, Policy]] = MappingProxyType({})
_LIST: Final = "\x1f"
"""Between the names of a list in a column: PostgreSQL unnests no lists of different lengths."""

_RECEIVE = """
    INSERT INTO order_events.events (source, event_id, order_id, type, happened_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
    ON CONFLICT DO NOTHING
    RETURNING source, event_id
"""
_FORGET = """
    DELETE FROM order_events.events
    WHERE (source, event_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
"""
_LOAD = """
    SELECT source, order_id, convert_to(facts::text, 'UTF8') AS facts,
           convert_to(told::text, 'UTF8') AS told, partition
    FROM order_events.orders
    WHERE (source, order_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
    ORDER BY source, order_id
    FOR UPDATE
"""
_DUE = """
    SELECT due.*
    FROM unnest($1::smallint[]) AS ours (number)
    CROSS JOIN LATERAL (
        SELECT source, order_id, convert_to(facts::text, 'UTF8') AS facts,
               convert_to(told::text, 'UTF8') AS told, partition
        FROM order_events.orders
        WHERE partition = ours.number AND next_look_at <= $2
        ORDER BY next_look_at
        LIMIT $3
        FOR UPDATE SKIP LOCKED
    ) AS due
"""
_NEXT = """
    SELECT min(due.next_look_at)
    FROM unnest($1::smallint[]) AS ours (number)
    CROSS JOIN LATERAL (
        SELECT next_look_at
        FROM order_events.orders
        WHERE partition = ours.number AND next_look_at IS NOT NULL
        ORDER BY next_look_at
        LIMIT 1
    ) AS due
"""
_PUT_OFF = """
    UPDATE order_events.orders SET next_look_at = $3
    WHERE (source, order_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
"""
_ADOPT = (
    """
    UPDATE order_events.orders SET partition = 0
    WHERE partition >= $1 AND (next_look_at IS NOT NULL OR promised_until IS NOT NULL)
    """,
    """
    UPDATE order_events.incidents SET partition = 0 WHERE partition >= $1 AND wake_at IS NOT NULL
    """,
)
_CREATE = """
    INSERT INTO order_events.orders
           (source, order_id, facts, told, next_look_at, partition, promised_until, carriers)
    SELECT s, o, convert_from(f, 'UTF8')::jsonb, convert_from(t, 'UTF8')::jsonb, n, p, u,
           string_to_array(c, E'\\x1f')
    FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::timestamptz[], $6::smallint[],
                $7::timestamptz[], $8::text[])
         AS fresh (s, o, f, t, n, p, u, c)
    ON CONFLICT DO NOTHING
"""
_UPDATE = """
    UPDATE order_events.orders AS known
    SET facts = convert_from(f, 'UTF8')::jsonb, told = convert_from(t, 'UTF8')::jsonb,
        next_look_at = n, partition = p, updated_at = now(),
        promised_until = u, carriers = string_to_array(c, E'\\x1f')
    FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::timestamptz[], $6::smallint[],
                $7::timestamptz[], $8::text[])
         AS fresh (s, o, f, t, n, p, u, c)
    WHERE known.source = s AND known.order_id = o
"""
_PAST = """
    SELECT count(*)
    FROM unnest($1::smallint[]) AS ours (number)
    JOIN order_events.orders ON partition = ours.number AND promised_until < $2
"""


WhichKafka = Callable[[], Awaitable[str | None]]
"""Says by its id which Kafka this is; None where nobody knows."""


async def _nobody_knows() -> str | None:
    return None


class Due(NamedTuple):
    """Orders whose moment has come."""

    orders: dict[OrderKey, Order]
    unreadable: list[OrderKey]
    """As if another version of us had written them."""


class LostRaceError(Exception):
    """Another replica was first: it moved a position that we held, or created an order that we were
    about to create. Nothing of ours was written; read again from the stored positions."""


class Store:
    """Transactions over the orders."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        outbox: Outbox,
        policies: Mapping[str, Policy] = NO_POLICIES,
        seals: Seals | None = None,
    ) -> None:
        self._pool = pool
        self._outbox = outbox
        self._seals = seals
        self._shops = Shops(policies)
        self._held: dict[Partition, int] = {}
        self._begins: dict[Partition, int] = {}
        self.which_kafka: WhichKafka = _nobody_knows
        """Asked whenever positions are read."""
        self.on_anew: Callable[[Sequence[Partition]], None] = lambda _: None
        """Told of partitions that are read from their beginning, because this is another Kafka than
        the one in which they were read."""
        self.moving = asyncio.Lock()
        """Held from a batch's transactions until their positions are noted, so that a rebalance
        in the middle reads the positions after them, not before."""

    @contextlib.asynccontextmanager
    async def transaction(self) -> "AsyncIterator[Transaction]":
        """Everything inside is written, or nothing is."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield Transaction(connection, self._outbox, self._shops, self._seals)

    @contextlib.asynccontextmanager
    async def rehearsal(self) -> "AsyncIterator[Transaction]":
        """Nothing inside is written: it is only seen whether it could be."""
        async with rehearsal(self._pool) as connection:
            yield Transaction(connection, self._outbox, self._shops, self._seals)

    async def positions(self, partitions: Iterable[Partition]) -> Positions:
        """Where to read on, for partitions that are now ours; 0 for new ones, and where this is
        another Kafka than they were read in: what comes again is known by its id."""
        wanted, cluster = list(partitions), await self.which_kafka()
        async with self.moving:
            found = await position_rows.read(self._pool, wanted, cluster)
            self._held, self._begins = dict(found.positions), {}
        if found.anew:
            logs.logger().error(
                "this is another Kafka: it is read anew", partitions=len(found.anew)
            )
            self.on_anew(found.anew)
        return found.positions

    def begins_at(self, partition: Partition, offset: int) -> None:
        """The position that we hold no longer exists: what comes next begins at this offset, be it
        behind the position (records are gone) or before it (the topic was made anew)."""
        self._begins[partition] = offset

    def held(self, begins: Positions) -> Positions:
        """The positions that we hold of the partitions of a batch that begins there.

        Raises LostRaceError when one is not ours, or the batch begins before our position: then it
        was read before somebody moved it.
        """
        for partition, offset in begins.items():
            held = self._held.get(partition)
            if held is None or offset < self._begins.get(partition, held):
                raise LostRaceError
        return {partition: self._held[partition] for partition in begins}

    def moved(self, positions: Positions) -> None:
        """The transaction that moved these was committed."""
        self._held.update(positions)
        for partition in positions:
            self._begins.pop(partition, None)

    async def next_look_at(self, numbers: Sequence[int]) -> datetime | None:
        """The earliest moment at which an order of these partitions wants to be looked at."""
        return await self._pool.fetchval(_NEXT, numbers)  # type: ignore[no-any-return]

    async def adopt(self, partitions: int) -> None:
        """Gives orders of partitions that no topic has (any more) to the first: nobody else would
        look at them. There are only so many partitions."""
        for statement in _ADOPT:
            await self._pool.execute(statement, partitions)

    async def past_promise(self, numbers: Sequence[int], now: datetime) -> int:
        """How many orders of these partitions somebody waits for longer than was promised."""
        return await self._pool.fetchval(_PAST, numbers, now)  # type: ignore[no-any-return]


class Transaction:
    """What can be done inside one transaction."""

    def __init__(
        self, connection: Any, outbox: Outbox, shops: Shops, seals: Seals | None = None
    ) -> None:
        self.connection = connection
        self._outbox = outbox
        self._seals = seals
        self._shops = shops

    async def shops(self, now: datetime, *, exactly: bool = False) -> Mapping[str, Shop]:
        """The shops with what they promise and the incidents that they have: as they are, or, where
        that is good enough, as they were a moment ago."""
        read = self._shops.latest if exactly else self._shops.recent
        return await read(self.connection, now)

    async def note_erased(self, said: Mapping[Place, datetime]) -> None:
        """Keeps who is erased, and up to when what is said of them is to be forgotten."""
        await ERASURES.note(self.connection, said)

    async def erased(self, people: Collection[Place]) -> Mapping[Place, datetime]:
        """Those of these customers who were erased, and up to when."""
        return await ERASURES.among(self.connection, people)

    async def note_incidents(self, events: Sequence[tuple[Event[IncidentEvent], int]]) -> None:
        """Takes in new events of incidents, each with the number of its partition. The orders that
        they concern are looked at once this is committed."""
        if await incident_rows.note(self.connection, events):
            self._shops.changed()

    async def wake(self, numbers: Sequence[int], now: datetime) -> Woken:
        """Has some of the orders looked at that an incident of these partitions concerns."""
        return await incident_rows.wake(self.connection, numbers, now)

    async def receive(self, events: Sequence[Event[Any]]) -> list[Event[Any]]:
        """Remembers the events; returns those that were not known, in order, each once."""
        if not events:
            return []
        ordered = sorted(events, key=lambda event: (event.source, event.id))  # as locks are taken
        rows = await self.connection.fetch(
            _RECEIVE,
            [event.source for event in ordered],
            [event.id for event in ordered],
            [order_of(event) for event in ordered],
            [event.type for event in ordered],
            [event.time for event in ordered],
        )
        new = {(row["source"], row["event_id"]) for row in rows}
        fresh = []
        for event in events:
            if (event.source, event.id) in new:
                new.remove((event.source, event.id))
                fresh.append(event)
        return fresh

    async def forget(self, events: Sequence[Event[Any]]) -> None:
        """Takes back `receive`, so that these events can come again."""
        await self.connection.execute(
            _FORGET, [event.source for event in events], [event.id for event in events]
        )

    async def load(self, keys: Iterable[OrderKey]) -> dict[OrderKey, Order]:
        """The orders that exist, locked until the end."""
        wanted = list(keys)
        if not wanted:
            return {}
        rows = await self.connection.fetch(
            _LOAD, [key.source for key in wanted], [key.order_id for key in wanted]
        )
        return _orders(rows, self._seals)

    async def due(self, numbers: Sequence[int], now: datetime, limit: int) -> Due:
        """Orders of these partitions whose moment has come, so many of each, locked until the end;
        others' locked ones are left out."""
        due = Due({}, [])
        for row in await self.connection.fetch(_DUE, numbers, now, limit):
            try:
                due.orders.update(_orders([row], self._seals))
            except msgspec.ValidationError as error:
                logs.logger().error("a stored order is unreadable", error=error)
                due.unreadable.append(OrderKey(row["source"], row["order_id"]))
        return due

    async def put_off(self, keys: Sequence[OrderKey], until: datetime) -> None:
        """Has nobody look at these orders before then."""
        if keys:
            sources, order_ids = [key.source for key in keys], [key.order_id for key in keys]
            await self.connection.execute(_PUT_OFF, sources, order_ids, until)

    async def save(self, orders: Mapping[OrderKey, Order], known: Mapping[OrderKey, Order]) -> None:
        """Writes the orders. Raises LostRaceError when one that was not known exists by now."""
        created = {key: order for key, order in orders.items() if key not in known}
        updated = {key: order for key, order in orders.items() if key in known}
        if created:
            status = await self.connection.execute(_CREATE, *_columns(created, self._seals))
            if _count(status) != len(created):
                raise LostRaceError
        if updated:
            await self.connection.execute(_UPDATE, *_columns(updated, self._seals))

    async def move(self, positions: Positions, held: Positions) -> None:
        """Moves the positions from where we hold them. Raises LostRaceError when one was moved by
        somebody else."""
        if not await position_rows.move(self.connection, positions, held):
            raise LostRaceError

    async def add(self, records: list[Outgoing]) -> Committed:
        """Puts records into the outbox."""
        return await self._outbox.add(self.connection, records)


def _orders(rows: Sequence[asyncpg.Record], by: Seals | None) -> dict[OrderKey, Order]:
    if by is not None:
        return dict(_opened(row, by) for row in rows)
    try:
        return {
            OrderKey(row["source"], row["order_id"]): Order(
                facts_module.decode(row["facts"]),
                told_module.decode(row["told"]),
                partition=row["partition"],
            )
            for row in rows
        }
    except msgspec.ValidationError:
        sealed_orders.expect_clear(row["facts"] for row in rows)
        raise


def _opened(row: asyncpg.Record, by: Seals) -> tuple[OrderKey, Order]:
    key = OrderKey(row["source"], row["order_id"])
    facts = sealed_orders.read(row["facts"], key, by)
    return key, Order(facts, told_module.decode(row["told"]), partition=row["partition"])


def _columns(orders: Mapping[OrderKey, Order], by: Seals | None) -> tuple[list[Any], ...]:
    ordered = sorted(orders.items(), key=lambda item: item[0])
    return (
        [key.source for key, _ in ordered],
        [key.order_id for key, _ in ordered],
        [facts_module.encode(order.facts) for _, order in ordered]
        if by is None
        else [sealed_orders.write(order.facts, key, by) for key, order in ordered],
        [told_module.encode(order.told) for _, order in ordered],
        [order.next_look_at for _, order in ordered],
        [order.partition for _, order in ordered],
        [order.promised_until for _, order in ordered],
        [None if order.carriers is None else _LIST.join(order.carriers) for _, order in ordered],
    )


def _count(status: str) -> int:
    """The number of rows in a command's tag, such as `INSERT 0 3` or `UPDATE 3`."""
    return int(status.rpartition(" ")[2])
