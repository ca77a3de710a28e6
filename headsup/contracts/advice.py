"""What is allowed in an event, but unwise: the customer would learn less than they could."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from headsup.contracts.base import (
    READABLE_PATTERN,
    Contract,
    Customer,
    Estimate,
    Item,
    Money,
    Window,
)
from headsup.contracts.channels import Channel
from headsup.contracts.currencies import oddity
from headsup.contracts.envelope import Event
from headsup.contracts.shop import (
    CartItem,
    CartUpdated,
    ContactPoint,
    CustomerUpdated,
    OrderPlaced,
    OutForDelivery,
    PaymentState,
    ReturnApproved,
    ReturnMethod,
)

Advice: TypeAlias = tuple[str, str]
"""A field below the value that is looked at, empty for the value itself, and what to say of it."""

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_MAILBOX = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CHAT = re.compile(r"-?[0-9]+")
_PHONE = (
    "no phone number in the international form (E.164), such as +380501234567: "
    "it may not be reached"
)
_EMAIL = "no e-mail address: it cannot be reached"


def advise(event: Event[Any]) -> Iterator[Advice]:
    """The advice for an event that the services take: the path of a field, and a sentence."""
    for field, value in _parts(event.data, "data"):
        for below, sentence in _ADVISERS.get(type(value), _nothing)(value):
            yield (f"{field}.{below}" if below else field), sentence


def _parts(value: object, field: str) -> Iterator[tuple[str, object]]:
    """The value and all that it is made of."""
    yield field, value
    if isinstance(value, Contract):
        for inner in msgspec.structs.fields(value):
            yield from _parts(getattr(value, inner.name), f"{field}.{inner.name}")
    elif isinstance(value, tuple):
        for number, element in enumerate(value):
            yield from _parts(element, f"{field}[{number}]")


def _nothing(_: object) -> Iterator[Advice]:
    yield from ()


def _customer(customer: Customer) -> Iterator[Advice]:
    if customer.email is None and customer.phone is None:
        yield (
            "",
            (
                "no e-mail address and no phone number: unless shop.customer.updated names one, "
                "this customer learns nothing"
            ),
        )
    if customer.email is not None and not _MAILBOX.fullmatch(customer.email):
        yield "email", _EMAIL
    if customer.phone is not None and not _E164.fullmatch(customer.phone):
        yield "phone", _PHONE
    yield from _zone(customer.time_zone)


def _updated(customer: CustomerUpdated) -> Iterator[Advice]:
    yield from _zone(customer.time_zone)


def _zone(name: str | None) -> Iterator[Advice]:
    if name is None:
        return
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield "time_zone", "no time zone of the IANA database"


def _contact(contact: ContactPoint) -> Iterator[Advice]:
    pattern, sentence = _ADDRESSES[contact.channel]
    if not pattern.fullmatch(contact.address):
        yield "address", sentence


_ADDRESSES: Final[Mapping[Channel, tuple[re.Pattern[str], str]]] = {
    Channel.EMAIL: (_MAILBOX, _EMAIL),
    Channel.SMS: (_E164, _PHONE),
    Channel.WHATSAPP: (_E164, _PHONE),
    Channel.TELEGRAM: (_CHAT, "no number of a Telegram chat: it cannot be reached"),
}


def _estimate(estimate: Estimate) -> Iterator[Advice]:
    if estimate.is_backwards:
        yield "earliest", "later than the latest day: only that one is told"


def _window(window: Window) -> Iterator[Advice]:
    if window.is_backwards:
        yield "end", "not after the start: these hours are not told"


def _money(money: Money) -> Iterator[Advice]:
    if found := oddity(money):
        yield found


def _item(item: Item) -> Iterator[Advice]:
    if not re.search(READABLE_PATTERN, item.name):
        yield "name", "nothing in it can be read: a dash stands for it"


def _placed(order: OrderPlaced) -> Iterator[Advice]:
    if order.dispatch_by is None:
        yield (
            "dispatch_by",
            ("left out: unless shop.order.confirmed brings it, a late dispatch goes unnoticed"),
        )
    if order.payment is PaymentState.PENDING and order.pay_by is None:
        yield "pay_by", "left out: the customer is not told until when the order waits for them"


def _cart(cart: CartUpdated) -> Iterator[Advice]:
    if not cart.items:
        return
    if cart.url is None:
        yield (
            "url",
            "left out: unless another event of the cart has it, no reminder can lead back to it",
        )
    if cart.customer is None:
        yield (
            "customer",
            "left out: unless another event says whose the cart is, nobody is reminded of it",
        )


def _courier(parcel: OutForDelivery) -> Iterator[Advice]:
    if parcel.courier_phone is not None and not _E164.fullmatch(parcel.courier_phone):
        yield "courier_phone", _PHONE


def _returned(approval: ReturnApproved) -> Iterator[Advice]:
    if approval.method is not ReturnMethod.COURIER and approval.address is None:
        yield "address", "left out: the customer is not told where to bring the parcel"
    if approval.method is ReturnMethod.COURIER and approval.pickup_window is None:
        yield "pickup_window", "left out: the customer is not told when the courier comes"


_ADVISERS: Final[Mapping[type, Callable[[Any], Iterator[Advice]]]] = {
    CartItem: _item,
    CartUpdated: _cart,
    Customer: _customer,
    CustomerUpdated: _updated,
    ContactPoint: _contact,
    Estimate: _estimate,
    Item: _item,
    Money: _money,
    Window: _window,
    OrderPlaced: _placed,
    OutForDelivery: _courier,
    ReturnApproved: _returned,
}
