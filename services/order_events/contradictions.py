"""What the events of an order say that cannot all be true, and what we make of it, for `headsup
trace`. Pure.

Nothing is refused for contradicting something else: events come late and in any order, and which
of two is wrong is not ours to know. All are kept; the latest word about a thing counts, and what
follows from that is said here.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from headsup.contracts.base import Money, Window
from headsup.contracts.currencies import oddity
from headsup.contracts.shop import PaymentState
from services.order_events.facts import Facts, Milestone, Return, Shipment

_NOT_BEGUN: Final = "and nobody said that it began"
Contradiction = tuple[datetime | None, str]
"""Since when there is one, and what it is."""


def contradictions(facts: Facts) -> list[Contradiction]:
    """Everything that does not fit together, in sentences."""
    return [
        *_unknown_order(facts),
        *_money(facts),
        *_odd_amounts(facts),
        *_backwards(facts),
        *_parcels(facts),
        *_returns(facts),
        *_missing_beginnings(facts),
    ]


def _unknown_order(facts: Facts) -> Iterator[Contradiction]:
    if facts.placed is not None:
        return
    about = [
        name
        for name, things in (
            ("a shipment", facts.shipments),
            ("a payment", facts.payments),
            ("a refund", facts.refunds),
            ("a return", facts.returns),
            ("a question", facts.tickets),
        )
        if things
    ]
    yield (
        None,
        f"{' and '.join(about) or 'something'} of an order that nobody placed: kept, and told as "
        "soon as the order is known",
    )


def _money(facts: Facts) -> Iterator[Contradiction]:
    """More money that went back, and did not come back to the shop, than had come."""
    sent = [word for refund in facts.refunds.values() if (word := refund.on_its_way)]
    price = facts.price
    if price is None or not sent:
        return
    last = max(refund.at for refund in sent)
    amounts = [refund.value.amount for refund in sent]
    if any(amount.currency != price.currency for amount in amounts):
        yield last, "a refund in another currency than the order's: told with its own amount"
        return
    total, most = sum((amount.decimal for amount in amounts), Decimal()), _paid(facts, price)
    if total > most:
        is_unpaid = facts.payment is PaymentState.PENDING
        known = "was paid as far as we know" if is_unpaid else "is all that the order cost"
        yield (
            last,
            f"refunds of {total} {price.currency}, and {most} {price.currency} {known}: each is "
            "told with its own amount",
        )


def _paid(facts: Facts, price: Money) -> Decimal:
    """What may go back at most: what the payments brought; or the price, at first or now, where the
    shop had the money some other way."""
    came = (each.amount.value for each in facts.payments.values() if each.came_at and each.amount)
    paid = sum((each.decimal for each in came if each.currency == price.currency), Decimal())
    if facts.payment is PaymentState.PENDING:
        return paid
    prices = [price, *([facts.placed.value.total] if facts.placed else [])]
    return max([paid, *(each.decimal for each in prices if each.currency == price.currency)])


def _odd_amounts(facts: Facts) -> Iterator[Contradiction]:
    """Amounts that cannot be meant as they are written. No event is refused for that."""
    refunds = (word for refund in facts.refunds.values() if (word := refund.on_its_way))
    came = (payment.amount for payment in facts.payments.values() if payment.amount)
    words: list[tuple[str, datetime | None, Money]] = [
        *([("the price", None, facts.price)] if facts.price else []),
        *(("a payment", word.at, word.value) for word in came),
        *(("a refund", word.at, word.value.amount) for word in refunds),
    ]
    for name, at, amount in words:
        if found := oddity(amount):
            yield at, f"{name}: {found[1]}"


def _backwards(facts: Facts) -> Iterator[Contradiction]:
    """Days and hours that end before they begin: what is usable of them is told, and the rest of
    their event with it."""
    days = [("the order", facts.estimate.at, facts.estimate.value)] if facts.estimate else []
    for id_, parcel in facts.shipments.items():
        if parcel.expected:
            days.append((f"shipment {id_}", parcel.expected.at, parcel.expected.value.estimate))
    for name, at, estimate in days:
        if estimate.is_backwards:
            yield at, f"{name} expected from a day on that is after the last one: only that is told"
    for name, at, window in _hours(facts):
        if window and window.is_backwards:
            yield at, f"{name}: hours of the courier that end before they begin, not told"


def _hours(facts: Facts) -> Iterator[tuple[str, datetime, Window | None]]:
    """All hours in which a courier was to come."""
    for id_, parcel in facts.shipments.items():
        if parcel.window:
            yield f"shipment {id_}", parcel.window.at, parcel.window.value
        if van := parcel.out_for_delivery:
            yield f"shipment {id_}", van.at, van.value.window
    for id_, found in facts.returns.items():
        if found.approved:
            yield f"return {id_}", found.approved.at, found.approved.value.pickup_window


def _parcels(facts: Facts) -> Iterator[Contradiction]:
    placed = facts.placed.at if facts.placed else None
    for id_, shipment in facts.shipments.items():
        name = f"shipment {id_}"
        yield from ((at, f"{name} {said}") for at, said in _after_delivery(shipment))
        first = shipment.scans.first if shipment.scans else None
        if placed and first and first < placed:
            yield first, f"{name} scanned {_at(first)}, before the order was placed {_at(placed)}"
        cancelled, current = facts.cancellation, shipment.now_at
        if cancelled and current and current[1] > cancelled.at:
            yield (
                current[1],
                f"{name} moved {_at(current[1])}, after the order was cancelled "
                f"{_at(cancelled.at)}: told as it moves",
            )


def _after_delivery(shipment: Shipment) -> Iterator[Contradiction]:
    delivered, current = shipment.delivered, shipment.now_at
    if delivered is None or current is None:
        return
    head = f"delivered {_at(delivered.at)}, then"
    if current[0] is Milestone.DELIVERED:
        for name, last in _last_words(shipment):
            if last > delivered.at:
                yield last, f"{head} {name} {_at(last)}: kept as delivered"
    elif current[1] >= delivered.at:
        what = current[0].replace("_", " ")
        yield current[1], f"{head} {what} {_at(current[1])}: no longer taken for delivered"


def _last_words(shipment: Shipment) -> Iterator[tuple[str, datetime]]:
    """What undoes no delivery, and when it was said last."""
    for name, span in (("scanned", shipment.scans), ("labelled", shipment.labelled)):
        if span:
            yield name, span.last
    for name, word in (
        ("out for delivery", shipment.out_for_delivery),
        ("attempt failed", shipment.attempt_failed),
        ("ready for pickup", shipment.ready_for_pickup),
    ):
        if word:
            yield name, word.at


def _returns(facts: Facts) -> Iterator[Contradiction]:
    placed = facts.placed.at if facts.placed else None
    for id_, found in facts.returns.items():
        asked = found.requested.first if found.requested else None
        if asked and placed and asked < placed:
            yield asked, f"return {id_} asked for {_at(asked)}, before the order {_at(placed)}"
        if found.received and not (found.approved or found.requested):
            yield found.received.at, f"return {id_} arrived, and nobody announced it: told as it is"
        if found.rejected and found.received and found.received.at > found.rejected.at:
            yield found.received.at, f"return {id_} was refused, and arrived all the same"
        yield from ((at, f"return {id_} {said}") for at, said in _after_the_look(found))


def _after_the_look(found: Return) -> Iterator[Contradiction]:
    """One return has one id: what comes after somebody looked at it came late, or is another."""
    looked = found.inspected
    if looked is None:
        return
    bars = [word.at for word in (found.rejected, found.info_needed) if word]
    words = (
        ("asked for", found.requested.last if found.requested else None),
        ("approved", found.approved.at if found.approved else None),
        ("on its way", found.in_transit.at if found.in_transit else None),
        ("received", found.received.at if found.received else None),
    )
    for what, at in words:
        # Where the shop reopened it, by a refusal or a question, its next word is one of the same.
        if at and at > looked.at and not any(looked.at < bar < at for bar in bars):
            yield (
                at,
                f"{what} {_at(at)}, after it was looked at {_at(looked.at)}: nothing is told of "
                "it, another return needs another id",
            )


def _missing_beginnings(facts: Facts) -> Iterator[Contradiction]:
    """Ends of things whose beginnings nobody told us of."""
    for id_, action in facts.actions.items():
        if action.resolved and action.needed is None:
            yield action.resolved.first, f"action {id_} resolved, {_NOT_BEGUN}"
    for id_, ticket in facts.tickets.items():
        end = ticket.answered or ticket.closed
        if end and ticket.opened is None:
            yield end.first, f"question {id_} answered or closed, {_NOT_BEGUN}"
    for id_, repair in facts.repairs.items():
        if repair.ready and not (repair.accepted or repair.expertise):
            yield repair.ready.at, f"repair {id_} ready, and nobody said that it was accepted"
    if facts.released and facts.held is None:
        yield facts.released.first, f"released, {_NOT_BEGUN}"
    if facts.reinstated and facts.cancelled is None:
        yield facts.reinstated.first, "reinstated, and nobody said that it was cancelled"


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
