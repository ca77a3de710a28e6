"""What a provider's code says about a message that did not arrive, by the tables of its channel."""

from headsup.contracts.notifications import Reason
from services.notifier.channels.base import BadConfigurationError, PermanentError
from services.notifier.channels.email import ENHANCED_CODES
from services.notifier.channels.twilio_api import CODES
from services.notifier.channels.verdicts import Verdict, error_of
from services.notifier.receipts import Failure


def failure_of_sms(code: str) -> Failure:
    """By Twilio's code; empty when it gave none."""
    return _failure(CODES.get(int(code)) if code.isdecimal() else None, code)


def failure_of_mail(status: str) -> Failure:
    """By an enhanced status code; empty when there is none."""
    return _failure(ENHANCED_CODES.get(status), status)


def _failure(verdict: Verdict | None, code: str) -> Failure:
    """What a call to send may retry later is over here: the provider has given up on it."""
    error = None if verdict is None else error_of(verdict, code)
    match error:
        case PermanentError():
            return Failure(error.reason, code, error.address_is_bad)
        case BadConfigurationError():
            return Failure(error.reason, code)
        case _:
            return Failure(Reason.UNDELIVERED, code or None)
