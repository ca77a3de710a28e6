"""The ledger, from the side where notifications go out: claimed under a lease, then settled.

A claim writes the intent and a new attempt number before a provider is called. Whoever dies in
between leaves a lease that runs out; a result under an older number changes nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg
import msgspec

from headsup import logs
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import NotificationRequested, Reason
from services.notifier.attempts import Claimed, Result, State
from services.notifier.ledger import Transaction, person_of
from services.notifier.outcomes import Message, Subject
from services.notifier.people import Address

LEASE: Final = 120.0
"""Seconds for which a claimed notification is ours; a result comes much sooner, or not at all."""

_CLAIM = f"""
    WITH due AS (
        SELECT id, state FROM notifier.notifications
        WHERE channel = $1 AND state IN ('planned', 'sending') AND due_at <= now()
        ORDER BY due_at LIMIT $2
        FOR UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE notifier.notifications AS n
        SET state = '{State.SENDING}', attempt = n.attempt + 1,
            due_at = now() + make_interval(secs => $3)
        FROM due WHERE n.id = due.id
        RETURNING n.*, due.state = '{State.SENDING}' AS lease_ran_out
    )
    SELECT c.id, c.request_id, c.route, c.channel, c.address, c.language, c.planned_at, c.attempt,
           c.retries, c.reason, c.lease_ran_out, r.source, r.order_id, r.customer_id, r.kind,
           r.request, p.entry, s.reason AS suppressed,
           extract(epoch FROM now() - r.received_at)::float8 AS waited,
           EXISTS (SELECT FROM notifier.withdrawals AS w WHERE w.request_id = c.request_id)
               AS is_withdrawn
    FROM claimed AS c
    JOIN notifier.requests AS r ON r.id = c.request_id
    LEFT JOIN notifier.people AS p
        ON p.source = r.source AND p.customer_id = r.customer_id
    LEFT JOIN notifier.suppressions AS s
        ON s.source = r.source AND s.address = c.channel || ':' || c.address
"""  # noqa: S608 - our own word
_SETTLE = f"""
    UPDATE notifier.notifications AS n
    SET state = r.state, provider_ref = r.provider_ref, reason = r.reason, code = r.code,
        retries = n.retries + r.retry, due_at = now() + make_interval(secs => r.wait),
        changed_at = r.at
    FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[],
                $7::integer[], $8::float8[], $9::timestamptz[])
         AS r (id, attempt, state, provider_ref, reason, code, retry, wait, at)
    WHERE n.id = r.id AND n.attempt = r.attempt AND n.state = '{State.SENDING}'
    RETURNING n.id
"""  # noqa: S608 - our own word
_SET_ASIDE = f"""
    UPDATE notifier.notifications AS n
    SET state = '{State.SUPPRESSED}', reason = '{Reason.CANNOT_RENDER}', changed_at = $3
    FROM unnest($1::text[], $2::integer[]) AS r (id, attempt)
    WHERE n.id = r.id AND n.attempt = r.attempt AND n.state = '{State.SENDING}'
    RETURNING n.id
"""  # noqa: S608 - our own words
_TRIED = """
    SELECT request_id, route, channel FROM notifier.notifications
    WHERE request_id = ANY($1::text[])
"""
_BACKLOG = """
    SELECT channel, count(*) AS waiting FROM notifier.notifications
    WHERE state IN ('planned', 'sending') GROUP BY channel
"""

_requests = msgspec.json.Decoder(NotificationRequested)


@dataclass(frozen=True, slots=True)
class Tried:
    """A message of a request that there is or was."""

    route: int
    channel: Channel


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A notification that was written in a way in which nobody can read it any more."""

    id: str
    attempt: int
    subject: Subject | None
    """None when not even its kind is known."""
    message: Message


@dataclass(frozen=True, slots=True)
class Haul:
    """What one claim took."""

    claimed: list[Claimed]
    unreadable: list[Unreadable]

    @property
    def size(self) -> int:
        """How many rows that are."""
        return len(self.claimed) + len(self.unreadable)


class Claims:
    """Takes what is due."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def claim(self, channel: Channel, limit: int) -> Haul:
        """At most `limit` notifications that are due, leased to us; the intent is committed."""
        haul = Haul([], [])
        for row in await self._pool.fetch(_CLAIM, channel, limit, LEASE):
            try:
                haul.claimed.append(_claimed(row))
            except (msgspec.MsgspecError, ValueError) as error:
                logs.logger().error("a notification cannot be read", channel=channel, error=error)
                haul.unreadable.append(_unreadable(row))
        return haul

    async def backlog(self) -> dict[Channel, int]:
        """How many notifications wait on each channel. Reads what waits, not what was sent."""
        found = {row["channel"]: row["waiting"] for row in await self._pool.fetch(_BACKLOG)}
        return {channel: found.get(channel, 0) for channel in Channel}


async def settle(transaction: Transaction, results: Sequence[Result]) -> list[Result]:
    """Writes results; returns those that count, because their attempt is still the newest."""
    rows = await transaction.connection.fetch(
        _SETTLE,
        [r.claimed.id for r in results],
        [r.claimed.attempt for r in results],
        [r.state for r in results],
        [r.provider_ref for r in results],
        [r.reason for r in results],
        [r.code for r in results],
        [int(r.is_retry) for r in results],
        [r.wait for r in results],
        [r.at for r in results],
    )
    settled = {row["id"] for row in rows}
    return [result for result in results if result.claimed.id in settled]


async def set_aside(
    transaction: Transaction, rows: Sequence[Unreadable], now: datetime
) -> list[Unreadable]:
    """Ends what cannot be read; returns what is still ours to end."""
    ids, numbers = [row.id for row in rows], [row.attempt for row in rows]
    ended = await transaction.connection.fetch(_SET_ASIDE, ids, numbers, now)
    known = {row["id"] for row in ended}
    return [row for row in rows if row.id in known]


async def tried(transaction: Transaction, request_ids: Sequence[str]) -> dict[str, list[Tried]]:
    """All messages that these requests have or had."""
    found: dict[str, list[Tried]] = defaultdict(list)
    for row in await transaction.connection.fetch(_TRIED, request_ids):
        found[row["request_id"]].append(Tried(row["route"], Channel(row["channel"])))
    return found


def _claimed(row: Any) -> Claimed:
    return Claimed(
        id=row["id"],
        request_id=row["request_id"],
        route=row["route"],
        address=Address(Channel(row["channel"]), row["address"]),
        language=row["language"],
        planned_at=row["planned_at"],
        attempt=row["attempt"],
        retries=row["retries"],
        lease_ran_out=row["lease_ran_out"],
        reason=Reason(row["reason"]) if row["reason"] else None,
        is_withdrawn=row["is_withdrawn"],
        source=row["source"],
        request=_requests.decode(row["request"]),
        person=person_of(row["entry"]),
        suppressed=Reason(row["suppressed"]) if row["suppressed"] else None,
        waited=row["waited"],
    )


def _unreadable(row: Any) -> Unreadable:
    subject = None
    if row["kind"] in set(Kind):
        subject = Subject(
            source=row["source"],
            request_id=row["request_id"],
            order_id=row["order_id"],
            customer_id=row["customer_id"],
            kind=Kind(row["kind"]),
        )
    message = Message(row["id"], Channel(row["channel"]), row["language"])
    return Unreadable(row["id"], row["attempt"], subject, message)
