"""What operators see of order_events. Labels are types, kinds and reasons; never an order."""

from collections import Counter as Tally
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from headsup.kafka.consumer import Partition

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """Verbs over the metrics of this service."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._events = Counter(
            "headsup_order_events_consumed_total",
            "Events read, by type and by what became of them.",
            ["type", "result"],
            registry=registry,
        )
        self._dead = Counter(
            "headsup_order_events_dead_lettered_total",
            "Records set aside, by topic and reason.",
            ["topic", "reason"],
            registry=registry,
        )
        self._requested = Counter(
            "headsup_order_events_requested_total",
            "Notifications asked for, by kind.",
            ["kind"],
            registry=registry,
        )
        self._withdrawn = Counter(
            "headsup_order_events_withdrawn_total",
            "Requests taken back because newer news took their place.",
            registry=registry,
        )
        self._unsaid = Counter(
            "headsup_order_events_unsaid_total",
            "Statements not made on purpose, by kind and reason.",
            ["kind", "reason"],
            registry=registry,
        )
        self._batch = Histogram(
            "headsup_order_events_batch_seconds",
            "From a batch's arrival to its commit.",
            buckets=_FAST,
            registry=registry,
        )
        self._lost = Counter(
            "headsup_order_events_lost_races_total",
            "Batches given up because another replica was first.",
            registry=registry,
        )
        self._swept = Counter(
            "headsup_order_events_deadlines_total",
            "Orders looked at because a moment came.",
            registry=registry,
        )
        self._left_behind = Counter(
            "headsup_order_events_outbox_swept_total",
            "Outbox rows that another process left behind.",
            registry=registry,
        )
        self._lag = Gauge(
            "headsup_order_events_lag_records",
            "Records that wait, by topic.",
            ["topic"],
            registry=registry,
        )
        self._poll = Gauge(
            "headsup_order_events_last_poll_timestamp_seconds",
            "When the consumer last turned.",
            registry=registry,
        )

    def consumed(self, types: Mapping[str, int], result: str) -> None:
        """Events of these types ended as `result`: new or duplicate."""
        for name, count in types.items():
            self._events.labels(name, result).inc(count)

    def dead_lettered(self, topic: str, reason: str) -> None:
        """A record was set aside."""
        self._dead.labels(topic, reason).inc()

    def requested(self, kind: str) -> None:
        """A notification was asked for."""
        self._requested.labels(kind).inc()

    def withdrawn(self, count: int) -> None:
        """Requests were taken back."""
        self._withdrawn.inc(count)

    def unsaid(self, kind: str, reason: str) -> None:
        """A statement was not made on purpose."""
        self._unsaid.labels(kind, reason).inc()

    def batch_took(self, seconds: float) -> None:
        """A batch was committed."""
        self._batch.observe(seconds)

    def lost_race(self) -> None:
        """Another replica was first."""
        self._lost.inc()

    def swept(self, count: int) -> None:
        """Orders were looked at because a moment came."""
        self._swept.inc(count)

    def left_behind(self, count: int) -> None:
        """Outbox rows of another process were published."""
        self._left_behind.inc(count)

    def polled(self, lag: Mapping[Partition, int]) -> None:
        """The consumer turned."""
        self._poll.set_to_current_time()
        by_topic = Tally[str]()
        for partition, behind in lag.items():
            by_topic[partition.topic] += behind
        for topic, behind in by_topic.items():
            self._lag.labels(topic).set(behind)
