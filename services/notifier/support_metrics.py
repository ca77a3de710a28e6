"""What operators see of those who help customers. Labels are bounded, and nobody is named."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter

from services.notifier.receipt_metrics import Refused
from services.notifier.supporting import Act, Effect

NONE: Final = "none"


class SupportMetrics:
    """Verbs over what they do."""

    def __init__(self, registry: CollectorRegistry | None) -> None:
        """`registry`: None counts for nobody."""
        self._acts = Counter(
            "headsup_notifier_support_acts",
            "What was done on the page for support: looked, resent or refused, and why refused.",
            ("act", "why"),
            registry=registry,
        )

    def looked(self) -> None:
        """Somebody looked for an order."""
        self._acts.labels(Act.LOOKED, NONE).inc()

    def asked_again(self, effect: Effect) -> None:
        """Somebody wanted a message sent again."""
        if effect is Effect.RESENT:
            self._acts.labels(Act.RESENT, NONE).inc()
        else:
            self._acts.labels(Act.REFUSED, effect).inc()

    def refused(self, why: Refused) -> None:
        """Nobody vouched for them or their form, it could not be read, or not be written now."""
        self._acts.labels(Act.REFUSED, why).inc()
