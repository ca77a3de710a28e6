"""What becomes of a request: which messages by which channels, or none and why. Pure."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from headsup.contracts.catalogue import CATALOGUE, Kind, Route
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import NotificationRequested, Reason
from headsup.shops.profile import ShopProfile
from services.notifier.people import (
    Address,
    Person,
    Recipient,
    language_of,
    most_telling,
    region_of,
)
from services.notifier.quiet import HeldFor, waits_until


@dataclass(frozen=True, slots=True)
class Held:
    """What a message waits for, and until when (business time, UTC)."""

    until: datetime
    reason: HeldFor


@dataclass(frozen=True, slots=True)
class PlannedNotification:
    """One message: the route of the kind that it serves, where it goes, and what it waits for."""

    route: int
    address: Address
    held: Held | None = None
    """None: it goes at once."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A channel that a route would have preferred, and why it could not be."""

    route: int
    channel: Channel
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The messages, at least one."""

    notifications: tuple[PlannedNotification, ...]
    language: str
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """No message, and why."""

    reason: Reason
    passed_over: tuple[PassedOver, ...] = ()


Plan = Planned | Suppressed


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a request is planned under."""

    shop: ShopProfile | None
    person: Person
    spoken: frozenset[str]
    """The languages that there are texts in."""
    is_in_trouble: bool = False
    """Whether an order of theirs is."""
    has_bought: bool = False
    """Whether they placed an order since they left the cart that this is about."""
    channels: frozenset[Channel] = frozenset(Channel)
    """Those that we have a sender for."""
    can_be_stopped: bool = False
    """Whether there is an address at which marketing is stopped; without it there is none."""
    capped: frozenset[Channel] = frozenset()
    """Those on which they had as much today as the shop allows."""
    not_before: datetime | None = None
    """When they may get more, where they had enough for now."""


def plan(request: NotificationRequested, around: Circumstances, now: datetime) -> Plan:
    """One message for each route of the kind that finds a channel of its own."""
    silence = _silence(request, around, now)
    if around.shop is None or silence is not None:
        return Suppressed(reason=silence or Reason.UNKNOWN_SHOP)
    choice = _Choice(request, around, around.shop, now)
    for number, route in enumerate(routes_for(request.kind, around.person)):
        choice.choose(number, route)
    passed_over = choice.passed_over
    if not choice.messages:
        reason = most_telling([passed.reason for passed in passed_over])
        return Suppressed(reason=reason, passed_over=tuple(passed_over))
    return Planned(
        notifications=tuple(choice.messages),
        language=language_of(request.customer, around.person, around.shop, around.spoken),
        passed_over=tuple(passed_over),
    )


def _silence(request: NotificationRequested, around: Circumstances, now: datetime) -> Reason | None:
    """Why it is said to nobody, by whichever channel."""
    if now >= request.expires_at:
        return Reason.STALE
    if around.shop is None:
        return Reason.UNKNOWN_SHOP
    if around.has_bought:
        return Reason.BOUGHT
    if CATALOGUE[request.kind].message_class is not MessageClass.MARKETING:
        return None
    if not around.can_be_stopped:
        return Reason.BAD_CONFIGURATION
    return Reason.IN_TROUBLE if around.is_in_trouble else None


def fall_back(
    request: NotificationRequested,
    route: int,
    tried: AbstractSet[Channel],
    around: Circumstances,
    now: datetime,
) -> PlannedNotification | None:
    """The next channel of a route whose last one failed for good; None when there is no other.

    `tried` are all channels that any message of the request uses or used.
    """
    routes = routes_for(request.kind, around.person)
    if around.shop is None or route >= len(routes):
        return None
    choice = _Choice(request, around, around.shop, now, tried)
    choice.choose(route, routes[route])
    return next(iter(choice.messages), None)


