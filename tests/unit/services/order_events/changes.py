"""More events of one order for the tests of what is said when: what changes before it is a parcel,
and its money."""

from datetime import datetime, timedelta
from typing import Any

from headsup.contracts import shop
from headsup.contracts.base import Item
from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Content, OutcomeStatus
from headsup.shops.policy import DEFAULT, Policy
from tests.unit.services.order_events.orders import UAH_100, Order, cancelled, event, kinds, only

SETTLED = max(entry.settles_for for entry in CATALOGUE.values())
"""After this, whatever settles has."""
KETTLE, POT = Item(name="Kettle"), Item(name="Pot")
BANK = "IBAN UA21 3223 1300 0002 6007 2335 6600 1"


def ran_out(at: datetime, **what: Any) -> Event[Any]:
    """The time to pay is over, and the shop cancels."""
    reason = shop.CancelReason.NOT_PAID
    return cancelled(at, by=shop.CancelledBy.PAYMENT_TIMEOUT, reason=reason, **what)


def brought_back(at: datetime, **what: Any) -> Event[Any]:
    """A cancelled order goes on after all."""
    return event(at, shop.OrderReinstated(order_id="A1", **what))


def held(at: datetime, **what: Any) -> Event[Any]:
    """The shop holds the order back."""
    said: dict[str, Any] = {"reason": shop.HoldReason.PAYMENT_CHECK}
    return event(at, shop.OrderHeld(order_id="A1", **(said | what)))


def released(at: datetime, **what: Any) -> Event[Any]:
    """The shop goes on with it."""
    return event(at, shop.OrderReleased(order_id="A1", **what))


def edited(at: datetime, **what: Any) -> Event[Any]:
    """Lines, price or address change."""
    return event(at, shop.OrderEdited(order_id="A1", **what))


def needs(at: datetime, action_id: str = "N1", **what: Any) -> Event[Any]:
    """The shop cannot go on without the customer."""
    said: dict[str, Any] = {"action": shop.NeededAction.CONFIRM_ADDRESS}
    return event(at, shop.ActionNeeded(order_id="A1", action_id=action_id, **(said | what)))


def done(at: datetime, action_id: str = "N1") -> Event[Any]:
    """The customer did it."""
    return event(at, shop.ActionResolved(order_id="A1", action_id=action_id))


def changes_line(
    at: datetime, change: shop.ItemChange = shop.ItemChange.UNAVAILABLE, **what: Any
) -> Event[Any]:
    """A line cannot come as it was ordered."""
    said: dict[str, Any] = {"change_id": "I1", "item": KETTLE}
    return event(at, shop.ItemChanged(order_id="A1", change=change, **(said | what)))


def splits(at: datetime, parcels: int = 2) -> Event[Any]:
    """The order comes in several parcels."""
    return event(at, shop.OrderSplit(order_id="A1", parcels=parcels))


def note(at: datetime, words: str = "Your engraving is done.", note_id: str = "W1") -> Event[Any]:
    """Somebody of the shop writes."""
    return event(at, shop.NoteAdded(order_id="A1", note_id=note_id, note=words))


def invoice(at: datetime, url: str = "https://shop.example/invoice") -> Event[Any]:
    """The invoice can be read."""
    return event(at, shop.InvoiceReady(order_id="A1", invoice_id="V1", url=url))


def download(at: datetime, **what: Any) -> Event[Any]:
    """Something can be downloaded."""
    said: dict[str, Any] = {"item": Item(name="Book"), "url": "https://shop.example/book"}
    return event(at, shop.DownloadReady(order_id="A1", download_id="D1", **(said | what)))


def recall(at: datetime, words: str = "Unplug it.") -> Event[Any]:
    """Something is not safe."""
    data = shop.OrderRecalled(order_id="A1", recall_id="Z1", item=KETTLE, note=words)
    return event(at, data)


def asks_for_money(at: datetime, payment_id: str = "P1", **what: Any) -> Event[Any]:
    """The shop waits for a bank transfer."""
    said: dict[str, Any] = {"amount": UAH_100, "details": BANK, "reference": "A1"}
    return event(at, shop.PaymentPending(order_id="A1", payment_id=payment_id, **(said | what)))


def bank_asks(at: datetime, payment_id: str = "P1", **what: Any) -> Event[Any]:
    """The customer's bank wants a confirmation."""
    said: dict[str, Any] = {"amount": UAH_100, "url": "https://bank.example/1"}
    data = shop.PaymentActionRequired(order_id="A1", payment_id=payment_id, **(said | what))
    return event(at, data)


def refund_comes_back(at: datetime, refund_id: str = "R1", **what: Any) -> Event[Any]:
    """Money that went back comes back to the shop."""
    data = shop.RefundFailed(order_id="A1", refund_id=refund_id, amount=UAH_100, **what)
    return event(at, data)


def hear_all(order: Order) -> None:
    """The customer hears everything that was said."""
    for id_, said in order.told.statements.items():
        if said.waiting:
            order.learns_of(id_, said.kind, OutcomeStatus.SENT)


def told_of(*events: Event[Any], policy: Policy = DEFAULT) -> Order:
    """An order that hears each event when it happens, looks again when that has settled, and whose
    customer hears everything at once."""
    order = Order(policy)
    for each in events:
        order.hears(each)
        hear_all(order)
        order.looks(each.time + SETTLED)
        hear_all(order)
    return order


def news(order: Order, *events: Event[Any]) -> list[Kind]:
    """What these events, read at once, give to say when they have settled."""
    at_once = order.hears(*events)
    settled = order.looks(max(each.time for each in events) + SETTLED)
    return kinds(at_once) + kinds(settled)


def said_at(order: Order, kind: Kind, at: datetime) -> Content:
    """What is said at a moment, which is this."""
    decision = order.looks(at)
    assert kinds(decision) == [kind]
    return only(decision)


def minutes(number: int) -> timedelta:
    """So many."""
    return timedelta(minutes=number)
