"""Money that comes: how to pay, the reminder to, what a bank wants confirmed, what failed."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import PaymentActionRequired, PaymentFailed, PaymentPending
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
from services.order_events.rules.dues import Request, is_unpaid, open_request
from services.order_events.rules.wording import last_of, worded
from services.order_events.told import Statement, Told

_PAYMENT: Final = "payment:"
_AT_ONCE: Final = timedelta(0)
_RESPITE: Final = 4
"""Who was asked to pay less than a quarter of a reminder's time before it, is not reminded yet."""
_ASK: Final = frozenset(
    {
        Kind.ORDER_RECEIVED,
        Kind.PAYMENT_INSTRUCTIONS,
        Kind.PAYMENT_ACTION_REQUIRED,
        Kind.PAYMENT_FAILED,
    }
)
"""Messages after which the customer knows that money is awaited."""
_FAILED: Final = Kind.PAYMENT_FAILED
_ASK_AGAIN: Final = frozenset({Kind.PAYMENT_INSTRUCTIONS, Kind.PAYMENT_ACTION_REQUIRED})
_SETTLES: Final = frozenset({Kind.ORDER_CONFIRMED, Kind.ORDER_REINSTATED})


def payments(facts: Facts) -> Iterable[str]:
    """Every payment. They are subjects of their own: an order on account is confirmed, and the
    customer is told how to pay for it."""
    return [_PAYMENT + payment_id for payment_id in facts.payments]


def instructions(case: Case, subject: str) -> Verdict:
    """To whom and how to pay. Said again when that changes, or the time to pay does."""
    pending = case.facts.payments[subject.removeprefix(_PAYMENT)].pending
    if pending is None:
        return None
    data = pending.value
    what = _digest(_money_words(data), data.method, data.details, data.reference, data.pay_by)
    request = _asked(case, subject)
    if request is None or request.pending is None or not request.is_told:
        return Overtaken(what, on_every_way=True)
    version = worded(case.told, subject, Kind.PAYMENT_INSTRUCTIONS, what)
    return Announce(pending.at, partial(_instructions, case, request), version)


def _instructions(case: Case, request: Request) -> Content:
    return content(
        case.facts,
        items=case.facts.lines,
        total=case.facts.price,
        due=request.amount,
        pay_by=_pay_by(case, request),
        **_how_to_pay(case.facts, request),
    )


def action_required(case: Case, subject: str) -> Verdict:
    """Your bank wants you to confirm the payment. Said again for another attempt, whose page is
    another; not when the time for it has passed."""
    asked = case.facts.payments[subject.removeprefix(_PAYMENT)].action_required
    if asked is None:
        return None
    data = asked.value
    what = _digest(_money_words(data), data.url, data.by)
    request = _asked(case, subject)
    is_over = data.by is not None and data.by <= case.now
    if request is None or request.confirmation is None or is_over:
        return Overtaken(what, on_every_way=True)
    say = partial(
        content,
        case.facts,
        due=data.amount,
        pay_url=data.url,
        pay_by=_pay_by(case, request),
    )
    version = worded(case.told, subject, Kind.PAYMENT_ACTION_REQUIRED, what)
    return Announce(asked.at, say, version, until=data.by)


def reminder(case: Case, subject: str) -> Verdict:
    """The time to pay ends soon. So many hours before it does, as the shop's policy says; not to
    somebody who was asked only then. Another last moment counts anew."""
    del subject
    facts, pay_by = case.facts, case.facts.pay_by
    if pay_by is None:
        return None
    if pay_by.value <= case.now or not is_unpaid(facts):
        return Overtaken(None, on_every_way=True)
    moments = _reminders(case, pay_by.value)
    next_at = min((at for at in moments if at > case.now), default=pay_by.value)
    due = [at for at in moments if at <= case.now]
    if not due:
        return Overtaken(None, until=next_at)
    of_this_moment = f"{pay_by.value.astimezone(UTC).isoformat()}/"
    version = of_this_moment + due[-1].astimezone(UTC).isoformat()
    earlier = sum(
        said.kind is Kind.PAYMENT_REMINDER
        and not said.taken_back
        and said.version.startswith(of_this_moment)
        and said.version != version
        for said in case.told.statements.values()
    )
    say = partial(_reminder, case, pay_by.value, earlier + 1)
    return Announce(due[-1], say, version, until=next_at)


