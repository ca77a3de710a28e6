"""What orders teach of people, in what order it is used, and where an address came from."""

from dataclasses import replace
from datetime import timedelta

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import CustomerPurchased, Reason
from headsup.contracts.shop import Consent, ContactPoint, CustomerUpdated
from services.notifier.address_origin import Origin, origin_of
from services.notifier.learned import MOST, taught
from services.notifier.people import Address, Learned, Person, Recipient
from tests.support.notifier import MONDAY

DAY = timedelta(days=1)


def _order(days: int, **customer: str) -> CustomerPurchased:
    who = Customer(id="c-1", **customer)
    return CustomerPurchased(order_id=f"A-{days}", customer=who, at=MONDAY + days * DAY)


def _after(*orders: CustomerPurchased) -> Learned:
    known: Learned | None = None
    for order in orders:
        known = taught(known, order)
    assert known is not None
    return known


def _addresses(known: Learned) -> list[str]:
    return [one.address for one in known.contacts]


def test_the_newest_address_goes_first_in_whatever_order_the_orders_come() -> None:
    orders = [_order(n, email=f"{n}@mail.example") for n in range(3)]
    assert _addresses(_after(*orders)) == ["2@mail.example", "1@mail.example", "0@mail.example"]
    assert _after(*reversed(orders)) == _after(*orders)


def test_an_address_is_kept_once_and_so_many_of_a_channel() -> None:
    orders = [_order(n, email=f"{n}@mail.example", phone="+380501234567") for n in range(9)]
    known = _after(*orders, _order(10, email="8@MAIL.example"))
    assert len([one for one in known.contacts if one.channel is Channel.EMAIL]) == MOST
    assert len([one for one in known.contacts if one.channel is Channel.SMS]) == 1
    assert _addresses(known)[0] == "8@MAIL.example"


def test_an_order_that_names_no_language_takes_none_away_and_the_newest_wins() -> None:
    known = _after(_order(0, language="uk"), _order(2, language="en"), _order(3))
    assert known.language == "en"
    assert taught(known, _order(1, language="ru")).language == "en"


@pytest.mark.parametrize(
    ("ordered", "book", "found"),
    [
        ("own@mail.example", "book@mail.example", "own@mail.example"),
        (None, "book@mail.example", "book@mail.example"),
        (None, None, "earlier@mail.example"),
    ],
)
def test_an_earlier_order_is_asked_after_the_order_and_the_address_book(
    ordered: str | None, book: str | None, found: str
) -> None:
    contacts = (ContactPoint(channel=Channel.EMAIL, address=book),) if book else ()
    person = Person(
        entry=CustomerUpdated(customer_id="c-1", contacts=contacts),
        learned=_after(_order(0, email="earlier@mail.example")),
    )
    to = Recipient(ordered=Customer(id="c-1", email=ordered), person=person, region="UA")
    assert to.find(Channel.EMAIL) == Address(Channel.EMAIL, found)


def test_an_address_of_an_earlier_order_is_no_consent_to_marketing() -> None:
    person = Person(learned=_after(_order(0, email="earlier@mail.example")))
    to = Recipient(
        ordered=Customer(id="c-1"),
        person=person,
        region="UA",
        message_class=MessageClass.MARKETING,
    )
    assert to.find(Channel.EMAIL) is Reason.NO_CONSENT


def test_nothing_is_marketed_to_an_address_of_an_earlier_order_whatever_was_granted() -> None:
    granted = Consent(
        channel=Channel.EMAIL,
        message_class=MessageClass.MARKETING,
        granted=True,
        at=MONDAY,
        source="checkout",
    )
    person = Person(
        entry=CustomerUpdated(customer_id="c-1", contacts=(), consents=(granted,)),
        learned=_after(_order(0, email="friend@mail.example")),
    )
    news = Recipient(ordered=Customer(id="c-1"), person=person, region="UA")
    assert news.find(Channel.EMAIL) == Address(Channel.EMAIL, "friend@mail.example")
    marketing = replace(news, message_class=MessageClass.MARKETING)
    assert marketing.find(Channel.EMAIL) is Reason.NO_ADDRESS


def test_it_is_known_where_an_address_came_from() -> None:
    person = Person(
        entry=CustomerUpdated(
            customer_id="c-1", contacts=(ContactPoint(channel=Channel.EMAIL, address="b@x.com"),)
        ),
        learned=_after(_order(0, email="e@x.com", phone="050 123 45 67")),
    )
    ordered = Customer(id="c-1", email="o@x.com")
    asked = {
        "o@x.com": Origin.ORDER,
        "b@x.com": Origin.BOOK,
        "e@x.com": Origin.EARLIER,
        "z@x.com": None,
    }
    for address, origin in asked.items():
        assert origin_of(Address(Channel.EMAIL, address), ordered, person, "UA") is origin
    number = Address(Channel.SMS, "+380501234567")
    assert origin_of(number, ordered, person, "UA") is Origin.EARLIER
