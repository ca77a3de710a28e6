"""What order_events knows of an order, for `headsup trace`: facts, told, pending, not said."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from headsup.contracts.catalogue import Audience
from headsup.trace import Entry
from services.order_events import told as told_module
from services.order_events.contradictions import contradictions
from services.order_events.facts import Facts
from services.order_events.history import moments
from services.order_events.incidents import decode, known
from services.order_events.sealed_orders import read_without_people
from services.order_events.told import Statement, Told

_ORDERS = """
    SELECT source, facts::text, told::text, next_look_at, promised_until
    FROM order_events.orders
    WHERE order_id = $1 AND ($2::text IS NULL OR source = $2) ORDER BY source
"""
_EVENTS = """
    SELECT type, happened_at, received_at, event_id
    FROM order_events.events WHERE source = $1 AND order_id = $2
    ORDER BY happened_at, event_id
"""


_INCIDENTS = """
    SELECT incident_id, state::text
    FROM order_events.incidents WHERE source = $1 ORDER BY incident_id
"""
_NEVER = datetime.max.replace(tzinfo=UTC)


async def trace(connection: Any, order_id: str, source: str | None = None) -> list[Entry]:
    """Everything known of an order of this shop; None: of every shop that has one of this id.
    Never names a person."""
    entries: list[Entry] = []
    for row in await connection.fetch(_ORDERS, order_id, source):
        facts = read_without_people(row["facts"])
        told = told_module.decode(row["told"])
        entries += [
            Entry(section="Order", heading=order_id, detail=_about(row["source"], told)),
            *_events(await connection.fetch(_EVENTS, row["source"], order_id)),
            *_facts(facts),
            *_contradictions(facts),
            *_incidents(await connection.fetch(_INCIDENTS, row["source"]), facts),
            *_or("Told", "nothing yet", _told(told)),
            *_or("Pending", "nothing waits", _pending(told, row)),
            *_or("Not said, and why", "nothing was left unsaid", _unsaid(told)),
        ]
    return entries


def _about(source: str, told: Told) -> dict[str, str]:
    detail = {"shop": source}
    return detail | {"in trouble": "yes, marketing waits"} if told.in_trouble else detail


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
    money = Entry(section="Facts", heading=f"payment is {facts.payment.value}")
    return [money, *(Entry(section="Facts", heading=said, at=at) for at, said in moments(facts))]


def _contradictions(facts: Facts) -> list[Entry]:
    return [
        Entry(section="Does not fit together", heading=said, at=at)
        for at, said in contradictions(facts)
    ]


def _incidents(rows: Iterable[Any], facts: Facts) -> Iterable[Entry]:
    """The shop's incidents that may concern the order."""
    carriers = [s.carrier.value if s.carrier else None for s in facts.shipments.values()]
    begun = facts.placed.at if facts.placed else None
    for row in rows:
        state = decode(row["state"])
        incident = known(row["incident_id"], state)
        if incident is None or not any(map(incident.concerns, carriers or [None])):
            continue
        if begun and state.over_since and state.over_since < begun:
            continue
        whose = incident.carrier or "the shop"
        over = _moment(incident.resolved_at) if incident.resolved_at else "no"
        yield Entry(
            section="Incidents",
            heading=f"trouble of {whose}",
            at=incident.opened_at,
            detail={"id": incident.id, "over": "no" if incident.is_active else over},
        )


def _told(told: Told) -> Iterable[Entry]:
    for request_id, statement in told.statements.items():
        if not statement.waiting:
            yield _statement("Told", request_id, statement)


def _pending(told: Told, row: Any) -> Iterable[Entry]:
    for request_id, statement in told.statements.items():
        if statement.waiting:
            yield _statement("Pending", request_id, statement)
    for name, column in (
        ("the order is looked at again", "next_look_at"),
        ("the customer hears from us by", "promised_until"),
    ):
        if row[column]:
            yield Entry(section="Pending", heading=name, at=row[column])


def _statement(section: str, request_id: str, statement: Statement) -> Entry:
    detail = {"about": statement.subject, "request": request_id}
    if statement.audience is not Audience.BUYER:
        detail["to"] = statement.audience.value
    if statement.question:
        detail["asked"] = statement.question.value
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
