"""What an event means, in a few words for a person who watches."""

from collections.abc import Callable
from datetime import date
from typing import Any

from headsup.contracts import shop
from headsup.contracts.base import Contract, Estimate, Money
from headsup.contracts.notifications import CartRecovered
from headsup.contracts.replies import (
    ChatLinked,
    ChatUnlinked,
    CustomerOptedIn,
    CustomerOptedOut,
    CustomerReplied,
    CustomerWrote,
    HumanRequested,
    PreferencesChanged,
)
from headsup.contracts.shop.codes import CartChangedBy

LONGEST_QUOTE = 80
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


def _held(data: shop.OrderHeld) -> Said:
    return "Order held", _plain(data.reason)


def _released(data: shop.OrderReleased) -> Said:
    return "Order released", _expected(data.estimate)


def _edited(data: shop.OrderEdited) -> Said:
    changed = ("lines" if data.items else "", "price" if data.total else "")
    return "Order changed", ", ".join(filter(None, (*changed, "address" * data.address_changed)))


def _action(data: shop.ActionNeeded) -> Said:
    return "Customer must act", _plain(data.action)


def _item_changed(data: shop.ItemChanged) -> Said:
    return "Item changed", f"{data.item.name}: {_plain(data.change)}"


def _split(data: shop.OrderSplit) -> Said:
    return "Order split", f"{data.parcels} parcels"


def _reinstated(data: shop.OrderReinstated) -> Said:
    return "Order reinstated", _expected(data.estimate)


def _recalled(data: shop.OrderRecalled) -> Said:
    return "Item recalled", data.item.name


def _payment_pending(data: shop.PaymentPending) -> Said:
    return "Payment awaited", f"{_money(data.amount)}, {_plain(data.method)}"


def _confirmation(data: shop.PaymentActionRequired) -> Said:
    return "Payment to be confirmed", _money(data.amount)


def _refund_failed(data: shop.RefundFailed) -> Said:
    return "Refund came back", _money(data.amount)


def _window(_data: shop.WindowSet) -> Said:
    return "Delivery hours set", ""


def _duty(data: shop.CustomsDue) -> Said:
    return "Held at customs", _money(data.amount)


def _damaged(data: shop.Damaged) -> Said:
    return "Parcel damaged", _plain(data.remedy)


def _lost(data: shop.Lost) -> Said:
    return "Parcel lost", _plain(data.remedy)


def _returning(data: shop.Returning) -> Said:
    return "Parcel goes back", _plain(data.reason)


def _returned(data: shop.Returned) -> Said:
    return "Parcel is back", _plain(data.remedy)


def _return_rejected(data: shop.ReturnRejected) -> Said:
    return "Return refused", _plain(data.reason)


def _return_closed(data: shop.ReturnCancelled) -> Said:
    return "Return closed", f"by the {data.by}" if data.by else ""


def _return_scan(data: shop.ReturnInTransit) -> Said:
    return "Return on its way", data.carrier or ""


def _return_received(data: shop.ReturnReceived) -> Said:
    return "Return received", f"decided by {_day(data.decide_by)}" if data.decide_by else ""


def _inspected(data: shop.ReturnInspected) -> Said:
    return "Return inspected", _plain(data.result)


def _exchanged(data: shop.ExchangeSent) -> Said:
    return "Exchange sent", _expected(data.estimate)


def _repair(data: shop.RepairAccepted) -> Said:
    return "Repair accepted", f"ready by {_day(data.ready_by)}" if data.ready_by else ""


def _incident(data: shop.IncidentOpened) -> Said:
    return "Incident", data.carrier or _plain(data.scope)


def _cart(data: shop.CartUpdated) -> Said:
    if not data.items:
        return "Cart emptied", ""
    count = "1 line" if len(data.items) == 1 else f"{len(data.items)} lines"
    by_shop = "by the shop" if data.changed_by is CartChangedBy.SHOP else ""
    total = _money(data.total) if data.total else ""
    return "Cart updated", ", ".join(filter(None, (count, total, by_shop)))


def _recovered(data: CartRecovered) -> Said:
    return "The reminder worked", f"order {data.order_id}, {_money(data.value)}"


def _opted_out(data: CustomerOptedOut) -> Said:
    return "Customer opted out", f"{data.message_class}, {data.channel or 'all channels'}"


