"""What one person sees at one moment: what the shop could know, and what they were told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from headsup.contracts.base import Customer, Estimate
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.replies import Answer
from headsup.contracts.shop import IncidentOpened, IncidentResolved, IncidentScope
from headsup.shops.policy import Policy
from tests.journeys.oracle.reading import Parcel, Reading
from tests.journeys.story import Cast, Fate, Message, Report

_LONGEST_TROUBLE: Final = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class Wonder:
    """Something that somebody wonders. `name` is a row of FAIR."""

    name: str
    about: str
    since: datetime | None = None
    """They wonder from this moment on, which may be to come; None: from now on."""

    @property
    def key(self) -> tuple[str, str]:
        """Tells wonders apart."""
        return self.name, self.about


@dataclass(frozen=True, slots=True)
class View:
    """What is known to the shop, and what this person got, the oldest first."""

    cast: Cast
    to: Audience
    now: datetime
    reading: Reading
    told: Sequence[Message]
    on_their_way: Sequence[Message] = ()
    """What was asked for before, and comes to them only later, or in vain."""
    reading_when_asked: Reading | None = None
    """What the shop could know when the message that is judged was asked for."""

    @property
    def policy(self) -> Policy:
        """The shop's promises."""
        return self.cast.shop.policy

    @property
    def is_gift(self) -> bool:
        """Somebody else than the buyer gets the parcels."""
        return self.reading.recipient is not None

    @property
    def are_many(self) -> bool:
        """The order comes in so many parcels that one message tells of all."""
        parcels = max(len(self.reading.parcels), self.reading.split or 0)
        return parcels > self.policy.parcels_told_alone

    @property
    def is_at_the_door(self) -> bool:
        """Whether this person gets the parcels."""
        return self.to is (Audience.RECIPIENT if self.is_gift else Audience.BUYER)

    @property
    def zone(self) -> ZoneInfo:
        """The buyer's zone."""
        return _zone(self.reading.order.customer if self.reading.order else None, self.policy)

    @property
    def zone_there(self) -> ZoneInfo:
        """The zone where the parcels go."""
        recipient = self.reading.recipient
        if recipient is None or recipient.time_zone is None:
            return self.zone
        return _zone_named(recipient.time_zone) or self.zone

    def last(self, *kinds: Kind, about: str | None = None) -> Message | None:
        """The last message of these kinds, also one that failed: it was told as well as it could
        be."""
        for message in reversed(self.told):
            if message.kind in kinds and about in (None, message.subject):
                return message
        return None

    def read(self, *kinds: Kind, about: str | None = None) -> Message | None:
        """The last message of these kinds that they have: from it, they know what it says."""
        for message in reversed(self.told):
            is_it = message.kind in kinds and about in (None, message.subject)
            if is_it and message.fate is Fate.SENT:
                return message
        return None

    def all(self, test: Callable[[Message], bool]) -> Iterator[Message]:
        """The messages of which it is true, the newest first."""
        return (message for message in reversed(self.told) if test(message))

    def at(self, day: date, hour: int, *, there: bool = False) -> datetime:
        """This hour of a day on the person's clock, in UTC."""
        zone = self.zone_there if there else self.zone
        return datetime.combine(day, time(hour), zone).astimezone(UTC)

    def day(self, moment: datetime, *, there: bool = False) -> date:
        """The day that it is then."""
        return moment.astimezone(self.zone_there if there else self.zone).date()

    def is_over(self, parcel: Parcel) -> bool:
        """The order was cancelled, and nothing was heard of the parcel since."""
        cancelled = self.reading.cancelled
        if cancelled is None:
            return False
        moments = [parcel.word.event.time] if parcel.word else []
        moments += [parcel.sign_at] if parcel.sign_at else []
        return max(moments, default=cancelled.event.time) <= cancelled.event.time

    def wants_to_cancel(self) -> bool:
        """They asked for it: the shop has the next word."""
        return any(reply.event.data.answer is Answer.CANCEL for reply in self.reading.replies)

    def is_in_trouble(self, carrier: str | None, *, has_left: bool) -> bool:
        """Whether a trouble is going on, or ended only now, that explains why a parcel, or an order
        without one, stands still."""
        return any(
            _explains(self.now, each.words)
            for id_, each in self.reading.incidents.items()
            if _concerns(each.words, carrier, has_left=has_left)
            or (carrier is None and self.last(Kind.INCIDENT_NOTICE, about=f"incident:{id_}"))
        )


def _concerns(words: Sequence[Report], carrier: str | None, *, has_left: bool) -> bool:
    for word in words:
        if isinstance(word.event.data, IncidentOpened):
            if word.event.data.scope is IncidentScope.SHOP:
                return not has_left
            return (word.event.data.carrier or "").casefold() == (carrier or "-").casefold()
    return False


def _explains(now: datetime, words: Sequence[Report]) -> bool:
    begins = [w.event.time for w in words if isinstance(w.event.data, IncidentOpened)]
    if not begins:
        return False
    if (ended := ended_at(words)) is not None:
        return now < ended + timedelta(days=3)
    return now < max(begins) + _LONGEST_TROUBLE


def ended_at(words: Sequence[Report]) -> datetime | None:
    """When a trouble was over; None while it goes on. An end before every beginning is the word of
    a clock that is behind: it was over when it was told."""
    begins = [w.event.time for w in words if isinstance(w.event.data, IncidentOpened)]
    ends = [w.event.time for w in words if isinstance(w.event.data, IncidentResolved)]
    if not begins or not ends:
        return None
    last, end = max(begins), max(ends)
    return None if min(begins) <= end < last else max(end, last)


def _zone(person: Customer | None, policy: Policy) -> ZoneInfo:
    for name in (person.time_zone if person else None, policy.time_zone):
        if name and (found := _zone_named(name)):
            return found
    return ZoneInfo("UTC")


def _zone_named(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def estimate_told(view: View, parcel: Parcel) -> tuple[Message, Estimate] | None:
    """The last days that this person was told for a parcel; those of the order while the parcel
    has named none."""
    of_order = None
    alone = len(view.reading.parcels) == 1
    for message in reversed(view.told):
        estimate = message.content.estimate
        is_read = message.fate is Fate.SENT and message.kind is not Kind.ORDER_NO_NEWS
        if estimate is None or not is_read:
            continue
        if message.subject == f"shipment:{parcel.id}":
            return message, estimate
        if alone and message.kind is Kind.INCIDENT_SOLVED:
            return message, estimate
        if of_order is None and message.subject == "order":
            of_order = message, estimate
    return of_order
