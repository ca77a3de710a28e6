"""Forgets somebody: finds what the notifier keeps of them, and removes it.

The requests are read through once for each customer who is erased, because no index leads from a
customer to theirs: it would cost each request something, and an erasure is rare. What that takes:
docs/erasing.md
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import msgspec

from headsup import logs
from headsup.announcer import Announcer
from headsup.clock import Clock
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import NotificationRequested, Reason
from headsup.erased_letters import Clean, Named
from headsup.erasures import Erasure
from services.notifier import erasing_bot, erasing_rows
from services.notifier.decide import Policy
from services.notifier.erased_words import KEPT, ErasedWords, Word
from services.notifier.erasing import ERASURES, end_waiting, is_theirs
from services.notifier.erasing_rows import Theirs
from services.notifier.identity import keys_of
from services.notifier.ledger import Ledger
from services.notifier.named_rows import kept
from services.notifier.people import Person, last_word, normalised
from services.notifier.person_rows import person_of
from services.notifier.sealed_rows import expect_clear_in
from services.notifier.stopping import MARKETING

READING: Final = 1800.0
"""Seconds for reading through the requests."""
_REQUESTS: Final = """
    SELECT id, source, customer_id, request, decided_at, who FROM notifier.requests
    WHERE source = $1 AND customer_id = $2
"""
_PERSON: Final = """
    SELECT $1::text AS source, $2::text AS customer_id, p.entry, c.chosen, l.contacts
    FROM (SELECT) AS one
    LEFT JOIN notifier.people AS p
        ON p.source = $1 AND p.customer_id = $2 AND p.told_at <= $3
    LEFT JOIN notifier.preferences AS c
        ON c.source = $1 AND c.customer_id = $2 AND c.at <= $3
    LEFT JOIN notifier.learned AS l
        ON l.source = $1 AND l.customer_id = $2 AND l.seen_at <= $3
"""
_ADDRESSES: Final = """
    SELECT DISTINCT channel || ':' || address AS key FROM notifier.notifications
    WHERE request_id = ANY($1::text[]) AND address <> ''
"""
_SHARED: Final = """
    SELECT DISTINCT channel || ':' || address AS key FROM notifier.notifications
    WHERE source = $1 AND channel || ':' || address = ANY($2::text[])
      AND state IN ('planned', 'sending') AND request_id <> ALL($3::text[])
"""
"""Reads what waits of a shop, not what was ever sent."""
_SAID: Final = """
    SELECT address AS key, reason AS said, since AS at FROM notifier.suppressions
    WHERE source = $1 AND address = ANY($2::text[]) AND reason = ANY($3::text[]) AND since <= $5
    UNION ALL
    SELECT who, message_class, at FROM notifier.opt_outs
    WHERE source = $1 AND who = ANY($2::text[]) AND message_class = $4 AND at <= $5
"""
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtext('notifier.erased_letters'))"
_requests: Final = msgspec.json.Decoder(NotificationRequested)
_contacts: Final = msgspec.json.Decoder(list[dict[str, str]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How it is told what became of a message, and of which shops' customers."""

    ledger: Ledger
    announcer: Announcer
    policy: Policy
    clock: Clock
    prefix: str


