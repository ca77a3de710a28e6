"""Folds the events of the money."""

from headsup.contracts import shop
from headsup.contracts.envelope import Event
from services.order_events.facts import Facts, Payment, Refund
from services.order_events.fold.base import Changes, given, later, widen


def _payment(facts: Facts, payment_id: str) -> Payment:
    payment = facts.payments.get(payment_id)
    if payment is None:
        payment = facts.payments[payment_id] = Payment()
    return payment


def _payment_succeeded(facts: Facts, event: Event[shop.PaymentSucceeded]) -> None:
    payment = _payment(facts, event.data.payment_id)
    payment.succeeded = widen(payment.succeeded, event.time)
    payment.amount = later(payment.amount, event, event.data.amount)


def _payment_failed(facts: Facts, event: Event[shop.PaymentFailed]) -> None:
    payment = _payment(facts, event.data.payment_id)
    payment.failed = later(payment.failed, event, event.data)
    facts.pay_by = given(facts.pay_by, event, event.data.pay_by)
    facts.pay_url = given(facts.pay_url, event, event.data.retry_url)


def _payment_pending(facts: Facts, event: Event[shop.PaymentPending]) -> None:
    payment = _payment(facts, event.data.payment_id)
    payment.pending = later(payment.pending, event, event.data)
    facts.pay_by = given(facts.pay_by, event, event.data.pay_by)
    facts.pay_url = given(facts.pay_url, event, event.data.pay_url)


def _action_required(facts: Facts, event: Event[shop.PaymentActionRequired]) -> None:
    payment = _payment(facts, event.data.payment_id)
    payment.action_required = later(payment.action_required, event, event.data)


def _refund(facts: Facts, refund_id: str) -> Refund:
    refund = facts.refunds.get(refund_id)
    if refund is None:
        refund = facts.refunds[refund_id] = Refund()
    return refund


def _payment_refunded(facts: Facts, event: Event[shop.PaymentRefunded]) -> None:
    refund = _refund(facts, event.data.refund_id)
    refund.sent = later(refund.sent, event, event.data)


def _refund_failed(facts: Facts, event: Event[shop.RefundFailed]) -> None:
    refund = _refund(facts, event.data.refund_id)
    refund.failed = later(refund.failed, event, event.data)


CHANGES: Changes = {
    shop.PaymentPending: _payment_pending,
    shop.PaymentActionRequired: _action_required,
    shop.PaymentSucceeded: _payment_succeeded,
    shop.PaymentFailed: _payment_failed,
    shop.PaymentRefunded: _payment_refunded,
    shop.RefundFailed: _refund_failed,
}
"""Events of the money."""
