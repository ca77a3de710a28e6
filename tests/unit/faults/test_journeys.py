"""What an experiment sends, and what must come of it."""

import random
from collections import defaultdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from tests.faults.journeys import (
    AUDIENCES,
    ORDER,
    PLOTS,
    REACHED,
    Cast,
    doubled_and_shuffled,
    expectation,
    in_turns,
    journeys,
    where_it_is_noon,
)

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ALL = journeys(Cast(orders=96), NOON)


def _dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - repeatable on purpose


def test_the_same_seed_sends_the_same() -> None:
    first, second = (in_turns(ALL, _dice(7)) for _ in range(2))
    assert first == second
    assert first != in_turns(ALL, _dice(8))


@pytest.mark.parametrize("hour", range(24))
def test_it_is_noon_where_the_people_are(hour: int) -> None:
    start = NOON.replace(hour=hour, minute=59)
    there = start.astimezone(ZoneInfo(where_it_is_noon(start)))
    assert (there.hour, there.date()) == (12, start.date())


def test_every_plot_meets_every_audience() -> None:
    met = {(tuple(sorted(j.person.addresses)), tuple(s[1:] for s in j.told)) for j in ALL[:24]}
    assert len(met) == len(PLOTS) * len(AUDIENCES)


def test_in_turns_each_order_keeps_its_own_order() -> None:
    events = in_turns(ALL, _dice(7))
    found = defaultdict(list)
    for event in events:
        found[event.data.order_id].append(event.time)
    assert len(events) == sum(len(journey.events) for journey in ALL)
    assert all(times == sorted(times) for times in found.values())


def test_shuffled_is_every_event_twice() -> None:
    events = in_turns(ALL, _dice(7))
    ids = [event.id for event in doubled_and_shuffled(events, _dice(7))]
    assert sorted(ids) == sorted([event.id for event in events] * 2)
    assert ids[: len(events)] != [event.id for event in events]


@pytest.mark.parametrize(
    ("plot", "lasting"),
    [
        (0, {Kind.SHIPMENT_DELIVERED}),
        (1, {Kind.SHIPMENT_DELIVERED, Kind.ORDER_COMPLETED}),
        (2, {Kind.ORDER_CANCELLED, Kind.PAYMENT_REFUNDED}),
        (3, {Kind.ORDER_CONFIRMED}),
        (4, {Kind.SHIPMENT_DELIVERED, Kind.RETURN_APPROVED, Kind.PAYMENT_REFUNDED}),
        (5, {Kind.SHIPMENT_READY_FOR_PICKUP}),
    ],
)
def test_what_lasts_is_the_newest_of_each_thread(plot: int, lasting: set[Kind]) -> None:
    [journey] = journeys(Cast(orders=1, plots=(PLOTS[plot],)), NOON)
    assert {statement.kind for statement in journey.lasting} == lasting


def test_two_parcels_are_two_threads_beside_that_of_their_order() -> None:
    [journey] = journeys(Cast(orders=1, plots=(PLOTS[1],)), NOON)
    assert {s.subject for s in journey.lasting} == {"shipment:S1", "shipment:S2", ORDER}


def test_a_customer_of_all_channels_hears_a_cancellation_by_mail_and_by_messenger() -> None:
    [journey] = journeys(Cast(orders=1, plots=(PLOTS[2],), audiences=(REACHED,)), NOON)
    due = expectation([journey]).due
    cancelled = {m.channel for m in due if m.statement.kind is Kind.ORDER_CANCELLED}
    assert cancelled == {Channel.EMAIL, Channel.TELEGRAM}


def test_addresses_are_of_one_customer_alone() -> None:
    people = {journey.person.key: journey.person for journey in ALL}
    addresses = [a for person in people.values() for a in person.addresses.values()]
    assert len(addresses) == len(set(addresses))
