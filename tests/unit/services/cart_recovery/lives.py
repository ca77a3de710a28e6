"""Random lives of a cart, from events that a shop could send."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from headsup.contracts.base import Customer
from headsup.contracts.envelope import Event
from headsup.shops.carts import CartPolicy
from headsup.shops.night import Night
from services.cart_recovery.step import Terms
from tests.unit.services.cart_recovery import carts as c

ZONES = ("Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
"""Some change their clocks, one by half an hour; one is a quarter of an hour off."""
_BEGINNINGS = st.sampled_from(
    [
        c.MONDAY,
        datetime(2026, 10, 24, 12, tzinfo=UTC),  # summer ends in Kyiv a night later
        datetime(2026, 3, 7, 18, tzinfo=UTC),  # and begins in New York
        datetime(2026, 4, 4, 6, 30, tzinfo=UTC),  # and ends on Lord Howe Island
    ]
)
_OFFSETS = st.integers(0, 5 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
_LINES = st.sampled_from([c.KETTLE, c.TEAPOT, c.BOTH, (c.line(quantity=2),), (c.line(left=1),)])
_PEOPLE = st.sampled_from([c.OLENA, c.ANDRII]) | st.builds(
    Customer, id=st.just("C1"), time_zone=st.sampled_from([*ZONES, "Mars/Olympus"])
)
_MAYBE = st.none() | _PEOPLE
_ORDERS = st.sampled_from(["A1", "A2"])
_IDS = st.sampled_from([None, "e1", "e2"])
"""The same id for several events of a moment is against the standard, and happens."""


def _update(at: datetime, lines: Any, by_shop: bool, **what: Any) -> Event[Any]:
    return c.repriced(at, *lines, **what) if by_shop else c.updated(at, *lines, **what)


def _events(moments: st.SearchStrategy[datetime]) -> st.SearchStrategy[Event[Any]]:
    bought = st.sampled_from([(), c.lines_of_order(*c.KETTLE), c.lines_of_order(*c.BOTH)])
    return st.one_of(
        st.builds(_update, moments, _LINES, st.booleans(), customer=_MAYBE, event_id=_IDS),
        st.builds(_update, moments, _LINES, st.just(False), customer=_PEOPLE),
        st.builds(lambda at: c.updated(at, items=()), moments),
        st.builds(c.emptied, moments),
        st.builds(c.merged, moments),
        st.builds(c.identified, moments, _PEOPLE),
        st.builds(lambda at, who: c.checkout(at, customer=who), moments, _MAYBE),
        st.builds(lambda at, id_, it: c.ordered(at, id_, items=it), moments, _ORDERS, bought),
    )


@st.composite
def lives(draw: st.DrawFn) -> list[Event[Any]]:
    """What happens to a cart within five days, in the order of time."""
    beginning = draw(_BEGINNINGS)
    moments = st.shared(_OFFSETS, key="one") | _OFFSETS  # some of them at the same moment
    events = draw(st.lists(_events(moments.map(lambda it: beginning + it)), min_size=1, max_size=9))
    return sorted(events, key=lambda each: each.time)


@st.composite
def mixtures(draw: st.DrawFn, of: Sequence[Event[Any]]) -> list[Event[Any]]:
    """The same events in any order, some of them more than once."""
    again = draw(st.lists(st.sampled_from(list(of)), max_size=4))
    return draw(st.permutations([*of, *again]))


_HOURS = st.lists(st.integers(1, 100), max_size=4).map(tuple)
TERMS = st.builds(
    Terms,
    policy=st.just(CartPolicy())
    | st.builds(
        CartPolicy,
        reminder_hours=_HOURS,
        checkout_hours=_HOURS,
        pause_hours=st.integers(1, 100),
        window_days=st.integers(5, 10),  # nothing is forgotten within a life
    ),
    night=st.just(Night()) | st.builds(Night, begins=st.integers(0, 23), ends=st.integers(0, 23)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
