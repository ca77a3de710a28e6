"""Events of one order, and an order that hears them, for the tests of what is said when."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from headsup.contracts import shop
from headsup.contracts.base import Customer, Estimate, Item, Money, PickupPoint
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event, make
from headsup.contracts.notifications import Content, NotificationOutcome, OutcomeStatus
from headsup.contracts.replies import Answer, CustomerReplied, Question
from headsup.shops.policy import DEFAULT, Policy
from services.order_events.facts import Facts
from services.order_events.fold import fold
from services.order_events.incidents import Incident
from services.order_events.reconcile import Decision, reconcile, record
from services.order_events.rules.base import Case
from services.order_events.told import Told, apply_outcome

SHOP = "https://shop.example"
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (MONDAY + n * DAY for n in range(1, 5))
UAH_100 = Money(amount="100.00", currency="UAH")
ITEMS = (Item(name="Kettle"),)
CUSTOMER = Customer(id="C1", email="olena@example.com", time_zone="Europe/Kyiv")


def event(at: datetime, data: Any) -> Event[Any]:
    """An event whose id is a function of what it says."""
    content = at.isoformat().encode() + type(data).__name__.encode() + msgspec.json.encode(data)
    return make(SHOP, hashlib.sha256(content).hexdigest()[:12], at, data)


def by(day: datetime | date) -> Estimate:
    """The estimate "on this day at the latest"."""
    return Estimate(latest=day.date() if isinstance(day, datetime) else day)


def placed(at: datetime = MONDAY, **what: Any) -> Event[Any]:
    """An order whose money is pending, unless said otherwise."""
    said: dict[str, Any] = {
        "customer": CUSTOMER,
        "total": UAH_100,
        "payment": shop.PaymentState.PENDING,
        "items": ITEMS,
    }
    return event(at, shop.OrderPlaced(order_id="A1", **(said | what)))


def placed_and_paid(at: datetime = MONDAY, **what: Any) -> Event[Any]:
    """An order that was paid for at once."""
    return placed(at, payment=shop.PaymentState.PAID, **what)


def confirmed(at: datetime, **what: Any) -> Event[Any]:
    """The shop confirms."""
    return event(at, shop.OrderConfirmed(order_id="A1", **what))


def cancelled(at: datetime, **what: Any) -> Event[Any]:
    """The shop cancels."""
    said: dict[str, Any] = {"by": shop.CancelledBy.SHOP, "reason": shop.CancelReason.OUT_OF_STOCK}
    return event(at, shop.OrderCancelled(order_id="A1", **(said | what)))


def uah(amount: str) -> Money:
    """So many hryvnias."""
    return Money(amount=amount, currency="UAH")


def pay(at: datetime, payment_id: str = "P1", amount: Money = UAH_100) -> Event[Any]:
    """A payment succeeds; it pays for the whole order, unless said otherwise."""
    return event(at, shop.PaymentSucceeded(order_id="A1", payment_id=payment_id, amount=amount))


def pay_in_vain(at: datetime, payment_id: str = "P1", **what: Any) -> Event[Any]:
    """A payment fails."""
    data = shop.PaymentFailed(order_id="A1", payment_id=payment_id, amount=UAH_100, **what)
    return event(at, data)


def refund(at: datetime, refund_id: str = "R1", **what: Any) -> Event[Any]:
    """Money goes back."""
    said: dict[str, Any] = {"amount": UAH_100}
    return event(at, shop.PaymentRefunded(order_id="A1", refund_id=refund_id, **(said | what)))


def _parcel(data: type[Any], at: datetime, shipment_id: str, what: dict[str, Any]) -> Event[Any]:
    return event(at, data(order_id="A1", shipment_id=shipment_id, **what))


def label(at: datetime, parcel: str = "S1", **what: Any) -> Event[Any]:
    """A label is printed."""
    return _parcel(shop.LabelCreated, at, parcel, what)


def scan(at: datetime, parcel: str = "S1", **what: Any) -> Event[Any]:
    """A carrier scans a parcel."""
    return _parcel(shop.InTransit, at, parcel, what)


def slip(at: datetime, estimate: Estimate, parcel: str = "S1", **what: Any) -> Event[Any]:
    """A parcel is expected on another day."""
    return _parcel(shop.EstimateChanged, at, parcel, {"estimate": estimate} | what)


def on_the_van(at: datetime, parcel: str = "S1", **what: Any) -> Event[Any]:
    """A courier has a parcel."""
    return _parcel(shop.OutForDelivery, at, parcel, what)


def nobody_home(at: datetime, parcel: str = "S1", **what: Any) -> Event[Any]:
    """A courier could not hand a parcel over."""
    reason = {"reason": shop.AttemptFailure.NOBODY_HOME}
    return _parcel(shop.AttemptFailed, at, parcel, reason | what)


def at_the_locker(at: datetime, parcel: str = "S1", **what: Any) -> Event[Any]:
    """A parcel waits to be collected."""
    point = {"pickup": PickupPoint(name="Locker 5", address="Khreshchatyk 1")}
    return _parcel(shop.ReadyForPickup, at, parcel, point | what)


def handed_over(at: datetime, parcel: str = "S1", **what: Any) -> Event[Any]:
    """A parcel is delivered."""
    return _parcel(shop.Delivered, at, parcel, what)


def ask_to_return(at: datetime, **what: Any) -> Event[Any]:
    """A customer asks to return something."""
    return event(at, shop.ReturnRequested(order_id="A1", return_id="B1", **what))


def accept_return(at: datetime, **what: Any) -> Event[Any]:
    """The shop accepts a return."""
    said: dict[str, Any] = {"method": shop.ReturnMethod.DROP_OFF, "send_by": date(2026, 12, 7)}
    return event(at, shop.ReturnApproved(order_id="A1", return_id="B1", **(said | what)))


def replied(at: datetime, request_id: str, question: Question, answer: Answer) -> Event[Any]:
    """The customer answers what a request asked."""
    data = CustomerReplied(
        order_id="A1",
        customer_id="C1",
        request_id=request_id,
        question=question,
        answer=answer,
        channel=Channel.EMAIL,
    )
    return event(at, data)


def folded(events: Iterable[Event[Any]]) -> Facts:
    """The facts of at least one event."""
    facts: Facts | None = None
    for each in events:
        facts = fold(facts, each)
    assert facts is not None
    return facts


class Order:
    """One order as order_events keeps it: it hears events and outcomes, and decides."""

    def __init__(self, policy: Policy = DEFAULT) -> None:
        self.policy = policy
        self.incidents: tuple[Incident, ...] = ()
        self.facts: Facts | None = None
        self.told = Told()
        self.decisions: list[Decision] = []

    def hears(self, *events: Event[Any], at: datetime | None = None) -> Decision:
        """One batch: folds all, then reconciles once, at the time of the last event."""
        for each in events:
            self.facts = fold(self.facts, each)
        return self.looks(at or max(each.time for each in events))

    def looks(self, at: datetime) -> Decision:
        """What a look without any event decides."""
        assert self.facts is not None
        decision = reconcile(Case(self.facts, self.told, at, self.policy, self.incidents))
        record(self.told, decision, at)
        self.decisions.append(decision)
        return decision

    def learns(self, kind: Kind, status: OutcomeStatus = OutcomeStatus.SENT) -> None:
        """The outcome of the last statement of a kind."""
        self.learns_of(self.id_of(kind), kind, status)

    def learns_of(self, request_id: str, kind: Kind, status: OutcomeStatus) -> None:
        """The outcome of a request."""
        apply_outcome(self.told, outcome(request_id, kind, status))

    def id_of(self, kind: Kind) -> str:
        """The request id of the last statement of a kind."""
        return next(id_ for id_, said in self.told.newest_first() if said.kind is kind)

    @property
    def said(self) -> list[Kind]:
        """Every kind that was ever announced, in order."""
        return [kind for decision in self.decisions for kind in kinds(decision)]


def outcome(
    request_id: str,
    kind: Kind = Kind.ORDER_RECEIVED,
    status: OutcomeStatus = OutcomeStatus.SENT,
    **what: Any,
) -> NotificationOutcome:
    """What became of a request."""
    said: dict[str, Any] = {"at": MONDAY, "notification_id": f"{request_id}.0"} | what
    return NotificationOutcome(
        request_id=request_id, order_id="A1", customer_id="C1", kind=kind, status=status, **said
    )


def kinds(decision: Decision) -> list[Kind]:
    """What a decision announces."""
    return [announcement.request.kind for announcement in decision.announce]


def only(decision: Decision) -> Content:
    """The content of the one announcement of a decision."""
    (announcement,) = decision.announce
    return announcement.request.content


def backlog(*events: Event[Any], at: datetime | None = None) -> list[Kind]:
    """What is said when all of these events are read in one batch."""
    return kinds(Order().hears(*events, at=at))


def one_by_one(*events: Event[Any]) -> list[Kind]:
    """What is said when each of these events is read as it happens."""
    order = Order()
    for each in events:
        order.hears(each)
    return order.said
