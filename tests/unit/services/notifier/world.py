"""A ledger of one notification, a provider with moods, and processes that die: what the SQL of
`claims.py` and `settling.py` does, in a few lines, around the decisions that are under test.

Time is in seconds; business time runs alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from services.notifier import attempts, doubt
from services.notifier.attempts import Claimed, Moment, Recourse, Result, State
from services.notifier.channels import (
    PRIMARY,
    SECONDARY,
    BadConfigurationError,
    PermanentError,
    RateLimitedError,
    SendError,
    TransientError,
    UnknownOutcomeError,
)
from services.notifier.words import KEPT_ON
from tests.support.claims import claimed
from tests.support.notifier import MONDAY, requested

LEASE: Final = 60.0
SETTLE: Final = 30.0
CALL: Final = 1.0
AT_REST: Final = frozenset(State) - {State.PLANNED, State.SENDING}


class Fate(StrEnum):
    """What happens to one attempt."""

    ANSWERED = "answered"
    REFUSED = "refused"
    BUSY = "busy"
    TOO_FAST = "too fast"
    WRONG_ACCOUNT = "wrong account"
    SILENT = "accepted, then silence"
    RESET = "silence, and not accepted"
    DIES_EARLY = "the process dies before it wrote what it was going to say"
    DIES_BEFORE = "the process dies before the call"
    DIES_AFTER = "the process dies after the call"
    STALLS = "accepted, and the process stalls until its lease has run out"
    SHUT = "its sender must not be used just then"
    COMES_BACK = "a process that stalled comes back before it"
    DAY_PASSES = "a day passes before it"
    WITHDRAWN = "the news is withdrawn before it"


ERRORS: Final[dict[Fate, SendError]] = {
    Fate.REFUSED: PermanentError("550"),
    Fate.BUSY: TransientError("451"),
    Fate.TOO_FAST: RateLimitedError("429", retry_after=90.0),
    Fate.WRONG_ACCOUNT: BadConfigurationError("535"),
    Fate.SILENT: UnknownOutcomeError("timeout"),
    Fate.RESET: UnknownOutcomeError("reset"),
}
ACCEPTED: Final = {Fate.ANSWERED, Fate.SILENT, Fate.DIES_AFTER, Fate.STALLS}
DIES: Final = {Fate.DIES_EARLY, Fate.DIES_BEFORE, Fate.DIES_AFTER}
DOUBTFUL: Final = {Fate.SILENT, Fate.RESET, Fate.STALLS, *DIES}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that a provider took: when, from whom, and in which words."""

    at: float
    sender: str
    notification_id: str
    written_at: datetime
    words: str | None


