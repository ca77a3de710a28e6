"""Somebody is to be forgotten: what a batch of records says of it, and what of the rest of the
batch is theirs and not kept. `eraser` removes what was kept before."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec

from headsup.contracts.base import Customer
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import (
    Content,
    CustomerForgotten,
    CustomerPurchased,
    NotificationRequested,
    OrderTrouble,
    OutcomeStatus,
    Reason,
)
from headsup.contracts.shop import CustomerErased, CustomerUpdated
from headsup.erasures import Erasures, Place
from headsup.kafka.producer import Outgoing
from services.notifier.attempts import State
from services.notifier.outcomes import Ending, Message, Subject, named_in, outcome

ERASURES: Final = Erasures("notifier")

ERASED_AT: Final = """
    r.decided_at, (SELECT e.at FROM notifier.erasures AS e
                   WHERE e.source = r.source AND e.customer_id = r.customer_id) AS erased_at
"""
"""What `erased_in` reads of the request `r`: a look-up by a primary key."""
_COLUMNS: Final = """
    n.id, n.channel, n.language, r.id AS request_id, r.source, r.order_id, r.customer_id, r.kind,
    r.cart, r.cart_id
"""
_WAITING: Final = f"""
    SELECT {_COLUMNS}
    FROM notifier.requests AS r JOIN notifier.notifications AS n ON n.request_id = r.id
    WHERE r.id = ANY($1::text[]) AND n.state IN ('{State.PLANNED}', '{State.SENDING}')
"""  # noqa: S608 - our own words
_TAKE_BACK: Final = f"""
    UPDATE notifier.notifications
    SET state = '{State.WITHDRAWN}', reason = '{Reason.ERASED}', changed_at = $2
    WHERE id = ANY($1::text[]) AND state = '{State.PLANNED}' AND tried_at IS NULL
    RETURNING id
"""  # noqa: S608 - our own words
_REMEMBER: Final = """
    INSERT INTO notifier.withdrawals (request_id) SELECT * FROM unnest($1::text[])
    ON CONFLICT DO NOTHING
"""
_HURRY: Final = """
    UPDATE notifier.notifications SET over_at = '-infinity'
    WHERE request_id = ANY($1::text[]) AND state IN ('planned', 'sending')
"""
_BEGIN_ANEW: Final = """
    UPDATE notifier.erasures SET confirmed = '{}' WHERE source = $1 AND customer_id = $2
"""
_CONFIRM: Final = """
    UPDATE notifier.erasures
    SET confirmed = CASE WHEN $4 AND $3 <> ALL (confirmed) THEN confirmed || $3::text
                         ELSE confirmed END,
        look_at = CASE WHEN $5 THEN now() ELSE look_at END,
        passes = CASE WHEN $5 THEN 0 ELSE passes END
    WHERE source = $1 AND customer_id = $2
"""
_ABOUT: Final = f"""
    SELECT {_COLUMNS}
    FROM notifier.requests AS r JOIN notifier.notifications AS n ON n.request_id = r.id
    WHERE r.source = $1 AND r.customer_id = $2
      AND (r.order_id = ANY($3::text[]) OR r.cart_id = ANY($4::text[]))
      AND n.state IN ('{State.PLANNED}', '{State.SENDING}')
"""  # noqa: S608 - our own words
_THEIRS: Final = """
    UPDATE notifier.requests SET decided_at = least(decided_at, $5)
    WHERE source = $1 AND customer_id = $2
      AND (order_id = ANY($3::text[]) OR cart_id = ANY($4::text[]))
"""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A message that will not be sent, because who it is for is forgotten."""

    subject: Subject
    message: Message

    def outcome(self, now: datetime, prefix: str) -> Outgoing:
        """What is told of it."""
        ending = Ending(status=OutcomeStatus.WITHDRAWN, at=now, reason=Reason.ERASED)
        return outcome(self.subject, self.message, ending, prefix)


@dataclass(frozen=True, slots=True)
class Gone:
    """What a batch says of people who are forgotten."""

    requests: AbstractSet[str] = frozenset()
    """Ids of those that are not to be sent."""
    taken_back: Sequence[TakenBack] = field(default=())


def is_theirs(request: NotificationRequested, said_at: datetime, erased_at: datetime) -> bool:
    """Whether a request belongs to somebody who was erased, not to who came after under the same
    number: it was asked for before, or what it tells became true before. Pure."""
    return min(said_at, request.happened_at) <= erased_at


def erased_in(row: Any, request: NotificationRequested) -> bool:
    """Whether a request is of somebody who was erased, by the columns `ERASED_AT` of its row. Asked
    right before anything is sent: whoever takes back what waits may not have come to it."""
    at = row["erased_at"]
    return at is not None and is_theirs(request, row["decided_at"], at)


def anonymous(request: NotificationRequested) -> NotificationRequested:
    """What is kept of a request: its kind, its moments, and the numbers of order and customer."""
    customer = Customer(id=request.customer.id)
    return msgspec.structs.replace(request, customer=customer, content=Content())


