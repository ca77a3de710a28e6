"""The ledger, from the side where requests come in: people, requests, withdrawals.

One statement per table and batch. `claims.py` is the side where notifications go out.
"""

import contextlib
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
import msgspec

from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationRequested, NotificationWithdrawn
from headsup.contracts.replies import Question
from headsup.contracts.shop import CustomerUpdated
from headsup.kafka.producer import Outgoing
from headsup.outbox import Committed, Outbox
from headsup.postgres import rehearsal
from services.notifier import chats, person_rows, troubles, whatsapp_windows
from services.notifier.attempts import State
from services.notifier.consents import NOTHING, Heard, counted
from services.notifier.deadlines import SecondsUntil, no_wait
from services.notifier.decide import NOBODY, Decided, Known
from services.notifier.named_rows import kept, kept_at
from services.notifier.outcomes import Message, Subject, named_in
from services.notifier.people import Person
from services.notifier.person_rows import person_in
from services.notifier.plan import Planned
from services.notifier.priorities import Priority, priority_of
from services.notifier.quiet import HeldFor
from services.notifier.sealed_rows import ENTRY, REQUEST, written

SCHEMA: Final = "notifier"
NOTHING_HELD: Final[Mapping[str, int]] = {}

_UPDATE_PEOPLE = """
    INSERT INTO notifier.people AS known (source, customer_id, entry, told_at, heard)
    SELECT source, customer_id, entry, told_at, heard::jsonb
    FROM unnest($1::text[], $2::text[], $3::bytea[], $4::timestamptz[], $5::text[])
         AS told (source, customer_id, entry, told_at, heard)
    ON CONFLICT (source, customer_id) DO UPDATE
    SET entry = excluded.entry, told_at = excluded.told_at, heard = excluded.heard
    WHERE known.told_at <= excluded.told_at
"""
_HEARD = """
    SELECT source, customer_id, heard
    FROM unnest($1::text[], $2::text[]) AS wanted (source, customer_id)
    JOIN notifier.people USING (source, customer_id) WHERE heard IS NOT NULL
"""
_PEOPLE = f"""
    SELECT r.source, r.customer_id, {person_rows.COLUMNS}, {chats.COLUMN}
    FROM unnest($1::text[], $2::text[]) AS r (source, customer_id) {person_rows.JOINS}
"""  # noqa: S608 - our own words
_WITHDRAWN = "SELECT request_id FROM notifier.withdrawals WHERE request_id = ANY($1::text[])"
_REMEMBER = """
    INSERT INTO notifier.withdrawals (request_id, superseded_by)
    SELECT * FROM unnest($1::text[], $2::text[])
    ON CONFLICT DO NOTHING
"""
_WITHDRAW = f"""
    UPDATE notifier.notifications AS n
    SET state = '{State.WITHDRAWN}', reason = 'superseded', changed_at = $2
    FROM notifier.requests AS r
    WHERE n.request_id = ANY($1::text[]) AND n.state = '{State.PLANNED}'
      AND n.tried_at IS NULL AND r.id = n.request_id
    RETURNING n.id, n.channel, n.language, r.source, r.id AS request_id, r.order_id,
              r.customer_id, r.kind, r.cart
"""  # noqa: S608 - our own words; what may have been sent already is not called withdrawn
_HURRY = """
    UPDATE notifier.notifications SET over_at = '-infinity'
    WHERE request_id = ANY($1::text[]) AND state IN ('planned', 'sending')
"""
_ENTER = """
    INSERT INTO notifier.requests (id, source, order_id, customer_id, kind, request, expires_at,
                                   decided_at, decision, reason, passed_over, cart, cart_id,
                                   touched_at, who, about)
    SELECT id, source, order_id, customer_id, kind, request, expires_at, decided_at, decision,
           reason, passed_over, cart, cart_id, touched_at, string_to_array(keys, ' '), about
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[],
                $7::timestamptz[], $8::timestamptz[], $9::text[], $10::text[], $11::bytea[],
                $12::bytea[], $13::text[], $14::timestamptz[], $15::text[], $16::text[])
         AS n (id, source, order_id, customer_id, kind, request, expires_at, decided_at, decision,
               reason, passed_over, cart, cart_id, touched_at, keys, about)
    ON CONFLICT DO NOTHING
    RETURNING id
"""
_SCHEDULE = f"""
    INSERT INTO notifier.notifications (id, request_id, route, channel, address, language,
                                        source, order_id, over_at, held, question, changed_at,
                                        priority, held_for, planned_at, state, due_at)
    SELECT n.id, request_id, route, channel, address, language, source, order_id, over_at, held,
           question, changed_at, priority, held_for, changed_at, '{State.PLANNED}',
           now() + greatest(make_interval(secs => wait),
                            CASE WHEN held IS NULL THEN '0' ELSE $16::interval END)
    FROM unnest($1::text[], $2::text[], $3::smallint[], $4::text[], $5::text[], $6::text[],
                $7::text[], $8::text[], $9::timestamptz[], $10::smallint[], $11::text[],
                $12::timestamptz[], $13::smallint[], $14::text[], $15::float8[])
         AS n (id, request_id, route, channel, address, language, source, order_id, over_at, held,
               question, changed_at, priority, held_for, wait)
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own word
_RELEASE = f"""
    UPDATE notifier.notifications
    SET held = NULL,
        due_at = CASE WHEN state = '{State.PLANNED}' AND attempt = 0
                       AND (held_for IS NULL OR due_at <= now() + $3::interval)
                      THEN now() ELSE due_at END
    WHERE id IN (SELECT id FROM notifier.notifications WHERE held = ANY($1::smallint[]) LIMIT $2)
