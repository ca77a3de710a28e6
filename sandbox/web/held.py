"""What waits though it could be sent, and until when: the notifier says nothing of it on Kafka, so
it is read from where it keeps its messages, as whoever runs it would."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from sandbox.tempo import Tempo
from sandbox.web.shown import Held
from sandbox.web.stage import Stage

_NAP_SECONDS: Final = 0.1
_HOUR: Final = timedelta(hours=1)
_WAITING: Final = """
    SELECT n.id, n.request_id, n.channel, n.planned_at, n.due_at, r.kind, r.order_id, r.customer_id
    FROM notifier.notifications AS n JOIN notifier.requests AS r ON r.id = n.request_id
    WHERE n.state = 'planned' AND n.held_for = 'night' AND n.due_at > clock_timestamp()
"""


async def watch_held(database: str, stage: Stage, tempo: Tempo) -> None:
    """Shows every message that waits for somebody's morning, once, for ever."""
    connection = await asyncpg.connect(database)
    shown: set[str] = set()
    try:
        while True:
            for row in await connection.fetch(_WAITING):
                if row["id"] not in shown:
                    shown.add(row["id"])
                    stage.holds(held_in(row, tempo))
            await asyncio.sleep(_NAP_SECONDS)
    finally:
        connection.terminate()


def held_in(row: Any, tempo: Tempo) -> Held:
    """A row as the page shows it. It is due by the machine's clock, a moment after the hour at
    which the night ends: what that makes at the demo's pace is rounded away."""
    until = tempo.shown + (row["due_at"] - tempo.real) * tempo.speed
    return Held(
        id=row["id"],
        request=row["request_id"],
        kind=Kind(row["kind"]),
        channel=Channel(row["channel"]),
        order=row["order_id"],
        customer=row["customer_id"],
        at=row["planned_at"],
        until=_on_the_hour(until),
    )


def _on_the_hour(moment: datetime) -> datetime:
    half = moment + _HOUR / 2
    return half.replace(minute=0, second=0, microsecond=0)
