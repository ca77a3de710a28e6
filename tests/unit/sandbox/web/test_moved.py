"""An event that was stamped by an ordinary clock is moved as a whole."""

from datetime import UTC, date, datetime, timedelta

from headsup.contracts.base import Customer, Estimate, Money, Window
from headsup.contracts.envelope import make
from headsup.contracts.shop import OrderPlaced, OutForDelivery, PaymentState
from sandbox.web.moved import into_demo_time

MACHINE = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DEMO = MACHINE + timedelta(days=10, hours=2)


def test_all_dates_move_by_the_same_span() -> None:
    placed = OrderPlaced(
        order_id="1001",
        customer=Customer(id="c1"),
        total=Money(amount="10.00", currency="EUR"),
        payment=PaymentState.PAID,
        dispatch_by=MACHINE + timedelta(days=1),
        estimate=Estimate(earliest=date(2026, 11, 24), latest=date(2026, 11, 25)),
    )

    moved = into_demo_time(make("s", "e1", MACHINE, placed), machine=MACHINE, demo=DEMO)

    assert moved.time == DEMO
    assert moved.data.dispatch_by == DEMO + timedelta(days=1)
    assert moved.data.estimate == Estimate(earliest=date(2026, 12, 4), latest=date(2026, 12, 5))
    assert moved.data.customer == placed.customer


def test_dates_inside_a_window_move_too() -> None:
    window = Window(start=MACHINE, end=MACHINE + timedelta(hours=2))
    out = OutForDelivery(order_id="1001", shipment_id="s", window=window)

    moved = into_demo_time(make("s", "e1", MACHINE, out), machine=MACHINE, demo=DEMO)

    assert moved.data.window == Window(start=DEMO, end=DEMO + timedelta(hours=2))


def test_an_event_in_the_demos_own_time_stays_as_it_is() -> None:
    event = make("s", "e1", DEMO, OutForDelivery(order_id="1001", shipment_id="s"))

    assert into_demo_time(event, machine=MACHINE, demo=DEMO) is event


def test_nothing_moves_while_both_clocks_agree() -> None:
    event = make("s", "e1", MACHINE, OutForDelivery(order_id="1001", shipment_id="s"))

    assert into_demo_time(event, machine=MACHINE, demo=MACHINE) is event
