"""What one wonders about an order and its money, before it is a parcel."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from headsup.contracts import shop
from headsup.contracts.catalogue import Kind
from tests.journeys.oracle.of_parcels import is_news
from tests.journeys.oracle.reading import Reading
from tests.journeys.oracle.view import View, Wonder
from tests.journeys.story import Fate, Report

_TAKEN: Final = (
    Kind.ORDER_RECEIVED,
    Kind.ORDER_CONFIRMED,
    Kind.ORDER_ON_HOLD,
    Kind.ORDER_REINSTATED,
    Kind.PAYMENT_INSTRUCTIONS,
    Kind.PAYMENT_FAILED,
    Kind.PAYMENT_ACTION_REQUIRED,
    Kind.DISPATCH_LATE,
)
_MISSES_MONEY: Final = (
    Kind.ORDER_RECEIVED,
    Kind.PAYMENT_INSTRUCTIONS,
    Kind.PAYMENT_FAILED,
    Kind.PAYMENT_ACTION_REQUIRED,
    Kind.PAYMENT_REMINDER,
)
_GOES_ON: Final = (Kind.ORDER_CONFIRMED, Kind.ORDER_REINSTATED, Kind.ORDER_RELEASED)
_ENDS: Final = (Kind.ORDER_CANCELLED, Kind.ORDER_EXPIRED)
_SHOWS_LINES: Final = (
    Kind.ORDER_RECEIVED,
    Kind.ORDER_CONFIRMED,
    Kind.ORDER_REINSTATED,
    Kind.ORDER_EDITED,
    Kind.PAYMENT_INSTRUCTIONS,
)
_SETTLES: Final = timedelta(minutes=5)


def wonders(view: View) -> Iterator[Wonder]:
    """All of them; they are the buyer's."""
    reading = view.reading
    if reading.order is None or reading.placed is None:
        return
    yield from _ends(view)
    if reading.cancelled or reading.has_left:
        return
    yield from _begins(view, reading.placed)
    yield from _stands(view)
    yield from _changes(view)
    yield from _is_late(view)
    yield from _pays(view)


def _begins(view: View, placed: Report) -> Iterator[Wonder]:
    """Nobody says that they have it, or that the money came."""
    reading = view.reading
    if is_news(view, "taken", placed) and view.last(*_TAKEN, *_GOES_ON, *_ENDS) is None:
        yield Wonder("taken", "order")
    word = reading.accepted
    if word is None or reading.held or not is_news(view, "accepted", word) or reading.asked:
        return
    last = view.last(*_MISSES_MONEY, *_GOES_ON, Kind.DISPATCH_LATE)
    is_late = reading.dispatch_by is not None and reading.dispatch_by <= view.now
    if last is not None and last.kind in _MISSES_MONEY and not is_late:
        yield Wonder("accepted", f"{last.at:%m-%d %H:%M}")


def _ends(view: View) -> Iterator[Wonder]:
    """It was cancelled, or is not any more."""
    reading = view.reading
    last = view.last(*_ENDS, Kind.ORDER_REINSTATED)
    has_ended = last is not None and last.kind in _ENDS
    if reading.cancelled and not has_ended and is_news(view, "ended", reading.cancelled):
        yield Wonder("ended", f"{reading.cancelled.event.time:%m-%d %H:%M}")
    back = reading.reinstated
    is_known = has_ended and last is not None and last.fate is Fate.SENT
    if not reading.cancelled and back and is_known and is_news(view, "reinstated", back):
        yield Wonder("reinstated", f"{back.event.time:%m-%d %H:%M}")


def _stands(view: View) -> Iterator[Wonder]:
    """It is held back, or goes on."""
    reading = view.reading
    last = view.last(Kind.ORDER_ON_HOLD, *_GOES_ON)
    is_held = last is not None and last.kind is Kind.ORDER_ON_HOLD
    has_read = last is not None and last.fate is Fate.SENT
    if reading.held and is_news(view, "held", reading.held):
        data = reading.held.event.data
        is_same = last is not None and last.content.hold_reason is data.reason
        if not (is_held and is_same):
            yield Wonder("held", f"{reading.held.event.time:%m-%d %H:%M}")
    word = reading.released
    is_paid = reading.accepted or not view.last(*_MISSES_MONEY)
    if (
        not reading.held
        and word
        and is_held
        and has_read
        and is_paid
        and is_news(view, "released", word)
    ):
        yield Wonder("released", f"{word.event.time:%m-%d %H:%M}")


