"""When a message may reach somebody."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import CATALOGUE, Kind, Urgency
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import NotificationRequested
from headsup.contracts.replies import PreferencesChanged, QuietHours
from headsup.contracts.shop import ContactPoint, CustomerUpdated
from headsup.shops.night import Night
from headsup.shops.profile import load_shops
from services.notifier.people import Address, Person
from services.notifier.quiet import (
    AWAKE,
    morning_after,
    waits_until,
    zones_of,
    zones_of_number,
)
from tests.support.each import each
from tests.support.notifier import MONDAY, SHOPS, requested

[SHOP] = load_shops(SHOPS).values()
"""In Kyiv, two hours ahead of UTC in November; its night lasts from 21 to 8."""
NIGHT = Night()
MIDNIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
"""In Kyiv."""
MORNING = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
PHONE = Address(Channel.SMS, "+380501234567")
MAIL = Address(Channel.EMAIL, "oksana@mail.example")
CHAT = Address(Channel.TELEGRAM, "4242")
ZONES = sorted(available_timezones())
NOBODY = Person()


def _news(
    kind: Kind, *, ago: timedelta = timedelta(hours=1), phone: str = PHONE.value
) -> NotificationRequested:
    happened_at = MIDNIGHT - ago
    return requested(
        "r", kind=kind, customer=Customer(id="c-1", phone=phone), happened_at=happened_at
    ).data


@pytest.mark.parametrize(
    ("kind", "address", "waits"),
    [
        (Kind.SHIPMENT_SHIPPED, PHONE, True),
        (Kind.SHIPMENT_SHIPPED, CHAT, True),
        (Kind.SHIPMENT_SHIPPED, Address(Channel.WHATSAPP, PHONE.value), True),
        (Kind.SHIPMENT_SHIPPED, MAIL, False),
        (Kind.SHIPMENT_OUT_FOR_DELIVERY, PHONE, False),
        (Kind.ORDER_RECALL, CHAT, False),
        (Kind.CART_ABANDONED, MAIL, True),
        (Kind.CART_ABANDONED, CHAT, True),
        (Kind.REVIEW_REQUEST, MAIL, True),
    ],
    ids=[
        "news by SMS waits for the morning",
        "news by Telegram waits for the morning",
        "news by WhatsApp waits for the morning",
        "a mail wakes nobody",
        "what cannot wait does not",
        "what is not safe to use is said at once",
        "marketing waits even where it wakes nobody",
        "marketing waits on a messenger",
        "whoever asks for a review waits",
    ],
)
def test_at_night(kind: Kind, address: Address, *, waits: bool) -> None:
    until = waits_until(_news(kind), address, NOBODY, SHOP, MIDNIGHT)
    assert until == (MORNING if waits else None)


@each("kind", CATALOGUE)
@each("channel", Channel)
def test_by_day_nothing_waits(kind: Kind, channel: Channel) -> None:
    address = Address(channel, "4242")
    assert waits_until(_news(kind), address, NOBODY, SHOP, MONDAY) is None


@pytest.mark.parametrize("kind", [kind for kind in CATALOGUE if CATALOGUE[kind].answers_an_act])
def test_whoever_did_something_a_moment_ago_is_awake(kind: Kind) -> None:
    just_now = _news(kind, ago=AWAKE)
    assert waits_until(just_now, PHONE, NOBODY, SHOP, MIDNIGHT) is None
    if CATALOGUE[kind].urgency is not Urgency.NOW:
        earlier = _news(kind, ago=AWAKE + timedelta(seconds=1))
        assert waits_until(earlier, PHONE, NOBODY, SHOP, MIDNIGHT) == MORNING


def test_what_a_clock_ahead_of_ours_says_counts_as_a_moment_ago() -> None:
    news = _news(Kind.ORDER_RECEIVED, ago=-timedelta(minutes=5))
    assert waits_until(news, PHONE, NOBODY, SHOP, MIDNIGHT) is None


def test_marketing_never_answers() -> None:
    marketing = [e for e in CATALOGUE.values() if e.message_class is MessageClass.MARKETING]
    assert not any(entry.answers_an_act for entry in marketing)


def test_nothing_that_a_carrier_does_is_an_act_of_the_customer() -> None:
    assert not [k for k in CATALOGUE if k.startswith("shipment.") and CATALOGUE[k].answers_an_act]


def _chose(begins: int, ends: int) -> Person:
    hours = QuietHours(begins=begins, ends=ends)
    return Person(chosen=PreferencesChanged(customer_id="c-1", quiet_hours=hours))


@pytest.mark.parametrize(
    ("person", "until"),
    [
        (_chose(1, 5), None),
        (_chose(23, 11), MORNING + timedelta(hours=3)),
        (_chose(0, 0), None),
        (NOBODY, MORNING),
    ],
    ids=["a later night", "a later morning", "no night at all", "the shop's"],
)
def test_their_own_hours_count_before_the_shops(person: Person, until: datetime | None) -> None:
    assert waits_until(_news(Kind.SHIPMENT_SHIPPED), CHAT, person, SHOP, MIDNIGHT) == until


def _zones(book: str | None, order: str | None, phone: str | None) -> list[str]:
    entry = CustomerUpdated(customer_id="c-1", time_zone=book)
    ordered = Customer(id="c-1", time_zone=order, phone=phone)
    return sorted(str(zone) for zone in zones_of(ordered, Person(entry=entry), SHOP, CHAT))


@pytest.mark.parametrize(
    ("book", "order", "phone", "zones"),
    [
        ("Asia/Tokyo", "Europe/Rome", "+14155552671", ["Asia/Tokyo"]),
        (None, "Europe/Rome", "+14155552671", ["Europe/Rome"]),
        (None, None, "+14155552671", ["America/Los_Angeles"]),
        (None, None, "+393331234567", ["Europe/Rome", "Europe/Vatican"]),
        (None, None, "050 123 45 67", ["Europe/Kyiv"]),
        (None, None, "+883510000000000", ["Europe/Kyiv"]),
        (None, None, "nonsense", ["Europe/Kyiv"]),
        (None, None, None, ["Europe/Kyiv"]),
    ],
    ids=[
        "the address book's",
        "the order's",
        "the number's",
        "all of the number's",
        "of a number as one writes it at home, home",
        "of a number that is nowhere, the shop's",
        "of what is no number, the shop's",
        "of nobody, the shop's",
    ],
)
def test_a_person_lives_by(
    book: str | None, order: str | None, phone: str | None, zones: list[str]
) -> None:
    assert _zones(book, order, phone) == zones


def test_the_number_that_is_written_to_counts_before_the_orders() -> None:
    ordered = Customer(id="c-1", phone="+14155552671")
    [zone] = zones_of(ordered, NOBODY, SHOP, PHONE)
    assert str(zone) == "Europe/Kyiv"


def test_a_number_of_the_address_book_says_where_somebody_lives() -> None:
    contact = ContactPoint(channel=Channel.SMS, address="+14155552671")
    person = Person(entry=CustomerUpdated(customer_id="c-1", contacts=(contact,)))
    [zone] = zones_of(Customer(id="c-1"), person, SHOP, CHAT)
    assert str(zone) == "America/Los_Angeles"


def test_every_zone_of_a_number_must_be_awake() -> None:
    zones = zones_of_number("+79161234567", None)
    assert len(zones) > 10
    awake = morning_after(MIDNIGHT, NIGHT, zones)
    assert awake is not None
    assert all(awake.astimezone(zone).time() not in NIGHT for zone in zones)
    assert awake == datetime(2026, 11, 24, 6, 0, tzinfo=UTC)  # eight in Bucharest, 18 in Kamchatka


def test_a_number_that_is_never_awake_everywhere_lives_by_the_shops_clock() -> None:
    toll_free = _news(Kind.SHIPMENT_SHIPPED, phone="+18005551234")
    zones, late_riser = zones_of_number("+18005551234", None), _chose(18, 9)
    assert morning_after(MIDNIGHT, Night(begins=18, ends=9), zones) is None
    in_the_morning = waits_until(toll_free, CHAT, late_riser, SHOP, MIDNIGHT)
    assert in_the_morning == MORNING + timedelta(hours=1)
    assert waits_until(toll_free, CHAT, late_riser, SHOP, MONDAY) is None


_moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone
_hours = st.integers(0, 23)
_STEP = timedelta(minutes=5)


@given(_moments, st.lists(st.sampled_from(ZONES), min_size=1, max_size=3), _hours, _hours)
@example(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), ["Europe/Kyiv"], 21, 3)  # three is left out
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), ["Europe/Kyiv"], 21, 4)  # three comes twice
@example(datetime(2026, 10, 3, 15, 0, tzinfo=UTC), ["Australia/Lord_Howe"], 21, 2)  # half an hour
@example(datetime(2026, 11, 1, 5, 0, tzinfo=UTC), ["America/New_York"], 21, 1)
@example(datetime(2026, 11, 1, 4, 0, tzinfo=UTC), ["America/Havana"], 21, 0)  # at midnight
@example(datetime(2026, 6, 1, 18, 0, tzinfo=UTC), ["Asia/Kathmandu"], 21, 8)  # 5:45 ahead
@example(datetime(2026, 6, 1, 18, 0, tzinfo=UTC), ["Pacific/Chatham"], 21, 8)  # 12:45 ahead
def test_in_no_zone_and_at_no_change_of_clocks_is_anybody_woken(
    moment: datetime, names: list[str], begins: int, ends: int
) -> None:
    night, zones = Night(begins=begins, ends=ends), [ZoneInfo(name) for name in names]
    awake = morning_after(moment, night, zones)
    if awake is None:
        return
    assert awake >= moment
    assert all(awake.astimezone(zone).time() not in night for zone in zones)
    # And nobody waits for longer than that: to the moment before, somebody sleeps.
    if awake > moment:
        before = awake - timedelta(seconds=1)
        assert any(before.astimezone(zone).time() in night for zone in zones)


@given(_moments, st.sampled_from(ZONES), _hours, _hours)
def test_in_one_zone_there_is_always_a_morning_and_it_is_the_next(
    moment: datetime, name: str, begins: int, ends: int
) -> None:
    night, zone = Night(begins=begins, ends=ends), ZoneInfo(name)
    awake = morning_after(moment, night, [zone])
    assert awake is not None
    assert awake - moment <= timedelta(days=1, hours=2)
    step = moment
    while step < awake:
        assert step.astimezone(zone).time() in night
        step += _STEP
