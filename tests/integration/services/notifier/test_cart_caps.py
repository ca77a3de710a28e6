"""Nobody is reminded of carts more often in a week than the shop allows, whoever decides it."""

import asyncio
import random
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus, Reason
from services.notifier.attempts import State
from services.notifier.channels import PermanentError, TransientError
from tests.integration.services.notifier.test_intake import record, way_in
from tests.support.cart_requests import agrees, purchased, reminder
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, told, withdrawn

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
MAIL = "oksana@mail.example"
GUEST = Customer(id="g-1", email="Oksana@mail.example")
LATER = TransientError("421", retry_after=3600.0)


@pytest.fixture
def most(rig: Rig) -> int:
    """In a week, of our shop."""
    return rig.settings.shops[SHOP].carts.most_in_a_week


def _of_one_visit(count: int, *, first: int = 1) -> list[Event[Any]]:
    steps = range(first, first + count)
    return [reminder(f"r{n}", "f-1", step=n, expires_at=MONDAY + 30 * DAY) for n in steps]


async def _decisions(rig: Rig) -> dict[str, str]:
    rows = await rig.pool.fetch("SELECT id, decision, reason FROM notifier.requests ORDER BY id")
    return {row["id"]: row["reason"] or row["decision"] for row in rows}


async def _written(rig: Rig, who: str = "customer:c-1") -> set[str]:
    query = "SELECT jsonb_object_keys(reminders) AS id FROM notifier.cart_flows WHERE who = $1"
    return {row["id"] for row in await rig.pool.fetch(query, who)}


def _ends(count: int, last: str, *, first: int = 1) -> dict[str, str]:
    """So many were planned, and this became of the next."""
    planned = {f"r{n}": "planned" for n in range(first, first + count)}
    return planned | {f"r{first + count}": last}


async def test_the_next_after_the_most_that_the_shop_allows_is_not_sent_and_says_why(
    rig: Rig, most: int
) -> None:
    async with rig.running():
        await rig.emit(agrees(), *_of_one_visit(most))
        await rig.until({f"r{n}.0": State.SENT for n in range(1, most + 1)})
        [last] = _of_one_visit(1, first=most + 1)
        await rig.emit(last)
        outcomes = await rig.outcomes(most + 1)
    assert len(rig.senders.email.sent) == most
    assert told(outcomes[most:]) == [(None, OutcomeStatus.SUPPRESSED, Reason.CAPPED)]
    assert outcomes[most].cart == last.data.cart


async def test_a_week_after_the_first_of_them_the_next_may_be_sent(rig: Rig, most: int) -> None:
    entrance = way_in(rig)
    first, *others = _of_one_visit(most + 2)
    await entrance.take(record(agrees()), record(first))
    rig.clock.move(DAY)
    await entrance.take(*map(record, others[: most - 1]))
    rig.clock.move(6 * DAY - HOUR)
    await entrance.take(record(others[-2]))
    rig.clock.move(HOUR)
    await entrance.take(record(others[-1]))
    assert await _decisions(rig) == _ends(most, "capped") | {f"r{most + 2}": "planned"}
    kept = {event.id for event in (first, *others)} - {f"r{most + 1}"}
    assert await _written(rig) == kept  # the first as well, while its flow lasts


async def test_a_guest_with_the_same_address_is_the_same_person(rig: Rig, most: int) -> None:
    entrance = way_in(rig)
    await entrance.take(record(agrees()), record(agrees("g-1")))
    for n in range(1, most + 2):
        who = {"customer": GUEST} if n % 2 else {}
        await entrance.take(record(reminder(f"r{n}", f"f-{n}", at=rig.clock.now(), **who)))
        rig.clock.move(25 * HOUR)
    assert await _decisions(rig) == _ends(most, "capped")


async def test_whoever_logs_in_on_the_way_is_the_same_person_by_the_cart(
    rig: Rig, most: int
) -> None:
    entrance = way_in(rig)
    guest = Customer(id="g-1", email="guest@mail.example")
    await entrance.take(record(agrees()), record(agrees("g-1")))
    for n, event in enumerate(_of_one_visit(most + 1), 1):
        step = {"step": n, "expires_at": MONDAY + DAY}
        asked = event if n % 2 else reminder(f"r{n}", "f-1", customer=guest, **step)
        await entrance.take(record(asked))
    assert await _decisions(rig) == _ends(most, "capped")


async def test_somebody_else_is_not_counted_in(rig: Rig, most: int) -> None:
    entrance = way_in(rig)
    other = Customer(id="c-2", email="pavlo@mail.example")
    await entrance.take(record(agrees()), record(agrees("c-2")))
    await entrance.take(*map(record, _of_one_visit(most)))
    await entrance.take(record(reminder("q1", "f-2", customer=other)))
    assert (await _decisions(rig))["q1"] == "planned"


async def test_what_is_read_again_counts_once(rig: Rig, most: int) -> None:
    entrance = way_in(rig)
    events = _of_one_visit(most)
    await entrance.take(record(agrees()))
    for event in events:
        await entrance.take(record(event), record(event))
        await entrance.take(*map(record, events[: events.index(event) + 1]))
    assert await _decisions(rig) == {event.id: "planned" for event in events}
    assert await _written(rig) == {event.id for event in events}


