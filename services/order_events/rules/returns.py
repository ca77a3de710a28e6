"""Sending things back."""

from collections.abc import Iterable
from functools import partial
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import ReturnApproved
from services.order_events.facts import Facts, Return
from services.order_events.rules.base import Announce, Case, Rule, Verdict, content

_RETURN: Final = "return:"


def returns(facts: Facts) -> Iterable[str]:
    """Every return of the order."""
    return [_RETURN + return_id for return_id in facts.returns]


def approved(case: Case, subject: str) -> Verdict:
    """How to send it back, where to, until when, and what becomes of the money.

    Instructions that change are told again: the customer would follow the old ones.
    """
    found = case.facts.returns[subject.removeprefix(_RETURN)]
    if found.approved is None:
        return None
    data = found.approved.value
    # Not the label's address: a shop may sign it afresh every time it sends the same event.
    version = f"{data.method}|{data.send_by}|{data.address or ''}|{data.code or ''}"
    return Announce(found.approved.at, partial(_approved, case.facts, found, data), version)


def _approved(facts: Facts, found: Return, data: ReturnApproved) -> Content:
    return content(
        facts,
        items=found.items.value if found.items else (),
        return_method=data.method,
        return_address=data.address,
        return_code=data.code,
        label_url=data.label_url,
        send_by=data.send_by,
        window=data.pickup_window,
        refund=data.refund,
        refund_days=data.refund_days,
        refund_method=data.refund_method,
    )


RULES: Final = (Rule(Kind.RETURN_APPROVED, returns, approved),)
