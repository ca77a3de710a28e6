"""What operators see of what people choose. Labels are bounded, whoever says what."""

from prometheus_client import CollectorRegistry, Counter

from services.notifier.preferring import Effect
from services.notifier.receipt_metrics import Refused


class PreferenceMetrics:
    """Verbs over who chose."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._came = Counter(
            "headsup_notifier_preferences",
            "Forms of what people want to hear, and how, by what came of them.",
            ("result",),
            registry=registry,
        )

    def chosen(self, effect: Effect) -> None:
        """Somebody said what they want."""
        self._came.labels(effect).inc()

    def refused(self, result: Refused) -> None:
        """It was not vouched for, could not be understood, or not be written now."""
        self._came.labels(result).inc()
