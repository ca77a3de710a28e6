"""What the customer is asked to pay, and until when. Pure.

Pending payments, and confirmations that a bank wants, are requests for money. One stands at a time:
the newest, until money comes or a payment fails.
"""

from datetime import datetime

import msgspec

from headsup.contracts.base import Money
from headsup.contracts.shop import PaymentActionRequired, PaymentPending, PaymentState
from services.order_events.facts import Facts, Latest, Payment

_PREPAID = frozenset({PaymentState.PAID, PaymentState.AUTHORISED})


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request for money."""

    payment_id: str
    at: datetime
    amount: Money
    pending: PaymentPending | None = None
    """How to pay, where the customer sends the money."""
    confirmation: PaymentActionRequired | None = None
    """What the customer's bank wants to be confirmed, where it does."""

    @property
    def is_told(self) -> bool:
        """There is something to tell: to whom to pay, what to quote, or what to confirm. A shop may
        call every attempt with a card a pending payment; that is no news."""
        if self.confirmation:
            return True
        return bool(self.pending and (self.pending.details or self.pending.reference))


def open_request(facts: Facts) -> Request | None:
    """The request for money that nothing has answered since; None when there is none."""
    found = [
        request
        for payment_id, payment in facts.payments.items()
        for request in _requests(payment_id, payment)
    ]
    newest = max(found, key=lambda each: (each.at, each.payment_id), default=None)
    if newest is None or facts.cancellation or _is_answered(facts, newest):
        return None
    return newest


def _requests(payment_id: str, payment: Payment) -> list[Request]:
    found = []
    if word := payment.pending:
        found.append(
            Request(payment_id=payment_id, at=word.at, amount=word.value.amount, pending=word.value)
        )
    if asked := payment.action_required:
        found.append(_confirmation(payment_id, asked))
    return found


def _confirmation(payment_id: str, asked: Latest[PaymentActionRequired]) -> Request:
    data = asked.value
    return Request(payment_id=payment_id, at=asked.at, amount=data.amount, confirmation=data)


def _is_answered(facts: Facts, request: Request) -> bool:
    """Its own payment came or failed, any other failed, or all the money came some other way."""
    own = facts.payments[request.payment_id].last_word_at
    if own and own >= request.at:
        return True
    if facts.last_failure and facts.last_failure.at >= request.at:
        return True
    if facts.paid_since and facts.paid_since >= request.at:
        return True
    placed = facts.placed
    return bool(placed and placed.value.payment in _PREPAID and placed.at >= request.at)


def is_unpaid(facts: Facts) -> bool:
    """The customer still owes money: the shop asks for it, or waits for it before it begins."""
    if facts.placed is None or facts.cancellation:
        return False
    if open_request(facts) is not None:
        return True
    return facts.accepted_at is None and not facts.has_moved
