"""Repairs under warranty."""

from datetime import UTC, datetime

from headsup.contracts.base import PickupPoint
from headsup.contracts.catalogue import Kind
from headsup.shops.policy import Policy
from tests.unit.services.order_events import afterwards as a
from tests.unit.services.order_events import orders as o

ACCEPTED, EXPERTISE = Kind.REPAIR_ACCEPTED, Kind.REPAIR_EXPERTISE
READY, LATE = Kind.REPAIR_READY, Kind.REPAIR_LATE
WORKSHOP = PickupPoint(name="Workshop", address="Khreshchatyk 1")


def test_accepted_names_the_shops_day() -> None:
    content = o.only(a.delivered_order().hears(a.take_in(o.WEDNESDAY, ready_by=a.day(12, 1))))

    assert (content.item, content.repair_by) == (a.KETTLE, a.day(12, 1))
    assert content.next_update_by == datetime(2026, 12, 2, 16, tzinfo=UTC)


def test_without_a_word_of_the_shops_the_longest_time_of_its_law_is_named() -> None:
    russian = Policy(repair_days=45)

    content = o.only(a.delivered_order(russian).hears(a.take_in(o.WEDNESDAY)))

    assert content.repair_by == datetime(2027, 1, 9, tzinfo=UTC).date()


def test_another_day_of_the_shops_is_told_and_the_same_again_is_not() -> None:
    life = a.delivered_order()
    life.hears(a.take_in(o.WEDNESDAY))

    assert a.about_returns(life.hears(a.take_in(o.THURSDAY))) == []
    assert a.about_returns(life.hears(a.take_in(o.FRIDAY, ready_by=a.day(12, 9)))) == [ACCEPTED]


def test_an_examination_names_the_day_on_which_its_result_is_known() -> None:
    life = a.delivered_order()
    life.hears(a.take_in(o.WEDNESDAY))

    content = o.only(life.hears(a.examine(o.THURSDAY)))
    again = life.hears(a.examine(o.FRIDAY, result_by=a.day(12, 1)))

    assert content.repair_by == a.day(12, 6)
    assert o.only(again).repair_by == a.day(12, 1)


def test_ready_says_where_and_ends_the_story() -> None:
    life = a.delivered_order()
    life.hears(a.take_in(o.WEDNESDAY))

    content = o.only(life.hears(a.repair(o.FRIDAY, pickup=WORKSHOP, note="Bring your receipt.")))

    assert (content.pickup, content.note) == (WORKSHOP, "Bring your receipt.")
    assert (content.item, content.next_update_by) == (a.KETTLE, None)
    assert a.about_returns(life.hears(a.take_in(o.WEDNESDAY), at=o.FRIDAY)) == []


def test_a_backlog_of_a_repair_says_that_it_is_ready() -> None:
    events = [a.take_in(o.WEDNESDAY), a.examine(o.THURSDAY), a.repair(o.FRIDAY)]

    assert a.about_returns(a.delivered_order().hears(*events)) == [READY]


def test_what_is_taken_in_once_more_is_told_once_more() -> None:
    life = a.delivered_order()
    life.hears(a.take_in(o.WEDNESDAY))
    life.hears(a.repair(o.THURSDAY))

    assert a.about_returns(life.hears(a.take_in(o.FRIDAY))) == [ACCEPTED]
    assert a.about_returns(life.hears(a.repair(o.FRIDAY + o.HOUR))) == [READY]


def test_a_repair_that_is_not_ready_by_the_day_that_was_told_is_late_the_next_morning() -> None:
    life = a.delivered_order(Policy(repair_days=10))
    life.hears(a.take_in(o.WEDNESDAY))
    life.policy = Policy(repair_days=45)

    life.passes(o.MONDAY + 14 * o.DAY)

    (content,) = life.contents(LATE)
    assert (content.item, content.repair_by, content.occurrence) == (a.KETTLE, a.day(12, 5), 1)
    (said,) = life.told_of(LATE)
    assert said.said_at == datetime(2026, 12, 6, 8, tzinfo=UTC)
    assert life.told_of(Kind.ORDER_NO_NEWS) == []


def test_an_examination_stops_neither_the_time_nor_its_notice() -> None:
    life = a.delivered_order()
    life.hears(a.take_in(o.WEDNESDAY, ready_by=a.day(11, 27)))
    life.hears(a.examine(o.THURSDAY, result_by=a.day(12, 20)))

    life.passes(o.MONDAY + 5 * o.DAY + 2 * o.HOUR)

    assert [content.repair_by for content in life.contents(LATE)] == [a.day(11, 27)]


def test_a_repair_that_is_ready_is_not_late() -> None:
    life = a.delivered_order()
    life.hears(a.take_in(o.WEDNESDAY, ready_by=a.day(11, 27)))
    life.hears(a.repair(o.FRIDAY))

    life.passes(o.MONDAY + 30 * o.DAY)

    assert life.told_of(LATE, Kind.ORDER_NO_NEWS) == []


def test_a_repair_that_is_only_known_to_be_ready_is_told() -> None:
    assert a.about_returns(a.delivered_order().hears(a.repair(o.FRIDAY))) == [READY]
