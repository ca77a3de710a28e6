"""Which messages a request becomes, and why there are no others."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import NotificationRequested, Reason
from headsup.contracts.shop import Consent
from headsup.shops.profile import load_shops
from services.notifier.people import Address, Person
from services.notifier.plan import (
    Circumstances,
    PassedOver,
    Planned,
    PlannedNotification,
    Suppressed,
    fall_back,
    plan,
)
from tests.support.notifier import MONDAY, SHOPS, known, requested

EMAIL, SMS, TELEGRAM = Channel.EMAIL, Channel.SMS, Channel.TELEGRAM
MAIL = Address(EMAIL, "oksana@mail.example")
PHONE = Address(SMS, "+380501234567")
CHAT = Address(TELEGRAM, "4242")
[SHOP] = load_shops(SHOPS).values()


def _request(kind: Kind, *addresses: Address) -> NotificationRequested:
    by_channel = {address.channel: address.value for address in addresses}
    customer = Customer(id="c-1", email=by_channel.get(EMAIL), phone=by_channel.get(SMS))
    return requested("r1", kind=kind, customer=customer).data


def _around(*book: Address, refuses: tuple[Channel, ...] = ()) -> Circumstances:
    consents = [
        Consent(
            channel=channel,
            message_class=MessageClass.TRANSACTIONAL,
            granted=False,
            at=MONDAY,
            source="page",
        )
        for channel in refuses
    ]
    person = Person(entry=known(*book, consents=consents).data)
    return Circumstances(shop=SHOP, person=person, spoken=frozenset({"en", "uk", "ru"}))


RECEIVED, SHIPPED, CANCELLED = Kind.ORDER_RECEIVED, Kind.SHIPMENT_SHIPPED, Kind.ORDER_CANCELLED


@pytest.mark.parametrize(
    ("kind", "ordered", "around", "messages"),
    [
        (RECEIVED, (MAIL, PHONE), _around(CHAT), [(0, MAIL)]),
        (RECEIVED, (PHONE,), _around(CHAT), [(0, CHAT)]),
        (RECEIVED, (PHONE,), _around(), [(0, PHONE)]),
        (SHIPPED, (MAIL, PHONE), _around(CHAT), [(0, CHAT)]),
        (SHIPPED, (MAIL, PHONE), _around(), [(0, PHONE)]),
        (SHIPPED, (MAIL,), _around(), [(0, MAIL)]),
        (SHIPPED, (MAIL, PHONE), _around(CHAT, refuses=(TELEGRAM,)), [(0, PHONE)]),
        (CANCELLED, (MAIL, PHONE), _around(CHAT), [(0, MAIL), (1, CHAT)]),
        (CANCELLED, (MAIL, PHONE), _around(), [(0, MAIL), (1, PHONE)]),
        (CANCELLED, (MAIL,), _around(), [(0, MAIL)]),
        (CANCELLED, (PHONE,), _around(CHAT), [(0, CHAT), (1, PHONE)]),
        (CANCELLED, (PHONE,), _around(), [(0, PHONE)]),
    ],
    ids=[
        "a record goes by mail",
        "a record without a mail address goes by Telegram",
        "a record without mail and Telegram goes by SMS",
        "an alert goes by Telegram",
        "an alert without Telegram goes by SMS",
        "an alert goes by mail when there is nothing faster",
        "an alert does not go where the customer refused it",
        "a record with an alert beside it goes by mail and by Telegram",
        "a record with an alert beside it goes by mail and by SMS",
        "a record with an alert beside it goes once when there is one address",
        "a channel that carries the record does not carry the alert",
        "the only channel carries the record",
    ],
)
def test_planned(
    kind: Kind,
    ordered: tuple[Address, ...],
    around: Circumstances,
    messages: list[tuple[int, Address]],
) -> None:
    planned = plan(_request(kind, *ordered), around, MONDAY)
    assert isinstance(planned, Planned)
    assert planned.notifications == tuple(PlannedNotification(*one) for one in messages)
    assert planned.language == "uk"


@pytest.mark.parametrize(
    ("ordered", "around", "reason"),
    [
        ((), _around(), Reason.NO_ADDRESS),
        ((Address(EMAIL, "nonsense"),), _around(), Reason.INVALID_ADDRESS),
        ((MAIL,), _around(refuses=(EMAIL,)), Reason.OPTED_OUT),
        ((Address(SMS, "nonsense"),), _around(refuses=(EMAIL,)), Reason.OPTED_OUT),
    ],
    ids=[
        "when there is no address",
        "when all addresses are malformed",
        "when the customer refused the only channel",
        "and a refusal says more than a malformed address",
    ],
)
def test_nothing_is_sent(
    ordered: tuple[Address, ...], around: Circumstances, reason: Reason
) -> None:
    suppressed = plan(_request(RECEIVED, *ordered), around, MONDAY)
    assert isinstance(suppressed, Suppressed)
    assert suppressed.reason is reason


def test_every_channel_that_was_passed_over_is_recorded_with_its_reason() -> None:
    planned = plan(_request(SHIPPED, PHONE), _around(refuses=(TELEGRAM,)), MONDAY)
    assert planned.passed_over == (
        PassedOver(0, TELEGRAM, Reason.OPTED_OUT),
        PassedOver(0, Channel.WHATSAPP, Reason.NO_ADDRESS),
    )


def test_old_news_is_not_sent_and_nothing_else_is_looked_at() -> None:
    late = MONDAY + timedelta(days=2)
    assert plan(_request(RECEIVED, MAIL), _around(), late) == Suppressed(reason=Reason.STALE)
    just_in_time = late - timedelta(microseconds=1)
    assert isinstance(plan(_request(RECEIVED, MAIL), _around(), just_in_time), Planned)


def test_for_a_shop_that_nobody_set_up_nothing_is_sent() -> None:
    around = Circumstances(shop=None, person=Person(), spoken=frozenset())
    unknown = Suppressed(reason=Reason.UNKNOWN_SHOP)
    assert plan(_request(RECEIVED, MAIL), around, MONDAY) == unknown


def test_a_route_whose_channel_failed_takes_its_next_one() -> None:
    request = _request(RECEIVED, MAIL, PHONE)
    assert fall_back(request, 0, {EMAIL}, _around(), MONDAY) == PlannedNotification(0, PHONE)


def test_a_route_does_not_fall_back_to_the_channel_of_another() -> None:
    request = _request(CANCELLED, MAIL, PHONE)
    assert fall_back(request, 0, {EMAIL, SMS}, _around(), MONDAY) is None


def test_a_route_that_the_kind_no_longer_has_does_not_fall_back() -> None:
    assert fall_back(_request(RECEIVED, MAIL, PHONE), 1, {EMAIL}, _around(), MONDAY) is None


def test_a_channel_that_the_shop_does_not_use_is_passed_over() -> None:
    around = _around(CHAT)
    shop = msgspec.structs.replace(SHOP, channels=frozenset({EMAIL}))
    found = plan(_request(SHIPPED, MAIL, PHONE), replace(around, shop=shop), MONDAY)
    assert isinstance(found, Planned)
    assert [message.address for message in found.notifications] == [MAIL]
    assert {passed.reason for passed in found.passed_over} == {Reason.NOT_USED}


REVIEW = Kind.REVIEW_REQUEST
"""Marketing, so it wants consent."""


def _consenting(*, in_trouble: bool) -> Circumstances:
    consent = Consent(
        channel=EMAIL,
        message_class=MessageClass.MARKETING,
        granted=True,
        at=MONDAY,
        source="page",
    )
    person = Person(entry=known(MAIL, consents=[consent]).data)
    return replace(_around(), person=person, is_in_trouble=in_trouble, can_be_stopped=True)


def test_marketing_waits_while_an_order_of_the_customers_is_in_trouble() -> None:
    suppressed = plan(_request(REVIEW, MAIL), _consenting(in_trouble=True), MONDAY)
    assert suppressed == Suppressed(reason=Reason.IN_TROUBLE)
    assert isinstance(plan(_request(REVIEW, MAIL), _consenting(in_trouble=False), MONDAY), Planned)


def test_there_is_no_marketing_where_nobody_can_stop_it() -> None:
    around = replace(_consenting(in_trouble=False), can_be_stopped=False)
    suppressed = plan(_request(REVIEW, MAIL), around, MONDAY)
    assert suppressed == Suppressed(reason=Reason.BAD_CONFIGURATION)
    assert isinstance(plan(_request(RECEIVED, MAIL), around, MONDAY), Planned)


def test_who_told_us_that_they_want_no_marketing_gets_none_and_all_the_rest() -> None:
    around = _consenting(in_trouble=False)
    around = replace(around, person=replace(around.person, opted_out_at=MONDAY))
    suppressed = plan(_request(REVIEW, MAIL), around, MONDAY)
    assert isinstance(suppressed, Suppressed)
    assert suppressed.reason is Reason.OPTED_OUT
    assert isinstance(plan(_request(RECEIVED, MAIL), around, MONDAY), Planned)


def test_what_is_part_of_the_contract_is_said_in_trouble_as_well() -> None:
    around = _consenting(in_trouble=True)
    assert isinstance(plan(_request(RECEIVED, MAIL), around, MONDAY), Planned)
