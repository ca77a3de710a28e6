"""The outbox: records that a transaction decided to publish, kept until Kafka has them.

A row is written in the transaction that decides, published after its commit, and deleted when Kafka
acknowledged it. Whoever dies in between leaves rows behind; `sweep` publishes those. So a record
can be published twice and is never lost: its id is a function of what it says, and whoever reads it
asks once for each id.
"""

from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import msgspec

from headsup import logs
from headsup.kafka.producer import Outgoing, Publisher, PublishError

_headers = msgspec.msgpack.Decoder(tuple[tuple[str, bytes | None], ...])
LEFT_BEHIND: Final = 10.0
"""Seconds after which a row counts as left behind by whoever wrote it."""
AT_ONCE: Final = 500
"""Rows that a sweep takes in one transaction."""


@dataclass(frozen=True, slots=True)
class Committed:
    """Records, and the rows of the outbox in which they were committed."""

    rows: list[int]
    records: list[Outgoing]


class Outbox:
    """The outbox table of one schema."""

    def __init__(
        self, schema: str, pool: "asyncpg.Pool[asyncpg.Record]", publisher: Publisher
    ) -> None:
        self._pool = pool
        self._publisher = publisher
        self._insert = (
            f"INSERT INTO {schema}.outbox (topic, key, value, headers) "  # noqa: S608 - our name
            "SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[]) RETURNING id"
        )
        self._delete = f"DELETE FROM {schema}.outbox WHERE id = ANY($1::bigint[])"  # noqa: S608
        self._left = (
            "SELECT id, topic, key, value, headers "  # noqa: S608 - our name
            f"FROM {schema}.outbox WHERE created_at < now() - make_interval(secs => $1) "
            "ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED"
        )

    async def add(self, connection: Any, records: list[Outgoing]) -> Committed:
        """Writes the records in the caller's transaction, which is yet to be committed."""
        if not records:
            return Committed([], [])
        rows = await connection.fetch(
            self._insert,
            [r.topic for r in records],
            [r.key for r in records],
            [r.value for r in records],
            [msgspec.msgpack.encode(r.headers) if r.headers else None for r in records],
        )
        return Committed([row["id"] for row in rows], records)

    async def publish(self, committed: Committed) -> None:
        """Publishes the records, then deletes their rows. Raises PublishError."""
        if committed.records:
            await self._publisher.publish(committed.records)
            await self._pool.execute(self._delete, committed.rows)

    async def sweep(self, *, older_than: float = LEFT_BEHIND) -> int:
        """Publishes what was left behind for `older_than` seconds; returns how much it was.

        What Kafka does not take stays for the next sweep.
        """
        swept = 0
        while True:
            try:
                found = await self._sweep_some(older_than)
            except PublishError as error:
                logs.logger().error("records stay in the outbox", error=error)
                return swept
            swept += found
            if found < AT_ONCE:
                return swept

    async def _sweep_some(self, older_than: float) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(self._left, older_than, AT_ONCE)
            await self._publisher.publish([_outgoing(row) for row in rows])
            await connection.execute(self._delete, [row["id"] for row in rows])
        return len(rows)


def _outgoing(row: asyncpg.Record) -> Outgoing:
    headers = _headers.decode(row["headers"]) if row["headers"] else ()
    return Outgoing(row["topic"], row["key"], row["value"], headers)
