"""What a batch changes about an order, where everything was read and where it was not."""

from datetime import datetime
from typing import Any

from headsup.contracts import envelope, shop
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import (
    CustomerPurchased,
    NotificationRequested,
    OrderTrouble,
    OutcomeStatus,
)
from services.order_events import told
from services.order_events.batch import OrderKey
from services.order_events.decide import Decisions, News, Order, decide, publications
from services.order_events.facts import Facts
from services.order_events.told import Told
from tests.unit.services.order_events import orders as o

KEY = OrderKey(o.SHOP, "A1")
SOON = o.MONDAY + o.HOUR


def shipped_order() -> Order:
    """An order whose customer was asked to be told that it is on its way, until Wednesday."""
    found = decide(
        None, News([o.placed_and_paid(), o.scan(SOON, estimate=o.by(o.WEDNESDAY))]), SOON
    )
    assert found is not None
    return found.order


def request_of(order: Order, kind: Kind) -> str:
    return next(id_ for id_, said in order.told.newest_first() if said.kind is kind)


def test_where_everything_was_read_the_difference_is_taken() -> None:
    found = decide(None, News([o.placed_and_paid()], partition=3), SOON)
    assert found is not None
    assert o.kinds(found.decision) == [Kind.ORDER_CONFIRMED]
    assert found.order.partition == 3


def test_where_more_waits_the_facts_are_folded_and_nothing_is_said() -> None:
    found = decide(None, News([o.placed_and_paid()], partition=3), SOON, is_current=False)
    assert found is not None
    assert found.order.facts.placed is not None
    assert found.decision.announce == ()
    assert (found.order.told.statements, found.order.told.unsaid) == ({}, [])
    assert found.order.next_look_at == SOON
    assert found.order.partition == 3


def test_what_waited_is_said_when_all_was_read() -> None:
    waiting = decide(None, News([o.placed_and_paid()]), SOON, is_current=False)
    assert waiting is not None
    found = decide(waiting.order, News(), SOON)
    assert found is not None
    assert o.kinds(found.decision) == [Kind.ORDER_CONFIRMED]


def test_a_backlog_in_many_batches_ends_in_its_newest_state() -> None:
    order: Order | None = None
    for event in (o.placed_and_paid(), o.scan(SOON), o.handed_over(SOON + o.HOUR)):
        found = decide(order, News([event]), SOON + o.HOUR, is_current=False)
        assert found is not None
        order = found.order
    found = decide(order, News(), SOON + o.HOUR)
    assert found is not None
    assert o.kinds(found.decision) == [Kind.SHIPMENT_DELIVERED]


def test_an_outcome_is_noted_where_more_waits_and_the_next_look_stays() -> None:
    order = shipped_order()
    look, id_ = order.next_look_at, request_of(order, Kind.SHIPMENT_SHIPPED)
    outcome = o.outcome(id_, Kind.SHIPMENT_SHIPPED)
    found = decide(order, News(outcomes=[outcome]), SOON + o.HOUR, is_current=False)
    assert found is not None
    assert found.order.told.statements[id_].heard
    assert found.order.next_look_at == look


def test_what_an_outcome_gives_to_say_waits_where_more_waits() -> None:
    order = shipped_order()
    late = o.slip(SOON + o.HOUR, o.by(o.FRIDAY))
    waiting = decide(order, News([late]), SOON + o.HOUR, is_current=False)
    assert waiting is not None
    id_ = request_of(waiting.order, Kind.SHIPMENT_SHIPPED)
    sent = o.outcome(id_, Kind.SHIPMENT_SHIPPED, OutcomeStatus.SENT)
    found = decide(waiting.order, News(outcomes=[sent]), SOON + 2 * o.HOUR, is_current=False)
    assert found is not None
    assert found.decision.announce == ()
    assert found.order.next_look_at == SOON + 2 * o.HOUR
    found = decide(found.order, News(), SOON + 3 * o.HOUR)
    assert found is not None
    assert o.kinds(found.decision) == [Kind.SHIPMENT_DELAYED]


def complaint(at: datetime) -> Event[Any]:
    return o.event(at, shop.TicketOpened(order_id="A1", ticket_id="T1", is_complaint=True))


def test_that_an_order_is_in_trouble_is_said_once_and_that_it_is_not_any_more() -> None:
    found = decide(None, News([o.placed_and_paid(), complaint(SOON)]), SOON)
    assert found is not None
    assert found.trouble == OrderTrouble(order_id="A1", customer_id="C1", in_trouble=True)
    again = decide(found.order, News(), SOON + o.HOUR)
    assert again is not None
    assert again.trouble is None
    closed = o.event(o.TUESDAY, shop.TicketClosed(order_id="A1", ticket_id="T1"))
    over = decide(found.order, News([closed]), o.TUESDAY)
    assert over is not None
    assert over.trouble == OrderTrouble(order_id="A1", customer_id="C1", in_trouble=False)


