"""Where an order stands, for a customer who asks; nothing, when it is over."""

from datetime import date, datetime
from typing import Any

import pytest

from headsup.contracts import shop
from headsup.contracts.base import Item, PickupPoint
from headsup.contracts.catalogue import Audience
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Standing
from headsup.contracts.replies import Answer, Question
from headsup.contracts.shop import Inspection, Remedy
from services.order_events.rules.base import Case
from services.order_events.standing import standing
from services.order_events.told import Told
from tests.unit.services.order_events import orders as o

PAID = o.placed_and_paid()


def about(data: type[Any], at: datetime, parcel: str = "S1", **what: Any) -> Event[Any]:
    return o.event(at, data(order_id="A1", shipment_id=parcel, **what))


def of(data: type[Any], at: datetime, **what: Any) -> Event[Any]:
    return o.event(at, data(order_id="A1", **what))


def sent_back(data: type[Any], at: datetime, **what: Any) -> Event[Any]:
    return of(data, at, return_id="B1", **what)


def stands(
    *events: Event[Any], at: datetime | None = None, audience: Audience = Audience.BUYER
) -> Standing | None:
    now = at or max(event.time for event in events)
    return standing(Case(o.folded(events), Told(), now, audience=audience))


HELD = of(shop.OrderHeld, o.TUESDAY)
RETURNED = sent_back(shop.ReturnReceived, o.WEDNESDAY)
DELIVERED = o.handed_over(o.TUESDAY)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([o.placed()], Standing.AWAITING_PAYMENT, id="not paid"),
        pytest.param([PAID], Standing.IN_PREPARATION, id="paid"),
        pytest.param([PAID, HELD], Standing.ON_HOLD, id="held"),
        pytest.param(
            [PAID, HELD, of(shop.OrderReleased, o.WEDNESDAY)],
            Standing.IN_PREPARATION,
            id="released",
        ),
        pytest.param(
            [PAID, o.replied(o.TUESDAY, "q", Question.WAIT_OR_CANCEL, Answer.CANCEL)],
            Standing.WITH_SUPPORT,
            id="the customer asked to cancel",
        ),
        pytest.param(
            [
                *(PAID, o.replied(o.TUESDAY, "q", Question.WAIT_OR_CANCEL, Answer.CANCEL)),
                o.replied(o.WEDNESDAY, "q", Question.WAIT_OR_CANCEL, Answer.WAIT),
            ],
            Standing.IN_PREPARATION,
            id="and waits after all",
        ),
        pytest.param([PAID, o.label(o.TUESDAY)], Standing.REGISTERED, id="labelled"),
        pytest.param([PAID, o.scan(o.TUESDAY)], Standing.UNDER_WAY, id="scanned"),
        pytest.param([PAID, o.on_the_van(o.TUESDAY)], Standing.OUT_FOR_DELIVERY, id="on the van"),
        pytest.param([PAID, o.nobody_home(o.TUESDAY)], Standing.ATTEMPTED, id="nobody home"),
        pytest.param(
            [PAID, o.at_the_locker(o.TUESDAY)], Standing.WAITING_FOR_PICKUP, id="in a locker"
        ),
        pytest.param(
            [PAID, o.scan(o.TUESDAY), about(shop.CustomsDue, o.TUESDAY, amount=o.UAH_100)],
            Standing.AT_CUSTOMS,
            id="a duty is due",
        ),
        pytest.param(
            [
                *(PAID, o.scan(o.TUESDAY)),
                about(shop.CustomsDue, o.TUESDAY, amount=o.UAH_100),
                about(shop.CustomsCleared, o.WEDNESDAY),
            ],
            Standing.UNDER_WAY,
            id="a duty was paid",
        ),
        pytest.param([PAID, about(shop.Lost, o.TUESDAY)], Standing.SEARCHED_FOR, id="lost"),
        pytest.param(
            [PAID, about(shop.Lost, o.TUESDAY), o.scan(o.WEDNESDAY)],
            Standing.UNDER_WAY,
            id="lost and found",
        ),
        pytest.param(
            [PAID, about(shop.Damaged, o.TUESDAY, remedy=Remedy.REPLACEMENT)],
            Standing.IN_PREPARATION,
            id="damaged, another is sent",
        ),
        pytest.param([PAID, about(shop.Returning, o.TUESDAY)], Standing.GOING_BACK, id="returning"),
        pytest.param(
            [PAID, about(shop.Returned, o.TUESDAY)], Standing.REFUND_UNDER_WAY, id="returned"
        ),
        pytest.param(
            [PAID, DELIVERED, about(shop.DeliveryRevoked, o.WEDNESDAY)],
            Standing.SEARCHED_FOR,
            id="not delivered after all",
        ),
        pytest.param(
            [PAID, DELIVERED, o.scan(o.TUESDAY, "S2")], Standing.UNDER_WAY, id="one of two"
        ),
        pytest.param(
            [PAID, DELIVERED, of(shop.OrderSplit, o.MONDAY, parcels=2)],
            Standing.IN_PREPARATION,
            id="another parcel is to come",
        ),
        pytest.param(
            [PAID, o.cancelled(o.TUESDAY)], Standing.REFUND_UNDER_WAY, id="money to go back"
        ),
        pytest.param(
            [
                PAID,
                o.cancelled(o.TUESDAY),
                o.refund(o.TUESDAY),
                of(shop.RefundFailed, o.WEDNESDAY, refund_id="R1", amount=o.UAH_100),
            ],
            Standing.REFUND_UNDER_WAY,
            id="money came back to the shop",
        ),
        pytest.param(
            [PAID, DELIVERED, o.ask_to_return(o.WEDNESDAY)], Standing.RETURN_ASKED, id="asked"
        ),
        pytest.param(
            [PAID, DELIVERED, o.accept_return(o.WEDNESDAY)], Standing.RETURN_AWAITED, id="accepted"
        ),
        pytest.param([PAID, DELIVERED, RETURNED], Standing.RETURN_ARRIVED, id="a return arrived"),
        pytest.param(
            [
                PAID,
                DELIVERED,
                RETURNED,
                sent_back(shop.ReturnInspected, o.THURSDAY, result=Inspection.ACCEPTED),
            ],
            Standing.REFUND_UNDER_WAY,
            id="inspected",
        ),
        pytest.param(
            [PAID, DELIVERED, of(shop.RepairAccepted, o.WEDNESDAY, repair_id="W1")],
            Standing.IN_REPAIR,
            id="in repair",
        ),
        pytest.param(
            [PAID, DELIVERED, of(shop.TicketOpened, o.WEDNESDAY, ticket_id="T1")],
            Standing.WITH_SUPPORT,
            id="a question",
        ),
    ],
)
def test_an_order_that_is_not_over_stands_somewhere(
    events: list[Event[Any]], expected: Standing
) -> None:
    assert stands(*events) is expected


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([o.scan(o.TUESDAY)], id="of which only a parcel is known"),
        pytest.param([PAID, DELIVERED], id="delivered"),
        pytest.param([PAID, DELIVERED, o.scan(o.WEDNESDAY)], id="scanned after its delivery"),
        pytest.param([o.placed(), o.cancelled(o.TUESDAY)], id="cancelled and never paid"),
        pytest.param([PAID, o.cancelled(o.TUESDAY), o.refund(o.TUESDAY)], id="paid back"),
        pytest.param(
            [
                PAID,
                about(shop.Lost, o.TUESDAY, remedy=Remedy.REPLACEMENT),
                o.handed_over(o.THURSDAY, "S2"),
                o.scan(o.WEDNESDAY, "S2"),
            ],
            id="replaced",
        ),
        pytest.param(
            [PAID, about(shop.Returned, o.TUESDAY), o.refund(o.WEDNESDAY)], id="refused, paid back"
        ),
        pytest.param(
            [
                PAID,
                of(
                    shop.DownloadReady,
                    o.MONDAY,
                    download_id="D",
                    item=Item(name="E"),
                    url="http://x",
                ),
            ],
            id="downloaded",
        ),
        pytest.param(
            [PAID, DELIVERED, RETURNED, o.refund(o.THURSDAY, return_id="B1")], id="refunded"
        ),
        pytest.param(
            [
                PAID,
                DELIVERED,
                RETURNED,
                sent_back(shop.ReturnInspected, o.THURSDAY, result=Inspection.REFUSED),
            ],
            id="a return refused",
        ),
        pytest.param(
            [
                PAID,
                DELIVERED,
                of(shop.TicketOpened, o.WEDNESDAY, ticket_id="T1"),
                of(shop.TicketAnswered, o.THURSDAY, ticket_id="T1"),
            ],
            id="answered",
        ),
        pytest.param(
            [
                PAID,
                DELIVERED,
                of(shop.RepairAccepted, o.WEDNESDAY, repair_id="W1"),
                of(shop.RepairReady, o.THURSDAY, repair_id="W1"),
            ],
            id="repaired",
        ),
    ],
)
def test_an_order_that_is_over_stands_nowhere(events: list[Event[Any]]) -> None:
    assert stands(*events) is None


