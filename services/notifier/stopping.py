"""How marketing is stopped: the signed address of that, and what it changes. Pure.

    https://notify.example/s/<code>

The code is the number of a message in the ledger, signed and veiled: it names nobody, and does not
show how many messages we send. It is short, because a text message holds it as well. It lasts as
long as the message is kept; the law asks for 30 days (15 U.S.C. 7704(a)(3)).
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import Reason
from services.notifier.people import Address, Person, forbidden_by

PATH: Final = "/s/{code}"
MARKETING: Final = MessageClass.MARKETING
_OCTETS_OF_NUMBER: Final = 5
_OCTETS_SIGNED: Final = 10
"""80 bits, the least that RFC 2104, section 5, recommends."""
_LENGTH: Final = 20
"""Characters of base64url (RFC 4648, section 5); no bit is left over, so a code has one form."""
_PRESS: Final = "stop:"


@dataclass(frozen=True, slots=True)
class StopLinks:
    """Makes and knows the addresses. `public_url`: without a slash at its end."""

    public_url: str
    key: bytes = field(repr=False)

    def of(self, number: int) -> str:
        """Where whoever got this message says that they want no more of its class."""
        return self.public_url + PATH.format(code=self._code(number))

    def press_of(self, number: int) -> str:
        """What the button under a message in Telegram carries."""
        return _PRESS + self._code(number)

    def number_of(self, code: str) -> int | None:
        """The message of a code of ours; None of anybody else's."""
        if len(code) != _LENGTH or not code.isascii():
            return None
        try:
            octets = urlsafe_b64decode(code)
        except ValueError:
            return None
        seal, veiled = octets[:_OCTETS_SIGNED], octets[_OCTETS_SIGNED:]
        number = int.from_bytes(self._veil(seal, veiled))
        return number if hmac.compare_digest(code, self._code(number)) else None

    def pressed(self, data: str) -> int | None:
        """The message under which a button was pressed; None when the button is another one."""
        return self.number_of(data.removeprefix(_PRESS)) if data.startswith(_PRESS) else None

    def _code(self, number: int) -> str:
        octets = number.to_bytes(_OCTETS_OF_NUMBER)
        seal = self._digest("signed", octets)[:_OCTETS_SIGNED]
        return urlsafe_b64encode(seal + self._veil(seal, octets)).decode()

    def _veil(self, seal: bytes, octets: bytes) -> bytes:
        """Hides and shows the number: each seal has a veil of its own."""
        pad = self._digest("veiled", seal)
        return bytes(one ^ other for one, other in zip(octets, pad, strict=False))

    def _digest(self, purpose: str, octets: bytes) -> bytes:
        """Under a key that signs nothing else, such as an answer."""
        own = hmac.new(self.key, b"stop " + purpose.encode(), sha256).digest()
        return hmac.new(own, octets, sha256).digest()


class Effect(StrEnum):
    """What came of somebody who wants no more."""

    STOPPED = "stopped"  # the shop is told
    KNOWN = "known"  # they said so before
    UNKNOWN = "unknown"  # there is no such message, or it was not theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Marketed:
    """A message that somebody may want no more of."""

    number: int
    source: str
    customer_id: str
    kind: str
    address: Address
    language: str
    person: Person
    """As the shop knows them now; since when they want no more, too."""

    @property
    def who(self) -> tuple[str, ...]:
        """The keys of whoever says it (`identity`): the customer, and whoever reads what is sent
        to the address, under whatever name they come back."""
        return (f"customer:{self.customer_id}", self.address.key.lower())


def is_marketing(kind: Kind) -> bool:
    """Whether messages of the kind can be stopped, and must say how."""
    return CATALOGUE[kind].message_class is MARKETING


def is_stopped(person: Person) -> bool:
    """Whether they want no marketing on any channel: no later word brought it back on one."""
    return person.opted_out_at is not None and all(
        forbidden_by(person, channel, MARKETING) is Reason.OPTED_OUT for channel in Channel
    )


def stopped_at(person: Person, now: datetime) -> datetime:
    """The moment to be kept: now, but after every word of theirs that is known. A shop's clock may
    be ahead of ours, and the word that is given last must not count as an earlier one."""
    entry = person.entry
    consents = entry.consents if entry else ()
    return max((now, *(word.at for word in consents if word.message_class is MARKETING)))
