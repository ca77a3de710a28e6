"""What a customer was told about an order: statement by statement, when, and what became of it.

Told is mutable for the same reason as facts: one owner, loaded, changed and stored in one
transaction. It is kept as JSON with `encode` and `decode`.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from headsup.contracts.base import Estimate, Items, Money
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import NotificationOutcome, OutcomeStatus, Reason
from headsup.contracts.replies import Question

_NEXT: Final = timedelta(microseconds=1)
_NEWEST: Final = "newest"
_DIGITS: Final = 16
"""Of a digest of lines: two of one order never meet."""
MOST_UNSAID: Final = 50
"""How many of the latest reasons for silence are kept per order."""

_RANKS: Final[dict[OutcomeStatus, int]] = {
    OutcomeStatus.SUPPRESSED: 0,
    OutcomeStatus.EXPIRED: 0,
    OutcomeStatus.WITHDRAWN: 0,
    OutcomeStatus.UNKNOWN: 1,
    OutcomeStatus.SENT: 2,
    OutcomeStatus.FAILED: 3,
    OutcomeStatus.DELIVERED: 4,
}
"""A message's status only moves up: outcomes may be repeated and overtake each other."""

_MAY_HAVE_BEEN_HEARD: Final = frozenset(
    {OutcomeStatus.UNKNOWN, OutcomeStatus.SENT, OutcomeStatus.DELIVERED}
)

ORDER: Final = "order"
"""The subject of statements about the order as a whole."""
AGAIN: Final = "~"
"""Ends the version of what is said again in the same words after it was taken back."""


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """What became of one message of a statement."""

    status: OutcomeStatus
    at: datetime
    channel: Channel | None = None
    reason: Reason | None = None


