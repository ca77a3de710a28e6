"""What operators see of the notifier. Labels are types, kinds, channels and reasons; never a
person, an order or an address."""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.kafka.consumer import Partition

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_PATIENT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0, 3600.0)


class IntakeMetrics:
    """Verbs over what comes in."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._events = Counter(
            "headsup_notifier_consumed_total",
            "Events read, by type.",
            ["type"],
            registry=registry,
        )
        self._duplicates = Counter(
            "headsup_notifier_duplicates_total",
            "Requests that were known already.",
            registry=registry,
        )
        self._dead = Counter(
            "headsup_notifier_dead_lettered_total",
            "Records set aside, by topic and reason.",
            ["topic", "reason"],
            registry=registry,
        )
        self._decided = Counter(
            "headsup_notifier_decided_total",
            "Requests, by kind, decision and the reason when nothing was planned.",
            ["kind", "decision", "reason"],
            registry=registry,
        )
        self._batch = Histogram(
            "headsup_notifier_batch_seconds",
            "From a batch's arrival to its commit.",
            buckets=_FAST,
            registry=registry,
        )
        self._delay = Histogram(
            "headsup_notifier_intake_delay_seconds",
            "From the moment a record was written to Kafka until it was in the ledger.",
            buckets=_PATIENT,
            registry=registry,
        )
        self._lag = Gauge(
            "headsup_notifier_lag_records",
            "Records that wait, by topic.",
            ["topic"],
            registry=registry,
        )
        self._poll = Gauge(
            "headsup_notifier_last_poll_timestamp_seconds",
            "When the consumer last turned.",
            registry=registry,
        )

    def consumed(self, types: Iterable[str], refusals: Iterable[tuple[str, str]]) -> None:
        """Events of these types were read, and records refused, each with topic and reason."""
        for name, count in Tally(types).items():
            self._events.labels(name).inc(count)
        for topic, reason in refusals:
            self._dead.labels(topic, reason).inc()

    def decided(self, kind: Kind, decision: str, reason: str) -> None:
        """A new request was decided."""
        self._decided.labels(kind, decision, reason).inc()

    def known_already(self, count: int) -> None:
        """Requests were known already."""
        self._duplicates.inc(count)

    def batch_took(self, seconds: float, oldest: float) -> None:
        """A batch was committed; its oldest record was written `oldest` seconds ago."""
        self._batch.observe(seconds)
        self._delay.observe(max(0.0, oldest))

    def polled(self, lag: Mapping[Partition, int]) -> None:
        """The consumer turned."""
        self._poll.set_to_current_time()
        by_topic = Tally[str]()
        for partition, behind in lag.items():
            by_topic[partition.topic] += behind
        for topic, behind in by_topic.items():
            self._lag.labels(topic).set(behind)


class SendingMetrics:
    """Verbs over what goes out."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._ended = Counter(
            "headsup_notifier_attempts_total",
            "Attempts, by channel, kind, the state they ended in and the reason.",
            ["channel", "kind", "state", "reason"],
            registry=registry,
        )
        self._fell_back = Counter(
            "headsup_notifier_fallbacks_total",
            "Notifications that the next channel took over, by the channel that failed.",
            ["channel"],
            registry=registry,
        )
        self._late = Counter(
            "headsup_notifier_late_results_total",
            "Results of attempts that somebody else had taken over.",
            registry=registry,
        )
        self._send = Histogram(
            "headsup_notifier_send_seconds",
            "The call to the provider.",
            ["channel"],
            buckets=_FAST,
            registry=registry,
        )
        self._reaction = Histogram(
            "headsup_notifier_reaction_seconds",
            "From a request's arrival in the ledger to the first call to the provider.",
            ["channel"],
            buckets=_PATIENT,
            registry=registry,
        )
        self._waiting = Gauge(
            "headsup_notifier_waiting_notifications",
            "Notifications that wait or are being sent.",
            ["channel"],
            registry=registry,
        )
        self._paused = Gauge(
            "headsup_notifier_channel_paused",
            "1 while a channel rests because our account or sender is wrong.",
            ["channel"],
            registry=registry,
        )
        self._left_behind = Counter(
            "headsup_notifier_outbox_swept_total",
            "Outbox rows that somebody left behind.",
            registry=registry,
        )
        for channel in Channel:
            self._paused.labels(channel).set(0)
        # Found once, because they are used for every message.
        self._send_of = {channel: self._send.labels(channel) for channel in Channel}
        self._reaction_of = {channel: self._reaction.labels(channel) for channel in Channel}

    def ended(self, channel: Channel, kind: Kind, state: str, reason: str, *, count: int) -> None:
        """Attempts ended."""
        self._ended.labels(channel, kind, state, reason).inc(count)

    def fell_back(self, channel: Channel) -> None:
        """The next channel took over from this one."""
        self._fell_back.labels(channel).inc()

    def came_late(self, count: int) -> None:
        """Results no longer counted."""
        self._late.inc(count)

    def called(self, channel: Channel, seconds: float) -> None:
        """A provider answered, or failed to, after this long."""
        self._send_of[channel].observe(seconds)

    def reacted(self, channel: Channel, seconds: float) -> None:
        """A provider is called for the first time, this long after the request came."""
        self._reaction_of[channel].observe(seconds)

    def waiting(self, backlog: Mapping[Channel, int]) -> None:
        """This many notifications wait."""
        for channel, count in backlog.items():
            self._waiting.labels(channel).set(count)

    def paused(self, channel: Channel, *, is_paused: bool) -> None:
        """A channel rests, or works again."""
        self._paused.labels(channel).set(int(is_paused))

    def left_behind(self, count: int) -> None:
        """Outbox rows of another process were published."""
        self._left_behind.inc(count)


def describe_build(registry: CollectorRegistry) -> None:
    """Says which version this is."""
    Info("headsup_notifier_build", "What runs here.", registry=registry).info(
        {"version": version("headsup")}
    )
