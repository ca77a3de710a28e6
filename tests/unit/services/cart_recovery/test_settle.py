"""Who is reminded of what, and what is taken back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus, Reason
from headsup.contracts.shop import CartItem
from headsup.shops.carts import CartPolicy
from services.cart_recovery.asking import MOST_VERSIONS
from services.cart_recovery.cart import Stage
from services.cart_recovery.step import Remind, Terms
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MINUTE, MONDAY, Kept

FOR_EVER = MONDAY + 60 * DAY
SECOND = timedelta(seconds=1)


def test_nobody_is_reminded_of_a_cart_that_is_nobodys() -> None:
    cart = Kept()
    cart.hears(c.updated_by_guest())
    assert cart.passes(FOR_EVER) == []


def test_a_guest_who_tells_their_name_is_reminded_after_that() -> None:
    cart = Kept()
    cart.hears(c.updated_by_guest(), c.identified(MONDAY + 5 * HOUR))
    cart.passes(MONDAY + 7 * HOUR)
    assert cart.asked_at == [MONDAY + 6 * HOUR]


def test_nobody_is_reminded_of_a_cart_of_which_we_do_not_know_what_is_in_it() -> None:
    cart = Kept()
    cart.hears(c.identified(MONDAY), c.checkout(MONDAY))
    assert cart.passes(FOR_EVER) == []


def test_nobody_is_reminded_of_what_is_sold_out() -> None:
    cart = Kept()
    cart.hears(c.updated(MONDAY, c.line(left=0), c.line("Teapot", left=0)))
    assert cart.passes(FOR_EVER) == []


def test_what_is_there_again_in_time_is_reminded_of() -> None:
    cart = Kept()
    cart.hears(c.updated(MONDAY, c.line(left=0)))
    cart.passes(MONDAY + 90 * MINUTE)
    cart.hears(c.repriced(MONDAY + 2 * HOUR, c.line(left=7)))
    cart.passes(MONDAY + 3 * HOUR)
    assert len(cart.asked_at) == 1


def test_an_update_that_says_no_link_leaves_the_one_that_is_known() -> None:
    cart = Kept()
    cart.hears(c.updated(), c.updated(MONDAY + MINUTE, url=None))
    cart.passes(MONDAY + 2 * HOUR)
    assert c.only(cart.said).content.cart_url == c.CART_URL


def test_the_link_of_a_cart_that_is_over_leads_nowhere_any_more() -> None:
    cart = Kept()
    cart.hears(c.updated(), c.emptied(MONDAY + MINUTE), c.updated(MONDAY + 2 * MINUTE, url=None))
    cart.passes(MONDAY + 2 * HOUR)
    assert c.only(cart.said).content.cart_url is None


def test_nobody_is_reminded_of_what_only_the_shop_touched() -> None:
    cart = Kept()
    cart.hears(c.repriced(MONDAY))
    assert cart.passes(FOR_EVER) == []
    assert cart.is_forgotten


def test_the_shops_own_changes_are_no_visit() -> None:
    cart = Kept()
    cart.hears(c.updated(), c.repriced(MONDAY + 30 * MINUTE, c.line(price=c.uah("999.00"))))
    cart.passes(MONDAY + 2 * HOUR)
    assert cart.asked_at == [MONDAY + HOUR]
    assert c.only(cart.said).content.items[0].price == c.uah("999.00")


def test_an_order_ends_the_cart() -> None:
    cart = Kept()
    cart.hears(c.updated(), c.ordered(MONDAY + 30 * MINUTE))
    assert cart.stage is Stage.ORDERED
    assert cart.passes(FOR_EVER) == []


def test_an_order_that_comes_before_its_cart_ends_it_as_well() -> None:
    cart = Kept()
    cart.takes(c.ordered(MONDAY + MINUTE), c.updated(), c.checkout(MONDAY), at=MONDAY + MINUTE)
    assert cart.passes(FOR_EVER) == []


def test_an_order_takes_back_the_reminder_of_which_nobody_said_what_became_of_it() -> None:
    cart = Kept()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    [taken_back] = c.withdrawn(cart.hears(c.ordered(MONDAY + HOUR + MINUTE)))
    assert taken_back.request_id == asked.request_id
    assert taken_back.customer_id == "C1"
    assert taken_back.order_id is None


_LEFT = {
    "ordered": c.ordered,
    "emptied": c.emptied,
    "merged": c.merged,
    "left again": lambda at: c.updated(at, *c.BOTH),
    "somebody else's": lambda at: c.repriced(at, customer=c.ANDRII),
}
_GONE_OUT = [OutcomeStatus.SENT, OutcomeStatus.UNKNOWN]


@pytest.mark.parametrize("left", _LEFT.values(), ids=_LEFT)
@pytest.mark.parametrize("status", _GONE_OUT)
def test_what_was_sent_is_taken_back_once_because_it_may_bounce_and_go_by_the_next_channel(
    status: OutcomeStatus, left: Callable[[datetime], Event[Any]]
) -> None:
    cart = Kept()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    sent = c.outcome(asked, MONDAY + HOUR, status, notification_id="N1")
    bounced = c.outcome(asked, MONDAY + 2 * HOUR, OutcomeStatus.FAILED, notification_id="N1")
    said = cart.hears(sent, left(MONDAY + 2 * HOUR), bounced, sent, c.emptied(MONDAY + 3 * HOUR))
    assert [each.request_id for each in c.withdrawn(said)] == [asked.request_id]


@pytest.mark.parametrize("left", _LEFT.values(), ids=_LEFT)
def test_nothing_is_taken_back_that_arrived(left: Callable[[datetime], Event[Any]]) -> None:
    cart = Kept()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    arrived = c.outcome(asked, MONDAY + HOUR, OutcomeStatus.DELIVERED, notification_id="N1")
    sent = c.outcome(asked, MONDAY + HOUR, notification_id="N1")
    assert c.withdrawn(cart.hears(arrived, sent, left(MONDAY + 2 * HOUR))) == []


@pytest.mark.parametrize(("before", "count"), [(SECOND, 1), (timedelta(), 0)])
@pytest.mark.parametrize("left", _LEFT.values(), ids=_LEFT)
def test_what_is_too_old_to_be_sent_need_not_be_taken_back(
    left: Callable[[datetime], Event[Any]], before: timedelta, count: int
) -> None:
    cart = Kept()
    cart.hears(c.updated())
    asked = c.only(cart.passes(MONDAY + HOUR))
    said = cart.hears(left(asked.expires_at - before))
    assert len(c.withdrawn(said)) == count


def test_what_is_taken_back_goes_to_whom_it_was_asked_for() -> None:
    cart = Kept()
    cart.hears(c.updated())
    cart.passes(MONDAY + HOUR)
    [taken_back] = c.withdrawn(cart.hears(c.identified(MONDAY + 2 * HOUR, c.ANDRII)))
    assert taken_back.customer_id == "C1"


def test_a_reminder_of_what_is_somebody_elses_now_is_taken_back() -> None:
    cart = Kept()
    cart.hears(c.updated())
    cart.passes(MONDAY + HOUR)
    said = cart.hears(c.repriced(MONDAY + 2 * HOUR, customer=c.ANDRII))
    assert [each.customer_id for each in c.withdrawn(said)] == ["C1"]
    assert c.only(cart.passes(MONDAY + DAY)).customer == c.ANDRII


@pytest.mark.parametrize("is_sent", [False, True])
def test_a_reminder_that_may_still_come_is_taken_back_for_the_next(is_sent: bool) -> None:
    cart = Kept(Terms(policy=CartPolicy(reminder_hours=(1, 5))))
    cart.hears(c.updated())
    [first] = c.reminders(cart.passes(MONDAY + HOUR))
    cart.hears(*[c.outcome(first, MONDAY + HOUR)] * is_sent)
    said = cart.passes(MONDAY + 5 * HOUR)
    [second] = c.reminders(said)
    [taken_back] = c.withdrawn(said)
    assert (taken_back.request_id, taken_back.superseded_by) == (
        first.request_id,
        second.request_id,
    )
    assert said.index(second) == 1


@pytest.mark.parametrize("end", [c.emptied, c.merged], ids=["emptied", "merged"])
def test_a_cart_that_is_emptied_or_merged_is_over(
    end: Callable[[datetime], Event[Any]],
) -> None:
    cart = Kept()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    said = cart.hears(end(MONDAY + 2 * HOUR))
    assert [each.request_id for each in c.withdrawn(said)] == [asked.request_id]
    assert cart.passes(FOR_EVER) == []


def test_a_cart_of_which_an_update_says_that_nothing_is_in_it_is_over() -> None:
    cart = Kept()
    cart.hears(c.updated(), c.updated(MONDAY + MINUTE, items=()))
    assert cart.stage is Stage.EMPTIED
    assert cart.passes(FOR_EVER) == []


@pytest.mark.parametrize("end", [c.emptied, c.merged], ids=["emptied", "merged"])
def test_whoever_puts_something_in_again_is_reminded(
    end: Callable[[datetime], Event[Any]],
) -> None:
    cart = Kept()
    cart.hears(c.updated(), end(MONDAY + MINUTE), c.updated(MONDAY + HOUR, *c.TEAPOT))
    cart.passes(MONDAY + 2 * HOUR)
    assert [item.name for item in c.only(cart.said).content.items] == ["Teapot"]


def test_a_shop_that_puts_something_in_again_opens_no_cart() -> None:
    cart = Kept()
    cart.hears(c.updated(), c.emptied(MONDAY + MINUTE), c.repriced(MONDAY + 2 * MINUTE))
    assert cart.stage is Stage.EMPTIED
    assert cart.passes(FOR_EVER) == []


def test_whoever_comes_back_after_a_reminder_begins_another_visit() -> None:
    cart = Kept()
    cart.hears(c.updated())
    [first] = c.reminders(cart.passes(MONDAY + HOUR))
    said = cart.hears(c.updated(MONDAY + 2 * HOUR, *c.BOTH))
    assert [each.request_id for each in c.withdrawn(said)] == [first.request_id]
    [again] = c.reminders(cart.passes(MONDAY + 30 * HOUR))
    assert again.request.content.occurrence == 1
    assert again.request.cart
    assert first.request.cart
    assert again.request.cart.flow != first.request.cart.flow


_CHANGED = {
    "a line less": (c.line(),),
    "another price": (c.line(price=c.uah("999.00")), c.line("Teapot")),
    "one sold out": (c.line(left=0), c.line("Teapot")),
    "fewer left": (c.line(left=2), c.line("Teapot")),
}
CHANGED_AT = MONDAY + HOUR + MINUTE


def _withdrawn(asked: Remind, **what: Any) -> Event[Any]:
    return c.outcome(asked, CHANGED_AT, OutcomeStatus.WITHDRAWN, Reason.SUPERSEDED, **what)


def _reminded_of_both() -> tuple[Kept, Remind]:
    cart = Kept()
    cart.hears(c.updated(MONDAY, *c.BOTH))
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    return cart, asked


@pytest.mark.parametrize("lines", _CHANGED.values(), ids=_CHANGED)
def test_what_is_not_true_any_more_is_taken_back_and_said_anew_when_nobody_will_hear_it(
    lines: tuple[CartItem, ...],
) -> None:
    cart, asked = _reminded_of_both()
    said = cart.hears(c.repriced(CHANGED_AT, *lines))
    assert [each.request_id for each in c.withdrawn(said)] == [asked.request_id]
    assert c.reminders(cart.looks(CHANGED_AT)) == []
    cart.takes(_withdrawn(asked), at=CHANGED_AT)
    [anew] = c.reminders(cart.passes(CHANGED_AT))
    assert anew.request.content.items == c.lines_of_order(*lines)
    assert anew.request.cart == asked.request.cart
    assert anew.request.expires_at == asked.request.expires_at
    assert anew.request_id != asked.request_id
    assert c.steps(cart.passes(FOR_EVER)) == [2, 3]


@pytest.mark.parametrize(
    "lines",
    [tuple(reversed(c.BOTH)), (c.line(left=50), c.line("Teapot"))],
    ids=["in another order", "many left"],
)
def test_what_is_as_true_as_before_stays(lines: tuple[CartItem, ...]) -> None:
    cart, asked = _reminded_of_both()
    assert cart.hears(c.repriced(CHANGED_AT, *lines)) == []
    assert cart.cart.told.flow is not None
    assert cart.cart.told.flow.waiting == asked.request.customer.id


@pytest.mark.parametrize("became", [*_GONE_OUT, OutcomeStatus.DELIVERED])
@pytest.mark.parametrize("is_known_before", [True, False])
def test_what_may_have_been_heard_is_not_said_anew(
    became: OutcomeStatus, is_known_before: bool
) -> None:
    cart, asked = _reminded_of_both()
    told, changed = c.outcome(asked, MONDAY + HOUR, became), c.repriced(CHANGED_AT)
    news = (told, changed) if is_known_before else (changed, told)
    cart.takes(*news, _withdrawn(asked), at=CHANGED_AT)
    assert c.steps(cart.passes(FOR_EVER)) == [2, 3]


def test_that_the_next_channel_was_stopped_does_not_prove_that_nobody_heard_the_first() -> None:
    cart, asked = _reminded_of_both()
    next_channel = _withdrawn(asked, notification_id=f"{asked.request_id}.0.1")
    cart.takes(c.repriced(CHANGED_AT), next_channel, at=CHANGED_AT)
    assert c.steps(cart.passes(FOR_EVER)) == [2, 3]


def test_that_the_first_message_was_stopped_proves_it() -> None:
    cart, asked = _reminded_of_both()
    first = _withdrawn(asked, notification_id=f"{asked.request_id}.0")
    cart.takes(c.repriced(CHANGED_AT), first, at=CHANGED_AT)
    assert c.steps(cart.passes(FOR_EVER)) == [1, 2, 3]


def test_what_was_taken_back_for_another_reason_is_not_said_anew() -> None:
    cart, asked = _reminded_of_both()
    cart.takes(_withdrawn(asked), c.repriced(CHANGED_AT), at=CHANGED_AT)
    assert c.steps(cart.passes(FOR_EVER)) == [2, 3]


def test_what_is_taken_back_because_the_cart_is_somebody_elses_now_is_not_said_anew() -> None:
    cart, asked = _reminded_of_both()
    cart.takes(c.repriced(CHANGED_AT, customer=c.ANDRII), _withdrawn(asked), at=CHANGED_AT)
    assert c.steps(cart.passes(FOR_EVER)) == [2, 3]


def test_what_is_sold_out_altogether_is_taken_back_and_not_said_anew() -> None:
    cart, asked = _reminded_of_both()
    sold_out = c.repriced(CHANGED_AT, c.line(left=0), c.line("Teapot", left=0))
    cart.takes(sold_out, _withdrawn(asked), at=CHANGED_AT)
    assert [each.request_id for each in c.withdrawn(cart.said)] == [asked.request_id]
    assert c.reminders(cart.passes(FOR_EVER)) == []


def test_that_an_older_version_was_taken_back_says_nothing_of_the_newer() -> None:
    cart, first = _reminded_of_both()
    cart.takes(c.repriced(CHANGED_AT), _withdrawn(first), at=CHANGED_AT)
    [second] = c.reminders(cart.passes(CHANGED_AT))
    cart.takes(c.repriced(CHANGED_AT + MINUTE, *c.TEAPOT), _withdrawn(first), at=CHANGED_AT)
    assert [it.request_id for it in c.withdrawn(cart.said)] == [first.request_id, second.request_id]
    assert c.reminders(cart.passes(CHANGED_AT + HOUR)) == []
    cart.takes(_withdrawn(second), at=CHANGED_AT + HOUR)
    assert c.steps(cart.passes(FOR_EVER)) == [1, 2, 3]


def test_what_changes_again_and_again_is_not_said_anew_for_ever() -> None:
    cart, asked = _reminded_of_both()
    for minute in range(1, 9):
        at = CHANGED_AT + minute * MINUTE
        cart.takes(c.repriced(at, c.line(left=minute % 2)), at=at)
        cart.takes(*map(_withdrawn, c.reminders(cart.said)), _withdrawn(asked), at=at)
        cart.passes(at)
    assert len({each.request_id for each in c.reminders(cart.said)}) <= MOST_VERSIONS
    cart.passes(CHANGED_AT + 5 * HOUR)
    assert len(c.withdrawn(cart.said)) == len(c.reminders(cart.said)) == MOST_VERSIONS


def test_the_first_version_of_a_reminder_is_called_as_ever() -> None:
    _, asked = _reminded_of_both()
    assert asked.request_id == "a08c4e2dea9bd809cf16fabf5cefe72f"