class Statement(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """Something that we asked to be told to the customer."""

    kind: Kind
    subject: str
    """`order`, or an area and an id, such as `shipment:S1`."""
    version: str = ""
    """Tells apart what was said of the same subject more than once."""
    said_at: datetime
    happened_at: datetime
    estimate: Estimate | None = None
    """The days told."""
    carrier: str | None = None
    """The carrier told."""
    tracking_number: str | None = None
    """The number told, under which the carrier knows the parcel."""
    dispatch_by: datetime | None = None
    """The dispatch date told."""
    lines: str | None = None
    """A digest of the lines and the price told."""
    next_update_by: datetime | None = None
    """When we promised to be heard again."""
    promised_by: date | None = None
    """The day told by which something is done: a return looked at, a repair ready, money sent."""
    occurrence: int = 1
    audience: Audience = Audience.BUYER
    """Whom it was said to."""
    question: Question | None = None
    """What it asked."""
    withdrawn_at: datetime | None = None
    superseded_by: str | None = None
    outcomes: dict[str, Outcome] = {}
    """By notification; the empty name stands for the whole request."""

    @property
    def first_version(self) -> str:
        """The version under which it was said first, where it was taken back and said again."""
        return without_again(self.version)

    @property
    def waiting(self) -> bool:
        """Nothing is known to have become of it: it may still be taken back."""
        return self.withdrawn_at is None and not self.outcomes

    @property
    def may_still_come(self) -> bool:
        """Nobody has it yet, and it is not over: it waits, or failed on one channel, and the next
        one may be trying."""
        if self.withdrawn_at is not None or self.heard:
            return False
        return all(each.status is OutcomeStatus.FAILED for each in self.outcomes.values())

    @property
    def taken_back(self) -> bool:
        """It was withdrawn, and as far as we know in time."""
        return self.withdrawn_at is not None and not self.heard

    @property
    def heard(self) -> bool:
        """It went out, or may have."""
        if not self.outcomes:
            return False
        return any(outcome.status in _MAY_HAVE_BEEN_HEARD for outcome in self.outcomes.values())


class Unsaid(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that was true and is not told, and why not."""

    request_id: str
    """The id that the request would have had."""
    kind: Kind
    subject: str
    reason: Reason
    at: datetime


class Told(msgspec.Struct, omit_defaults=True, kw_only=True, dict=True):
    """All that the customer of one order was told, by request id; and what not, oldest first.
    Statements are added, and never taken out."""

    statements: dict[str, Statement] = {}
    unsaid: list[Unsaid] = []
    in_trouble: bool = False
    """Whether the notifier was told that the order is in trouble."""
    purchase: str | None = None
    """The id of the event that told the notifier who bought; None while it was not told."""
    settling: dict[str, datetime] = {}
    """Since when we know of news that settles before it is told, and that a clock ahead of ours
    wrote; by the id of its request."""

    def to(self, audience: Audience) -> "Told":
        """What this one of them was told, where the buyer is not the recipient. The statements are
        the same objects, not copies."""
        return msgspec.structs.replace(
            self, statements={k: s for k, s in self.statements.items() if s.audience is audience}
        )

    def newest_first(self) -> Sequence[tuple[str, Statement]]:
        """The statements with their ids, the newest first; kept until there are more. By their
        times: a database that keeps JSON as a binary value (jsonb) does not keep its order."""
        known = self.__dict__.get(_NEWEST)
        if known is None or len(known) != len(self.statements):
            known = sorted(self.statements.items(), key=_said_at)[::-1]
            self.__dict__[_NEWEST] = known
        return known

    def moment_after(self, now: datetime) -> datetime:
        """The moment for what is said now: after all that was said before, also where the clock was
        set back since. Which was said last decides what is to be said again."""
        last = max((each.said_at for each in self.statements.values()), default=now)
        return last + _NEXT if last > now else now


def _said_at(item: tuple[str, Statement]) -> datetime:
    return item[1].said_at


def apply_outcome(told: Told, outcome: NotificationOutcome) -> Told:
    """Notes what became of a request, in place. Repetitions and any order of the same outcomes end
    the same. An outcome of a request that is not ours to know changes nothing.

    A statement that was not heard may change what is to be said next: reconcile afterwards.
    """
    statement = told.statements.get(outcome.request_id)
    if statement is None:
        return told
    name = outcome.notification_id or ""
    known = statement.outcomes.get(name)
    if known is None or _order(outcome) > _order(known):
        statement.outcomes[name] = Outcome(
            status=outcome.status, at=outcome.at, channel=outcome.channel, reason=outcome.reason
        )
    return told


def _order(outcome: NotificationOutcome | Outcome) -> tuple[int, datetime, str, str, str]:
    return (
        _RANKS[outcome.status],
        outcome.at,
        outcome.status,
        outcome.channel or "",
        outcome.reason or "",
    )


def estimate_told(told: Told, subject: str) -> Statement | None:
    """The statement with the last estimate that the customer has for a shipment; the order's when
    the shipment has told none.

    A statement about the shipment that is still waiting does not count: newer news of the same
    shipment takes it back, and "we said Tuesday" would not be true. One about the order is not
    taken back by news of a shipment, so it counts unless it is known not to have arrived.
    """
    of_order: Statement | None = None
    for _, statement in told.newest_first():
        if statement.estimate is None or statement.kind is Kind.ORDER_NO_NEWS:
            continue  # that there is no news repeats what was told of one parcel
        if statement.subject == subject and statement.heard:
            return statement
        if of_order is None and statement.subject == ORDER:
            of_order = statement if statement.waiting or statement.heard else None
    return of_order


def digest_of(items: Items, price: Money | None) -> str | None:
    """A digest of an order's lines and its price, the same where they are worth the same; None
    without a price: what names only lines does not tell the order."""
    if price is None:
        return None
    lines = [f"{item.name}|{item.quantity}|{_amount(item.price)}" for item in items]
    return hashlib.sha256("\n".join([*lines, _amount(price)]).encode()).hexdigest()[:_DIGITS]


def _amount(money: Money | None) -> str:
    return f"{money.decimal.normalize():f} {money.currency}" if money else ""


def without_again(version: str) -> str:
    """The version of the same words when they were said first."""
    return version.rstrip(AGAIN)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Told)


def encode(told: Told) -> bytes:
    """What was told as JSON."""
    return _encoder.encode(told)


def decode(stored: bytes | str) -> Told:
    """What `encode` wrote. Raises msgspec.ValidationError for anything else."""
    return _decoder.decode(stored)
