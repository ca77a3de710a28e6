"""The ledger, from the side where answers come in: what was asked, and what was said to it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

import msgspec

from headsup.contracts import envelope
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import NotificationRequested
from headsup.contracts.registry import Topic
from headsup.contracts.replies import Answer, CustomerReplied
from headsup.kafka.producer import Outgoing
from services.notifier.answers import REPLY_WITHIN, Asked, Last, Reply
from services.notifier.attempts import State

_ASKED: Final = """
    SELECT r.source, r.order_id, r.customer_id, r.request, r.decided_at,
           (SELECT n.language FROM notifier.notifications AS n
            WHERE n.request_id = r.id ORDER BY n.seq LIMIT 1) AS language,
           ARRAY(SELECT DISTINCT n.channel FROM notifier.notifications AS n
                 WHERE n.request_id = r.id) AS channels
    FROM notifier.requests AS r WHERE r.id = $1
"""
_LOCK: Final = "SELECT FROM notifier.requests WHERE id = $1 FOR UPDATE"
"""Two answers to one question are heard one after the other."""
_LAST: Final = """
    SELECT number, answer FROM notifier.replies WHERE request_id = $1 ORDER BY number DESC LIMIT 1
"""
_BROUGHT: Final = """
    SELECT EXISTS (SELECT FROM notifier.replies WHERE request_id = $1 AND ref = $2)
"""
_SENT_TO: Final = """
    SELECT EXISTS (SELECT FROM notifier.notifications
                   WHERE request_id = $1 AND channel = $2 AND address = $3)
"""
_WRITE: Final = """
    INSERT INTO notifier.replies (request_id, number, answer, channel, at, ref)
    VALUES ($1, $2, $3, $4, $5, $6)
"""
_NEWEST_BY_SMS: Final = f"""
    SELECT request_id FROM notifier.notifications
    WHERE channel = 'sms' AND question IS NOT NULL AND address = $1 AND sender = ANY($2::text[])
      AND state IN ('{State.SENT}', '{State.DELIVERED}', '{State.SENDING}', '{State.UNKNOWN}')
      AND changed_at > $3
    ORDER BY seq DESC LIMIT 1
"""  # noqa: S608 - our own words

_requests = msgspec.json.Decoder(NotificationRequested)


async def asked(connection: Any, request_id: str) -> Asked | None:
    """What a request asks; None when there is none, it asks nothing, or nobody can read it any
    more."""
    row = await connection.fetchrow(_ASKED, request_id)
    if row is None:
        return None
    try:
        question = _requests.decode(row["request"]).content.question
        channels = frozenset(map(Channel, row["channels"]))
    except (msgspec.MsgspecError, ValueError):
        return None
    if question is None:
        return None
    return Asked(
        request_id=request_id,
        source=row["source"],
        order_id=row["order_id"],
        customer_id=row["customer_id"],
        question=question,
        at=row["decided_at"],
        language=row["language"],
        channels=channels,
    )


async def newest_by_sms(
    connection: Any, number: str, senders: Collection[str], now: datetime
) -> str | None:
    """The request whose question was the last that one of the senders put to a number."""
    since = now - REPLY_WITHIN
    found = await connection.fetchval(_NEWEST_BY_SMS, number, list(senders), since)
    return None if found is None else str(found)


async def lock(connection: Any, request_id: str) -> Last:
    """The last answer; nobody else writes one before the transaction ends."""
    await connection.execute(_LOCK, request_id)
    row = await connection.fetchrow(_LAST, request_id)
    return Last() if row is None else Last(Answer(row["answer"]), row["number"])


async def was_brought(connection: Any, request_id: str, ref: str | None) -> bool:
    """Whether this very reply was written already."""
    return ref is not None and bool(await connection.fetchval(_BROUGHT, request_id, ref))


async def was_sent_to(connection: Any, request_id: str, channel: Channel, address: str) -> bool:
    """Whether a message of the request went there."""
    return bool(await connection.fetchval(_SENT_TO, request_id, channel, address))


async def write(connection: Any, request_id: str, reply: Reply, ref: str | None) -> None:
    """Keeps an answer."""
    at = (reply.answer, reply.channel, reply.at, ref)
    await connection.execute(_WRITE, request_id, reply.number, *at)


def replied(asked: Asked, reply: Reply, prefix: str) -> Outgoing:
    """The record for `customers.replied`. Its id says which answer of the question it is, so that
    publishing it twice is publishing it once. Pure."""
    data = CustomerReplied(
        order_id=asked.order_id,
        customer_id=asked.customer_id,
        request_id=asked.request_id,
        question=asked.question,
        answer=reply.answer,
        channel=reply.channel,
    )
    event_id = f"reply.{asked.request_id}.{reply.number}"
    event = envelope.make(asked.source, event_id, reply.at, data)
    return Outgoing(
        prefix + Topic.REPLIED,
        asked.order_id.encode(),
        envelope.encode(event),
        tuple(envelope.headers(event)),
    )
