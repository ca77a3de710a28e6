"""The ledger, from beside the claims: what waits, and what is given back unread."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from headsup.contracts.channels import Channel
from services.notifier.attempts import State
from services.notifier.metrics import LATE, NOTHING_WAITS, Backlog
from services.notifier.priorities import Priority

_BACKLOG: Final = """
    SELECT channel, priority, count(*) AS waiting,
           extract(epoch FROM greatest(
               $1 - min(planned_at) FILTER (WHERE held_for IS NULL),
               now() - min(due_at) FILTER (WHERE held_for IS NOT NULL)
           ))::float8 AS oldest,
           count(*) FILTER (
               WHERE held_for IS NULL AND planned_at < $1 - make_interval(secs => $2)
           ) AS late
    FROM notifier.notifications
    WHERE state IN ('planned', 'sending') GROUP BY channel, priority
"""
"""What is held waits since it was due; the rest since it was planned, whatever was tried since."""
_GIVE_BACK: Final = f"""
    UPDATE notifier.notifications AS n
    SET state = '{State.PLANNED}', due_at = now(), tried_at = g.tried_at, sender = g.sender
    FROM unnest($1::text[], $2::integer[], $3::timestamptz[], $4::text[])
         AS g (id, attempt, tried_at, sender)
    WHERE n.id = g.id AND n.attempt = g.attempt AND n.state = '{State.SENDING}'
"""  # noqa: S608 - our own words


async def backlog(pool: Any, now: datetime) -> dict[tuple[Channel, Priority], Backlog]:
    """What waits on each channel, by priority. Reads what waits, not what was sent."""
    found = {
        (row["channel"], row["priority"]): Backlog(
            row["waiting"], max(0.0, row["oldest"]), row["late"]
        )
        for row in await pool.fetch(_BACKLOG, now, LATE)
    }
    return {
        (channel, priority): found.get((channel, priority), NOTHING_WAITS)
        for channel in Channel
        for priority in Priority
    }


async def give_back(pool: Any, claimed: Sequence[Any]) -> None:
    """The rows of a claim wait again: they could not be read for want of a key, so nobody called a
    provider, and what was in doubt is in no more doubt than it was."""
    await pool.execute(
        _GIVE_BACK,
        [row["id"] for row in claimed],
        [row["attempt"] for row in claimed],
        [row["doubted_since"] for row in claimed],
        [row["sender_before"] for row in claimed],
    )