def _reminders(case: Case, pay_by: datetime) -> list[datetime]:
    """When to remind, the first first. Before the customer was asked, nobody is to be reminded: all
    of them are looked at again then."""
    asked_at = _last_asked(case)
    found = []
    for hours in sorted(case.policy.payment_reminder_hours, reverse=True):
        before = timedelta(hours=hours)
        at = pay_by - before
        if at > case.now or (asked_at and at - asked_at >= before / _RESPITE):
            found.append(at)
    return found


def _last_asked(case: Case) -> datetime | None:
    asked = (said for said in case.told.statements.values() if _has_asked(said))
    return max((said.said_at for said in asked), default=None)


def _has_asked(said: Statement) -> bool:
    return said.kind in _ASK and (said.waiting or said.heard)


def _reminder(case: Case, pay_by: datetime, occurrence: int) -> Content:
    request = open_request(case.facts)
    return content(
        case.facts,
        due=request.amount if request else case.facts.price,
        pay_by=pay_by,
        occurrence=occurrence,
        next_update_by=case.policy.word_within(pay_by, _AT_ONCE, case.zone),
        **_how_to_pay(case.facts, request),
    )


def failed(case: Case, subject: str) -> Verdict:
    """Your payment did not go through. Only the last one that failed: money that arrived, a shop
    that accepted the order all the same, or that says anew how to pay, overtakes it. Said again
    when it fails once more after we said something else."""
    failure = case.facts.last_failure
    if failure is None:
        return None
    what = failure.value.payment_id
    request = open_request(case.facts)
    if case.facts.cancellation or case.facts.accepted_at or (request and request.is_told):
        return Overtaken(what, on_every_way=True)
    asked = _asked_since_it_failed(case.told, subject)
    version = f"{asked}/{what}" if asked else worded(case.told, subject, _FAILED, what, _SETTLES)
    return Announce(failure.at, partial(_failed, case, failure.value), version)


def _asked_since_it_failed(told: Told, subject: str) -> str:
    """The request that asked once more after the last word that a payment failed; empty when none
    did. To whoever heard it, another failure is news."""
    last = last_of(told, subject, _FAILED)
    asked = [
        (said.said_at, id_)
        for id_, said in told.statements.items()
        if last and said.kind in _ASK_AGAIN and said.heard and said.said_at > last.said_at
    ]
    return max(asked)[1] if asked else ""


def _failed(case: Case, data: PaymentFailed) -> Content:
    facts = case.facts
    return content(
        facts,
        total=data.amount,
        payment=facts.payment,
        payment_failure=data.reason,
        pay_by=if_ahead(facts.pay_by.value if facts.pay_by else None, case.now),
        pay_url=facts.pay_url and facts.pay_url.value,
    )


def _asked(case: Case, subject: str) -> Request | None:
    """The request for money that stands, where it is this payment's."""
    request = open_request(case.facts)
    return request if request and _PAYMENT + request.payment_id == subject else None


def _how_to_pay(facts: Facts, request: Request | None) -> dict[str, object]:
    pending = request.pending if request else None
    confirmation = request.confirmation if request else None
    url = confirmation.url if confirmation else pending and pending.pay_url
    return {
        "pay_method": pending and pending.method,
        "pay_details": pending and pending.details,
        "pay_reference": pending and pending.reference,
        "pay_url": url or (facts.pay_url and facts.pay_url.value),
    }


def _pay_by(case: Case, request: Request) -> datetime | None:
    pending, confirmation = request.pending, request.confirmation
    own = confirmation.by if confirmation else pending and pending.pay_by
    of_order = case.facts.pay_by.value if case.facts.pay_by else None
    return if_ahead(own or of_order, case.now)


def _money_words(data: PaymentPending | PaymentActionRequired) -> str:
    return f"{data.amount.decimal.normalize():f} {data.amount.currency}"


def _digest(*words: object) -> str:
    """Not the words themselves: an account and a link are nobody's version."""
    return hashlib.sha256("|".join(str(word or "") for word in words).encode()).hexdigest()[:16]


RULES: Final = (
    Rule(Kind.PAYMENT_INSTRUCTIONS, payments, instructions),
    Rule(Kind.PAYMENT_ACTION_REQUIRED, payments, action_required),
    Rule(Kind.PAYMENT_FAILED, the_order, failed),
    Rule(Kind.PAYMENT_REMINDER, the_order, reminder),
)
