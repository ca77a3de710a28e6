"""What the shop is told of what its customers do in the bot: records for `customers.replied`. Pure.

Each id is made once, with the transaction that decides, so that publishing it twice is publishing
it once."""

from datetime import datetime

from headsup.contracts import envelope
from headsup.contracts.base import Contract
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.registry import Topic
from headsup.contracts.replies import (
    ChatLinked,
    CustomerOptedIn,
    CustomerOptedOut,
    CustomerWrote,
    HumanRequested,
    Line,
)
from headsup.kafka.producer import Outgoing

Who = tuple[str, str]
"""A shop and its customer."""


class Teller:
    """Makes the records of one update."""

    def __init__(self, update_id: int, at: datetime, prefix: str) -> None:
        self._name = f"bot.{update_id}.{int(at.timestamp())}"
        self._at = at
        self._topic = prefix + Topic.REPLIED
        self._made = 0

    def linked(self, who: Who, chat: int) -> Outgoing:
        """The chat is theirs."""
        data = ChatLinked(customer_id=who[1], channel=Channel.TELEGRAM, address=str(chat))
        return self.of(who, data)

    def left(self, who: Who, chat: int) -> Outgoing:
        """They want nothing there. That is said of what is part of the contract: whoever refuses
        that refuses marketing as well."""
        data = CustomerOptedOut(
            customer_id=who[1],
            message_class=MessageClass.TRANSACTIONAL,
            channel=Channel.TELEGRAM,
            address=str(chat),
        )
        return self.of(who, data)

    def came_back(self, who: Who, chat: int) -> Outgoing:
        """They take that back."""
        data = CustomerOptedIn(
            customer_id=who[1],
            channel=Channel.TELEGRAM,
            message_class=MessageClass.TRANSACTIONAL,
            address=str(chat),
        )
        return self.of(who, data)

    def human(
        self, who: Who, language: str, order_id: str | None, lines: tuple[Line, ...]
    ) -> Outgoing:
        """They want to talk to a person."""
        data = HumanRequested(
            customer_id=who[1],
            channel=Channel.TELEGRAM,
            language=language,
            order_id=order_id,
            lines=lines,
        )
        return self.of(who, data)

    def wrote(self, who: Who, text: str, message_id: int) -> Outgoing:
        """They write on."""
        data = CustomerWrote(
            customer_id=who[1], channel=Channel.TELEGRAM, text=text, ref=str(message_id)
        )
        return self.of(who, data)

    def of(self, who: Who, data: Contract) -> Outgoing:
        """Any of them."""
        self._made += 1
        event = envelope.make(who[0], f"{self._name}.{self._made}", self._at, data)
        headers = tuple(envelope.headers(event))
        return Outgoing(self._topic, who[1].encode(), envelope.encode(event), headers)
