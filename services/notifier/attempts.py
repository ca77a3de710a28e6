"""One attempt to send: what is looked at before it, and what each way to end means. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from headsup.contracts.catalogue import CATALOGUE
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import NotificationRequested, OutcomeStatus, Reason
from services.notifier.channels.base import (
    BadConfigurationError,
    PermanentError,
    SendError,
    TransientError,
    UnknownOutcomeError,
)
from services.notifier.people import Address, Person, forbidden_by


class State(StrEnum):
    """Where a notification stands."""

    PLANNED = "planned"  # waits for its moment, or for another attempt
    SENDING = "sending"  # leased by a dispatcher, which wrote so before it called the provider
    SENT = "sent"
    DELIVERED = "delivered"  # a receipt says so
    FAILED = "failed"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


STATUS: Final[dict[State, OutcomeStatus]] = {
    State.SENT: OutcomeStatus.SENT,
    State.DELIVERED: OutcomeStatus.DELIVERED,
    State.FAILED: OutcomeStatus.FAILED,
    State.UNKNOWN: OutcomeStatus.UNKNOWN,
    State.SUPPRESSED: OutcomeStatus.SUPPRESSED,
    State.EXPIRED: OutcomeStatus.EXPIRED,
    State.WITHDRAWN: OutcomeStatus.WITHDRAWN,
}
"""What is told about a notification that came to rest."""

RESENT_WHEN_UNKNOWN: Final = frozenset({Channel.EMAIL})
"""Where a second copy does less harm than none: a mail keeps its Message-ID, so that mailboxes may
drop the copy. Many show it once, some show it twice."""

OUR_FAULT: Final = frozenset({Reason.BAD_CONFIGURATION, Reason.CANNOT_RENDER})
"""Reasons to wait that say more about the end than that the news grew old."""

FIRST_WAIT: Final = 2.0
LONGEST_WAIT: Final = 600.0
"""Seconds between attempts, doubling from the first to the longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A notification that is ours to send, with the truth as it was when we took it."""

    id: str
    request_id: str
    route: int
    address: Address
    language: str
    planned_at: datetime
    attempt: int
    """The fence: a result counts only while this number is the newest."""
    retries: int
    lease_ran_out: bool
    """Somebody else took it and never said what came of it."""
    reason: Reason | None
    """Why the last attempt brought no end."""
    is_withdrawn: bool
    source: str
    request: NotificationRequested
    person: Person
    suppressed: Reason | None = None
    """Why nothing is sent to this address any more, if that came to be known since the plan."""
    waited: float
    """Seconds since the request was received."""

    @property
    def may_have_been_sent(self) -> bool:
        """Whether an earlier attempt ended without an answer."""
        return self.lease_ran_out or self.reason is Reason.NO_ANSWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How an attempt ended: in a state of rest, or `PLANNED` again after `wait` seconds."""

    claimed: Claimed
    state: State
    at: datetime
    provider_ref: str | None = None
    reason: Reason | None = None
    code: str | None = None
    wait: float = 0.0
    is_retry: bool = False
    """Whether the next wait grows: not after a fault of our own configuration."""
    address_is_bad: bool = False
    falls_back: bool = False
    """Whether the next channel of the route takes over."""


def obstacle(claimed: Claimed, now: datetime) -> Result | None:
    """Why this must not be sent after all: the truth, looked at again. None when it may be."""
    found = _obstacle(claimed, now)
    if found is None:
        if claimed.may_have_been_sent and claimed.address.channel not in RESENT_WHEN_UNKNOWN:
            return _unknown(claimed, now)
        return None
    if claimed.may_have_been_sent:
        return _unknown(claimed, now)
    state, reason = found
    falls_back = state is State.SUPPRESSED and reason is claimed.suppressed
    return Result(claimed=claimed, state=state, at=now, reason=reason, falls_back=falls_back)


def _obstacle(claimed: Claimed, now: datetime) -> tuple[State, Reason] | None:
    request = claimed.request
    if claimed.is_withdrawn:
        return State.WITHDRAWN, Reason.SUPERSEDED
    if now >= request.expires_at:
        return _too_old(claimed)
    message_class = CATALOGUE[request.kind].message_class
    forbidden = forbidden_by(claimed.person, claimed.address.channel, message_class)
    reason = forbidden or claimed.suppressed
    return (State.SUPPRESSED, reason) if reason else None


