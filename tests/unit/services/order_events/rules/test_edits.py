"""How often it is said that an order is not what it was."""

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import OutcomeStatus
from tests.unit.services.order_events import changes as c
from tests.unit.services.order_events import orders as o

EDITED = Kind.ORDER_EDITED
NOON = o.MONDAY + 3 * o.HOUR
A_MINUTE = c.minutes(1)
FIRST = c.edited(NOON, items=(c.KETTLE, c.POT), total=o.uah("150.00"))


def test_edits_without_end_are_told_once_an_hour_and_the_last_of_them_always() -> None:
    order = c.told_of(o.placed_and_paid())
    edits = [NOON + n * 7 * A_MINUTE for n in range(12)]
    said, now = [], NOON
    while now < NOON + 3 * o.HOUR:
        if now in edits:
            total = o.uah(f"{200 + edits.index(now)}.00")
            decision = order.hears(c.edited(now, total=total))
        else:
            decision = order.looks(now)
        said += [(now - NOON, a.request.content.total) for a in decision.announce]
        c.hear_all(order)
        now += A_MINUTE

    assert said == [
        (5 * A_MINUTE, o.uah("200.00")),
        (68 * A_MINUTE, o.uah("209.00")),
        (128 * A_MINUTE, o.uah("211.00")),
    ]


def test_somebody_looks_when_an_edit_may_be_told_again() -> None:
    order = c.told_of(o.placed_and_paid())
    first = NOON + c.SETTLED
    assert c.news(order, FIRST) == [EDITED]
    c.hear_all(order)

    decision = order.hears(c.edited(first + A_MINUTE, items=(c.POT,)), at=first + c.SETTLED)

    assert decision.next_look_at == first + o.HOUR
    assert o.only(order.looks(first + o.HOUR)).items == (c.POT,)


def test_an_edit_whose_mail_did_not_arrive_holds_the_next_one_up_for_nothing() -> None:
    order = c.told_of(o.placed_and_paid())
    c.news(order, FIRST)
    order.learns(EDITED, OutcomeStatus.FAILED)

    again = NOON + 10 * A_MINUTE
    assert c.news(order, c.edited(again, items=(c.POT,))) == [EDITED]
