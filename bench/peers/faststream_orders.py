"""order_events in FastStream: one event at a time, with PostgreSQL.

One transaction per event: the event's id is inserted (an id that is there already ends it), the
order is read and locked, our rules decide, the order is written. What it says is published after
the commit, all of it before the first acknowledgement is waited for.

Guarantees: no event is folded twice, and two replicas do not work on one order at once. Not: a
process that dies between commit and publish has lost what it wanted to say, since there is no
outbox; and FastStream's usual way of acknowledging (Kafka's auto-commit, every 5 s, of what was
fetched) passes over what was at hand when it died. Both would cost it more. Bad records end in its
log.
"""

import asyncio
from typing import Any

import asyncpg
import uvloop
from faststream.kafka import KafkaBroker

from bench.peers.work import READY, Surroundings, handle, read, say
from headsup.kafka.producer import Outgoing
from services.order_events import facts, told
from services.order_events.decide import Order

_TABLES = """
    CREATE SCHEMA faststream;
    CREATE TABLE faststream.events (
        source text NOT NULL, event_id text NOT NULL, order_id text NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (source, event_id)
    );
    CREATE TABLE faststream.orders (
        source text NOT NULL, order_id text NOT NULL, facts jsonb NOT NULL, told jsonb NOT NULL,
        next_look_at timestamptz, PRIMARY KEY (order_id, source)
    );
    CREATE INDEX ON faststream.orders (next_look_at) WHERE next_look_at IS NOT NULL;
"""
_RECEIVE = """
    INSERT INTO faststream.events (source, event_id, order_id) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING
"""
_LOAD = """
    SELECT facts::text, told::text FROM faststream.orders
    WHERE order_id = $1 AND source = $2 FOR UPDATE
"""
_SAVE = """
    INSERT INTO faststream.orders (order_id, source, facts, told, next_look_at)
    VALUES ($1, $2, $3::jsonb, $4::jsonb, $5)
    ON CONFLICT (order_id, source)
    DO UPDATE SET facts = excluded.facts, told = excluded.told, next_look_at = excluded.next_look_at
"""


async def take(pool: Any, prefix: str, event: Any) -> list[Outgoing]:
    """One event in one transaction; what is to be published."""
    source, order_id = event.source, event.data.order_id
    async with pool.acquire() as connection, connection.transaction():
        status = await connection.execute(_RECEIVE, source, event.id, order_id)
        if status == "INSERT 0 0":
            return []
        row = await connection.fetchrow(_LOAD, order_id, source)
        known = Order(facts.decode(row["facts"]), told.decode(row["told"])) if row else None
        order, said = handle(known, event, prefix)
        kept = facts.encode(order.facts).decode(), told.encode(order.told).decode()
        await connection.execute(_SAVE, order_id, source, *kept, order.next_look_at)
    return said


async def publish(broker: Any, records: list[Outgoing]) -> None:
    """Returns when all of them are acknowledged."""
    waiting = [
        await broker.publish(
            record.value,
            topic=record.topic,
            key=record.key,
            headers={name: (value or b"").decode() for name, value in record.headers},
            no_confirm=True,
        )
        for record in records
    ]
    for one in waiting:
        await one


async def main() -> None:
    """Works until it is ended."""
    here = Surroundings.of_this_process()
    pool = await asyncpg.create_pool(here.database_url, min_size=2, max_size=4)
    await pool.execute(_TABLES)
    broker = KafkaBroker(
        here.servers, acks="all", enable_idempotence=True, apply_types=False, logger=None
    )

    async def decoded(message: Any) -> Any:
        return read(message.body, message.raw_message.headers)

    async def taken(event: Any) -> None:
        await publish(broker, await take(pool, here.prefix, event))

    subscriber = broker.subscriber(
        *here.sources,
        group_id=f"{here.prefix}faststream",
        auto_offset_reset="earliest",
        decoder=decoded,
    )
    subscriber(taken)
    async with broker:
        await broker.start()
        say(READY)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