"""  # noqa: S608 - our own word; what was tried already waits as its provider wished, and what
# waits for longer than a partition does, for a morning; where that is nearer it is looked at again
_WAIT_ON = """
    UPDATE notifier.notifications AS n SET held = $2
    FROM notifier.requests AS r
    WHERE n.held = ANY($1::smallint[]) AND r.id = n.request_id AND r.cart_id IS NOT NULL
"""
_HOLD_ON = f"""
    UPDATE notifier.notifications SET due_at = now() + $2::interval
    WHERE held = ANY($1::smallint[]) AND state = '{State.PLANNED}' AND attempt = 0
      AND due_at < now() + $2::interval / 2
"""  # noqa: S608 - our own word
HELD_FOR: Final = timedelta(hours=1)
"""For so long a held notification waits for its partition to catch up, if nobody looks after it:
longer than a stop of all replicas in the middle of catching up should take."""
RELEASED_AT_ONCE: Final = 5_000
"""Rows of one statement, which must end in time however much was held."""

_words_heard = msgspec.json.Decoder(dict[str, datetime])
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A notification that will not be sent, because newer news took its place."""

    subject: Subject
    message: Message


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A row of the notifications: what is to be sent."""

    id: str
    request_id: str
    route: int
    channel: Channel
    address: str
    language: str
    source: str
    order_id: str | None
    over_at: datetime
    """When its news is old."""
    at: datetime
    held: int | None = None
    """The partition that it came from, while that is catching up: newer news may follow."""
    question: Question | None = None
    """What it asks."""
    priority: Priority = Priority.NEWS
    held_for: HeldFor | None = None
    """What it waits for beside that."""
    wait: float = 0.0
    """Seconds for which it does (real time)."""


class Ledger:
    """Transactions over the ledger."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", outbox: Outbox) -> None:
        self._pool = pool
        self._outbox = outbox

    @contextlib.asynccontextmanager
    async def transaction(self) -> "AsyncIterator[Transaction]":
        """Everything inside is written, or nothing is."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield Transaction(connection, self._outbox)

    @contextlib.asynccontextmanager
    async def rehearsal(self) -> "AsyncIterator[Transaction]":
        """Nothing inside is written: it is only seen whether it could be."""
        async with rehearsal(self._pool) as connection:
            yield Transaction(connection, self._outbox)

    async def release(
        self, partitions: AbstractSet[int], behind: AbstractSet[int] = frozenset()
    ) -> int:
        """Lets go what is held of these partitions; how much that was, RELEASED_AT_ONCE at most.
        What is about a cart waits on while others are `behind`."""
        numbers = sorted(partitions)
        if behind:
            await self._pool.execute(_WAIT_ON, numbers, min(behind))
        return count(await self._pool.execute(_RELEASE, numbers, RELEASED_AT_ONCE, HELD_FOR))

    async def hold_on(self, partitions: AbstractSet[int]) -> None:
        """Holds for longer what is held of these partitions."""
        await self._pool.execute(_HOLD_ON, sorted(partitions), HELD_FOR)


class Transaction:
    """What can be done inside one transaction."""

    def __init__(self, connection: Any, outbox: Outbox) -> None:
        self.connection = connection
        self._outbox = outbox
        self._met: dict[tuple[str, str], Person | None] = {}

    async def update_people(
        self, events: Mapping[tuple[str, str], Event[CustomerUpdated]], now: datetime
    ) -> None:
        """Keeps the shop's word about customers, unless we know a newer one."""
        if not events:
            return
        self._met.clear()
        ordered = sorted(events.items())  # locks are taken in one order everywhere
        heard = await self._heard(events)
        kept = [counted(event.data, heard.get(who, NOTHING), now) for who, event in ordered]
        whose = [source for (source, _), _ in ordered], [who for (_, who), _ in ordered]
        await self.connection.execute(
            _UPDATE_PEOPLE,
            *whose,
            written(self.connection, ENTRY, [entry for entry, _ in kept], *whose),
            [event.time for _, event in ordered],
            [_encoder.encode(ahead).decode() if ahead else None for _, ahead in kept],
        )

    async def _heard(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Heard]:
        sources, customers = [key[0] for key in keys], [key[1] for key in keys]
        rows = await self.connection.fetch(_HEARD, sources, customers)
        return {(r["source"], r["customer_id"]): _words_heard.decode(r["heard"]) for r in rows}

    async def look_up(self, events: Mapping[str, Event[NotificationRequested]]) -> Known:
        """What is known about these requests and the people in them."""
        if not events:
            return Known({}, frozenset())
        keys = {(event.source, event.data.customer.id) for event in events.values()}
        withdrawn = await self.connection.fetch(_WITHDRAWN, list(events))
        return Known(
            await self.people(keys),
            {row["request_id"] for row in withdrawn},
            in_trouble=await troubles.among(self.connection, events.values()),
        )

    async def people(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Person]:
        """Those of these customers of whom we know anything, by shop and customer, as they were
        when this transaction first asked for them: what teaches us something of them comes before.
        """
        asked = set(keys) - self._met.keys()
        if asked:
            known = await self._people(asked)
            self._met.update((key, known.get(key)) for key in asked)
        return {key: person for key in keys if (person := self._met[key]) is not None}

    async def _people(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Person]:
        sources, customers = [key[0] for key in keys], [key[1] for key in keys]
        rows = await self.connection.fetch(_PEOPLE, sources, customers)
        known = {(row["source"], row["customer_id"]): _person(row) for row in rows}
        known = {key: person for key, person in known.items() if person != NOBODY}
        return await whatsapp_windows.with_talks(self.connection, known)

    async def withdraw(
        self, withdrawals: Mapping[str, NotificationWithdrawn], at: datetime
    ) -> list[Withdrawn]:
        """Remembers the withdrawals, and takes back what was not tried yet; returns that."""
        if not withdrawals:
            return []
        ids = sorted(withdrawals)
        await self.connection.execute(_REMEMBER, ids, [withdrawals[i].superseded_by for i in ids])
        # What is under way is not taken back, but ends as soon as it turns out not to be sent. This
        # comes first, because it waits for results that are just being written.
        await self.connection.execute(_HURRY, ids)
        rows = await self.connection.fetch(_WITHDRAW, ids, at)
        return [one for row in rows if (one := _withdrawn(row))]

    async def enter(
        self,
        decided: Iterable[Decided],
        held: Mapping[str, int] = NOTHING_HELD,
        seconds_until: SecondsUntil = no_wait,
    ) -> list[Decided]:
        """Writes requests and their notifications; returns those that were not known yet, in the
        order in which they were given: the notifications are numbered in it.

        `held` names the requests, by id, whose partition is catching up. `seconds_until` says how
        long a moment of business time is away.
        """
        by_id = {one.event.id: one for one in decided}
        if not by_id:
            return []
        columns = _columns(self.connection, [by_id[i] for i in sorted(by_id)])
        rows = await self.connection.fetch(_ENTER, *columns)
        known = by_id.keys() - {row["id"] for row in rows}
        new = [one for one in by_id.values() if one.event.id not in known]
        await self.schedule(
            [row for one in new for row in scheduled(one, held.get(one.event.id), seconds_until)]
        )
        return new

    async def schedule(self, rows: Sequence[Scheduled]) -> None:
        """Writes notifications that are to be sent at once, or are held."""
        if not rows:
            return
        await self.connection.execute(
            _SCHEDULE,
            [row.id for row in rows],
            [row.request_id for row in rows],
            [row.route for row in rows],
            [row.channel for row in rows],
            kept_at(self.connection, ((row.channel, row.address) for row in rows)),
            [row.language for row in rows],
            [row.source for row in rows],
            [row.order_id for row in rows],
            [row.over_at for row in rows],
            [row.held for row in rows],
            [row.question for row in rows],
            [row.at for row in rows],
            [row.priority for row in rows],
            [row.held_for for row in rows],
            [row.wait for row in rows],
            HELD_FOR,
        )

    async def add(self, records: list[Outgoing]) -> Committed:
        """Puts records into the outbox."""
        return await self._outbox.add(self.connection, records)


