"""One attempt to send: what is looked at before it, and what each way to end means. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from headsup.contracts.catalogue import CATALOGUE
from headsup.contracts.channels import MessageClass
from headsup.contracts.notifications import NotificationRequested, OutcomeStatus, Reason
from services.notifier.backoff import backoff
from services.notifier.channels.base import (
    BadConfigurationError,
    PermanentError,
    RateLimitedError,
    SendError,
    TransientError,
    UnknownOutcomeError,
)
from services.notifier.people import Address, Person, forbidden_by
from services.notifier.priorities import Priority
from services.notifier.quiet import HeldFor, may_be_left_out


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


class Recourse(StrEnum):
    """What is done about an attempt that ended without an answer."""

    ASK = "ask"  # the provider knows
    REPEAT = "repeat"  # it does not, and missing the message would be worse than reading it twice
    LEAVE = "leave"  # it does not, and it would not


OUR_FAULT: Final = frozenset({Reason.BAD_CONFIGURATION, Reason.CANNOT_RENDER})
"""Reasons to wait that say more about the end than that the news grew old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A notification that is ours to send, with the truth as it was when we took it."""

    id: str
    request_id: str
    route: int
    address: Address
    language: str
    planned_at: datetime
    number: int
    """Its own in the ledger, by which it is found again from outside."""
    attempt: int
    """The fence: a result counts only while this number is the newest."""
    retries: int
    priority: Priority = Priority.NEWS
    """Whether it goes before others."""
    sender: str
    """Whom this attempt goes to, as the claim wrote down."""
    sender_before: str | None = None
    """Whom the last one went to."""
    can_be_asked: bool = False
    """Whether the channel's providers know what became of a call without an answer."""
    tried_at: datetime | None = None
    """When the first attempt began of which nobody knows how it ended (real time); None when there
    is none."""
    doubted_for: float = 0.0
    """Seconds since then."""
    words: str | None = None
    """What the provider was given, where that is kept."""
    written_at: datetime
    """The moment that it is written for. It stays while something is in doubt: the same words."""
    provider_ref: str | None = None
    """The provider's name for it, where somebody came late to say that it was sent."""
    reason: Reason | None
    """Why the last attempt brought no end."""
    is_withdrawn: bool
    is_erased: bool = False
    """Whether whoever it is for is to be forgotten."""
    source: str
    request: NotificationRequested
    person: Person
    is_in_trouble: bool = False
    """Whether an order of the customer's is."""
    has_bought: bool = False
    """Whether they placed an order since they left the cart that this is about."""
    suppressed: Reason | None = None
    """Why nothing is sent to this address any more, if that came to be known since the plan."""
    held_for: HeldFor | None = None
    """What it waited for, where it did."""
    is_overtaken: bool = False
    """Whether newer news of the same came while it waited."""
    waited: float
    """Seconds since the request was received."""

    @property
    def in_doubt(self) -> bool:
        """Whether it may have been sent: an attempt ended without an answer, or its lease ran out
        and nobody said what came of it."""
        return self.tried_at is not None

    @property
    def recourse(self) -> Recourse:
        """What is done when it is in doubt."""
        if self.can_be_asked:
            return Recourse.ASK
        is_repeated = self.address.channel in CATALOGUE[self.request.kind].resent_in_doubt
        return Recourse.REPEAT if is_repeated else Recourse.LEAVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What may have come to be known since a claim."""

    is_withdrawn: bool = False
    is_erased: bool = False
    has_bought: bool = False
    suppressed: Reason | None = None
    person: Person
    """With what they said since, to us or to the shop."""

    def about(self, claimed: Claimed) -> Claimed:
        """The notification as it stands by now."""
        return replace(
            claimed,
            is_withdrawn=self.is_withdrawn,
            is_erased=self.is_erased,
            has_bought=self.has_bought,
            suppressed=self.suppressed,
            person=replace(self.person, talks=claimed.person.talks),
        )


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
    held_for: HeldFor | None = None
    """What it waits for, though it could be sent."""
    in_doubt: bool = False
    """Whether it may have been sent all the same."""
    was_called: bool = False
    """Whether the provider was called: then it is an attempt, and not only a claim."""
    context: str | None = None
    """What follows from it hangs on this in a trace; None where none is recorded."""

    @property
    def sender(self) -> str | None:
        """Whom the last attempt went to, this one included."""
        return self.claimed.sender if self.was_called else self.claimed.sender_before

    @property
    def succeeded_at_once(self) -> bool:
        """Nothing about it needs to be remembered beside that it was sent."""
        claimed = self.claimed
        return self.state is State.SENT and not claimed.retries and not claimed.in_doubt


def obstacle(claimed: Claimed, now: datetime) -> Result | None:
    """Why this must not be sent after all: the truth, looked at again. None when it may be.

    What is in doubt is not called expired or withdrawn: it may have arrived. Unless it went to an
    address that reaches nobody, as a bounce has told since: then the next channel takes over.
    """
    found = _obstacle(claimed, now)
    reaches_nobody = claimed.recourse is Recourse.REPEAT and found == _NOBODY_THERE
    if claimed.in_doubt and not reaches_nobody:
        return unknown(claimed, now) if found or claimed.recourse is Recourse.LEAVE else None
    if found is None:
        return None
    state, reason = found
    falls_back = state is State.SUPPRESSED and reason is claimed.suppressed
    return Result(claimed=claimed, state=state, at=now, reason=reason, falls_back=falls_back)


_NOBODY_THERE: Final = (State.SUPPRESSED, Reason.INVALID_ADDRESS)


def _obstacle(claimed: Claimed, now: datetime) -> tuple[State, Reason] | None:
    request = claimed.request
    if claimed.is_erased:
        return State.WITHDRAWN, Reason.ERASED
    if claimed.is_withdrawn or (claimed.is_overtaken and may_be_left_out(request)):
        return State.WITHDRAWN, Reason.SUPERSEDED
    if now >= request.expires_at:
        return _too_old(claimed)
    if claimed.has_bought:
        return State.SUPPRESSED, Reason.BOUGHT
    message_class = CATALOGUE[request.kind].message_class
    forbidden = forbidden_by(claimed.person, claimed.address.channel, message_class)
    if claimed.is_in_trouble and message_class is MessageClass.MARKETING:
        return State.SUPPRESSED, Reason.IN_TROUBLE
    reason = forbidden or claimed.suppressed
    return (State.SUPPRESSED, reason) if reason else None


def _too_old(claimed: Claimed) -> tuple[State, Reason]:
    if claimed.reason in OUR_FAULT:
        return State.FAILED, claimed.reason
    return (State.FAILED, Reason.GAVE_UP) if claimed.retries else (State.EXPIRED, Reason.STALE)


def sent(claimed: Claimed, provider_ref: str, now: datetime, code: str | None = None) -> Result:
    """The provider accepted it."""
    return Result(
        claimed=claimed,
        state=State.SENT,
        at=now,
        provider_ref=provider_ref,
        code=code,
        was_called=True,
    )


def suppressed(claimed: Claimed, reason: Reason, now: datetime, code: str | None = None) -> Result:
    """It cannot be written."""
    if claimed.in_doubt:
        return unknown(claimed, now, code)
    return Result(claimed=claimed, state=State.SUPPRESSED, at=now, reason=reason, code=code)


def unknown(claimed: Claimed, now: datetime, code: str | None = None) -> Result:
    """Nobody will know whether it was sent."""
    reason = Reason.NO_ANSWER
    return Result(
        claimed=claimed, state=State.UNKNOWN, at=now, reason=reason, code=code, in_doubt=True
    )


def put_back(
    claimed: Claimed,
    now: datetime,
    *,
    wait: float = 0.0,
    reason: Reason | None = None,
    held_for: HeldFor | None = None,
) -> Result:
    """It was not tried at all, and anybody may take it after `wait` seconds. `reason` is why it
    waits, where that is news; `held_for`, where it is nobody's fault."""
    return Result(
        claimed=claimed,
        state=State.PLANNED,
        at=now,
        reason=Reason.NO_ANSWER if claimed.in_doubt else reason or claimed.reason,
        wait=wait,
        held_for=held_for or (_still_held_for(claimed) if wait else claimed.held_for),
        in_doubt=claimed.in_doubt,
    )