def routes_for(kind: Kind, person: Person) -> tuple[Route, ...]:
    """The routes of a kind with its channels in the order that the person likes, and what they did
    not name after that, in the kind's own. Only what a later route may take as well moves: what is
    a record stays a mail beside the alert that comes where they like it best."""
    routes, liked = CATALOGUE[kind].routes, person.channel_order
    if not liked:
        return routes
    return tuple([_in_order(route, liked, moves=routes[-1]) for route in routes])


def _in_order(route: Route, liked: Sequence[Channel], moves: Route) -> Route:
    stay = [channel for channel in route if channel not in moves]
    rest = [channel for channel in route if channel in moves]
    rest.sort(key=lambda channel: liked.index(channel) if channel in liked else len(liked))
    return (*stay, *rest)


class _Choice:
    """Chooses a channel for each route of one request, and notes what was passed over."""

    def __init__(
        self,
        request: NotificationRequested,
        around: Circumstances,
        shop: ShopProfile,
        now: datetime,
        taken: AbstractSet[Channel] = frozenset(),
    ) -> None:
        self._request = request
        self._around = around
        self._shop = shop
        self._now = now
        self._taken = taken
        self._to = _recipient(request, around, shop)
        self._late: list[PlannedNotification] = []
        self._passed_over: list[PassedOver] = []
        self._chosen: list[PlannedNotification] = []

    @property
    def messages(self) -> Sequence[PlannedNotification]:
        """What is sent. News that is old by the morning, and that no channel that wakes nobody can
        bring, is brought at once: better woken than never told. Not what is marketing, and only by
        one channel."""
        return self._chosen or self._late[:1]

    @property
    def passed_over(self) -> Sequence[PassedOver]:
        """What is not used; what wakes them after all is."""
        used = {(message.route, message.address.channel) for message in self.messages}
        return [one for one in self._passed_over if (one.route, one.channel) not in used]

    def choose(self, number: int, route: Route) -> None:
        """The first channel of a route that is theirs, and free, and on which it comes in time."""
        taken = self._taken | {message.address.channel for message in self._chosen}
        for channel in route:
            if channel in taken:
                continue
            found = self._find(channel)
            if isinstance(found, Address):
                held = self._held(found)
                if held is None or held.until < self._request.expires_at:
                    self._chosen.append(PlannedNotification(number, found, held))
                    return
                if self._may_wake:
                    self._late.append(PlannedNotification(number, found))
                found = _WHY[held.reason]
            self._passed_over.append(PassedOver(number, channel, found))

    @property
    def _may_wake(self) -> bool:
        return self._to.message_class is MessageClass.TRANSACTIONAL and not self._around.not_before

    def _find(self, channel: Channel) -> Address | Reason:
        found = self._to.find(channel)
        if isinstance(found, Address) and channel in self._around.capped:
            return Reason.CAPPED
        return found

    def _held(self, address: Address) -> Held | None:
        begin = max(self._now, self._around.not_before or self._now)
        until = waits_until(self._request, address, self._around.person, self._shop, begin)
        if begin > self._now:
            return Held(until or begin, HeldFor.CAP)
        return Held(until, HeldFor.NIGHT) if until else None


_WHY: Final = {HeldFor.NIGHT: Reason.QUIET_HOURS, HeldFor.CAP: Reason.CAPPED}
"""Why nothing is said that would have to wait for too long."""


def _recipient(
    request: NotificationRequested, around: Circumstances, shop: ShopProfile
) -> Recipient:
    return Recipient(
        ordered=request.customer,
        person=around.person,
        region=region_of(shop),
        message_class=CATALOGUE[request.kind].message_class,
        channels=shop.channels & around.channels,
        has_template=_has_template(request, around, shop),
    )


def _has_template(request: NotificationRequested, around: Circumstances, shop: ShopProfile) -> bool:
    """Whether WhatsApp has an approved text for it in their language."""
    if not shop.whatsapp.templates:
        return False
    language = language_of(request.customer, around.person, shop, around.spoken)
    return shop.whatsapp.template_for(request.kind, language) is not None
