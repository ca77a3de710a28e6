"""Requests as the rules make them, one per kind: complete, bare, and with everything too long."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from headsup.contracts.base import Customer, Estimate, Item, Money, PickupPoint, Window
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content, NotificationRequested
from headsup.contracts.shop import (
    AttemptFailure,
    CancelledBy,
    CancelReason,
    DelayReason,
    HandedTo,
    PaymentFailure,
    PaymentMethod,
    PaymentState,
    ReturnMethod,
)
from services.notifier import shops
from services.notifier.render import Draft, Recipient
from services.notifier.shops import ShopProfile, load_shops

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday; 11:00 in Kyiv."""
NEXT_NEWS = datetime(2026, 11, 26, 16, 0, tzinfo=UTC)
"""Thursday, 18:00 in Kyiv."""
ADDRESSES = {Channel.EMAIL: "olena@mail.example", Channel.SMS: "+380671234567"}
CHAT = "700100200"


def lavka() -> ShopProfile:
    """The shop of the example file."""
    example = Path(shops.__file__).with_name("shops.example.toml")
    return load_shops(example)["https://shop.example"]


def _uah(amount: str) -> Money:
    return Money(amount=amount, currency="UAH")


_ORDER = Content(
    order_number="A-1042",
    order_url="https://shop.example/o/A-1042",
    total=_uah("1299.00"),
    items=(
        Item(name="Чай «Гречаний», 250 г", quantity=2, price=_uah("120.00")),
        Item(name="Чайник з глини", price=_uah("1059.00")),
    ),
    next_update_by=NEXT_NEWS,
)
_PARCEL = msgspec.structs.replace(
    _ORDER,
    carrier="Нова пошта",
    tracking_number="20450123456789",
    tracking_url="https://track.example/20450123456789",
    estimate=Estimate(latest=date(2026, 11, 26)),
)

CONTENTS: dict[Kind, Content] = {
    Kind.ORDER_RECEIVED: msgspec.structs.replace(
        _ORDER,
        payment=PaymentState.PENDING,
        pay_by=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
        pay_url="https://shop.example/pay/A-1042",
    ),
    Kind.ORDER_CONFIRMED: msgspec.structs.replace(
        _ORDER,
        dispatch_by=datetime(2026, 11, 25, 16, 0, tzinfo=UTC),
        estimate=Estimate(earliest=date(2026, 11, 26), latest=date(2026, 11, 28)),
    ),
    Kind.ORDER_CANCELLED: msgspec.structs.replace(
        _ORDER,
        cancelled_by=CancelledBy.SHOP,
        cancel_reason=CancelReason.OUT_OF_STOCK,
        refund=_uah("1299.00"),
        refund_by=date(2026, 12, 1),
        note="Останній чайник розбився на складі.",
    ),
    Kind.PAYMENT_FAILED: msgspec.structs.replace(
        _ORDER,
        payment_failure=PaymentFailure.INSUFFICIENT_FUNDS,
        pay_by=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
        pay_url="https://shop.example/pay/A-1042",
    ),
    Kind.PAYMENT_REFUNDED: msgspec.structs.replace(
        _ORDER,
        refund=_uah("240.00"),
        refund_method=PaymentMethod.CARD,
        refund_by=date(2026, 12, 1),
        next_update_by=None,
    ),
    Kind.DISPATCH_LATE: msgspec.structs.replace(
        _ORDER,
        payment=PaymentState.PAID,
        dispatch_by=datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
    ),
    Kind.SHIPMENT_SHIPPED: _PARCEL,
    Kind.SHIPMENT_DELAYED: msgspec.structs.replace(
        _PARCEL,
        previous_estimate=Estimate(latest=date(2026, 11, 24)),
        delay_reason=DelayReason.WEATHER,
    ),
    Kind.SHIPMENT_OUT_FOR_DELIVERY: msgspec.structs.replace(
        _PARCEL,
        window=Window(
            start=datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
            end=datetime(2026, 11, 23, 14, 0, tzinfo=UTC),
        ),
        courier_phone="+380 50 765 43 21",
        next_update_by=datetime(2026, 11, 23, 18, 0, tzinfo=UTC),
    ),
    Kind.SHIPMENT_ATTEMPT_FAILED: msgspec.structs.replace(
        _PARCEL,
        attempt_failure=AttemptFailure.NOBODY_HOME,
        next_attempt=date(2026, 11, 24),
        reschedule_url="https://track.example/again",
    ),
    Kind.SHIPMENT_READY_FOR_PICKUP: msgspec.structs.replace(
        _PARCEL,
        pickup=PickupPoint(
            name="Поштомат 4017",
            address="Київ, вул. Саксаганського, 12",
            hours="щодня 8:00–21:00",
            code="482913",
            hold_until=date(2026, 11, 30),
        ),
    ),
    Kind.SHIPMENT_DELIVERED: msgspec.structs.replace(
        _PARCEL, handed_to=HandedTo.NEIGHBOUR, place="квартира 14", next_update_by=None
    ),
    Kind.RETURN_APPROVED: msgspec.structs.replace(
        _ORDER,
        return_method=ReturnMethod.DROP_OFF,
        send_by=date(2026, 12, 7),
        return_address="Поштомат 4017, вул. Саксаганського, 12",
        return_code="R-77310",
        label_url="https://shop.example/labels/R-77310.pdf",
        refund=_uah("240.00"),
        refund_days=3,
        refund_method=PaymentMethod.CARD,
    ),
}

