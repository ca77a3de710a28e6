"""Payment events."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from headsup.contracts.base import Id, Instant, LongText, Money, Url
from headsup.contracts.shop.codes import PaymentFailure, PaymentMethod
from headsup.contracts.shop.orders import OrderEvent


class PaymentPending(OrderEvent, frozen=True, kw_only=True):
    """The shop waits for money that the customer sends: a bank transfer, a voucher paid in cash."""

    payment_id: Id
    amount: Money
    method: PaymentMethod = PaymentMethod.BANK_TRANSFER
    details: LongText | None = None
    """To whom and how to pay: the account, the bank, the voucher."""
    reference: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    """What the customer has to quote."""
    pay_by: Instant | None = None
    pay_url: Url | None = None


class PaymentActionRequired(OrderEvent, frozen=True, kw_only=True):
    """The customer's bank wants a confirmation (3-D Secure)."""

    payment_id: Id
    amount: Money
    url: Url
    by: Instant | None = None


class PaymentSucceeded(OrderEvent, frozen=True, kw_only=True):
    """Money arrived, or was reserved."""

    payment_id: Id
    amount: Money
    method: PaymentMethod = PaymentMethod.OTHER


class PaymentFailed(OrderEvent, frozen=True, kw_only=True):
    """A payment was refused. The order still stands until `pay_by`."""

    payment_id: Id
    amount: Money
    reason: PaymentFailure = PaymentFailure.OTHER
    retry_url: Url | None = None
    pay_by: Instant | None = None


class PaymentRefunded(OrderEvent, frozen=True, kw_only=True):
    """The shop sent money back."""

    refund_id: Id
    amount: Money
    method: PaymentMethod = PaymentMethod.OTHER
    expected_by: date | None = None
    """The day by which the customer's bank shows it."""
    return_id: Id | None = None
    """The return for which it is, where it is for one."""


class RefundFailed(OrderEvent, frozen=True, kw_only=True):
    """Money that the shop sent back came back to it."""

    refund_id: Id
    amount: Money
    url: Url | None = None
    """Where the customer can say how to get it instead."""
