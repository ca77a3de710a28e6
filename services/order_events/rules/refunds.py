"""Money that goes back: sent in part or in full, late, or come back to the shop."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

from headsup.contracts.base import Money
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import PaymentRefunded
from services.order_events.facts import Facts, Refund
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    content,
)
from services.order_events.rules.lateness import notice
from services.order_events.rules.refund_clock import Owed, Rest, missing, owed, owings
from services.order_events.rules.wording import last_of, says, worded

_REFUND: Final = "refund:"
_SENT: Final = (Kind.PAYMENT_PARTLY_REFUNDED, Kind.PAYMENT_REFUNDED)
_FAILED: Final = frozenset({Kind.REFUND_FAILED})


def refunds(facts: Facts) -> Iterable[str]:
    """Every refund of the order."""
    return [_REFUND + refund_id for refund_id in facts.refunds]


def sent(kind: Kind, case: Case, subject: str) -> Verdict:
    """The shop sent your money back: a part of it, until all that was sent makes the price. Each
    refund is told with its own amount, also where together they are more than was paid. Said again
    when the amount is corrected, or when it is sent anew after it had come back."""
    found = _refund(case.facts, subject)
    if found.sent is None or found.sent.value.amount.is_zero:
        return None
    what = _words(found.sent.value.amount)
    if found.has_failed:
        return Overtaken(what)
    if kind is not _kind_of(case, subject, what):
        return Overtaken(None)
    other = frozenset(_SENT) - {kind}
    version = worded(case.told, subject, kind, what, _FAILED | other)
    return Announce(found.sent.at, partial(_sent, case.facts, found.sent.value), version)


def _kind_of(case: Case, subject: str, what: str) -> Kind:
    """What was called a part stays one, though an older refund becomes known later."""
    last = last_of(case.told, subject, *_SENT)
    if last and says(last, what):
        return last.kind
    return _SENT[1] if _makes_the_price(case.facts, subject) else _SENT[0]


def _makes_the_price(facts: Facts, subject: str) -> bool:
    """Whether all that was sent up to this refund is what the order costs. In another currency it
    cannot be compared, and nothing is said of parts."""
    this, price = _refund(facts, subject).sent, facts.price
    if this is None or price is None or this.value.amount.currency != price.currency:
        return True
    until = this.at, this.value.refund_id
    together = sum(
        (
            word.value.amount.decimal
            for each in facts.refunds.values()
            if (word := each.on_its_way) and word.value.amount.currency == price.currency
            if (word.at, word.value.refund_id) <= until
        ),
        Decimal(),
    )
    return together >= price.decimal


def _sent(facts: Facts, data: PaymentRefunded) -> Content:
    return content(facts, refund=data.amount, refund_by=data.expected_by, refund_method=data.method)


def failed(case: Case, subject: str) -> Verdict:
    """Your money came back to the shop: where shall it go?"""
    found = _refund(case.facts, subject)
    if found.failed is None:
        return None
    data = found.failed.value
    what = _words(data.amount)
    if not found.has_failed:
        return Overtaken(what)
    say = partial(content, case.facts, refund=data.amount, action_url=data.url)
    version = worded(case.told, subject, Kind.REFUND_FAILED, what, frozenset(_SENT))
    return Announce(found.failed.at, say, version)


def late(case: Case, subject: str) -> Verdict:
    """We owe you money, said by when you would have it, and did not send it. Said the day after,
    and again when the next word is due, with what is still missing."""
    found = owed(case, subject)
    rest = missing(case.facts, found) if found else None
    if found is None or rest is None:
        return Overtaken(None)
    say = partial(_late, case, found, rest)
    return notice(case, subject, Kind.REFUND_LATE, found.by, say, since=found.since)


def _late(
    case: Case, found: Owed, rest: Rest, occurrence: int, next_update_by: datetime
) -> Content:
    return content(
        case.facts,
        refund=rest.amount,
        refund_by=found.by,
        occurrence=occurrence,
        next_update_by=next_update_by,
    )


def _refund(facts: Facts, subject: str) -> Refund:
    return facts.refunds[subject.removeprefix(_REFUND)]


def _words(amount: Money) -> str:
    return f"{amount.decimal.normalize():f} {amount.currency}"


RULES: Final = (
    *(Rule(kind, refunds, partial(sent, kind)) for kind in _SENT),
    Rule(Kind.REFUND_FAILED, refunds, failed),
    Rule(Kind.REFUND_LATE, owings, late),
)
