"""What one wonders about a parcel."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from headsup.contracts.base import Estimate
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.replies import Answer
from headsup.contracts.shop import HandedTo
from tests.journeys.oracle.fair import FAIR
from tests.journeys.oracle.reading import Parcel
from tests.journeys.oracle.view import View, Wonder, estimate_told
from tests.journeys.story import Fate, Message, Report

_DAY: Final = timedelta(days=1)
SAYS: Final = {
    Kind.SHIPMENT_SHIPPED: "moving",
    Kind.SHIPMENT_PARTLY_SHIPPED: "moving",
    Kind.SHIPMENT_FOUND: "moving",
    Kind.SHIPMENT_OUT_FOR_DELIVERY: "out",
    Kind.SHIPMENT_ATTEMPT_FAILED: "attempted",
    Kind.SHIPMENT_ATTEMPT_FOLLOW_UP: "attempted",
    Kind.SHIPMENT_READY_FOR_PICKUP: "waiting",
    Kind.PICKUP_REMINDER: "waiting",
    Kind.PICKUP_LAST_DAY: "waiting",
    Kind.SHIPMENT_ADDRESS_PROBLEM: "address",
    Kind.SHIPMENT_DAMAGED: "damaged",
    Kind.SHIPMENT_LOST: "lost",
    Kind.SHIPMENT_RETURNING: "returning",
    Kind.SHIPMENT_RETURNED: "returned",
    Kind.SHIPMENT_DELIVERED: "delivered",
    Kind.DELIVERY_CORRECTION: "revoked",
}
"""Where a parcel is, as each kind says it."""
_NEWS: Final = {
    "moving": "on_its_way",
    "out": "at_the_door",
    "attempted": "in_vain",
    "waiting": "to_fetch",
    "address": "gone_wrong",
    "damaged": "gone_wrong",
    "lost": "gone_wrong",
    "returning": "gone_wrong",
    "returned": "gone_wrong",
    "delivered": "is_there",
}
_AT_THE_DOOR: Final = frozenset({"out", "attempted", "waiting"})
_TOLD_TOGETHER: Final = frozenset({"moving", "out", "delivered"})
_COMING: Final = frozenset({"unknown", "registered", "moving"})
_HELD_UP: Final = timedelta(hours=1)
"""So long a provider may hold up a message: what is nearly old when it becomes known may be old
before it can be sent, and then nobody is told."""
_HANDFUL: Final = 3
"""So often it is told that nothing moves; then there is nothing new in it."""


def wonders(view: View) -> Iterator[Wonder]:
    """All of them."""
    if view.reading.order is None:
        return
    for parcel in view.reading.parcels.values():
        yield from _where(view, parcel)
        yield from _not_there(view, parcel)
        if view.is_over(parcel) or view.reading.cancelled:
            continue
        yield from _fetching(view, parcel)
        yield from _beside(view, parcel)
        if not view.are_many:
            yield from _when(view, parcel)
            yield from _standing_still(view, parcel)
            yield from _hours(view, parcel)
            yield from _really_there(view, parcel)
    yield from _complete(view)


def about(parcel: Parcel) -> str:
    """The subject of messages about it."""
    return f"shipment:{parcel.id}"


def is_news(view: View, name: str, word: Report) -> bool:
    """Whether it was still news when it arrived, and whom it concerns was known."""
    since = [each.at for each in (view.reading.placed, view.reading.reinstated) if each]
    known_at = max([word.at, *since])
    return known_at - word.event.time <= FAIR[name].news_for - _HELD_UP


def _where(view: View, parcel: Parcel) -> Iterator[Wonder]:
    """It is somewhere else than I was told last."""
    name, word = _NEWS.get(parcel.state), parcel.word
    if view.are_many and parcel.state in _TOLD_TOGETHER:
        return
    if name is None or word is None or view.is_over(parcel) or not _is_theirs(view, parcel):
        return
    if is_news(view, name, word) and _is_untold(view, parcel, word):
        yield Wonder(name, f"{parcel.id} {parcel.state} {word.event.time:%m-%d %H:%M}")


def _is_theirs(view: View, parcel: Parcel) -> bool:
    if parcel.state in _AT_THE_DOOR:
        return view.is_at_the_door
    silent = ("moving", "returned", "lost", "damaged", "address")
    if view.reading.cancelled and parcel.state in silent:
        return False
    if view.to is Audience.BUYER:
        return True
    # Who read that the order of a gift is cancelled awaits no parcel that could turn round.
    return parcel.state != "returned" and not (
        view.reading.cancelled and parcel.state == "returning"
    )


def _is_untold(view: View, parcel: Parcel, word: Report) -> bool:
    last = _last_word(view, parcel)
    if parcel.state == "moving":
        return last is None
    if last is None or SAYS[last.kind] != parcel.state:
        return True
    if parcel.state == "out":
        return view.day(last.at, there=True) < view.day(word.event.time, there=True)
    if parcel.state == "attempted":
        return last.happened_at < word.event.time and last.at < word.at
    if parcel.state == "waiting":
        told = last.content.pickup
        return told is None or told.name != word.event.data.pickup.name
    return False


def _last_word(view: View, parcel: Parcel) -> Message | None:
    """A correction only says where it is not."""
    return view.last(*(SAYS.keys() - {Kind.DELIVERY_CORRECTION}), about=about(parcel))


def _not_there(view: View, parcel: Parcel) -> Iterator[Wonder]:
    """I was told something of it that is not true any more, and nobody takes it back."""
    last = view.read(*SAYS, about=about(parcel))
    if last is None or view.is_over(parcel) or parcel.word is None:
        return
    if view.last(*SAYS, about=about(parcel)) is not last:
        return  # something newer was tried, and could not be told better
    told = SAYS[last.kind]
    if told == "delivered" != parcel.state and is_news(view, "not_there", parcel.word):
        yield Wonder("not_there", f"{parcel.id} {last.at:%m-%d %H:%M}")
    is_found = told == "lost" and parcel.state == "moving" and not view.reading.cancelled
    if is_found and is_news(view, "found", parcel.word):
        yield Wonder("found", f"{parcel.id} {last.at:%m-%d %H:%M}")


def _is_coming(view: View, parcel: Parcel) -> bool:
    if parcel.state == "out" and parcel.word:
        return view.day(parcel.word.event.time, there=True) < view.day(view.now, there=True)
    return parcel.state in _COMING


def _is_explained(view: View, parcel: Parcel) -> bool:
    """Why it does not come is known to them."""
    trouble = view.is_in_trouble(parcel.carrier, has_left=parcel.has_left)
    return trouble or parcel.duty is not None or view.wants_to_cancel()


def _when(view: View, parcel: Parcel) -> Iterator[Wonder]:
    """It comes on another day than the one that I was told."""
    told = estimate_told(view, parcel)
    if told is None or not _is_coming(view, parcel) or _is_explained(view, parcel):
        return
    _, days = told
    known, word = parcel.estimate, parcel.estimate_word
    last_day = max(days.latest, known.latest) if known else days.latest
    yield from _overdue(view, parcel, days, view.at(last_day, 20, there=True))
    if known is None or word is None or not is_news(view, "moved_date", word):
        return
    differs = (known.latest - days.latest).days
    is_moved = differs >= view.policy.delay_days or -differs >= view.policy.earlier_days
    if is_moved and view.now < view.at(known.latest, 20, there=True):
        changes = (Kind.SHIPMENT_DELAYED, Kind.SHIPMENT_EARLIER)
        change = view.last(*changes, about=about(parcel))
        if change and change.content.estimate == known:
            return  # it could not be told better
        since = max(view.now, change.at + _DAY) if change else view.now
        yield Wonder("moved_date", f"{parcel.id} {known.latest} for {days.latest}", since)


def _overdue(view: View, parcel: Parcel, days: Estimate, evening: datetime) -> Iterator[Wonder]:
    if not parcel.has_left and view.last(Kind.DISPATCH_LATE):
        return
    later = (Kind.DISPATCH_LATE, Kind.ORDER_NO_NEWS)
    said = view.last(Kind.SHIPMENT_OVERDUE, about=about(parcel))
    if said and said.content.previous_estimate == days:
        return  # no other day was told since
    is_told = any(
        m.at >= evening - _DAY / 12
        for m in view.all(lambda m: m.subject == about(parcel) or m.kind in later)
    )
    if not is_told:
        yield Wonder("overdue", f"{parcel.id} {evening:%m-%d}", evening)


def _standing_still(view: View, parcel: Parcel) -> Iterator[Wonder]:
    """Nothing happens."""
    if _is_explained(view, parcel) or not _is_coming(view, parcel):
        return
    here = list(view.all(lambda m: m.subject == about(parcel) or m.kind is Kind.ORDER_NO_NEWS))
    if here and here[0].fate is not Fate.SENT:
        return  # the last word did not reach them, and nobody knows whether the next one would
    if parcel.sign_at is not None and parcel.state in ("moving", "out"):
        since = [m for m in here if m.at > parcel.sign_at and m.kind is Kind.SHIPMENT_STALLED]
        begins = max([parcel.sign_at, *(m.at for m in here)])
        begins = max(begins, *_ends_of_trouble(view), begins)
        days = view.policy.stalled_days
        due = view.policy.working_time_after(begins, days, view.zone_there)
        if len(since) < _HANDFUL:
            yield Wonder("stalled", f"{parcel.id} {begins:%m-%d %H:%M}", due)
    if parcel.labelled_at and not parcel.has_left and view.to is Audience.BUYER:
        yield from _unscanned(view, parcel, parcel.labelled_at, here)


def _unscanned(
    view: View, parcel: Parcel, labelled_at: datetime, here: list[Message]
) -> Iterator[Wonder]:
    reading = view.reading
    if reading.held or reading.accepted is None or (reading.dispatch_by and not reading.has_left):
        return
    if not reading.has_left and view.last(Kind.DISPATCH_LATE):
        return  # they know that nothing has left, and hear of it again
    resumed = reading.accepted, reading.released, reading.reinstated
    begins = max([labelled_at, *(word.event.time for word in resumed if word)])
    due = begins + timedelta(hours=view.policy.unscanned_hours)
    if not view.policy.is_working(view.day(due, there=True)):
        due = view.policy.working_time_after(due, 1, view.zone_there)
    if reading.dispatch_by:
        due = max(due, reading.dispatch_by)
    due = max([due, *_ends_of_trouble(view)])
    kinds = (Kind.SHIPMENT_NOT_SCANNED, Kind.SHIPMENT_OVERDUE)
    if not any(m.kind in kinds for m in here):
        yield Wonder("unscanned", parcel.id, due)


def _ends_of_trouble(view: View) -> list[datetime]:
    return [word.event.time for each in view.reading.incidents.values() for word in each.words[-1:]]


def _fetching(view: View, parcel: Parcel) -> Iterator[Wonder]:
    """It waits for me."""
    if parcel.state != "waiting" or parcel.word is None or not view.is_at_the_door:
        return
    told = view.read(Kind.SHIPMENT_READY_FOR_PICKUP, about=about(parcel))
    if told is None or told.at < parcel.word.event.time:
        return
    pickup, first = parcel.word.event.data.pickup, view.day(told.at, there=True)
    holding = timedelta(days=view.policy.holding_days_of(parcel.carrier))
    last = pickup.hold_until or view.day(parcel.word.event.time, there=True) + holding
    half = first + timedelta(days=(last - first).days // 2)
    key = f"{parcel.id} {last}"
    reminded = [m.at for m in view.all(lambda m: m.kind is Kind.PICKUP_REMINDER)]
    is_reminded = any(at > told.at for at in reminded)
    if first < half < last and not is_reminded and view.now < view.at(last, 9, there=True):
        yield Wonder("half_time", key, view.at(half, 9, there=True))
    is_told = view.last(Kind.PICKUP_LAST_DAY, about=about(parcel))
    if (
        first < last
        and not (is_told and is_told.at > told.at)
        and view.day(view.now, there=True) <= last
    ):
        yield Wonder("last_day", key, view.at(last, 9, there=True))


def _beside(view: View, parcel: Parcel) -> Iterator[Wonder]:
    """Numbers and duties."""
    duty = parcel.duty
    if (
        duty
        and view.to is Audience.BUYER
        and parcel.state in ("unknown", "registered", "moving", "address")
    ):
        told = view.last(Kind.SHIPMENT_DUTY_DUE, about=about(parcel))
        is_told = told is not None and told.content.due == duty.event.data.amount
        if not is_told and is_news(view, "duty", duty):
            yield Wonder("duty", f"{parcel.id} {duty.event.data.amount.amount}")
    yield from _number(view, parcel)


def _names(message: Message) -> bool:
    return message.content.tracking_number is not None


def _number(view: View, parcel: Parcel) -> Iterator[Wonder]:
    if parcel.number is None or parcel.number_word is None:
        return
    named = list(view.all(lambda m: m.subject == about(parcel) and _names(m)))
    read = next((m.content.tracking_number for m in named if m.fate is Fate.SENT), None)
    # A message that named it and did not arrive: it could not be told better.
    tried = next((m.content.tracking_number for m in named), None)
    where = ("moving", "out", "attempted", "waiting", "revoked")
    is_other = read is not None and parcel.number not in (read, tried)
    if is_other and parcel.state in where and is_news(view, "renumbered", parcel.number_word):
        yield Wonder("renumbered", f"{parcel.id} {parcel.number}")


def _hours(view: View, parcel: Parcel) -> Iterator[Wonder]:
    window, word = parcel.window, parcel.window_word
    if window is None or word is None or not view.is_at_the_door or parcel.state not in _COMING:
        return
    told = next(
        view.all(lambda m: m.subject == about(parcel) and m.content.window is not None), None
    )
    is_told = told is not None and told.content.window == window
    if view.now < window.end and not is_told and is_news(view, "hours", word):
        yield Wonder("hours", f"{parcel.id} {window.start:%m-%d %H:%M}")


def _really_there(view: View, parcel: Parcel) -> Iterator[Wonder]:
    if parcel.state != "delivered" or parcel.word is None or not view.is_at_the_door:
        return
    told = view.read(Kind.SHIPMENT_DELIVERED, about=about(parcel))
    if told is None or told.happened_at < parcel.word.event.time:
        return
    if not _is_doubtful(view, parcel.word) or _is_known_there(view, parcel.word):
        return
    checked = view.last(Kind.DELIVERY_CHECK, about=about(parcel))
    if checked is None or checked.at < told.at:
        yield Wonder("really_there", f"{parcel.id} {told.at:%m-%d %H:%M}", told.at + _DAY)


def _is_doubtful(view: View, word: Report) -> bool:
    handed_to = word.event.data.handed_to
    if handed_to in (HandedTo.SAFE_PLACE, HandedTo.LETTERBOX):
        return True
    worth, price = view.policy.check_value, view.reading.price
    if worth is None or price is None or handed_to is HandedTo.PICKUP_POINT:
        return False
    return float(price.amount) > float(worth)


def _is_known_there(view: View, word: Report) -> bool:
    reading = view.reading
    if reading.of("return") or reading.of("ticket"):
        return True
    return any(
        reply.event.data.answer is Answer.YES and reply.event.time > word.event.time
        for reply in reading.replies
    )


def _complete(view: View) -> Iterator[Wonder]:
    there = view.reading.all_there()
    if there is None or len(view.reading.parcels) == 1 or view.to is not Audience.BUYER:
        return
    if view.reading.ever_cancelled:
        return
    words = [parcel.word for parcel in view.reading.parcels.values() if parcel.word]
    age = max(word.at for word in words) - max(word.event.time for word in words)
    if age <= FAIR["complete"].news_for and view.last(Kind.ORDER_COMPLETED) is None:
        yield Wonder("complete", "order")
