"""What the shop sends in an experiment, and what its customers must hear of it. Pure, and made from
the seed alone: no service was asked."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from headsup.contracts import shop
from headsup.contracts.base import Contract, Estimate, Item, Money, PickupPoint
from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event, make
from sandbox.scenarios.model import SHOP, Person, channels_of
from sandbox.scenarios.people import PEOPLE

ORDER: Final = "order"
CARRIERS: Final = {"S1": "Swift Post", "S2": "Rapid Mail"}
"""The second parcel of an order is known by its carrier, or by the neighbour who has it."""
_STEP: Final = timedelta(minutes=2)
_TOTAL: Final = Money(amount="119.50", currency="GBP")


class Statement(NamedTuple):
    """Something that can be told of an order."""

    order: str
    kind: Kind
    subject: str

    @property
    def thread(self) -> tuple[str, str, str]:
        """Statements of one thread replace each other."""
        return self.order, CATALOGUE[self.kind].group, self.subject


class Message(NamedTuple):
    """A statement on its way to the customer by one channel."""

    statement: Statement
    channel: Channel


@dataclass(frozen=True, slots=True)
class Step:
    """What the shop says, and what the customer is told because of it. No event: a deadline, or
    more that the event before it brings."""

    event: Event[Any] | None
    tells: Statement | None


@dataclass(frozen=True, slots=True)
class Journey:
    """One order from its beginning to its end."""

    order: str
    person: Person
    steps: tuple[Step, ...]

    @property
    def events(self) -> list[Event[Any]]:
        """What the shop sends, in its order."""
        return [step.event for step in self.steps if step.event is not None]

    @property
    def told(self) -> list[Statement]:
        """All that may be told on the way, in the order of the news."""
        return [step.tells for step in self.steps if step.tells is not None]

    @property
    def lasting(self) -> set[Statement]:
        """What must be told in the end: the newest of each thread. That an order is accepted is no
        news once a parcel of it has moved."""
        newest = {statement.thread: statement for statement in self.told}
        has_moved = any(s.kind in _OF_PARCELS for s in self.told)
        return {
            statement
            for statement in newest.values()
            if not (has_moved and statement.kind is Kind.ORDER_CONFIRMED)
        }

    def messages(self, statements: Iterable[Statement]) -> set[Message]:
        """The statements on the channels by which this customer hears them."""
        return {
            Message(statement, channel)
            for statement in statements
            for channel in channels_of(statement.kind, self.person)
        }


_OF_PARCELS: Final = frozenset(kind for kind in Kind if CATALOGUE[kind].group == "shipment")

REACHED: Final = (Channel.EMAIL, Channel.SMS, Channel.TELEGRAM)
"""By which its people are. WhatsApp goes the way of SMS, to the same provider."""
AUDIENCES: Final[tuple[tuple[Channel, ...], ...]] = (*((each,) for each in REACHED), REACHED)


def where_it_is_noon(start: datetime) -> str:
    """A time zone in which it is between twelve and one: an experiment that runs over somebody's
    midnight has other days than one by day, and rightly other messages."""
    ahead = 12 - start.astimezone(UTC).hour
    return f"Etc/GMT{-ahead:+d}"  # these names have the sign that the sun does not


def person(number: int, channels: Sequence[Channel], start: datetime) -> Person:
    """A customer who can be reached by these channels, and has noon at the start. Each has
    addresses of their own."""
    return Person(
        key=f"{number:05d}",
        name=f"Emma {number}",
        language="en",
        time_zone=where_it_is_noon(start),
        email=f"emma{number}@mail.example" if Channel.EMAIL in channels else None,
        phone=f"+38050{1_000_000 + number}" if Channel.SMS in channels else None,
        chat=str(700_000_000 + number) if Channel.TELEGRAM in channels else None,
        surroundings=PEOPLE["james"].surroundings,
    )


class Teller:
    """Writes the steps of one order, a few minutes apart."""

    def __init__(self, order: str, who: Person, start: datetime) -> None:
        self.order = order
        self.who = who
        self.at = start
        self._steps: list[Step] = []

    def says(self, data: Contract, kind: Kind | None = None, subject: str = ORDER) -> None:
        """The shop says this, and `kind` is told of `subject`."""
        event = make(SHOP, f"{self.order}-{len(self._steps)}", self.at, data)
        self._steps.append(Step(event, self._statement(kind, subject)))
        self.at += _STEP

    def also(self, kind: Kind) -> None:
        """`kind` is told of the order as well: a deadline passed, or what was said ends more than
        one thing."""
        self._steps.append(Step(None, self._statement(kind, ORDER)))

    def _statement(self, kind: Kind | None, subject: str) -> Statement | None:
        return Statement(self.order, kind, subject) if kind else None

    def journey(self) -> Journey:
        """The order's journey."""
        return Journey(self.order, self.who, tuple(self._steps))

    def placed(self, payment: shop.PaymentState, **more: Any) -> shop.OrderPlaced:
        """The order itself."""
        return shop.OrderPlaced(
            order_id=self.order,
            customer=self.who.as_customer(),
            items=(Item(name="Walking boots"),),
            total=_TOTAL,
            payment=payment,
            estimate=self.in_days(4),
            **more,
        )

    def in_days(self, days: int) -> Estimate:
        """A day after the beginning."""
        return Estimate(latest=(self.at + timedelta(days=days)).date())

    def parcel(self, name: str) -> dict[str, Any]:
        """What every event of a parcel says."""
        return {"order_id": self.order, "shipment_id": name}

    def ships(self, name: str = "S1") -> None:
        """The first scan of a parcel."""
        data = shop.InTransit(**self.parcel(name), carrier=CARRIERS[name], estimate=self.in_days(3))
        self.says(data, Kind.SHIPMENT_SHIPPED, f"shipment:{name}")

    def delivers(self, name: str = "S1") -> None:
        """A parcel is handed over: the first to the customer, the second to a neighbour."""
        to = shop.HandedTo.RECIPIENT if name == "S1" else shop.HandedTo.NEIGHBOUR
        data = shop.Delivered(**self.parcel(name), handed_to=to)
        self.says(data, Kind.SHIPMENT_DELIVERED, f"shipment:{name}")

    def refunds(self) -> None:
        """The money goes back."""
        data = shop.PaymentRefunded(order_id=self.order, refund_id="F1", amount=_TOTAL)
        self.says(data, Kind.PAYMENT_REFUNDED, "refund:F1")

    def takes_back(self) -> None:
        """A return is approved."""
        data = shop.ReturnApproved(
            order_id=self.order,
            return_id="R1",
            method=shop.ReturnMethod.STORE,
            send_by=(self.at + timedelta(days=14)).date(),
        )
        self.says(data, Kind.RETURN_APPROVED, "return:R1")


