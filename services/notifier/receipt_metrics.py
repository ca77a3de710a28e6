"""What operators see of receipts. Labels are bounded, whoever posts what."""

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge

from headsup.contracts.channels import Channel
from services.notifier.receipts import Effect

OTHER = "other"
"""A status that we do not know, or that nobody vouches for."""


class Refused(StrEnum):
    """Why what came was no receipt, or was not written."""

    FORGED = "forged"  # not signed by whom it says
    MALFORMED = "malformed"  # cut off, too large, or not in the form agreed on
    NOT_OURS = "not_ours"  # a returned mail for an address that we did not make
    IGNORED = "ignored"  # vouched for, and says nothing about arriving
    NOT_TAKEN = "not_taken"  # it could not be written now


class ReceiptMetrics:
    """Verbs over what comes back."""

    def __init__(self, registry: CollectorRegistry, *, are_asked_for: bool = True) -> None:
        """`are_asked_for`: whether providers are told where to report."""
        self._came = Counter(
            "headsup_notifier_receipts",
            "What providers said of messages that they had taken, and what it did.",
            ("channel", "status", "result"),
            registry=registry,
        )

        Gauge(
            "headsup_notifier_receipts_asked_for",
            "1 where providers are asked to report: HEADSUP_PUBLIC_URL is set.",
            registry=registry,
        ).set(are_asked_for)

    def came(self, channel: Channel, status: str, result: Effect | Refused) -> None:
        """A receipt came. `status` is one of a table, or `OTHER`."""
        self._came.labels(channel, status, result).inc()
