"""Whom we may write to, where, and in which language."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headsup.shops
from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import Reason
from headsup.contracts.shop import Consent, ContactPoint, CustomerUpdated
from headsup.shops.profile import ShopProfile, load_shops
from services.notifier.people import (
    Address,
    Person,
    Recipient,
    email_by_the_book,
    forbidden_by,
    language_of,
    masked,
    region_of,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
[SHOP] = load_shops(Path(headsup.shops.__file__).with_name("example.toml")).values()
SPOKEN = frozenset({"en", "uk", "ru"})
EMAIL, SMS, TELEGRAM = Channel.EMAIL, Channel.SMS, Channel.TELEGRAM


def _person(
    *contacts: tuple[Channel, str],
    consents: tuple[Consent, ...] = (),
    language: str | None = None,
    refused: tuple[Address, ...] = (),
) -> Person:
    entry = CustomerUpdated(
        customer_id="c-1",
        contacts=tuple(ContactPoint(channel=c, address=a) for c, a in contacts),
        consents=consents,
        language=language,
    )
    return Person(entry=entry, refused=frozenset(a.key for a in refused))


def _find(
    channel: Channel,
    *,
    email: str | None = None,
    phone: str | None = None,
    person: Person | None = None,
    region: str | None = "UA",
) -> Address | Reason:
    ordered = Customer(id="c-1", email=email, phone=phone)
    return Recipient(ordered=ordered, person=person or Person(), region=region).find(channel)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("oksana@mail.example", "oksana@mail.example"),
        ("Oksana@MAIL.Example", "Oksana@mail.example"),
        ("оксана@пошта.укр", "оксана@пошта.укр"),
        ("oksana", Reason.INVALID_ADDRESS),
        ("oksana@localhost", Reason.INVALID_ADDRESS),
        ("oksana@mail.example\r\nBcc: all@mail.example", Reason.INVALID_ADDRESS),
        ("Oksana <oksana@mail.example>", Reason.INVALID_ADDRESS),
        ("a@b.example, c@d.example", Reason.INVALID_ADDRESS),
        ("x" * 65 + "@mail.example", Reason.INVALID_ADDRESS),
        (None, Reason.NO_ADDRESS),
        ("", Reason.NO_ADDRESS),
    ],
)
def test_a_mail_address_is_normalised_or_refused(written: str | None, found: str) -> None:
    result = _find(EMAIL, email=written)
    assert result == (found if isinstance(found, Reason) else Address(EMAIL, found))


_PARTS = st.text("abz019_+-.", min_size=1, max_size=70)
_ENDS = st.sampled_from(["example", "com", "укр", "test", "local", "arpa", "c", "a-b", "x1", ""])


@settings(max_examples=500)
@given(_PARTS, _PARTS, _ENDS)
def test_the_quick_way_to_read_a_mail_address_never_differs_from_the_book(
    local: str, domain: str, end: str
) -> None:
    written = f"{local}@{domain}.{end}"
    found = _find(EMAIL, email=written)
    book = email_by_the_book(written)
    assert found == (Reason.INVALID_ADDRESS if book is None else Address(EMAIL, book))


@pytest.mark.parametrize(
    ("written", "region", "found"),
    [
        ("+380501234567", "UA", "+380501234567"),
        ("050 123-45-67", "UA", "+380501234567"),
        ("+44 7911 123456", "UA", "+447911123456"),
        ("050 123-45-67", None, Reason.INVALID_ADDRESS),
        ("+380441234567", "UA", Reason.INVALID_ADDRESS),
        ("+12015550123", "UA", "+12015550123"),
        ("112", "UA", Reason.INVALID_ADDRESS),
        ("+380", "UA", Reason.INVALID_ADDRESS),
        ("not a number", "UA", Reason.INVALID_ADDRESS),
        (None, "UA", Reason.NO_ADDRESS),
    ],
    ids=[
        "as it should be",
        "as it is dialled at home",
        "of another country",
        "as it is dialled at home, but nobody knows where that is",
        "of a landline",
        "that may be a landline or a mobile, as in the US",
        "of an emergency service",
        "that is too short",
        "that is none",
        "that nobody gave",
    ],
)
def test_a_phone_number(written: str | None, region: str | None, found: str) -> None:
    result = _find(SMS, phone=written, region=region)
    assert result == (found if isinstance(found, Reason) else Address(SMS, found))


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("4242", Address(TELEGRAM, "4242")),
        ("-1001234567890", Address(TELEGRAM, "-1001234567890")),
        ("@oksana", Reason.INVALID_ADDRESS),
        ("0", Reason.INVALID_ADDRESS),
        ("٤٢", Reason.INVALID_ADDRESS),
        ("4242\n", Reason.INVALID_ADDRESS),
        ("9" * 30, Reason.INVALID_ADDRESS),
    ],
)
def test_a_chat_is_a_number(written: str, found: Address | Reason) -> None:
    assert _find(TELEGRAM, person=_person((TELEGRAM, written))) == found


def test_the_orders_own_address_goes_before_the_address_books() -> None:
    person = _person((EMAIL, "old@mail.example"))
    assert _find(EMAIL, email="new@mail.example", person=person) == (EMAIL, "new@mail.example")


def test_the_address_book_helps_where_the_orders_own_address_is_malformed() -> None:
    person = _person((EMAIL, "old@mail.example"))
    assert _find(EMAIL, email="nonsense", person=person) == (EMAIL, "old@mail.example")


def test_an_address_that_a_provider_refused_is_passed_over_for_the_next() -> None:
    bad = Address(EMAIL, "old@mail.example")
    person = _person(bad, (EMAIL, "new@mail.example"), refused=(bad,))
    assert _find(EMAIL, person=person) == (EMAIL, "new@mail.example")


def test_when_every_address_was_refused_that_is_the_reason() -> None:
    bad = Address(EMAIL, "old@mail.example")
    person = _person((EMAIL, "nonsense"), bad, refused=(bad,))
    assert _find(EMAIL, person=person) is Reason.REFUSED


def _said(granted: bool, hours: int = 0, channel: Channel = SMS) -> Consent:
    return Consent(
        channel=channel,
        message_class=MessageClass.MARKETING,
        granted=granted,
        at=NOON + timedelta(hours=hours),
        source="page",
    )


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), Reason.NO_CONSENT),
        ((_said(True),), None),
        ((_said(False),), Reason.OPTED_OUT),
        ((_said(True), _said(False, hours=1)), Reason.OPTED_OUT),
        ((_said(True, hours=1), _said(False)), None),
        ((_said(True), _said(False)), Reason.OPTED_OUT),
        ((_said(False), _said(True)), Reason.OPTED_OUT),
        ((_said(True, channel=EMAIL),), Reason.NO_CONSENT),
    ],
    ids=[
        "that nobody allowed is forbidden",
        "that was allowed may be sent",
        "that was refused is forbidden",
        "that was allowed and then refused is forbidden",
        "that was refused and then allowed may be sent",
        "that was allowed and refused at the same moment is forbidden",
        "that was refused and allowed at the same moment is forbidden",
        "that was allowed on another channel is forbidden",
    ],
)
def test_marketing(words: tuple[Consent, ...], reason: Reason | None) -> None:
    assert forbidden_by(_person(consents=words), SMS, MessageClass.MARKETING) is reason


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((_said(True, hours=-24),), Reason.OPTED_OUT),
        ((_said(True),), Reason.OPTED_OUT),
        ((_said(True, hours=1),), None),
        ((_said(True, hours=1), _said(False, hours=2)), Reason.OPTED_OUT),
        ((), Reason.OPTED_OUT),
    ],
    ids=["before", "at the same moment", "after", "after, and not any more", "never"],
)
def test_who_told_us_to_stop_hears_more_only_if_they_agreed_after_that(
    words: tuple[Consent, ...], reason: Reason | None
) -> None:
    person = replace(_person(consents=words), opted_out_at=NOON)
    assert forbidden_by(person, SMS, MessageClass.MARKETING) is reason
    assert forbidden_by(person, SMS, MessageClass.TRANSACTIONAL) is None


def test_to_agree_again_on_one_channel_brings_marketing_back_on_that_one() -> None:
    words = (_said(True), _said(True, hours=1, channel=EMAIL))
    person = replace(_person(consents=words), opted_out_at=NOON)
    assert forbidden_by(person, EMAIL, MessageClass.MARKETING) is None
    assert forbidden_by(person, SMS, MessageClass.MARKETING) is Reason.OPTED_OUT


def test_news_of_an_order_may_be_sent_unless_it_was_refused() -> None:
    transactional = MessageClass.TRANSACTIONAL
    no = msgspec.structs.replace(_said(False), message_class=transactional)
    assert forbidden_by(Person(), SMS, transactional) is None
    assert forbidden_by(_person(consents=(_said(False),)), SMS, transactional) is None
    assert forbidden_by(_person(consents=(no,)), SMS, transactional) is Reason.OPTED_OUT


def test_a_refusal_counts_before_the_address_is_looked_at() -> None:
    no = msgspec.structs.replace(_said(False), message_class=MessageClass.TRANSACTIONAL)
    assert _find(SMS, phone="nonsense", person=_person(consents=(no,))) is Reason.OPTED_OUT


@pytest.mark.parametrize(
    ("book", "order", "spoken"),
    [
        ("ru", "en", "ru"),
        (None, "en", "en"),
        (None, None, "uk"),
        ("pl", "en", "en"),
        ("pl", None, "uk"),
        ("en-GB", None, "en-GB"),
        ("EN", None, "EN"),
    ],
    ids=[
        "is the address book's",
        "is the order's where the address book knows none",
        "is the shop's where nobody knows",
        "is the order's where we have no texts in the address book's",
        "is the shop's where we have no texts in the customer's",
        "keeps its region",
        "may be written in capitals",
    ],
)
def test_the_language(book: str | None, order: str | None, spoken: str) -> None:
    customer = Customer(id="c-1", language=order)
    assert language_of(customer, _person(language=book), SHOP, SPOKEN) == spoken


def test_a_shop_whose_language_we_have_no_texts_in_speaks_english() -> None:
    shop = msgspec.structs.replace(SHOP, language="pl")
    assert language_of(Customer(id="c-1"), Person(), shop, SPOKEN) == "en"


@pytest.mark.parametrize(
    ("zone", "region"),
    [("Europe/Kyiv", "UA"), ("Europe/Kiev", "UA"), ("Europe/Warsaw", "PL"), ("UTC", None)],
)
def test_numbers_are_read_as_in_the_shops_country(zone: str, region: str | None) -> None:
    shop: ShopProfile = msgspec.structs.replace(SHOP, time_zone=zone)
    assert region_of(shop) == region


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (Address(EMAIL, "oksana@mail.example"), "o***@mail.example"),
        (Address(SMS, "+380501234567"), "+380******567"),
        (Address(TELEGRAM, "424242"), "***242"),
        (Address(TELEGRAM, "42"), "**"),
    ],
)
def test_an_address_is_masked(address: Address, shown: str) -> None:
    assert masked(address) == shown