def _still_held_for(claimed: Claimed) -> HeldFor | None:
    """What can be left out stays held: newer news may come before its turn, and goes before it."""
    return claimed.held_for if may_be_left_out(claimed.request) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When an attempt ended, and what is known of the time after it."""

    at: datetime
    left: float
    """Real seconds until the news is old."""
    chance: float
    """From 0 to 1: spreads the next attempts, so that they do not come all at once."""
    pause: float = 0.0
    """Seconds for which its sender wants no further message like it."""
    another: bool = False
    """Whether another sender may be used meanwhile."""
    settle: float = 0.0
    """Seconds after which the provider can be asked what it knows."""


def failed(claimed: Claimed, error: SendError, moment: Moment) -> Result:
    """What the error in which a call ended means for this notification."""
    return replace(_failed(claimed, error, moment), was_called=True)


def _failed(claimed: Claimed, error: SendError, moment: Moment) -> Result:
    match error:
        # That a copy is refused says nothing of the first one, unless nobody is reached there.
        case PermanentError() if not claimed.in_doubt or error.address_is_bad:
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
            # Where the other sender turned it down for the same reason, the shop is at fault.
            is_first = moment.another and claimed.reason is not Reason.BAD_CONFIGURATION
            wait = backoff(claimed.retries, moment.chance) if is_first else moment.pause
            return _again(claimed, error, moment, wait, is_retry=False)
        case TransientError():
            return _again(claimed, error, moment, _wait(claimed, error, moment))
        case UnknownOutcomeError() if claimed.recourse is Recourse.ASK:
            return planned_again(claimed, error, moment, moment.settle, in_doubt=True)
        case UnknownOutcomeError() if claimed.recourse is Recourse.REPEAT:
            return _again(claimed, error, moment, backoff(claimed.retries, moment.chance))
        case _:
            return unknown(claimed, moment.at, error.code)


def _wait(claimed: Claimed, error: TransientError, moment: Moment) -> float:
    """As long as the provider says, where it says so; but not where another one takes over, unless
    the limit is the recipient's."""
    wait = backoff(claimed.retries, moment.chance)
    is_the_recipients = isinstance(error, RateLimitedError) and not error.limits_all
    if moment.another and not is_the_recipients:
        return wait
    return max(wait if error.retry_after is None else error.retry_after, moment.pause)


