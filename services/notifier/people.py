"""Whom we may write to, where, and in which language. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
import phonenumbers
from babel.core import get_global
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from headsup.address_names import is_named
from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import Reason
from headsup.contracts.replies import PreferencesChanged
from headsup.contracts.shop import Consent, CustomerUpdated
from headsup.shops.profile import ShopProfile
from services.notifier.languages import first_spoken


class Address(NamedTuple):
    """An address in the form in which its channel is written to."""

    channel: Channel
    value: str
    """A mail address, an E.164 number, or the number of a Telegram chat."""

    @property
    def key(self) -> str:
        """One word for both, as it is kept with the person."""
        return f"{self.channel}:{self.value}"


class LearnedContact(msgspec.Struct, frozen=True, kw_only=True):
    """An address that an order named. Nobody made sure of it."""

    channel: Channel
    address: str
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What orders taught us of somebody (`learned`)."""

    contacts: tuple[LearnedContact, ...]
    """The newest first."""
    language: str | None
    time_zone: str | None
    seen_at: datetime
    """When the newest of those orders was placed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What we know of a customer beside the order."""

    entry: CustomerUpdated | None = None
    """The shop's address book; None when it never told us."""
    chosen: PreferencesChanged | None = None
    """What they chose on our page; None when they never did."""
    learned: Learned | None = None
    """What earlier orders said; None where none said anything, or it does not matter here."""
    refused: AbstractSet[str] = frozenset()
    """Keys of addresses that nothing is sent to, as far as they matter here (`suppressions`)."""
    opted_out_at: datetime | None = None
    """When they last told us, and not the shop, that they want no marketing, by any channel; None
    when they did not, or it does not matter here (`opt_outs`)."""

    talks: AbstractSet[str] = frozenset()
    """Keys of their addresses on WhatsApp from which they wrote within a day: until then we may say
    what we like there (`whatsapp_windows`)."""

    chats: tuple[str, ...] = ()
    """Telegram chats that they opened themselves, the last one first (`chats`)."""

    @property
    def consents(self) -> tuple[Consent, ...]:
        """What they said to classes of messages, to the shop and to us."""
        told = self.entry.consents if self.entry else ()
        return (*told, *self.chosen.consents) if self.chosen else told

    @property
    def channel_order(self) -> tuple[Channel, ...]:
        """The channels that they like best, the dearest first: what they chose on our page, else
        what the shop says. Empty: nobody said."""
        chosen = self.chosen.channel_order if self.chosen else ()
        return chosen or (self.entry.channel_order if self.entry else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A customer as one order and the address book together describe them."""

    ordered: Customer
    person: Person
    region: str | None
    """Where a phone number without a country's code is meant to be (ISO 3166), if known."""
    message_class: MessageClass = MessageClass.TRANSACTIONAL
    channels: frozenset[Channel] = frozenset(Channel)
    """Those that the shop uses, and that we have a sender for."""

    has_template: bool = True
    """Whether WhatsApp has an approved text for what is to be said."""

    def find(self, channel: Channel) -> Address | Reason:
        """The address on this channel, or why there is none that we may use."""
        if channel not in self.channels:
            return Reason.NOT_USED
        forbidden = forbidden_by(self.person, channel, self.message_class)
        found = forbidden or self._address(channel)
        if channel is not Channel.WHATSAPP or isinstance(found, Reason) or self.has_template:
            return found
        return found if found.key in self.person.talks else Reason.NO_TEMPLATE

    def _address(self, channel: Channel) -> Address | Reason:
        reason = Reason.NO_ADDRESS
        for text in self._candidates(channel):
            address = normalised(channel, text, self.region)
            if address is None:
                reason = max(reason, Reason.INVALID_ADDRESS, key=_most_telling)
                continue
            if address.key not in self.person.refused:
                return address
            reason = max(reason, Reason.REFUSED, key=_most_telling)
        return reason

    def _candidates(self, channel: Channel) -> Iterator[str]:
        """The order's own address first: it is the newest, it is where this news is awaited, and
        whoever orders for somebody else gives theirs. Then those that the shop made sure of; of the
        rest, and of those, the order in which they were given counts. The last are those that an
        earlier order named, which may be somebody else's: nothing is marketed there."""
        own = {Channel.EMAIL: self.ordered.email, Channel.SMS: self.ordered.phone}.get(channel)
        if own:
            yield own
        if channel is Channel.TELEGRAM:
            yield from self.person.chats
        if self.person.entry is not None:
            theirs = [c for c in self.person.entry.contacts if c.channel is channel]
            yield from (c.address for c in sorted(theirs, key=lambda c: not c.verified))
        if self.person.learned and self.message_class is MessageClass.TRANSACTIONAL:
            yield from (c.address for c in self.person.learned.contacts if c.channel is channel)


_TELLING: Final = (
    Reason.NOT_USED,
    Reason.NO_ADDRESS,
    Reason.INVALID_ADDRESS,
    Reason.NO_TEMPLATE,
    Reason.REFUSED,
    Reason.NO_CONSENT,
    Reason.OPTED_OUT,
    Reason.QUIET_HOURS,
    Reason.CAPPED,
)


def _most_telling(reason: Reason) -> int:
    return _TELLING.index(reason)


def most_telling(reasons: list[Reason]) -> Reason:
    """Of several reasons not to write, the one nearest to a message: what would have to change."""
    return max(reasons, key=_most_telling, default=Reason.NO_ADDRESS)


def forbidden_by(person: Person, channel: Channel, message_class: MessageClass) -> Reason | None:
    """Why the customer's word forbids the channel to a class of messages; None when it does not.

    What is part of the contract may be said unless it was refused (GDPR Art. 6(1)(b)); marketing
    only where it was granted (Directive 2002/58 Art. 13). The latest word counts.
    """
    words = [
        consent
        for consent in person.consents
        if consent.channel is channel and consent.message_class is message_class
    ]
    last = last_word(words)
    if message_class is MessageClass.MARKETING and _is_stopped(person, last):
        return Reason.OPTED_OUT
    if last is not None:
        return None if last.granted else Reason.OPTED_OUT
    return None if message_class is MessageClass.TRANSACTIONAL else Reason.NO_CONSENT


def last_word(words: Iterable[Consent]) -> Consent | None:
    """Of what was said to the same messages on the same channel, the word that counts: the latest,
    and of two at the same moment the refusal. None when nothing was said."""
    return max(words, key=lambda word: (word.at, not word.granted), default=None)


def _is_stopped(person: Person, last: Consent | None) -> bool:
    """Whether they opted out, and did not agree after that. In doubt marketing stays silent."""
    if person.opted_out_at is None:
        return False
    return last is None or last.at <= person.opted_out_at


def language_of(
    ordered: Customer, person: Person, shop: ShopProfile, spoken: frozenset[str]
) -> str:
    """The tag to speak by: what they chose, the address book's, the order's, that of an earlier
    order, or the shop's."""
    ours = (person.chosen, person.entry, ordered, person.learned, shop)
    tags = [one.language if one else None for one in ours]
    return first_spoken(tags, spoken)


def region_of(shop: ShopProfile) -> str | None:
    """The territory of the shop's time zone: its customers write phone numbers as one does there
    (CLDR)."""
    zone = get_global("zone_aliases").get(shop.time_zone, shop.time_zone)
    territory = get_global("zone_territories").get(zone)
    return None if territory in {None, "ZZ"} else str(territory)


_PLAIN_MAILBOX: Final = re.compile(
    r"(?=.{1,254}$)(?=[^@]{1,64}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63})"
)
_SPECIAL_ENDS: Final = frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)


