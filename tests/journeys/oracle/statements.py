"""Whether what a message says was so when it was sent, as far as the reports said by then.

A message that believes a carrier's lie is not false: nobody could know. It has to be taken back
when it comes out, which is a matter of what is left unanswered.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from headsup.contracts import shop
from headsup.contracts.catalogue import CATALOGUE, Area, Audience, Kind
from headsup.contracts.replies import Answer
from tests.journeys.oracle import of_many, statements_of_parcels, statements_of_the_rest
from tests.journeys.oracle.next_word import wrong_next_word
from tests.journeys.oracle.of_orders import promised_dispatch
from tests.journeys.oracle.of_things import stage_of
from tests.journeys.oracle.reading import Parcel, Reading
from tests.journeys.oracle.view import View, ended_at, estimate_told
from tests.journeys.story import Message

Check = Callable[[View, Message], str]
"""What is wrong with a message; empty when nothing is."""

_HELD_UP: Final = timedelta(hours=1)
"""So long a provider may hold up a message. A moment that passed meanwhile was ahead when it was
written."""
_TELL_OF_A_DAY_MISSED: Final = frozenset({Kind.REFUND_LATE, Kind.RETURN_LATE, Kind.REPAIR_LATE})
OF_CARTS: Final = frozenset(kind for kind, entry in CATALOGUE.items() if entry.area is Area.CART)
"""Not judged here: they speak of carts, which another service follows, and no life has one."""
_CONFIDENTIAL: Final = (
    *("items", "item", "substitute", "total", "payment", "due", "refund", "remedy"),
    *("pay_url", "pay_by", "order_url", "note", "pay_details"),
)


def problems(view: View, message: Message) -> Iterator[str]:
    """All that is wrong with it."""
    if message.kind in OF_CARTS or message.kind is Kind.CHAT_LINKED:
        return
    if view.reading.order is None:
        yield "nobody knows of the order"
        return
    yield from _about_anything(view, message)
    if message.to is Audience.RECIPIENT:
        yield from _confidential(view, message)
    parcel = _parcel_of(view, message)
    if parcel is not None:
        yield from statements_of_parcels.problems(view, message, parcel)
    check = CHECKS.get(message.kind)  # parcels have theirs: see test_oracle.py
    if check is not None and (problem := check(view, message)):
        yield problem


def _parcel_of(view: View, message: Message) -> Parcel | None:
    area, _, id_ = message.subject.partition(":")
    return view.reading.parcels.get(id_) if area == "shipment" else None


def _about_anything(view: View, message: Message) -> Iterator[str]:
    """What every message has to be right about."""
    said, reading = message.content, view.reading
    number = (reading.order and reading.order.number) or view.cast.order_id
    if said.order_number != number:
        yield f"the order is {number}, and not {said.order_number}"
    if said.next_update_by is not None and said.next_update_by <= message.at - _HELD_UP:
        yield f"promises the next word for {said.next_update_by}, which is over"
    is_price = message.kind is not Kind.PAYMENT_FAILED
    if is_price and said.total not in (None, reading.price):
        yield f"the price is {reading.price}, and not {said.total}"
    for name in ("act_by", "pay_by"):
        if (by := getattr(said, name)) is not None and by <= message.at - _HELD_UP:
            yield f"asks to act until {by}, which is over"
    if message.kind not in _TELL_OF_A_DAY_MISSED:
        today = view.day(message.at - _HELD_UP)
        for name in ("refund_by", "remedy_by", "decide_by", "repair_by", "send_by"):
            if (day := getattr(said, name)) is not None and day < today:
                yield f"names {day} as {name}, which is over"
    yield from _days(view, message)


def _days(view: View, message: Message) -> Iterator[str]:
    """The days named: those that are known, and none that is over."""
    said, reading = message.content, view.reading
    parcel = _parcel_of(view, message)
    known = [each.estimate for each in reading.parcels.values() if each.estimate]
    if parcel is not None and parcel.estimate and message.kind not in _KEEPS_TO_WHAT_WAS_TOLD:
        known = [parcel.estimate]
    elif reading.estimate:
        known.append(reading.estimate)
    if said.estimate is not None and not message.kind.startswith("return."):
        before = _days_told(view, message)
        if said.estimate not in known and said.estimate not in before:
            yield f"expects it on {said.estimate}, and known is {known}"
        if said.estimate.latest < view.day(message.at - timedelta(hours=3), there=True):
            yield f"expects it on {said.estimate.latest}, which is over"
    if said.previous_estimate is not None and parcel is not None:
        told = estimate_told(view, parcel)
        if told is None or told[1] != said.previous_estimate:
            yield f"says that {said.previous_estimate} was told, and it was {told and told[1]}"


_KEEPS_TO_WHAT_WAS_TOLD: Final = frozenset({Kind.SHIPMENT_STALLED, Kind.ORDER_NO_NEWS})


def _days_told(view: View, message: Message) -> list[Any]:
    if message.kind not in _KEEPS_TO_WHAT_WAS_TOLD:
        return []
    return [told.content.estimate for told in view.told if told.content.estimate]


def _confidential(view: View, message: Message) -> Iterator[str]:
    """A recipient who did not buy learns no price and no contents."""
    is_recall = message.kind is Kind.ORDER_RECALL
    for name in _CONFIDENTIAL:
        if getattr(message.content, name) and not (is_recall and name in ("item", "note")):
            yield f"tells the recipient the {name}"
    price = view.reading.price
    if price is not None and price.amount.replace(".", ",") in message.text.replace(".", ","):
        yield "shows the recipient the price"
    if not is_recall and any(item.name in message.text for item in view.reading.items):
        yield "shows the recipient what is in it"


def _accepted(view: View, message: Message) -> str:
    reading = view.reading
    if reading.cancelled or reading.held or reading.accepted is None:
        return "it is not being prepared"
    if reading.is_downloaded and (message.content.dispatch_by or message.content.estimate):
        return "nothing of it is sent"
    return _lines(view, message)


def _received(view: View, message: Message) -> str:
    reading = view.reading
    if reading.cancelled or (reading.accepted is not None and not reading.asked):
        return "no money is awaited"
    return _lines(view, message)


def _lines(view: View, message: Message) -> str:
    said = [(item.name, item.quantity) for item in message.content.items]
    known = [(item.name, item.quantity) for item in view.reading.items]
    if view.reading.cancelled and message.kind is Kind.ORDER_EDITED:
        return "the order is cancelled"
    return "" if said == known else f"the lines are {known}, and not {said}"


def _held(view: View, message: Message) -> str:
    held = view.reading.held
    if held is None or view.reading.cancelled:
        return "it is not held back"
    reason = held.event.data.reason
    return "" if message.content.hold_reason is reason else f"it is held because: {reason}"


def _goes_on(view: View, message: Message) -> str:
    del message
    reading = view.reading
    return "it does not go on" if reading.held or reading.cancelled else ""


def _reinstated(view: View, message: Message) -> str:
    del message
    is_so = view.reading.ever_cancelled and not view.reading.cancelled
    return "" if is_so else "it was not brought back"


def _ended(view: View, message: Message) -> str:
    word = view.reading.cancelled
    if word is None:
        return "it is not cancelled"
    if message.to is Audience.RECIPIENT:
        return ""  # who cancelled, and what becomes of the money, is the buyer's
    if message.content.refund != word.event.data.refund and message.kind is Kind.ORDER_CANCELLED:
        return f"the refund is {word.event.data.refund}"
    is_unpaid = word.event.data.by is shop.CancelledBy.PAYMENT_TIMEOUT
    if message.kind is Kind.ORDER_EXPIRED and (not is_unpaid or view.reading.paid_at):
        return "it did not lapse unpaid"
    return ""


def _dispatch_late(view: View, message: Message) -> str:
    reading = view.reading
    due = reading.dispatch_by if promised_dispatch(reading) else None
    if due is None and view.policy.dispatch_days is not None:
        # The shop's own days, also where the day that it named had passed before it accepted.
        due = message.content.dispatch_by
    if reading.has_left or reading.cancelled or reading.is_downloaded:
        return "it is not late: it left, does not come, or is downloaded"
    if due is None or due != message.content.dispatch_by or due > message.at:
        return f"it should leave by {due}"
    return ""


def _split(view: View, message: Message) -> str:
    parcels = view.reading.split
    return "" if parcels == message.content.parcels else f"it comes in {parcels} parcels"


def _all_there(view: View, message: Message) -> str:
    if view.reading.all_there() is None:
        return "not everything is there"
    return _trouble(view.reading) if message.kind is Kind.REVIEW_REQUEST else ""


def _trouble(reading: Reading) -> str:
    """Why nobody should be asked for a review now."""
    if reading.cancelled:
        return "the order was cancelled"
    for thing in reading.of("return").values():
        stage = stage_of(thing)
        if stage and not isinstance(stage.event.data, shop.ReturnRejected):
            return "something is sent back"
    for thing in reading.of("ticket").values():
        opened = thing.last(shop.TicketOpened)
        is_open = not isinstance(thing.words[-1].event.data, shop.TicketClosed)
        if is_open and opened and opened.event.data.is_complaint:
            return "a complaint is open"
    unhappy = (Answer.NO, Answer.ONE, Answer.TWO, Answer.THREE)
    if any(reply.event.data.answer in unhappy for reply in reading.replies):
        return "the customer is not happy"
    for thing in reading.of("refund").values():
        if isinstance(thing.words[-1].event.data, shop.RefundFailed):
            return "money came back to the shop"
    return ""


def _asks_for_money(view: View, message: Message) -> str:
    word = view.reading.asked
    if word is None or view.reading.cancelled:
        return "no money is asked for"
    amount = word.event.data.amount
    return "" if message.content.due == amount else f"{amount} is asked for"


def _payment_failed(view: View, message: Message) -> str:
    word = view.reading.failed
    if word is None or view.reading.cancelled:
        return "no payment failed, or money came since"
    reason = word.event.data.reason
    return "" if message.content.payment_failure is reason else f"it failed because: {reason}"


def _reminds_to_pay(view: View, message: Message) -> str:
    reading = view.reading
    is_unpaid = reading.asked or reading.accepted is None
    if reading.cancelled or not is_unpaid:
        return "no money is awaited"
    return (
        "" if message.content.pay_by == reading.pay_by else f"it is to be paid by {reading.pay_by}"
    )


def _refunded(view: View, message: Message) -> str:
    thing = view.reading.things.get(message.subject)
    word = thing.words[-1].event.data if thing else None
    if not isinstance(word, shop.PaymentRefunded) or word.amount != message.content.refund:
        return f"what happened to the money: {word}"
    price = view.reading.price
    if message.kind is Kind.PAYMENT_REFUNDED and price and word.amount.currency == price.currency:
        sent = [
            each.words[-1].event.data.amount.decimal
            for each in view.reading.of("refund").values()
            if isinstance(each.words[-1].event.data, shop.PaymentRefunded)
        ]
        return "" if sum(sent) >= price.decimal else "that is not all of the money"
    return ""


def _last_word_is(*kinds: type[Any]) -> Check:
    """The last report on the subject is of these kinds."""

    def check(view: View, message: Message) -> str:
        thing = view.reading.things.get(message.subject)
        word = thing.words[-1].event.data if thing else None
        return "" if isinstance(word, kinds) else f"the last word is {type(word).__name__}"

    return check


def _stage_is(*kinds: type[Any]) -> Check:
    """The return stands there."""

    def check(view: View, message: Message) -> str:
        thing = view.reading.things.get(message.subject)
        stage = stage_of(thing) if thing else None
        word = stage.event.data if stage else None
        if not isinstance(word, kinds):
            return f"the return stands at {type(word).__name__}"
        said = message.content
        if said.send_by is not None and said.send_by != getattr(word, "send_by", said.send_by):
            return f"it is to be sent by {word.send_by}"
        if said.inspection is not None and said.inspection is not word.result:
            return f"the shop found: {word.result}"
        return ""

    return check


def _closed(view: View, message: Message) -> str:
    """It does not go on, and nobody says whose wish it was who does not know."""
    thing, said = view.reading.things.get(message.subject), message.content
    word = thing.last(shop.ReturnCancelled) if thing else None
    if thing is None or word is None or stage_of(thing) is not None:
        return "the return goes on"
    if said.cancelled_by != word.event.data.by:
        return f"it was closed by {word.event.data.by}"
    has_left = thing.last(shop.ReturnInTransit, shop.ReturnReceived)
    return "it is not with the customer any more" if has_left and not said.standing else ""


def _money_is_late(view: View, message: Message) -> str:
    by = message.content.refund_by
    if by is None or by >= view.day(message.at):
        return f"the money is not late: {by}"
    return ""


def _item_changed(view: View, message: Message) -> str:
    thing = view.reading.things.get(message.subject)
    data = thing.words[-1].event.data if thing else None
    if data is None or message.kind != f"order.item_{data.change}":
        return "no such change"
    return "" if message.content.item == data.item else f"it is about {data.item}"


def _note(view: View, message: Message) -> str:
    if problem := wrong_next_word(view, message):
        return problem
    thing = view.reading.things.get(message.subject)
    is_it = thing is not None and thing.words[-1].event.data.note == message.content.note
    return "" if is_it else "nobody wrote that"


def _incident(view: View, message: Message) -> str:
    thing = view.reading.incidents.get(message.subject.partition(":")[2])
    is_open = thing is not None and ended_at(thing.words) is None
    return "" if is_open == (message.kind is Kind.INCIDENT_NOTICE) else "it is not so"


CHECKS: Final[Mapping[Kind, Check]] = {
    **statements_of_the_rest.CHECKS,
    Kind.ORDER_RECEIVED: _received,
    Kind.ORDER_CONFIRMED: _accepted,
    Kind.ORDER_ON_HOLD: _held,
    Kind.ORDER_RELEASED: _goes_on,
    Kind.ORDER_EDITED: _lines,
    Kind.ORDER_REINSTATED: _reinstated,
    Kind.ORDER_CANCELLED: _ended,
    Kind.ORDER_EXPIRED: _ended,
    Kind.ORDER_SPLIT: _split,
    Kind.ORDER_PROGRESS: of_many.problem,
    Kind.ORDER_COMPLETED: _all_there,
    Kind.ORDER_CHECK_IN: _all_there,
    Kind.REVIEW_REQUEST: _all_there,
    Kind.ORDER_ACTION_NEEDED: _last_word_is(shop.ActionNeeded),
    Kind.ORDER_ACTION_REMINDER: _last_word_is(shop.ActionNeeded),
    Kind.ORDER_ITEM_UNAVAILABLE: _item_changed,
    Kind.ORDER_ITEM_SUBSTITUTED: _item_changed,
    Kind.ORDER_ITEM_BACKORDERED: _item_changed,
    Kind.ORDER_NOTE: _note,
    Kind.ORDER_INVOICE: wrong_next_word,
    Kind.DISPATCH_LATE: _dispatch_late,
    Kind.PAYMENT_INSTRUCTIONS: _asks_for_money,
    Kind.PAYMENT_ACTION_REQUIRED: _asks_for_money,
    Kind.PAYMENT_FAILED: _payment_failed,
    Kind.PAYMENT_REMINDER: _reminds_to_pay,
    Kind.PAYMENT_REFUNDED: _refunded,
    Kind.PAYMENT_PARTLY_REFUNDED: _refunded,
    Kind.REFUND_FAILED: _last_word_is(shop.RefundFailed),
    Kind.REFUND_LATE: _money_is_late,
    Kind.RETURN_REQUESTED: _stage_is(shop.ReturnRequested),
    Kind.RETURN_CLOSED: _closed,
    Kind.RETURN_INFO_NEEDED: _stage_is(shop.ReturnInfoNeeded),
    Kind.RETURN_REJECTED: _stage_is(shop.ReturnRejected),
    Kind.RETURN_APPROVED: _stage_is(shop.ReturnApproved),
    Kind.RETURN_DROP_OFF_REMINDER: _stage_is(shop.ReturnApproved),
    Kind.RETURN_DEADLINE_NEAR: _stage_is(shop.ReturnApproved),
    Kind.RETURN_IN_TRANSIT: _stage_is(shop.ReturnInTransit),
    Kind.RETURN_RECEIVED: _stage_is(shop.ReturnReceived),
    Kind.RETURN_LATE: _stage_is(shop.ReturnReceived),
    Kind.RETURN_INSPECTED: _stage_is(shop.ReturnInspected),
    Kind.REPAIR_ACCEPTED: _last_word_is(shop.RepairAccepted),
    Kind.REPAIR_EXPERTISE: _last_word_is(shop.ExpertiseStarted),
    Kind.REPAIR_READY: _last_word_is(shop.RepairReady),
    Kind.REPAIR_LATE: _last_word_is(shop.RepairAccepted, shop.ExpertiseStarted),
    Kind.SUPPORT_OPENED: _last_word_is(shop.TicketOpened),
    Kind.SUPPORT_ANSWERED: _last_word_is(shop.TicketAnswered),
    Kind.SUPPORT_CLOSED: _last_word_is(shop.TicketClosed),
    Kind.INCIDENT_NOTICE: _incident,
    Kind.INCIDENT_SOLVED: _incident,
}
