"""What the reports that have arrived say, read one after another in the order of their own times.

That is how a patient clerk would read them: the last word counts, an order that is cancelled does
not come, a parcel that was handed over is not unmade by a late scan.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from headsup.contracts import shop
from headsup.contracts.base import Customer, Estimate, Items, Money, Window
from headsup.contracts.replies import CustomerReplied
from tests.journeys.story import Report


@dataclass(slots=True)
class Parcel:
    """A parcel, as it is reported."""

    id: str
    state: str = "unknown"
    word: Report | None = None
    """The report that made the state what it is."""
    carrier: str | None = None
    number: str | None = None
    estimate: Estimate | None = None
    estimate_word: Report | None = None
    reason: shop.DelayReason | None = None
    items: Items = ()
    window: Window | None = None
    window_word: Report | None = None
    place: str | None = None
    seen_at: datetime | None = None
    """When a carrier last had it in hand."""
    sign_at: datetime | None = None
    """When anything last happened to it."""
    labelled_at: datetime | None = None
    has_left: bool = False
    duty: Report | None = None
    """Customs waits for money."""
    delivered: Report | None = None
    number_word: Report | None = None


@dataclass(slots=True)
class Thing:
    """A return, a repair, a question, a refund: what was reported of it last, by the kind of
    report, and all in order."""

    words: list[Report] = field(default_factory=list)

    def last(self, *kinds: type[Any]) -> Report | None:
        """The last report of these kinds."""
        return next((w for w in reversed(self.words) if isinstance(w.event.data, kinds)), None)


@dataclass(slots=True)
class Reading:
    """What is known of an order."""

    placed: Report | None = None
    accepted: Report | None = None
    """The shop has what it needs to prepare it."""
    failed: Report | None = None
    """A payment failed, and no money came since."""
    asked: Report | None = None
    """Money is asked for, and nothing became of it yet."""
    cancelled: Report | None = None
    ever_cancelled: bool = False
    reinstated: Report | None = None
    held: Report | None = None
    released: Report | None = None
    confirmed: Report | None = None
    edited: Report | None = None
    items: Items = ()
    price: Money | None = None
    split: int | None = None
    split_word: Report | None = None
    dispatch_by: datetime | None = None
    dispatch_word: Report | None = None
    """The report that named it."""
    estimate: Estimate | None = None
    pay_by: datetime | None = None
    paid: dict[str, Decimal] = field(default_factory=dict)
    paid_at: datetime | None = None
    parcels: dict[str, Parcel] = field(default_factory=dict)
    things: dict[str, Thing] = field(default_factory=dict)
    """Everything else, by its subject: `return:B1`, `note:N2`."""
    replies: list[Report] = field(default_factory=list)
    incidents: dict[str, Thing] = field(default_factory=dict)

    @property
    def order(self) -> shop.OrderPlaced | None:
        """The order itself; None while nobody told of it."""
        return self.placed.event.data if self.placed else None

    @property
    def is_downloaded(self) -> bool:
        """Nothing of it is sent: every line is a file or a licence."""
        return bool(self.items) and all(item.digital for item in self.items)

    @property
    def awaits_a_download(self) -> bool:
        """Fewer came than there are lines that are downloaded."""
        return len(self.of("download")) < sum(item.digital for item in self.items)

    @property
    def has_left(self) -> bool:
        """A carrier has something of it, or had."""
        return any(parcel.has_left for parcel in self.parcels.values())

    @property
    def recipient(self) -> Customer | None:
        """Who gets it, where that is not the buyer."""
        return self.order.recipient if self.order else None

    def of(self, area: str) -> Mapping[str, Thing]:
        """All things of an area, by their subject."""
        return {k: t for k, t in self.things.items() if k.startswith(area + ":")}

    def all_there(self) -> datetime | None:
        """When the last parcel was handed over; None while one is missing. It may come though the
        order was cancelled."""
        if not self.parcels or (self.split or 0) > len(self.parcels):
            return None
        moments = []
        for parcel in self.parcels.values():
            if parcel.state != "delivered" or parcel.word is None:
                return None
            moments.append(parcel.word.event.time)
        return max(moments)


def read(reports: Iterable[Report]) -> Reading:
    """Reads them."""
    reading = Reading()
    in_order = sorted(reports, key=lambda each: (each.event.time, each.event.id))
    zone = _zone_there(in_order)
    for report in in_order:
        data = report.event.data
        if isinstance(data, shop.ShipmentEvent):
            parcel = reading.parcels.setdefault(data.shipment_id, Parcel(data.shipment_id))
            if _is_of_the_day_it_came(parcel, report, zone):
                _named(parcel, report)
                continue
            _of_parcel(parcel, report)
        elif isinstance(data, CustomerReplied):
            reading.replies.append(report)
        elif isinstance(data, shop.IncidentEvent):
            reading.incidents.setdefault(data.incident_id, Thing()).words.append(report)
        elif act := _ACTS.get(type(data)):
            act(reading, report)
        else:
            reading.things.setdefault(_subject_of(data), Thing()).words.append(report)
    return reading


def _zone_there(reports: Iterable[Report]) -> tzinfo:
    """The calendar of whoever gets the parcels; that of Greenwich where nobody says it."""
    for data in (report.event.data for report in reports):
        if isinstance(data, shop.OrderPlaced):
            gets = data.recipient if data.recipient and data.recipient.time_zone else data.customer
            try:
                return ZoneInfo(gets.time_zone) if gets.time_zone else UTC
            except (KeyError, ValueError, OSError):
                return UTC
    return UTC


def _is_of_the_day_it_came(parcel: Parcel, report: Report, zone: tzinfo) -> bool:
    """What the courier did that day before the parcel was handed over, and sent when the van was
    back, or with a clock that is wrong. Nobody takes a parcel out again that day, nor in that
    night."""
    data, came = report.event.data, parcel.delivered
    is_of_a_tour = isinstance(data, _OF_A_TOUR) and parcel.state == "delivered"
    if not is_of_a_tour or came is None:
        return False
    then, now = came.event.time, report.event.time
    is_that_day = now.astimezone(zone).date() == then.astimezone(zone).date()
    return is_that_day or now - then < timedelta(hours=6)


_OF_A_TOUR: Final = (
    shop.OutForDelivery,
    shop.AttemptFailed,
    shop.ReadyForPickup,
    shop.AddressProblem,
)
_NAMES: Final = {
    "return_id": "return",
    "repair_id": "repair",
    "ticket_id": "ticket",
    "refund_id": "refund",
    "action_id": "action",
    "change_id": "item",
    "note_id": "note",
    "invoice_id": "invoice",
    "download_id": "download",
    "recall_id": "recall",
}


def _subject_of(data: Any) -> str:
    if isinstance(data, shop.PaymentRefunded | shop.RefundFailed):
        return f"refund:{data.refund_id}"
    for name, area in _NAMES.items():
        if hasattr(data, name):
            return f"{area}:{getattr(data, name)}"
    raise TypeError(f"{type(data).__name__} is about nothing that we know")


_STATES: Final[Mapping[type[Any], str]] = {
    shop.OutForDelivery: "out",
    shop.AttemptFailed: "attempted",
    shop.ReadyForPickup: "waiting",
    shop.AddressProblem: "address",
    shop.Damaged: "damaged",
    shop.Lost: "lost",
    shop.Returning: "returning",
    shop.Returned: "returned",
    shop.Delivered: "delivered",
}
_SCANS_END: Final = frozenset(
    {"unknown", "registered", "moving", "out", "attempted", "waiting", "lost", "revoked"}
)
_HANDS: Final = (shop.InTransit, shop.OutForDelivery, shop.AttemptFailed)


def _of_parcel(parcel: Parcel, report: Report) -> None:
    data = report.event.data
    _named(parcel, report)
    if isinstance(data, shop.LabelCreated):
        parcel.items = data.items or parcel.items
        parcel.labelled_at = parcel.labelled_at or report.event.time
    elif isinstance(data, shop.CustomsDue):
        parcel.duty, parcel.has_left = report, True
    elif isinstance(data, shop.CustomsCleared):
        parcel.duty, parcel.sign_at = None, report.event.time
    elif isinstance(data, shop.WindowSet):
        parcel.window, parcel.window_word = data.window, report
    elif not isinstance(data, shop.EstimateChanged | shop.DeliveryRevoked | shop.AddressFixed):
        parcel.has_left = True
    # A scan that comes after the parcel was handed over is a late record, and no sign of life.
    is_late = isinstance(data, shop.InTransit) and parcel.state == "delivered"
    if isinstance(data, _HANDS) and not is_late:
        parcel.seen_at = parcel.sign_at = report.event.time
    if isinstance(data, shop.InTransit):
        parcel.place = data.place
    _moves(parcel, report)


def _named(parcel: Parcel, report: Report) -> None:
    data = report.event.data
    if (data.carrier or data.tracking_number) and (
        (data.carrier or parcel.carrier, data.tracking_number or parcel.number)
        != (parcel.carrier, parcel.number)
    ):
        parcel.number_word = report
    parcel.carrier = data.carrier or parcel.carrier
    parcel.number = data.tracking_number or parcel.number
    if data.estimate is not None:
        if parcel.estimate is None or parcel.estimate.latest != data.estimate.latest:
            parcel.estimate_word = report
        parcel.estimate = data.estimate
        parcel.reason = getattr(data, "reason", None)


def _moves(parcel: Parcel, report: Report) -> None:
    """Where the parcel is after this report."""
    data, before = report.event.data, parcel.state
    state = _STATES.get(type(data))
    if isinstance(data, shop.LabelCreated) and before == "unknown":
        state = "registered"
    elif isinstance(data, shop.InTransit) and before in _SCANS_END:
        state = "moving"
    elif isinstance(data, shop.DeliveryRevoked) and before == "delivered":
        state = "revoked"
    elif isinstance(data, shop.AddressFixed):
        parcel.sign_at = report.event.time
        state = ("moving" if parcel.seen_at else "unknown") if before == "address" else None
    if state is not None:
        is_on = before == "moving" == state
        parcel.word = parcel.word if is_on else report
        parcel.state = state
    if isinstance(data, shop.Delivered):
        parcel.delivered = report


def _is_placed(reading: Reading, report: Report) -> None:
    data: shop.OrderPlaced = report.event.data
    reading.placed = report
    reading.items, reading.price = data.items, data.total
    reading.dispatch_by, reading.estimate, reading.pay_by = (
        data.dispatch_by,
        data.estimate,
        data.pay_by,
    )
    if data.payment is not shop.PaymentState.PENDING:
        reading.accepted = report
    if data.payment is shop.PaymentState.PAID:
        reading.paid_at = report.event.time


def _dates(reading: Reading, report: Report) -> None:
    data = report.event.data
    if data.dispatch_by:
        reading.dispatch_by, reading.dispatch_word = data.dispatch_by, report
    reading.estimate = data.estimate or reading.estimate


def _is_confirmed(reading: Reading, report: Report) -> None:
    _dates(reading, report)
    reading.confirmed = report
    reading.accepted = reading.accepted or report
    reading.failed = None


def _is_cancelled(reading: Reading, report: Report) -> None:
    reading.cancelled, reading.ever_cancelled = report, True


def _is_reinstated(reading: Reading, report: Report) -> None:
    _dates(reading, report)
    if reading.cancelled:
        reading.reinstated, reading.held = report, None
    reading.cancelled = None


def _is_held(reading: Reading, report: Report) -> None:
    reading.held = report


def _is_released(reading: Reading, report: Report) -> None:
    _dates(reading, report)
    if reading.held:
        reading.released = report
    reading.held = None


def _is_edited(reading: Reading, report: Report) -> None:
    _dates(reading, report)
    data = report.event.data
    reading.items = data.items or reading.items
    reading.price = data.total or reading.price
    reading.edited = report


def _is_split(reading: Reading, report: Report) -> None:
    reading.split, reading.split_word = report.event.data.parcels, report


def _asks(reading: Reading, report: Report) -> None:
    data = report.event.data
    reading.asked = report
    reading.failed = None
    if isinstance(data, shop.PaymentPending):  # the bank's own minutes are not the shop's
        reading.pay_by = data.pay_by or reading.pay_by


def _pays(reading: Reading, report: Report) -> None:
    data = report.event.data
    reading.paid[data.payment_id] = data.amount.decimal
    reading.asked = None
    reading.paid_at = report.event.time
    reading.accepted = reading.accepted or report
    reading.failed = None


def _fails(reading: Reading, report: Report) -> None:
    reading.pay_by = report.event.data.pay_by or reading.pay_by
    reading.asked = None
    if reading.paid_at is None:
        reading.failed, reading.accepted = report, None


_ACTS: Final[Mapping[type[Any], Callable[[Reading, Report], None]]] = {
    shop.OrderPlaced: _is_placed,
    shop.OrderConfirmed: _is_confirmed,
    shop.OrderCancelled: _is_cancelled,
    shop.OrderReinstated: _is_reinstated,
    shop.OrderHeld: _is_held,
    shop.OrderReleased: _is_released,
    shop.OrderEdited: _is_edited,
    shop.OrderSplit: _is_split,
    shop.PaymentPending: _asks,
    shop.PaymentActionRequired: _asks,
    shop.PaymentSucceeded: _pays,
    shop.PaymentFailed: _fails,
}


def arrived(reports: Sequence[Report], moment: datetime) -> list[Report]:
    """Those that were there at a moment."""
    return [report for report in reports if report.at <= moment]
