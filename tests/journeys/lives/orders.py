"""What orders go through before they are parcels: money, holds, edits, ends."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from headsup.contracts import shop
from headsup.contracts.base import Item, Items, Money
from tests.journeys.lives import downloads
from tests.journeys.lives.life import Life

_DAY: Final = timedelta(days=1)
_GOODS: Final = ("Kettle", "Teapot", "Lamp", "Blanket", "Coffee grinder")
_PAYS: Final = {
    "paid": 40.0,
    "authorised": 10.0,
    "on_delivery": 12.0,
    "transfer": 14.0,
    "card": 14.0,
    "bank": 6.0,
    "never": 4.0,
}
_PAY_URL: Final = "https://shop.example/pay"
_CHANGES: Final = {
    "none": 50.0, "hold": 9.0, "edit": 9.0, "action": 7.0, "item": 6.0, "note": 4.0,
    "invoice": 8.0, "download": 3.0, "cancel": 7.0,
}  # fmt: skip


class Preparing:
    """An order on its way from the basket to the carrier."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.now = life.begins_at
        self.items: Items = tuple(
            Item(name=name, quantity=life.chance.choice([1, 1, 2]), price=life.price)
            for name in life.chance.sample(_GOODS, life.chance.choice([1, 1, 2, 3]))
        )
        self.items = downloads.some_as_files(life, self.items)
        self.is_over = False
        self.dispatch_by: datetime | None = None
        self._tag = 0

    def tag(self) -> str:
        """A name for something of the order."""
        self._tag += 1
        return f"N{self._tag}"

    def waits(self, shortest: float, longest: float) -> None:
        """So many hours pass."""
        self.now += self.life.chance.hours(shortest, longest)


def draw(life: Life) -> Preparing:
    """An order until its parcels leave, or until it is clear that none will."""
    order = Preparing(life)
    how = life.chance.weighted(_PAYS)
    _is_placed(order, how)
    _PAYING[how](order)
    if not order.is_over:
        _is_confirmed(order)
    for _ in range(life.chance.choice([0, 1, 1, 2])):
        if not order.is_over:
            order.waits(0.1, 20)
            _EVENTS[life.chance.weighted(_CHANGES)](order)
    return order


def _is_placed(order: Preparing, how: str) -> None:
    life, chance = order.life, order.life.chance
    states = {
        "paid": shop.PaymentState.PAID,
        "authorised": shop.PaymentState.AUTHORISED,
        "on_delivery": shop.PaymentState.ON_DELIVERY,
    }
    state = states.get(how, shop.PaymentState.PENDING)
    life.truly(order.now, f"an order is placed ({how})")
    if state is shop.PaymentState.PAID:
        life.paid_at = order.now
    if chance.happens(0.7):
        day = life.working_day(order.now, chance.randint(1, 4))
        order.dispatch_by = life.moment(day, 16, 20).replace(minute=0, second=0)
    pay_by = (
        order.now + chance.hours(6, 96)
        if state is shop.PaymentState.PENDING and chance.happens(0.8)
        else None
    )
    life.shop_says(
        order.now,
        shop.OrderPlaced,
        customer=life.cast.buyer,
        recipient=life.cast.recipient,
        total=life.price,
        payment=state,
        items=order.items,
        number=f"{life.cast.order_id}-N" if chance.happens(0.5) else None,
        dispatch_by=order.dispatch_by if chance.happens(0.6) else None,
        estimate=life.estimate(order.now, 4, 9) if chance.happens(0.5) else None,
        pay_by=pay_by,
        pay_url=_PAY_URL if chance.happens(0.7) else None,
        order_url="https://shop.example/orders/1" if chance.happens(0.6) else None,
    )
    order.now += timedelta(minutes=1)


def _pays_at_once(order: Preparing) -> None:
    del order


def _pays(order: Preparing, payment_id: str) -> None:
    life = order.life
    life.truly(order.now, "the money comes")
    life.paid_at = order.now
    method = life.chance.choice(list(shop.PaymentMethod))
    life.shop_says(
        order.now, shop.PaymentSucceeded, payment_id=payment_id, amount=life.price, method=method
    )


def _pays_by_transfer(order: Preparing) -> None:
    life, chance = order.life, order.life.chance
    pay_by = order.now + chance.hours(20, 120) if chance.happens(0.8) else None
    life.shop_says(
        order.now,
        shop.PaymentPending,
        payment_id="P1",
        amount=life.price,
        details="IBAN UA00 0000 0000" if chance.happens(0.8) else None,
        reference="Order 1" if chance.happens(0.8) else None,
        pay_by=pay_by,
        pay_url=_PAY_URL if chance.happens(0.4) else None,
    )
    order.waits(1, 80)
    if chance.happens(0.85):
        _pays(order, "P1")
    else:
        _runs_out(order, pay_by)