def _opted_in(data: CustomerOptedIn) -> Said:
    return "Customer opted in again", f"{data.message_class}, {data.channel}"


def _chose(data: PreferencesChanged) -> Said:
    order = ", ".join(channel.value for channel in data.channel_order)
    return "Customer chose", " · ".join(part for part in (data.language, order) if part)


def _linked(data: ChatLinked) -> Said:
    return "Customer linked a chat", data.channel.value


def _unlinked(data: ChatUnlinked) -> Said:
    return "Customer unlinked a chat", data.channel.value


def _asked_for_a_human(data: HumanRequested) -> Said:
    return "Customer asked for a human", f"by {data.channel}, after {len(data.lines)} lines"


def _wrote(data: CustomerWrote) -> Said:
    return "Customer wrote to a human", _quoted(data.text)


def _agent_wrote(data: shop.AgentWrote) -> Said:
    return "A person of the shop wrote", _quoted(data.text)


def _quoted(text: str) -> str:
    """The demo's people are invented: here what they say may be read."""
    return f"“{text}”" if len(text) <= LONGEST_QUOTE else f"“{text[:LONGEST_QUOTE]}…”"


def _replied(data: CustomerReplied) -> Said:
    return "Customer answered", f"{_plain(data.question)}: {_plain(data.answer)}"


def _only(title: str) -> Callable[[Any], Said]:
    """For an event of which the title says all."""
    return lambda _data: (title, "")


WORDS: dict[type[Contract], Callable[[Any], Said]] = {
    shop.CustomerUpdated: _customer,
    shop.CustomerErased: _only("Customer wants to be forgotten"),
    shop.AgentWrote: _agent_wrote,
    shop.ConversationHandedBack: _only("The shop handed the conversation back"),
    shop.CartUpdated: _cart,
    shop.CartEmptied: _only("Cart emptied"),
    shop.CartIdentified: _only("Cart has an owner"),
    shop.CartMerged: _only("Cart merged into another"),
    shop.CheckoutStarted: _only("Checkout started"),
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
    shop.OrderHeld: _held,
    shop.OrderReleased: _released,
    shop.OrderEdited: _edited,
    shop.ActionNeeded: _action,
    shop.ActionResolved: _only("Customer has acted"),
    shop.ItemChanged: _item_changed,
    shop.OrderSplit: _split,
    shop.OrderReinstated: _reinstated,
    shop.NoteAdded: _only("Note added"),
    shop.InvoiceReady: _only("Invoice ready"),
    shop.DownloadReady: _only("Download ready"),
    shop.OrderRecalled: _recalled,
    shop.PaymentPending: _payment_pending,
    shop.PaymentActionRequired: _confirmation,
    shop.RefundFailed: _refund_failed,
    shop.WindowSet: _window,
    shop.CustomsDue: _duty,
    shop.CustomsCleared: _only("Customs cleared"),
    shop.AddressProblem: _only("Address not found"),
    shop.AddressFixed: _only("Address corrected"),
    shop.Damaged: _damaged,
    shop.Lost: _lost,
    shop.Returning: _returning,
    shop.Returned: _returned,
    shop.DeliveryRevoked: _only("Not delivered after all"),
    shop.ReturnRejected: _return_rejected,
    shop.ReturnInfoNeeded: _only("Question on the return"),
    shop.ReturnLabelReady: _only("Return label ready"),
    shop.ReturnLabelFailed: _only("Return label failed"),
    shop.ReturnInTransit: _return_scan,
    shop.ReturnReceived: _return_received,
    shop.ReturnInspected: _inspected,
    shop.ExchangeSent: _exchanged,
    shop.ReturnCancelled: _return_closed,
    shop.RepairAccepted: _repair,
    shop.ExpertiseStarted: _only("Fault examined"),
    shop.RepairReady: _only("Repair ready"),
    shop.TicketOpened: _only("Question asked"),
    shop.TicketAnswered: _only("Question answered"),
    shop.TicketClosed: _only("Question settled"),
    shop.IncidentOpened: _incident,
    shop.IncidentResolved: _only("Incident over"),
    CustomerReplied: _replied,
    CustomerOptedOut: _opted_out,
    CustomerOptedIn: _opted_in,
    PreferencesChanged: _chose,
    ChatLinked: _linked,
    ChatUnlinked: _unlinked,
    HumanRequested: _asked_for_a_human,
    CustomerWrote: _wrote,
    CartRecovered: _recovered,
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
