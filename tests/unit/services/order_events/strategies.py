"""Random lives of an order, from events that a shop could send.

A strategy is made once: Hypothesis looks through all the branches of each that it has not seen.
"""

from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from headsup.contracts.base import PickupPoint
from headsup.contracts.envelope import Event
from headsup.contracts.replies import ANSWERS
from headsup.contracts.shop import HandedTo, HoldReason, ItemChange, PaymentState, Remedy
from services.order_events.told import Told
from tests.unit.services.order_events import changes as c
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p
from tests.unit.services.order_events.aftersale import AFTERSALE

MOMENTS = st.integers(0, 120).map(lambda hours: o.MONDAY + hours * o.HOUR)
_DAYS = st.integers(1, 8).map(lambda days: o.by(o.MONDAY + days * o.DAY))
_MAYBE_DAYS = st.none() | _DAYS
_DISPATCH = st.none() | st.integers(1, 6).map(lambda days: o.MONDAY + days * o.DAY)
_REFUND_BY = st.none() | st.integers(0, 3).map(lambda days: (o.MONDAY + days * o.DAY).date())
_PAYMENTS = st.sampled_from(["P1", "P2"])
_PARCELS = st.sampled_from(["S1", "S2"])
_NUMBERS = st.sampled_from([None, None, "N1", "N2"])
_DATES = st.integers(1, 8).map(lambda days: (o.MONDAY + days * o.DAY).date())
_PICKUPS = st.builds(
    PickupPoint,
    name=st.sampled_from(["Locker 5", "Locker 6"]),
    address=st.just("Khreshchatyk 1"),
    hold_until=st.none() | _DATES,
)

_CARRIERS = st.sampled_from([None, "Nova Poshta", "Meest"])

_REFUNDS = st.sampled_from(["R1", "R2"])
_AMOUNTS = st.sampled_from([o.uah("50.00"), o.UAH_100])
_ABOUT_MONEY = (
    st.builds(o.pay, MOMENTS, _PAYMENTS, _AMOUNTS)
    | st.builds(o.pay_in_vain, MOMENTS, _PAYMENTS, pay_by=_DISPATCH)
    | st.builds(o.refund, MOMENTS, _REFUNDS, amount=_AMOUNTS)
    | st.builds(c.refund_comes_back, MOMENTS, _REFUNDS)
    | st.builds(c.asks_for_money, MOMENTS, _PAYMENTS, amount=_AMOUNTS, pay_by=_DISPATCH)
    | st.builds(c.bank_asks, MOMENTS, _PAYMENTS, by=_DISPATCH)
)
_ABOUT_PARCELS = (
    st.builds(o.label, MOMENTS, _PARCELS, carrier=_CARRIERS)
    | st.builds(
        o.scan,
        MOMENTS,
        _PARCELS,
        estimate=_MAYBE_DAYS,
        tracking_number=_NUMBERS,
        carrier=_CARRIERS,
    )
    | st.builds(o.slip, MOMENTS, _DAYS, _PARCELS)
    | st.builds(o.on_the_van, MOMENTS, _PARCELS)
    | st.builds(p.courier_comes, MOMENTS, MOMENTS.map(p.hours), _PARCELS)
    | st.builds(o.nobody_home, MOMENTS, _PARCELS, next_attempt=st.none() | _DATES)
    | st.builds(o.at_the_locker, MOMENTS, _PARCELS, pickup=_PICKUPS)
    | st.builds(o.handed_over, MOMENTS, _PARCELS, handed_to=st.sampled_from(HandedTo))
    | st.builds(p.not_delivered, MOMENTS, _PARCELS)
    | st.builds(p.split, MOMENTS, st.sampled_from([2, 2, 2, 7]))
)
_WHAT_GOES_WRONG = (
    st.builds(p.lose, MOMENTS, _PARCELS, remedy=st.sampled_from(Remedy), by=st.none() | _DATES)
    | st.builds(m.damage, MOMENTS, _PARCELS)
    | st.builds(m.unclear_address, MOMENTS, _PARCELS, by=_DISPATCH)
    | st.builds(m.clear_address, MOMENTS, _PARCELS)
    | st.builds(m.duty, MOMENTS, _PARCELS, amount=_AMOUNTS, by=_DISPATCH)
    | st.builds(m.duty_paid, MOMENTS, _PARCELS)
    | st.builds(p.send_back, MOMENTS, _PARCELS)
    | st.builds(p.arrive_back, MOMENTS, _PARCELS)
)
_WHETHER_IT_COMES = (
    st.builds(o.confirmed, MOMENTS, dispatch_by=_DISPATCH, estimate=_MAYBE_DAYS)
    | st.builds(o.cancelled, MOMENTS, refund=st.none() | _AMOUNTS, refund_by=_REFUND_BY)
    | st.builds(c.ran_out, MOMENTS)
    | st.builds(c.brought_back, MOMENTS, dispatch_by=_DISPATCH)
    | st.builds(c.held, MOMENTS, reason=st.sampled_from(HoldReason), until=_DISPATCH)
    | st.builds(c.released, MOMENTS, dispatch_by=_DISPATCH)
)
_WHAT_CHANGES = (
    st.builds(
        c.edited,
        MOMENTS,
        items=st.sampled_from([(), (c.POT,), (c.KETTLE, c.POT)]),
        total=st.none() | _AMOUNTS,
        address_changed=st.booleans(),
    )
    | st.builds(c.needs, MOMENTS, by=_DISPATCH)
    | st.builds(c.done, MOMENTS)
    | st.builds(c.changes_line, MOMENTS, st.sampled_from(ItemChange), refund=st.none() | _AMOUNTS)
    | st.builds(c.splits, MOMENTS, st.integers(2, 3))
    | st.builds(c.note, MOMENTS, st.sampled_from(["One.", "Two."]))
    | st.builds(c.invoice, MOMENTS)
    | st.builds(c.download, MOMENTS, until=_DISPATCH)
    | st.builds(c.recall, MOMENTS)
)
_ABOUT_THE_ORDER = _WHETHER_IT_COMES | _WHAT_CHANGES

