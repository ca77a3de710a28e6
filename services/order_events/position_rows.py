"""Where to read on in the topics, and of which Kafka that is said."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from headsup.kafka.consumer import Partition, Positions

_OPEN: Final = """
    INSERT INTO order_events.positions (topic, partition, next_offset, cluster)
    SELECT t, n, 0, $3 FROM unnest($1::text[], $2::integer[]) AS given (t, n)
    ON CONFLICT DO NOTHING
"""
_BEGIN_ANEW: Final = """
    UPDATE order_events.positions SET next_offset = 0, cluster = $3
    WHERE (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::integer[]))
      AND cluster <> $3
    RETURNING topic, partition
"""
_ARE_OF: Final = """
    UPDATE order_events.positions SET cluster = $3
    WHERE (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::integer[]))
      AND cluster IS NULL
"""
_POSITIONS: Final = """
    SELECT topic, partition, next_offset
    FROM order_events.positions
    WHERE (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::integer[]))
"""
_MOVE: Final = """
    UPDATE order_events.positions AS p
    SET next_offset = fresh.next_offset
    FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[])
         AS fresh (topic, partition, next_offset, expected)
    WHERE p.topic = fresh.topic AND p.partition = fresh.partition
      AND p.next_offset = fresh.expected
"""


class Found(NamedTuple):
    """What is known of some partitions."""

    positions: Positions
    anew: Sequence[Partition]
    """Those that are read from their beginning, because this is another Kafka than the one in which
    they were read."""


async def read(pool: Any, wanted: Sequence[Partition], cluster: str | None) -> Found:
    """Their positions; 0 for new ones. `cluster`: which Kafka this is; None where nobody knows, and
    then nothing is changed."""
    keys = ([each.topic for each in wanted], [each.number for each in wanted])
    await pool.execute(_OPEN, *keys, cluster)
    anew = []
    if cluster is not None:
        rows = await pool.fetch(_BEGIN_ANEW, *keys, cluster)
        anew = [Partition(row["topic"], row["partition"]) for row in rows]
        await pool.execute(_ARE_OF, *keys, cluster)
    rows = await pool.fetch(_POSITIONS, *keys)
    found = {Partition(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    return Found(found, anew)


async def move(connection: Any, positions: Positions, held: Positions) -> bool:
    """Moves the positions from where they are held; False when somebody else moved one."""
    status = await connection.execute(
        _MOVE,
        [partition.topic for partition in positions],
        [partition.number for partition in positions],
        list(positions.values()),
        [held[partition] for partition in positions],
    )
    return int(status.rpartition(" ")[2]) == len(positions)
