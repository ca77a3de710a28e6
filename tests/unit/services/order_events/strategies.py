"""Random lives of an order, from events that a shop could send."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from headsup.contracts.envelope import Event
from tests.unit.services.order_events import orders as o

MOMENTS = st.integers(0, 120).map(lambda hours: o.MONDAY + hours * o.HOUR)
_DAYS = st.integers(1, 8).map(lambda days: o.by(o.MONDAY + days * o.DAY))
_MAYBE_DAYS = st.none() | _DAYS
_DISPATCH = st.none() | st.integers(1, 6).map(lambda days: o.MONDAY + days * o.DAY)
_PAYMENTS = st.sampled_from(["P1", "P2"])
_PARCELS = st.sampled_from(["S1", "S2"])

_ABOUT_MONEY = (
    st.builds(o.pay, MOMENTS, _PAYMENTS, st.sampled_from([o.uah("50.00"), o.UAH_100]))
    | st.builds(o.pay_in_vain, MOMENTS, _PAYMENTS, pay_by=_DISPATCH)
    | st.builds(o.refund, MOMENTS)
)
_ABOUT_PARCELS = (
    st.builds(o.label, MOMENTS, _PARCELS, carrier=st.none() | st.just("Nova Poshta"))
    | st.builds(o.scan, MOMENTS, _PARCELS, estimate=_MAYBE_DAYS)
    | st.builds(o.slip, MOMENTS, _DAYS, _PARCELS)
    | st.builds(o.on_the_van, MOMENTS, _PARCELS)
    | st.builds(o.nobody_home, MOMENTS, _PARCELS)
    | st.builds(o.at_the_locker, MOMENTS, _PARCELS)
    | st.builds(o.handed_over, MOMENTS, _PARCELS)
)
_ABOUT_THE_ORDER = st.builds(
    o.confirmed, MOMENTS, dispatch_by=_DISPATCH, estimate=_MAYBE_DAYS
) | st.builds(o.cancelled, MOMENTS)
_ABOUT_RETURNS = st.builds(o.ask_to_return, MOMENTS) | st.builds(o.accept_return, MOMENTS)

PLACED = st.builds(o.placed, dispatch_by=_DISPATCH, estimate=_MAYBE_DAYS) | st.builds(
    o.placed_and_paid, dispatch_by=_DISPATCH, estimate=_MAYBE_DAYS
)


def journeys() -> st.SearchStrategy[list[Event[Any]]]:
    """An order and up to eleven events of it, in the order of their times."""
    rest = st.lists(
        _ABOUT_MONEY | _ABOUT_PARCELS | _ABOUT_THE_ORDER | _ABOUT_RETURNS,
        max_size=11,
        unique_by=lambda event: event.id,
    )
    return st.builds(lambda first, others: sorted([first, *others], key=_time), PLACED, rest)


def parcel_journeys() -> st.SearchStrategy[list[Event[Any]]]:
    """A paid order with one parcel that goes to and fro within a day: much of it happens twice, and
    some of it at the same moment."""
    hours = st.integers(1, 8).map(lambda hours: o.MONDAY + hours * o.HOUR)
    back_and_forth = st.builds(o.nobody_home, hours) | st.builds(o.handed_over, hours)
    on_the_way = st.builds(o.scan, hours, estimate=_MAYBE_DAYS) | st.builds(o.slip, hours, _DAYS)
    any_of_it = back_and_forth | on_the_way | st.builds(o.on_the_van, hours)
    rest = _several(back_and_forth) | _several(any_of_it)
    return rest.map(lambda others: sorted([o.placed_and_paid(), *others], key=_time))


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