async def test_a_request_counts_once_however_many_channels_are_tried(rig: Rig, most: int) -> None:
    rig.senders.email.fail(PermanentError("550", Reason.INVALID_ADDRESS, address_is_bad=True))
    async with rig.running():
        await rig.emit(agrees(by=(Channel.EMAIL, Channel.SMS)), *_of_one_visit(1))
        await rig.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})
        await rig.emit(*_of_one_visit(most, first=2))
        await rig.outcomes(most + 2)
    assert await _decisions(rig) == _ends(most, "capped")


async def test_what_came_to_nothing_makes_room_for_another(rig: Rig, most: int) -> None:
    entrance = way_in(rig)
    await entrance.take(record(agrees()), *map(record, _of_one_visit(most)))
    await entrance.take(record(withdrawn("r1")))
    await entrance.take(*map(record, _of_one_visit(2, first=most + 1)))
    assert await _decisions(rig) == _ends(most + 1, "capped")
    assert await _written(rig) == {f"r{n}" for n in range(2, most + 2)}


@pytest.mark.parametrize(
    ("state", "becomes"),
    [
        (State.WITHDRAWN, "planned"),
        (State.SUPPRESSED, "planned"),
        (State.EXPIRED, "planned"),
        (State.FAILED, "planned"),
        (State.PLANNED, "capped"),
        (State.SENDING, "capped"),
        (State.SENT, "capped"),
        (State.DELIVERED, "capped"),
        (State.UNKNOWN, "capped"),
    ],
)
async def test_what_was_heard_or_may_be_counts_and_nothing_else(
    rig: Rig, most: int, state: State, becomes: str
) -> None:
    entrance = way_in(rig)
    await entrance.take(record(agrees()), *map(record, _of_one_visit(most)))
    await rig.pool.execute("UPDATE notifier.notifications SET state = $1 WHERE id = 'r1.0'", state)
    await entrance.take(*map(record, _of_one_visit(1, first=most + 1)))
    assert await _decisions(rig) == _ends(most, becomes)


async def test_a_purchase_that_stops_what_waits_makes_room_for_what_is_left_later(
    rig: Rig, most: int
) -> None:
    rig.senders.email.fail(LATER)
    async with rig.running():
        await rig.emit(agrees(), *_of_one_visit(1))
        await eventually(rig.has_retried)
        await rig.emit(purchased())
        await eventually(partial(_knows_a_purchase, rig))
        await rig.is_due_now()
        await rig.until({"r1.0": State.SUPPRESSED})
    entrance, later = way_in(rig), MONDAY + 25 * HOUR
    rig.clock.move(later - MONDAY)
    await entrance.take(
        *(
            record(reminder(f"r{n}", "f-2", step=n, at=later, touched_at=later - HOUR))
            for n in range(2, most + 3)
        )
    )
    assert await _decisions(rig) == _ends(most + 1, "capped")


async def _knows_a_purchase(rig: Rig) -> bool:
    return bool(await rig.pool.fetchrow("TABLE notifier.purchases"))


ROUNDS, REPLICAS, FAMILY = 12, 4, 3


async def test_however_many_replicas_decide_at_once_nobody_hears_more_than_the_most(
    rig: Rig, most: int
) -> None:
    """One cart that a family shares, under many numbers: every replica is asked to remind each of
    them at once, by two keys of which the others know one. Each round is two days later."""
    chance = random.Random(6)  # noqa: S311 - an order, no secret
    entrances = [way_in(rig) for _ in range(REPLICAS)]
    people = [f"c-{replica}-{n}" for replica in range(REPLICAS) for n in range(FAMILY)]
    await entrances[0].take(*(record(agrees(name)) for name in people))
    asked_at: dict[str, datetime] = {}
    for number in range(ROUNDS):
        now = rig.clock.now()
        given = [_for_a_family(number, replica, now) for replica in range(REPLICAS)]
        asked_at |= {event.id: now for events in given for event in events}
        await asyncio.gather(
            *(
                entrance.take(*map(record, chance.sample(events, len(events))))
                for entrance, events in zip(entrances, given, strict=True)
            )
        )
        rig.clock.move(2 * DAY)
    decisions = await _decisions(rig)
    planned = [asked_at[id_] for id_, became in decisions.items() if became == "planned"]
    assert set(decisions.values()) == {"planned", "capped"}
    weeks = [sum(at - 7 * DAY < one <= at for one in planned) for at in asked_at.values()]
    assert max(weeks) == most


def _for_a_family(number: int, replica: int, now: datetime) -> list[Event[Any]]:
    return [
        reminder(
            f"r-{number}-{replica}-{n}",
            "f-1",
            customer=Customer(id=f"c-{replica}-{n}", email=f"{n}@mail.example"),
            at=now,
            step=number + 1,
        )
        for n in range(FAMILY)
    ]