class Eraser:
    """Removes what the notifier keeps."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        telling: Telling,
        words: ErasedWords,
        clean_letters: Clean,
    ) -> None:
        self._pool = pool
        self._telling = telling
        self._words = words
        self._clean_letters = clean_letters

    async def forget(self, erasure: Erasure) -> bool:
        """Finds and removes; False where a message to them is under way, so that it has to be done
        once more. What waits to be sent ends first; then the dead letters go, because what they are
        found by is removed after that."""
        theirs, person = await self._find(erasure)
        await self._end_waiting(theirs)
        await self._clean(theirs)
        async with self._pool.acquire() as connection, connection.transaction():
            said = await self._said(connection, theirs, person)
            await self._words.keep(connection, erasure.source, said)
            is_done = await erasing_rows.remove(connection, theirs)
            await erasing_bot.remove(connection, theirs)
            if is_done:
                await ERASURES.passed(connection, erasure)
        logs.logger().info("a customer was forgotten", requests=len(theirs.requests), done=is_done)
        return is_done

    async def _end_waiting(self, theirs: Theirs) -> None:
        """Also what another replica planned that did not know of the erasure yet."""
        telling, now = self._telling, self._telling.clock.now()
        async with telling.ledger.transaction() as transaction:
            ended = await end_waiting(transaction.connection, theirs.requests, now)
            told = [one.outcome(now, telling.prefix) for one in ended]
            committed = await transaction.add(told)
        await telling.announcer.announce(committed)

    async def _clean(self, theirs: Theirs) -> None:
        """One at a time, of all replicas: two would move each other's letters."""
        named = Named(
            source=theirs.source,
            customer_id=theirs.customer_id,
            ids=theirs.ids,
            words=theirs.marks,
        )
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_ONE_AT_A_TIME, timeout=READING)
            await self._clean_letters(named)

    async def _find(self, erasure: Erasure) -> tuple[Theirs, Person]:
        place = (erasure.source, erasure.customer_id)
        rows = await self._pool.fetch(_REQUESTS, *place, timeout=READING)
        requests = {row["id"]: _request(row) for row in rows}
        theirs = {
            row["id"]: requests[row["id"]] for row in rows if _is_theirs(row, requests, erasure)
        }
        known = await self._pool.fetchrow(_PERSON, *place, erasure.at)
        person = _person(known)
        names = {key for row in rows if row["id"] in theirs for key in row["who"] or ()}
        names |= self._names(erasure, person, [r for r in theirs.values() if r])
        names |= set(await self._addresses(theirs))
        names |= _learned(known["contacts"] if known else None)
        names |= set(await erasing_bot.chats_of(self._pool, *place))
        orders = await erasing_bot.orders_of(self._pool, *place, erasure.at)
        shared = await self._shared(erasure.source, names, theirs)
        found = Theirs(
            source=erasure.source,
            customer_id=erasure.customer_id,
            at=erasure.at,
            requests=theirs,
            keys=frozenset(names | {one.lower() for one in names}),
            marks=_marks(names),
            shared=frozenset(shared | {one.lower() for one in shared}),
            ids=frozenset(orders) | _ids(theirs.values()),
        )
        return found, person

    async def _shared(
        self, source: str, names: Iterable[str], requests: Mapping[str, Any]
    ) -> set[str]:
        async with self._pool.acquire() as connection:
            asked = (source, kept(connection, sorted(names)), sorted(requests))
            rows = await connection.fetch(_SHARED, *asked, timeout=READING)
        return {row["key"] for row in rows}

    async def _addresses(self, requests: Mapping[str, Any]) -> list[str]:
        rows = await self._pool.fetch(_ADDRESSES, list(requests))
        return [row["key"] for row in rows]

    def _names(
        self, erasure: Erasure, person: Person, requests: Iterable[NotificationRequested]
    ) -> set[str]:
        region = self._telling.policy.region_of(erasure.source)
        names = {f"customer:{erasure.customer_id}"}
        for request in requests:
            cart_id = request.cart.cart_id if request.cart else None
            names.update(keys_of(request.customer, person.entry, region, cart_id))
        for contact in person.entry.contacts if person.entry else ():
            address = normalised(contact.channel, contact.address, region)
            if address is not None:
                names.update((address.key, address.key.lower()))
        return names

    async def _said(self, connection: Any, theirs: Theirs, person: Person) -> list[Word]:
        """What they said for good: to us, to their provider, or to the shop."""
        rows = await connection.fetch(
            _SAID,
            theirs.source,
            kept(connection, sorted(theirs.keys)),
            list(KEPT),
            MARKETING,
            theirs.at,
        )
        said = [Word(row["key"], row["said"], row["at"]) for row in rows]
        return said + refusals(person, theirs.keys)


def refusals(person: Person, keys: Iterable[str]) -> list[Word]:
    """What a customer refused, as words about the addresses that they had. Pure."""
    named = sorted(keys)
    by_matter: dict[tuple[Channel, MessageClass], list[Any]] = {}
    for word in person.consents:
        by_matter.setdefault((word.channel, word.message_class), []).append(word)
    found = []
    for (channel, message_class), words in by_matter.items():
        last = last_word(words)
        if last is None or last.granted:
            continue
        on_it = [key for key in named if key.startswith(f"{channel}:")]
        said = MARKETING if message_class is MARKETING else Reason.OPTED_OUT
        found += [Word(key, said, last.at) for key in on_it]
    return found


def _request(row: Any) -> NotificationRequested | None:
    try:
        return _requests.decode(row["request"])
    except msgspec.MsgspecError as error:
        expect_clear_in(row)
        logs.logger().error("a request cannot be read", error=error)
        return None


def _is_theirs(
    row: Any, requests: Mapping[str, NotificationRequested | None], erasure: Erasure
) -> bool:
    request, decided_at = requests[row["id"]], row["decided_at"]
    if request is None:
        return bool(decided_at <= erasure.at)
    return is_theirs(request, decided_at, erasure.at)


def _person(row: Any) -> Person:
    try:
        return person_of(row["entry"], row["chosen"]) if row else Person()
    except msgspec.MsgspecError as error:
        logs.logger().error("a customer cannot be read", error=error)
        return Person()


def _ids(requests: Iterable[NotificationRequested | None]) -> set[str]:
    found: set[str] = set()
    for request in requests:
        if request is not None:
            found |= {request.order_id} if request.order_id else set()
            found |= {request.cart.cart_id} if request.cart else set()
    return found


def _learned(contacts: str | None) -> set[str]:
    rows = _contacts.decode(contacts) if contacts else []
    return {f"{row['channel']}:{row['address']}" for row in rows}


def _marks(names: Iterable[str]) -> frozenset[str]:
    """Addresses as they stand in a text; the numbers of chats are too short to be looked for."""
    found = {one.partition(":")[2] for one in names if one.startswith(("email:", "sms:"))}
    found |= {phone.removeprefix("+") for phone in found if phone.startswith("+")}
    return frozenset(found - {""})
