"""Where we have an address from, for whoever looks into a case. Pure."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final

import msgspec
import phonenumbers

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import EARLIEST
from headsup.contracts.notifications import NotificationRequested
from headsup.contracts.shop import CustomerUpdated
from headsup.sealed import MissingKeyError
from services.notifier.people import Address, Learned, LearnedContact, Person, normalised
from services.notifier.sealed_rows import is_hidden


class Origin(StrEnum):
    """Who told us of it, in the order in which they are asked."""

    ORDER = "the order itself"
    BOOK = "the shop's address book"
    EARLIER = "an earlier order"
    CHAT = "a chat that they opened"


_requests: Final = msgspec.json.Decoder(NotificationRequested)
_entries: Final = msgspec.json.Decoder(CustomerUpdated)
_contacts: Final = msgspec.json.Decoder(tuple[LearnedContact, ...])
COLUMNS: Final = """
    (SELECT r.request FROM notifier.requests AS r WHERE r.id = n.request_id) AS asked,
    (SELECT p.entry FROM notifier.people AS p
     JOIN notifier.requests AS r USING (source, customer_id)
     WHERE r.id = n.request_id) AS told,
    (SELECT l.contacts FROM notifier.learned AS l
     JOIN notifier.requests AS r USING (source, customer_id)
     WHERE r.id = n.request_id) AS taught
"""
"""What `origin_in` reads, of a notification `n`."""


def origin_in(row: Any) -> str:
    """Whose word the address of a row of the ledger is, in words."""
    address = Address(Channel(row["channel"]), row["address"])
    try:
        ordered = _requests.decode(row["asked"]).customer
        entry = _entries.decode(row["told"]) if row["told"] else None
        contacts = _contacts.decode(row["taught"]) if row["taught"] else ()
    except MissingKeyError:
        return "encrypted"
    except msgspec.MsgspecError:
        return "encrypted" if is_hidden(row, "asked", "told", "taught") else "cannot be read"
    learned = Learned(contacts=contacts, language=None, time_zone=None, seen_at=EARLIEST)
    found = origin_of(address, ordered, Person(entry=entry, learned=learned), _region(address))
    return found or "nobody's word any more"


def _region(address: Address) -> str | None:
    """Where a number is at home: somebody may have written it as one does there."""
    if address.channel not in {Channel.SMS, Channel.WHATSAPP}:
        return None
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(address.value))
    except phonenumbers.NumberParseException:
        return None


def origin_of(
    address: Address, ordered: Customer, person: Person, region: str | None
) -> Origin | None:
    """Whose word it is; None where it is nobody's any more: it was changed, or removed, since."""
    for origin, text in _told(address.channel, ordered, person):
        if text and _is_same(normalised(address.channel, text, region), address):
            return origin
    return None


def as_written(address: Address, ordered: Customer, person: Person) -> Address:
    """An address of which only small letters are known, as whoever told us of it wrote it."""
    if address.channel is Channel.EMAIL:
        for _, text in _told(address.channel, ordered, person):
            if text and text != text.lower():
                written = normalised(address.channel, text, None)
                if written and _is_same(written, address):
                    return written
    return address


def _is_same(one: Address | None, other: Address) -> bool:
    """Where names stand for addresses, those are known in small letters."""
    return one is not None and one.key.lower() == other.key.lower()


def _told(
    channel: Channel, ordered: Customer, person: Person
) -> Iterator[tuple[Origin, str | None]]:
    own = {Channel.EMAIL: ordered.email, Channel.SMS: ordered.phone}
    yield Origin.ORDER, own.get(channel)
    entry, learned = person.entry, person.learned
    for book in entry.contacts if entry else ():
        if book.channel is channel:
            yield Origin.BOOK, book.address
    for earlier in learned.contacts if learned else ():
        if earlier.channel is channel:
            yield Origin.EARLIER, earlier.address
    if channel is Channel.TELEGRAM:
        yield from ((Origin.CHAT, chat) for chat in person.chats)
