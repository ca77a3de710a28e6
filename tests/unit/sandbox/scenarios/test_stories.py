"""The scenarios keep what they promise: readable events, at sensible hours, with all channels."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from headsup.contracts import envelope
from headsup.contracts.catalogue import CATALOGUE, Area, Kind
from headsup.contracts.channels import Channel
from headsup.contracts.shop import CustomerErased, InTransit, OrderPlaced
from headsup.shops.profile import load_shops
from sandbox.scenarios.model import (
    HEARTH,
    LAVKA,
    SOVA,
    Expected,
    Scenario,
    Shop,
    Story,
    channels_of,
)
from sandbox.scenarios.people import PEOPLE
from sandbox.scenarios.stories import SCENARIOS, SNOWED_IN
from sandbox.scenarios.telling import expected, first_sensible_moment, steps, story_of, words
from tests.support.each import each

MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
BY_DAY = [scenario for scenario in SCENARIOS.values() if scenario.shop is not SOVA]
every_scenario = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=list(SCENARIOS))


def told_about_its_person(scenario: Scenario) -> Story:
    return story_of(scenario, PEOPLE[scenario.person], "1001", MONDAY)


@every_scenario
def test_every_event_is_accepted_by_the_contract(scenario: Scenario) -> None:
    for timed in steps(scenario, told_about_its_person(scenario)):
        value, headers = envelope.encode(timed.event), envelope.headers(timed.event)

        assert envelope.decode(value, headers, timed.at) == timed.event


@every_scenario
def test_events_come_in_order_and_carry_different_ids(scenario: Scenario) -> None:
    timed = steps(scenario, told_about_its_person(scenario))

    assert [t.at for t in timed] == sorted(t.at for t in timed)
    assert len({t.event.id for t in timed}) == len(timed)


@every_scenario
def test_the_address_book_comes_before_the_order_and_its_cart(scenario: Scenario) -> None:
    story = told_about_its_person(scenario)
    types = [timed.event.type for timed in steps(scenario, story)]

    people = 1 if story.recipient is None else 2
    known = ["shop.customer.updated.v1"] * people
    assert types[:people] == known
    assert types[people] in {"shop.order.placed.v1", "shop.cart.updated.v1"}


@every_scenario
def test_no_two_messages_are_so_close_that_one_could_replace_the_other(scenario: Scenario) -> None:
    steps_told = [s for s in scenario.tell(told_about_its_person(scenario)) if s.tells]
    told = [step.at for step in steps_told if not step.overtaken]

    assert all(later - earlier >= timedelta(hours=8) for earlier, later in pairwise(told))


@each("scenario", BY_DAY)
@each("hour", range(24))
def test_a_shop_sends_nothing_at_night_whenever_the_story_begins(
    scenario: Scenario, hour: int
) -> None:
    person = PEOPLE[scenario.person]
    story = story_of(scenario, person, "1001", MONDAY + timedelta(hours=hour))

    hours = {t.at.astimezone(ZoneInfo(person.time_zone)).hour for t in steps(scenario, story)}
    assert hours <= set(range(8, 20))


def test_an_order_at_night_waits_for_the_morning() -> None:
    zone = ZoneInfo("Europe/Kyiv")
    late = datetime(2026, 11, 23, 22, 40, tzinfo=zone)
    early = datetime(2026, 11, 23, 5, 10, tzinfo=zone)
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=zone)

    assert first_sensible_moment(late, zone) == datetime(2026, 11, 24, 8, 0, tzinfo=zone)
    assert first_sensible_moment(early, zone) == datetime(2026, 11, 23, 8, 0, tzinfo=zone)
    assert first_sensible_moment(noon, zone) == noon


def test_between_them_the_scenarios_use_every_channel_and_language_and_reach_every_area() -> None:
    messages = [m for s in SCENARIOS.values() for m in expected(s, told_about_its_person(s))]
    spoken = set(Channel) - {Channel.WHATSAPP}  # whose approved texts are Ukrainian

    assert {m.channel for m in messages} == set(Channel)
    assert {m.language for m in messages} == {"en", "uk", "ru"}
    assert {CATALOGUE[m.kind].area for m in messages} | {Area.CART, Area.CHAT} == set(Area)
    assert {(m.channel, m.language) for m in messages} >= {
        (channel, language) for channel in spoken for language in ("en", "uk", "ru")
    }


def test_a_missed_deadline_is_told_although_the_shop_says_nothing() -> None:
    scenario = SCENARIOS["late-parcel"]
    story = told_about_its_person(scenario)

    silent = [step for step in scenario.tell(story) if step.data is None]

    assert [step.tells for step in silent] == [
        (Kind.DISPATCH_LATE,),
        (Kind.SHIPMENT_ARRIVING_TOMORROW,),
        (Kind.ORDER_CHECK_IN,),
    ]
    assert len(steps(scenario, story)) == 1 + len(list(scenario.tell(story))) - len(silent)


def test_a_calm_order_of_oksana_is_mailed_at_first_and_then_sent_to_her_telegram() -> None:
    scenario = SCENARIOS["calm-order"]

    assert expected(scenario, told_about_its_person(scenario)) == [
        Expected("1001", kind, channel, "uk", to)
        for kind, channel, to in (
            (Kind.ORDER_RECEIVED, Channel.EMAIL, "oksana@mail.example"),
            (Kind.ORDER_CONFIRMED, Channel.EMAIL, "oksana@mail.example"),
            (Kind.SHIPMENT_SHIPPED, Channel.TELEGRAM, "700100201"),
            (Kind.SHIPMENT_OUT_FOR_DELIVERY, Channel.TELEGRAM, "700100201"),
            (Kind.SHIPMENT_DELIVERED, Channel.TELEGRAM, "700100201"),
            (Kind.ORDER_CHECK_IN, Channel.EMAIL, "oksana@mail.example"),
        )
    ]


@pytest.mark.parametrize("shop", [LAVKA, HEARTH, SOVA], ids=["lavka", "hearth", "sova"])
def test_the_shops_of_the_stories_are_those_that_the_services_speak_for(shop: Shop) -> None:
    known = load_shops(Path("sandbox/shops"))[shop.source]

    assert (known.channels, known.policy.working_days) == (shop.channels, shop.working_days)


def test_a_shop_without_telegram_tells_by_the_next_channel() -> None:
    assert channels_of(Kind.SHIPMENT_SHIPPED, PEOPLE["emma"], LAVKA) == [Channel.TELEGRAM]
    assert channels_of(Kind.SHIPMENT_SHIPPED, PEOPLE["emma"], HEARTH) == [Channel.EMAIL]


def test_every_event_of_a_story_comes_from_its_shop() -> None:
    scenario = SCENARIOS["safe-place"]

    sources = {timed.event.source for timed in steps(scenario, told_about_its_person(scenario))}
    assert sources == {HEARTH.source}


def test_of_a_gift_the_recipient_hears_the_delivery_and_the_buyer_the_rest() -> None:
    scenario = SCENARIOS["gift"]
    story = told_about_its_person(scenario)
    heard = expected(scenario, story)

    (order,) = (s.data for s in scenario.tell(story) if isinstance(s.data, OrderPlaced))
    assert order.recipient == PEOPLE["irina"].as_customer()
    pavel = [Kind.ORDER_CONFIRMED, Kind.SHIPMENT_SHIPPED, Kind.SHIPMENT_DELIVERED]
    assert [m.kind for m in heard if m.to in PEOPLE["pavel"].addresses.values()] == [
        *pavel,
        Kind.ORDER_CHECK_IN,
    ]
    assert [m.kind for m in heard if m.to in PEOPLE["irina"].addresses.values()] == [
        Kind.SHIPMENT_SHIPPED,
        Kind.SHIPMENT_ARRIVING_TOMORROW,
        Kind.SHIPMENT_OUT_FOR_DELIVERY,
        Kind.SHIPMENT_DELIVERED,
    ]


def test_nobody_sends_a_gift_to_themselves() -> None:
    story = story_of(SCENARIOS["gift"], PEOPLE["irina"], "1001", MONDAY)

    assert story.recipient == PEOPLE["pavel"]


def test_the_carrier_that_is_in_trouble_has_the_parcel_of_no_other_story() -> None:
    carriers = {
        name: {s.data.carrier for s in scenario.tell(story) if isinstance(s.data, InTransit)}
        for name, scenario in SCENARIOS.items()
        for story in [told_about_its_person(scenario)]
    }

    assert [name for name, used in carriers.items() if SNOWED_IN in used] == ["carrier-trouble"]


def test_at_night_two_pieces_of_news_become_one_and_only_what_is_urgent_wakes_anybody() -> None:
    scenario = SCENARIOS["at-night"]
    night = load_shops(Path("sandbox/shops"))[SOVA.source].night
    story = told_about_its_person(scenario)
    told = [step for step in scenario.tell(story) if step.tells]
    by_night = [step for step in told if step.at.astimezone(story.zone).time() in night]

    assert [(s.tells, s.overtaken) for s in by_night] == [
        ((Kind.SHIPMENT_SHIPPED,), True),
        ((Kind.SHIPMENT_SHIPPED,), False),
        ((Kind.SHIPMENT_OUT_FOR_DELIVERY,), False),
    ]
    heard = [message.kind for message in expected(scenario, story)]
    assert heard.count(Kind.SHIPMENT_SHIPPED) == 1


def test_whoever_is_forgotten_is_told_nothing_more() -> None:
    scenario = SCENARIOS["forgotten"]
    told = list(scenario.tell(told_about_its_person(scenario)))
    (moment,) = (step.at for step in told if isinstance(step.data, CustomerErased))

    assert [step.tells for step in told if step.at > moment] == [(), ()]


def test_what_the_bot_must_say_is_known() -> None:
    scenario = SCENARIOS["the-bot"]

    said = words(scenario, told_about_its_person(scenario))
    assert {word.to for word in said} == {PEOPLE["chloe"].chat}
    assert [word.piece for word in said] == [
        "Order 1001 at Lavka",
        "I have passed this on",
        "I have asked them to come between six and eight. Anna, Lavka",
        "have handed over to me again",
    ]
    assert words(scenario, story_of(scenario, PEOPLE["james"], "1001", MONDAY)) == []


def test_a_record_beside_an_alert_stays_a_mail_for_whoever_prefers_whatsapp() -> None:
    sofia = PEOPLE["sofia"]

    assert channels_of(Kind.PAYMENT_FAILED, sofia) == [Channel.EMAIL, Channel.WHATSAPP]
    assert channels_of(Kind.ORDER_CONFIRMED, sofia) == [Channel.WHATSAPP]


@pytest.mark.parametrize(
    ("kind", "person", "channels"),
    [
        (Kind.PAYMENT_FAILED, "irina", [Channel.EMAIL, Channel.SMS]),
        (Kind.PAYMENT_FAILED, "oksana", [Channel.EMAIL, Channel.TELEGRAM]),
        (Kind.PAYMENT_FAILED, "mykola", [Channel.SMS]),
        (Kind.ORDER_RECEIVED, "mykola", [Channel.SMS]),
        (Kind.SHIPMENT_SHIPPED, "james", [Channel.SMS]),
    ],
)
def test_each_route_uses_the_first_channel_that_is_free_and_reaches_the_person(
    kind: Kind, person: str, channels: list[Channel]
) -> None:
    assert channels_of(kind, PEOPLE[person]) == channels
