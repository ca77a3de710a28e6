"""A message that may have been sent, where the provider can be asked what it knows. Pure.

It is asked for as long as the news is young, and for a day after the doubt arose even when the news
is old: by then nothing is sent any more, but the record is to be true.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from headsup.contracts.notifications import Reason
from services.notifier import attempts
from services.notifier.attempts import Claimed, Moment, Result
from services.notifier.backoff import backoff
from services.notifier.channels.base import BadConfigurationError, SendError, TransientError

ASKED_FOR: Final = 86_400.0
"""Seconds for which a provider is asked about a message whose news is old."""
FOUND: Final = "found"
NOT_FOUND: Final = "not found"
"""Codes of attempts that only asked."""


def too_early(claimed: Claimed, now: datetime, settle: float) -> Result | None:
    """It is put back while the provider may still be taking it, for `settle` seconds; then None."""
    if claimed.doubted_for >= settle:
        return None
    return attempts.put_back(claimed, now, wait=settle - claimed.doubted_for)


def told(claimed: Claimed, found: Sequence[str], now: datetime) -> Result:
    """What the provider's answer means. `found` are its names for messages like this one that it
    took since and that no other notification accounts for, the oldest first."""
    if found:
        return attempts.sent(claimed, found[0], now, FOUND)
    sure = replace(
        claimed,
        tried_at=None,
        reason=None if claimed.reason is Reason.NO_ANSWER else claimed.reason,
    )
    ended = attempts.obstacle(sure, now) or attempts.put_back(sure, now)
    return replace(ended, code=NOT_FOUND, was_called=True)


def not_told(claimed: Claimed, error: SendError, moment: Moment) -> Result:
    """It could not be asked: later, or never when it is too late for that."""
    if moment.left == 0 and claimed.doubted_for >= ASKED_FOR:
        return replace(attempts.unknown(claimed, moment.at, error.code), was_called=True)
    asked = error.retry_after if isinstance(error, TransientError) else None
    wait = backoff(claimed.retries, moment.chance) if asked is None else asked
    later = attempts.planned_again(
        claimed,
        error,
        moment,
        max(wait, moment.pause),
        is_retry=not isinstance(error, BadConfigurationError),
        in_doubt=True,
    )
    return replace(later, was_called=True)
