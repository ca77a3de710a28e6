"""The outbox: records that a transaction decided to publish, kept until Kafka has them.

A row is written in the transaction that decides, published after its commit, and deleted when Kafka
acknowledged it. Whoever dies in between leaves rows behind; `sweep` publishes those. So a record
can be published twice and is never lost: its id is a function of what it says, and whoever reads it
asks once for each id.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec

from headsup.kafka.producer import Outgoing, Publisher

_headers = msgspec.msgpack.Decoder(tuple[tuple[str, bytes | None], ...])
LEFT_BEHIND = 10.0
"""Seconds after which a row counts as left behind by whoever wrote it."""


class Outbox:
    """The outbox table of one schema."""

    def __init__(self, schema: str, publisher: Publisher) -> None:
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

    async def add(self, connection: Any, records: Sequence[Outgoing]) -> list[int]:
        """Writes the records in the caller's transaction; returns the ids of their rows."""
        if not records:
            return []
        rows = await connection.fetch(
            self._insert,
            [r.topic for r in records],
            [r.key for r in records],
            [r.value for r in records],
            [msgspec.msgpack.encode(r.headers) if r.headers else None for r in records],
        )
        return [row["id"] for row in rows]

    async def publish(
        self, pool: "asyncpg.Pool[asyncpg.Record]", ids: list[int], records: Sequence[Outgoing]
    ) -> None:
        """Publishes records whose rows are committed, then deletes the rows."""
        if records:
            await self._publisher.publish(records)
            await pool.execute(self._delete, ids)

    async def sweep(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        *,
        older_than: float = LEFT_BEHIND,
        limit: int = 500,
    ) -> int:
        """Publishes what was left behind for `older_than` seconds; returns how much it was."""
        async with pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(self._left, older_than, limit)
            records = [_outgoing(row) for row in rows]
            if records:
                await self._publisher.publish(records)
                await connection.execute(self._delete, [row["id"] for row in rows])
        return len(rows)


def _outgoing(row: asyncpg.Record) -> Outgoing:
    headers = _headers.decode(row["headers"]) if row["headers"] else ()
    return Outgoing(row["topic"], row["key"], row["value"], headers)
