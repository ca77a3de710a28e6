"""The ledger, from the side where a receipt is missing: what is overdue is claimed for a while, and
given up, waited for again, or let go."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from services.notifier import receipt_rows
from services.notifier.attempts import State
from services.notifier.receipt_rows import Entry
from services.notifier.receipts import Word

LEASE: Final = timedelta(minutes=2)
"""For so long nobody else looks at what somebody asks about."""

_CLAIM = f"""
    UPDATE notifier.notifications AS n SET receipt_by = now() + $2::interval
    FROM (SELECT id FROM notifier.notifications WHERE receipt_by <= now()
          ORDER BY receipt_by LIMIT $1 FOR UPDATE SKIP LOCKED) AS due
    WHERE n.id = due.id
    RETURNING n.id, n.channel, n.address, n.sender, n.provider_ref, n.receipt, n.receipt_by,
              n.state = '{State.SENT}' AS is_sent
"""  # noqa: S608 - our own word
_LATER = """
    UPDATE notifier.notifications SET receipt_by = now() + $2::interval
    WHERE id = ANY($1::text[]) AND receipt_by IS NOT NULL
"""
_LET_GO = "UPDATE notifier.notifications SET receipt_by = NULL WHERE id = ANY($1::text[])"
_GIVE_UP = f"""
    UPDATE notifier.notifications
    SET receipt_by = NULL, overdue_at = $2, reason = '{Reason.NO_RECEIPT}'
    WHERE id = ANY($1::text[])
"""  # noqa: S608 - our own word
_BECAUSE = f"""
    UPDATE notifier.notifications SET because = '{Reason.NO_RECEIPT}' WHERE id = ANY($1::text[])
"""  # noqa: S608 - our own word


@dataclass(frozen=True, slots=True)
class Due:
    """A message of which no receipt came in time."""

    id: str
    channel: Channel
    address: str
    sender: str
    ref: str | None
    """The provider's name for it."""
    word: Word | None
    """The provider's last."""
    leased_until: datetime
    """The fence: what is decided counts while the ledger says the same."""
    is_sent: bool
    """It is not known to have arrived, or to have failed."""


async def claim(pool: "asyncpg.Pool[asyncpg.Record]", limit: int) -> list[Due]:
    """At most `limit` that are due, ours for `LEASE`: whoever dies with them leaves them to others
    then."""
    rows = await pool.fetch(_CLAIM, limit, LEASE)
    return [
        Due(
            id=row["id"],
            channel=Channel(row["channel"]),
            address=row["address"],
            sender=row["sender"] or "",
            ref=row["provider_ref"],
            word=Word(row["receipt"]) if row["receipt"] else None,
            leased_until=row["receipt_by"],
            is_sent=row["is_sent"],
        )
        for row in rows
    ]


async def later(connection: Any, due: Collection[Due], wait: timedelta) -> None:
    """They are looked at again."""
    if due:
        await connection.execute(_LATER, [one.id for one in due], wait)


async def let_go(connection: Any, due: Collection[Due]) -> None:
    """Nothing is awaited any more."""
    if due:
        await connection.execute(_LET_GO, [one.id for one in due])


async def give_up(connection: Any, due: Collection[Due], now: datetime) -> list[Entry]:
    """Those that are still ours and nobody heard of meanwhile, locked until the transaction ends:
    it is written that they are overdue."""
    fences = {one.id: one.leased_until for one in due}
    entries = await receipt_rows.lock(connection, list(fences))
    ours = [
        entry
        for entry in entries.values()
        if entry.standing.state is State.SENT and entry.row["receipt_by"] == fences[entry.id]
    ]
    if ours:
        await connection.execute(_GIVE_UP, [entry.id for entry in ours], now)
    return ours


async def say_why(connection: Any, ids: Sequence[str]) -> None:
    """These take the place of others because of that."""
    if ids:
        await connection.execute(_BECAUSE, list(ids))
