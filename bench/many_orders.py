"""Orders as order_events keeps them, as many as wanted: a few were written by the service itself,
the rest is put in by SQL in their shape, under random ids."""

import contextlib
import hashlib
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bench.contest import Say
from bench.databases import Server, beside, copied, server_of
from bench.ground import Ground, Process, running, until
from bench.load import STEPS, emit, journey, record
from headsup.contracts import shop
from headsup.kafka.producer import Outgoing
from services.order_events import facts, told
from services.order_events.decide import Order

SERVICE: Final = "services.order_events"
ROW_BYTES: Final = 2_500
"""Of an order on disk: its row, its entries in the indexes, and its part of the events; with room
for the log that is written meanwhile."""
EVENTS_EACH: Final = 60 / 730 * STEPS
"""Names of events are kept for 60 days, orders for two years."""
_SEEN = 100
NAMED: Final = 100
"""Of so many orders that are put in, one bears its own id in what is kept of it as well. The others
bear that of the order after which they were made: to write it into each would take hours."""

# What the service wrote, each beside its number: orders that are over (of every step seen), and
# orders on their way.
_KEEP = """
    CREATE TABLE bench_orders AS
    SELECT source, order_id, facts::text, told::text, partition::int, carriers,
           row_number() OVER (PARTITION BY carriers IS NULL ORDER BY order_id) - 1 AS number
    FROM order_events.orders
"""
_SHAPE = """
    CREATE TABLE bench_orders (source text, order_id text, facts text, told text, partition int,
                               carriers text[], number bigint)
"""
_SORTED = """
    SELECT md5(n::text) AS order_id, n FROM generate_series($1::bigint, $2::bigint) AS n ORDER BY 1
"""
_PUT = f"""
    INSERT INTO order_events.orders
           (source, order_id, facts, told, next_look_at, partition, carriers)
    SELECT shape.source, fresh.order_id,
           CASE WHEN n % $3 = 0
                THEN replace(shape.facts::text, shape.order_id, fresh.order_id)::jsonb
                ELSE shape.facts END,
           CASE WHEN n % $3 = 0
                THEN replace(shape.told::text, shape.order_id, fresh.order_id)::jsonb
                ELSE shape.told END,
           {{next_look_at}}, (n * 7919) % 12, shape.carriers
    FROM ({_SORTED}) AS fresh
    JOIN (SELECT source, order_id, facts::jsonb, told::jsonb, carriers, number,
                 count(*) OVER () AS shapes
          FROM bench_orders WHERE carriers IS {{are}}NULL) AS shape
      ON shape.number = fresh.n % shape.shapes
"""  # noqa: S608 - our own words
_OVER = _PUT.format(next_look_at="NULL", are="")
_OPEN = _PUT.format(next_look_at="$4::timestamptz + (n % 100000) * $5::interval", are="NOT ")
_EVENTS = """
    INSERT INTO order_events.events (source, event_id, order_id, type, happened_at)
    SELECT (SELECT min(source) FROM bench_orders), fresh.event_id::uuid::text, md5((n / 5)::text),
           'com.example.shop.shipment.in_transit.v1', now() - interval '1 day'
    FROM (SELECT md5('e' || n::text) AS event_id, n
          FROM generate_series($1::bigint, $2::bigint) AS n ORDER BY 1) AS fresh
"""
_PUT_ONE = """
    INSERT INTO order_events.orders
           (source, order_id, facts, told, next_look_at, partition, carriers)
    VALUES ($1, $2, $3::text::jsonb, $4::text::jsonb, $5, $6, $7)
"""
_REMOVE = "DELETE FROM order_events.orders WHERE order_id = ANY ($1::text[])"


@contextlib.asynccontextmanager
async def few_and_many(here: Ground, say: Say) -> AsyncIterator[tuple["Orders", "Orders"]]:
    """Two servers with tables of orders that can grow; nothing is in them."""
    async with beside(here) as other, server_of(here) as few, server_of(other) as many:
        say("order_events writes orders, to have others in their shape")
        await _seen(here, few)
        await many.connection.execute(_SHAPE)
        await copied("public.bench_orders", few.connection, many.connection)
        for server in (few, many):
            await server.connection.execute(
                "TRUNCATE order_events.orders, order_events.events, order_events.outbox"
            )
        yield Orders(await here.apart(), few), Orders(other, many)


