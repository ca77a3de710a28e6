"""The ledger, from the side where answers come in: what was asked, and what was said to it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

import msgspec

from headsup.contracts import envelope
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content, NotificationRequested
from headsup.contracts.registry import Topic
from headsup.contracts.replies import Answer, CustomerReplied, Question
from headsup.kafka.producer import Outgoing
from services.notifier.answers import REPLY_WITHIN, Asked, Given, Reply, Saying
from services.notifier.attempts import State
from services.notifier.meaning import Open
from services.notifier.named_rows import kept_at
from services.notifier.sealed_rows import expect_clear_in

MOST_OPEN: Final = 20
"""Questions to one number that a word is looked for in."""
_REACHED = f"""
    n.state IN ('{State.SENT}', '{State.DELIVERED}', '{State.SENDING}', '{State.UNKNOWN}')
"""
"""An answer can be quicker than what the provider says of the question."""
_ASKED: Final = f"""
    SELECT r.source, r.order_id, r.customer_id, r.request, r.decided_at,
           (SELECT n.language FROM notifier.notifications AS n
            WHERE n.request_id = r.id ORDER BY n.seq LIMIT 1) AS language,
           ARRAY(SELECT DISTINCT n.channel FROM notifier.notifications AS n
                 WHERE n.request_id = r.id AND {_REACHED}) AS channels
    FROM notifier.requests AS r WHERE r.id = $1
"""  # noqa: S608 - our own words
_LOCK: Final = "SELECT FROM notifier.requests WHERE id = $1 FOR UPDATE"
"""Two answers to one question are heard one after the other."""
_GIVEN: Final = """
    SELECT number, answer, ref, heard_at, heard_at > now() - interval '1 day' AS is_of_today
    FROM notifier.replies WHERE request_id = $1 ORDER BY number
"""
_IS_NEW: Final = """
    INSERT INTO notifier.texts_taken (ref) VALUES ($1) ON CONFLICT DO NOTHING RETURNING true
"""
_SENT_TO: Final = """
    SELECT EXISTS (SELECT FROM notifier.notifications
                   WHERE request_id = $1 AND channel = $2 AND address = $3)
"""
_WRITE: Final = """
    INSERT INTO notifier.replies (request_id, number, answer, channel, at, ref, heard_at)
    VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, now()))
"""
_BY_TEXT: Final = f"""
    SELECT n.request_id, EXISTS (
        SELECT FROM notifier.replies AS given WHERE given.request_id = n.request_id
    ) AS is_answered
    FROM notifier.notifications AS n JOIN notifier.requests AS r ON r.id = n.request_id
    WHERE n.channel = '{{channel}}' AND n.question IS NOT NULL AND n.address = $1
      AND n.sender = ANY($2::text[]) AND {_REACHED} AND n.changed_at > $3
      AND ($4::timestamptz IS NULL OR r.received_at < $4)
    ORDER BY n.seq DESC LIMIT {MOST_OPEN}
"""  # noqa: S608 - our own words
_OPEN_BY: Final = {
    # Each channel has an index of its own.
    channel: _BY_TEXT.format(channel=channel)
    for channel in (Channel.SMS, Channel.WHATSAPP)
}

_RECALL: Final = """
    INSERT INTO notifier.replies (request_id, number, answer, channel, at)
    SELECT id, $2, $3, $4, $5 FROM notifier.requests WHERE id = $1
    ON CONFLICT DO NOTHING RETURNING true
"""

_requests = msgspec.json.Decoder(NotificationRequested)


async def asked(connection: Any, request_id: str) -> Asked | None:
    """What a request asks of an order; None when there is none, it asks nothing, or nobody can read
    it any more."""
    row = await connection.fetchrow(_ASKED, request_id)
    if row is None:
        return None
    try:
        content = _requests.decode(row["request"]).content
        channels = frozenset(map(Channel, row["channels"]))
    except (msgspec.MsgspecError, ValueError):
        expect_clear_in(row)
        return None
    if content.question is None or row["order_id"] is None:
        return None
    return Asked(
        request_id=request_id,
        source=row["source"],
        order_id=row["order_id"],
        customer_id=row["customer_id"],
        question=content.question,
        at=row["decided_at"],
        language=row["language"],
        channels=channels,
        subject=_subject_of(content),
    )


def _subject_of(content: Content) -> str:
    of_a_part = {
        Question.RECEIVED: content.tracking_number,
        Question.RATING: content.ticket,
    }
    return (content.question and of_a_part.get(content.question)) or ""


async def open_by_text(
    connection: Any,
    number: str,
    senders: Collection[str],
    now: datetime,
    before: datetime | None = None,
    channel: Channel = Channel.SMS,
) -> list[Open]:
    """The questions that one of the senders put to a number, the newest first. `before`: real time;
    those that came later were not what was answered then."""
    since = now - REPLY_WITHIN
    query = _OPEN_BY[channel]
    [there] = kept_at(connection, [(channel, number)])
    rows = await connection.fetch(query, there, list(senders), since, before)
    found = [(await asked(connection, row["request_id"]), row["is_answered"]) for row in rows]
    return [Open(each, is_answered) for each, is_answered in found if each is not None]


async def lock(connection: Any, request_id: str) -> list[Given]:
    """The answers so far; nobody else writes one before the transaction ends."""
    await connection.execute(_LOCK, request_id)
    return [
        Given(
            number=row["number"],
            answer=Answer(row["answer"]),
            ref=row["ref"],
            heard_at=row["heard_at"],
            is_of_today=row["is_of_today"],
        )
        for row in await connection.fetch(_GIVEN, request_id)
    ]


async def is_new(connection: Any, ref: str) -> bool:
    """Whether this text message comes for the first time; from then on it does not."""
    return bool(await connection.fetchval(_IS_NEW, ref))


async def was_sent_to(connection: Any, request_id: str, channel: Channel, address: str) -> bool:
    """Whether a message of the request went there."""
    [there] = kept_at(connection, [(channel, address)])
    return bool(await connection.fetchval(_SENT_TO, request_id, channel, there))


async def write(connection: Any, request_id: str, reply: Reply, saying: Saying) -> None:
    """Keeps an answer; one that was brought late, by the time at which it was written: what was
    written after it and is brought later still comes after it."""
    what = (reply.answer, reply.channel, reply.at, saying.ref, saying.written_at)
    await connection.execute(_WRITE, request_id, reply.number, *what)


async def recall(connection: Any, said: CustomerReplied, number: int, at: datetime) -> bool:
    """Keeps an answer, the one of this number, where that was forgotten. Of a request that nobody
    knows, there is no answer."""
    what = (said.request_id, number, said.answer, said.channel, at)
    return bool(await connection.fetchval(_RECALL, *what))


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
