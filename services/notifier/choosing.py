"""What people choose on our page: what counts now, what they say, and what is kept of it. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

import msgspec

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import Reason
from headsup.contracts.replies import PreferencesChanged, QuietHours
from headsup.contracts.shop import Consent
from headsup.shops.profile import ShopProfile
from services.notifier.languages import language_in
from services.notifier.people import (
    Address,
    Person,
    forbidden_by,
    language_of,
    normalised,
    region_of,
)

SOURCE: Final = "preference centre"
WORDS: Final = "preferences, marketing, version 1"
"""Which words are agreed to: `offers` of `_preferences.toml`. Whoever changes their sense changes
this, too: it is the proof of what was said yes to."""
NO_HOURS: Final = QuietHours(begins=0, ends=0)
HOURS: Final = range(24)
WAS: Final = "was"
"""The field that says what the form showed when it was opened, in the words of `quiet_shown`."""
_YES: Final = "yes"
_INSTANT: Final = timedelta(microseconds=1)


class Field(StrEnum):
    """What can be wrong with what somebody sent."""

    LANGUAGE = "language"
    ORDER = "order"
    CHANNELS = "channels"
    QUIET = "quiet"
    HOURS = "hours"


class Quiet(StrEnum):
    """Whose quiet hours count."""

    SHOP = "shop"
    OWN = "own"
    NONE = "none"


class ChoiceError(ValueError):
    """What was sent cannot be meant. `field` is what is wrong with it."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedChat:
    """A chat that somebody linked to a customer's orders."""

    chat: int = field(repr=False)
    linked_at: datetime
    has_left: bool
    """Nothing goes there of itself; but whoever has it may ask."""

    @property
    def press(self) -> str:
        """What stands for it in a form: nobody can tell from it which chat it is."""
        return sha256(f"chat {self.chat} {self.linked_at.isoformat()}".encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chooser:
    """Whoever opened the page by the link of a message."""

    number: int
    source: str
    customer: Customer = field(repr=False)
    """As the message's request names them."""
    language: str
    """The message's."""
    person: Person = field(repr=False)
    suppressed: Mapping[str, Reason] = field(default_factory=dict, repr=False)
    """Addresses of theirs that nothing is sent to, by key, and why."""
    chosen_at: datetime | None = None
    linked: Sequence[LinkedChat] = ()

    def addresses(self, channel: Channel, shop: ShopProfile) -> list[Address]:
        """All of theirs on a channel, each once, the one that is written to first."""
        own = {Channel.EMAIL: self.customer.email, Channel.SMS: self.customer.phone}.get(channel)
        entry = self.person.entry
        chats = self.person.chats if channel is Channel.TELEGRAM else ()
        told = [c.address for c in (entry.contacts if entry else ()) if c.channel is channel]
        region = region_of(shop)
        found = (normalised(channel, text, region) for text in (own, *chats, *told) if text)
        return list(dict.fromkeys(address for address in found if address))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is chosen, all of it."""

    language: str
    order: tuple[Channel, ...]
    """Those that they put in a place, the first first. What they did not follows as usual."""
    orders: frozenset[Channel]
    """Where they want news of their orders."""
    offers: frozenset[Channel]
    """Where they agree to reminders and requests."""
    quiet: QuietHours | None
    """None: the shop's."""


def counting(
    chooser: Chooser, shown: Sequence[Channel], shop: ShopProfile, spoken: frozenset[str]
) -> Choice:
    """What counts now. `shown`: the channels that there are, in the order of the shop."""
    person = chooser.person

    def allowed(message_class: MessageClass) -> frozenset[Channel]:
        return frozenset(c for c in shown if forbidden_by(person, c, message_class) is None)

    return Choice(
        language=language_in(language_of(chooser.customer, person, shop, spoken)),
        order=tuple(channel for channel in person.channel_order if channel in shown),
        orders=allowed(MessageClass.TRANSACTIONAL),
        offers=allowed(MessageClass.MARKETING),
        quiet=person.chosen.quiet_hours if person.chosen else None,
    )


def weighed(
    chooser: Chooser, now_counts: Choice, choice: Choice, now: datetime
) -> PreferencesChanged:
    """What is kept from now on, whole. The same as before where nothing was changed: what nobody
    chose stays the shop's to say."""
    before = chooser.person.chosen or PreferencesChanged(customer_id=chooser.customer.id)
    consents = {(word.channel, word.message_class): word for word in before.consents}
    for message_class, had, has in (
        (MessageClass.TRANSACTIONAL, now_counts.orders, choice.orders),
        (MessageClass.MARKETING, now_counts.offers, choice.offers),
    ):
        for channel in sorted(had ^ has):
            at = said_at(chooser.person, channel, message_class, now)
            consents[channel, message_class] = Consent(
                channel=channel,
                message_class=message_class,
                granted=channel in has,
                at=at,
                source=SOURCE,
                text=WORDS if message_class is MessageClass.MARKETING else None,
            )
    changed = msgspec.structs.replace
    return changed(
        before,
        language=before.language if choice.language == now_counts.language else choice.language,
        channel_order=before.channel_order if choice.order == now_counts.order else choice.order,
        quiet_hours=choice.quiet,
        consents=tuple(consents[key] for key in sorted(consents)),
    )


def said_at(
    person: Person, channel: Channel, message_class: MessageClass, now: datetime
) -> datetime:
    """The moment to be kept of a word: now, but after every word of theirs that it is to replace,
    an opt-out too. A shop's clock may be ahead of ours."""
    words = [
        word.at
        for word in person.consents
        if word.channel is channel and word.message_class is message_class
    ]
    if message_class is MessageClass.MARKETING and person.opted_out_at is not None:
        words.append(person.opted_out_at)
    return max((now, *(at + _INSTANT for at in words)))


def read_choice(
    fields: Mapping[str, str], shown: Sequence[Channel], spoken: Collection[str]
) -> Choice:
    """What the form says. Raises ChoiceError that names what is wrong."""
    language = fields.get("language", "")
    if language not in spoken:
        raise ChoiceError(Field.LANGUAGE)
    known = {f"{name}.{channel}" for name in ("place", "orders", "offers") for channel in shown}
    if set(fields) - known - {"language", "quiet", "begins", "ends", WAS}:
        raise ChoiceError(Field.CHANNELS)
    return Choice(
        language=language,
        order=_order(fields, shown),
        orders=_ticked(fields, "orders", shown),
        offers=_ticked(fields, "offers", shown),
        quiet=_quiet(fields),
    )


def _order(fields: Mapping[str, str], shown: Sequence[Channel]) -> tuple[Channel, ...]:
    """Two in one place stay in the order in which they stand."""
    places = {"": 0} | {str(place): place for place in range(1, len(shown) + 1)}
    try:
        said = {channel: places[fields[f"place.{channel}"]] for channel in shown}
    except KeyError:
        raise ChoiceError(Field.ORDER) from None
    return tuple(sorted(filter(said.get, shown), key=said.__getitem__))


def _ticked(fields: Mapping[str, str], name: str, shown: Sequence[Channel]) -> frozenset[Channel]:
    said = {channel: fields.get(f"{name}.{channel}") for channel in shown}
    if set(said.values()) - {_YES, None}:
        raise ChoiceError(Field.CHANNELS)
    return frozenset(channel for channel, word in said.items() if word)


def _quiet(fields: Mapping[str, str]) -> QuietHours | None:
    try:
        quiet = Quiet(fields.get("quiet", ""))
    except ValueError:
        raise ChoiceError(Field.QUIET) from None
    hours = {str(hour): hour for hour in HOURS}
    begins, ends = hours.get(fields.get("begins", "")), hours.get(fields.get("ends", ""))
    if begins is None or ends is None:
        raise ChoiceError(Field.HOURS)
    quiet = _meant(fields.get(WAS, ""), quiet, begins, ends)
    if quiet is Quiet.SHOP:
        return None
    if quiet is Quiet.OWN and begins == ends:
        raise ChoiceError(Field.HOURS)
    return NO_HOURS if quiet is Quiet.NONE else QuietHours(begins=begins, ends=ends)


def _meant(was: str, quiet: Quiet, begins: int, ends: int) -> Quiet:
    """Who changed the hours and left the rest alone means hours of their own. Who changed the
    hours and chose that none of their own count says two things, and is asked."""
    same = {quiet_shown(each, begins, ends) for each in Quiet}
    if quiet is Quiet.OWN or not was or was in same:
        return quiet
    if was.partition(" ")[0] != quiet:
        raise ChoiceError(Field.QUIET)
    return Quiet.OWN


def quiet_shown(quiet: Quiet, begins: int, ends: int) -> str:
    """What a form shows of quiet hours, in a word that comes back with it. Not what counts: the
    same form sent twice means the same."""
    return f"{quiet} {begins} {ends}"


def quiet_of(hours: QuietHours | None) -> Quiet:
    """Which of the three it is."""
    if hours is None:
        return Quiet.SHOP
    return Quiet.NONE if hours.begins == hours.ends else Quiet.OWN
