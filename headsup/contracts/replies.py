"""What a message may ask a customer, and what they may answer."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta

from headsup.contracts.base import Contract, Id, Instant, Language, LongText, ShortText
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.shop.customers import Consent


class Question(StrEnum):
    """What a customer is asked."""

    WAIT_OR_CANCEL = "wait_or_cancel"  # the order is late, and not for the first time
    RECEIVED = "received"  # the parcel that is said to be delivered
    ALL_RIGHT = "all_right"  # with what was delivered
    RATING = "rating"  # of the help, from 1 to 5


class Answer(StrEnum):
    """What a customer says."""

    WAIT = "wait"
    CANCEL = "cancel"
    YES = "yes"
    NO = "no"
    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    FIVE = "5"


ANSWERS: Final[Mapping[Question, tuple[Answer, ...]]] = {
    Question.WAIT_OR_CANCEL: (Answer.WAIT, Answer.CANCEL),
    Question.RECEIVED: (Answer.YES, Answer.NO),
    Question.ALL_RIGHT: (Answer.YES, Answer.NO),
    Question.RATING: (Answer.ONE, Answer.TWO, Answer.THREE, Answer.FOUR, Answer.FIVE),
}
"""The answers to each question, in the order in which they are shown."""


class CustomerReplied(Contract, frozen=True, kw_only=True):
    """A customer answered a question. The last answer counts; the shop acts on it."""

    order_id: Id
    customer_id: Id
    request_id: Id
    """The request whose message asked."""
    question: Question
    answer: Answer
    channel: Channel
    """On which it was answered."""


class CustomerOptedOut(Contract, frozen=True, kw_only=True):
    """A customer wants no more messages of a class. We keep to it at once; the shop writes it into
    its own books."""

    customer_id: Id
    message_class: MessageClass
    channel: Channel | None = None
    """The only channel that is meant; None: all."""
    address: Annotated[str, Meta(min_length=1, max_length=320)] | None = None
    """From which they said so: the number that wrote STOP, the chat that was left. None where it
    was said otherwise, as on a page."""


class CustomerOptedIn(Contract, frozen=True, kw_only=True):
    """A customer takes back that they wanted no more messages on a channel: they wrote START, or
    started the bot again. It grants no marketing that was never agreed to."""

    customer_id: Id
    channel: Channel
    message_class: MessageClass
    address: Annotated[str, Meta(min_length=1, max_length=320)] | None = None
    """From which they said so."""


Hour = Annotated[int, Meta(ge=0, le=23)]


class QuietHours(Contract, frozen=True, kw_only=True):
    """Hours on their own clock in which a customer wants to be left alone. Where both are the same
    there are none."""

    begins: Hour
    ends: Hour


class PreferencesChanged(Contract, frozen=True, kw_only=True):
    """What a customer chose on our page, all of it: it replaces what they chose before. We keep to
    it at once; the shop writes it into its own books. A consent in it that says yes to marketing is
    proof: when, where and to which words."""

    customer_id: Id
    language: Language | None = None
    channel_order: Annotated[tuple[Channel, ...], Meta(max_length=10)] = ()
    quiet_hours: QuietHours | None = None
    """None: the shop's."""
    consents: Annotated[tuple[Consent, ...], Meta(max_length=50)] = ()
    """Of each class and channel that they said something about, the last word."""


class ChatLinked(Contract, frozen=True, kw_only=True):
    """A customer started our bot by a link of theirs: from now on they are reached there."""

    customer_id: Id
    channel: Channel
    address: Annotated[str, Meta(min_length=1, max_length=320)]


class ChatUnlinked(Contract, frozen=True, kw_only=True):
    """A customer, or whoever holds a link of theirs, ended what `ChatLinked` told: nothing about
    them goes there any more, and nobody asks there for their orders. Other chats of theirs stay."""

    customer_id: Id
    channel: Channel
    address: Annotated[str, Meta(min_length=1, max_length=320)]


class Author(StrEnum):
    """Who wrote a line of a conversation."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"


class Line(Contract, frozen=True, kw_only=True):
    """One line of a conversation."""

    author: Author
    at: Instant
    text: LongText


class HumanRequested(Contract, frozen=True, kw_only=True):
    """A customer wants to talk to a person. Until the shop hands the conversation back, the bot
    only hands on what is said."""

    customer_id: Id
    channel: Channel
    language: Language | None = None
    order_id: Id | None = None
    """The order that they were asking about, where that is known."""
    lines: Annotated[tuple[Line, ...], Meta(max_length=50)] = ()
    """What was said so far, the oldest first."""


class CustomerWrote(Contract, frozen=True, kw_only=True):
    """A customer writes on, while a person of the shop's has the conversation."""

    customer_id: Id
    channel: Channel
    text: LongText
    ref: ShortText | None = None
    """The provider's own name for the message."""
