"""Compares what customers received with what they were to receive, and with what the services have
to say for themselves. Pure.

What is lost, twice or out of order is counted from the words that reached the customers. The ledger
is asked only whether a silence has a reason. That something was in doubt is not believed on its
word alone: the experiment itself must have done something just then that leaves a doubt.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from headsup.contracts.catalogue import CATALOGUE
from headsup.contracts.channels import Channel
from tests.faults.complaints import Complaints
from tests.faults.journeys import REACHED, Expectation, Message, Statement

_NOBODY: Final = ""
_GONE_OUT: Final = frozenset({"sent", "delivered"})


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that a provider took. `message` is None when its words tell nobody what it is."""

    message: Message | None
    ref: str
    """For a mail its Message-ID; copies of one mail share it."""
    at: datetime
    channel: Channel
    to: str = _NOBODY
    print: str = ""
    """Of all octets of a mail: copies of one mail share it."""
    words: str = ""
    """The beginning of what nobody could read."""


class _Taken(Protocol):
    """Something that a provider took."""

    @property
    def at(self) -> datetime: ...
    @property
    def channel(self) -> Channel: ...
    @property
    def to(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that we did: what a provider took in this time may have gone unanswered, or its
    answer unrecorded."""

    since: datetime
    until: datetime
    channel: Channel | None = None
    """None: on all of them."""
    to: str | None = None
    """None: for everybody."""
    is_late: bool = False
    """The provider accepts when we have long given up; nothing on our side can know."""

    def concerns(self, channel: Channel, to: str) -> bool:
        """Whether it may have touched a message on this channel to this address."""
        return self.channel in {None, channel} and self.to in {None, to}

    def hides(self, one: "_Taken") -> bool:
        """Whether this message may have gone unanswered because of it."""
        return self.concerns(one.channel, one.to) and self.since <= one.at <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of the ledger of notifications."""

    id: str
    request_id: str
    message: Message | None
    """None when order_events knows nothing of its request."""
    state: str
    seq: int
    attempt: int
    retries: int
    was_in_doubt: bool
    """An attempt at it ended, and nobody knew how."""
    provider_ref: str | None = None

    @property
    def is_at_rest(self) -> bool:
        """Nothing more will be done about it."""
        return self.state not in {"planned", "sending"}


@dataclass(frozen=True, slots=True)
class Said:
    """A statement that order_events asked for, and the notifications whose outcome it knows."""

    statement: Statement
    outcomes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is in the databases and left on Kafka."""

    said: Mapping[str, Said] = field(default_factory=dict)
    """By request."""
    unsaid: frozenset[Statement] = frozenset()
    """Because something newer was to be said."""
    requests: Mapping[str, str] = field(default_factory=dict)
    """What the notifier decided about each request."""
    entries: Sequence[Entry] = ()
    events: frozenset[str] = frozenset()
    orders: frozenset[str] = frozenset()
    waiting: Mapping[str, int] = field(default_factory=dict)
    """Records that were not read, and rows of the outboxes that were not published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The figures of a row, and the promises that were broken, in words."""

    due: int
    once: int
    lost: int
    twice: int
    copies: int
    disorder: int
    broken: tuple[str, ...]
    unfinished: bool
    """Something may still come: worth waiting for."""
    last_at: datetime | None
    """When the last message arrived that was due."""
    after_purchase: int | None = None
    """Reminders of carts that were ordered by then; None where there are no carts."""

    def beside(self, other: "Verdict") -> "Verdict":
        """This and another one of the same experiment, about carts: what is due long after a fault
        does not say how long it took to get over it."""
        return Verdict(
            due=self.due + other.due,
            once=self.once + other.once,
            lost=self.lost + other.lost,
            twice=self.twice + other.twice,
            copies=self.copies + other.copies,
            disorder=self.disorder + other.disorder,
            broken=(*self.broken, *other.broken),
            unfinished=self.unfinished or other.unfinished,
            last_at=other.last_at,
            after_purchase=other.after_purchase,
        )


def judge(
    expected: Expectation,
    heard: Sequence[Heard],
    evidence: Evidence,
    channels: Iterable[Channel] = REACHED,
    *,
    incidents: Sequence[Incident] = (),
) -> Verdict:
    """The verdict on these channels. Where nothing can have left a doubt (no `incidents`), doubt
    excuses nothing."""
    return _Trial(expected, heard, evidence, frozenset(channels), incidents).verdict()


class _Trial:
    def __init__(
        self,
        expected: Expectation,
        heard: Sequence[Heard],
        evidence: Evidence,
        channels: frozenset[Channel],
        incidents: Sequence[Incident],
    ) -> None:
        self._evidence = evidence
        self._incidents = incidents
        self._place = expected.place
        self._expected = expected
        self._due = {m for m in expected.due if m.channel in channels}
        self._may = {m for m in expected.may if m.channel in channels}
        self._told = self._due | self._may
        self._heard = [one for one in heard if one.channel in channels]
        self._entries = [e for e in evidence.entries if e.message and e.message.channel in channels]
        self._of: dict[Message, list[Entry]] = defaultdict(list)
        for entry in self._entries:
            if entry.message:
                self._of[entry.message].append(entry)
        self._arrivals: dict[Message, list[Heard]] = defaultdict(list)
        for one in sorted(self._heard, key=lambda one: one.at):
            if one.message is not None:
                self._arrivals[one.message].append(one)
        self._requests: dict[Statement, list[str]] = defaultdict(list)
        for request_id, said in evidence.said.items():
            self._requests[said.statement].append(request_id)
        self._complaints = Complaints()

    def verdict(self) -> Verdict:
        lost = self._lost()
        is_unfinished = bool(self._complaints)
        twice, copies = self._again()
        disorder = self._disorder()
        self._unexplained()
        self._wrong_records()
        firsts = [self._arrivals[m][0].at for m in self._due if m in self._arrivals]
        return Verdict(
            due=len(self._due),
            once=sum(len(self._refs(message)) == 1 for message in self._due),
            lost=lost,
            twice=twice,
            copies=copies,
            disorder=disorder,
            broken=tuple(self._complaints.in_words()),
            unfinished=is_unfinished,
            last_at=max(firsts, default=None),
        )

    def _refs(self, message: Message) -> list[str]:
        """The messages that are not copies of one another."""
        refs = [one.ref for one in self._arrivals.get(message, ())]
        return sorted(set(refs)) if message.channel is Channel.EMAIL else refs

    def _lost(self) -> int:
        missing = [message for message in self._due if message not in self._arrivals]
        for message in missing:
            if not self._may_be_missing(message):
                self._complaints.add("never came", message)
        silences = [m for m in self._may if m not in self._arrivals and not self._has_reason(m)]
        for message in silences:
            self._complaints.add("left out without a reason", message)
        return len(missing) + len(silences) + self._left_lying()

    def _may_be_missing(self, message: Message) -> bool:
        """By policy: a messenger that cannot be asked, a kind that is not sent again in doubt, and
        the ledger says that nobody knows."""
        is_policy = message.channel is Channel.TELEGRAM and not _is_resent(message)
        return is_policy and self._is_unknown(message)

    def _is_unknown(self, message: Message) -> bool:
        """The ledger says that nobody knows, and something was done to that."""
        to = self._expected.address(message)
        said = any(e.state == "unknown" and e.was_in_doubt for e in self._of[message])
        return said and any(i.concerns(message.channel, to) for i in self._incidents)

    def _has_reason(self, message: Message) -> bool:
        """Older news may be left out, for newer news and for nothing else."""
        if message.statement in self._evidence.unsaid:
            return True
        if any(entry.state == "withdrawn" for entry in self._of[message]):
            return True
        if message.channel is not Channel.SMS and self._is_unknown(message):
            return True
        requests = self._requests[message.statement]
        return any(self._evidence.requests.get(i) == "withdrawn" for i in requests)

    def _left_lying(self) -> int:
        """What the services took and brought to no end."""
        evidence = self._evidence
        lying: list[tuple[str, object]] = [
            ("not at rest", e.id) for e in self._entries if not e.is_at_rest
        ]
        for request_id, said in evidence.said.items():
            if request_id not in evidence.requests:
                lying.append(("a request that the notifier never got", said.statement))
            elif not said.outcomes:
                lying.append(("a request without an outcome", said.statement))
        for entry in self._entries:
            said_of = evidence.said.get(entry.request_id)
            if (
                entry.is_at_rest
                and said_of
                and said_of.outcomes
                and entry.id not in said_of.outcomes
            ):
                lying.append(("an outcome that order_events never got", entry.message))
        lying += [
            ("an event that was not taken", e) for e in self._expected.events - evidence.events
        ]
        lying += [
            ("an order that is not there", o) for o in self._expected.orders - evidence.orders
        ]
        lying += [(f"{n} waiting: {what}", "") for what, n in evidence.waiting.items() if n]
        for what, who in lying:
            self._complaints.add(what, who)
        return len(lying)

    def _again(self) -> tuple[int, int]:
        twice = copies = 0
        for message, arrivals in self._arrivals.items():
            more = len(self._refs(message)) - 1
            same = len(arrivals) - 1 - more
            twice += more
            copies += same
            excused = self._is_excused(message, arrivals)
            is_allowed = message.channel is Channel.TELEGRAM and _is_resent(message)
            if more and not (is_allowed and excused):
                self._complaints.add(f"came {more + 1} times", message)
            if same and not excused:
                self._complaints.add(f"{same} copies though nothing was in doubt", message)
            if same and len({one.print for one in arrivals}) > 1:
                self._complaints.add("a copy with other octets", message)
        return twice, copies

    def _is_excused(self, message: Message, arrivals: Sequence[Heard]) -> bool:
        """By what the ledger says, and by what was done to it just then: nothing comes after an
        arrival that was answered, but what had been begun before it and was accepted late."""
        if not any(entry.was_in_doubt for entry in self._of[message]):
            return False
        answered = (n for n, one in enumerate(arrivals) if not self._hiding(one))
        first = next(answered, len(arrivals))
        return all(any(i.is_late for i in self._hiding(one)) for one in arrivals[first + 1 :])

    def _hiding(self, one: Heard) -> list[Incident]:
        return [incident for incident in self._incidents if incident.hides(one)]

    def _disorder(self) -> int:
        """Messages of one order on one channel that came after one that they should have preceded,
        be it once more: a mail's second copy alone does not count."""
        lines: dict[tuple[str, Channel], list[Message]] = defaultdict(list)
        wrong = set()
        for one in sorted(self._heard, key=lambda one: one.at):
            if one.message is None:
                continue
            line = lines[one.message.statement.order, one.channel]
            if one.channel is Channel.EMAIL and one.message in line:
                continue
            if any(self._goes_before(one.message, earlier) for earlier in line):
                wrong.add(one.message)
                self._complain_of_order(one, one.message)
            line.append(one.message)
        return len(wrong)

    def _complain_of_order(self, one: Heard, message: Message) -> None:
        """What was accepted when we had given up may come too late, but for SMS, which is settled
        before anything newer goes."""
        is_late = any(incident.is_late for incident in self._hiding(one))
        if one.channel is Channel.SMS or not is_late:
            self._complaints.add("came after what is newer", message)

    def _goes_before(self, one: Message, other: Message) -> bool:
        """By the journey, within a thread; otherwise as the ledger numbered them."""
        if one.statement.thread == other.statement.thread:
            return self._place.get(one.statement, 0) < self._place.get(other.statement, 0)
        numbers = [min((e.seq for e in self._of[m]), default=0) for m in (one, other)]
        return 0 < numbers[0] < numbers[1]

    def _unexplained(self) -> None:
        for one in self._heard:
            if one.message is None:
                self._complaints.add("nobody can tell what it is", f"{one.ref} {one.words}".strip())
            elif one.message not in self._told:
                self._complaints.add("not to be told", one.message)
            elif one.to != self._expected.address(one.message):
                self._complaints.add("went to somebody else", one.message)
        if not self._due:
            self._complaints.add("nothing was due at all")

    def _wrong_records(self) -> None:
        """What the ledger says of what the customers heard."""
        for message, arrivals in self._arrivals.items():
            if message not in self._told:
                continue
            gone_out = [e for e in self._of[message] if e.state in _GONE_OUT]
            refs = {one.ref for one in arrivals}
            if any(e.provider_ref not in refs for e in gone_out):
                self._complaints.add("recorded under a name that no provider gave it", message)
            may_be_unknown = message.channel is not Channel.SMS and self._is_unknown(message)
            if not gone_out and not may_be_unknown:
                self._complaints.add("came, and the ledger says that it did not", message)


def _is_resent(message: Message) -> bool:
    return message.channel in CATALOGUE[message.statement.kind].resent_in_doubt
