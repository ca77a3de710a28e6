"""What operators see of order_events. Labels are types, kinds and reasons; never an order."""

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from headsup.gauges import Shown
from services.order_events.decide import Decided

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

_HOUR = 3600.0
_MARGINS = (-24 * _HOUR, -_HOUR, 0.0, 600.0, 1800.0, _HOUR, 6 * _HOUR, 24 * _HOUR, 72 * _HOUR)


class Metrics:
    """Verbs over the metrics of this service."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, meaning: str, *labels: str) -> Counter:
            return Counter(f"headsup_order_events_{name}", meaning, labels, registry=registry)

        def gauge(name: str, meaning: str, *labels: str) -> Gauge:
            return Gauge(f"headsup_order_events_{name}", meaning, labels, registry=registry)

        self._events = counter("consumed", "Events read, and what they were.", "type", "result")
        self._dead = counter("dead_lettered", "Records set aside, and why.", "topic", "reason")
        self._requested = counter("requested", "Notifications asked for.", "kind")
        self._withdrawn = counter("withdrawn", "Requests taken back for newer news.")
        self._unsaid = counter("unsaid", "Statements not made on purpose.", "kind", "reason")
        self._lost = counter("lost_races", "Batches given up: another replica was first.")
        self._swept = counter("deadlines", "Orders looked at because a moment came.")
        self._removed = counter("kept_removed", "Rows kept for long enough, removed.", "what")
        self._late = gauge("kept_late_seconds", "By so much what is old goes too late.", "what")
        self._unforgotten = counter("erasures_broken", "Times that forgetting somebody broke.")
        self._left_behind = counter("outbox_swept", "Outbox rows that were left behind.")
        self._refused = counter("outbox_refused", "Outbox rows that Kafka never takes.")
        self._left = gauge("outbox_left_records", "Outbox rows that could not be published lately.")
        self._stopped = gauge("line_stopped", "1 when the line stopped.")
        self._behind = gauge("partitions_behind", "Partition numbers whose orders wait.")
        self._gone = counter("positions_gone", "Positions that no longer existed.", "topic")
        self._lag = Shown(gauge("lag_records", "Records that wait.", "topic"))
        self._poll = gauge("last_poll_timestamp_seconds", "When Kafka last answered us; 0: never.")
        self._past = Gauge(
            "headsup_customers_past_promised_update",
            "Open orders of which somebody was promised news by now, and has none.",
            registry=registry,
        )
        self._kept = Histogram(
            "headsup_order_events_promise_margin_seconds",
            "From news to the moment it was promised for; up to 0: the promise was broken.",
            buckets=_MARGINS,
            registry=registry,
        )
        self._batch = Histogram(
            "headsup_order_events_batch_seconds",
            "From a batch's arrival to its commit.",
            buckets=_FAST,
            registry=registry,
        )

    def consumed(self, types: Mapping[str, int], result: str) -> None:
        """Events of these types ended as `result`: new or duplicate."""
        for name, count in types.items():
            self._events.labels(name, result).inc(count)

    def dead_lettered(self, topic: str, reason: str) -> None:
        """A record was set aside."""
        self._dead.labels(topic, reason).inc()

    def decided(self, decisions: Iterable[Decided]) -> None:
        """What was asked for, taken back, and not said on purpose; and the promises that were
        kept."""
        for decided in decisions:
            decision = decided.decision
            for margin in decided.kept:
                self._kept.observe(margin.total_seconds())
            for announcement in decision.announce:
                self._requested.labels(announcement.request.kind).inc()
            for unsaid in decision.unsaid:
                self._unsaid.labels(unsaid.kind, unsaid.reason).inc()
            self._withdrawn.inc(len(decision.withdraw))

    def past_promise(self, count: int) -> None:
        """So many customers wait for longer than they were promised."""
        self._past.set(count)

    def batch_took(self, seconds: float) -> None:
        """A batch was committed."""
        self._batch.observe(seconds)

    def lost_race(self) -> None:
        """Another replica was first."""
        self._lost.inc()

    def swept(self, count: int) -> None:
        """Orders were looked at because a moment came."""
        self._swept.inc(count)

    def removed(self, what: str, count: int) -> None:
        """So much was kept for long enough."""
        self._removed.labels(what).inc(count)

    def late(self, what: str, seconds: float) -> None:
        """So much later than it should is this gone through, and what is old removed."""
        self._late.labels(what).set(seconds)

    def not_forgotten(self) -> None:
        """Our own code broke on somebody who is to be forgotten."""
        self._unforgotten.inc()

    def left_behind(self, count: int) -> None:
        """Outbox rows of another process were published."""
        self._left_behind.inc(count)

    def not_published(self, count: int) -> None:
        """So many outbox rows were left behind, and Kafka does not take them."""
        self._left.set(count)

    def refused(self, count: int) -> None:
        """Outbox rows were set aside: Kafka will never take them."""
        self._refused.inc(count)

    def line_stopped(self) -> None:
        """Too much in a row was bad, so nothing more is done."""
        self._stopped.set(1)

    def position_gone(self, topic: str) -> None:
        """A position no longer existed."""
        self._gone.labels(topic).inc()

    def partitions_behind(self, count: int) -> None:
        """So many partition numbers of ours are behind: nothing is said of their orders yet."""
        self._behind.set(count)

    def lags(self, lag: Mapping[str, int]) -> None:
        """Records that wait, by topic."""
        self._lag.show(lag)

    def polled(self) -> None:
        """Kafka was asked for records, and answers."""
        self._poll.set_to_current_time()