_RECIPIENTS = st.sampled_from([None, None, m.FRIEND])
"""Every third order is a gift."""

PLACED = st.builds(
    o.placed,
    payment=st.sampled_from(PaymentState) | st.just(PaymentState.PENDING),
    dispatch_by=_DISPATCH,
    estimate=_MAYBE_DAYS,
    pay_by=_DISPATCH,
    recipient=_RECIPIENTS,
) | st.builds(o.placed_and_paid, dispatch_by=_DISPATCH, estimate=_MAYBE_DAYS, recipient=_RECIPIENTS)

TROUBLES: st.SearchStrategy[list[Event[Any]]] = st.just([]) | st.lists(
    st.builds(m.opens, MOMENTS, st.sampled_from(["I1", "I2"]), _CARRIERS, until=_DISPATCH)
    | st.builds(m.resolves, MOMENTS, st.sampled_from(["I1", "I2"])),
    max_size=4,
)
"""What is said of incidents: opened, opened anew as something else, resolved."""


@cache
def journeys() -> st.SearchStrategy[list[Event[Any]]]:
    """An order and up to eleven events of it, in the order of their times."""
    rest = st.lists(
        _ABOUT_MONEY | _ABOUT_PARCELS | _WHAT_GOES_WRONG | _ABOUT_THE_ORDER | AFTERSALE,
        max_size=11,
        unique_by=lambda event: event.id,
    )
    return st.builds(lambda first, others: sorted([first, *others], key=_time), PLACED, rest)


@cache
def order_journeys() -> st.SearchStrategy[list[Event[Any]]]:
    """An order that is paid, held, cancelled and brought back within a few hours: much of it
    happens twice, and some of it at the same moment."""
    any_of_it = _WHETHER_IT_COMES | _ABOUT_MONEY | _WHAT_CHANGES
    rest = _several(any_of_it) | _several(_WHETHER_IT_COMES) | _several(_ABOUT_MONEY)
    return st.builds(lambda first, others: sorted([first, *others], key=_time), PLACED, rest)


@cache
def parcel_journeys() -> st.SearchStrategy[list[Event[Any]]]:
    """A paid order with one parcel that goes to and fro within a day: much of it happens twice, and
    some of it at the same moment."""
    hours = st.integers(1, 8).map(lambda hours: o.MONDAY + hours * o.HOUR)
    back_and_forth = (
        st.builds(o.nobody_home, hours)
        | st.builds(o.handed_over, hours)
        | st.builds(p.not_delivered, hours)
    )
    on_the_way = st.builds(o.scan, hours, estimate=_MAYBE_DAYS) | st.builds(o.slip, hours, _DAYS)
    lost_and_found = st.builds(p.lose, hours) | st.builds(o.scan, hours)
    to_and_fro = st.builds(p.send_back, hours) | st.builds(m.unclear_address, hours)
    any_of_it = back_and_forth | on_the_way | to_and_fro | st.builds(o.on_the_van, hours)
    rest = _several(back_and_forth) | _several(lost_and_found) | _several(any_of_it)
    paid = st.builds(o.placed_and_paid, recipient=_RECIPIENTS)
    return st.builds(lambda first, others: sorted([first, *others], key=_time), paid, rest)


@st.composite
def replies(draw: st.DrawFn, told: Told, at: datetime) -> list[Event[Any]]:
    """Answers to some of what a customer was asked and heard."""
    asked = [(id_, each.question) for id_, each in told.statements.items() if each.heard]
    return [
        o.replied(at, id_, question, draw(st.sampled_from(ANSWERS[question])))
        for id_, question in asked
        if question and draw(st.booleans())
    ]


def _several(events: st.SearchStrategy[Event[Any]]) -> st.SearchStrategy[list[Event[Any]]]:
    return st.lists(events, min_size=3, max_size=8, unique_by=lambda event: event.id)


def _time(event: Event[Any]) -> tuple[datetime, str]:
    return event.time, event.id


@st.composite
def shuffled(draw: st.DrawFn, events: list[Event[Any]]) -> list[Event[Any]]:
    """The same events in any order, some of them more than once."""
    again = draw(st.lists(st.sampled_from(events), max_size=4))
    return draw(st.permutations([*events, *again]))


@st.composite
def batches(draw: st.DrawFn, events: list[Event[Any]]) -> list[list[Event[Any]]]:
    """The same events in the same order, cut into batches."""
    cuts = draw(st.lists(st.integers(1, len(events)), max_size=5).map(sorted))
    edges = [0, *cuts, len(events)]
    cut = [events[a:b] for a, b in pairwise(edges)]
    return [batch for batch in cut if batch]
