"""Money: a payment that failed, and money that goes back."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import PaymentFailed, PaymentRefunded
from services.order_events.facts import Facts
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    content,
    if_ahead,
    the_order,
)

_REFUND: Final = "refund:"


def refunds(facts: Facts) -> Iterable[str]:
    """Every refund of the order."""
    return [_REFUND + refund_id for refund_id in facts.refunds]


def failed(case: Case, subject: str) -> Verdict:
    """Your payment did not go through. Once for each payment, and only of the last one that failed:
    money that arrived later, or a shop that accepted the order later all the same, overtakes it."""
    del subject
    failure = case.facts.last_failure
    if failure is None:
        return None
    version = failure.value.payment_id
    if case.facts.cancellation or case.facts.accepted_at:
        return Overtaken(version)
    return Announce(failure.at, partial(_failed, case.facts, failure.value, case.now), version)


def _failed(facts: Facts, data: PaymentFailed, now: datetime) -> Content:
    return content(
        facts,
        total=data.amount,
        payment=facts.payment,
        payment_failure=data.reason,
        pay_by=if_ahead(facts.pay_by.value if facts.pay_by else None, now),
        pay_url=facts.pay_url and facts.pay_url.value,
    )


def refunded(case: Case, subject: str) -> Verdict:
    """The shop sent your money back. Said again when the shop corrects the amount."""
    refund = case.facts.refunds[subject.removeprefix(_REFUND)].sent
    if refund is None:
        return None
    amount = refund.value.amount
    version = f"{amount.decimal.normalize():f} {amount.currency}"
    return Announce(refund.at, partial(_refunded, case.facts, refund.value), version)


def _refunded(facts: Facts, data: PaymentRefunded) -> Content:
    return content(facts, refund=data.amount, refund_by=data.expected_by, refund_method=data.method)


RULES: Final = (
    Rule(Kind.PAYMENT_FAILED, the_order, failed),
    Rule(Kind.PAYMENT_REFUNDED, refunds, refunded),
)
