"""When there is no news, that is said in time, once for each promise, with what is known."""

from datetime import datetime, timedelta

from headsup.contracts import shop
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.notifications import OutcomeStatus, Standing
from headsup.shops.policy import Policy
from services.order_events.promises import LEAD, outstanding
from tests.unit.services.order_events import afterwards as a
from tests.unit.services.order_events import changes as c
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

MINUTE = timedelta(minutes=1)


def told_confirmed() -> o.Order:
    """An order whose customer heard that it is confirmed, and when they hear again."""
    order = o.Order()
    order.hears(o.placed_and_paid())
    order.learns(Kind.ORDER_CONFIRMED)
    return order


def due(order: o.Order) -> datetime:
    promised = outstanding(order.told)
    assert promised is not None
    return promised - LEAD


def goes_silent(order: o.Order) -> None:
    """The customer hears that there is no news."""
    assert o.kinds(order.looks(due(order))) == [Kind.ORDER_NO_NEWS]
    order.learns(Kind.ORDER_NO_NEWS)


def test_an_hour_before_the_promise_passes_it_is_said_that_there_is_no_news() -> None:
    order = told_confirmed()
    moment = due(order)

    assert order.looks(moment - MINUTE).next_look_at == moment
    said = o.only(order.looks(moment))
    assert (said.standing, said.occurrence) == (Standing.IN_PREPARATION, 1)
    assert said.next_update_by is not None
    assert said.next_update_by > moment + LEAD
    assert o.kinds(order.looks(moment + MINUTE)) == []


def test_a_promise_that_has_passed_already_is_made_good_at_once() -> None:
    order = told_confirmed()

    assert o.kinds(order.looks(due(order) + 5 * o.DAY)) == [Kind.ORDER_NO_NEWS]


def test_a_word_that_did_not_arrive_is_said_once_more_when_the_next_one_was_due() -> None:
    order = told_confirmed()
    said = o.only(order.looks(due(order)))
    order.learns(Kind.ORDER_NO_NEWS, OutcomeStatus.FAILED)
    assert said.next_update_by is not None
    again = said.next_update_by - LEAD

    assert order.looks(again - MINUTE).next_look_at == again
    assert o.kinds(order.looks(again)) == [Kind.ORDER_NO_NEWS]
    assert o.kinds(order.looks(again + MINUTE)) == []


def test_a_word_that_did_not_arrive_holds_up_no_other_promise() -> None:
    order = told_confirmed()
    moment = due(order)
    order.looks(moment)
    order.learns(Kind.ORDER_NO_NEWS, OutcomeStatus.FAILED)
    answer_by = moment + 6 * o.HOUR
    order.hears(a.ask(moment + o.HOUR, answer_by=answer_by))
    order.learns(Kind.SUPPORT_OPENED)

    assert o.kinds(order.looks(answer_by - LEAD)) == [Kind.ORDER_NO_NEWS]


def test_a_word_that_did_not_arrive_is_not_said_at_once_for_another_promise_of_that_hour() -> None:
    order = told_confirmed()
    moment = due(order)
    order.hears(a.ask(o.MONDAY + o.HOUR, answer_by=moment + LEAD))
    order.learns(Kind.SUPPORT_OPENED)
    assert o.kinds(order.looks(moment)) == [Kind.ORDER_NO_NEWS]
    order.learns(Kind.ORDER_NO_NEWS, OutcomeStatus.FAILED)

    for _ in range(2):
        looked = order.looks(moment + MINUTE)
        assert (looked.announce, looked.withdraw) == ((), ())


def test_a_message_that_was_not_sent_promised_nothing() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid())

    assert o.kinds(order.looks(o.MONDAY + 10 * o.DAY)) == []


def test_every_promise_is_kept_and_the_second_time_is_counted() -> None:
    order = told_confirmed()
    goes_silent(order)

    second = o.only(order.looks(due(order)))
    assert second.occurrence == 2
    assert order.said == [Kind.ORDER_CONFIRMED, Kind.ORDER_NO_NEWS, Kind.ORDER_NO_NEWS]


def test_with_time_it_is_said_less_often() -> None:
    order = told_confirmed()
    pauses = []
    for _ in range(7):
        moment = due(order)
        goes_silent(order)
        pauses.append((due(order) - moment).days)

    assert pauses[0] <= 5
    assert 7 <= pauses[3] <= 10
    assert pauses[6] >= 14


def test_news_begins_the_count_anew() -> None:
    order = told_confirmed()
    goes_silent(order)
    order.hears(o.scan(due(order) - o.HOUR))
    order.learns(Kind.SHIPMENT_SHIPPED)

    assert o.only(order.looks(due(order))).occurrence == 1


def test_nobody_hears_that_there_is_no_news_beside_news() -> None:
    order = told_confirmed()

    assert o.kinds(order.hears(o.scan(due(order)))) == [Kind.SHIPMENT_SHIPPED]


def test_that_there_is_no_news_is_taken_back_when_news_comes_before_it_is_sent() -> None:
    order = told_confirmed()
    moment = due(order)
    order.looks(moment)
    no_news = order.id_of(Kind.ORDER_NO_NEWS)

    decision = order.hears(o.scan(moment + MINUTE))
    assert o.kinds(decision) == [Kind.SHIPMENT_SHIPPED]
    assert [withdrawn.request_id for withdrawn in decision.withdraw] == [no_news]


