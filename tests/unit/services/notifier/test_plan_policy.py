"""By which channel, when, and what is said though it is night."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import NotificationRequested, Reason
from headsup.contracts.replies import PreferencesChanged
from headsup.contracts.shop import Consent, ContactPoint, CustomerUpdated
from headsup.shops.profile import load_shops
from services.notifier.people import Address, Person
from services.notifier.plan import (
    Circumstances,
    Held,
    Planned,
    PlannedNotification,
    Suppressed,
    fall_back,
    plan,
    routes_for,
)
from services.notifier.quiet import HeldFor
from tests.support.notifier import MONDAY, SHOPS, requested

EMAIL, SMS, WHATSAPP, TELEGRAM = Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.TELEGRAM
MAIL = Address(EMAIL, "oksana@mail.example")
PHONE = Address(SMS, "+380501234567")
CHAT = Address(TELEGRAM, "4242")
[SHOP] = load_shops(SHOPS).values()
EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
"""Ten in Kyiv."""
MORNING = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
FOR_THE_NIGHT = Held(MORNING, HeldFor.NIGHT)
RECEIVED, SHIPPED, CANCELLED = Kind.ORDER_RECEIVED, Kind.SHIPMENT_SHIPPED, Kind.ORDER_CANCELLED
TOMORROW, REMINDER = Kind.SHIPMENT_ARRIVING_TOMORROW, Kind.PAYMENT_REMINDER


def _around(*book: Address) -> Circumstances:
    contacts = tuple(ContactPoint(channel=one.channel, address=one.value) for one in book)
    yes = [
        Consent(
            channel=channel,
            message_class=MessageClass.MARKETING,
            granted=True,
            at=MONDAY,
            source="page",
        )
        for channel in Channel
    ]
    entry = CustomerUpdated(customer_id="c-1", contacts=contacts, consents=tuple(yes))
    spoken = frozenset({"en", "uk", "ru"})
    person = Person(entry=entry)
    return Circumstances(shop=SHOP, person=person, spoken=spoken, can_be_stopped=True)


def _request(kind: Kind, *, lives: timedelta | None = None) -> NotificationRequested:
    happened_at = EVENING - timedelta(hours=1)
    return requested(
        "r1",
        kind=kind,
        customer=Customer(id="c-1"),
        happened_at=happened_at,
        expires_at=happened_at + (lives or CATALOGUE[kind].time_to_live),
    ).data


@pytest.mark.parametrize(
    ("kind", "liked", "routes"),
    [
        (SHIPPED, (), [[TELEGRAM, WHATSAPP, SMS, EMAIL]]),
        (SHIPPED, (EMAIL,), [[EMAIL, TELEGRAM, WHATSAPP, SMS]]),
        (SHIPPED, (SMS, EMAIL), [[SMS, EMAIL, TELEGRAM, WHATSAPP]]),
        (SHIPPED, (SMS, SMS, EMAIL), [[SMS, EMAIL, TELEGRAM, WHATSAPP]]),
        (RECEIVED, (TELEGRAM,), [[TELEGRAM, EMAIL, WHATSAPP, SMS]]),
        (CANCELLED, (SMS,), [[EMAIL, SMS, TELEGRAM, WHATSAPP], [SMS, TELEGRAM, WHATSAPP]]),
        (CANCELLED, (EMAIL, SMS), [[EMAIL, SMS, TELEGRAM, WHATSAPP], [SMS, TELEGRAM, WHATSAPP]]),
        (Kind.RETURN_WINDOW_CLOSING, (SMS,), [[EMAIL, TELEGRAM]]),
    ],
    ids=[
        "who said nothing gets the kind's order",
        "what they like goes first, and the rest keeps its order",
        "what they like goes in their order",
        "what is said twice counts once",
        "a record alone goes where they like it best",
        "a record beside an alert stays a mail, and the alert goes where they like it best",
        "the alert has no mail to be moved",
        "what is not worth an SMS is not sent by one",
    ],
)
def test_the_order_of_channels(
    kind: Kind, liked: tuple[Channel, ...], routes: list[list[Channel]]
) -> None:
    person = Person(entry=CustomerUpdated(customer_id="c-1", channel_order=liked))
    assert routes_for(kind, person) == tuple(tuple(route) for route in routes)


@given(st.sampled_from(list(Kind)), st.lists(st.sampled_from(Channel), max_size=10))
def test_no_order_of_channels_adds_or_loses_one(kind: Kind, liked: list[Channel]) -> None:
    entry = CustomerUpdated(customer_id="c-1", channel_order=tuple(liked))
    reordered, own = routes_for(kind, Person(entry=entry)), CATALOGUE[kind].routes
    assert [sorted(route) for route in reordered] == [sorted(route) for route in own]


def test_what_they_chose_counts_before_what_the_shop_says() -> None:
    entry = CustomerUpdated(customer_id="c-1", channel_order=(SMS,))
    chosen = PreferencesChanged(customer_id="c-1", channel_order=(EMAIL,))
    assert Person(entry=entry, chosen=chosen).channel_order == (EMAIL,)
    nothing = PreferencesChanged(customer_id="c-1")
    assert Person(entry=entry, chosen=nothing).channel_order == (SMS,)


def _planned(request: NotificationRequested, around: Circumstances) -> list[PlannedNotification]:
    planned = plan(request, around, EVENING)
    assert isinstance(planned, Planned)
    return list(planned.notifications)


def test_a_verified_address_goes_before_one_that_is_not() -> None:
    points = (
        ContactPoint(channel=EMAIL, address="first@mail.example"),
        ContactPoint(channel=EMAIL, address="sure@mail.example", verified=True),
        ContactPoint(channel=EMAIL, address="sure.too@mail.example", verified=True),
    )
    around = replace(
        _around(), person=Person(entry=CustomerUpdated(customer_id="c-1", contacts=points))
    )
    [message] = _planned(_request(RECEIVED), around)
    assert message.address.value == "sure@mail.example"


def test_the_orders_own_address_goes_before_a_verified_one() -> None:
    point = ContactPoint(channel=EMAIL, address="sure@mail.example", verified=True)
    person = Person(entry=CustomerUpdated(customer_id="c-1", contacts=(point,)))
    customer = Customer(id="c-1", email=MAIL.value)
    request = requested("r1", kind=RECEIVED, customer=customer).data
    planned = plan(request, replace(_around(), person=person), MONDAY)
    assert isinstance(planned, Planned)
    assert planned.notifications[0].address == MAIL


@pytest.mark.parametrize(
    ("kind", "book", "messages"),
    [
        (SHIPPED, (CHAT, MAIL), [(0, CHAT, FOR_THE_NIGHT)]),
        (CANCELLED, (CHAT, MAIL), [(0, MAIL, None), (1, CHAT, FOR_THE_NIGHT)]),
        (TOMORROW, (CHAT, MAIL), [(0, MAIL, None)]),
        (TOMORROW, (CHAT, PHONE), [(0, CHAT, None)]),
        (REMINDER, (CHAT, MAIL), [(0, MAIL, None)]),
        (REMINDER, (CHAT, PHONE), [(0, CHAT, None)]),
        (Kind.SHIPMENT_OUT_FOR_DELIVERY, (CHAT, MAIL), [(0, CHAT, None)]),
        (Kind.REVIEW_REQUEST, (MAIL,), [(0, MAIL, FOR_THE_NIGHT)]),
    ],
    ids=[
        "an alert waits for the morning",
        "a record goes at once, and the alert beside it waits",
        "what would be old by the morning goes by mail",
        "without a mail address it is said at once: better woken than never told",
        "what a mail tells wakes nobody besides",
        "and one message wakes, not two",
        "what cannot wait is sent",
        "marketing waits",
    ],
)
def test_at_night(
    kind: Kind, book: tuple[Address, ...], messages: list[tuple[int, Address, Held | None]]
) -> None:
    lives = timedelta(hours=8) if kind in {TOMORROW, REMINDER} else None
    planned = _planned(_request(kind, lives=lives), _around(*book))
    assert planned == [PlannedNotification(*one) for one in messages]


def test_who_is_passed_over_because_they_sleep_is_recorded() -> None:
    planned = plan(_request(TOMORROW, lives=timedelta(hours=8)), _around(CHAT, MAIL), EVENING)
    reasons = {passed.channel: passed.reason for passed in planned.passed_over}
    assert reasons[TELEGRAM] is Reason.QUIET_HOURS


def test_a_channel_that_wakes_them_after_all_was_not_passed_over() -> None:
    planned = plan(_request(TOMORROW, lives=timedelta(hours=8)), _around(CHAT, PHONE), EVENING)
    assert isinstance(planned, Planned)
    assert [one.address for one in planned.notifications] == [CHAT]
    reasons = {passed.channel: passed.reason for passed in planned.passed_over}
    assert reasons.pop(SMS) is Reason.QUIET_HOURS
    assert TELEGRAM not in reasons


def test_marketing_that_would_be_old_by_the_morning_wakes_nobody() -> None:
    request = _request(Kind.REVIEW_REQUEST, lives=timedelta(hours=8))
    planned = plan(request, _around(MAIL, CHAT), EVENING)
    assert isinstance(planned, Suppressed)
    assert planned.reason is Reason.QUIET_HOURS


def test_a_channel_that_takes_over_at_night_waits_as_well() -> None:
    taken_over = fall_back(_request(SHIPPED), 0, {TELEGRAM}, _around(CHAT, PHONE), EVENING)
    assert taken_over == PlannedNotification(0, PHONE, FOR_THE_NIGHT)


def test_a_channel_on_which_they_had_enough_is_passed_over() -> None:
    around = replace(_around(PHONE, MAIL), capped=frozenset({SMS}))
    planned = plan(_request(Kind.SHIPMENT_OUT_FOR_DELIVERY), around, EVENING)
    assert isinstance(planned, Planned)
    assert [one.address for one in planned.notifications] == [MAIL]
    assert Reason.CAPPED in {passed.reason for passed in planned.passed_over}


def test_who_had_enough_today_hears_of_it_in_the_morning_after() -> None:
    midnight = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    around = replace(_around(CHAT, MAIL), not_before=midnight)
    assert _planned(_request(SHIPPED), around) == [
        PlannedNotification(0, CHAT, Held(MORNING, HeldFor.CAP))
    ]
    assert _planned(_request(Kind.ORDER_INVOICE), around) == [
        PlannedNotification(0, MAIL, Held(midnight, HeldFor.CAP))
    ]


def test_who_had_enough_today_does_not_hear_what_is_old_tomorrow() -> None:
    midnight = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    around = replace(_around(CHAT), not_before=midnight)
    planned = plan(_request(TOMORROW, lives=timedelta(hours=2)), around, EVENING)
    assert isinstance(planned, Suppressed)
    assert planned.reason is Reason.CAPPED
