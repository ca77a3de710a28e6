"""What becomes of an order as a whole: received, confirmed, and whether it comes at all."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Final

from headsup.contracts.base import Estimate
from headsup.contracts.catalogue import CATALOGUE, Area, Audience, Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import CancelledBy, CancelReason, OrderCancelled, PaymentState
from services.order_events.facts import Facts
from services.order_events.promises import open_promises
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
from services.order_events.rules.dispatch import promised_dispatch, told_of_dispatch
from services.order_events.rules.dues import Request, is_unpaid, open_request
from services.order_events.rules.one_voice import is_to_come, still_true
from services.order_events.rules.wording import last_of, may_be_reworded, said_anew, worded
from services.order_events.told import ORDER, Statement, Told, digest_of

_CORRECTION: Final = Kind.ORDER_REINSTATED
_ASKS: Final = frozenset({Kind.PAYMENT_INSTRUCTIONS, Kind.PAYMENT_ACTION_REQUIRED})
_MISSES_MONEY: Final = _ASKS | {Kind.PAYMENT_REMINDER}
_ENDS: Final = frozenset({Kind.ORDER_CANCELLED, Kind.ORDER_EXPIRED})
_UNPAID: Final = "/unpaid"
"""Ends the version of a correction that did not say that the order is being prepared."""
_REWORDED: Final = ":"


def received(case: Case, subject: str) -> Verdict:
    """We have your order, and wait for the money. Instructions how to pay say the same and more."""
    facts, placed = case.facts, case.facts.placed
    if placed is None or placed.value.payment is not PaymentState.PENDING:
        return None
    request = open_request(facts)
    is_over = facts.cancellation or facts.last_failure or facts.accepted_at or facts.has_moved
    if is_over or _asks_instead(case, request) or _corrects(case, subject):
        return Overtaken()
    last = last_of(case.told, subject, Kind.ORDER_RECEIVED)
    say = partial(_received, case)
    since = max([placed.at, *_resumed(facts)])
    return Announce(since, say, _worded(case, last, last.version if last else "", say))


def _asks_instead(case: Case, request: Request | None) -> bool:
    """Whether how to pay is told, which says that we have the order; not where that is too old to
    be told, because the order itself became known so late."""
    if request is None or not request.is_told:
        return False
    if any(said.kind in _ASKS and not said.taken_back for said in case.told.statements.values()):
        return True
    until = request.confirmation.by if request.confirmation else None
    kind = Kind.PAYMENT_ACTION_REQUIRED if request.confirmation else Kind.PAYMENT_INSTRUCTIONS
    is_fresh = request.at + CATALOGUE[kind].time_to_live >= case.now
    return is_fresh and (until is None or until > case.now)


def _received(case: Case) -> Content:
    facts = case.facts
    return content(
        facts,
        items=facts.lines,
        total=facts.price,
        payment=PaymentState.PENDING,
        pay_by=if_ahead(facts.pay_by.value if facts.pay_by else None, case.now),
        pay_url=facts.pay_url and facts.pay_url.value,
        estimate=expected_on(case),
        by_download=told_of_dispatch(case, Kind.ORDER_RECEIVED)["by_download"],
    )


def confirmed(case: Case, subject: str) -> Verdict:
    """Your order is being prepared. The next update is due when it should leave the shop.

    Said again to a customer who heard in between that money was missing. Not while the shop holds
    the order back: then nobody prepares it, and it is said when they go on.
    """
    facts = case.facts
    accepted_at = facts.accepted_at
    if accepted_at is None:
        return Overtaken("" if facts.confirmed else None)
    due = promised_dispatch(case)
    if facts.cancellation or facts.has_moved or facts.hold or (due and due <= case.now):
        return Overtaken()
    last = _last_confirmation(case.told)
    missing = _money_missed_since(case, last)
    is_corrected = last is not None and last.kind is _CORRECTION
    if (is_corrected and not missing) or _will_be_corrected(case, subject):
        return Overtaken(None)  # "it goes on after all" says that it is being prepared
    say = partial(_confirmed, case, Kind.ORDER_CONFIRMED)
    moments = [accepted_at, *_resumed(facts), *(_money_came(facts) if missing else ())]
    version = missing or (last.version if last else "")
    words = _worded(case, None if missing else last, version, say)
    return Announce(max(moments), say, words, is_last=facts.is_all_downloaded)


def _confirmed(case: Case, kind: Kind) -> Content:
    facts = case.facts
    return content(
        facts,
        items=facts.lines,
        total=facts.price,
        payment=facts.payment,
        estimate=expected_on(case),
        **told_of_dispatch(case, kind),
    )


def _last_confirmation(told: Told) -> Statement | None:
    """The last word that the order is being prepared."""
    for _, said in told.newest_first():
        if said.subject != ORDER:
            continue
        if said.kind is Kind.ORDER_CONFIRMED:
            return said
        if said.kind is _CORRECTION and not said.taken_back and not _says_unpaid(said):
            return said
    return None


def _money_missed_since(case: Case, last: Statement | None) -> str:
    """The request id of the last word since, which was heard, that money was missing; empty when
    there was none, and nothing to say again. What is still asked for is no reason to confirm."""
    if last is None:
        return ""
    is_owed = is_unpaid(case.facts)
    heard = [
        (said.said_at, id_)
        for id_, said in case.told.statements.items()
        if said.heard and said is not last and said.said_at >= last.said_at
        if said.kind is Kind.PAYMENT_FAILED
        or _says_unpaid(said)
        or (said.kind in _MISSES_MONEY and not is_owed)
    ]
    return max(heard, default=(None, ""))[1]


def _says_unpaid(said: Statement) -> bool:
    return said.kind is _CORRECTION and said.first_version.endswith(_UNPAID)


def _resumed(facts: Facts) -> Iterator[datetime]:
    """When the order went on after it had stood still."""
    for span in (facts.released, facts.reinstated):
        if span:
            yield span.last


def _money_came(facts: Facts) -> Iterator[datetime]:
    for payment in facts.payments.values():
        if payment.succeeded:
            yield payment.succeeded.last


def _worded(case: Case, last: Statement | None, version: str, say: Callable[[], Content]) -> str:
    """The version of what is said. While the message waits to be sent and what it tells changes, it
    is worded anew: an edit of lines that nobody read would be no news, and a date that was moved
    would not be true."""
    if last is None or last.lines is None or not may_be_reworded(last, case.now):
        return version
    says = say()
    lines = digest_of(says.items, says.total)
    if (last.lines, last.dispatch_by, last.estimate) == (lines, says.dispatch_by, says.estimate):
        return version
    leaves = says.dispatch_by.astimezone(UTC).isoformat() if says.dispatch_by else ""
    comes = says.estimate.latest.isoformat() if says.estimate else ""
    early = says.estimate.earliest if says.estimate and says.estimate.earliest else ""
    words = f"{lines}|{leaves}|{early}|{comes}"
    return f"{version.partition(_REWORDED)[0]}{_REWORDED}{words}"


def cancelled(case: Case, subject: str) -> Verdict:
    """Your order will not come, and this becomes of your money. The recipient of a gift who was
    promised news of a parcel hears that none will come: they still wait for it."""
    return _ended(case, subject, Kind.ORDER_CANCELLED)


def expired(case: Case, subject: str) -> Verdict:
    """The money did not come in time. Where it came after all, or had, that the order lapsed unpaid
    would not be true: then it was cancelled, and the money goes back."""
    return _ended(case, subject, Kind.ORDER_EXPIRED)


def _ended(case: Case, subject: str, kind: Kind) -> Verdict:
    """Said again when the order was brought back in between, and the customer heard so."""
    cancellation = case.facts.cancellation
    if cancellation is None:
        return Overtaken(None) if case.facts.cancelled else None
    if kind is not _end_of(case, cancellation.value) or not _waits_for_it(case):
        return Overtaken(None)
    if belied_by := _belied_by(case, subject):
        version = said_anew(belied_by)
    else:
        version = worded(case.told, subject, kind, "", {_CORRECTION})
    say = _cancelled if kind is Kind.ORDER_CANCELLED else _expired
    return Announce(cancellation.at, partial(say, case, cancellation.value), version)


def _belied_by(case: Case, subject: str) -> str:
    """The first news of the delivery since the last end was told, where the order was brought back
    after it: who heard that believes that it comes, though the correction did not arrive."""
    last, back = last_of(case.told, subject, *_ENDS), case.facts.reinstated
    if last is None or back is None or back.last <= last.happened_at:
        return ""
    heard = [
        (said.said_at, id_)
        for id_, said in case.told.statements.items()
        if said.heard and said.said_at > last.said_at
        if CATALOGUE[said.kind].area is Area.DELIVERY
    ]
    return min(heard, default=(None, ""))[1]


def _waits_for_it(case: Case) -> bool:
    """The buyer does. The recipient of a gift does while we owe them the word that we promised."""
    if case.audience is Audience.BUYER:
        return True
    return bool(open_promises(case.told, Audience.RECIPIENT))


def _end_of(case: Case, data: OrderCancelled) -> Kind:
    """As what it is told. Why, and that it was not paid, is no recipient's business."""
    facts = case.facts
    if case.audience is Audience.RECIPIENT:
        return Kind.ORDER_CANCELLED
    has_money = facts.payment is not PaymentState.PENDING or any(
        payment.succeeded for payment in facts.payments.values()
    )
    is_unpaid = data.by is CancelledBy.PAYMENT_TIMEOUT and not has_money
    return Kind.ORDER_EXPIRED if is_unpaid else Kind.ORDER_CANCELLED


