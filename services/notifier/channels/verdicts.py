"""What an answer of a provider means. The words that the tables of all providers are written in."""

from enum import StrEnum

from headsup.contracts.notifications import Reason
from services.notifier.channels.base import (
    BadConfigurationError,
    PermanentError,
    RateLimitedError,
    SendError,
    Tells,
    TransientError,
    UnknownOutcomeError,
)


class Verdict(StrEnum):
    """The meaning of a provider's answer."""

    REFUSED = "refused"  # not this message; another one may pass
    BAD_ADDRESS = "bad_address"  # nobody is reached there
    BLOCKED = "blocked"  # the customer does not want us on this channel
    OPTED_OUT = "opted_out"  # the customer said stop
    NO_TEMPLATE = "no_template"  # not in these words: WhatsApp wants an approved text
    NOT_ALLOWED = "not_allowed"  # our account may not write to such a recipient; to others it may
    LATER = "later"  # the provider cannot take anything now
    NOT_NOW = "not_now"  # not this message, or not for this recipient; another one may pass
    TOO_FAST = "too_fast"
    OUR_FAULT = "our_fault"  # account, sender or credentials: no message passes
    SHOPS_FAULT = "shops_fault"  # the address that this shop writes from; another shop's may pass
    UNKNOWN = "unknown"  # it may have been accepted


_PERMANENT: dict[Verdict, tuple[Reason, bool]] = {
    # verdict: why, and whether no other message will arrive there either
    Verdict.REFUSED: (Reason.REFUSED, False),
    Verdict.BAD_ADDRESS: (Reason.INVALID_ADDRESS, True),
    Verdict.BLOCKED: (Reason.BLOCKED, True),
    Verdict.OPTED_OUT: (Reason.OPTED_OUT, True),
    Verdict.NO_TEMPLATE: (Reason.NO_TEMPLATE, False),
    Verdict.NOT_ALLOWED: (Reason.BAD_CONFIGURATION, False),
}

_TELLS: dict[Verdict, Tells] = {Verdict.NOT_NOW: Tells.NOTHING, Verdict.SHOPS_FAULT: Tells.NOTHING}


def error_of(
    verdict: Verdict, code: str, retry_after: float | None = None, *, limits_all: bool = False
) -> SendError:
    """The error to raise. `code` is the provider's own; `retry_after` is in seconds. `limits_all`
    says that a limit is that of the whole account."""
    if verdict in _PERMANENT:
        reason, address_is_bad = _PERMANENT[verdict]
        return PermanentError(code, reason, address_is_bad=address_is_bad)
    tells = _TELLS.get(verdict, Tells.FAILS)
    if verdict in {Verdict.LATER, Verdict.NOT_NOW}:
        return TransientError(code, retry_after, tells=tells)
    if verdict is Verdict.TOO_FAST:
        return RateLimitedError(code, retry_after, limits_all=limits_all)
    if verdict in {Verdict.OUR_FAULT, Verdict.SHOPS_FAULT}:
        return BadConfigurationError(code, tells=tells)
    return UnknownOutcomeError(code)
