"""The ledger, from the side of whoever opens a page: which message led there, and what its reader
was told. Nothing is written."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

import asyncpg
import msgspec

from headsup import logs
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import NotificationRequested, Reason
from services.notifier import opt_outs
from services.notifier.answers import LIFETIME
from services.notifier.attempts import State
from services.notifier.people import Address
from services.notifier.person_rows import person_of
from services.notifier.plan import PassedOver
from services.notifier.said import Asking, Opened, Said, Story

PATIENCE: Final = 3.0
"""Seconds for a connection, and for each statement: somebody is looking at an empty page."""
MOST_SAID: Final = 20
"""Messages that are listed; the newest."""
CONNECTIONS: Final = 3
"""Of all pages together, so that a crowd of readers takes nothing from the senders."""
_SHOWN: Final = (
    State.PLANNED,
    State.SENDING,
    State.SENT,
    State.DELIVERED,
    State.FAILED,
    State.UNKNOWN,
)
"""What was never sent because newer news took its place, nobody has to hear of."""
_REACHED: Final = (State.SENDING, State.SENT, State.DELIVERED, State.UNKNOWN)
_MESSAGE: Final = f"""
    SELECT n.*, r.source AS shop, r.customer_id, r.request, r.passed_over, p.entry, c.chosen,
           {opt_outs.SINCE} AS opted_out_at
    FROM notifier.notifications AS n
    JOIN notifier.requests AS r ON r.id = n.request_id
    LEFT JOIN notifier.people AS p
        ON p.source = r.source AND p.customer_id = r.customer_id
    LEFT JOIN notifier.preferences AS c
        ON c.source = r.source AND c.customer_id = r.customer_id
    WHERE n.seq = $1
"""  # noqa: S608 - our own words
_FAILED: Final = f"""
    SELECT b.route, b.channel, coalesce(b.reason, '{Reason.UNDELIVERED}') AS reason
    FROM notifier.notifications AS n
    JOIN notifier.notifications AS b ON b.request_id = n.request_id AND b.route = n.route
    WHERE n.seq = $1 AND b.seq < n.seq ORDER BY b.seq
"""  # noqa: S608 - our own words
_SAID: Final = f"""
    SELECT n.*, r.source AS shop, r.customer_id, r.request
    FROM notifier.requests AS r
    JOIN notifier.notifications AS n ON n.request_id = r.id
    WHERE r.order_id = $1 AND r.source = $2 AND r.customer_id = $3 AND n.state = ANY($4::text[])
    ORDER BY n.seq DESC LIMIT {MOST_SAID}
"""  # noqa: S608 - our own words
_ASKING: Final = """
    SELECT r.id, r.source, r.customer_id, r.request
    FROM notifier.requests AS r
    WHERE r.order_id = $1 AND r.source = $2 AND r.customer_id = $3 AND r.decided_at > $4
      AND EXISTS (SELECT FROM notifier.notifications AS n
                  WHERE n.request_id = r.id AND n.question IS NOT NULL
                    AND n.state = ANY($5::text[]))
      AND NOT EXISTS (SELECT FROM notifier.replies AS a WHERE a.request_id = r.id)
      AND NOT EXISTS (SELECT FROM notifier.withdrawals AS w WHERE w.request_id = r.id)
    ORDER BY r.decided_at DESC LIMIT 1
"""

_requests = msgspec.json.Decoder(NotificationRequested)
_passed_over = msgspec.json.Decoder(tuple[PassedOver, ...])


class PageRows:
    """Reads, over a few connections of its own. Raises what `DATABASE_AWAY` names."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def message(self, number: int) -> Opened | None:
        """The message of this number. None when there is none, or nobody can read it any more:
        whoever it was for is forgotten."""
        async with self.reading() as connection:
            row = await connection.fetchrow(_MESSAGE, number, timeout=PATIENCE)
            failed = await connection.fetch(_FAILED, number, timeout=PATIENCE) if row else []
        try:
            return _opened(row, failed) if row and row["address"] else None
        except (msgspec.MsgspecError, ValueError) as error:
            logs.logger().warning("a message cannot be shown", error=error)
            return None

    async def story(self, of: Said, now: datetime) -> Story:
        """What the reader of this message was told of its order."""
        whose = of.request.order_id, of.source, of.request.customer.id
        async with self.reading() as connection:
            said = await connection.fetch(_SAID, *whose, list(_SHOWN), timeout=PATIENCE)
            asking = await connection.fetchrow(
                _ASKING, *whose, now - LIFETIME, list(_REACHED), timeout=PATIENCE
            )
        told = (_said_or_none(row) for row in said)
        return Story(said=tuple(each for each in told if each), asking=_asking(asking))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Any]:
        """A connection that changes nothing."""
        async with (
            asyncio.timeout(2 * PATIENCE),
            self._pool.acquire(timeout=PATIENCE) as connection,
            connection.transaction(readonly=True),
        ):
            yield connection


def _opened(row: Any, failed: Iterable[Any]) -> Opened:
    return Opened(
        said=_said(row),
        person=person_of(row["entry"], row["chosen"], row["opted_out_at"]),
        passed_over=_passed_over.decode(row["passed_over"]) if row["passed_over"] else (),
        failed=tuple(
            PassedOver(each["route"], Channel(each["channel"]), Reason(each["reason"]))
            for each in failed
        ),
    )


def _said(row: Any) -> Said:
    return Said(
        number=row["seq"],
        request_id=row["request_id"],
        source=row["shop"],
        request=_requests.decode(row["request"]),
        address=Address(Channel(row["channel"]), row["address"]),
        language=row["language"],
        state=State(row["state"]),
        planned_at=row["planned_at"],
        at=row["written_at"] or row["planned_at"],
        route=row["route"],
        held_for=row["held_for"],
    )


def _said_or_none(row: Any) -> Said | None:
    """None of what another version of us wrote, and of whoever is forgotten."""
    try:
        return _said(row) if row["address"] else None
    except (msgspec.MsgspecError, ValueError):
        return None


def _asking(row: Any) -> Asking | None:
    try:
        content = _requests.decode(row["request"]).content if row else None
    except msgspec.MsgspecError:
        return None
    if content is None or content.question is None:
        return None
    return Asking(request_id=row["id"], question=content.question)
