"""Every metric that the services show: what it means, and by what it is told apart. docs/metrics.md
is made of it, and alerts, dashboards and scalers are held to it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.registry import Collector

from deploy.questions import QUESTIONS
from headsup.build import describe_build
from services.cart_recovery.metrics import Metrics as CartMetrics
from services.notifier.answer_metrics import AnswerMetrics
from services.notifier.bot.metrics import BotMetrics
from services.notifier.bot.speaker import SpeakerMetrics
from services.notifier.metrics import IntakeMetrics, SendingMetrics
from services.notifier.missed_texts import MissedMetrics
from services.notifier.overdue import OverdueMetrics
from services.notifier.preference_metrics import PreferenceMetrics
from services.notifier.receipt_metrics import ReceiptMetrics
from services.notifier.stop_metrics import StopMetrics
from services.notifier.support_metrics import SupportMetrics
from services.order_events.metrics import Metrics as OrderMetrics

PAGE: Final = Path(__file__).parents[1] / "docs/metrics.md"
MAKERS: Final[Mapping[str, tuple[Callable[[CollectorRegistry], object], ...]]] = {
    "order_events": (OrderMetrics,),
    "notifier": (
        *(IntakeMetrics, SendingMetrics, ReceiptMetrics, OverdueMetrics, AnswerMetrics),
        *(MissedMetrics, StopMetrics, PreferenceMetrics, SupportMetrics, BotMetrics),
        SpeakerMetrics,
    ),
    "cart_recovery": (CartMetrics,),
}
"""What puts metrics into a registry, by the service that serves them; each says besides which
version it is."""
_SUFFIXES: Final[Mapping[str, tuple[str, ...]]] = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum"),
    "info": ("_info",),
}


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """A metric."""

    name: str
    """As it is written in a query; of a histogram without `_bucket`, `_count`, `_sum`."""
    kind: str
    """counter, gauge, histogram or info."""
    labels: tuple[str, ...]
    meaning: str
    service: str

    def series(self) -> Iterator[tuple[str, frozenset[str]]]:
        """The names under which a query finds it, each with its labels."""
        for suffix in _SUFFIXES[self.kind] if self.kind == "histogram" else ("",):
            more = {"le"} if suffix == "_bucket" else set()
            yield self.name + suffix, frozenset({*self.labels, *more})


class _Noting(CollectorRegistry):
    """A registry that remembers what was put into it."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[MetricWrapperBase] = []

    def register(self, collector: Collector) -> None:
        assert isinstance(collector, MetricWrapperBase)  # noqa: S101 - we have no others
        self.noted.append(collector)
        super().register(collector)


def known_metrics() -> tuple[Known, ...]:
    """All of them, service by service. No service is started."""
    return tuple(
        known for service in MAKERS for known in sorted(map(_known(service), _put_in(service)))
    )


def series() -> dict[str, frozenset[str]]:
    """What a query may name, with the labels of each."""
    return dict(named for known in known_metrics() for named in known.series())


def _put_in(service: str) -> list[MetricWrapperBase]:
    registry = _Noting()
    describe_build(registry, service)
    for make in MAKERS[service]:
        make(registry)
    return registry.noted


def _known(service: str) -> Callable[[MetricWrapperBase], Known]:
    def known(collector: MetricWrapperBase) -> Known:
        [described] = collector.describe()
        suffix = _SUFFIXES[described.type][0]
        is_told_apart = described.type == "info"
        return Known(
            name=described.name + ("" if described.type == "histogram" else suffix),
            kind=described.type,
            # No public way tells the names of the labels of a metric that nobody has set.
            labels=("service", "version") if is_told_apart else tuple(collector._labelnames),  # noqa: SLF001
            meaning=described.documentation,
            service=service,
        )

    return known


_HEAD: Final = """# Metrics

What each service says of itself under `/metrics`, for Prometheus. Counters begin at 0 with each
start; a histogram has `_bucket`, `_count` and `_sum`. No label holds a person, an address, an order
or a cart, and what strangers send becomes no label. A gauge of what a replica has given away
disappears with it.

[Alerts](runbooks/README.md) are made of these, and the check of `deploy/` holds every query to this
list.
"""
_QUESTIONS: Final = """## Questions

What waits is counted in the database, so every replica says the same of it: take the greatest, not
the sum. Names with colons are computed in advance, in `deploy/alerts/told.yaml`.
"""
_FOOT: Final = "This page is made from the code by `make schemas`.\n"
_TITLES: Final = {
    "order_events": "order_events",
    "notifier": "The notifier",
    "cart_recovery": "cart_recovery",
}


def page() -> str:
    """docs/metrics.md."""
    return "\n".join([_HEAD, _answers(), *map(_table, MAKERS), _FOOT])


def _answers() -> str:
    lines = [_QUESTIONS]
    for question, query in QUESTIONS:
        lines += [question, ""] if question else []
        lines += ["```promql", query, "```", ""]
    return "\n".join(lines)


def _table(service: str) -> str:
    lines = [
        f"## {_TITLES[service]}",
        "",
        "| metric | kind | labels | meaning |",
        "|---|---|---|---|",
    ]
    for known in known_metrics():
        if known.service == service:
            labels = ", ".join(f"`{label}`" for label in known.labels)
            lines.append(f"| `{known.name}` | {known.kind} | {labels} | {known.meaning} |")
    return "\n".join(lines) + "\n"
