"""What a message may ask a customer, and what they may answer."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from headsup.contracts.base import Contract, Id
from headsup.contracts.channels import Channel, MessageClass


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
