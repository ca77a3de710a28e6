"""Whether the money is there, and what is asked for."""

from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.shop import PaymentState
from services.order_events.rules.dues import is_unpaid, open_request
from tests.unit.services.order_events import changes as c
from tests.unit.services.order_events import orders as o

RECEIVED, CONFIRMED, FAILED = Kind.ORDER_RECEIVED, Kind.ORDER_CONFIRMED, Kind.PAYMENT_FAILED
NOON = o.MONDAY + 3 * o.HOUR


@pytest.mark.parametrize(
    ("events", "asked"),
    [
        pytest.param([c.asks_for_money(NOON)], "P1", id="the shop asks"),
        pytest.param([c.bank_asks(NOON)], "P1", id="the bank asks"),
        pytest.param([c.asks_for_money(NOON), o.pay(o.TUESDAY)], None, id="it was paid"),
        pytest.param([c.asks_for_money(NOON), o.pay_in_vain(o.TUESDAY)], None, id="it failed"),
        pytest.param(
            [c.asks_for_money(NOON, "P1"), c.asks_for_money(o.TUESDAY, "P2")],
            "P2",
            id="the newest counts",
        ),
        pytest.param(
            [c.asks_for_money(NOON, "P1"), o.pay(o.TUESDAY, "P2")],
            None,
            id="it was paid some other way",
        ),
        pytest.param(
            [c.asks_for_money(NOON, "P1"), o.pay_in_vain(o.TUESDAY, "P2")],
            None,
            id="some other way was tried and failed",
        ),
        pytest.param(
            [o.pay(NOON, "P1"), c.asks_for_money(o.TUESDAY, "P2")],
            "P2",
            id="asked for more after the price was there",
        ),
        pytest.param(
            [c.asks_for_money(o.MONDAY), o.placed_and_paid(NOON)],
            None,
            id="asked for in the checkout, and paid with the order",
        ),
        pytest.param([c.asks_for_money(NOON), o.cancelled(o.TUESDAY)], None, id="cancelled"),
    ],
)
def test_what_is_asked_for(events: list[Event[Any]], asked: str | None) -> None:
    request = open_request(o.folded([o.placed(), *events]))

    assert (request and request.payment_id) == asked


@pytest.mark.parametrize(
    ("events", "unpaid"),
    [
        pytest.param([o.placed()], True, id="an order that waits for money"),
        pytest.param([o.placed_and_paid()], False, id="a paid order"),
        pytest.param([o.placed(payment=PaymentState.ON_DELIVERY)], False, id="paid on delivery"),
        pytest.param([o.placed(), o.confirmed(NOON)], False, id="on account, nothing asked for"),
        pytest.param(
            [o.placed(), o.confirmed(NOON), c.asks_for_money(NOON)],
            True,
            id="on account, asked for",
        ),
        pytest.param([o.placed(), o.cancelled(NOON)], False, id="cancelled"),
    ],
)
def test_whether_the_customer_owes(events: list[Event[Any]], *, unpaid: bool) -> None:
    assert is_unpaid(o.folded(events)) is unpaid


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param(
            [o.placed(payment=PaymentState.AUTHORISED), o.pay_in_vain(o.TUESDAY)],
            [CONFIRMED, FAILED],
            id="money that was reserved and could not be taken",
        ),
        pytest.param(
            [
                o.placed(payment=PaymentState.AUTHORISED),
                o.pay_in_vain(o.TUESDAY),
                o.pay(o.WEDNESDAY, "P2"),
            ],
            [CONFIRMED, FAILED, CONFIRMED],
            id="and was paid by other means",
        ),
        pytest.param(
            [o.placed(payment=PaymentState.ON_DELIVERY), o.pay_in_vain(o.TUESDAY)],
            [CONFIRMED],
            id="who pays on delivery need not pay before",
        ),
        pytest.param(
            [o.placed(), o.pay(NOON, "P1"), o.pay_in_vain(o.TUESDAY, "P2")],
            [RECEIVED, CONFIRMED],
            id="a second payment that fails takes nothing from the first",
        ),
        pytest.param(
            [
                o.placed(),
                c.edited(NOON, total=o.uah("80.00")),
                o.pay(o.TUESDAY, amount=o.uah("80")),
            ],
            [RECEIVED, Kind.ORDER_EDITED, CONFIRMED],
            id="a price that fell is paid for as it is now",
        ),
        pytest.param(
            [o.placed_and_paid(), c.asks_for_money(NOON), o.pay(o.TUESDAY)],
            [CONFIRMED, Kind.PAYMENT_INSTRUCTIONS, CONFIRMED],
            id="money that was asked for later came",
        ),
    ],
)
def test_an_order_is_confirmed_when_the_money_is_there(
    events: list[Event[Any]], said: list[Kind]
) -> None:
    assert c.told_of(*events).said == said