def _cancelled(case: Case, data: OrderCancelled) -> Content:
    """Names no day of the refund that has passed: then it is late, and told as such."""
    facts, today = case.facts, case.now.astimezone(case.zone).date()
    is_ahead = data.refund_by is not None and data.refund_by >= today
    # "The payment did not arrive in time" is not for somebody whose money is here.
    is_late = data.by is CancelledBy.PAYMENT_TIMEOUT
    reason = CancelReason.OTHER if is_late else data.reason
    return content(
        facts,
        items=facts.lines,
        total=facts.price,
        payment=facts.payment,
        cancelled_by=CancelledBy.SHOP if is_late else data.by,
        cancel_reason=reason,
        note=data.note,
        refund=data.refund if data.refund and not data.refund.is_zero else None,
        refund_by=data.refund_by if is_ahead else None,
    )


def _expired(case: Case, data: OrderCancelled) -> Content:
    del data
    return content(case.facts, items=case.facts.lines, total=case.facts.price)


def reinstated(case: Case, subject: str) -> Verdict:
    """We said that your order would not come, and it does. Only to a customer who heard that it
    would not: nobody else has to be told of it. However late we look, while no parcel says it."""
    facts = case.facts
    if facts.cancelled is None or facts.reinstated is None:
        return None
    version = None if facts.cancellation else _corrects(case, subject)
    if version is None:
        return Overtaken(None)
    since = facts.reinstated.last
    if not facts.has_moved:
        since = still_true(case, _CORRECTION, since)
    is_last = facts.is_all_downloaded and facts.accepted_at is not None
    return Announce(since, partial(_reinstated, case), version, is_last=is_last)