def test_while_news_waits_to_be_sent_nobody_says_that_there_is_none() -> None:
    order = told_confirmed()
    moment = due(order)
    order.hears(o.scan(moment - MINUTE))

    assert o.kinds(order.looks(moment)) == []
    order.learns(Kind.SHIPMENT_SHIPPED, OutcomeStatus.FAILED)
    assert o.kinds(order.looks(moment + MINUTE)) == [Kind.ORDER_NO_NEWS]


def test_an_order_that_is_over_has_no_news_to_wait_for() -> None:
    order = told_confirmed()
    moment = due(order)
    order.looks(moment)

    decision = order.hears(o.handed_over(moment + MINUTE))
    assert [each.request_id for each in decision.withdraw] == [order.id_of(Kind.ORDER_NO_NEWS)]
    order.learns(Kind.SHIPMENT_DELIVERED)
    assert o.kinds(order.looks(moment + 30 * o.DAY)) == []


def test_what_is_known_of_a_parcel_is_where_and_when_it_was_seen_and_the_day_that_was_told() -> (
    None
):
    order = told_confirmed()
    friday = o.by(o.FRIDAY + 5 * o.DAY)
    seen = o.TUESDAY
    order.hears(o.scan(seen, estimate=friday, place="Lviv"))
    order.learns(Kind.SHIPMENT_SHIPPED)
    promised = next(each for each in order.told.statements.values() if each.subject != "order")
    promised.next_update_by = o.THURSDAY

    said = o.only(order.looks(o.THURSDAY - LEAD))
    assert (said.standing, said.seen_at, said.seen_in) == (Standing.UNDER_WAY, seen, "Lviv")
    assert said.estimate == friday


def test_a_day_that_is_no_longer_true_is_not_named_again() -> None:
    order = o.Order(Policy(delay_days=5))
    order.hears(o.placed_and_paid(), o.scan(o.TUESDAY, estimate=o.by(o.THURSDAY)))
    order.learns(Kind.SHIPMENT_SHIPPED)
    for said in order.told.statements.values():
        said.next_update_by = o.WEDNESDAY
    order.hears(o.slip(o.TUESDAY + o.HOUR, o.by(o.FRIDAY)))

    assert o.only(order.looks(o.WEDNESDAY - LEAD)).estimate is None


def test_a_recipient_hears_of_the_parcel_what_was_promised_to_them_and_no_more() -> None:
    order = o.Order()
    friend = Customer(id="C2", email="petro@example.com", time_zone="Europe/Kyiv")
    order.hears(o.placed_and_paid(recipient=friend), o.at_the_locker(o.TUESDAY))
    for id_, said in list(order.told.statements.items()):
        if said.audience is Audience.RECIPIENT:
            order.learns_of(id_, said.kind, OutcomeStatus.SENT)
            said.next_update_by = o.TUESDAY + 2 * o.HOUR
        else:
            order.learns_of(id_, said.kind, OutcomeStatus.WITHDRAWN)

    [watched] = [
        each.request
        for each in order.looks(o.TUESDAY + o.HOUR).announce
        if each.request.kind is Kind.ORDER_NO_NEWS
    ]
    assert (watched.customer, watched.content.audience) == (friend, Audience.RECIPIENT)
    assert watched.content.standing is Standing.WAITING_FOR_PICKUP
    assert watched.content.total is None


def test_a_question_is_answered_or_the_customer_hears_that_it_is_not_yet() -> None:
    order = told_confirmed()
    order.hears(o.handed_over(o.TUESDAY))
    order.learns(Kind.SHIPMENT_DELIVERED)
    opened = shop.TicketOpened(order_id="A1", ticket_id="T1")
    order.hears(o.event(o.WEDNESDAY, opened))
    order.learns(Kind.SUPPORT_OPENED)

    assert o.only(order.looks(due(order))).standing is Standing.WITH_SUPPORT


def test_news_of_something_else_does_not_put_the_word_off() -> None:
    order = told_confirmed()
    moment = due(order)

    said = o.kinds(order.hears(c.note(moment), at=moment))

    assert said == [Kind.ORDER_NO_NEWS, Kind.ORDER_NOTE]
    assert o.kinds(order.looks(moment)) == []


def test_no_day_is_named_while_an_incident_makes_it_doubtful() -> None:
    order = m.shipped(o.THURSDAY)
    order.incidents = (m.outage(o.TUESDAY, until=o.TUESDAY + 3 * o.HOUR),)
    order.looks(o.TUESDAY)
    p.all_is_heard(order)

    (said,) = (
        each.request.content
        for each in order.looks(due(order)).announce
        if each.request.kind is Kind.ORDER_NO_NEWS
    )

    assert said.estimate is None


def test_what_was_promised_before_the_parcel_came_is_not_made_good_in_a_repair() -> None:
    life = a.Life()
    life.hears(o.placed_and_paid())
    life.passes(o.MONDAY + 6 * o.DAY)
    life.hears(o.handed_over(life.now), at=life.now)
    assert outstanding(life.told) is not None
    life.passes(life.now + 30 * o.DAY)
    before = life.told_of(Kind.ORDER_NO_NEWS)

    life.hears(a.take_in(life.now), at=life.now)
    life.passes(life.now + o.HOUR)

    assert life.told_of(Kind.REPAIR_ACCEPTED)
    assert life.told_of(Kind.ORDER_NO_NEWS) == before
