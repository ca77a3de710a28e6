"""Who bought, and when, as order_events tells it: nobody is reminded of a cart that they left
before. Looked at when a reminder is planned, and again right before it is sent (`claims`)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from headsup.contracts.base import Customer
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CustomerPurchased, NotificationRequested
from headsup.shops.carts import SETTLING
from services.notifier.decide import NOBODY, Place, Policy
from services.notifier.identity import keys_of
from services.notifier.ledger import Transaction
from services.notifier.named_rows import kept
from services.notifier.people import Person

SINCE_TOUCHED: Final = (
    f"{{bought_at}} >= {{touched_at}} - interval '{SETTLING.total_seconds():.0f} seconds'"
)
"""Whether a purchase came after the visit. To be filled with two columns."""
_WRITE: Final = """
    INSERT INTO notifier.purchases AS known (source, who, at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[])
    ON CONFLICT (source, who) DO UPDATE SET at = excluded.at
    WHERE known.at < excluded.at
"""
_BEFORE: Final = """
    SELECT told.source, told.customer_id,
           (SELECT b.at FROM notifier.purchases AS b
            WHERE b.source = told.source AND b.who = 'customer:' || told.customer_id) AS at
    FROM unnest($1::text[], $2::text[]) AS told (source, customer_id)
"""
_AMONG: Final = f"""
    SELECT DISTINCT asked.id
    FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
         AS asked (id, source, who, touched_at)
    JOIN notifier.purchases AS bought USING (source, who)
    WHERE {SINCE_TOUCHED.format(bought_at="bought.at", touched_at="asked.touched_at")}
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Bought:
    """An order of somebody's."""

    source: str
    customer: Customer
    at: datetime
    cart_id: str | None = None


async def write(
    transaction: Transaction,
    events: Iterable[Event[CustomerPurchased]],
    told_of: Collection[Place],
    policy: Policy,
) -> None:
    """Keeps the newest purchase of everybody who bought. `told_of`: the customers, by shop, of whom
    the address book says something new: what they bought before counts for their new addresses."""
    bought = [_bought(event) for event in events] + await _before(transaction, told_of)
    if not bought:
        return
    people = await transaction.people({(one.source, one.customer.id) for one in bought})
    ordered = sorted(newest(bought, people, policy).items())  # locks are taken in one order
    await transaction.connection.execute(
        _WRITE,
        [source for (source, _), _ in ordered],
        kept(transaction.connection, [who for (_, who), _ in ordered]),
        [at for _, at in ordered],
    )


async def _before(transaction: Transaction, told_of: Collection[Place]) -> list[Bought]:
    """What these customers bought last, where they did."""
    if not told_of:
        return []
    sources, customers = [place[0] for place in told_of], [place[1] for place in told_of]
    rows = await transaction.connection.fetch(_BEFORE, sources, customers)
    return [
        Bought(row["source"], Customer(id=row["customer_id"]), row["at"])
        for row in rows
        if row["at"] is not None
    ]


def _bought(event: Event[CustomerPurchased]) -> Bought:
    said = event.data
    return Bought(event.source, said.customer, said.at, said.cart_id)


def newest(
    bought: Iterable[Bought], people: Mapping[Place, Person], policy: Policy
) -> dict[Place, datetime]:
    """The newest purchase by every key of whoever bought, those in the shop's address book
    included: a customer's order may name no address, and their cart, left before they logged in,
    nothing else. Pure."""
    found: dict[Place, datetime] = {}
    for one in bought:
        person = people.get((one.source, one.customer.id), NOBODY)
        region = policy.region_of(one.source)
        for who in keys_of(one.customer, person.entry, region, one.cart_id):
            place = (one.source, who)
            found[place] = max(one.at, found.get(place, one.at))
    return found


async def since_touched(
    connection: Any,
    events: Iterable[Event[NotificationRequested]],
    who: Mapping[str, Iterable[str]],
) -> set[str]:
    """The ids of those requests about carts whose owner bought since they last touched it. `who`:
    the owner's keys, by request."""
    asked = [
        (event.id, event.source, key, event.data.cart.wanted_at)
        for event in events
        if event.data.cart is not None
        for key in who[event.id]
    ]
    if not asked:
        return set()
    ids, sources, keys, moments = (list(column) for column in zip(*asked, strict=True))
    columns = (ids, sources, kept(connection, keys), moments)
    return {row["id"] for row in await connection.fetch(_AMONG, *columns)}
