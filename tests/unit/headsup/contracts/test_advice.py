"""What is allowed but unwise is advised against."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from headsup.contracts import envelope
from headsup.contracts.advice import advise
from headsup.contracts.base import Contract, Customer, Estimate, Item, Money, Window
from headsup.contracts.channels import Channel
from headsup.contracts.shop import (
    CartIdentified,
    CartItem,
    CartUpdated,
    CheckoutStarted,
    ContactPoint,
    CustomerUpdated,
    OrderConfirmed,
    OrderPlaced,
    OutForDelivery,
    PaymentState,
    ReturnApproved,
    ReturnMethod,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
REACHABLE = Customer(id="C-1", email="olena@example.com", phone="+380501234567")


def placed(customer: Customer = REACHABLE, dispatch_by: datetime | None = NOW) -> OrderPlaced:
    return OrderPlaced(
        order_id="A-1",
        customer=customer,
        total=Money(amount="1.00", currency="UAH"),
        payment=PaymentState.PAID,
        dispatch_by=dispatch_by,
    )


def fields(data: Contract) -> list[str]:
    event = envelope.make("https://shop.example", "e-1", NOW, data)
    return [field for field, sentence in advise(event) if sentence]


def test_an_order_that_says_all_needs_no_advice() -> None:
    assert fields(placed()) == []


def test_a_customer_without_any_address_is_pointed_out() -> None:
    assert fields(placed(Customer(id="C-1"))) == ["data.customer"]


@pytest.mark.parametrize("phone", ["0501234567", "+38 050 123 45 67", "380501234567", "", "+0123"])
def test_a_phone_that_is_not_in_the_international_form_is_pointed_out(phone: str) -> None:
    assert fields(placed(Customer(id="C-1", phone=phone))) == ["data.customer.phone"]


@pytest.mark.parametrize("email", ["olena", "olena@", "@example.com", "a b@example.com", ""])
def test_a_broken_email_address_is_pointed_out(email: str) -> None:
    assert fields(placed(Customer(id="C-1", email=email))) == ["data.customer.email"]


@pytest.mark.parametrize(
    ("amount", "currency", "field"),
    [
        ("12.00", "QQQ", "data.total.currency"),
        ("12.00", "UAX", "data.total.currency"),
        ("12.345", "UAH", "data.total.amount"),
        ("12.50", "JPY", "data.total.amount"),
        ("12.3456", "KWD", "data.total.amount"),
    ],
)
def test_an_amount_that_no_till_knows_is_pointed_out(
    amount: str, currency: str, field: str
) -> None:
    order = msgspec.structs.replace(placed(), total=Money(amount=amount, currency=currency))
    assert fields(order) == [field]


@pytest.mark.parametrize(
    ("amount", "currency"), [("12.3400", "UAH"), ("12.0", "JPY"), ("12.345", "KWD"), ("7", "EUR")]
)
def test_zeros_at_the_end_of_an_amount_are_as_good_as_none(amount: str, currency: str) -> None:
    order = msgspec.structs.replace(placed(), total=Money(amount=amount, currency=currency))
    assert fields(order) == []


@pytest.mark.parametrize("name", [" ", "\t", "\u00a0", "\u200b", "\ufeff"])
def test_a_line_of_which_nothing_can_be_read_is_pointed_out(name: str) -> None:
    order = msgspec.structs.replace(placed(), items=(Item(name="Cup"), Item(name=name)))
    assert fields(order) == ["data.items[1].name"]


def test_a_time_zone_that_nobody_knows_is_pointed_out() -> None:
    customer = Customer(id="C-1", email="olena@example.com", time_zone="Europe/Kiyv")
    assert fields(placed(customer)) == ["data.customer.time_zone"]
    assert fields(CustomerUpdated(customer_id="C-1", time_zone="Mars")) == ["data.time_zone"]


def test_an_order_without_a_dispatch_date_is_pointed_out() -> None:
    assert fields(placed(dispatch_by=None)) == ["data.dispatch_by"]


def test_an_order_that_waits_for_money_without_a_deadline_is_pointed_out() -> None:
    pending = OrderPlaced(
        order_id="A-1",
        customer=REACHABLE,
        total=Money(amount="1.00", currency="UAH"),
        payment=PaymentState.PENDING,
        dispatch_by=NOW,
    )
    assert fields(pending) == ["data.pay_by"]


def cart(**changes: Any) -> CartUpdated:
    says_all = CartUpdated(
        cart_id="K-1",
        items=(CartItem(name="Cup", price=Money(amount="1.00", currency="UAH"), left=2),),
        total=Money(amount="1.00", currency="UAH"),
        customer=REACHABLE,
        url="https://shop.example/cart?restore=K-1",
    )
    return msgspec.structs.replace(says_all, **changes)


def test_a_cart_that_says_all_needs_no_advice() -> None:
    assert fields(cart()) == []


def test_a_cart_that_nothing_leads_back_to_is_pointed_out() -> None:
    assert fields(cart(url=None)) == ["data.url"]


def test_a_cart_that_is_nobodys_is_pointed_out() -> None:
    assert fields(cart(customer=None)) == ["data.customer"]


@pytest.mark.parametrize(
    "data",
    [
        cart(customer=Customer(id="C-1")),
        CartIdentified(cart_id="K-1", customer=Customer(id="C-1")),
        CheckoutStarted(cart_id="K-1", customer=Customer(id="C-1")),
    ],
    ids=["updated", "identified", "checkout"],
)
def test_a_cart_of_somebody_without_any_address_is_pointed_out(data: Contract) -> None:
    assert fields(data) == ["data.customer"]


def test_an_emptied_cart_needs_no_way_back_and_no_customer() -> None:
    assert fields(cart(items=(), url=None, customer=None)) == []


def test_a_currency_or_a_line_of_a_cart_that_nobody_knows_is_pointed_out() -> None:
    odd = CartItem(name=" ", price=Money(amount="1.00", currency="QQQ"))
    said = fields(cart(items=(odd,), total=Money(amount="1.005", currency="UAH")))
    assert said == ["data.items[0].name", "data.items[0].price.currency", "data.total.amount"]


def test_an_estimate_that_ends_before_it_begins_is_pointed_out() -> None:
    estimate = Estimate(earliest=date(2026, 11, 26), latest=date(2026, 11, 25))
    assert fields(OrderConfirmed(order_id="A-1", estimate=estimate)) == ["data.estimate.earliest"]


def test_a_window_that_ends_before_it_begins_is_pointed_out() -> None:
    window = Window(start=NOW, end=NOW - timedelta(hours=2))
    parcel = OutForDelivery(order_id="A-1", shipment_id="S-1", window=window, courier_phone="112")
    assert fields(parcel) == ["data.courier_phone", "data.window.end"]


@pytest.mark.parametrize(
    ("method", "field"),
    [
        (ReturnMethod.DROP_OFF, "data.address"),
        (ReturnMethod.STORE, "data.address"),
        (ReturnMethod.COURIER, "data.pickup_window"),
    ],
)
def test_a_return_that_does_not_say_how_is_pointed_out(method: ReturnMethod, field: str) -> None:
    approved = ReturnApproved(
        order_id="A-1", return_id="RT-1", method=method, send_by=date(2026, 12, 10)
    )
    assert fields(approved) == [field]


def test_an_address_that_its_channel_cannot_reach_is_pointed_out() -> None:
    contacts = (
        ContactPoint(channel=Channel.EMAIL, address="olena@example.com"),
        ContactPoint(channel=Channel.SMS, address="olena@example.com"),
        ContactPoint(channel=Channel.TELEGRAM, address="@olena"),
    )
    said = fields(CustomerUpdated(customer_id="C-1", contacts=contacts))
    assert said == ["data.contacts[1].address", "data.contacts[2].address"]
