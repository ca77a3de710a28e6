"""How marketing is stopped: the signed address of that, and what it changes. Pure.

    https://notify.example/s/<code>

The code is the number of a message in the ledger, signed and veiled: it names nobody, and does not
show how many messages we send. It is short, because a text message holds it as well. It lasts as
long as the message is kept; the law asks for 30 days (15 U.S.C. 7704(a)(3)).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import Reason
from services.notifier.people import Address, Person, forbidden_by
from services.notifier.signed_numbers import SignedLinks

PATH: Final = "/s/{code}"
MARKETING: Final = MessageClass.MARKETING
_PRESS: Final = "stop:"


class StopLinks(SignedLinks):
    """At each, whoever got its message says that they want no more of its class."""

    __slots__ = ()
    PURPOSE = "stop"
    PATH = PATH

    def press_of(self, number: int) -> str:
        """What the button under a message in Telegram carries."""
        return _PRESS + self._numbers.code_of(number)

    def pressed(self, data: str) -> int | None:
        """The message under which a button was pressed; None when the button is another one."""
        return self.number_of(data.removeprefix(_PRESS)) if data.startswith(_PRESS) else None


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
    link: str | None = None
    """Where it leads, to a cart or to a review."""
    planned_at: datetime | None = None
    """When the message was; what it opens counts from then."""

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
    words = (word.at for word in person.consents if word.message_class is MARKETING)
    return max((now, *words))