_REQUIRED = {
    Kind.ORDER_CANCELLED: ("cancelled_by", "cancel_reason"),
    Kind.PAYMENT_FAILED: ("payment_failure",),
    Kind.PAYMENT_REFUNDED: ("refund",),
    Kind.DISPATCH_LATE: ("dispatch_by",),
    Kind.SHIPMENT_DELAYED: ("estimate",),
    Kind.SHIPMENT_ATTEMPT_FAILED: ("attempt_failure",),
    Kind.SHIPMENT_READY_FOR_PICKUP: ("pickup",),
    Kind.SHIPMENT_DELIVERED: ("handed_to",),
    Kind.RETURN_APPROVED: ("return_method", "send_by"),
}
REQUIRED: dict[Kind, tuple[str, ...]] = {kind: _REQUIRED.get(kind, ()) for kind in Kind}
"""What each kind cannot be said without."""


def bare(kind: Kind) -> Content:
    """Only what the kind cannot be said without."""
    kept = {name: getattr(CONTENTS[kind], name) for name in REQUIRED[kind]}
    if kind is Kind.SHIPMENT_READY_FOR_PICKUP:
        kept["pickup"] = PickupPoint(name="Поштомат 4017", address="Київ, вул. Саксаганського, 12")
    return Content(order_number="A-1042", **kept)


def lengthy(kind: Kind) -> Content:
    """Everything there is, as long as it gets in real life."""
    content = msgspec.structs.replace(
        CONTENTS[kind],
        order_number="2026-11-ЗАМ-00001042",
        next_update_by=NEXT_NEWS,
    )
    if content.carrier is not None:
        content = msgspec.structs.replace(content, carrier="Міжнародна експрес-доставка «Меридіан»")
    if content.refund is not None:
        content = msgspec.structs.replace(content, refund=_uah("123456.78"))
    if content.pickup is not None:
        pickup = PickupPoint(
            name="Відділення № 217 (торговий центр «Республіка Парк», 2-й поверх)",
            address="Київська обл., с. Софіївська Борщагівка, вул. Велика Кільцева, 1-Б, прим. 14",
            hours="пн–пт 8:00–21:00, сб–нд 9:00–19:00",
            code="4829-1377",
            hold_until=date(2026, 11, 30),
        )
        content = msgspec.structs.replace(content, pickup=pickup)
    if content.place is not None:
        content = msgspec.structs.replace(content, place="у пані Ковальчук, під’їзд 3, квартира 14")
    return content


def request(kind: Kind, content: Content | None = None) -> NotificationRequested:
    """A request of this kind, made a minute ago."""
    return NotificationRequested(
        kind=kind,
        order_id="o-1042",
        customer=Customer(id="c-7", name="Олена Коваль"),
        content=CONTENTS[kind] if content is None else content,
        happened_at=NOW - timedelta(minutes=1),
        expires_at=NOW + timedelta(hours=4),
    )


def draft(kind: Kind, channel: Channel, language: str, content: Content | None = None) -> Draft:
    """A message to Olena in Kyiv."""
    return Draft(
        notification_id="n-1.0",
        request=request(kind, content),
        recipient=Recipient(name="Олена Коваль", language=language, time_zone="Europe/Kyiv"),
        channel=channel,
        address=ADDRESSES.get(channel, CHAT),
        shop=lavka(),
        now=NOW,
    )
