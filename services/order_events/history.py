"""Everything that is known of an order, as moments with names, for `headsup trace`. Pure.

Names are of things (a parcel, a refund, a place), never of a person, nor what somebody wrote.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from services.order_events.facts import Facts, Latest, Repair, Return, Shipment, Span

Moment = tuple[datetime, str]
Fact = Span | Latest[Any] | None


def moments(facts: Facts) -> list[Moment]:
    """What happened to an order and what was promised of it, the oldest first."""
    parts = (
        _order(facts),
        _asked(facts),
        _money(facts),
        *(_parcel(f"shipment {id_}", each) for id_, each in facts.shipments.items()),
        *(_return(f"return {id_}", each) for id_, each in facts.returns.items()),
        *(_repair(f"repair {id_}", each) for id_, each in facts.repairs.items()),
        _support(facts),
    )
    return sorted(moment for part in parts for moment in part)


def _named(prefix: str, named: Iterable[tuple[str, Fact]]) -> Iterator[Moment]:
    """The moments of facts; of something that happened more than once, the first and the last."""
    for name, fact in named:
        if isinstance(fact, Latest):
            yield fact.at, f"{prefix}{name}"
        elif isinstance(fact, Span):
            yield fact.first, f"{prefix}{name}"
            if fact.last != fact.first:
                yield fact.last, f"{prefix}{name}, for the last time"


def _order(facts: Facts) -> Iterator[Moment]:
    if facts.accepted_at:
        yield facts.accepted_at, "accepted by the shop"
    for name, promise in (("dispatched", facts.dispatch_by), ("paid", facts.pay_by)):
        if promise:
            yield promise.value, f"to be {name} by"
    held = f"held: {facts.held.value.reason}" if facts.held else "held"
    cancelled = facts.cancelled.value if facts.cancelled else None
    why = f"cancelled by {cancelled.by}: {cancelled.reason}" if cancelled else "cancelled"
    yield from _named(
        "",
        (
            ("placed", facts.placed),
            ("confirmed", facts.confirmed),
            (held, facts.held),
            ("released", facts.released),
            ("edited", facts.edited),
            ("address changed", facts.address_changed),
            (f"split into {facts.split.value if facts.split else ''} parcels", facts.split),
            (why, facts.cancelled),
            ("reinstated", facts.reinstated),
        ),
    )
    if facts.estimate:
        yield facts.estimate.at, f"said to come by {facts.estimate.value.latest}"


def _asked(facts: Facts) -> Iterator[Moment]:
    """What is beside the order's way: actions, lines that changed, notes and papers."""
    for id_, action in facts.actions.items():
        name = action.needed.value.action if action.needed else "unknown"
        yield from _named(f"action {id_} ", ((f"needed: {name}", action.needed),))
        yield from _named(f"action {id_} ", (("resolved", action.resolved),))
    for id_, change in facts.item_changes.items():
        yield change.at, f"line {change.value.change} ({id_})"
    papers: Iterable[tuple[str, dict[str, Any]]] = (
        ("note", facts.notes),
        ("invoice", facts.invoices),
        ("download", facts.downloads),
        ("recall", facts.recalls),
    )
    for name, words in papers:
        yield from ((word.at, f"{name} {id_}") for id_, word in words.items())


def _money(facts: Facts) -> Iterator[Moment]:
    for id_, payment in facts.payments.items():
        why = f": {payment.failed.value.reason}" if payment.failed else ""
        yield from _named(
            f"payment {id_} ",
            (
                ("asked for", payment.pending),
                ("needs the bank's confirmation", payment.action_required),
                ("succeeded", payment.succeeded),
                (f"failed{why}", payment.failed),
            ),
        )
    for id_, refund in facts.refunds.items():
        yield from _named(f"refund {id_} ", (("sent", refund.sent), ("failed", refund.failed)))


def _parcel(prefix: str, shipment: Shipment) -> Iterator[Moment]:
    place = f" in {shipment.place.value}" if shipment.place else ""
    remedies = {
        name: f"{name}, {word.value.remedy} follows" if word else name
        for name, word in (("damaged", shipment.damaged), ("lost", shipment.lost))
    }
    yield from _named(
        f"{prefix} ",
        (
            ("label printed", shipment.labelled),
            ("scanned by the carrier", shipment.scans),
            (f"seen{place}", shipment.place),
            ("hours of delivery set", shipment.window),
            ("out for delivery", shipment.out_for_delivery),
            ("delivery attempt failed", shipment.attempt_failed),
            ("ready for pickup", shipment.ready_for_pickup),
            ("duty due at customs", shipment.customs_due),
            ("cleared by customs", shipment.customs_cleared),
            ("address not found", shipment.address_problem),
            ("address put right", shipment.address_fixed),
            (remedies["damaged"], shipment.damaged),
            (remedies["lost"], shipment.lost),
            ("on its way back", shipment.returning),
            ("back at the shop", shipment.returned),
            ("delivered", shipment.delivered),
            ("not delivered after all", shipment.revoked),
        ),
    )
    if shipment.expected:
        latest = shipment.expected.value.estimate.latest
        yield shipment.expected.at, f"{prefix} said to come by {latest}"


def _return(prefix: str, found: Return) -> Iterator[Moment]:
    result = f"inspected: {found.inspected.value.result}" if found.inspected else "inspected"
    refused = f"refused: {found.rejected.value.reason}" if found.rejected else "refused"
    by = found.cancelled.value.by if found.cancelled else None
    closed = f"closed by the {by}" if by else "closed"
    yield from _named(
        f"{prefix} ",
        (
            ("requested", found.requested),
            ("approved", found.approved),
            (refused, found.rejected),
            ("needs more from the customer", found.info_needed),
            ("label ready", found.label_ready),
            ("label failed", found.label_failed),
            ("in transit", found.in_transit),
            ("received", found.received),
            (result, found.inspected),
            ("exchange sent", found.exchange_sent),
            (closed, found.cancelled),
        ),
    )


def _repair(prefix: str, repair: Repair) -> Iterator[Moment]:
    yield from _named(
        f"{prefix} ",
        (
            ("accepted", repair.accepted),
            ("expertise started", repair.expertise),
            ("ready", repair.ready),
        ),
    )


def _support(facts: Facts) -> Iterator[Moment]:
    for id_, ticket in facts.tickets.items():
        is_complaint = ticket.opened is not None and ticket.opened.value.is_complaint
        yield from _named(
            f"{'complaint' if is_complaint else 'question'} {id_} ",
            (
                ("opened", ticket.opened),
                ("answered", ticket.answered),
                ("closed", ticket.closed),
            ),
        )
    for id_, reply in facts.replies.items():
        asked, said = reply.value.question, reply.value.answer
        yield reply.at, f"answered {asked} with {said} on {reply.value.channel} (request {id_})"
