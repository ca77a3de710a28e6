"""What order_events keeps for how long. Pure."""

from datetime import timedelta

from headsup.retention import Rule


def rules(orders: timedelta, events: timedelta) -> tuple[Rule, ...]:
    """Orders that nothing is awaited of, and the names of events, by which one that comes again is
    known: after a while Kafka has none of them any more."""
    return (
        Rule(
            table="order_events.orders",
            is_old="updated_at < $3 AND next_look_at IS NULL AND carriers IS NULL",
            keep=orders,
            is_real_time=True,
        ),
        Rule(
            table="order_events.events",
            is_old="received_at < $3",
            keep=events,
            is_real_time=True,
        ),
    )