def test_a_courier_has_the_parcel_for_one_day() -> None:
    van = [PAID, o.on_the_van(o.TUESDAY)]

    assert stands(*van, at=o.TUESDAY + 5 * o.HOUR) is Standing.OUT_FOR_DELIVERY
    assert stands(*van, at=o.WEDNESDAY) is Standing.UNDER_WAY


def test_nobody_waits_for_a_return_that_was_not_sent_in_time() -> None:
    accepted = [PAID, DELIVERED, o.accept_return(o.WEDNESDAY, send_by=date(2026, 12, 1))]

    assert stands(*accepted, at=o.MONDAY + 10 * o.DAY) is None


def test_a_line_that_comes_later_is_waited_for_until_another_parcel_leaves() -> None:
    late = of(
        shop.ItemChanged,
        o.MONDAY + o.HOUR,
        change_id="X",
        change=shop.ItemChange.BACKORDERED,
        item=Item(name="Kettle"),
    )
    first = [PAID, late, o.handed_over(o.TUESDAY)]

    assert stands(PAID, o.scan(o.MONDAY), o.handed_over(o.TUESDAY), late) is Standing.IN_PREPARATION
    assert stands(*first) is None


def test_a_recipient_knows_of_the_parcels_only() -> None:
    assert stands(o.placed(), audience=Audience.RECIPIENT) is None
    assert stands(PAID, o.cancelled(o.TUESDAY), audience=Audience.RECIPIENT) is None
    assert stands(PAID, o.scan(o.TUESDAY), audience=Audience.RECIPIENT) is Standing.UNDER_WAY


