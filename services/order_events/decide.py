"""What a batch changes about one order: the facts, what is now told, and what to publish. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from headsup.contracts import envelope
from headsup.contracts.base import Contract
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationOutcome
from headsup.contracts.registry import BY_DATA
from headsup.kafka.producer import Outgoing
from services.order_events.batch import OrderKey
from services.order_events.facts import Facts
from services.order_events.fold import fold
from services.order_events.reconcile import Decision, reconcile, record
from services.order_events.told import Told, apply_outcome


@dataclass(slots=True)
class Order:
    """What we keep of an order."""

    facts: Facts
    told: Told
    next_look_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """An order after new events, and what was decided about it."""

    order: Order
    decision: Decision


def decide(
    order: Order | None,
    events: Iterable[Event[Any]],
    outcomes: Iterable[NotificationOutcome],
    now: datetime,
) -> Decided | None:
    """Folds what is new into the order and takes the difference once, so that a backlog ends in
    its newest state. None when nothing is known of the order, and no event says anything."""
    facts = order.facts if order else None
    for event in events:
        facts = fold(facts, event)
    if facts is None:
        return None
    told = order.told if order else Told()
    for outcome in outcomes:
        apply_outcome(told, outcome)
    decision = reconcile(facts, told, now)
    record(told, decision, now)
    return Decided(Order(facts, told, decision.next_look_at), decision)


@dataclass(slots=True)
class Decisions:
    """What was decided about the orders of one transaction."""

    known: Mapping[OrderKey, Order]
    """The orders as they were loaded."""
    decided: dict[OrderKey, Decided] = field(default_factory=dict)
    broken: int = 0
    """Orders that our own code failed on."""

    def add(
        self,
        key: OrderKey,
        events: Iterable[Event[Any]],
        outcomes: Iterable[NotificationOutcome],
        now: datetime,
    ) -> None:
        """Decides about one order."""
        found = decide(self.known.get(key), events, outcomes, now)
        if found is not None:
            self.decided[key] = found

    def values(self) -> Iterable[Decided]:
        """The decisions."""
        return self.decided.values()

    def orders(self) -> dict[OrderKey, Order]:
        """The orders as they are now."""
        return {key: decided.order for key, decided in self.decided.items()}

    def publications(self, prefix: str, now: datetime) -> list[Outgoing]:
        """The records for all decisions."""
        return [
            record
            for key, decided in self.decided.items()
            for record in publications(key.source, decided, prefix, now)
        ]


def publications(source: str, decided: Decided, prefix: str, now: datetime) -> list[Outgoing]:
    """The records for a decision: what to withdraw before what to say instead."""
    withdrawn = [
        _outgoing(source, f"withdraw.{data.request_id}", data, prefix, now)
        for data in decided.decision.withdraw
    ]
    requested = [
        _outgoing(source, announcement.id, announcement.request, prefix, now)
        for announcement in decided.decision.announce
    ]
    return withdrawn + requested


def _outgoing(source: str, event_id: str, data: Contract, prefix: str, now: datetime) -> Outgoing:
    event = envelope.make(source, event_id, now, data)
    return Outgoing(
        prefix + BY_DATA[type(data)].topic,
        envelope.key_of(event),
        envelope.encode(event),
        tuple(envelope.headers(event)),
    )
