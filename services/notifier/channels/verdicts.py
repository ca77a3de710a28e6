"""What an answer of a provider means. The words that the tables of all providers are written in."""

from enum import StrEnum

from headsup.contracts.notifications import Reason
from services.notifier.channels.base import (
    BadConfigurationError,
    PermanentError,
    RateLimitedError,
    SendError,
    TransientError,
    UnknownOutcomeError,
)


class Verdict(StrEnum):
    """The meaning of a provider's answer."""

    REFUSED = "refused"  # not this message; another one may pass
    BAD_ADDRESS = "bad_address"  # nobody is reached there
    BLOCKED = "blocked"  # the customer does not want us on this channel
    OPTED_OUT = "opted_out"  # the customer said stop
    LATER = "later"
    TOO_FAST = "too_fast"
    OUR_FAULT = "our_fault"  # account, sender or credentials
    UNKNOWN = "unknown"  # it may have been accepted


_PERMANENT: dict[Verdict, tuple[Reason, bool]] = {
    # verdict: why, and whether no other message will arrive there either
    Verdict.REFUSED: (Reason.REFUSED, False),
    Verdict.BAD_ADDRESS: (Reason.INVALID_ADDRESS, True),
    Verdict.BLOCKED: (Reason.BLOCKED, True),
    Verdict.OPTED_OUT: (Reason.OPTED_OUT, True),
}


def error_of(verdict: Verdict, code: str, retry_after: float | None = None) -> SendError:
    """The error to raise. `code` is the provider's own; `retry_after` is in seconds."""
    if verdict in _PERMANENT:
        reason, address_is_bad = _PERMANENT[verdict]
        return PermanentError(code, reason, address_is_bad=address_is_bad)
    if verdict is Verdict.LATER:
        return TransientError(code, retry_after)
    if verdict is Verdict.TOO_FAST:
        return RateLimitedError(code, retry_after)
    if verdict is Verdict.OUR_FAULT:
        return BadConfigurationError(code)
    return UnknownOutcomeError(code)
