"""What is true of the money of an order."""

import msgspec

from headsup.contracts.base import Money
from headsup.contracts.shop import (
    PaymentActionRequired,
    PaymentFailed,
    PaymentPending,
    PaymentRefunded,
    RefundFailed,
)
from services.order_events.facts.shapes import Latest, Span


class Payment(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One payment of an order: it may fail, and succeed later."""

    succeeded: Span | None = None
    amount: Latest[Money] | None = None
    """What came when it succeeded."""
    failed: Latest[PaymentFailed] | None = None
    pending: Latest[PaymentPending] | None = None
    """The shop waits for it, and said how to pay."""
    action_required: Latest[PaymentActionRequired] | None = None
    """The customer's bank wants a confirmation."""

    @property
    def stands(self) -> bool:
        """It succeeded, and did not fail since."""
        if self.succeeded is None:
            return False
        return self.failed is None or self.failed.at <= self.succeeded.last


class Refund(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Money that goes back."""

    sent: Latest[PaymentRefunded] | None = None
    failed: Latest[RefundFailed] | None = None
