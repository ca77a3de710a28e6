"""What every channel promises, and the only errors that leave one.

    SendError
     ├── PermanentError            this message to this recipient will never arrive
     ├── TransientError            trying again later may succeed
     │    └── RateLimitedError     too fast; the provider may say when
     ├── BadConfigurationError     our account or sender is wrong; burns no attempt
     └── UnknownOutcomeError       the call ended without an answer: it may have been accepted

"Try again?" is a property of the type. Each provider's errors are translated once, by table,
in its own file; the cause is kept with `raise ... from`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from services.notifier.rendered import (
    RenderedEmail,
    RenderedSms,
    RenderedTelegram,
    RenderedWhatsApp,
)

M_contra = TypeVar(
    "M_contra",
    RenderedEmail,
    RenderedSms,
    RenderedTelegram,
    RenderedWhatsApp,
    contravariant=True,
)


class Tells(StrEnum):
    """What the end of one call tells of the provider."""

    WORKS = "works"  # it looked at the message and decided
    FAILS = "fails"  # any other message would have fared alike
    NOTHING = "nothing"  # it was never asked, or "not now" was about this recipient alone


class SendError(Exception):
    """A message was not sent, or may not have been.

    `code` is the provider's own short code ("550", "21610", "Forbidden"): for logs and the trace;
    it never holds an address or a text.

    `tells` is what other messages can expect of the same provider after it.
    """

    reason: Reason = Reason.REFUSED
    tells: Tells = Tells.NOTHING

    def __init__(self, code: str, reason: Reason | None = None) -> None:
        super().__init__(code)
        self.code = code
        if reason is not None:
            self.reason = reason


class PermanentError(SendError):
    """This message will never reach this recipient on this channel.

    `address_is_bad` says that no other message will either.
    """

    def __init__(
        self,
        code: str,
        reason: Reason = Reason.REFUSED,
        *,
        address_is_bad: bool = False,
        tells: Tells = Tells.WORKS,
    ) -> None:
        super().__init__(code, reason)
        self.address_is_bad = address_is_bad
        self.tells = tells


class TransientError(SendError):
    """Trying again later may succeed. `retry_after` is in seconds, None when nobody said."""

    reason = Reason.GAVE_UP

    def __init__(
        self, code: str, retry_after: float | None = None, *, tells: Tells = Tells.FAILS
    ) -> None:
        super().__init__(code)
        self.retry_after = retry_after
        self.tells = tells


class RateLimitedError(TransientError):
    """We are too fast for the provider. `limits_all`: the limit is that of our whole account, so
    that every other message waits too."""

    def __init__(
        self, code: str, retry_after: float | None = None, *, limits_all: bool = False
    ) -> None:
        super().__init__(code, retry_after)
        self.limits_all = limits_all


class BadConfigurationError(SendError):
    """Our credentials or our sender are wrong: we are at fault, not the message.

    It tells `FAILS` when that is so for all messages, and `NOTHING` when only for those of one
    shop.
    """

    reason = Reason.BAD_CONFIGURATION

    def __init__(self, code: str, *, tells: Tells = Tells.FAILS) -> None:
        super().__init__(code)
        self.tells = tells


class UnknownOutcomeError(SendError):
    """The call ended without an answer; the provider may have accepted the message."""

    reason = Reason.NO_ANSWER
    tells = Tells.FAILS


class Sender(Protocol, Generic[M_contra]):
    """One way to one provider. `send` may be called concurrently."""

    channel: Channel
    name: str
    """Tells the ways of a channel apart: `primary` or `secondary`."""
    can_be_asked: bool
    """Whether the provider knows what became of a call that ended without an answer."""

    async def send(self, message: M_contra) -> str:
        """Hands the message over and returns the provider's name for it. Raises SendError."""
        ...

    async def find(self, message: M_contra, since: datetime) -> tuple[str, ...]:
        """The provider's names for messages with this text to this recipient that it took at
        `since` (real time) or later, the oldest first: what an unanswered call may have left
        behind. Empty when there is none. Only where it can be asked. Raises SendError."""
        ...

    async def close(self) -> None:
        """Ends connections. The sender cannot be used afterwards."""
        ...


PRIMARY = "primary"
SECONDARY = "secondary"
"""Names of senders."""