def test_trouble_travels_to_the_notifier_each_time_as_another_event_of_the_customers() -> None:
    found = decide(None, News([o.placed_and_paid(), complaint(SOON)]), SOON)
    assert found is not None
    first, later = (publications(o.SHOP, found, "", at)[-1] for at in (SOON, o.TUESDAY))
    assert (first.topic, first.key) == ("notifications.requested", b"C1")
    ids = {envelope.decode(each.value, each.headers, o.TUESDAY).id for each in (first, later)}
    assert len(ids) == 2
    assert first == publications(o.SHOP, found, "", SOON)[-1]


def test_where_more_waits_trouble_waits_as_well() -> None:
    waiting = decide(None, News([o.placed_and_paid(), complaint(SOON)]), SOON, is_current=False)
    assert waiting is not None
    assert (waiting.trouble, waiting.order.told.in_trouble) == (None, False)
    found = decide(waiting.order, News(), SOON)
    assert found is not None
    assert found.trouble is not None


def test_where_more_waits_a_purchase_is_told_all_the_same_and_once() -> None:
    waiting = decide(None, News([o.placed_and_paid()]), SOON, is_current=False)
    assert waiting is not None
    assert waiting.purchase is not None
    [record] = publications(o.SHOP, waiting, "", SOON)
    assert (record.topic, record.key) == ("notifications.requested", b"C1")
    found = decide(waiting.order, News(), SOON)
    assert found is not None
    assert found.purchase is None


def test_a_purchase_is_told_where_nothing_but_an_outcome_came_of_an_order_stored_long_ago() -> None:
    order = shipped_order()
    order.told.purchase = None
    heard = o.outcome(request_of(order, Kind.SHIPMENT_SHIPPED))
    for is_current in (False, True):
        known = Order(order.facts, told.decode(told.encode(order.told)))
        found = decide(known, News(outcomes=[heard]), SOON, is_current=is_current)
        assert found is not None
        assert found.purchase is not None


def test_a_purchase_goes_out_before_all_that_is_said_of_the_order() -> None:
    found = decide(None, News([o.placed_and_paid(), complaint(SOON)]), SOON)
    assert found is not None
    said = [
        envelope.decode(each.value, each.headers, SOON)
        for each in publications(o.SHOP, found, "", SOON)
    ]
    assert [type(each.data) for each in said] == [
        CustomerPurchased,
        NotificationRequested,
        NotificationRequested,
        OrderTrouble,
    ]
    assert said[0].id == found.order.told.purchase


def test_what_was_heard_is_a_promise_until_news_is_heard_that_keeps_it() -> None:
    order = shipped_order()
    assert (order.promised_until, order.carriers) == (None, ())
    id_ = request_of(order, Kind.SHIPMENT_SHIPPED)
    heard = decide(order, News(outcomes=[o.outcome(id_, Kind.SHIPMENT_SHIPPED)]), SOON)
    assert heard is not None
    promised = heard.order.promised_until
    assert promised == order.told.statements[id_].next_update_by
    assert heard.kept == ()
    assert promised is not None
    here = promised - 2 * o.HOUR
    there = decide(heard.order, News([o.handed_over(here)]), here)
    assert there is not None
    assert (there.order.promised_until, there.order.carriers) == (None, None)
    id_ = request_of(there.order, Kind.SHIPMENT_DELIVERED)
    kept = decide(there.order, News(outcomes=[o.outcome(id_, Kind.SHIPMENT_DELIVERED)]), here)
    assert kept is not None
    assert kept.kept == (2 * o.HOUR,)


def test_the_order_keeps_its_partition_when_only_outcomes_come() -> None:
    order = Order(Facts(source=o.SHOP, order_id="A1"), Told(), partition=5)
    found = decide(order, News(outcomes=[o.outcome("R1")]), SOON)
    assert found is not None
    assert found.order.partition == 5


def test_an_order_is_judged_by_its_own_partition_not_by_that_of_the_outcome() -> None:
    order = shipped_order()
    order.partition = 5
    waiting = Decisions(known={KEY: order}, current=frozenset({0, 1}))
    waiting.add(KEY, News([o.handed_over(SOON + o.HOUR)], partition=2), SOON + o.HOUR)
    assert waiting.orders()[KEY].next_look_at == SOON + o.HOUR
    assert waiting.publications("", SOON) == []
    known = Decisions(known=waiting.orders(), current=frozenset({2}))
    known.add(KEY, News(), SOON + o.HOUR)
    assert len(known.publications("", SOON)) == 2