def _too_old(claimed: Claimed) -> tuple[State, Reason]:
    if claimed.reason in OUR_FAULT:
        return State.FAILED, claimed.reason
    return (State.FAILED, Reason.GAVE_UP) if claimed.retries else (State.EXPIRED, Reason.STALE)


def sent(claimed: Claimed, provider_ref: str, now: datetime) -> Result:
    """The provider accepted it."""
    return Result(claimed=claimed, state=State.SENT, at=now, provider_ref=provider_ref)


def suppressed(claimed: Claimed, reason: Reason, now: datetime, code: str | None = None) -> Result:
    """It cannot be written."""
    return Result(claimed=claimed, state=State.SUPPRESSED, at=now, reason=reason, code=code)


def put_back(
    claimed: Claimed, now: datetime, *, wait: float = 0.0, reason: Reason | None = None
) -> Result:
    """It was not tried at all, and anybody may take it after `wait` seconds. `reason` is why it
    waits, where that is news."""
    reason = Reason.NO_ANSWER if claimed.may_have_been_sent else reason or claimed.reason
    return Result(claimed=claimed, state=State.PLANNED, at=now, reason=reason, wait=wait)


@dataclass(frozen=True, slots=True)
class Moment:
    """When an attempt ended."""

    at: datetime
    left: float
    """Real seconds until the news is old."""
    chance: float
    """From 0 to 1: spreads the next attempts, so that they do not come all at once."""


def failed(claimed: Claimed, error: SendError, moment: Moment, pause: float) -> Result:
    """What an error means for this notification. `pause` is how long its channel rests after a
    fault of our configuration, in seconds."""
    match error:
        case PermanentError():
            return Result(
                claimed=claimed,
                state=State.FAILED,
                at=moment.at,
                reason=error.reason,
                code=error.code,
                address_is_bad=error.address_is_bad,
                falls_back=True,
            )
        case BadConfigurationError():
            return _again(claimed, error, moment, pause, is_retry=False)
        case TransientError():
            asked = error.retry_after
            wait = backoff(claimed.retries, moment.chance) if asked is None else asked
            return _again(claimed, error, moment, wait)
        case UnknownOutcomeError() if claimed.address.channel in RESENT_WHEN_UNKNOWN:
            return _again(claimed, error, moment, backoff(claimed.retries, moment.chance))
        case _:
            return _unknown(claimed, moment.at, error.code)


def broke(claimed: Claimed, code: str, moment: Moment, pause: float) -> Result:
    """Writing it broke in a way that nobody foresaw, so the fault is ours, and it waits for us.
    `pause` is how long its channel rests for that, in seconds."""
    wait = max(pause, backoff(claimed.retries, moment.chance))
    return _again(claimed, SendError(code, Reason.CANNOT_RENDER), moment, wait)


def backoff(retries: int, chance: float) -> float:
    """Seconds until the next attempt after `retries` earlier ones."""
    return float(min(FIRST_WAIT * 2 ** min(retries, 20), LONGEST_WAIT) * (0.5 + chance / 2))


def _again(
    claimed: Claimed, error: SendError, moment: Moment, wait: float, *, is_retry: bool = True
) -> Result:
    in_doubt = claimed.may_have_been_sent or error.reason is Reason.NO_ANSWER
    if wait >= moment.left:
        if in_doubt:
            return _unknown(claimed, moment.at, error.code)
        return Result(
            claimed=claimed,
            state=State.FAILED,
            at=moment.at,
            reason=error.reason,
            code=error.code,
            falls_back=moment.left > 0,
        )
    return Result(
        claimed=claimed,
        state=State.PLANNED,
        at=moment.at,
        reason=Reason.NO_ANSWER if in_doubt else error.reason,
        code=error.code,
        wait=wait,
        is_retry=is_retry,
    )


def _unknown(claimed: Claimed, now: datetime, code: str | None = None) -> Result:
    reason = Reason.NO_ANSWER
    return Result(claimed=claimed, state=State.UNKNOWN, at=now, reason=reason, code=code)
