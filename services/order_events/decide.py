"""What a batch changes about one order: the facts, what is now told, and what to publish. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from headsup.contracts import envelope
from headsup.contracts.base import Contract
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationOutcome
from headsup.contracts.registry import BY_DATA
from headsup.kafka.producer import Outgoing
from headsup.shops.policy import DEFAULT, Policy
from services.order_events.batch import OrderKey
from services.order_events.facts import Facts
from services.order_events.fold import fold
from services.order_events.incidents import Incident
from services.order_events.reconcile import Decision, reconcile, record
from services.order_events.rules.base import Case
from services.order_events.told import Told, apply_outcome


@dataclass(slots=True)
class Order:
    """What we keep of an order."""

    facts: Facts
    told: Told
    next_look_at: datetime | None = None
    partition: int = 0
    """The number of the partitions on which its events come."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What an order's shop promises, and the trouble that it has."""

    policy: Policy = DEFAULT
    incidents: tuple[Incident, ...] = ()


UNKNOWN: Final = Shop()
"""A shop that no profile names."""


@dataclass(frozen=True, slots=True)
class News:
    """What a batch brings for one order."""

    events: Sequence[Event[Any]] = ()
    outcomes: Sequence[NotificationOutcome] = ()
    partition: int | None = None
    """Where the events came; None when there are none. Outcomes come on another number."""


@dataclass(frozen=True, slots=True)
class Decided:
    """An order after new events, and what was decided about it."""

    order: Order
    decision: Decision


def decide(
    order: Order | None,
    news: News,
    now: datetime,
    shop: Shop = UNKNOWN,
    *,
    is_current: bool = True,
) -> Decided | None:
    """Folds what is new into the order and takes the difference once, so that a backlog ends in
    its newest state. None when nothing is known of the order, and no event says anything.

    Where more of the order waits unread, the difference is not ours to take: the order is to be
    looked at as soon as everything was read.
    """
    facts = order.facts if order else None
    for event in news.events:
        facts = fold(facts, event)
    if facts is None:
        return None
    told = order.told if order else Told()
    for outcome in news.outcomes:
        apply_outcome(told, outcome)
    changed = Order(facts, told, now, _partition(order, news))
    if news.events and not is_current:
        return Decided(changed, Decision(next_look_at=now))
    decision = reconcile(Case(facts, told, now, shop.policy, shop.incidents))
    if not is_current and (decision.announce or decision.withdraw or decision.unsaid):
        return Decided(changed, Decision(next_look_at=now))
    record(told, decision, now)
    changed.next_look_at = decision.next_look_at
    return Decided(changed, decision)


def _partition(order: Order | None, news: News) -> int:
    if news.partition is not None:
        return news.partition
    return order.partition if order else 0


@dataclass(slots=True)
class Decisions:
    """What was decided about the orders of one transaction."""

    known: Mapping[OrderKey, Order]
    """The orders as they were loaded."""
    current: frozenset[int] | None = None
    """The partition numbers of which everything was read; None stands for all."""
    decided: dict[OrderKey, Decided] = field(default_factory=dict)
    shops: Mapping[str, Shop] = field(default_factory=dict)
    """The shops by the `source` of their events."""
    broken: int = 0
    """Orders that our own code failed on."""

    def add(self, key: OrderKey, news: News, now: datetime) -> None:
        """Decides about one order."""
        order = self.known.get(key)
        is_current = self.current is None or _partition(order, news) in self.current
        shop = self.shops.get(key.source, UNKNOWN)
        found = decide(order, news, now, shop, is_current=is_current)
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
