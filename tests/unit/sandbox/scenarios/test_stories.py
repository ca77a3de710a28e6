"""The scenarios keep what they promise: readable events, at sensible hours, with all channels."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from headsup.contracts import envelope
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from sandbox.scenarios.model import (
    Expected,
    Scenario,
    Story,
    channels_of,
    expected,
    first_sensible_moment,
    steps,
    story_of,
)
from sandbox.scenarios.people import PEOPLE
from sandbox.scenarios.stories import SCENARIOS

MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
every_scenario = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=list(SCENARIOS))


def told_about_its_person(scenario: Scenario) -> Story:
    return story_of(PEOPLE[scenario.person], "1001", MONDAY)


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
def test_the_address_book_comes_before_the_order(scenario: Scenario) -> None:
    types = [timed.event.type for timed in steps(scenario, told_about_its_person(scenario))]

    assert types[:2] == ["shop.customer.updated.v1", "shop.order.placed.v1"]


@every_scenario
def test_no_two_messages_are_so_close_that_one_could_replace_the_other(scenario: Scenario) -> None:
    told = [s.at for s in scenario.tell(told_about_its_person(scenario)) if s.tells]

    assert all(later - earlier >= timedelta(hours=8) for earlier, later in pairwise(told))


@every_scenario
@pytest.mark.parametrize("hour", range(24))
def test_a_shop_sends_nothing_at_night_whenever_the_story_begins(
    scenario: Scenario, hour: int
) -> None:
    person = PEOPLE[scenario.person]
    story = story_of(person, "1001", MONDAY + timedelta(hours=hour))

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


def test_between_them_the_scenarios_use_every_channel_language_and_kind() -> None:
    messages = [m for s in SCENARIOS.values() for m in expected(s, told_about_its_person(s))]

    assert {m.channel for m in messages} == set(Channel)
    assert {m.language for m in messages} == {"en", "uk", "ru"}
    assert {m.kind for m in messages} == set(Kind)
    assert {(m.channel, m.language) for m in messages} == {
        (channel, language) for channel in Channel for language in ("en", "uk", "ru")
    }


def test_a_missed_deadline_is_told_although_the_shop_says_nothing() -> None:
    scenario = SCENARIOS["late-parcel"]
    story = told_about_its_person(scenario)

    silent = [step for step in scenario.tell(story) if step.data is None]

    assert [step.tells for step in silent] == [(Kind.DISPATCH_LATE,)]
    assert len(steps(scenario, story)) == len(list(scenario.tell(story)))


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
        )
    ]


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
