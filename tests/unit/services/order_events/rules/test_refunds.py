"""Money that goes back: in part, in full, late, or back to the shop."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from headsup.contracts import shop
from headsup.contracts.base import Money
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus
from headsup.contracts.shop import Inspection, PaymentState, Remedy
from headsup.shops.policy import Policy
from tests.unit.services.order_events import afterwards as a
from tests.unit.services.order_events import changes as c
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o

CONFIRMED, CANCELLED = Kind.ORDER_CONFIRMED, Kind.ORDER_CANCELLED
PARTLY, REFUNDED = Kind.PAYMENT_PARTLY_REFUNDED, Kind.PAYMENT_REFUNDED
FAILED, LATE = Kind.REFUND_FAILED, Kind.REFUND_LATE
HALF, EURO = o.uah("50.00"), Money(amount="5.00", currency="EUR")
QUICK = Policy(refund_days=2)
NOON = o.MONDAY + 3 * o.HOUR


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([o.refund(o.TUESDAY)], [REFUNDED], id="all of it"),
        pytest.param([o.refund(o.TUESDAY, amount=HALF)], [PARTLY], id="a part"),
        pytest.param(
            [o.refund(o.TUESDAY, "R1", amount=HALF), o.refund(o.WEDNESDAY, "R2", amount=HALF)],
            [PARTLY, REFUNDED],
            id="a part and the rest",
        ),
        pytest.param(
            [o.refund(o.WEDNESDAY, "R2", amount=HALF), o.refund(o.TUESDAY, "R1", amount=HALF)],
            [PARTLY, PARTLY],
            id="what was told as a part stays one, when an older part becomes known",
        ),
        pytest.param(
            [o.refund(o.TUESDAY, "R1"), o.refund(o.WEDNESDAY, "R2")],
            [REFUNDED, REFUNDED],
            id="more than was paid is told as the shop says it",
        ),
        pytest.param(
            [o.refund(o.TUESDAY, amount=EURO)], [REFUNDED], id="another currency is no part"
        ),
        pytest.param(
            [c.edited(NOON, total=HALF), o.refund(o.TUESDAY, amount=HALF)],
            [Kind.ORDER_EDITED, REFUNDED],
            id="the price is what it is now",
        ),
        pytest.param(
            [o.refund(o.TUESDAY, amount=HALF), o.refund(o.WEDNESDAY)],
            [PARTLY, REFUNDED],
            id="the amount was corrected",
        ),
        pytest.param([o.refund(o.TUESDAY), o.refund(o.WEDNESDAY)], [REFUNDED], id="told once"),
        pytest.param(
            [o.refund(o.TUESDAY), c.refund_comes_back(o.WEDNESDAY)],
            [REFUNDED, FAILED],
            id="it came back",
        ),
        pytest.param(
            [o.refund(o.TUESDAY), c.refund_comes_back(o.WEDNESDAY), o.refund(o.THURSDAY)],
            [REFUNDED, FAILED, REFUNDED],
            id="and was sent again",
        ),
        pytest.param(
            [
                o.refund(o.TUESDAY),
                c.refund_comes_back(o.WEDNESDAY),
                o.refund(o.THURSDAY),
                c.refund_comes_back(o.FRIDAY),
            ],
            [REFUNDED, FAILED, REFUNDED, FAILED],
            id="and came back again",
        ),
    ],
)
def test_a_customer_hears_of_money_that_goes_back(
    events: list[Event[Any]], said: list[Kind]
) -> None:
    assert c.told_of(o.placed_and_paid(), *events).said == [CONFIRMED, *said]


def test_a_refund_that_came_back_before_it_was_told_is_only_asked_about() -> None:
    order = c.told_of(o.placed_and_paid())
    order.hears(o.refund(o.TUESDAY))

    decision = order.hears(c.refund_comes_back(o.TUESDAY + o.HOUR, url="https://shop.example/iban"))

    assert o.kinds(decision) == [FAILED]
    assert len(decision.withdraw) == 1
    content = o.only(decision)
    assert (content.refund, content.action_url) == (o.UAH_100, "https://shop.example/iban")


def inspected(at: datetime, result: Inspection = Inspection.ACCEPTED, **what: Any) -> Event[Any]:
    data = shop.ReturnInspected(order_id="A1", return_id="B1", result=result, **what)
    return o.event(at, data)


def lost(at: datetime, **what: Any) -> Event[Any]:
    return o.event(at, shop.Lost(order_id="A1", shipment_id="S1", **what))


def lacks(change_id: str = "I1", refund: Money | None = HALF) -> Event[Any]:
    return c.changes_line(o.TUESDAY, change_id=change_id, refund=refund)


def morning(day: int, month: int = 11) -> datetime:
    """Ten in the morning in Kyiv."""
    return datetime(2026, month, day, 8, tzinfo=UTC)


def lateness_told(*events: Event[Any], until: datetime) -> list[datetime]:
    """When a customer who hears everything at once is told that money is late."""
    order = c.told_of(*events, policy=QUICK)
    at, found = max(event.time for event in events) + c.SETTLED, []
    while (at := order.looks(at).next_look_at or until) < until:
        if LATE in o.kinds(order.looks(at)):
            found.append(at)
        c.hear_all(order)
    return found


PAID = o.placed_and_paid()
LAPSED = o.cancelled(o.TUESDAY)


@pytest.mark.parametrize(
    ("events", "told"),
    [
        pytest.param([PAID, LAPSED], [morning(27)], id="two days after it was cancelled"),
        pytest.param(
            [PAID, o.cancelled(o.TUESDAY, refund_by=date(2026, 11, 28))],
            [morning(29)],
            id="or after the day that the shop named",
        ),
        pytest.param(
            [o.placed(payment=PaymentState.ON_DELIVERY), LAPSED], [], id="not what nobody paid"
        ),
        pytest.param(
            [o.placed(payment=PaymentState.AUTHORISED), LAPSED], [], id="nor what was only reserved"
        ),
        pytest.param(
            [o.placed(payment=PaymentState.AUTHORISED), o.cancelled(o.TUESDAY, refund=HALF)],
            [morning(27)],
            id="unless the shop promised it",
        ),
        pytest.param([PAID, LAPSED, o.refund(o.WEDNESDAY)], [], id="not when it was sent"),
        pytest.param([PAID, o.refund(o.MONDAY + o.HOUR), LAPSED], [], id="also shortly before"),
        pytest.param(
            [PAID, o.cancelled(o.TUESDAY, refund=o.UAH_100), o.refund(o.WEDNESDAY, amount=HALF)],
            [morning(27)],
            id="a part of what was promised is not all",
        ),
        pytest.param(
            [PAID, LAPSED, o.refund(o.WEDNESDAY, amount=HALF)],
            [],
            id="where nothing was promised it is",
        ),
        pytest.param(
            [PAID, LAPSED, o.refund(o.WEDNESDAY, return_id="B7")],
            [morning(27)],
            id="nor is the money for a return",
        ),
        pytest.param(
            [PAID, LAPSED, o.refund(o.WEDNESDAY), c.refund_comes_back(o.THURSDAY)],
            [],
            id="who was asked where it shall go knows why",
        ),
        pytest.param(
            [
                PAID,
                o.cancelled(o.TUESDAY, refund=o.UAH_100),
                o.refund(o.WEDNESDAY, amount=HALF),
                c.refund_comes_back(o.THURSDAY),
            ],
            [],
            id="of a part of it, too",
        ),
        pytest.param([PAID, LAPSED, c.brought_back(o.WEDNESDAY)], [], id="it was brought back"),
        pytest.param([PAID, inspected(o.TUESDAY)], [morning(27)], id="a return that was accepted"),
        pytest.param(
            [PAID, inspected(o.TUESDAY, refund_by=date(2026, 11, 28))],
            [morning(29)],
            id="by the day that the shop named",
        ),
        pytest.param([PAID, inspected(o.TUESDAY, Inspection.REFUSED)], [], id="not one refused"),
        pytest.param(
            [PAID, inspected(o.TUESDAY), o.refund(o.WEDNESDAY, return_id="B1")],
            [],
            id="nor one that was paid",
        ),
        pytest.param(
            [PAID, lost(o.TUESDAY, remedy=Remedy.REFUND)], [morning(27)], id="a parcel that is lost"
        ),
        pytest.param(
            [
                o.placed(payment=PaymentState.ON_DELIVERY),
                lost(o.TUESDAY, remedy=Remedy.REFUND),
            ],
            [],
            id="not one that nobody paid",
        ),
        pytest.param(
            [PAID, lost(o.TUESDAY, remedy=Remedy.REPLACEMENT)], [], id="not one that is replaced"
        ),
        pytest.param(
            [PAID, lost(o.TUESDAY, remedy=Remedy.REFUND), o.scan(o.WEDNESDAY)],
            [],
            id="nor one that was found",
        ),
        pytest.param([PAID, lacks()], [morning(27)], id="a line that does not come"),
        pytest.param([PAID, lacks(refund=None)], [], id="not where nobody spoke of money"),
        pytest.param(
            [PAID, lacks(), o.refund(o.WEDNESDAY, amount=HALF)], [], id="nor when it was sent"
        ),
        pytest.param(
            [PAID, lacks(), lacks("I2"), o.refund(o.WEDNESDAY, amount=HALF)],
            [morning(27)],
            id="of two lines the second is still to be paid",
        ),
        pytest.param(
            [PAID, lacks(), lacks("I2"), o.refund(o.WEDNESDAY)], [], id="one refund pays for both"
        ),
        pytest.param(
            [o.placed(payment=PaymentState.ON_DELIVERY), lacks()],
            [],
            id="not a line that nobody paid",
        ),
    ],
)
def test_a_customer_hears_that_money_is_late(
    events: list[Event[Any]], told: list[datetime]
) -> None:
    # Sunday is the 29th; the second notice would come on Monday.
    assert lateness_told(*events, until=morning(30)) == told


def test_late_names_what_is_missing_and_by_when_it_was_to_come() -> None:
    cancelled = o.cancelled(o.TUESDAY, refund=o.UAH_100, refund_by=date(2026, 11, 26))
    order = c.told_of(PAID, cancelled, o.refund(o.WEDNESDAY, amount=o.uah("30.00")))

    content = c.said_at(order, LATE, morning(27))

    assert content.refund == o.uah("70.00")
    assert content.refund_by == date(2026, 11, 26)
    assert content.occurrence == 1


def test_what_is_late_for_a_line_is_what_is_missing_of_it() -> None:
    order = c.told_of(
        PAID, lacks(), lacks("I2"), o.refund(o.WEDNESDAY, amount=o.uah("70.00")), policy=QUICK
    )

    content = c.said_at(order, LATE, morning(27))

    assert (content.refund, content.refund_by) == (o.uah("30.00"), date(2026, 11, 26))


def test_late_is_said_three_times_and_then_the_watchdog_keeps_the_word() -> None:
    said = lateness_told(PAID, LAPSED, until=morning(31, 12))

    assert len(said) == 3
    assert said == sorted(set(said))


def test_a_notice_that_waits_is_taken_back_when_the_money_is_sent() -> None:
    order = c.told_of(PAID, LAPSED, policy=QUICK)
    order.looks(morning(27))

    decision = order.hears(o.refund(o.FRIDAY + o.HOUR))

    assert order.id_of(LATE) in {w.request_id for w in decision.withdraw}


def test_another_day_named_starts_afresh() -> None:
    order = c.told_of(PAID, o.cancelled(o.TUESDAY, refund_by=date(2026, 11, 26)))
    order.looks(morning(27))
    c.hear_all(order)

    order.hears(o.cancelled(o.FRIDAY, refund_by=date(2026, 11, 28)))

    assert o.kinds(order.looks(morning(29) - timedelta(minutes=1))) == []
    assert c.said_at(order, LATE, morning(29)).occurrence == 1


def test_a_cancellation_that_becomes_known_late_names_no_day_that_has_passed() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid())
    cancelled = o.cancelled(o.MONDAY + o.HOUR, refund_by=o.TUESDAY.date())

    decision = order.hears(cancelled, at=o.THURSDAY)

    (said,) = (x for x in decision.announce if x.request.kind is Kind.ORDER_CANCELLED)
    assert said.request.content.refund_by is None


def test_what_a_look_at_a_return_finds_after_its_day_is_late_from_the_next_morning_on() -> None:
    order = c.told_of(PAID, o.accept_return(o.MONDAY, refund_days=0), a.get_back(o.MONDAY + o.HOUR))
    looked = o.MONDAY + 9 * o.DAY
    order.hears(a.look_at_return(looked), at=looked)

    assert LATE not in o.kinds(order.decisions[-1])
    assert LATE in o.kinds(order.looks(looked + o.DAY))


def test_who_heard_of_the_parcel_hears_of_another_cancellation() -> None:
    """Though the word that the order goes on after all did not arrive."""
    order = c.told_of(o.placed_and_paid(), o.cancelled(o.MONDAY + o.HOUR))
    order.hears(c.brought_back(o.MONDAY + 2 * o.HOUR))
    order.learns(Kind.ORDER_REINSTATED, OutcomeStatus.FAILED)
    order.hears(o.scan(o.TUESDAY))
    order.learns(Kind.SHIPMENT_SHIPPED)

    again = order.hears(o.cancelled(o.WEDNESDAY))

    assert o.kinds(again) == [Kind.ORDER_CANCELLED]
    order.learns(Kind.ORDER_CANCELLED)
    assert o.kinds(order.looks(o.WEDNESDAY + o.HOUR)) == []


NOTHING = o.uah("0.00")


@pytest.mark.parametrize(
    ("placed", "cancelled"),
    [
        pytest.param(o.placed_and_paid(total=NOTHING), {}, id="an order that cost nothing"),
        pytest.param(o.placed(total=NOTHING), {}, id="and that nobody called paid"),
        pytest.param(o.placed_and_paid(), {"refund": NOTHING}, id="a refund of nothing"),
    ],
)
def test_nobody_waits_for_no_money(placed: Event[Any], cancelled: dict[str, Any]) -> None:
    order = o.Order()
    order.hears(placed)
    order.learns(CONFIRMED)
    decision = order.hears(o.cancelled(o.TUESDAY, **cancelled))
    order.learns(CANCELLED)

    assert o.only(decision).refund is None
    assert m.days_of(order, 30, o.TUESDAY) == []


def test_that_no_money_was_sent_back_is_no_news() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid())

    assert o.kinds(order.hears(o.refund(o.TUESDAY, amount=NOTHING))) == []


def test_what_was_paid_goes_back_though_the_order_costs_nothing_any_more() -> None:
    order = o.Order(QUICK)
    order.hears(o.placed_and_paid())
    order.hears(c.edited(NOON, total=NOTHING), at=o.TUESDAY)
    order.hears(o.cancelled(o.WEDNESDAY))

    assert LATE in o.kinds(order.looks(o.WEDNESDAY + 4 * o.DAY))


def test_a_refund_is_not_late_by_a_day_that_had_passed_when_it_was_named() -> None:
    order = o.Order(QUICK)
    order.hears(o.placed_and_paid())
    decision = order.hears(o.cancelled(o.TUESDAY, refund=HALF, refund_by=o.MONDAY.date()))
    order.learns(CANCELLED)
    assert o.kinds(decision) == [CANCELLED]

    late = [at for at, kind in m.days_of(order, 5, o.TUESDAY) if kind is LATE]

    assert late[0].date() == o.FRIDAY.date()


def test_nothing_goes_back_for_a_line_that_cost_nothing() -> None:
    order = c.told_of(o.placed_and_paid())

    assert o.only(order.hears(c.changes_line(NOON, refund=NOTHING))).refund is None
