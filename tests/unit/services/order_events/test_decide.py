"""What a batch changes about an order, where everything was read and where it was not."""

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import OutcomeStatus
from services.order_events.batch import OrderKey
from services.order_events.decide import Decisions, News, Order, decide
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
    assert found.order.told == Told()
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