def _calm(tell: Teller) -> None:
    tell.says(tell.placed(shop.PaymentState.PAID), Kind.ORDER_CONFIRMED)
    tell.says(shop.LabelCreated(**tell.parcel("S1")))
    tell.ships()
    out = shop.OutForDelivery(**tell.parcel("S1"))
    tell.says(out, Kind.SHIPMENT_OUT_FOR_DELIVERY, "shipment:S1")
    tell.delivers()


def _two_parcels(tell: Teller) -> None:
    tell.says(tell.placed(shop.PaymentState.PAID), Kind.ORDER_CONFIRMED)
    tell.ships("S1")
    tell.ships("S2")
    tell.delivers("S1")
    tell.delivers("S2")
    tell.also(Kind.ORDER_COMPLETED)


def _cancelled(tell: Teller) -> None:
    tell.says(tell.placed(shop.PaymentState.PAID), Kind.ORDER_CONFIRMED)
    cancelled = shop.OrderCancelled(
        order_id=tell.order,
        by=shop.CancelledBy.SHOP,
        reason=shop.CancelReason.OUT_OF_STOCK,
        refund=_TOTAL,
    )
    tell.says(cancelled, Kind.ORDER_CANCELLED)
    tell.refunds()


def _paid_late(tell: Teller) -> None:
    tell.says(tell.placed(shop.PaymentState.PENDING), Kind.ORDER_RECEIVED)
    failed = shop.PaymentFailed(
        order_id=tell.order, payment_id="P1", amount=_TOTAL, reason=shop.PaymentFailure.DECLINED
    )
    tell.says(failed, Kind.PAYMENT_FAILED)
    paid = shop.PaymentSucceeded(order_id=tell.order, payment_id="P2", amount=_TOTAL)
    tell.says(paid, Kind.ORDER_CONFIRMED)


def _returned(tell: Teller) -> None:
    tell.says(tell.placed(shop.PaymentState.PAID), Kind.ORDER_CONFIRMED)
    tell.ships()
    tell.delivers()
    asked = shop.ReturnRequested(order_id=tell.order, return_id="R1")
    tell.says(asked, Kind.RETURN_REQUESTED, "return:R1")
    tell.takes_back()
    tell.refunds()


