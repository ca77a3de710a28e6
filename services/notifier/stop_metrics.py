"""What operators see of marketing that is stopped. Labels are bounded, whoever says what."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter

from services.notifier.receipt_metrics import Refused
from services.notifier.stops import Stopped

NONE: Final = "none"
"""Of what is not known, or not vouched for."""


class StopMetrics:
    """Verbs over who wants no more."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._came = Counter(
            "headsup_notifier_opt_outs",
            "Whoever wanted no more marketing, by the message that they had enough of.",
            ("kind", "channel", "result"),
            registry=registry,
        )

    def heard(self, stopped: Stopped) -> None:
        """Somebody wants no more."""
        message = stopped.message
        kind, channel = (message.kind, message.address.channel) if message else (NONE, NONE)
        self._came.labels(kind, channel, stopped.effect).inc()

    def refused(self, result: Refused) -> None:
        """It was not vouched for, or could not be written now."""
        self._came.labels(NONE, NONE, result).inc()