def _pays_by_card(order: Preparing) -> None:
    life, chance = order.life, order.life.chance
    for attempt in range(1, chance.choice([2, 2, 3, 4])):
        life.truly(order.now, "a payment fails")
        life.shop_says(
            order.now,
            shop.PaymentFailed,
            payment_id=f"P{attempt}",
            amount=life.price,
            reason=chance.choice(list(shop.PaymentFailure)),
            retry_url=_PAY_URL,
            pay_by=order.now + chance.hours(10, 72) if chance.happens(0.5) else None,
        )
        order.waits(0.01, 12)
    if chance.happens(0.8):
        _pays(order, "P9")
    else:
        _runs_out(order, None)


def _confirms_at_the_bank(order: Preparing) -> None:
    life, chance = order.life, order.life.chance
    life.truly(order.now, "the bank wants a confirmation")
    by = order.now + chance.hours(0.3, 24) if chance.happens(0.7) else None
    life.shop_says(
        order.now,
        shop.PaymentActionRequired,
        payment_id="P1",
        amount=life.price,
        url="https://bank.example/3ds",
        by=by,
    )
    order.waits(0.05, 10)
    if chance.happens(0.75):
        _pays(order, "P1")
    else:
        _runs_out(order, by)


def _never_pays(order: Preparing) -> None:
    order.waits(24, 96)
    _runs_out(order, None)


def _runs_out(order: Preparing, pay_by: datetime | None) -> None:
    order.is_over = True
    order.now = max(order.now, pay_by or order.now) + order.life.chance.hours(0.1, 30)
    if order.life.chance.happens(0.1):
        order.life.truly(order.now, "nobody pays, and the shop forgets the order")
        return
    _ends(order, shop.CancelledBy.PAYMENT_TIMEOUT, shop.CancelReason.NOT_PAID)


def _is_confirmed(order: Preparing) -> None:
    life, chance = order.life, order.life.chance
    order.waits(0.05, 20)
    if chance.happens(0.1):
        life.truly(order.now, "the shop forgets to confirm")
        return
    life.truly(order.now, "the shop confirms")
    by = order.dispatch_by
    if by is None and chance.happens(0.4):
        day = life.working_day(order.now, chance.randint(1, 4))
        by = order.dispatch_by = life.moment(day, 16, 20).replace(minute=0, second=0)
    estimate = life.estimate(order.now, 4, 9) if chance.happens(0.4) else None
    life.shop_says(order.now, shop.OrderConfirmed, dispatch_by=by, estimate=estimate)


def _nothing(order: Preparing) -> None:
    del order


def _is_held(order: Preparing) -> None:
    life, chance = order.life, order.life.chance
    life.truly(order.now, "the shop holds it back")
    until = order.now + chance.days(0.5, 3) if chance.happens(0.5) else None
    life.shop_says(
        order.now, shop.OrderHeld, reason=chance.choice(list(shop.HoldReason)), until=until
    )
    order.waits(0.02, 90)
    if chance.happens(0.15):
        _is_cancelled(order)
        return
    life.truly(order.now, "the shop goes on")
    by = None
    if order.dispatch_by:
        day = life.working_day(order.now, chance.randint(1, 3))
        by = order.dispatch_by = life.moment(day, 16, 20).replace(minute=0, second=0)
    life.shop_says(order.now, shop.OrderReleased, dispatch_by=by)


def _is_edited(order: Preparing) -> None:
    life, chance = order.life, order.life.chance
    for _ in range(chance.choice([1, 1, 2])):
        life.truly(order.now, "the order is edited")
        names = chance.sample(_GOODS, chance.choice([1, 2]))
        is_file = all(item.digital for item in order.items)
        lines = tuple(Item(name=name, price=life.price, digital=is_file) for name in names)
        moved = chance.happens(0.4)
        life.shop_says(
            order.now,
            shop.OrderEdited,
            items=() if moved else lines,
            total=None if moved else life.price,
            address_changed=moved,
        )
        order.items = order.items if moved else lines
        order.waits(0.02, 6)


def _needs_something(order: Preparing) -> None:
    life, chance, tag = order.life, order.life.chance, order.tag()
    life.truly(order.now, "the customer has to do something")
    by = order.now + chance.hours(3, 90) if chance.happens(0.6) else None
    life.shop_says(
        order.now,
        shop.ActionNeeded,
        action_id=tag,
        action=chance.choice(list(shop.NeededAction)),
        url="https://shop.example/do" if chance.happens(0.8) else None,
        by=by,
        note="Please look." if chance.happens(0.3) else None,
    )
    order.waits(0.2, 60)
    if chance.happens(0.85):
        life.truly(order.now, "the customer did it")
        life.shop_says(order.now, shop.ActionResolved, action_id=tag)
    else:
        order.now = max(order.now, by or order.now)
        _is_cancelled(order)