def _corrects(case: Case, subject: str) -> str | None:
    """The version of the correction: of which word, and whether the order is paid for. What was
    corrected once stays so."""
    for id_, said in case.told.newest_first():
        if said.subject != subject or said.taken_back:
            continue
        if said.kind is _CORRECTION:
            return said.version
        if said.kind in _ENDS and said.heard:
            return id_ if case.facts.accepted_at else id_ + _UNPAID
    return None


def _will_be_corrected(case: Case, subject: str) -> bool:
    version = _corrects(case, subject)
    last = last_of(case.told, subject, _CORRECTION)
    return version is not None and (last is None or last.version != version)


def _reinstated(case: Case) -> Content:
    return _confirmed(case, _CORRECTION) if case.facts.accepted_at else _received(case)


def expected_on(case: Case) -> Estimate | None:
    """When the whole order is expected: what its parcels' carriers say, where they do, is newer
    than what the shop said. Of several parcels the last one counts. None where those days are over:
    nobody expects it on them any more, nor what is downloaded on any."""
    facts = case.facts
    if facts.is_all_digital:
        return None
    known = [
        parcel.expected.value.estimate for parcel in facts.shipments.values() if parcel.expected
    ]
    if facts.estimate and not (known and len(facts.shipments) == 1):
        known.append(facts.estimate.value)
    found = max(known, key=lambda estimate: estimate.latest, default=None)
    return found if found and is_to_come(case, found) else None


RULES: Final = (
    Rule(Kind.ORDER_RECEIVED, the_order, received),
    Rule(Kind.ORDER_CONFIRMED, the_order, confirmed),
    Rule(Kind.ORDER_CANCELLED, the_order, cancelled),
    Rule(Kind.ORDER_EXPIRED, the_order, expired),
    Rule(Kind.ORDER_REINSTATED, the_order, reinstated),
)
