"""A stand-in for every channel."""

from dataclasses import dataclass, field
from typing import Any

from headsup.contracts.channels import Channel
from services.notifier.channels import SECONDARY, MemorySender, Sender


@dataclass
class Senders:
    """A stand-in for every channel."""

    email: MemorySender[Any] = field(default_factory=lambda: MemorySender(Channel.EMAIL))
    sms: MemorySender[Any] = field(
        default_factory=lambda: MemorySender(Channel.SMS, can_be_asked=True)
    )
    whatsapp: MemorySender[Any] = field(
        default_factory=lambda: MemorySender(Channel.WHATSAPP, can_be_asked=True)
    )
    telegram: MemorySender[Any] = field(default_factory=lambda: MemorySender(Channel.TELEGRAM))

    others: list[MemorySender[Any]] = field(default_factory=list)

    def add(self, channel: Channel) -> MemorySender[Any]:
        """A second sender of a channel."""
        other: MemorySender[Any] = MemorySender(
            channel, name=SECONDARY, can_be_asked=channel is Channel.SMS
        )
        self.others.append(other)
        return other

    def all(self) -> list[Sender[Any]]:
        return [self.email, self.sms, self.whatsapp, self.telegram, *self.others]