async def take(
    connection: Any,
    erased: Mapping[Place, Event[CustomerErased]],
    forgotten: Sequence[Event[CustomerForgotten]],
    batch: "Sorted",
    now: datetime,
) -> Gone:
    """Notes who is erased, and takes out of the batch what is theirs. Requests stay in it, without
    the person, so that what became of them is told. What waits for them is found beside it: no
    index leads there, and nobody else's batch waits for that."""
    confirmed: dict[Place, list[Event[CustomerForgotten]]] = {}
    for said in forgotten:
        confirmed.setdefault((said.source, said.data.customer_id), []).append(said)
    taken_back: list[TakenBack] = []
    # Locks are taken in one order everywhere: person by person, whatever is said of each.
    for place in sorted(erased.keys() | confirmed):
        if place in erased:
            await _note(connection, place, min(erased[place].time, now))
        for event in confirmed.get(place, ()):
            taken_back += await _confirm(connection, event, now)
    known = await ERASURES.among(connection, batch.places())
    return Gone(batch.without(known) if known else frozenset(), taken_back)


async def end_waiting(
    connection: Any, request_ids: Collection[str], now: datetime
) -> list[TakenBack]:
    """Ends what waits of these requests; what was taken back."""
    return await _end(connection, await connection.fetch(_WAITING, sorted(request_ids)), now)


async def _end(connection: Any, rows: Sequence[Any], now: datetime) -> list[TakenBack]:
    """Ends what was not tried yet; what is under way ends as soon as it turns out not to be sent,
    and no other channel takes over."""
    if not rows:
        return []
    requests = sorted({row["request_id"] for row in rows})
    await connection.execute(_REMEMBER, requests)
    await connection.execute(_HURRY, requests)
    ended = await connection.fetch(_TAKE_BACK, sorted(row["id"] for row in rows), now)
    gone = {row["id"] for row in ended}
    named = [named_in(row) for row in rows if row["id"] in gone]
    return [TakenBack(subject, message) for subject, message in named if subject]


async def _note(connection: Any, place: Place, at: datetime) -> None:
    if await ERASURES.note(connection, {place: at}):
        await connection.execute(_BEGIN_ANEW, *place)


async def _confirm(
    connection: Any, event: Event[CustomerForgotten], now: datetime
) -> list[TakenBack]:
    """Another service forgot them. What it asked for after the erasure, not knowing of it yet, was
    read before this: it counts as older, and goes when they are gone through once more."""
    said = event.data
    place = (event.source, said.customer_id)
    erased = await ERASURES.among(connection, [place])
    if not erased:
        return []
    name = said.by.value if said.partition is None else f"{said.by.value}/{said.partition}"
    about = (*place, list(said.order_ids), list(said.cart_ids))
    rows = await connection.fetch(_ABOUT, *about)
    await connection.execute(_THEIRS, *about, erased[place])
    has_more = bool(said.order_ids or said.cart_ids)
    await connection.execute(_CONFIRM, *place, name, said.is_all, has_more)
    return await _end(connection, rows, now)


class Sorted:
    """The part of a batch that names people."""

    def __init__(
        self,
        customers: dict[Place, Event[CustomerUpdated]],
        requests: dict[str, Event[NotificationRequested]],
        purchases: list[Event[CustomerPurchased]],
        troubles: dict[Place, Event[OrderTrouble]],
    ) -> None:
        self._customers = customers
        self._requests = requests
        self._purchases = purchases
        self._troubles = troubles

    def places(self) -> set[Place]:
        """Who is named."""
        found = set(self._customers)
        found |= {(e.source, e.data.customer.id) for e in self._requests.values()}
        found |= {(e.source, e.data.customer.id) for e in self._purchases}
        return found | {(e.source, e.data.customer_id) for e in self._troubles.values()}

    def without(self, erased: Mapping[Place, datetime]) -> set[str]:
        """Takes out what is of people who were erased; the ids of their requests, which stay."""
        for place in erased.keys() & self._customers.keys():
            self._update(place, erased[place])
        self._purchases[:] = [
            e
            for e in self._purchases
            if not _is_before(e.data.at, erased, (e.source, e.data.customer.id))
        ]
        for order, event in list(self._troubles.items()):
            if _is_before(event.time, erased, (event.source, event.data.customer_id)):
                del self._troubles[order]
        return self._ended(erased)

    def _update(self, place: Place, erased_at: datetime) -> None:
        """The shop's word from before is void; one from after is of somebody new, who agreed to
        nothing before that."""
        event = self._customers[place]
        if event.time <= erased_at:
            del self._customers[place]
            return
        since = tuple(word for word in event.data.consents if word.at > erased_at)
        data = msgspec.structs.replace(event.data, consents=since)
        self._customers[place] = msgspec.structs.replace(event, data=data)

    def _ended(self, erased: Mapping[Place, datetime]) -> set[str]:
        ended = set()
        for id_, event in self._requests.items():
            at = erased.get((event.source, event.data.customer.id))
            if at is not None and is_theirs(event.data, event.time, at):
                ended.add(id_)
                self._requests[id_] = msgspec.structs.replace(event, data=anonymous(event.data))
        return ended


def _is_before(moment: datetime, erased: Mapping[Place, datetime], who: Place) -> bool:
    at = erased.get(who)
    return at is not None and moment <= at