def _collected(tell: Teller) -> None:
    tell.says(tell.placed(shop.PaymentState.ON_DELIVERY), Kind.ORDER_CONFIRMED)
    tell.ships()
    missed = shop.AttemptFailed(**tell.parcel("S1"), reason=shop.AttemptFailure.NOBODY_HOME)
    tell.says(missed, Kind.SHIPMENT_ATTEMPT_FAILED, "shipment:S1")
    place = PickupPoint(name="Locker 204", address="18 Station Road")
    waits = shop.ReadyForPickup(**tell.parcel("S1"), pickup=place)
    tell.says(waits, Kind.SHIPMENT_READY_FOR_PICKUP, "shipment:S1")


Plot = Callable[[Teller], None]
PLOTS: Final[tuple[Plot, ...]] = (
    *(_calm, _two_parcels, _cancelled, _paid_late, _returned, _collected),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Which orders there are, and whose."""

    orders: int
    audiences: tuple[tuple[Channel, ...], ...] = AUDIENCES
    plots: tuple[Plot, ...] = PLOTS
    orders_each: int = 2
    """Orders of one customer."""


def journeys(cast: Cast, start: datetime) -> list[Journey]:
    """Every plot meets every audience, as long as there are orders."""
    told = []
    for number in range(cast.orders):
        customer = number // cast.orders_each
        who = person(customer, cast.audiences[customer % len(cast.audiences)], start)
        tell = Teller(order_name(number), who, start)
        turn = customer // len(cast.audiences) * cast.orders_each + number % cast.orders_each
        cast.plots[turn % len(cast.plots)](tell)
        told.append(tell.journey())
    return told


def order_name(number: int) -> str:
    """An order's number, as `reading` finds it in a text."""
    return f"K{number:05d}"


def in_turns(told: Sequence[Journey], dice: random.Random) -> list[Event[Any]]:
    """The events of all orders as a busy shop sends them: every order's first step before any
    order's third, and each order's own in their order."""
    placed = [
        (step + dice.random() * 1.5, event)
        for journey in told
        for step, event in enumerate(journey.events)
    ]
    last: dict[str, float] = {}
    ordered = []
    for place, event in placed:
        order = event.data.order_id
        last[order] = max(place, last.get(order, 0.0) + 1e-6)
        ordered.append((last[order], event))
    return [event for _, event in sorted(ordered, key=lambda pair: pair[0])]


def doubled_and_shuffled(events: Sequence[Event[Any]], dice: random.Random) -> list[Event[Any]]:
    """Every event twice, in any order."""
    twice = [*events, *events]
    dice.shuffle(twice)
    return twice


def customers(told: Iterable[Journey]) -> list[Event[Any]]:
    """What the shop says about its customers, once for each."""
    found = {journey.person.key: journey for journey in told}
    return [
        make(SHOP, f"customer-{key}", journey.events[0].time, journey.person.as_update())
        for key, journey in found.items()
    ]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be heard, and what may be heard on the way."""

    due: frozenset[Message]
    may: frozenset[Message]
    place: dict[Statement, int]
    """Where in its order's journey a statement stands."""
    events: frozenset[str]
    orders: frozenset[str]
    addresses: Mapping[tuple[str, Channel], str] = field(default_factory=dict)
    """Of each order's customer."""
    causes: Mapping[Statement, str] = field(default_factory=dict)
    """The event by which a statement came to be true."""

    def address(self, message: Message) -> str:
        """Where a message must go; nothing when its order's customer is not there."""
        return self.addresses.get((message.statement.order, message.channel), "")

    def only_the_newest(self) -> "Expectation":
        """What is to be heard when a whole journey was read at once."""
        return replace(self, may=frozenset())


def expectation(told: Iterable[Journey]) -> Expectation:
    """What these journeys must lead to."""
    due: set[Message] = set()
    heard: set[Message] = set()
    place: dict[Statement, int] = {}
    events: set[str] = set()
    orders: set[str] = set()
    addresses: dict[tuple[str, Channel], str] = {}
    causes: dict[Statement, str] = {}
    for journey in told:
        due |= journey.messages(journey.lasting)
        heard |= journey.messages(journey.told)
        place.update({statement: n for n, statement in enumerate(journey.told)})
        events |= {event.id for event in journey.events}
        orders.add(journey.order)
        addresses.update({(journey.order, c): a for c, a in journey.person.addresses.items()})
        causes.update({s.tells: s.event.id for s in journey.steps if s.tells and s.event})
    return Expectation(
        due=frozenset(due),
        may=frozenset(heard - due),
        place=place,
        events=frozenset(events),
        orders=frozenset(orders),
        addresses=addresses,
        causes=causes,
    )
