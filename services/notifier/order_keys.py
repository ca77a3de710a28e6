"""Which orders somebody has, and under what an order is found: its id, its number, and whatever its
people are known by. What is true of an order is not kept here: see `headsup.orders`."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Audience
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CustomerPurchased, NotificationRequested
from headsup.orders import OrderKey
from services.notifier.decide import NOBODY, Place, Policy
from services.notifier.identity import keys_of
from services.notifier.ledger import Transaction
from services.notifier.named_rows import kept
from services.notifier.people import Person, recognised

MOST_FOUND: Final = 50
"""Orders that a search returns at most."""
LONGEST_QUESTION: Final = 320
"""Characters of what is searched for: the longest mail address."""
_WRITE: Final = """
    INSERT INTO notifier.order_keys AS known
           (source, order_id, audience, customer_id, keys, at)
    SELECT s, o, a, c, string_to_array(k, E'\\x1f'), t
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
         AS fresh (s, o, a, c, k, t)
    ON CONFLICT (source, order_id, audience) DO UPDATE
    SET customer_id = excluded.customer_id, keys = excluded.keys, at = excluded.at
    WHERE known.at <= excluded.at
      AND (known.customer_id, known.keys) IS DISTINCT FROM (excluded.customer_id, excluded.keys)
"""
_OF_PERSON: Final = """
    SELECT source, order_id, audience, customer_id, at
    FROM notifier.order_keys
    WHERE source = $1 AND customer_id = $2
    ORDER BY at DESC, order_id
    LIMIT $3
"""
_FIND: Final = """
    SELECT source, order_id, audience, customer_id, at
    FROM notifier.order_keys
    WHERE keys && $1::text[]
    ORDER BY at DESC, source, order_id, audience
    LIMIT $2
"""
_BETWEEN: Final = "\x1f"
"""Between keys, which have no such character: PostgreSQL unnests no lists of different lengths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrder:
    """That somebody has an order: bought it, or gets its parcels."""

    source: str
    order_id: str
    audience: Audience
    customer_id: str
    at: datetime
    """When it was placed, or its recipient was last written to."""

    @property
    def key(self) -> OrderKey:
        """As an `OrderBook` is asked for it."""
        return self.source, self.order_id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    known: KnownOrder
    customer: Customer
    number: str | None


async def write(
    transaction: Transaction,
    purchases: Iterable[Event[CustomerPurchased]],
    requests: Iterable[Event[NotificationRequested]],
    policy: Policy,
) -> None:
    """Keeps whose the orders are that were bought, and of which gifts' recipients are to hear."""
    rows: dict[tuple[str, str, Audience], _Row] = {}
    for row in (*map(_bought, purchases), *_given(requests)):
        place = (*row.known.key, row.known.audience)
        if place not in rows or rows[place].known.at <= row.known.at:
            rows[place] = row
    if not rows:
        return
    people = await transaction.people({_place(row) for row in rows.values()})
    ordered = [rows[place] for place in sorted(rows)]  # locks are taken in one order
    found = [keys(row.known, row.number, _who(row, people, policy)) for row in ordered]
    await transaction.connection.execute(
        _WRITE,
        [row.known.source for row in ordered],
        [row.known.order_id for row in ordered],
        [row.known.audience for row in ordered],
        [row.known.customer_id for row in ordered],
        [_BETWEEN.join(kept(transaction.connection, entries)) for entries in found],
        [row.known.at for row in ordered],
    )


async def orders_of(connection: Any, source: str, customer_id: str, most: int) -> list[KnownOrder]:
    """The newest orders of a shop's customer, and of gifts that are sent to them."""
    return _known(await connection.fetch(_OF_PERSON, source, customer_id, most))


async def find(
    connection: Any, text: str, regions: Collection[str | None] = (), most: int = MOST_FOUND
) -> list[KnownOrder]:
    """The orders of all shops that go by this: an order's id or number, a customer's id, a phone
    number, a mail address. The newest first. `regions`: where a phone number without a country's
    code may be (ISO 3166)."""
    asked = kept(connection, sorted(asked_for(text, regions)))
    return _known(await connection.fetch(_FIND, asked, most)) if asked else []


def asked_for(text: str, regions: Collection[str | None] = ()) -> set[str]:
    """The keys that a text may mean. Pure."""
    said = text.strip()
    if not said or len(said) > LONGEST_QUESTION or not said.isprintable():
        return set()
    found = {_order(said), _number(said), f"customer:{said}"}
    for region in {None, *regions}:
        for channel in (Channel.EMAIL, Channel.SMS):
            address = recognised(channel, said, region)
            if address is not None:
                found.add(address.key.lower())
    return found


def keys(known: KnownOrder, number: str | None, who: Iterable[str]) -> list[str]:
    """All that an order is found by. Pure."""
    own = {_order(known.order_id), _number(number or known.order_id)}
    return sorted(own | {key for key in who if not key.startswith("cart:")})


def _order(said: str) -> str:
    return f"order:{said.lower()}"


def _number(said: str) -> str:
    """People write `№ 1001`, `#1001` and `1001`."""
    return f"number:{said.lower().lstrip('#№').strip()}"


def _who(row: _Row, people: Mapping[Place, Person], policy: Policy) -> tuple[str, ...]:
    person = people.get(_place(row), NOBODY)
    return keys_of(row.customer, person.entry, policy.region_of(row.known.source), None)


def _place(row: _Row) -> Place:
    return row.known.source, row.known.customer_id


def _bought(event: Event[CustomerPurchased]) -> _Row:
    said = event.data
    known = KnownOrder(
        source=event.source,
        order_id=said.order_id,
        audience=Audience.BUYER,
        customer_id=said.customer.id,
        at=said.at,
    )
    return _Row(known=known, customer=said.customer, number=said.order_number)


def _given(requests: Iterable[Event[NotificationRequested]]) -> Iterator[_Row]:
    """What a recipient hears of who did not order it."""
    for event in requests:
        said = event.data
        if said.order_id is None or said.content.audience is not Audience.RECIPIENT:
            continue
        known = KnownOrder(
            source=event.source,
            order_id=said.order_id,
            audience=Audience.RECIPIENT,
            customer_id=said.customer.id,
            at=event.time,
        )
        yield _Row(known=known, customer=said.customer, number=said.content.order_number)


def _known(rows: Iterable[Any]) -> list[KnownOrder]:
    return [
        KnownOrder(
            source=row["source"],
            order_id=row["order_id"],
            audience=Audience(row["audience"]),
            customer_id=row["customer_id"],
            at=row["at"],
        )
        for row in rows
    ]
