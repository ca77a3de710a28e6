"""What a provider says of a message after it took it, and what that changes. Pure.

A provider's word is the truth about what it took, so where a message stands is a function of the
furthest word, in whatever order the words come and however often. Twilio promises neither order nor
single delivery (twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks).
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from services.notifier.attempts import State


class Word(StrEnum):
    """What a provider says, from the least to the furthest.

    That it arrived goes over that it did not: a carrier may give up and deliver all the same, and
    says so later, while nothing that arrived is ever unsaid. So "delivered" counts before and after
    "undelivered", and both orders end alike.
    """

    ACCEPTED = "accepted"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"  # the provider did not hand it on
    UNDELIVERED = "undelivered"  # handed on, and it did not arrive
    DELIVERED = "delivered"
    READ = "read"


RANKS: Final[dict[Word, int]] = {word: rank for rank, word in enumerate(Word)}
STATES: Final[dict[Word, State]] = {
    Word.ACCEPTED: State.SENT,
    Word.QUEUED: State.SENT,
    Word.SENDING: State.SENT,
    Word.SENT: State.SENT,
    Word.FAILED: State.FAILED,
    Word.UNDELIVERED: State.FAILED,
    Word.DELIVERED: State.DELIVERED,
    Word.READ: State.DELIVERED,
}
TWILIO: Final[dict[str, Word]] = {
    # twilio.com/docs/messaging/api/message-resource#message-status-values; "receiving" and
    # "received" are about messages to us
    "scheduled": Word.ACCEPTED,
    "accepted": Word.ACCEPTED,
    "queued": Word.QUEUED,
    "sending": Word.SENDING,
    "sent": Word.SENT,
    "partially_delivered": Word.SENT,  # the rest may follow
    "failed": Word.FAILED,
    "canceled": Word.FAILED,
    "undelivered": Word.UNDELIVERED,
    "delivered": Word.DELIVERED,
    "read": Word.READ,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message did not arrive."""

    reason: Reason
    code: str | None = None
    """The provider's own."""
    address_is_bad: bool = False
    """Whether no other message will arrive there either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One word of a provider about one notification."""

    notification_id: str
    channel: Channel
    word: Word
    provider_ref: str | None = None
    """The provider's name for the message; None where the word does not carry it."""
    failure: Failure | None = None
    recipients: frozenset[str] = frozenset()
    """The addresses that it is about, in small letters, where it names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a notification stands, as far as receipts are concerned."""

    state: State
    word: Word | None = None
    """The furthest so far."""
    provider_ref: str | None = None
    failure: Failure | None = None


class Effect(StrEnum):
    """What a receipt does."""

    MOVED = "moved"  # the notification is in another state now
    NOTED = "noted"  # it came further within its state
    KNOWN = "known"  # a replay, or overtaken by a further word
    COPY = "copy"  # it is about another message than the one that we know: there are two
    UNKNOWN = "unknown"  # there is no such notification


def advance(known: Standing, receipt: Receipt) -> tuple[Standing, Effect]:
    """Where the notification stands after this receipt, and what that changed.

    It does not matter in which state the notification was: what was in doubt is settled, and what
    we took for expired or withdrawn was sent after all when its provider says so.
    """
    names = {name for name in (known.provider_ref, receipt.provider_ref) if name is not None}
    if len(names) > 1:
        return known, Effect.COPY
    if known.word is not None and RANKS[receipt.word] <= RANKS[known.word]:
        return known, Effect.KNOWN
    state = STATES[receipt.word]
    after = replace(
        known,
        state=state,
        word=receipt.word,
        provider_ref=next(iter(names), None),
        failure=_failure(receipt) if state is State.FAILED else None,
    )
    return after, Effect.NOTED if state is known.state else Effect.MOVED


def _failure(receipt: Receipt) -> Failure:
    return receipt.failure or Failure(Reason.UNDELIVERED)
