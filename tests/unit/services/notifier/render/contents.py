"""What the messages of the tests speak of: one complete content per kind, as the rules fill it."""

from datetime import UTC, date, datetime

import msgspec

from headsup.contracts.base import Estimate, Item, Money, PickupPoint, Window
from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.notifications import Content, Standing
from headsup.contracts.replies import Question
from headsup.contracts.shop import (
    AttemptFailure,
    CancelledBy,
    CancelReason,
    DelayReason,
    HandedTo,
    HoldReason,
    IncidentScope,
    Inspection,
    NeededAction,
    PaymentFailure,
    PaymentMethod,
    PaymentState,
    Remedy,
    ReturningReason,
    ReturnMethod,
    ReturnRefusal,
)
from tests.unit.services.notifier.render.carts import CARTS

NEXT_NEWS = datetime(2026, 11, 26, 16, 0, tzinfo=UTC)
"""Thursday, 18:00 in Kyiv."""
_NOON = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""Tomorrow, 12:00 in Kyiv."""
_DISPATCH = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
_SEEN = datetime(2026, 11, 20, 12, 20, tzinfo=UTC)


def uah(amount: str) -> Money:
    """Hryvnias."""
    return Money(amount=amount, currency="UAH")


def _day(month: int, day: int) -> date:
    return date(2026, month, day)


def _on(month: int, day: int) -> Estimate:
    return Estimate(latest=_day(month, day))


def _hours(start: int, end: int, day: int = 23) -> Window:
    return Window(
        start=datetime(2026, 11, day, start, 0, tzinfo=UTC),
        end=datetime(2026, 11, day, end, 0, tzinfo=UTC),
    )


_with = msgspec.structs.replace

_TEA = Item(name="Чай «Гречаний», 250 г", quantity=2, price=uah("120.00"))
_POT = Item(name="Чайник з глини", price=uah("1059.00"))
_LOCKER = PickupPoint(
    name="Поштомат 4017",
    address="Київ, вул. Саксаганського, 12",
    hours="щодня 8:00–21:00",
    code="482913",
    hold_until=_day(11, 30),
)
_BARE = Content(order_number="A-1042", order_url="https://shop.example/o/A-1042")
_ORDER = _with(_BARE, total=uah("1299.00"), items=(_TEA, _POT))
_GOES_ON = _with(
    _ORDER,
    payment=PaymentState.PAID,
    dispatch_by=_DISPATCH,
    estimate=Estimate(earliest=_day(11, 26), latest=_day(11, 28)),
)
_TO_PAY = _with(
    _ORDER,
    due=uah("1299.00"),
    pay_by=_NOON,
    pay_url="https://shop.example/pay/A-1042",
)
_TRANSFER = _with(
    _TO_PAY,
    pay_method=PaymentMethod.BANK_TRANSFER,
    pay_details="ТОВ «Лавка», IBAN UA21 3223 1300 0002 6007 2335 6600 1",
    pay_reference="A-1042",
)
_PARCEL = _with(
    _ORDER,
    carrier="Нова пошта",
    tracking_number="20450123456789",
    tracking_url="https://track.example/20450123456789",
    estimate=_on(11, 26),
)
_SEEN_LAST = _with(_PARCEL, seen_at=_SEEN, seen_in="Львів, сортувальний центр")
_BACK = _with(
    _ORDER,
    return_method=ReturnMethod.DROP_OFF,
    send_by=_day(12, 7),
    return_address="Поштомат 4017, вул. Саксаганського, 12",
    return_code="R-77310",
    label_url="https://shop.example/labels/R-77310.pdf",
)
_REFUND = _with(
    _ORDER,
    refund=uah("240.00"),
    refund_method=PaymentMethod.CARD,
    refund_by=_day(12, 1),
)
_TICKET = _with(_BARE, ticket="T-118", ticket_url="https://shop.example/t/118")
_ACTION = _with(
    _ORDER,
    action=NeededAction.CONFIRM_ADDRESS,
    action_url="https://shop.example/o/A-1042/address",
    act_by=_NOON,
    note="У адресі немає номера будинку.",
)
_DUTY = _with(
    _PARCEL, due=uah("310.50"), pay_by=_NOON, pay_url="https://customs.example/pay/20450123456789"
)
_REPAIR = _with(_BARE, item=_POT, repair_by=_day(12, 28))

_ORDERS: dict[Kind, Content] = {
    Kind.ORDER_RECEIVED: _with(
        _ORDER,
        payment=PaymentState.PENDING,
        pay_by=_NOON,
        pay_url="https://shop.example/pay/A-1042",
    ),
    Kind.ORDER_CONFIRMED: _with(_GOES_ON, payment=None),
    Kind.ORDER_ON_HOLD: _with(_ORDER, hold_reason=HoldReason.PAYMENT_CHECK, until=_DISPATCH),
    Kind.ORDER_RELEASED: _GOES_ON,
    Kind.ORDER_EDITED: _GOES_ON,
    Kind.ORDER_ACTION_NEEDED: _ACTION,
    Kind.ORDER_ACTION_REMINDER: _ACTION,
    Kind.ORDER_ITEM_UNAVAILABLE: _with(_ORDER, item=_TEA, refund=uah("240.00")),
    Kind.ORDER_ITEM_SUBSTITUTED: _with(
        _ORDER, item=_TEA, substitute=Item(name="Чай «Карпатський», 250 г", quantity=2)
    ),
    Kind.ORDER_ITEM_BACKORDERED: _with(_ORDER, item=_TEA, back_by=_day(12, 4)),
    Kind.ORDER_SPLIT: _with(_ORDER, parcels=3),
    Kind.ORDER_CANCELLED: _with(
        _ORDER,
        cancelled_by=CancelledBy.SHOP,
        cancel_reason=CancelReason.OUT_OF_STOCK,
        refund=uah("1299.00"),
        refund_by=_day(12, 1),
        note="Останній чайник розбився на складі.",
    ),
    Kind.ORDER_EXPIRED: _ORDER,
    Kind.ORDER_REINSTATED: _GOES_ON,
    Kind.ORDER_NOTE: _with(
        _ORDER,
        note="Ми поклали до чаю дві ложки гречаного меду.",
        next_update_by=NEXT_NEWS,
    ),
    Kind.ORDER_INVOICE: _with(
        _ORDER,
        invoice_url="https://shop.example/o/A-1042/invoice.pdf",
        next_update_by=NEXT_NEWS,
    ),
    Kind.ORDER_DOWNLOAD_READY: _with(
        _ORDER,
        item=Item(name="Книга «Чайні церемонії», PDF"),
        download_url="https://shop.example/d/7731",
        until=datetime(2026, 12, 23, 10, 0, tzinfo=UTC),
    ),
    Kind.ORDER_RECALL: _with(
        _ORDER,
        item=_POT,
        note="Глина може тріснути від окропу. Не користуйтеся чайником.",
        action_url="https://shop.example/recall/pot",
    ),
    Kind.ORDER_PROGRESS: _with(
        _ORDER,
        parcels=60,
        parcels_moved=42,
        parcels_there=21,
        parcels_today=5,
        parcels_late=2,
        all_by=_day(12, 1),
    ),
    Kind.ORDER_COMPLETED: _with(_ORDER, parcels=2, return_until=_day(12, 7)),
    Kind.ORDER_NO_NEWS: _with(_SEEN_LAST, standing=Standing.UNDER_WAY),
}
_PAYMENTS: dict[Kind, Content] = {
    Kind.PAYMENT_INSTRUCTIONS: _TRANSFER,
    Kind.PAYMENT_REMINDER: _TRANSFER,
    Kind.PAYMENT_FAILED: _with(
        _TO_PAY, due=None, payment_failure=PaymentFailure.INSUFFICIENT_FUNDS
    ),
    Kind.PAYMENT_ACTION_REQUIRED: _TO_PAY,
    Kind.PAYMENT_PARTLY_REFUNDED: _REFUND,
    Kind.PAYMENT_REFUNDED: _REFUND,
    Kind.REFUND_LATE: _with(_REFUND, refund_method=None, refund_by=_day(11, 20)),
    Kind.REFUND_FAILED: _with(
        _ORDER, refund=uah("240.00"), action_url="https://shop.example/o/A-1042/refund"
    ),
}
_DELIVERIES: dict[Kind, Content] = {
    Kind.DISPATCH_LATE: _with(
        _ORDER,
        payment=PaymentState.PAID,
        dispatch_by=datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
    ),
    Kind.SHIPMENT_NOT_SCANNED: _PARCEL,
    Kind.SHIPMENT_SHIPPED: _PARCEL,
    Kind.SHIPMENT_PARTLY_SHIPPED: _with(_PARCEL, items=(_TEA,), parcels=2, parcels_left=1),
    Kind.SHIPMENT_TRACKING_CHANGED: _with(_PARCEL, previous_carrier="Укрпошта"),
    Kind.SHIPMENT_ARRIVING_TOMORROW: _with(
        _PARCEL, estimate=_on(11, 24), window=_hours(12, 14, day=24)
    ),
    Kind.SHIPMENT_COURIER_WINDOW: _with(_PARCEL, window=_hours(12, 14, day=24)),
    Kind.SHIPMENT_OUT_FOR_DELIVERY: _with(
        _PARCEL, window=_hours(12, 14), courier_phone="+380 50 765 43 21"
    ),
    Kind.SHIPMENT_STALLED: _SEEN_LAST,
    Kind.SHIPMENT_DELAYED: _with(
        _PARCEL, previous_estimate=_on(11, 24), delay_reason=DelayReason.WEATHER
    ),
    Kind.SHIPMENT_OVERDUE: _with(_SEEN_LAST, estimate=None, previous_estimate=_on(11, 23)),
    Kind.SHIPMENT_EARLIER: _with(_PARCEL, estimate=_on(11, 24), previous_estimate=_on(11, 26)),
    Kind.SHIPMENT_DUTY_DUE: _DUTY,
    Kind.SHIPMENT_DUTY_REMINDER: _DUTY,
    Kind.SHIPMENT_ADDRESS_PROBLEM: _with(
        _PARCEL, action_url="https://track.example/address", act_by=_NOON
    ),
    Kind.SHIPMENT_ATTEMPT_FAILED: _with(
        _PARCEL,
        attempt_failure=AttemptFailure.NOBODY_HOME,
        next_attempt=_day(11, 24),
        reschedule_url="https://track.example/again",
    ),
    Kind.SHIPMENT_ATTEMPT_FOLLOW_UP: _with(
        _PARCEL,
        attempt_failure=AttemptFailure.NOBODY_HOME,
        next_attempt=_day(11, 24),
        reschedule_url="https://track.example/again",
    ),
    Kind.SHIPMENT_READY_FOR_PICKUP: _with(_PARCEL, pickup=_LOCKER),
    Kind.PICKUP_REMINDER: _with(_PARCEL, pickup=_LOCKER),
    Kind.PICKUP_LAST_DAY: _with(
        _PARCEL, pickup=msgspec.structs.replace(_LOCKER, hold_until=_day(11, 23))
    ),
    Kind.SHIPMENT_DAMAGED: _with(
        _PARCEL, remedy=Remedy.REPLACEMENT, remedy_by=_day(11, 30), payment=PaymentState.PAID
    ),
    Kind.SHIPMENT_LOST: _with(
        _PARCEL, remedy=Remedy.INVESTIGATION, remedy_by=_day(11, 30), payment=PaymentState.PAID
    ),
    Kind.SHIPMENT_FOUND: _with(_PARCEL, seen_in="Львів, сортувальний центр"),
    Kind.SHIPMENT_RETURNING: _with(_PARCEL, returning_reason=ReturningReason.NOT_COLLECTED),
    Kind.SHIPMENT_RETURNED: _with(
        _PARCEL, remedy=Remedy.REFUND, refund_by=_day(12, 1), payment=PaymentState.PAID
    ),
    Kind.SHIPMENT_DELIVERED: _with(
        _PARCEL, handed_to=HandedTo.NEIGHBOUR, place="квартира 14", return_until=_day(12, 7)
    ),
    Kind.DELIVERY_CHECK: _with(
        _PARCEL,
        handed_to=HandedTo.SAFE_PLACE,
        place="під лавкою біля ґанку",
        seen_at=datetime(2026, 11, 22, 13, 40, tzinfo=UTC),
        question=Question.RECEIVED,
    ),
    Kind.DELIVERY_CORRECTION: _with(_PARCEL, standing=Standing.OUT_FOR_DELIVERY),
}
_RETURNS: dict[Kind, Content] = {
    Kind.RETURN_WINDOW_CLOSING: _with(_ORDER, return_until=_day(11, 25)),
    Kind.RETURN_REQUESTED: _ORDER,
    Kind.RETURN_APPROVED: _with(
        _BACK, refund=uah("240.00"), refund_days=3, refund_method=PaymentMethod.CARD
    ),
    Kind.RETURN_REJECTED: _with(
        _ORDER, return_refusal=ReturnRefusal.USED, note="На чайнику сліди від плити."
    ),
    Kind.RETURN_CLOSED: _with(
        _ORDER, cancelled_by=CancelledBy.CUSTOMER, note="Залишайте чайник собі."
    ),
    Kind.RETURN_INFO_NEEDED: _with(
        _ORDER,
        note="Надішліть, будь ласка, фото тріщини.",
        action_url="https://shop.example/returns/77310",
        act_by=_NOON,
    ),
    Kind.RETURN_LABEL_READY: _BACK,
    Kind.RETURN_LABEL_FAILED: _ORDER,
    Kind.RETURN_DROP_OFF_REMINDER: _BACK,
    Kind.RETURN_DEADLINE_NEAR: _with(_BACK, send_by=_day(11, 25)),
    Kind.RETURN_IN_TRANSIT: _with(_PARCEL, estimate=None),
    Kind.RETURN_RECEIVED: _with(_ORDER, decide_by=_day(11, 30)),
    Kind.RETURN_INSPECTED: _with(
        _ORDER,
        inspection=Inspection.IN_PART,
        note="На чайнику подряпина, повертаємо за чай.",
        refund=uah("240.00"),
        refund_by=_day(12, 1),
        refund_days=3,
    ),
    Kind.RETURN_EXCHANGE_SENT: _PARCEL,
    Kind.RETURN_LATE: _with(_ORDER, decide_by=_day(11, 20)),
    Kind.REPAIR_ACCEPTED: _REPAIR,
    Kind.REPAIR_EXPERTISE: _REPAIR,
    Kind.REPAIR_READY: _with(
        _BARE, item=_POT, pickup=_LOCKER, note="Замінили ручку, перевірили окропом."
    ),
    Kind.REPAIR_LATE: _with(_REPAIR, repair_by=_day(11, 20)),
}
_OTHERS: dict[Kind, Content] = {
    Kind.SUPPORT_OPENED: _with(_TICKET, answer_by=_DISPATCH),
    Kind.SUPPORT_ANSWERED: _TICKET,
    Kind.SUPPORT_CLOSED: _with(_TICKET, question=Question.RATING),
    Kind.ORDER_CHECK_IN: _with(_ORDER, question=Question.ALL_RIGHT),
    Kind.REVIEW_REQUEST: _with(_ORDER, review_url="https://shop.example/o/A-1042/review"),
    Kind.INCIDENT_NOTICE: _with(
        _ORDER, scope=IncidentScope.CARRIER, carrier="Нова пошта", until=_DISPATCH
    ),
    Kind.INCIDENT_SOLVED: _with(_PARCEL, scope=IncidentScope.CARRIER),
    Kind.CHAT_LINKED: _with(_BARE, action_url="https://notify.example/p/AAAAAAAAAAAAAAAAAAAAAAAA"),
}


def _promising(kind: Kind, content: Content) -> Content:
    """With the next word that the catalogue asks for."""
    is_last = CATALOGUE[kind].next_word is None and kind is not Kind.ORDER_CANCELLED
    return content if is_last else _with(content, next_update_by=NEXT_NEWS)


CONTENTS: dict[Kind, Content] = {
    kind: _promising(kind, content)
    for part in (_ORDERS, _PAYMENTS, _DELIVERIES, _RETURNS, _OTHERS, CARTS)
    for kind, content in part.items()
}
CONTENTS[Kind.SHIPMENT_OUT_FOR_DELIVERY] = _with(
    CONTENTS[Kind.SHIPMENT_OUT_FOR_DELIVERY],
    next_update_by=datetime(2026, 11, 23, 18, 0, tzinfo=UTC),
)

REQUIRED: dict[Kind, tuple[str, ...]] = dict.fromkeys(Kind, ()) | {
    Kind.ORDER_ON_HOLD: ("hold_reason",),
    Kind.ORDER_ACTION_NEEDED: ("action",),
    Kind.ORDER_ACTION_REMINDER: ("action",),
    Kind.ORDER_ITEM_UNAVAILABLE: ("item",),
    Kind.ORDER_ITEM_SUBSTITUTED: ("item",),
    Kind.ORDER_ITEM_BACKORDERED: ("item",),
    Kind.ORDER_SPLIT: ("parcels",),
    Kind.ORDER_PROGRESS: ("parcels", "parcels_moved"),
    Kind.ORDER_CANCELLED: ("cancelled_by", "cancel_reason"),
    Kind.ORDER_NOTE: ("note",),
    Kind.ORDER_INVOICE: ("invoice_url",),
    Kind.ORDER_DOWNLOAD_READY: ("item", "download_url"),
    Kind.ORDER_RECALL: ("item", "note"),
    Kind.ORDER_NO_NEWS: ("standing",),
    Kind.PAYMENT_INSTRUCTIONS: ("due",),
    Kind.PAYMENT_REMINDER: ("pay_by",),
    Kind.PAYMENT_FAILED: ("payment_failure",),
    Kind.PAYMENT_ACTION_REQUIRED: ("due", "pay_url"),
    Kind.PAYMENT_PARTLY_REFUNDED: ("refund",),
    Kind.PAYMENT_REFUNDED: ("refund",),
    Kind.REFUND_FAILED: ("refund",),
    Kind.DISPATCH_LATE: ("dispatch_by",),
    Kind.SHIPMENT_ARRIVING_TOMORROW: ("estimate",),
    Kind.SHIPMENT_COURIER_WINDOW: ("window",),
    Kind.SHIPMENT_DELAYED: ("estimate",),
    Kind.SHIPMENT_OVERDUE: ("previous_estimate",),
    Kind.SHIPMENT_EARLIER: ("estimate",),
    Kind.SHIPMENT_DUTY_DUE: ("due",),
    Kind.SHIPMENT_DUTY_REMINDER: ("due",),
    Kind.SHIPMENT_ATTEMPT_FAILED: ("attempt_failure",),
    Kind.SHIPMENT_ATTEMPT_FOLLOW_UP: ("attempt_failure",),
    Kind.SHIPMENT_READY_FOR_PICKUP: ("pickup",),
    Kind.PICKUP_REMINDER: ("pickup",),
    Kind.PICKUP_LAST_DAY: ("pickup",),
    Kind.SHIPMENT_DAMAGED: ("remedy",),
    Kind.SHIPMENT_LOST: ("remedy",),
    Kind.SHIPMENT_RETURNING: ("returning_reason",),
    Kind.SHIPMENT_RETURNED: ("remedy",),
    Kind.SHIPMENT_DELIVERED: ("handed_to",),
    Kind.DELIVERY_CHECK: ("handed_to",),
    Kind.DELIVERY_CORRECTION: ("standing",),
    Kind.RETURN_WINDOW_CLOSING: ("return_until",),
    Kind.RETURN_APPROVED: ("return_method",),
    Kind.RETURN_REJECTED: ("return_refusal",),
    Kind.RETURN_INFO_NEEDED: ("note",),
    Kind.RETURN_DEADLINE_NEAR: ("send_by",),
    Kind.RETURN_INSPECTED: ("inspection",),
    Kind.REPAIR_LATE: ("repair_by",),
    Kind.SUPPORT_OPENED: ("ticket",),
    Kind.SUPPORT_ANSWERED: ("ticket",),
    Kind.SUPPORT_CLOSED: ("ticket",),
    Kind.INCIDENT_NOTICE: ("scope",),
    Kind.INCIDENT_SOLVED: ("scope",),
}
"""What each kind is never said without: its rule always gives it. Everything else may be missing,
and a text asks first (`{% if %}`). To a recipient who is not the buyer, what the buyer alone may
know is missing as well; see `variations`."""
