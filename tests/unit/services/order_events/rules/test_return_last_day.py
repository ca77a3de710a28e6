"""The last day of a return, where it had passed when the shop named it."""

from datetime import datetime

import pytest

from headsup.contracts.base import Window
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Standing
from headsup.contracts.shop import ReturnMethod
from headsup.shops.policy import DEFAULT
from services.order_events.rules.base import Case
from services.order_events.standing import standing
from services.order_events.trouble import in_trouble
from tests.unit.services.order_events import afterwards as a
from tests.unit.services.order_events import orders as o

APPROVED, LABEL_READY = Kind.RETURN_APPROVED, Kind.RETURN_LABEL_READY
DROP_OFF, NEAR = Kind.RETURN_DROP_OFF_REMINDER, Kind.RETURN_DEADLINE_NEAR
PASSED = a.day(11, 21)
"""Days before the approval of Wednesday, the 25th."""
REMINDED = o.WEDNESDAY + DEFAULT.drop_off_days * o.DAY


def approved(**what: object) -> a.Life:
    """A return that was approved on Wednesday, to be sent by a day that had passed."""
    life = a.delivered_order()
    life.hears(o.accept_return(o.WEDNESDAY, **({"send_by": PASSED} | what)))
    return life


def case_of(life: a.Life, now: datetime) -> Case:
    assert life.facts is not None
    return Case(facts=life.facts, told=life.told, now=now)


@pytest.mark.parametrize("method", ReturnMethod)
def test_a_day_that_had_passed_when_it_was_named_is_not_named(method: ReturnMethod) -> None:
    life = approved(method=method)
    life.hears(a.label_return(o.THURSDAY, code="RT-1"))
    life.passes(o.MONDAY + 20 * o.DAY)

    contents = life.contents(APPROVED, LABEL_READY, DROP_OFF, NEAR)
    assert [content.send_by for content in contents] == [None, None, None]


def test_the_day_itself_may_still_be_named() -> None:
    life = approved(send_by=o.WEDNESDAY.date())

    assert [content.send_by for content in life.contents(APPROVED)] == [o.WEDNESDAY.date()]


def test_a_day_that_passed_before_anybody_could_be_told_is_not_named() -> None:
    life = a.delivered_order()
    life.hears(o.accept_return(o.WEDNESDAY, send_by=o.WEDNESDAY.date()), at=o.FRIDAY)

    assert [content.send_by for content in life.contents(APPROVED)] == [None]


def test_hours_of_the_courier_that_had_passed_are_not_named() -> None:
    over = Window(start=o.TUESDAY, end=o.TUESDAY + 2 * o.HOUR)

    life = approved(method=ReturnMethod.COURIER, pickup_window=over)

    assert [content.window for content in life.contents(APPROVED)] == [None]


def test_without_a_last_day_the_customer_is_reminded_once_and_never_of_that_day() -> None:
    life = approved()
    life.passes(o.MONDAY + 30 * o.DAY)

    assert [said.said_at.date() for said in life.told_of(DROP_OFF)] == [REMINDED.date()]
    assert life.told_of(NEAR) == []
    (told,) = life.told_of(APPROVED)
    assert told.next_update_by
    assert told.next_update_by.date() == REMINDED.date()


def test_without_a_last_day_it_is_waited_for_as_long_as_we_remind_of_it() -> None:
    life = approved()
    last = REMINDED + DEFAULT.deadline_days * o.DAY

    assert standing(case_of(life, last)) is Standing.RETURN_AWAITED
    assert in_trouble(case_of(life, last))
    assert standing(case_of(life, last + o.DAY)) is None
    assert not in_trouble(case_of(life, last + o.DAY))
