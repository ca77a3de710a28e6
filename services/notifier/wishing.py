"""What is answered to somebody who writes STOP, START or HELP, and what the shop is told. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from headsup.contracts import envelope
from headsup.contracts.channels import MessageClass
from headsup.contracts.registry import Topic
from headsup.contracts.replies import CustomerOptedIn, CustomerOptedOut
from headsup.kafka.producer import Outgoing
from headsup.shops.profile import ShopProfile
from services.notifier.answers import Effect
from services.notifier.people import Address
from services.notifier.render.speaker import shortest_contact
from services.notifier.render.texting_words import TextingWords
from services.notifier.render.wishes import Wish

ANSWERED_FOR: Final = timedelta(days=1)
"""The same word is answered no second time within it."""
MOST_NAMED: Final = 3
"""Shops that an answer names."""
EFFECTS: Final[Mapping[Wish, Effect]] = {
    Wish.STOP: Effect.STOPPED,
    Wish.START: Effect.STARTED,
    Wish.HELP: Effect.HELPED,
}
_OPPOSITE: Final = {Wish.STOP: Wish.START, Wish.START: Wish.STOP}


@dataclass(frozen=True, slots=True)
class Owner:
    """A customer to whom a number belongs."""

    source: str
    customer_id: str
    language: str
    """Of the last message to them there."""


@dataclass(frozen=True, slots=True)
class Said:
    """A wish of before."""

    at: datetime
    """Real time."""
    answered_at: datetime | None
    """Business time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Whom an answer comes from, and in whose words."""

    words: TextingWords
    shops: Sequence[ShopProfile]
    """Those that wrote to the number, the last one first."""

    def to(self, wish: Wish) -> str:
        """What is said to it."""
        words = self.words
        of_wish = {
            Wish.STOP: (words.stopped, words.stopped_stranger),
            Wish.START: (words.started, words.started_stranger),
            Wish.HELP: (words.who, words.who_stranger),
        }
        known, stranger = of_wish[wish]
        text = known if self.shops else stranger
        return text.format(
            shop=_named(self.shops),
            support=shortest_contact(self.shops[0].support) if self.shops else "",
            start=words.start[0],
            stop=words.stop[0],
        )


def _named(shops: Sequence[ShopProfile]) -> str:
    names = ", ".join(shop.name for shop in shops[:MOST_NAMED])
    return f"{names}…" if len(shops) > MOST_NAMED else names


def is_overtaken(wish: Wish, before: Mapping[Wish, Said], written_at: datetime | None) -> bool:
    """Whether the opposite was said after what is brought late. `written_at`: real time; None: it
    was said just now."""
    later = before.get(_OPPOSITE.get(wish, wish))
    return wish in _OPPOSITE and written_at is not None and bool(later and later.at > written_at)


def is_answered(wish: Wish, before: Mapping[Wish, Said], now: datetime) -> bool:
    """Whether it was answered a short while ago."""
    known = before.get(wish)
    at = known.answered_at if known else None
    return at is not None and now - at < ANSWERED_FOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the shops are told of a wish."""

    wish: Wish
    address: Address
    """From which it was said."""
    ref: str
    at: datetime

    def records(self, owners: Iterable[Owner], prefix: str) -> list[Outgoing]:
        """For `customers.replied`: of each customer, of both classes. The ids are of the text
        message, so that publishing them twice is publishing them once."""
        pairs = ((owner, each) for owner in owners for each in MessageClass)
        return [
            self._record(owner, each, number, prefix)
            for number, (owner, each) in enumerate(pairs, start=1)
        ]

    def _record(
        self, owner: Owner, message_class: MessageClass, number: int, prefix: str
    ) -> Outgoing:
        kind = CustomerOptedOut if self.wish is Wish.STOP else CustomerOptedIn
        data = kind(
            customer_id=owner.customer_id,
            channel=self.address.channel,
            message_class=message_class,
            address=self.address.value,
        )
        event = envelope.make(owner.source, f"{self.wish}.{self.ref}.{number}", self.at, data)
        return Outgoing(
            prefix + Topic.REPLIED,
            owner.customer_id.encode(),
            envelope.encode(event),
            tuple(envelope.headers(event)),
        )
