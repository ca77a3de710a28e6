"""How many messages somebody gets at most (`ShopProfile.caps`), and what becomes of one too many.
Pure.

A day is one of the shop's. What a law asks for and what cannot wait is counted, and never counted
out. Somebody is known by the shop's number for them and by each address that is written to.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from headsup.contracts.catalogue import CATALOGUE, Kind, Urgency
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import Reason
from headsup.shops.profile import ShopProfile
from headsup.shops.reach import Caps
from services.notifier.decide import Decided, Limit
from services.notifier.people import Address
from services.notifier.plan import Planned, Suppressed

WEEK: Final = timedelta(days=7)
_BESIDES_MAIL: Final = frozenset(Channel) - {Channel.EMAIL}


class Page(NamedTuple):
    """What somebody was sent on one day, by one of their keys."""

    source: str
    who: str
    day: date


class Full(Enum):
    """Of what somebody had enough."""

    SMS = auto()
    ALL = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What is known of a batch. The messages are marks: class, channel, id."""

    today: Mapping[Page, Sequence[str]]
    """With those of the batch."""
    lately: Mapping[Page, Sequence[str]]
    """Of the days before, as far as marketing is planned."""
    gone: AbstractSet[str] = frozenset()
    """Those that came to nothing: withdrawn, stopped, refused everywhere."""


def mark(kind: Kind, channel: Channel, notification_id: str, *, takes_over: bool = False) -> str:
    """A message in a word. One that takes over from another has a capital letter."""
    letter = CATALOGUE[kind].message_class[0]
    return f"{letter.upper() if takes_over else letter}:{channel}:{notification_id}"


def id_in(one: str) -> str:
    """The notification's id in a mark."""
    return one.split(":", 2)[2]


def is_counted_out(kind: Kind) -> bool:
    """Whether there can be one too many of it."""
    entry = CATALOGUE[kind]
    return not (entry.is_legal or entry.urgency is Urgency.NOW)


def marks_of(one: Decided, shop: ShopProfile) -> dict[Page, list[str]]:
    """What a plan sends, by each key of whoever gets it, and by the day on which it goes."""
    if not isinstance(one.plan, Planned):
        return {}
    source, kind = one.event.source, one.event.data.kind
    keys = {f"customer:{one.event.data.customer.id}"}
    keys |= {each.address.key.lower() for each in one.plan.notifications}
    found: dict[Page, list[str]] = {}
    for each in one.plan.notifications:
        day = day_of(each.held.until if each.held else one.at, shop.time_zone)
        said = mark(kind, each.address.channel, f"{one.event.id}.{each.route}")
        for who in keys:
            found.setdefault(Page(source, who, day), []).append(said)
    return found


@dataclass(frozen=True, slots=True)
class Weighed:
    """A request, its marks, and the caps that it is weighed by."""

    decided: Decided
    own: Mapping[Page, Sequence[str]]
    caps: Caps
    is_free: bool = False
    """It is counted, and not counted out."""


def over(batch: Sequence[Weighed], counts: Counts) -> dict[str, Full]:
    """The requests of a batch, by their ids, that are too many, and for what; the others count for
    those behind them."""
    weighing = _Weighing(counts, batch)
    found: dict[str, Full] = {}
    for one in batch:
        full = None if one.is_free else weighing.full(one)
        if full is None:
            weighing.accept(one)
        else:
            found[one.decided.event.id] = full
    return found


