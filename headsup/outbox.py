"""The outbox: records that a transaction decided to publish, kept until Kafka has them.

A row is written in the transaction that decides, published after its commit, and deleted when Kafka
acknowledged it. Whoever dies in between leaves rows behind; `sweep` publishes those. So a record
can be published twice and is never lost: its id is a function of what it says, and whoever reads it
asks once for each id.

Records of one key can be kept in order (`in_order`): then a row waits while an older one of its key
is still there, left behind by whoever died, or not taken by Kafka. The sweep takes both in time.
Whether there is one is asked in the statement that writes the rows, and once more before they are
published where there was; that costs an index on the key (hash: there are keys of megabytes).

What Kafka will never take is set aside: its row stays, with a `created_at` of infinity, is not
published again, and holds up nothing. A person finds it there, and can give it another time.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import msgspec

from headsup import logs
from headsup.kafka.producer import Outgoing, Publisher, PublishError
from headsup.kafka.weight import weight

_headers = msgspec.msgpack.Decoder(tuple[tuple[str, bytes | None], ...])
LEFT_BEHIND: Final = 10.0
"""Seconds after which a row counts as left behind by whoever wrote it."""
AT_ONCE: Final = 500
"""Rows that a sweep takes in one transaction."""
MOST_BYTES: Final = 4 * 1024 * 1024
"""Of them, and of whatever comes to more with the last one."""
LONGEST: Final = 10.0
"""Seconds after which a sweep begins no other transaction."""


_CLAIM: Final = f"""
    UPDATE {{schema}}.outbox SET created_at = now() WHERE id IN (
        SELECT id FROM (SELECT id, size, sum(size) OVER (ORDER BY id) AS with_those_before FROM (
            SELECT id, coalesce(octet_length(value), 0) + coalesce(octet_length(key), 0)
                       + coalesce(octet_length(headers), 0) AS size
            FROM {{schema}}.outbox WHERE created_at < now() - make_interval(secs => $1)
            ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
        ) AS old) AS weighed WHERE with_those_before - size < {MOST_BYTES}
    ) RETURNING id, topic, key, value, headers
