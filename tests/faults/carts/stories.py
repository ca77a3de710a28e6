"""What the owners of carts do in an experiment. Pure: no service was asked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from headsup.contracts import shop
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event, make
from headsup.contracts.notifications import Reason
from sandbox.scenarios.model import SHOP
from tests.faults.carts.shopper import DELAYS, FIRST, LAST, PAUSE, Shopper, Story
from tests.faults.journeys import REACHED

_MINUTE: Final = timedelta(minutes=1)
_HALF: Final = 30 * _MINUTE
_SOON_AFTER: Final = 60 * _MINUTE
"""From a reminder to what it brings about. By then it is written down that it was sent."""
_LATE: Final = timedelta(hours=3)

CartPlot = Callable[[Shopper], None]


def _left(tell: Shopper) -> None:
    tell.hears(tell.leaves(), FIRST, LAST)


def _left_at_checkout(tell: Shopper) -> None:
    tell.hears(tell.pays(tell.leaves(), 20 * _MINUTE), FIRST, LAST)


def _repriced(tell: Shopper) -> None:
    visit = tell.leaves()
    tell.is_repriced(visit, _HALF)
    tell.hears(visit, FIRST, LAST)


def _logged_in(tell: Shopper) -> None:
    visit = tell.leaves(is_guest=True)
    tell.hears(tell.logs_in(visit, 20 * _MINUTE), FIRST, LAST)


def _came_back(tell: Shopper) -> None:
    before, after = tell.leaves(), tell.leaves(_HALF)
    tell.may_hear(before, after.act, FIRST, LAST)
    tell.hears(after, FIRST, LAST)


def _came_back_reminded(tell: Shopper) -> None:
    before = tell.leaves()
    after = tell.leaves(_HALF, upon=tell.hears(before, FIRST))
    tell.may_hear(before, after.act, LAST)
    tell.hears(after, FIRST, LAST, later=PAUSE - _HALF - DELAYS[0])


def _left_another_reminded(tell: Shopper) -> None:
    """Of the second cart they do not hear; of the first all that there is."""
    visit = tell.leaves()
    another = tell.leaves(20 * _MINUTE, second=True, upon=tell.hears(visit, FIRST))
    tell.hears(visit, LAST)
    tell.may_hear(another, None, FIRST, LAST)
    tell.silence = Reason.ANOTHER_CART


def _stopped_reminded(tell: Shopper) -> None:
    visit = tell.leaves()
    tell.may_hear(visit, tell.stops(tell.hears(visit, FIRST), _HALF), LAST)
    tell.silence = Reason.OPTED_OUT


def _guest_logged_in_reminded_and_bought(tell: Shopper) -> None:
    """As a customer, whose cart has the guest's lines now, by an order that names neither."""
    visit = tell.leaves(is_guest=True)
    heard = tell.hears(visit, FIRST)
    tell.may_hear(visit, tell.merges(visit, _HALF, upon=heard), LAST)
    own = tell.leaves(_HALF + _MINUTE, second=True, upon=heard)
    tell.may_hear(own, tell.buys(None, _HALF + 15 * _MINUTE, upon=heard), FIRST, LAST)
    tell.silence = Reason.BOUGHT


def _bought_in_time(tell: Shopper) -> None:
    visit = tell.leaves()
    tell.may_hear(visit, tell.buys(visit.cart, _HALF), FIRST, LAST)


def _bought_at_that_moment(tell: Shopper) -> None:
    visit = tell.leaves()
    moment = DELAYS[0] + (tell.number % 11 - 4) * _MINUTE
    tell.may_hear(visit, tell.buys(visit.cart, moment), FIRST, LAST)


def _bought_reminded(tell: Shopper) -> None:
    visit = tell.leaves()
    order = tell.buys(visit.cart, _SOON_AFTER, upon=tell.hears(visit, FIRST))
    tell.may_hear(visit, order, LAST)


def _bought_and_left_another(tell: Shopper) -> None:
    visit = tell.leaves()
    tell.may_hear(visit, tell.buys(visit.cart, _HALF), FIRST, LAST)
    tell.hears(tell.leaves(4 * _HALF, second=True), FIRST, LAST)


def _guest_bought_in_time(tell: Shopper) -> None:
    """As a customer, by an order that names no cart."""
    visit = tell.leaves(is_guest=True)
    tell.may_hear(visit, tell.buys(None, _HALF), FIRST, LAST)
    tell.silence = Reason.BOUGHT


