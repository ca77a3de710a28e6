"""Who bought, and when, as order_events tells it: nobody is reminded of a cart that they left
before. Looked at when a reminder is planned, and again right before it is sent (`claims`)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CustomerPurchased, NotificationRequested
from services.notifier.decide import Place, Policy
from services.notifier.identity import keys_of
from services.notifier.ledger import Transaction
from services.notifier.people import Person

SETTLING: Final = timedelta(minutes=10)
"""So long after an order shops tidy its cart up, and their clocks may differ: what is said of a
cart within it is no new visit. In doubt marketing stays silent."""
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
_AMONG: Final = f"""
    SELECT DISTINCT asked.id
    FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
         AS asked (id, source, who, touched_at)
    JOIN notifier.purchases AS bought USING (source, who)
    WHERE {SINCE_TOUCHED.format(bought_at="bought.at", touched_at="asked.touched_at")}
"""  # noqa: S608 - our own words


async def write(
    transaction: Transaction, events: Iterable[Event[CustomerPurchased]], policy: Policy
) -> None:
    """Keeps the newest purchase of everybody who bought."""
    bought = list(events)
    if not bought:
        return
    people = await transaction.people({(e.source, e.data.customer.id) for e in bought})
    ordered = sorted(newest(bought, people, policy).items())  # locks are taken in one order
    await transaction.connection.execute(
        _WRITE,
        [source for (source, _), _ in ordered],
        [who for (_, who), _ in ordered],
        [at for _, at in ordered],
    )


def newest(
    events: Iterable[Event[CustomerPurchased]], people: Mapping[Place, Person], policy: Policy
) -> dict[Place, datetime]:
    """The newest purchase by every key of whoever bought, those in the shop's address book
    included: a customer's order may name no address, and their cart, left before they logged in,
    nothing else. Pure."""
    found: dict[Place, datetime] = {}
    for event in events:
        bought, person = event.data, people.get((event.source, event.data.customer.id))
        entry, region = person.entry if person else None, policy.region_of(event.source)
        for who in keys_of(bought.customer, entry, region, bought.cart_id):
            place = (event.source, who)
            found[place] = max(bought.at, found.get(place, bought.at))
    return found


async def since_touched(
    connection: Any,
    events: Iterable[Event[NotificationRequested]],
    who: Mapping[str, Iterable[str]],
) -> set[str]:
    """The ids of those requests about carts whose owner bought since they last touched it. `who`:
    the owner's keys, by request."""
    asked = [
        (event.id, event.source, key, event.data.cart.touched_at)
        for event in events
        if event.data.cart is not None
        for key in who[event.id]
    ]
    if not asked:
        return set()
    columns = [list(column) for column in zip(*asked, strict=True)]
    return {row["id"] for row in await connection.fetch(_AMONG, *columns)}