@dataclass(slots=True)
class World:
    """One notification from its plan to its end."""

    channel: Channel
    kind: Kind
    senders: Sequence[str] = (PRIMARY, SECONDARY)
    now: float = 0.0
    state: State = State.PLANNED
    attempt: int = 0
    retries: int = 0
    sender: str | None = None
    tried_at: float | None = None
    words: str | None = None
    written_at: datetime | None = None
    reason: Reason | None = None
    provider_ref: str | None = None
    due: float = 0.0
    is_withdrawn: bool = False
    accepted: list[Accepted] = field(default_factory=list)
    late: list[Result] = field(default_factory=list)
    doubts: int = 0
    steps: int = 0

    def live(self, fates: Sequence[Fate]) -> None:
        """Lives through these fates; after them everything goes well."""
        coming: Iterator[Fate] = iter(fates)
        while self.state not in AT_REST:
            self.steps += 1
            assert self.steps < 100, "it never comes to rest"
            self._step(next(coming, Fate.ANSWERED))
        self._come_back()

    def _step(self, fate: Fate) -> None:
        self.now = max(self.now, self.due)
        if fate is Fate.DAY_PASSES:
            self.now += 86_400
            return
        if fate is Fate.WITHDRAWN:
            self.withdraw()
            return
        if fate is Fate.COMES_BACK:
            self._come_back()
            return
        given = self.claim()
        self.now += CALL
        if fate is Fate.SHUT:
            self.settle(attempts.put_back(given, self.business, wait=10.0))
            return
        result = self._attempt(given, fate)
        if result is None:
            return
        if fate is Fate.STALLS and result.was_called:
            self.late.append(result)
            return
        self.settle(result)

    def _come_back(self) -> None:
        late, self.late = self.late, []
        for result in late:
            self.settle(result)

    def withdraw(self) -> None:
        """Newer news takes its place, if it is not too late."""
        self.is_withdrawn = True
        if self.state is State.PLANNED and self.tried_at is None:
            self.state = State.WITHDRAWN

    def claim(self) -> Claimed:
        """Takes it under a lease, and writes the intent."""
        before = self.sender
        doubted_since = None if self._was_not_called else self.tried_at
        in_doubt = doubted_since is not None
        if not (in_doubt and self.channel is Channel.SMS):
            self.sender = next((s for s in self.senders if s != before), self.senders[0])
        if not in_doubt or self.written_at is None:
            self.written_at = self.business
        self.tried_at = self.now if doubted_since is None else doubted_since
        self.state, self.due = State.SENDING, self.now + LEASE
        self.attempt += 1
        return claimed(
            channel=self.channel,
            kind=self.kind,
            attempt=self.attempt,
            retries=self.retries,
            reason=self.reason,
            sender=self.sender,
            sender_before=before,
            tried_at=None if doubted_since is None else MONDAY + timedelta(seconds=doubted_since),
            doubted_for=0.0 if doubted_since is None else self.now - doubted_since,
            written_at=self.written_at,
            words=self.words,
            is_withdrawn=self.is_withdrawn,
        )

    def _attempt(self, given: Claimed, fate: Fate) -> Result | None:
        """How the attempt ends; None when the process dies."""
        if given.in_doubt and given.recourse is Recourse.ASK:
            return self._ask(given, fate)
        hindered = attempts.obstacle(given, self.business)
        if hindered is not None:
            return hindered
        self.doubts += fate in DOUBTFUL
        if fate is Fate.DIES_EARLY:
            return None
        if self.channel in KEPT_ON:
            self.words = self.words or f"written for {given.written_at}"
        if fate in ACCEPTED:
            taken = Accepted(self.now, given.sender, given.id, given.written_at, self.words)
            self.accepted.append(taken)
        if fate in DIES:
            return None
        if fate in ERRORS:
            return attempts.failed(given, ERRORS[fate], self._moment())
        return attempts.sent(given, f"ref-{len(self.accepted)}", self.business)

    def _ask(self, given: Claimed, fate: Fate) -> Result | None:
        early = doubt.too_early(given, self.business, SETTLE)
        if early is not None:
            return early
        if fate in DIES:
            return None
        if fate in {Fate.BUSY, Fate.TOO_FAST, Fate.WRONG_ACCOUNT, Fate.RESET}:
            error = ERRORS[fate] if fate is not Fate.RESET else TransientError("reset")
            return doubt.not_told(given, error, self._moment())
        assert given.tried_at is not None
        since = (given.tried_at - MONDAY).total_seconds()
        found = [
            f"ref-{number}"
            for number, one in enumerate(self.accepted, start=1)
            if (one.sender, one.words) == (given.sender, given.words) and one.at >= since
        ]
        return doubt.told(given, found, self.business)

    def settle(self, result: Result) -> None:
        """Writes a result that is the newest, and of the others only that it was sent."""
        is_newest = result.claimed.attempt == self.attempt and self.state is State.SENDING
        if is_newest and self.provider_ref is None:
            self.state, self.reason = result.state, result.reason
            self.provider_ref, self.sender = result.provider_ref, result.sender
            self.retries += result.is_retry
            self.due = self.now + result.wait
            self.tried_at = self.tried_at if result.in_doubt else None
            self.words = self.words if result.in_doubt else None
        elif is_newest:
            self.state, self.tried_at, self.words = State.SENT, None, None
        elif result.state is State.SENT:
            if self.state in {State.PLANNED, State.UNKNOWN}:
                self.state, self.tried_at = State.SENT, None
            if self.state in {State.SENT, State.SENDING}:
                self.provider_ref = self.provider_ref or result.provider_ref

    @property
    def _was_not_called(self) -> bool:
        return self.channel in KEPT_ON and self.words is None

    @property
    def business(self) -> datetime:
        """The time that the shop lives in."""
        return MONDAY + timedelta(seconds=self.now)

    def _moment(self) -> Moment:
        expires_at = requested("r1", kind=self.kind).data.expires_at
        return Moment(
            at=self.business,
            left=max(0.0, (expires_at - self.business).total_seconds()),
            chance=0.5,
            another=len(self.senders) > 1,
            settle=SETTLE,
        )
