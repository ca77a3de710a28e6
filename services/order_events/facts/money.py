"""What is true of the money of an order."""

from datetime import datetime

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


class Payment(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
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
    def came_at(self) -> datetime | None:
        """When it succeeded for good; None when it did not, or failed since."""
        if self.succeeded is None or (self.failed and self.failed.at > self.succeeded.last):
            return None
        has_failed = self.failed is not None and self.failed.at > self.succeeded.first
        return self.succeeded.last if has_failed else self.succeeded.first

    @property
    def last_word_at(self) -> datetime | None:
        """When it succeeded or failed last."""
        moments = [self.succeeded.last] if self.succeeded else []
        return max([*moments, *([self.failed.at] if self.failed else [])], default=None)


class Refund(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """Money that goes back."""

    sent: Latest[PaymentRefunded] | None = None
    failed: Latest[RefundFailed] | None = None

    @property
    def has_failed(self) -> bool:
        """The money came back to the shop, and was not sent again."""
        return self.failed is not None and (self.sent is None or self.sent.at <= self.failed.at)

    @property
    def on_its_way(self) -> Latest[PaymentRefunded] | None:
        """What was sent and did not come back."""
        return None if self.has_failed else self.sent
