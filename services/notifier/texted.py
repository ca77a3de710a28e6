"""A text message that somebody wrote to us, as it is handed around. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from headsup.contracts.channels import Channel
from services.notifier.render.wishes import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Texted:
    """A text message that came back."""

    number: str = field(repr=False)
    text: str = field(repr=False)
    channel: Channel = Channel.SMS
    senders: Collection[str]
    """Names of our senders to which it was written."""
    ref: str
    written_at: datetime | None = None
    """Of one that is brought late, when Twilio had it (real time)."""
    taken_for: Wish | None = None
    """What the provider took it for, which keeps such words itself."""
    is_answered: bool = False
    """Whether the provider answers it."""
