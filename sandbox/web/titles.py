"""What an event means, in a few words for a person who watches."""

from collections.abc import Callable
from datetime import date
from typing import Any

from headsup.contracts import shop
from headsup.contracts.base import Contract, Estimate, Money

Said = tuple[str, str]
"""A title and a line of detail; the detail may be empty."""


def told(data: Contract) -> Said:
    """The title and the detail of an event; its type's name when there are no words for it."""
    words = WORDS.get(type(data))
    return words(data) if words else (type(data).__name__, "")


def _customer(data: shop.CustomerUpdated) -> Said:
    channels = ", ".join(contact.channel.value for contact in data.contacts)
    return "Customer updated", " · ".join(part for part in (data.language, channels) if part)


def _placed(data: shop.OrderPlaced) -> Said:
    return "Order placed", f"{_money(data.total)}, payment {_plain(data.payment)}"


def _confirmed(data: shop.OrderConfirmed) -> Said:
    return "Order confirmed", _expected(data.estimate)


def _cancelled(data: shop.OrderCancelled) -> Said:
    return "Order cancelled", f"by the {_plain(data.by)}: {_plain(data.reason)}"


def _paid(data: shop.PaymentSucceeded) -> Said:
    return "Payment succeeded", _money(data.amount)


def _payment_failed(data: shop.PaymentFailed) -> Said:
    return "Payment failed", f"{_money(data.amount)}, {_plain(data.reason)}"


def _refunded(data: shop.PaymentRefunded) -> Said:
    return "Payment refunded", _money(data.amount)


def _label(_data: shop.LabelCreated) -> Said:
    return "Label printed", "the parcel has not moved yet"


def _in_transit(data: shop.InTransit) -> Said:
    return "Carrier scan", ", ".join(p for p in (data.place, _expected(data.estimate)) if p)


def _estimate(data: shop.EstimateChanged) -> Said:
    return "Estimate changed", f"{_expected(data.estimate)}, {_plain(data.reason)}"


def _out(_data: shop.OutForDelivery) -> Said:
    return "Out for delivery", ""


def _attempt(data: shop.AttemptFailed) -> Said:
    return "Delivery attempt failed", _plain(data.reason)


def _pickup(data: shop.ReadyForPickup) -> Said:
    return "Ready for pickup", data.pickup.name


def _delivered(data: shop.Delivered) -> Said:
    return "Delivered", f"handed to: {_plain(data.handed_to)}"


def _return_requested(data: shop.ReturnRequested) -> Said:
    return "Return requested", ", ".join(item.name for item in data.items)


def _return_approved(data: shop.ReturnApproved) -> Said:
    return "Return approved", f"{_plain(data.method)} until {_day(data.send_by)}"


WORDS: dict[type[Contract], Callable[[Any], Said]] = {
    shop.CustomerUpdated: _customer,
    shop.OrderPlaced: _placed,
    shop.OrderConfirmed: _confirmed,
    shop.OrderCancelled: _cancelled,
    shop.PaymentSucceeded: _paid,
    shop.PaymentFailed: _payment_failed,
    shop.PaymentRefunded: _refunded,
    shop.LabelCreated: _label,
    shop.InTransit: _in_transit,
    shop.EstimateChanged: _estimate,
    shop.OutForDelivery: _out,
    shop.AttemptFailed: _attempt,
    shop.ReadyForPickup: _pickup,
    shop.Delivered: _delivered,
    shop.ReturnRequested: _return_requested,
    shop.ReturnApproved: _return_approved,
}


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _money(money: Money) -> str:
    return f"{money.amount} {money.currency}"


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _expected(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    if estimate.earliest is None or estimate.earliest == estimate.latest:
        return f"expected {_day(estimate.latest)}"
    return f"expected {_day(estimate.earliest)} to {_day(estimate.latest)}"