class _Weighing:
    """What is known of a batch, while its requests are weighed one after the other."""

    def __init__(self, counts: Counts, batch: Sequence[Weighed]) -> None:
        self._counts = counts
        self._ours = {said for one in batch for marks in one.own.values() for said in marks}
        self._accepted: set[str] = set()
        self._before: dict[tuple[str, str], list[Page]] = {}
        for page in counts.lately:
            self._before.setdefault((page.source, page.who), []).append(page)

    def accept(self, one: Weighed) -> None:
        """It goes as it was planned."""
        for marks in one.own.values():
            self._accepted.update(marks)

    def full(self, one: Weighed) -> Full | None:
        """Of what they have enough for this one."""
        kind, caps = one.decided.event.data.kind, one.caps
        message_class = CATALOGUE[kind].message_class
        is_marketing = message_class is MessageClass.MARKETING
        if not is_counted_out(kind) or (not is_marketing and self._is_far_from_any(one)):
            return None
        a_day = caps.marketing_in_a_day if is_marketing else caps.transactional_in_a_day
        for page, marks in one.own.items():
            with_it = self._had(self._counts.today.get(page, ())) | {*marks}
            sent = _told(with_it, message_class)
            if len(sent) > a_day:
                return Full.ALL
            if is_marketing and len(sent | self._lately(page)) > caps.marketing_in_a_week:
                return Full.ALL
            texts = sum(_is_sms(each) for each in with_it)
            if texts > caps.sms_in_a_day and any(_is_sms(each) for each in marks):
                return Full.SMS
        return None

    def _is_far_from_any(self, one: Weighed) -> bool:
        """Nearly everybody is, and costs no more than this look."""
        least = min(one.caps.transactional_in_a_day, one.caps.sms_in_a_day)
        today = self._counts.today
        return all(len(today.get(page, ())) + len(own) <= least for page, own in one.own.items())

    def _had(self, marks: Sequence[str]) -> set[str]:
        gone, ours, accepted = self._counts.gone, self._ours, self._accepted
        return {m for m in marks if m not in gone and (m not in ours or m in accepted)}

    def _lately(self, page: Page) -> set[str]:
        """The marketing that was sent by this key in the six days before."""
        return {
            told
            for each in self._before.get((page.source, page.who), ())
            if page.day - WEEK < each.day < page.day
            for told in _told(self._had(self._counts.lately[each]), MessageClass.MARKETING)
        }


def _told(marks: Iterable[str], message_class: MessageClass) -> set[str]:
    """What was told, however many messages that took: one that takes over from another tells the
    same, and has its id with a number behind it."""
    letter = message_class[0]
    return {
        id_in(each).rpartition(".")[0] if each[0].isupper() else id_in(each)
        for each in marks
        if each[0].lower() == letter
    }


def _is_sms(said: str) -> bool:
    return said[1:].startswith(f":{Channel.SMS}:")


def next_limit(
    kind: Kind, at: datetime, limit: Limit, full: Full, shop: ShopProfile
) -> Limit | None:
    """What is tried next with one message too many: another channel than SMS, then tomorrow, then a
    mail, which wakes nobody and costs nothing. None: nothing is. Marketing waits for nothing."""
    if CATALOGUE[kind].message_class is MessageClass.MARKETING or limit.is_last:
        return None
    if full is Full.SMS and not limit.capped and limit.not_before is None:
        return replace(limit, capped=frozenset({Channel.SMS}))
    if limit.not_before is None:
        return Limit(not_before=_tomorrow(at, shop.time_zone))
    return Limit(capped=_BESIDES_MAIL, is_last=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instead:
    """A message that takes over from another one, as it is counted."""

    id: str
    source: str
    customer_id: str
    kind: Kind
    address: Address
    day: date
    """The shop's, on which it goes."""

    @property
    def said(self) -> str:
        """Its mark."""
        return mark(self.kind, self.address.channel, self.id, takes_over=True)

    @property
    def pages(self) -> list[Page]:
        """Where it is counted: for the customer, and for the address that it goes to."""
        keys = (f"customer:{self.customer_id}", self.address.key.lower())
        return [Page(self.source, who, self.day) for who in keys]


def texts_too_many(
    batch: Sequence[Instead],
    today: Mapping[Page, Sequence[str]],
    shops: Mapping[str, ShopProfile],
    gone: AbstractSet[str] = frozenset(),
) -> set[str]:
    """The ids of those text messages of a batch that are too many; the others count for those
    behind them. `today` has those of the batch. The news itself was weighed when it was planned."""
    left_out = {*gone, *(one.said for one in batch)}
    found = set()
    for one in batch:
        most = shops[one.source].caps.sms_in_a_day
        is_weighed = _is_sms(one.said) and is_counted_out(one.kind)
        if is_weighed and any(_texts(today[page], left_out) >= most for page in one.pages):
            found.add(one.id)
        else:
            left_out.discard(one.said)
    return found


def _texts(marks: Sequence[str], left_out: AbstractSet[str]) -> int:
    return sum(_is_sms(said) for said in set(marks) - left_out)


def came_to_nothing(one: Decided) -> bool:
    """Whether the plan found no other way within its limit."""
    return isinstance(one.plan, Suppressed) and one.plan.reason is Reason.CAPPED


def day_of(moment: datetime, zone: str) -> date:
    """The day of the shop's that a moment falls on."""
    return moment.astimezone(_zone(zone)).date()


def _tomorrow(moment: datetime, zone: str) -> datetime:
    """When the shop's next day begins, in UTC."""
    day = day_of(moment, zone) + timedelta(days=1)
    return datetime.combine(day, time(), _zone(zone)).astimezone(UTC)


@lru_cache(1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