def _lacks_a_line(order: Preparing) -> None:
    life, chance, tag = order.life, order.life.chance, order.tag()
    change = chance.choice(list(shop.ItemChange))
    life.truly(order.now, f"a line is {change}")
    life.shop_says(
        order.now,
        shop.ItemChanged,
        change_id=tag,
        change=change,
        item=order.items[0],
        substitute=Item(name="Jug") if change is shop.ItemChange.SUBSTITUTED else None,
        back_by=life.day(order.now) + 9 * _DAY if change is shop.ItemChange.BACKORDERED else None,
        refund=life.part_of(life.price) if change is shop.ItemChange.UNAVAILABLE else None,
    )


def _gets_a_note(order: Preparing) -> None:
    order.life.shop_says(order.now, shop.NoteAdded, note_id=order.tag(), note="We pack it well.")


def _gets_an_invoice(order: Preparing) -> None:
    url = "https://shop.example/invoice"
    order.life.shop_says(order.now, shop.InvoiceReady, invoice_id=order.tag(), url=url)


def _gets_a_download(order: Preparing) -> None:
    """Beside what comes in a parcel; as many downloads as lines would be all of the order."""
    life = order.life
    if len(order.items) == 1 or any(item.digital for item in order.items):
        return
    until = order.now + life.chance.days(1, 20) if life.chance.happens(0.5) else None
    life.shop_says(
        order.now,
        shop.DownloadReady,
        download_id=order.tag(),
        item=Item(name="Recipes"),
        url="https://shop.example/book",
        until=until,
    )


def _is_cancelled(order: Preparing) -> None:
    chance = order.life.chance
    by = chance.choice([shop.CancelledBy.CUSTOMER, shop.CancelledBy.SHOP])
    reasons = [reason for reason in shop.CancelReason if reason is not shop.CancelReason.NOT_PAID]
    order.is_over = True
    _ends(order, by, chance.choice(reasons))


def _ends(order: Preparing, by: shop.CancelledBy, reason: shop.CancelReason) -> None:
    life, chance = order.life, order.life.chance
    cancel(life, order.now, by, reason)
    if not chance.happens(0.12):
        return
    order.waits(0.2, 30)
    life.truly(order.now, "it goes on after all")
    life.cancelled_at, order.is_over = None, False
    day = life.working_day(order.now, chance.randint(1, 3))
    dispatch_by = life.moment(day, 16, 20).replace(minute=0, second=0)
    order.dispatch_by = dispatch_by if chance.happens(0.6) else None
    life.shop_says(order.now, shop.OrderReinstated, dispatch_by=order.dispatch_by)


def cancel(life: Life, at: datetime, by: shop.CancelledBy, reason: shop.CancelReason) -> None:
    """The order will not come; and the money goes back, late or not at all sometimes."""
    chance = life.chance
    life.truly(at, f"the order is cancelled by {by}")
    life.cancelled_at = at
    says_refund = life.paid_at is not None and chance.happens(0.7)
    refund_by = life.day(at) + chance.days(1, 10) if says_refund and chance.happens(0.6) else None
    life.shop_says(
        at,
        shop.OrderCancelled,
        by=by,
        reason=reason,
        refund=life.price if says_refund else None,
        refund_by=refund_by,
    )
    if life.paid_at is not None and not chance.happens(0.12):
        sends_money(life, at + chance.days(0, 14), "R1", life.price)


def sends_money(
    life: Life, at: datetime, refund_id: str, amount: Money, return_id: str | None = None
) -> None:
    """Money goes back, and comes back to the shop sometimes; or twice, or too much of it."""
    chance = life.chance
    life.truly(at, "money goes back")
    if chance.happens(0.04):
        amount = Money(amount=f"{float(amount.amount) * 2:.2f}", currency=amount.currency)
    named = return_id if chance.happens(0.7) else None
    method = chance.choice(list(shop.PaymentMethod))
    expected = life.day(at) + 5 * _DAY if chance.happens(0.4) else None
    about = {"refund_id": refund_id, "return_id": named, "method": method}
    life.shop_says(at, shop.PaymentRefunded, amount=amount, expected_by=expected, **about)
    if chance.happens(0.07):
        at += chance.days(0.5, 5)
        life.truly(at, "the money comes back to the shop")
        life.shop_says(at, shop.RefundFailed, refund_id=refund_id, amount=amount)
        if chance.happens(0.7):
            at += chance.days(0.5, 5)
            life.shop_says(at, shop.PaymentRefunded, amount=amount, **about)


_PAYING: Final[dict[str, Callable[[Preparing], None]]] = {
    "paid": _pays_at_once,
    "authorised": _pays_at_once,
    "on_delivery": _pays_at_once,
    "transfer": _pays_by_transfer,
    "card": _pays_by_card,
    "bank": _confirms_at_the_bank,
    "never": _never_pays,
}
_EVENTS: Final[dict[str, Callable[[Preparing], None]]] = {
    "none": _nothing,
    "hold": _is_held,
    "edit": _is_edited,
    "action": _needs_something,
    "item": _lacks_a_line,
    "note": _gets_a_note,
    "invoice": _gets_an_invoice,
    "download": _gets_a_download,
    "cancel": _is_cancelled,
}
