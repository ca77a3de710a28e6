"""What a mail says, once more for the program that shows it: schema.org's Order and ParcelDelivery
as JSON-LD. Pure.

Gmail shows it beside the subject, Yandex in the list of mails:
https://developers.google.com/workspace/gmail/markup/reference/types/Order and
.../types/ParcelDelivery, https://yandex.ru/support/webmaster/en/mail/order. What we do not know is
left out, such as the address of delivery; what the reader must not learn is, too.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from markupsafe import Markup

from headsup.contracts.base import Estimate, Item, Window
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import PaymentState
from services.notifier.render.clean import clean, clean_url
from services.notifier.render.view import LIMITS, name_of

Node = dict[str, Any]

MOST_ITEMS: Final = 20
"""So many are named; a mail may not grow without end (Gmail cuts it off at 102 kB)."""
_CONTEXT: Final = "http://schema.org"
_PROCESSING, _PAYMENT_DUE, _PROBLEM = "OrderProcessing", "OrderPaymentDue", "OrderProblem"
_IN_TRANSIT, _PICKUP, _DELIVERED = "OrderInTransit", "OrderPickupAvailable", "OrderDelivered"
_CANCELLED, _RETURNED = "OrderCancelled", "OrderReturned"

ORDERS: Final[Mapping[Kind, str]] = {
    Kind.ORDER_RECEIVED: _PAYMENT_DUE,
    Kind.ORDER_CONFIRMED: _PROCESSING,
    Kind.ORDER_ON_HOLD: _PROBLEM,
    Kind.ORDER_RELEASED: _PROCESSING,
    Kind.ORDER_EDITED: _PROCESSING,
    Kind.ORDER_SPLIT: _PROCESSING,
    Kind.ORDER_CANCELLED: _CANCELLED,
    Kind.ORDER_EXPIRED: _CANCELLED,
    Kind.ORDER_REINSTATED: _PROCESSING,
    Kind.ORDER_COMPLETED: _DELIVERED,
    Kind.PAYMENT_INSTRUCTIONS: _PAYMENT_DUE,
    Kind.PAYMENT_REMINDER: _PAYMENT_DUE,
    Kind.PAYMENT_FAILED: _PAYMENT_DUE,
    Kind.PAYMENT_ACTION_REQUIRED: _PAYMENT_DUE,
    Kind.DISPATCH_LATE: _PROCESSING,
}
"""Kinds that are about a whole order, and how it stands then (https://schema.org/OrderStatus)."""

PARCELS: Final[Mapping[Kind, str | None]] = {
    Kind.SHIPMENT_NOT_SCANNED: _PROCESSING,
    Kind.SHIPMENT_SHIPPED: _IN_TRANSIT,
    Kind.SHIPMENT_PARTLY_SHIPPED: None,
    Kind.SHIPMENT_TRACKING_CHANGED: _IN_TRANSIT,
    Kind.SHIPMENT_ARRIVING_TOMORROW: _IN_TRANSIT,
    Kind.SHIPMENT_COURIER_WINDOW: _IN_TRANSIT,
    Kind.SHIPMENT_OUT_FOR_DELIVERY: _IN_TRANSIT,
    Kind.SHIPMENT_STALLED: _IN_TRANSIT,
    Kind.SHIPMENT_DELAYED: _IN_TRANSIT,
    Kind.SHIPMENT_OVERDUE: _IN_TRANSIT,
    Kind.SHIPMENT_EARLIER: _IN_TRANSIT,
    Kind.SHIPMENT_DUTY_DUE: _PROBLEM,
    Kind.SHIPMENT_DUTY_REMINDER: _PROBLEM,
    Kind.SHIPMENT_ADDRESS_PROBLEM: _PROBLEM,
    Kind.SHIPMENT_ATTEMPT_FAILED: _IN_TRANSIT,
    Kind.SHIPMENT_ATTEMPT_FOLLOW_UP: _IN_TRANSIT,
    Kind.SHIPMENT_READY_FOR_PICKUP: _PICKUP,
    Kind.PICKUP_REMINDER: _PICKUP,
    Kind.PICKUP_LAST_DAY: _PICKUP,
    Kind.SHIPMENT_DAMAGED: _PROBLEM,
    Kind.SHIPMENT_LOST: _PROBLEM,
    Kind.SHIPMENT_FOUND: _IN_TRANSIT,
    Kind.SHIPMENT_RETURNING: None,
    Kind.SHIPMENT_RETURNED: _RETURNED,
    Kind.SHIPMENT_DELIVERED: _DELIVERED,
    Kind.DELIVERY_CORRECTION: _PROBLEM,
    Kind.RETURN_EXCHANGE_SENT: None,
}
"""Kinds that are about one parcel, and how the order stands then when it is the only one. Other
kinds carry no markup: marketing above all."""

_ON_ITS_WAY: Final = frozenset({_PROCESSING, _IN_TRANSIT, _PROBLEM, None})
"""Where it is worth saying when it comes."""
_UNSETTLED: Final = frozenset({PaymentState.PENDING})


def markup_of(kind: Kind, content: Content, shop_name: str) -> Node | None:
    """The markup of a mail; None for most kinds, and where the essential is missing."""
    if kind in ORDERS and content.audience is not Audience.RECIPIENT:
        node = _order(ORDERS[kind], content, shop_name)
    elif kind in PARCELS:
        node = _parcel(PARCELS[kind], content, shop_name)
    else:
        return None
    return {"@context": _CONTEXT, **node} if node is not None else None


def as_script(node: Node) -> Markup:
    """For between the tags of a script: nothing in it can end one, or begin a comment."""
    text = _encoder.encode(node).decode()
    return Markup(_RISKY.sub(_escaped, text))  # noqa: S704 - that is what the line is for # nosec B704


_encoder: Final = msgspec.json.Encoder()
_RISKY: Final = re.compile("[<>&'\u2028\u2029]")


def _escaped(sign: re.Match[str]) -> str:
    return f"\\u{ord(sign[0]):04x}"


def _order(status: str, content: Content, shop_name: str) -> Node | None:
    number = _number(content)
    if number is None:
        return None
    if status == _PROCESSING and content.payment in _UNSETTLED:
        status = _PAYMENT_DUE
    node = {
        "@type": "Order",
        "merchant": _organization(shop_name),
        "orderNumber": number,
        "orderStatus": f"{_CONTEXT}/{status}",
        "url": _url(content.order_url),
        "price": content.total.amount if content.total else None,
        "priceCurrency": content.total.currency if content.total else None,
        "acceptedOffer": [_offer(item) for item in content.items[:MOST_ITEMS]],
    }
    if status == _PAYMENT_DUE:
        node["paymentUrl"] = _url(content.pay_url)
        node["paymentDueDate"] = content.pay_by.isoformat() if content.pay_by else None
    return _known(node)


def _parcel(status: str | None, content: Content, shop_name: str) -> Node | None:
    carrier = clean(content.carrier or "", LIMITS["carrier"])
    number = clean(content.tracking_number or "", LIMITS["tracking_number"])
    if not carrier and not number:
        return None
    return _known(
        {
            "@type": "ParcelDelivery",
            "carrier": _organization(carrier) if carrier else None,
            "trackingNumber": number,
            "trackingUrl": _url(content.tracking_url),
            **(_arrival(content.estimate, content.window) if status in _ON_ITS_WAY else {}),
            "deliveryAddress": _pickup(content) if status == _PICKUP else None,
            "itemShipped": _shipped(content),
            "partOfOrder": _part_of(status, content, shop_name),
        }
    )


def _part_of(status: str | None, content: Content, shop_name: str) -> Node:
    """Of several parcels none says how the order stands. Who did not order knows no number."""
    is_theirs = content.audience is not Audience.RECIPIENT
    is_whole = is_theirs and status is not None and content.parcels in {None, 1}
    return _known(
        {
            "@type": "Order",
            "merchant": _organization(shop_name),
            "orderNumber": _number(content) if is_theirs else None,
            "orderStatus": f"{_CONTEXT}/{status}" if is_whole else None,
        }
    )


def _arrival(estimate: Estimate | None, window: Window | None) -> Node:
    """Days as days: an hour that nobody named would be invented."""
    if window is not None and not window.is_backwards:
        first, last = window.start.isoformat(), window.end.isoformat()
    elif estimate is not None:
        first, last = estimate.first.isoformat(), estimate.latest.isoformat()
    else:
        return {}
    return {"expectedArrivalFrom": first, "expectedArrivalUntil": last}


def _pickup(content: Content) -> Node | None:
    """Where it waits. The code that opens it is in the mail alone."""
    pickup = content.pickup
    if pickup is None:
        return None
    return _known(
        {
            "@type": "PostalAddress",
            "name": clean(pickup.name, LIMITS["pickup_name"]),
            "streetAddress": clean(pickup.address, LIMITS["pickup_address"]),
        }
    )


def _shipped(content: Content) -> list[Node]:
    if content.audience is Audience.RECIPIENT:
        return []
    return [_product(item) for item in content.items[:MOST_ITEMS]]


def _offer(item: Item) -> Node:
    """The price of an item is the price of one."""
    return _known(
        {
            "@type": "Offer",
            "itemOffered": _product(item),
            "price": item.price.amount if item.price else None,
            "priceCurrency": item.price.currency if item.price else None,
            "eligibleQuantity": {"@type": "QuantitativeValue", "value": item.quantity},
        }
    )


def _product(item: Item) -> Node:
    return {"@type": "Product", "name": clean(name_of(item), LIMITS["item"])}


def _organization(name: str) -> Node:
    return {"@type": "Organization", "name": name}


def _number(content: Content) -> str | None:
    return clean(content.order_number or "", LIMITS["order_number"]) or None


def _url(url: str | None) -> str | None:
    return clean_url(url) if url else None


def _known(node: Node) -> Node:
    """Without what is not known."""
    return {name: value for name, value in node.items() if value not in (None, "", [])}
