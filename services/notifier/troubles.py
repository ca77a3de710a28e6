"""Orders in trouble, as order_events tells them: marketing to their customers waits meanwhile.
Looked at when a message is planned and again when it is claimed."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from headsup.contracts.catalogue import CATALOGUE
from headsup.contracts.channels import MessageClass
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationRequested, OrderTrouble

Place = tuple[str, str]
"""A shop and an order, or a shop and a customer."""

_BEGIN: Final = """
    INSERT INTO notifier.troubles AS known (source, order_id, customer_id, since)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
    ON CONFLICT (source, order_id) DO UPDATE
    SET customer_id = excluded.customer_id, since = excluded.since
    WHERE known.since <= excluded.since
"""
_END: Final = """
    DELETE FROM notifier.troubles AS known
    USING unnest($1::text[], $2::text[], $3::timestamptz[]) AS ended (source, order_id, at)
    WHERE known.source = ended.source AND known.order_id = ended.order_id
      AND known.since <= ended.at
"""
_AMONG: Final = """
    SELECT DISTINCT source, customer_id FROM notifier.troubles
    JOIN unnest($1::text[], $2::text[]) AS asked (source, customer_id)
        USING (source, customer_id)
"""


async def write(connection: Any, events: Mapping[Place, Event[OrderTrouble]]) -> None:
    """Keeps what the newest event of each order says."""
    ordered = sorted(events.items())  # locks are taken in one order everywhere
    begun = [(place, event) for place, event in ordered if event.data.in_trouble]
    ended = [(place, event) for place, event in ordered if not event.data.in_trouble]
    if begun:
        await connection.execute(
            _BEGIN,
            [source for (source, _), _ in begun],
            [order for (_, order), _ in begun],
            [event.data.customer_id for _, event in begun],
            [event.time for _, event in begun],
        )
    if ended:
        await connection.execute(
            _END,
            [source for (source, _), _ in ended],
            [order for (_, order), _ in ended],
            [event.time for _, event in ended],
        )


async def among(connection: Any, events: Iterable[Event[NotificationRequested]]) -> set[Place]:
    """The customers, with their shops, whom no marketing reaches now, of those whom it would."""
    asked = sorted(
        {
            (event.source, event.data.customer.id)
            for event in events
            if CATALOGUE[event.data.kind].message_class is MessageClass.MARKETING
        }
    )
    if not asked:
        return set()
    rows = await connection.fetch(_AMONG, [a[0] for a in asked], [a[1] for a in asked])
    return {(row["source"], row["customer_id"]) for row in rows}
