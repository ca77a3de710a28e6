"""What operators and shops see of carts. Labels are shops, stages, steps and reasons; never a cart
or a person."""

from collections import Counter as Tally
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from types import MappingProxyType

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from headsup.contracts.catalogue import Kind
from headsup.contracts.currencies import DECIMALS
from headsup.gauges import Shown
from services.cart_recovery.cart import Cart, Stage
from services.cart_recovery.sayings import Remind, Report, Saying, Withdraw
from services.cart_recovery.step import Step
from services.cart_recovery.terms import Terms

_OTHER = "other"
"""Stands for a shop that no profile names, and a currency that does not exist, so that nobody's
rubbish becomes a label."""
_LATE = (1.0, 5.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 4 * 3600.0, 12 * 3600.0)


class _Reminders:
    """What the shop sees: what was asked for, what went out, and what that brought."""

    def __init__(self, registry: CollectorRegistry, shops: Mapping[str, Terms]) -> None:
        def counter(name: str, meaning: str, *labels: str) -> Counter:
            return Counter(f"headsup_{name}", meaning, labels, registry=registry)

        self._shops = frozenset(shops)
        self._asked = counter("cart_reminders_requested", "Asked for.", "shop", "kind", "step")
        self._back = counter("cart_reminders_withdrawn", "Taken back.", "shop")
        self._heard = counter("carts_reminded", "Reminders that went out.", "shop", "step")
        self._recovered = counter("carts_recovered", "Orders after one.", "shop", "step")
        self._value = counter(
            "carts_recovered_value", "What they brought.", "shop", "step", "currency"
        )
        for shop, terms in {_OTHER: Terms.of(None), **shops}.items():
            self._begin(shop, terms)

    def _begin(self, shop: str, terms: Terms) -> None:
        """Shows what was not counted yet as 0: of a counter that begins with its first count nobody
        sees that one. Of which currencies a shop's orders are is known only by them."""
        self._back.labels(shop)
        for kind, at_checkout in ((Kind.CART_ABANDONED, False), (Kind.CHECKOUT_ABANDONED, True)):
            for step in range(1, len(terms.delays(at_checkout=at_checkout)) + 1):
                self._asked.labels(shop, kind, step)
                self._heard.labels(shop, step)
                self._recovered.labels(shop, step)

    def said(self, cart: Cart | None, saying: Saying) -> None:
        """Something was asked for, taken back or reported."""
        shop = self._shop(cart.source if cart else "")
        match saying:
            case Remind(request=request):
                step = request.cart.step if request.cart else 0
                self._asked.labels(shop, request.kind, step).inc()
            case Withdraw():
                self._back.labels(shop).inc()
            case Report(recovered=it):
                self._recovered.labels(shop, it.step).inc()
                currency = it.value.currency if it.value.currency in DECIMALS else _OTHER
                value = float(Decimal(it.value.amount))
                self._value.labels(shop, it.step, currency).inc(value)

    def heard(self, before: Cart | None, cart: Cart) -> None:
        """Of a cart it may have become known that a reminder went out."""
        known = {(one.touched_at, one.step) for one in before.told.heard} if before else set()
        for one in cart.told.heard:
            if not one.cart_id and (one.touched_at, one.step) not in known:
                self._heard.labels(self._shop(cart.source), one.step).inc()

    def _shop(self, source: str) -> str:
        return source if source in self._shops else _OTHER