def broke(claimed: Claimed, code: str, moment: Moment) -> Result:
    """Writing it broke in a way that nobody foresaw, so the fault is ours, and it waits for us. The
    moment's `pause` is how long its channel rests for that."""
    wait = max(moment.pause, backoff(claimed.retries, moment.chance))
    return _again(claimed, SendError(code, Reason.CANNOT_RENDER), moment, wait)


def _again(
    claimed: Claimed, error: SendError, moment: Moment, wait: float, *, is_retry: bool = True
) -> Result:
    in_doubt = claimed.in_doubt or error.reason is Reason.NO_ANSWER
    is_asked_about = in_doubt and claimed.recourse is Recourse.ASK
    if wait < moment.left or is_asked_about:
        return planned_again(claimed, error, moment, wait, is_retry=is_retry, in_doubt=in_doubt)
    if in_doubt:
        return unknown(claimed, moment.at, error.code)
    return Result(
        claimed=claimed,
        state=State.FAILED,
        at=moment.at,
        reason=error.reason,
        code=error.code,
        falls_back=moment.left > 0,
    )


def planned_again(
    claimed: Claimed,
    error: SendError,
    moment: Moment,
    wait: float,
    *,
    in_doubt: bool,
    is_retry: bool = True,
) -> Result:
    """It is taken up again after `wait` seconds. What is in doubt has had no answer, whatever the
    error was."""
    return Result(
        claimed=claimed,
        state=State.PLANNED,
        at=moment.at,
        reason=Reason.NO_ANSWER if in_doubt else error.reason,
        code=error.code,
        wait=wait,
        is_retry=is_retry,
        held_for=_still_held_for(claimed),
        in_doubt=in_doubt,
    )