@contextlib.asynccontextmanager
async def table_of(here: Ground, say: Say) -> AsyncIterator["Orders"]:
    """The table of one server, which can grow; nothing is in it."""
    async with server_of(here) as server:
        say("order_events writes orders, to have others in their shape")
        await _seen(here, server)
        await server.connection.execute(
            "TRUNCATE order_events.orders, order_events.events, order_events.outbox"
        )
        yield Orders(await here.apart(), server)


async def _seen(here: Ground, server: Server) -> None:
    """Has the service write orders as they are when they are over, and as they are on their way."""
    now = datetime.now(UTC)
    records = [journey(here.prefix, str(uuid.uuid4()), now) for _ in range(2 * _SEEN)]
    sent = 0
    async with running(SERVICE, here.settings) as service:
        for step in range(STEPS):
            some = records if step + 1 < STEPS else records[:_SEEN]
            sent += await emit(here.bootstrap_servers, (each[step] for each in some))
            await handled(server, service, sent)
    await server.connection.execute(_KEEP)
    await server.connection.execute("TRUNCATE order_events.positions")


async def handled(server: Server, service: Process, events: int) -> None:
    """Waits until so many events were handled to the end: what they led to is on Kafka."""

    async def count() -> float:
        service.check()
        return float(await server.connection.fetchval(DONE) or 0)

    await until(count, events)


DONE: Final = """
    SELECT sum(next_offset) - (EXISTS (SELECT FROM order_events.outbox))::int
    FROM order_events.positions
"""


class Orders:
    """A table of orders that grows."""

    def __init__(self, here: Ground, server: Server) -> None:
        self.here = here
        self.server = server
        self.count = 0

    async def grow(self, count: int, *, are_open: bool = False, named: int = NAMED) -> None:
        """Puts orders in until there are so many, all over or all on their way."""
        connection: Any = self.server.connection
        while self.count < count:
            upto = min(count, self.count + 1_000_000)
            if are_open:
                await self._open(self.count + 1, upto, named)
            else:
                await connection.execute(_OVER, self.count + 1, upto, named)
            first, last = (round(EVENTS_EACH * number) for number in (self.count, upto))
            await connection.execute(_EVENTS, first + 1, last)
            self.count = upto
        await self.server.settled("order_events.orders", "order_events.events")

    async def _open(self, first: int, last: int, named: int) -> None:
        """Puts in orders that are on their way, and are not due before a month from now."""
        month, apart = datetime.now(UTC) + timedelta(days=30), timedelta(seconds=9)
        await self.server.connection.execute(_OPEN, first, last, named, month, apart)

    async def put(self, orders: Iterable[Order]) -> None:
        """Puts in these, as the service would."""
        await self.server.connection.executemany(_PUT_ONE, [_row(order) for order in orders])

    async def remove(self, ids: Sequence[str]) -> None:
        """Takes these out."""
        await self.server.connection.execute(_REMOVE, ids)


def _row(order: Order) -> tuple[object, ...]:
    return (
        order.facts.source,
        order.facts.order_id,
        facts.encode(order.facts).decode(),
        told.encode(order.told).decode(),
        order.next_look_at,
        order.partition,
        order.carriers,
    )


def new_ones(prefix: str, orders: int) -> list[list[Outgoing]]:
    """The journeys of so many new orders, with random ids: all first steps, all second ones..."""
    now = datetime.now(UTC)
    journeys = [journey(prefix, str(uuid.uuid4()), now) for _ in range(orders)]
    return [[each[step] for each in journeys] for step in range(STEPS)]


def old_ones(prefix: str, numbers: range) -> list[list[Outgoing]]:
    """What is asked of orders that were put in under these numbers: to send them back."""
    now = datetime.now(UTC)
    ids = (hashlib.md5(str(number).encode()).hexdigest() for number in numbers)  # noqa: S324 - as in the table
    asked = (shop.ReturnRequested(order_id=each, return_id=f"r-{each}") for each in ids)
    return [[record(prefix, str(uuid.uuid4()), now, each) for each in asked]]
