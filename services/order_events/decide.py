"""What a batch changes about one order: the facts, what is now told, and what to publish. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from headsup.contracts import envelope
from headsup.contracts.base import Contract
from headsup.contracts.catalogue import Audience
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import (
    CustomerPurchased,
    NotificationOutcome,
    OrderTrouble,
)
from headsup.kafka.producer import Outgoing
from headsup.kafka.records import record_of
from headsup.purchases import purchase_id
from services.order_events.batch import OrderKey
from services.order_events.facts import Facts
from services.order_events.fold import fold
from services.order_events.forgetting import forgotten
from services.order_events.incidents import carriers_under_way
from services.order_events.promises import open_promises
from services.order_events.purchases import purchase
from services.order_events.reconcile import Decision, reconcile, record
from services.order_events.rules.base import Case, Rule
from services.order_events.rules.table import RULES
from services.order_events.shop import UNKNOWN, Shop
from services.order_events.standing import standing
from services.order_events.told import Told, apply_outcome
from services.order_events.trouble import in_trouble


@dataclass(slots=True)
class Order:
    """What we keep of an order."""

    facts: Facts
    told: Told
    next_look_at: datetime | None = None
    partition: int = 0
    """The number of the partitions on which its events come."""
    promised_until: datetime | None = None
    """By when somebody who waits for news of it hears again, as they were told."""
    carriers: tuple[str, ...] | None = None
    """Whose parcels are under way, by their keys; None when the order is over."""


@dataclass(frozen=True, slots=True)
class News:
    """What a batch brings for one order."""

    events: Sequence[Event[Any]] = ()
    outcomes: Sequence[NotificationOutcome] = ()
    partition: int | None = None
    """Where the events came; None when there are none. Outcomes come on another number."""
    forgotten_at: datetime | None = None
    """Up to when its customer is forgotten, where an event names one who is."""


@dataclass(frozen=True, slots=True)
class Decided:
    """An order after new events, and what was decided about it."""

    order: Order
    decision: Decision
    trouble: OrderTrouble | None = None
    """The order is in trouble now, or no longer."""
    purchase: CustomerPurchased | None = None
    """Somebody bought, and the notifier is yet to be told."""
    kept: tuple[timedelta, ...] = ()
    """How long before their moments promises were kept; less than nothing is too late."""


def decide(
    order: Order | None,
    news: News,
    now: datetime,
    shop: Shop = UNKNOWN,
    *,
    is_current: bool = True,
    rules: Sequence[Rule] = RULES,
) -> Decided | None:
    """Folds what is new into the order and takes the difference once, so that a backlog ends in
    its newest state. None when nothing is known of the order, and no event says anything.

    Where more of the order waits unread, the difference is not ours to take: the order is to be
    looked at as soon as everything was read. That somebody bought is told at once.
    """
    placed_before = order.facts.placed if order else None
    facts = _folded(order, news.events)
    if facts is None:
        return None
    if forgotten_at := news.forgotten_at or facts.forgotten_at:
        return of_nobody(facts, forgotten_at, _partition(order, news))
    told = order.told if order else Told()
    kept = _heard(told, news.outcomes, now)
    case = Case(facts, told, now, shop.policy, shop.incidents)
    changed = Order(facts, told, now, _partition(order, news), *_waited_for(case))
    is_known = told.purchase is not None and facts.placed is placed_before
    bought = None if is_known else purchase(facts, told)
    waiting = Decided(changed, Decision(next_look_at=now), purchase=bought, kept=kept)
    if news.events and not is_current:
        return waiting
    decision = reconcile(case, rules)
    if not is_current and (_says(decision) or in_trouble(case) is not told.in_trouble):
        return waiting
    record(told, decision, now)
    changed.next_look_at = decision.next_look_at
    if decision.announce or decision.withdraw:
        case = case.with_told(told)  # what was found out about it before is no longer so
    return Decided(changed, decision, _trouble(case), bought, kept)


def of_nobody(facts: Facts, forgotten_at: datetime, partition: int) -> Decided:
    """An order whose customer is forgotten: nothing is said of it, nor looked at again."""
    order = Order(forgotten(facts, forgotten_at), Told(), partition=partition)
    return Decided(order, Decision())


def _folded(order: Order | None, events: Iterable[Event[Any]]) -> Facts | None:
    facts = order.facts if order else None
    for event in events:
        facts = fold(facts, event)
    return facts


def _says(decision: Decision) -> bool:
    return bool(decision.announce or decision.withdraw or decision.unsaid)


def _heard(
    told: Told, outcomes: Sequence[NotificationOutcome], now: datetime
) -> tuple[timedelta, ...]:
    """Notes the outcomes. What was heard keeps promises: how long before their moments."""
    if not outcomes:
        return ()
    before = {promise for who in Audience for promise in open_promises(told, who)}
    for outcome in outcomes:
        apply_outcome(told, outcome)
    after = {promise for who in Audience for promise in open_promises(told, who)}
    return tuple(promise.by - now for promise in sorted(before - after))


def _waited_for(case: Case) -> tuple[datetime | None, tuple[str, ...] | None]:
    """By when somebody hears again who waits for news, and the carriers of whom there may be some;
    None when nobody does."""
    those = Audience if case.facts.recipient else (Audience.BUYER,)
    waits = [who for who in those if standing(case.for_whom(who))]
    if not waits:
        return None, None
    promises = (promise.by for who in waits for promise in open_promises(case.told, who))
    return min(promises, default=None), tuple(carriers_under_way(case.facts))


def _trouble(case: Case) -> OrderTrouble | None:
    """Notes as told whether the order is in trouble; None when that is known already."""
    customer, trouble = case.facts.customer, in_trouble(case)
    if customer is None or trouble is case.told.in_trouble:
        return None
    case.told.in_trouble = trouble
    return OrderTrouble(order_id=case.facts.order_id, customer_id=customer.id, in_trouble=trouble)


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
    """The records for a decision: that somebody bought before what is said of it, and what to
    withdraw before what to say instead."""
    said: list[tuple[str, Contract]] = []
    if decided.purchase:
        said.append((purchase_id(source, decided.purchase), decided.purchase))
    said += [(f"withdraw.{data.request_id}", data) for data in decided.decision.withdraw]
    said += [(found.id, found.request) for found in decided.decision.announce]
    if decided.trouble:
        said.append((_trouble_id(source, decided.trouble, now), decided.trouble))
    return [record_of(envelope.make(source, id_, now, data), prefix) for id_, data in said]


def _trouble_id(source: str, trouble: OrderTrouble, now: datetime) -> str:
    """An order may be in trouble more than once: each time is another event."""
    parts = (source, trouble.order_id, str(trouble.in_trouble), now.isoformat())
    return "trouble." + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
