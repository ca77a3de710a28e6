"""What one wonders about an order of so many parcels that nobody wants a message for each."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from headsup.contracts.catalogue import Audience, Kind
from tests.journeys.oracle.reading import Reading
from tests.journeys.oracle.view import View, Wonder
from tests.journeys.story import Message

_NEWS_FOR: Final = timedelta(days=4)
_HELD_UP: Final = timedelta(hours=1)
_TO_COME: Final = frozenset({"unknown", "registered", "moving", "out"})


class Count(NamedTuple):
    """How many there are, have left, and are there."""

    parcels: int
    left: int
    there: int


def count(reading: Reading) -> Count:
    """As far as is known."""
    parcels = reading.parcels.values()
    return Count(
        parcels=max(len(parcels), reading.split or 0),
        left=sum(parcel.has_left for parcel in parcels),
        there=sum(parcel.state == "delivered" for parcel in parcels),
    )


def wonders(view: View) -> Iterator[Wonder]:
    """All of them."""
    counted = count(view.reading)
    if view.reading.order is None or view.reading.cancelled:
        return  # who ordered it is not known yet: there is nobody to tell
    if not view.are_many or not counted.left:
        return
    if counted.there == counted.parcels and view.to is Audience.BUYER:
        return  # whether that was all is asked of any order
    last = view.last(Kind.ORDER_PROGRESS)
    if last is None:
        if _is_news(view):
            yield Wonder("set_out", "order")
        return
    said = last.content.parcels_moved, last.content.parcels_there or 0
    if counted.left == counted.parcels != said[0]:
        yield Wonder("all_left", f"{counted.parcels}")
    if said != (counted.left, counted.there):
        yield Wonder("how_far", f"{last.at:%m-%d %H:%M}", _next_evening(view, last.asked_at))
    yield from _today(view)


def _is_news(view: View) -> bool:
    words = [parcel.word for parcel in view.reading.parcels.values() if parcel.word]
    if not words:
        return False
    since = [each.at for each in (view.reading.placed, view.reading.reinstated) if each]
    known_at = max([*since, *(word.at for word in words)])
    return known_at - max(word.event.time for word in words) <= _NEWS_FOR - _HELD_UP


def _today(view: View) -> Iterator[Wonder]:
    """A courier comes today: is somebody to be there?"""
    today = view.day(view.now, there=True)
    vans = [
        parcel.word
        for parcel in view.reading.parcels.values()
        if parcel.state == "out"
        and parcel.word
        and view.day(parcel.word.event.time, there=True) == today
        and parcel.word.at - parcel.word.event.time <= _NEWS_FOR / 8 - _HELD_UP
    ]
    told = any(_is_of(view, message, today.toordinal()) for message in view.told)
    if vans and not told and view.is_at_the_door:
        yield Wonder("at_the_door", f"{today}")


def _is_of(view: View, message: Message, day: int) -> bool:
    is_it = message.kind is Kind.ORDER_PROGRESS and message.content.parcels_today is not None
    return is_it and view.day(message.asked_at, there=True).toordinal() == day


def _next_evening(view: View, since: datetime) -> datetime:
    day = view.policy.working_day_after(view.day(since), 1)
    return view.at(day, 18)


def problem(view: View, message: Message) -> str:
    """What is wrong with the numbers told. They are those of the moment at which it was asked for:
    more may be known, and may have left, while it waits or another channel is tried; never less."""
    then, said = view.reading_when_asked or view.reading, message.content
    counted, there, parcels = count(then), said.parcels_there or 0, said.parcels or 0
    if parcels != counted.parcels:
        return f"it came in {counted.parcels} parcels"
    if (said.parcels_moved, there) != counted[1:]:
        return f"{counted.left} had left and {counted.there} were there"
    left = count(view.reading).left
    if (said.parcels_moved or 0) > left:
        return f"only {left} have left"
    return _of_days(view, then, message)


def _of_days(view: View, then: Reading, message: Message) -> str:
    """What is wrong with what it says of days."""
    said, today = message.content, view.day(message.asked_at, there=True)
    vans, late, last = 0, 0, None
    for parcel in then.parcels.values():
        word, days = parcel.word, parcel.estimate or then.estimate
        if parcel.state == "out" and word and view.day(word.event.time, there=True) == today:
            vans += 1
        if parcel.state in _TO_COME and days:
            late += days.latest <= today
            last = max(last or days.latest, days.latest)
    if (said.parcels_today or 0) != vans:
        return f"a courier has {vans} today"
    if (said.parcels_late or 0) > late:
        return f"{late} may be late"
    if said.all_by and (said.all_by < today or (last and said.all_by < last)):
        return f"the last is expected on {last}"
    return ""