def _guest_bought_reminded(tell: Shopper) -> None:
    visit = tell.leaves(is_guest=True)
    order = tell.buys(None, _SOON_AFTER, upon=tell.hears(visit, FIRST))
    tell.may_hear(visit, order, LAST)
    tell.silence = Reason.BOUGHT


def _bought_late(tell: Shopper) -> None:
    """When a reminder was long due, if anybody was there to ask for it."""
    visit = tell.leaves()
    tell.may_hear(visit, tell.buys(visit.cart, _LATE), FIRST, LAST)


def _guest_bought_late(tell: Shopper) -> None:
    visit = tell.leaves(is_guest=True)
    tell.may_hear(visit, tell.buys(None, _LATE), FIRST, LAST)
    tell.silence = Reason.BOUGHT


def _emptied(tell: Shopper) -> None:
    visit = tell.leaves()
    tell.may_hear(visit, tell.empties(visit, _HALF), FIRST, LAST)


def _emptied_reminded(tell: Shopper) -> None:
    visit = tell.leaves()
    tell.may_hear(visit, tell.empties(visit, _HALF, upon=tell.hears(visit, FIRST)), LAST)


def _merged(tell: Shopper) -> None:
    visit = tell.leaves(is_guest=True)
    tell.may_hear(visit, tell.merges(visit, _HALF), FIRST, LAST)
    tell.hears(tell.leaves(_HALF + _MINUTE, second=True), FIRST, LAST)


def _never_agreed(tell: Shopper) -> None:
    tell.forbids()
    tell.leaves()
    tell.silence = Reason.NO_CONSENT


PLAIN: Final[tuple[CartPlot, ...]] = (
    *(_left, _left_at_checkout, _repriced, _logged_in, _came_back, _merged, _never_agreed),
    *(_bought_in_time, _bought_and_left_another, _guest_bought_in_time, _emptied),
)
"""In these nothing waits for a reminder."""
PLOTS: Final[tuple[CartPlot, ...]] = (
    *PLAIN,
    *(_bought_at_that_moment, _bought_reminded, _guest_bought_reminded),
    *(_came_back_reminded, _emptied_reminded, _left_another_reminded, _stopped_reminded),
    _guest_logged_in_reminded_and_bought,
)
ORDERS_LAST: Final[tuple[CartPlot, ...]] = (
    *(_left, _bought_late, _left_at_checkout, _guest_bought_late, _came_back, _bought_late),
    *(_merged, _never_agreed, _emptied, _logged_in),
)
"""In these nobody orders before everything else has happened."""
LEFT: Final[tuple[CartPlot, ...]] = (_left, _left_at_checkout, _came_back)
GUESTS: Final[tuple[CartPlot, ...]] = (_left, _guest_bought_in_time, _guest_bought_reminded)
BUYERS: Final[tuple[CartPlot, ...]] = (*GUESTS, _bought_in_time, _bought_reminded)
ANOTHER: Final[tuple[CartPlot, ...]] = (_left_another_reminded,)
STOPPED: Final[tuple[CartPlot, ...]] = (_stopped_reminded,)
_GOLDEN: Final = 0.618033988749895
"""Spreads any number of beginnings evenly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CartCast:
    """Which stories are told."""

    stories: int
    plots: tuple[CartPlot, ...] = PLOTS
    channels: tuple[Channel, ...] = REACHED
    spread: timedelta = timedelta(hours=2)
    """Between the first beginning and the last."""


def stories(cast: CartCast, start: datetime) -> tuple[Story, ...]:
    """Every plot meets every channel, as long as there are stories."""
    return tuple(_stories(cast, start))


def _stories(cast: CartCast, start: datetime) -> Iterator[Story]:
    for number in range(cast.stories):
        turn = number // len(cast.plots)
        tell = Shopper(number, cast.channels[turn % len(cast.channels)], start)
        cast.plots[number % len(cast.plots)](tell)
        yield tell.story(number * _GOLDEN % 1 * cast.spread)


def customers_of(told: tuple[Story, ...], start: datetime) -> list[Event[shop.CustomerUpdated]]:
    """What the shop says about them, under each of their names."""
    return [
        make(SHOP, f"customer-{who.key}", start, who.as_update())
        for story in told
        for who in story.people
    ]