def scheduled(
    decided: Decided, held: int | None = None, seconds_until: SecondsUntil = no_wait
) -> list[Scheduled]:
    """The rows of a plan's notifications."""
    if not isinstance(decided.plan, Planned):
        return []
    request_id, language = decided.event.id, decided.plan.language
    return [
        Scheduled(
            id=f"{request_id}.{one.route}",
            request_id=request_id,
            route=one.route,
            channel=one.address.channel,
            address=one.address.value,
            language=language,
            source=decided.event.source,
            order_id=decided.event.data.order_id,
            over_at=decided.event.data.expires_at,
            at=decided.at,
            held=held,
            question=decided.event.data.content.question,
            priority=priority_of(decided.event.data.kind),
            held_for=one.held.reason if one.held else None,
            wait=seconds_until(one.held.until) if one.held else 0.0,
        )
        for one in decided.plan.notifications
    ]


def _person(row: Any) -> Person:
    person = person_in(row)
    return replace(person, chats=tuple(row["chats"])) if row["chats"] else person


def _columns(connection: Any, decided: Sequence[Decided]) -> tuple[list[Any], ...]:
    events = [one.event for one in decided]
    carts = [event.data.cart for event in events]
    whose = [event.source for event in events], [event.data.customer.id for event in events]
    return (
        [event.id for event in events],
        whose[0],
        [event.data.order_id for event in events],
        whose[1],
        [event.data.kind for event in events],
        written(connection, REQUEST, [event.data for event in events], *whose),
        [event.data.expires_at for event in events],
        [one.at for one in decided],
        [one.decision for one in decided],
        [one.reason for one in decided],
        [
            _encoder.encode(one.plan.passed_over) if one.plan.passed_over else None
            for one in decided
        ],
        [_encoder.encode(cart) if cart else None for cart in carts],
        [cart.cart_id if cart else None for cart in carts],
        [cart.wanted_at if cart else None for cart in carts],
        [" ".join(kept(connection, one.who)) or None for one in decided],  # no key has a space
        [one.about for one in decided],
    )


def _withdrawn(row: Any) -> Withdrawn | None:
    subject, message = named_in(row)
    return Withdrawn(subject, message) if subject else None


def count(status: str) -> int:
    """The number of rows in a command's tag, such as `UPDATE 3`."""
    return int(status.rpartition(" ")[2])
