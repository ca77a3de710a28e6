"""What becomes of a request: which messages by which channels, or none and why. Pure."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from headsup.contracts.catalogue import CATALOGUE, Route
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


@dataclass(frozen=True, slots=True)
class PlannedNotification:
    """One message: the route of the kind that it serves, and where it goes."""

    route: int
    address: Address


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
    can_be_stopped: bool = False
    """Whether there is an address at which marketing is stopped; without it there is none."""


def plan(request: NotificationRequested, around: Circumstances, now: datetime) -> Plan:
    """One message for each route of the kind that finds a channel of its own."""
    silence = _silence(request, around, now)
    if around.shop is None or silence is not None:
        return Suppressed(reason=silence or Reason.UNKNOWN_SHOP)
    chosen: list[PlannedNotification] = []
    passed_over: list[PassedOver] = []
    for number, route in enumerate(CATALOGUE[request.kind].routes):
        taken = {message.address.channel for message in chosen}
        message, passed = _choose(number, route, taken, _recipient(request, around, around.shop))
        passed_over += passed
        if message:
            chosen.append(message)
    if not chosen:
        reason = most_telling([passed.reason for passed in passed_over])
        return Suppressed(reason=reason, passed_over=tuple(passed_over))
    return Planned(
        notifications=tuple(chosen),
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
    request: NotificationRequested, route: int, tried: AbstractSet[Channel], around: Circumstances
) -> PlannedNotification | None:
    """The next channel of a route whose last one failed for good; None when there is no other.

    `tried` are all channels that any message of the request uses or used.
    """
    if around.shop is None:
        return None
    routes = CATALOGUE[request.kind].routes
    recipient = _recipient(request, around, around.shop)
    return _choose(route, routes[route], tried, recipient)[0] if route < len(routes) else None


def _recipient(
    request: NotificationRequested, around: Circumstances, shop: ShopProfile
) -> Recipient:
    return Recipient(
        ordered=request.customer,
        person=around.person,
        region=region_of(shop),
        message_class=CATALOGUE[request.kind].message_class,
        channels=shop.channels,
    )


def _choose(
    number: int, route: Route, taken: AbstractSet[Channel], to: Recipient
) -> tuple[PlannedNotification | None, list[PassedOver]]:
    passed: list[PassedOver] = []
    for channel in route:
        if channel in taken:
            continue
        found = to.find(channel)
        if isinstance(found, Address):
            return PlannedNotification(number, found), passed
        passed.append(PassedOver(number, channel, found))
    return None, passed