def _changes(view: View) -> Iterator[Wonder]:
    """Its lines, its price, its parcels are not what I was told."""
    reading = view.reading
    word = reading.edited
    last, tried = view.read(*_SHOWS_LINES), view.last(Kind.ORDER_EDITED)
    is_tried = word and tried and tried.happened_at >= word.event.time
    if word and last and not is_tried and is_news(view, "edited", word):
        shown = [(item.name, item.quantity) for item in last.content.items]
        known = [(item.name, item.quantity) for item in reading.items]
        moved = word.event.data.address_changed and last.at < word.at and last.at < word.event.time
        if shown != known or last.content.total != reading.price or moved:
            yield Wonder("edited", f"{word.event.time:%m-%d %H:%M}")
    split = reading.split_word
    if split and is_news(view, "split", split):
        told = view.last(Kind.ORDER_SPLIT)
        if told is None or told.content.parcels != reading.split:
            yield Wonder("split", f"{reading.split}")


def promised_dispatch(reading: Reading) -> Report | None:
    """The report since when it counts that it should have left by now; None where nothing was
    promised that could be kept."""
    if reading.accepted is None or reading.dispatch_by is None or reading.is_downloaded:
        return None
    return reading.accepted if reading.dispatch_by > reading.accepted.event.time else None


def _is_late(view: View) -> Iterator[Wonder]:
    reading = view.reading
    due = reading.dispatch_by
    if due is None or promised_dispatch(reading) is None or view.wants_to_cancel():
        return
    carriers = {parcel.carrier for parcel in reading.parcels.values()} or {None}
    if any(view.is_in_trouble(each, has_left=False) for each in carriers):
        return
    told = view.last(Kind.DISPATCH_LATE)
    is_told = told is not None and told.content.dispatch_by == due
    # Whoever learns of the order only days later is not told of a date that is long over.
    words = [word for word in (reading.placed, reading.dispatch_word) if word]
    if not is_told and all(word.at - due < timedelta(days=2) for word in words):
        yield Wonder("late_dispatch", f"{due:%m-%d %H:%M}", due)


def _pays(view: View) -> Iterator[Wonder]:
    """How to pay, whether it worked, how long there is left."""
    reading, word = view.reading, view.reading.asked
    if word and _is_worth_telling(word) and is_news(view, "asked", word):
        data = word.event.data
        is_transfer = isinstance(data, shop.PaymentPending)
        kind = Kind.PAYMENT_INSTRUCTIONS if is_transfer else Kind.PAYMENT_ACTION_REQUIRED
        by = data.pay_by if is_transfer else data.by
        is_over = not is_transfer and by is not None and by <= view.now
        if view.last(kind) is None and not is_over:
            yield Wonder("asked", f"{word.event.time:%m-%d %H:%M}")
    failed = reading.failed
    if failed and is_news(view, "failed", failed):
        told = view.last(Kind.PAYMENT_FAILED)
        is_told = told is not None and told.happened_at >= failed.event.time
        if not is_told:
            yield Wonder("failed", f"{failed.event.time:%m-%d %H:%M}")
    yield from _pays_soon(view)


def _is_worth_telling(word: Report) -> bool:
    data = word.event.data
    return not isinstance(data, shop.PaymentPending) or bool(data.details or data.reference)


def _pays_soon(view: View) -> Iterator[Wonder]:
    reading, by = view.reading, view.reading.pay_by
    if by is None or (reading.accepted and not reading.asked) or view.now >= by:
        return
    asked = view.read(*(kind for kind in _MISSES_MONEY if kind is not Kind.PAYMENT_REMINDER))
    back = view.read(Kind.ORDER_REINSTATED)
    if asked and back and back.at > asked.at:
        if back.content.pay_by is None:
            return  # who is told that it goes on, and nothing of paying, does not wonder
        if back.content.pay_by == by:
            asked = back  # and who is told until when to pay knows it from there
    if asked is None:
        return
    for hours in view.policy.payment_reminder_hours:
        before = timedelta(hours=hours)
        moment = by - before
        reminded = view.last(Kind.PAYMENT_REMINDER)
        is_told = reminded is not None and reminded.at >= moment
        if asked.at + before / 4 <= moment and not is_told:
            yield Wonder("pay_soon", f"{by:%m-%d %H:%M} -{hours} h", moment)