"""  # noqa: S608 - our own words


def _nobody(_count: int) -> None:
    """Hears of what was set aside, and does nothing."""


@dataclass(frozen=True, slots=True)
class Committed:
    """Records, and the rows of the outbox in which they were committed."""

    rows: list[int]
    records: list[Outgoing]
    is_first: bool = False
    """Whether no older row of a key of theirs was there when they were written, as far as anybody
    could see: not what was not committed yet, and has nothing to do with them therefore. False
    where nobody asked."""
    size: int = 0
    """Bytes of the records (`weight`)."""


class Outbox:
    """The outbox table of one schema."""

    def __init__(
        self,
        schema: str,
        pool: "asyncpg.Pool[asyncpg.Record]",
        publisher: Publisher,
        *,
        in_order: bool = False,
        on_refused: Callable[[int], None] = _nobody,
    ) -> None:
        self._pool = pool
        self._publisher = publisher
        self._in_order = in_order
        self.on_refused = on_refused
        """Told how many records were set aside because Kafka will never take them."""
        self.left = 0
        """How many rows the last sweep that found some could not publish: they are there still."""
        self._noted = 0.0
        older = (
            f"EXISTS (SELECT FROM {schema}.outbox AS older "
            "WHERE older.key = fresh.key AND older.topic = fresh.topic "
            "AND older.created_at < 'infinity')"
        )
        self._insert = (
            f"INSERT INTO {schema}.outbox AS fresh (topic, key, value, headers) "  # noqa: S608
            "SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[]) "
            f"RETURNING id, {older if in_order else 'NULL'} AS is_behind"
        )
        self._gone = f"DELETE FROM {schema}.outbox WHERE id = ANY($1::bigint[])"  # noqa: S608
        self._overtaking = (
            "SELECT id FROM unnest($1::bigint[], $2::text[], $3::bytea[]) "  # noqa: S608
            f"AS given (id, topic, key) WHERE EXISTS (SELECT FROM {schema}.outbox AS older "
            "WHERE older.key = given.key AND older.topic = given.topic "
            "AND older.id < given.id AND older.id <> ALL ($1) AND older.created_at < 'infinity')"
        )
        self._set_aside = (
            f"UPDATE {schema}.outbox SET created_at = 'infinity' "  # noqa: S608
            "WHERE id = ANY($1::bigint[])"
        )
        self._claim = _CLAIM.format(schema=schema)

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
        is_first = self._in_order and not any(row["is_behind"] for row in rows)
        return Committed([row["id"] for row in rows], records, is_first, weight(records))

    async def publish(self, committed: Committed) -> Committed:
        """Publishes the records and deletes their rows. Raises PublishError when Kafka did not take
        some; the rows of those stay. So do those that would overtake an older one: they are
        returned."""
        ready = await self._without_overtaking(committed)
        await self._publish(ready)
        done = set(ready.rows)
        pairs = zip(committed.rows, committed.records, strict=True)
        left = [(row, record) for row, record in pairs if row not in done]
        records = [record for _, record in left]
        return Committed([row for row, _ in left], records, size=weight(records))

    async def _publish(self, committed: Committed) -> None:
        try:
            await self._publisher.publish(committed.records)
        except PublishError as error:
            left = set(error.left)
            await self._delete([row for n, row in enumerate(committed.rows) if n not in left])
            await self._refuse([committed.rows[n] for n in error.refused])
            raise
        await self._delete(committed.rows)

    async def _without_overtaking(self, committed: Committed) -> Committed:
        if not self._in_order:
            return committed
        pairs = sorted(
            zip(committed.rows, committed.records, strict=True), key=lambda pair: pair[0]
        )
        if committed.is_first:
            return Committed([row for row, _ in pairs], [record for _, record in pairs])
        keyed = [(row, record) for row, record in pairs if record.key is not None]
        found = await self._pool.fetch(
            self._overtaking,
            [row for row, _ in keyed],
            [record.topic for _, record in keyed],
            [record.key for _, record in keyed],
        )
        waiting = {row["id"] for row in found}
        ready = [(row, record) for row, record in pairs if row not in waiting]
        return Committed([row for row, _ in ready], [record for _, record in ready])

    async def _delete(self, rows: list[int]) -> None:
        if rows:
            await self._pool.execute(self._gone, rows)

    async def _refuse(self, rows: list[int]) -> None:
        if rows:
            await self._pool.execute(self._set_aside, rows)
            logs.logger().error("kafka never takes this", rows=rows)
            self.on_refused(len(rows))

    async def sweep(self, *, older_than: float = LEFT_BEHIND) -> int:
        """Publishes what was left behind for `older_than` seconds; returns how much it was. Ends
        when Kafka takes nothing, and soon: the rest is for the next sweep.

        Claiming a row makes it young again: nobody else takes it meanwhile, and what Kafka does not
        take comes again later and holds up nothing behind it.
        """
        swept, begun = 0, time.monotonic()
        while time.monotonic() - begun < LONGEST:
            rows = await self._pool.fetch(self._claim, older_than, AT_ONCE)
            published = await self._sweep(rows)
            self._note(len(rows), published)
            swept += published
            if not published:
                break
        return swept

    def _note(self, taken: int, published: int) -> None:
        """What Kafka did not take is young for a while: that nothing is found then says nothing."""
        now = time.monotonic()
        if taken or now - self._noted > 2 * LEFT_BEHIND:
            self.left, self._noted = taken - published, now

    async def _sweep(self, rows: Sequence[asyncpg.Record]) -> int:
        if not rows:
            return 0
        ordered = sorted(rows, key=lambda row: row["id"])
        claimed = Committed([r["id"] for r in ordered], [_outgoing(r) for r in ordered])
        ready = await self._without_overtaking(claimed)
        try:
            await self._publish(ready)
        except PublishError as error:
            logs.logger().error("records stay in the outbox", count=len(error.left), error=error)
            return len(ready.rows) - len(error.left)
        return len(ready.rows)


def _outgoing(row: asyncpg.Record) -> Outgoing:
    headers = _headers.decode(row["headers"]) if row["headers"] else ()
    return Outgoing(row["topic"], row["key"], row["value"], headers)
