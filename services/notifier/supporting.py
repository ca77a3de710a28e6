"""What people who help customers do: look, which is noted, and have something sent again.

A message that is sent again is a new request under an id of its own: it is planned, held, written
and told like any other, so who wants no more, an address that nothing is sent to and the night
count as ever."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

import msgspec

from headsup.contracts import envelope
from headsup.contracts.notifications import NotificationRequested
from headsup.contracts.registry import Topic
from headsup.kafka.producer import Outgoing
from headsup.outbox import Committed
from services.notifier.brought import PATIENCE, Brought, Writer
from services.notifier.ledger import Transaction

MOST_WAITING: Final = 100
WORTH: Final = timedelta(days=1)
"""For so long something old that is sent again may still be sent."""
PAUSE: Final = timedelta(minutes=5)
"""Between two times that the same message is sent again, whoever asks."""
_REQUEST: Final = """
    SELECT r.source, r.customer_id, r.request, r.expires_at,
           w.received_at AS withdrawn_at, newer.kind AS newer_kind
    FROM notifier.requests AS r
    LEFT JOIN notifier.withdrawals AS w ON w.request_id = r.id
    LEFT JOIN notifier.requests AS newer ON newer.id = w.superseded_by
    WHERE r.id = $1 FOR UPDATE OF r
"""
_KNOWN: Final = "SELECT EXISTS (SELECT FROM notifier.support_acts WHERE new_id = $1)"
_LATELY: Final = """
    WITH RECURSIVE same (id) AS (
        SELECT $1::text
        UNION
        SELECT unnest(ARRAY[a.request_id, a.new_id])
        FROM same JOIN notifier.support_acts AS a ON a.request_id = same.id OR a.new_id = same.id
        WHERE a.act = 'resent'
    )
    SELECT a.at, a.operator FROM same JOIN notifier.support_acts AS a ON a.request_id = same.id
    WHERE a.act = 'resent' AND a.at > $2 ORDER BY a.at DESC LIMIT 1
"""
"""A message that was sent again, and what was made of that, are the same one."""
_NOTE: Final = """
    INSERT INTO notifier.support_acts (at, operator, act, found, request_id, new_id)
    VALUES ($1, $2, $3, $4, $5, $6)
"""
_requests: Final = msgspec.json.Decoder(NotificationRequested)


class Act(StrEnum):
    """What was done."""

    LOOKED = "looked"
    RESENT = "resent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Somebody of the shop's looks for an order; for what they looked is not kept."""

    operator: str
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resend:
    """Say it again. `token`: of the form, so that a form that is sent twice says it once."""

    operator: str
    request_id: str
    token: str
    although_old: bool = False
    although_withdrawn: bool = False

    @property
    def new_id(self) -> str:
        """Of the request that is made of it."""
        name = f"{self.request_id} {self.token}"
        return f"again.{sha256(name.encode()).hexdigest()[:32]}"


class Effect(StrEnum):
    """What came of it."""

    NOTED = "noted"
    RESENT = "resent"
    KNOWN = "known"  # this form was sent before
    TOO_SOON = "too_soon"  # it was sent again just now
    OLD = "old"  # it is not worth telling any more
    WITHDRAWN = "withdrawn"  # it is not true any more
    UNKNOWN = "unknown"  # there is no such request, or whoever it was for is forgotten


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of it, and what its words need."""

    effect: Effect
    at: datetime | None = None
    """When it was sent again last, or withdrawn."""
    operator: str | None = None
    """Who sent it again last."""
    newer_kind: str | None = None
    """Of the news that took its place."""
    is_old: bool = False
    """Of something withdrawn: it is not worth telling any more either."""


_SILENCE: Final = Committed([], [])
Word = Looked | Resend


class Supporting(Brought[Word, Done]):
    """The queue."""

    def __init__(self, patience: float = PATIENCE) -> None:
        super().__init__(MOST_WAITING, patience)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportWriter(Writer):
    """The loop that writes it."""

    supporting: Supporting

    async def run(self, stop: asyncio.Event) -> None:
        """Writes until `stop` is set and nobody waits any more."""
        await self._serve("support", self.supporting, self._done, stop)

    async def _done(self, transaction: Transaction, word: Word) -> tuple[Done, Committed]:
        now, connection = self.clock.now(), transaction.connection
        if isinstance(word, Looked):
            await connection.execute(_NOTE, now, word.operator, Act.LOOKED, word.found, None, None)
            return Done(effect=Effect.NOTED), _SILENCE
        row = await connection.fetchrow(_REQUEST, word.request_id)
        if row is not None and await connection.fetchval(_KNOWN, word.new_id):
            return Done(effect=Effect.KNOWN), _SILENCE
        last = await connection.fetchrow(_LATELY, word.request_id, now - PAUSE)
        if last is not None:
            effect = Effect.TOO_SOON
            return Done(effect=effect, at=last["at"], operator=last["operator"]), _SILENCE
        done, record = again(row, word, now, self.prefix)
        act = Act.RESENT if record else Act.REFUSED
        new_id = word.new_id if record else None
        asked = word.request_id if row is not None else None
        await connection.execute(_NOTE, now, word.operator, act, None, asked, new_id)
        return done, await transaction.add([record]) if record else _SILENCE


def again(row: Any, word: Resend, now: datetime, prefix: str) -> tuple[Done, Outgoing | None]:
    """What is to be asked for, or why not. Pure."""
    try:
        request = _requests.decode(row["request"]) if row is not None else None
    except msgspec.MsgspecError:
        request = None
    if row is None or request is None:
        return Done(effect=Effect.UNKNOWN), None
    is_old = row["expires_at"] <= now
    if row["withdrawn_at"] is not None and not word.although_withdrawn:
        return Done(
            effect=Effect.WITHDRAWN,
            at=row["withdrawn_at"],
            newer_kind=row["newer_kind"],
            is_old=is_old,
        ), None
    if is_old and not word.although_old:
        return Done(effect=Effect.OLD), None
    until = max(row["expires_at"], now + WORTH) if word.although_old else row["expires_at"]
    fresh = msgspec.structs.replace(request, expires_at=until)
    event = envelope.make(row["source"], word.new_id, now, fresh)
    record = Outgoing(
        prefix + Topic.REQUESTED,
        row["customer_id"].encode(),
        envelope.encode(event),
        tuple(envelope.headers(event)),
    )
    return Done(effect=Effect.RESENT), record
