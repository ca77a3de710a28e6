"""When a message may reach somebody: not in their night, unless it wakes nobody, answers what they
did a moment ago, or cannot wait. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import CATALOGUE, QuietHours
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import NotificationRequested
from headsup.shops.night import Night
from headsup.shops.profile import ShopProfile
from services.notifier.people import Address, Person, region_of

AWAKE: Final = timedelta(minutes=15)
"""So long after somebody did something they are awake, and wait for the answer."""
WAKES_NOBODY: Final = frozenset({Channel.EMAIL})
"""Channels that are looked at when somebody wants to: they make no sound at night."""
_NUMBERS: Final = (Channel.SMS, Channel.WHATSAPP)
_COMMON_HOUR: Final = timedelta(days=2)
"""Within it all zones of a number are awake at once, or they never are."""


class HeldFor(StrEnum):
    """What a message waits for, though it could be sent."""

    NIGHT = "night"  # for the morning of whoever gets it
    CAP = "cap"  # for a day on which they had less


def waits_until(
    request: NotificationRequested,
    address: Address,
    person: Person,
    shop: ShopProfile,
    now: datetime,
) -> datetime | None:
    """Until when a message has to wait for the morning, in UTC; None when it may go now."""
    if is_heard_at_once(request, address.channel, now):
        return None
    night = night_of(person, shop)
    if night.begins == night.ends:
        return None
    morning = morning_after(now, night, zones_of(request.customer, person, shop, address))
    if morning is None:
        morning = night.after(now, _zone(shop.time_zone) or UTC)
    return morning if morning > now else None


def is_heard_at_once(request: NotificationRequested, channel: Channel, now: datetime) -> bool:
    """Whether no night keeps it back on this channel."""
    entry = CATALOGUE[request.kind]
    if entry.quiet_hours is QuietHours.IGNORE:
        return True
    if entry.message_class is MessageClass.MARKETING:
        return False
    if channel in WAKES_NOBODY:
        return True
    return entry.answers_an_act and now - request.happened_at <= AWAKE


def may_be_left_out(request: NotificationRequested) -> bool:
    """Whether it need not be told where newer news of the same thing is: not what a law asks for,
    what asks something, or what somebody has to act upon."""
    entry = CATALOGUE[request.kind]
    return not (entry.is_legal or entry.needs_an_act or request.content.question)


def night_of(person: Person, shop: ShopProfile) -> Night:
    """The hours that they chose to be left alone in, else the shop's."""
    chosen = person.chosen.quiet_hours if person.chosen else None
    return Night(begins=chosen.begins, ends=chosen.ends) if chosen else shop.night


def zones_of(
    ordered: Customer, person: Person, shop: ShopProfile, address: Address
) -> tuple[tzinfo, ...]:
    """The clocks by which they may live: the one that was stated, in the address book or in the
    order; else all of their phone number's; else an earlier order's, or the shop's."""
    book = person.entry.time_zone if person.entry else None
    for stated in (book, ordered.time_zone):
        zone = _zone(stated) if stated else None
        if zone is not None:
            return (zone,)
    number = address.value if address.channel in _NUMBERS else _number_of(ordered, person)
    learned = person.learned.time_zone if person.learned else None
    before = _zone(learned) if learned else None
    return zones_of_number(number, region_of(shop)) or (before or _zone(shop.time_zone) or UTC,)


def _number_of(ordered: Customer, person: Person) -> str | None:
    if ordered.phone:
        return ordered.phone
    contacts = person.entry.contacts if person.entry else ()
    return next((each.address for each in contacts if each.channel in _NUMBERS), None)


def zones_of_number(number: str | None, region: str | None) -> tuple[tzinfo, ...]:
    """The zones in which a phone number may be at home, as its digits say (the table of
    libphonenumber); none where they do not. `region`: where a number without a country's code is
    meant to be (ISO 3166)."""
    if not number:
        return ()
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return ()
    found = (_zone(name) for name in timezone.time_zones_for_number(parsed))
    return tuple(zone for zone in found if zone is not None)


def morning_after(moment: datetime, night: Night, zones: Iterable[tzinfo]) -> datetime | None:
    """The first moment from this one on at which it is night in none of the zones, in UTC; None
    where they are so far apart that there is none."""
    clocks, awake = list(zones), moment.astimezone(UTC)
    while awake - moment < _COMMON_HOUR:
        later = max((night.after(awake, zone) for zone in clocks), default=awake)
        if later == awake:
            return awake
        awake = later
    return None


@lru_cache(1024)
def _zone(name: str) -> ZoneInfo | None:
    """The zone of this name; None where it is none, as `Etc/Unknown`."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # all that ZoneInfo raises for a zone that is none
        return None