class Metrics:
    """Verbs over the metrics of this service."""

    def __init__(
        self, registry: CollectorRegistry, shops: Mapping[str, Terms] = MappingProxyType({})
    ) -> None:
        """`shops`: those that we know, by their source."""

        def counter(name: str, meaning: str, *labels: str) -> Counter:
            return Counter(f"headsup_{name}", meaning, labels, registry=registry)

        self._reminders = _Reminders(registry, shops)
        consumed = counter(
            "cart_recovery_consumed", "Records read, and what they were.", "type", "result"
        )
        self._events = cache(consumed.labels)  # there are few, and it is done for every record
        self._dead = counter(
            "cart_recovery_dead_lettered", "Records set aside, and why.", "topic", "reason"
        )
        self._strays = counter(
            "cart_recovery_sent_home", "Cart events that came on a partition of their own choice."
        )
        self._joined = counter(
            "cart_recovery_joined", "Records of other topics that concern a cart.", "topic"
        )
        self._ticks = counter("cart_recovery_looked_at", "Carts looked at because a moment came.")
        self._broken = counter("cart_recovery_broken", "Carts that our own code broke on.")
        self._forgotten = counter(
            "cart_recovery_forgotten", "Carts that were removed because their owner was erased."
        )
        self._refused = counter("cart_recovery_refused", "Records that Kafka never takes.")
        self._watch(registry)

    def _watch(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, meaning: str, *labels: str) -> Gauge:
            return Gauge(f"headsup_{name}", meaning, labels, registry=registry)

        self._away = gauge("cart_recovery_kafka_away", "1 while Kafka takes nothing.")
        self._stopped = gauge("cart_recovery_line_stopped", "1 when the line stopped.")
        self._waits = gauge("cart_recovery_waits", "1 while due reminders wait for unread events.")
        self._places = gauge(
            "cart_recovery_places_lost",
            "How often in ten minutes Kafka knew it no more: another has its name, or it stood.",
        )
        self._poll = gauge(
            "cart_recovery_last_poll_timestamp_seconds",
            "When a record was last read, or none was awaited; 0: never. One is every 15 seconds.",
        )
        self._lag = Shown(gauge("cart_recovery_lag_records", "Records that wait.", "topic"))
        self._carts = gauge("carts", "Carts that are kept, by where they stand.", "stage")
        self._late = Histogram(
            "headsup_cart_reminder_age_seconds",
            "From the moment to look at a cart to its reminder being asked for.",
            buckets=_LATE,
            registry=registry,
        )
        self._ticking = Histogram(
            "headsup_cart_recovery_tick_seconds",
            "Of one tick: its carts looked at, and what is to be said of them on Kafka.",
            registry=registry,
        )
        self._stages: Tally[Stage] = Tally()

    def consumed(self, event_type: str, result: str) -> None:
        """An event was read: taken, or ignored for a reason."""
        self._events(event_type, result).inc()

    def dead_lettered(self, topic: str, reason: str) -> None:
        """A record was set aside."""
        self._dead.labels(topic, reason).inc()

    def forgot(self, count: int) -> None:
        """So many carts were removed with their owner."""
        self._forgotten.inc(count)

    def sent_home(self) -> None:
        """A cart event came where its order will not come."""
        self._strays.inc()

    def joined(self, topic: str) -> None:
        """A record of another topic concerns a cart."""
        self._joined.labels(topic).inc()

    def looked_at(self, count: int, seconds: float) -> None:
        """A tick looked at so many carts, and took so long."""
        self._ticks.inc(count)
        self._ticking.observe(seconds)

    def asked_after(self, seconds: float) -> None:
        """A reminder was asked for so long after its moment."""
        self._late.observe(seconds)

    def broke(self) -> None:
        """A cart broke our own code."""
        self._broken.inc()

    def refused(self, count: int) -> None:
        """Kafka will never take these."""
        self._refused.inc(count)

    def kafka_is_away(self, is_away: bool) -> None:
        """Whether it takes nothing."""
        self._away.set(is_away)

    def line_stopped(self) -> None:
        """Too much in a row was bad, so nothing more is done."""
        self._stopped.set(1)

    def waits(self, does: bool) -> None:
        """Whether due reminders wait until what was there before them is read."""
        self._waits.set(does)

    def places_are_lost(self, times: int) -> None:
        """So often of late Kafka did not know us any more under our name."""
        self._places.set(times)

    def polled(self) -> None:
        """A record comes from Kafka, or none is awaited."""
        self._poll.set_to_current_time()

    def lags(self, lag: Mapping[str, int]) -> None:
        """Records that wait, by topic."""
        self._lag.show(lag)

    def carts_are(self, stages: Mapping[Stage, int]) -> None:
        """The table is complete: so many carts of ours stand there."""
        self._stages = Tally(stages)
        for stage in Stage:
            self._carts.labels(stage).set(self._stages[stage])

    def stepped(self, before: Cart | None, found: Step) -> None:
        """What a step changed and said."""
        self._moved(before.stage if before else None, found.cart.stage if found.cart else None)
        for one in found.says:
            self._reminders.said(before or found.cart, one)
        if found.cart is not None:
            self._reminders.heard(before, found.cart)

    def _moved(self, before: Stage | None, after: Stage | None) -> None:
        if before is after:
            return
        for stage, change in ((before, -1), (after, 1)):
            if stage is not None:
                self._stages[stage] += change
                self._carts.labels(stage).set(self._stages[stage])
