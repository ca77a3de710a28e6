"""What operators see of the notifier. Labels are types, kinds, channels and reasons; never a
person, an order or an address."""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.gauges import Shown
from services.notifier.breaker import BreakerState
from services.notifier.priorities import Priority, priority_of
from services.notifier.words import Cost

_PREFIX = "headsup_notifier_"
_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_A_DAY = (0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 43200.0, 86400.0)
_EXPIRED: Final = "expired"
_PATIENT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0, 3600.0)


class _Makers:
    """Metrics of this service in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(_PREFIX + name, meaning, labels, registry=self._registry)

    def gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(_PREFIX + name, meaning, labels, registry=self._registry)

    def seconds(
        self, name: str, meaning: str, *labels: str, buckets: tuple[float, ...]
    ) -> Histogram:
        name = f"{_PREFIX}{name}_seconds"
        return Histogram(name, meaning, labels, buckets=buckets, registry=self._registry)


class IntakeMetrics:
    """Verbs over what comes in."""

    def __init__(self, registry: CollectorRegistry) -> None:
        make = _Makers(registry)
        self._events = make.counter("consumed", "Events read.", "type")
        self._duplicates = make.counter("duplicates", "Requests that were known already.")
        self._dead = make.counter("dead_lettered", "Records set aside.", "topic", "reason")
        self._decided = make.counter(
            "decided",
            "Requests, and why nothing was planned where nothing was.",
            *("kind", "decision", "reason"),
        )
        self._too_old = make.counter(
            "news_too_old", "News that was too old to be told when its request came to us."
        )
        self._held = make.counter(
            "held_back",
            "Messages that could be sent, and wait from the start, by what they wait for.",
            *("channel", "reason"),
        )
        self._batch = make.seconds("batch", "From a batch's arrival to its commit.", buckets=_FAST)
        self._delay = make.seconds(
            "intake_delay",
            "From the moment a record was written to Kafka until it was in the ledger.",
            buckets=_PATIENT,
        )
        self._lag = Shown(make.gauge("lag_records", "Records that wait.", "topic"))
        self._poll = make.gauge(
            "last_poll_timestamp_seconds", "When Kafka last answered us; 0: never."
        )
        self._stopped = make.gauge(
            "line_stopped", "1 once too many records in a row could not be understood."
        )
        self._behind = make.gauge("partitions_behind", "Partitions that are catching up.")

    def line_stopped(self) -> None:
        """Nothing more is taken in until the service is started again."""
        self._stopped.set(1)

    def partitions_behind(self, count: int) -> None:
        """So many of our partitions are catching up: what is planned from them is held."""
        self._behind.set(count)

    def consumed(self, types: Iterable[str], refusals: Iterable[tuple[str, str]]) -> None:
        """Events of these types were read, and records refused, each with topic and reason."""
        for name, count in Tally(types).items():
            self._events.labels(name).inc(count)
        for topic, reason in refusals:
            self._dead.labels(topic, reason).inc()

    def decided(self, kind: Kind, decision: str, reason: str) -> None:
        """A new request was decided."""
        self._decided.labels(kind, decision, reason).inc()
        if decision == _EXPIRED and priority_of(kind) is not Priority.MARKETING:
            self._too_old.inc()

    def held(self, channel: Channel, reason: str) -> None:
        """A new message waits: for the morning, or for a day on which they had less."""
        self._held.labels(channel, reason).inc()

    def known_already(self, count: int) -> None:
        """Requests were known already."""
        self._duplicates.inc(count)

    def batch_took(self, seconds: float, oldest: float) -> None:
        """A batch was committed; its oldest record was written `oldest` seconds ago."""
        self._batch.observe(seconds)
        self._delay.observe(max(0.0, oldest))

    def lags(self, lag: Mapping[str, int]) -> None:
        """Records that wait, by topic."""
        self._lag.show(lag)

    def polled(self) -> None:
        """Kafka was asked for records, and answers."""
        self._poll.set_to_current_time()


LATE: Final = 900.0
"""Seconds after which news is told late: deploy/alerts/told.yaml holds us to it."""


_ENDS_OF_NEWS: Final = ("in_time", "late", "missed")
_WITHOUT_WORD: Final = frozenset({"failed", "unknown", "expired", "suppressed"})
"""States in which it ended, and nobody was told."""
_NOT_THEIR_FAULT: Final = frozenset(
    {"stale", "gave_up", "no_answer", "bad_configuration", "cannot_render"}
)
"""Reasons that are ours, or a provider's; an address that nobody has is the customer's."""


class Backlog(NamedTuple):
    """What waits on a channel, of one priority."""

    waiting: int
    """Those included that wait for the morning, or for a day on which they had less."""
    oldest: float
    """Seconds for which the first has waited of those that wait for neither."""
    late: int
    """How many of those have waited for longer than `LATE`."""


NOTHING_WAITS: Final = Backlog(0, 0.0, 0)


class Attempt(NamedTuple):
    """The labels of an attempt. `sender` is empty where none was called."""

    channel: Channel
    kind: Kind
    sender: str
    state: str
    reason: str


class SendingMetrics:
    """Verbs over what goes out."""

    def __init__(self, registry: CollectorRegistry) -> None:
        make = _Makers(registry)
        self._ended = make.counter(
            "attempts",
            "Attempts by how they ended, and notifications that ended without one.",
            *Attempt._fields,
        )
        self._asked = make.counter(
            "asked",
            "Questions to a provider about calls that ended without an answer.",
            *("channel", "answer"),
        )
        self._held = make.counter(
            "held_again",
            "Messages that were due, and wait for the morning, by what they wait for.",
            *("channel", "reason"),
        )
        self._lost = make.counter(
            "results_lost", "Results that could not be written; their leases run out."
        )
        self._fell_back = make.counter(
            "fallbacks", "Notifications that the next channel took over from this one.", "channel"
        )
        self._late = make.counter(
            "late_results", "Results of attempts that somebody else had taken over."
        )
        self._broke = make.counter(
            "renderings_broken", "Messages whose writing broke unforeseen.", "channel", "kind"
        )
        self._unreadable = make.counter(
            "unreadable", "Notifications that were set aside because they cannot be read."
        )
        self._unwritten = make.counter(
            "writes_failed", "Times that the database did not take the results of attempts."
        )
        self._watch(make)
        self._watch_what_waits(make)
        self._look_after(make)

    def _watch(self, make: _Makers) -> None:
        self._segments = make.counter(
            "sms_segments",
            "Parts of text messages that a provider took, by the letters that they are written in.",
            *("kind", "sender", "lettering"),
        )
        send = make.seconds("send", "The call to the provider.", "channel", buckets=_FAST)
        reaction = make.seconds(
            "reaction",
            "From a request's arrival in the ledger to the first call to the provider.",
            "channel",
            buckets=_PATIENT,
        )
        self._paused = make.gauge(
            "channel_paused",
            "1 while nothing goes out: no sender may be used, or no message can be written.",
            "channel",
        )
        self._paced = make.counter(
            "pace_wait_seconds",
            "Seconds for which messages waited because their sender may go no faster.",
            "channel",
        )
        self._sender_state = make.gauge(
            "sender_state",
            "1 for the state that a sender's circuit breaker is in, 0 for the others.",
            *("channel", "sender", "state"),
        )
        # Looked up once, because they are used for every message.
        self._send = {channel: send.labels(channel) for channel in Channel}
        self._reaction = {channel: reaction.labels(channel) for channel in Channel}
        for channel in Channel:
            self.paused(channel, is_paused=False)

    def _look_after(self, make: _Makers) -> None:
        self._removed = make.counter(
            "kept_removed", "Rows that were kept for long enough, removed or emptied.", "what"
        )
        self._kept_late = make.gauge(
            "kept_late_seconds", "By so much what is old goes too late.", "what"
        )
        self._unforgotten = make.counter(
            "erasures_broken", "Times that forgetting somebody broke unforeseen."
        )
        self._left_behind = make.counter("outbox_swept", "Outbox rows that were left behind.")
        self._left = make.gauge(
            "outbox_left_records", "Outbox rows that could not be published at the last look."
        )
        self._refused = make.counter("outbox_refused", "Outbox rows that Kafka never takes.")

    def _watch_what_waits(self, make: _Makers) -> None:
        self._told = make.seconds(
            "told",
            "From the moment when news became true at the shop until a provider took it. What"
            " waited for the morning, or for a day with fewer messages, does not count.",
            *("kind", "channel", "priority"),
            buckets=_A_DAY,
        )
        news = make.counter(
            "news",
            "News as it ended: told in_time, late, or missed by our fault or a provider's.",
            "result",
        )
        # From nought, and without kinds and channels: of a counter that begins with its first count
        # nobody sees that one, and where little is told that may be all there is.
        self._in_time, self._told_late, self._missed = map(news.labels, _ENDS_OF_NEWS)
        self._waiting = make.gauge(
            "waiting_notifications",
            "Not at rest yet, of all replicas: the same on each.",
            *("channel", "priority"),
        )
        self._overdue = make.gauge(
            "late_notifications",
            "Those of them that could go out and have waited for longer than 15 minutes.",
            *("channel", "priority"),
        )
        self._oldest = make.gauge(
            "oldest_waiting_seconds",
            "How long the first has waited of those that could go out, of all replicas: the same on"
            " each.",
            *("channel", "priority"),
        )

    def ended(self, attempt: Attempt, count: int) -> None:
        """Attempts ended."""
        self._ended.labels(*attempt).inc(count)
        is_missed = attempt.state in _WITHOUT_WORD and attempt.reason in _NOT_THEIR_FAULT
        if is_missed and priority_of(attempt.kind) is not Priority.MARKETING:
            self._missed.inc(count)

    def held(self, channel: Channel, reason: str) -> None:
        """A message waits: for the morning, or for a day with fewer of them."""
        self._held.labels(channel, reason).inc()

    def fell_back(self, channel: Channel) -> None:
        """The next channel took over from this one."""
        self._fell_back.labels(channel).inc()

    def came_late(self, count: int) -> None:
        """Results no longer counted."""
        self._late.inc(count)

    def rendering_broke(self, channel: Channel, kind: Kind) -> None:
        """Writing a message broke in a way that nobody foresaw."""
        self._broke.labels(channel, kind).inc()

    def unreadable(self, count: int) -> None:
        """Notifications were set aside because they cannot be read."""
        self._unreadable.inc(count)

    def lost_result(self) -> None:
        """What became of an attempt could not be written."""
        self._lost.inc()

    def asked(self, channel: Channel, answer: str) -> None:
        """A provider was asked what became of a call: `found`, `not found`, or `none`."""
        self._asked.labels(channel, answer).inc()

    def not_written(self) -> None:
        """The database did not take a batch of results; they are kept and tried again."""
        self._unwritten.inc()

    def called(self, channel: Channel, seconds: float) -> None:
        """A provider answered, or failed to, after this long."""
        self._send[channel].observe(seconds)

    def cost(self, kind: str, sender: str, cost: Cost) -> None:
        """A provider took a message, which may cost something."""
        if cost.segments is not None:
            self._segments.labels(kind, sender, cost.lettering).inc(cost.segments)

    def reacted(self, channel: Channel, seconds: float) -> None:
        """A provider is called for the first time, this long after the request came."""
        self._reaction[channel].observe(seconds)

    def told(self, kind: Kind, channel: Channel, priority: Priority, seconds: float) -> None:
        """A provider took a message, so long after what it tells of became true."""
        self._told.labels(kind, channel, priority.word).observe(max(0.0, seconds))
        if priority is not Priority.MARKETING:
            (self._in_time if seconds <= LATE else self._told_late).inc()

    def waiting(self, backlog: Mapping[tuple[Channel, Priority], Backlog]) -> None:
        """This waits, by channel and priority: all of them."""
        for (channel, priority), waits in backlog.items():
            self._waiting.labels(channel, priority.word).set(waits.waiting)
            self._oldest.labels(channel, priority.word).set(waits.oldest)
            self._overdue.labels(channel, priority.word).set(waits.late)

    def paused(self, channel: Channel, *, is_paused: bool) -> None:
        """A channel rests, or works again."""
        self._paused.labels(channel).set(int(is_paused))

    def paced(self, channel: Channel, seconds: float) -> None:
        """A message waited for so long until its sender's pace let it go."""
        self._paced.labels(channel).inc(seconds)

    def sender_is(self, channel: Channel, sender: str, state: BreakerState) -> None:
        """A sender's breaker is in this state now."""
        for each in BreakerState:
            self._sender_state.labels(channel, sender, each).set(int(each is state))

    def refused(self, count: int) -> None:
        """Outbox rows were set aside: Kafka will never take them."""
        self._refused.inc(count)

    def removed(self, what: str, count: int) -> None:
        """So much was kept for long enough."""
        self._removed.labels(what).inc(count)

    def late(self, what: str, seconds: float) -> None:
        """So much later than it should is this gone through, and what is old removed."""
        self._kept_late.labels(what).set(seconds)

    def not_forgotten(self) -> None:
        """Our own code broke on somebody who is to be forgotten."""
        self._unforgotten.inc()

    def left_behind(self, count: int) -> None:
        """Outbox rows of another process were published."""
        self._left_behind.inc(count)

    def not_published(self, count: int) -> None:
        """So many outbox rows were left behind, and Kafka does not take them."""
        self._left.set(count)
