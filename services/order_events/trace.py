"""What order_events knows of an order, for `headsup trace`: facts, told, pending, not said."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from headsup.trace import Entry
from services.order_events import facts as facts_module
from services.order_events import told as told_module
from services.order_events.facts import Facts, Latest, Shipment, Span
from services.order_events.told import Statement, Told

_ORDERS = """
    SELECT source, facts::text, told::text, next_look_at
    FROM order_events.orders WHERE order_id = $1 ORDER BY source
"""
_EVENTS = """
    SELECT type, happened_at, received_at, event_id
    FROM order_events.events WHERE source = $1 AND order_id = $2
    ORDER BY happened_at, event_id
"""


_NEVER = datetime.max.replace(tzinfo=UTC)


async def trace(connection: Any, order_id: str) -> list[Entry]:
    """Everything known of an order, of every shop that has one of this id. Never names a person."""
    entries: list[Entry] = []
    for row in await connection.fetch(_ORDERS, order_id):
        facts = facts_module.decode(row["facts"])
        told = told_module.decode(row["told"])
        entries += [
            Entry(section="Order", heading=order_id, detail={"shop": row["source"]}),
            *_events(await connection.fetch(_EVENTS, row["source"], order_id)),
            *_facts(facts),
            *_or("Told", "nothing yet", _told(told)),
            *_or("Pending", "nothing waits", _pending(told, row["next_look_at"])),
            *_or("Not said, and why", "nothing was left unsaid", _unsaid(told)),
        ]
    return entries


def _or(section: str, nothing: str, entries: Iterable[Entry]) -> list[Entry]:
    """The entries, the oldest first; a word in their place when there are none."""
    found = sorted(entries, key=lambda entry: entry.at or _NEVER)
    return found or [Entry(section=section, heading=nothing)]


def _events(rows: Iterable[Any]) -> Iterable[Entry]:
    for row in rows:
        yield Entry(
            section="Events received",
            heading=row["type"],
            at=row["happened_at"],
            detail={"id": row["event_id"]},
        )


def _facts(facts: Facts) -> list[Entry]:
    moments: list[tuple[str, datetime | None]] = [
        ("placed", _first(facts.placed)),
        ("accepted by the shop", facts.accepted_at),
        ("to be dispatched by", facts.dispatch_by.value if facts.dispatch_by else None),
        ("cancelled", _first(facts.cancelled)),
    ]
    for shipment_id, shipment in facts.shipments.items():
        moments += _shipment(shipment_id, shipment)
    moments += [
        (f"refund {name} sent", _first(refund.sent)) for name, refund in facts.refunds.items()
    ]
    for return_id, sent_back in facts.returns.items():
        moments += [
            (f"return {return_id} requested", _first(sent_back.requested)),
            (f"return {return_id} approved", _first(sent_back.approved)),
        ]
    known = sorted((at, name) for name, at in moments if at is not None)
    money = Entry(section="Facts", heading=f"payment is {facts.payment.value}")
    return [money, *(Entry(section="Facts", heading=name, at=at) for at, name in known)]


def _shipment(shipment_id: str, shipment: Shipment) -> list[tuple[str, datetime | None]]:
    milestones: dict[str, Span | Latest[Any] | None] = {
        "label printed": shipment.labelled,
        "first carrier scan": shipment.scans,
        "out for delivery": shipment.out_for_delivery,
        "delivery attempt failed": shipment.attempt_failed,
        "ready for pickup": shipment.ready_for_pickup,
        "delivered": shipment.delivered,
    }
    moments = [(f"shipment {shipment_id} {n}", _first(m)) for n, m in milestones.items()]
    if shipment.expected:
        latest = shipment.expected.value.estimate.latest
        moments.append((f"shipment {shipment_id} said to come by {latest}", shipment.expected.at))
    return moments


def _first(moment: Span | Latest[Any] | None) -> datetime | None:
    if moment is None:
        return None
    return moment.first if isinstance(moment, Span) else moment.at


def _told(told: Told) -> Iterable[Entry]:
    for request_id, statement in told.statements.items():
        if not statement.waiting:
            yield _statement("Told", request_id, statement)


def _pending(told: Told, next_look_at: datetime | None) -> Iterable[Entry]:
    for request_id, statement in told.statements.items():
        if statement.waiting:
            yield _statement("Pending", request_id, statement)
    if next_look_at:
        yield Entry(section="Pending", heading="the order is looked at again", at=next_look_at)


def _statement(section: str, request_id: str, statement: Statement) -> Entry:
    detail = {"about": statement.subject, "request": request_id}
    if statement.estimate:
        detail["expected by"] = str(statement.estimate.latest)
    if statement.dispatch_by:
        detail["dispatch by"] = _moment(statement.dispatch_by)
    if statement.next_update_by:
        detail["next news by"] = _moment(statement.next_update_by)
    if statement.withdrawn_at:
        detail["withdrawn"] = _moment(statement.withdrawn_at)
    for outcome in statement.outcomes.values():
        where = outcome.channel.value if outcome.channel else "request"
        detail[where] = " ".join(filter(None, (outcome.status.value, outcome.reason)))
    return Entry(section=section, heading=statement.kind.value, at=statement.said_at, detail=detail)


def _unsaid(told: Told) -> Iterable[Entry]:
    for unsaid in told.unsaid:
        yield Entry(
            section="Not said, and why",
            heading=unsaid.kind.value,
            at=unsaid.at,
            detail={"about": unsaid.subject, "reason": unsaid.reason.value},
        )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"