GONE_WRONG = [
    about(shop.Lost, o.TUESDAY, remedy=Remedy.REFUND),
    about(shop.Damaged, o.TUESDAY, remedy=Remedy.REFUND),
    about(shop.Returned, o.TUESDAY, remedy=Remedy.REFUND),
]


@pytest.mark.parametrize("event", GONE_WRONG, ids=["lost", "damaged", "back"])
def test_a_recipient_hears_nothing_of_the_buyers_money(event: Event[Any]) -> None:
    assert stands(PAID, event) is Standing.REFUND_UNDER_WAY
    assert stands(PAID, event, audience=Audience.RECIPIENT) is None


@pytest.mark.parametrize("event", GONE_WRONG, ids=["lost", "damaged", "back"])
def test_no_money_goes_back_that_was_to_be_paid_on_delivery(event: Event[Any]) -> None:
    assert stands(o.placed(payment=shop.PaymentState.ON_DELIVERY), event) is None


def test_of_a_cancelled_orders_parcel_that_is_back_the_cancellation_says_the_rest() -> None:
    unpaid = o.placed(payment=shop.PaymentState.ON_DELIVERY)

    assert stands(unpaid, o.cancelled(o.MONDAY), GONE_WRONG[-1]) is None


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(o.FRIDAY, Standing.WAITING_FOR_PICKUP, id="until its last day"),
        pytest.param(o.FRIDAY + o.DAY, Standing.SEARCHED_FOR, id="and nobody knows after it"),
    ],
)
def test_a_parcel_waits_to_be_fetched_no_longer_than_it_is_kept(
    at: datetime, expected: Standing
) -> None:
    point = PickupPoint(name="Locker 5", address="Khreshchatyk 1", hold_until=o.FRIDAY.date())

    assert stands(PAID, o.at_the_locker(o.TUESDAY, pickup=point), at=at) is expected