def _normalised_email(text: str, _region: str | None) -> str | None:
    """Nearly all addresses are plain, and seen to be right ten times as fast as by the book."""
    plain = _PLAIN_MAILBOX.fullmatch(text)
    if plain and plain[1] not in _SPECIAL_ENDS and "--" not in text:
        return text
    return email_by_the_book(text)


def email_by_the_book(text: str) -> str | None:
    """RFC 5321 and 6531, without asking the DNS; None when it is no address."""
    try:
        return validate_email(text, check_deliverability=False, strict=True).normalized
    except EmailNotValidError:
        return None


_TAKES_NO_SMS: Final = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)


def _normalised_phone(text: str, region: str | None) -> str | None:
    """E.164. In some countries, such as the US, a mobile cannot be told from a landline: those
    count as mobiles."""
    number = _number(text, region)
    if number is None or phonenumbers.number_type(number) in _TAKES_NO_SMS:
        return None
    return _e164(number)


def _number(text: str, region: str | None) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _normalised_whatsapp(text: str, _region: str | None) -> str | None:
    """E.164 already: whoever keeps an account's number keeps it whole. A landline may have one."""
    number = _number(text, None)
    return None if number is None else _e164(number)


_CHAT: Final = re.compile(r"-?[1-9][0-9]{0,15}")
"""At most 52 significant bits: https://core.telegram.org/bots/api#chat"""


def _normalised_chat(text: str, _region: str | None) -> str | None:
    return text if _CHAT.fullmatch(text) else None


_NORMALISE: Final[dict[Channel, Callable[[str, str | None], str | None]]] = {
    Channel.EMAIL: _normalised_email,
    Channel.SMS: _normalised_phone,
    Channel.WHATSAPP: _normalised_whatsapp,
    Channel.TELEGRAM: _normalised_chat,
}


def normalised(channel: Channel, text: str, region: str | None) -> Address | None:
    """An address as its channel is written to; None when it is none. `region` is where a phone
    number without a country's code is meant to be (ISO 3166)."""
    value = _NORMALISE[channel](text, region)
    return None if value is None else Address(channel, value)


def recognised(channel: Channel, text: str, region: str | None) -> Address | None:
    """An address as somebody is known by it, whether or not it can be written to: a landline is
    somebody's, too. None when it is no address."""
    if channel is not Channel.SMS:
        return normalised(channel, text, region)
    number = _number(text, region)
    return None if number is None else Address(channel, _e164(number))


_SHORT: Final = 5
"""Characters of a number of which none is shown."""


def masked(address: Address) -> str:
    """An address for people who look into a case: recognisable, and of no use to anybody else."""
    value = address.value
    if is_named(value):
        return "(encrypted)"
    if address.channel is Channel.EMAIL:
        local, _, domain = value.rpartition("@")
        return f"{local[:1]}***@{domain}"
    first = 4 if address.channel in {Channel.SMS, Channel.WHATSAPP} else 0
    last = 3 if len(value) > _SHORT else 0
    return value[:first] + "*" * (len(value) - first - last) + value[len(value) - last :]
