"""Whatever happens between the topic and the customer ends the same.

A journey's events come in any order and any number of times, are cut into batches of any size, read
while more waits or not, and lost in a crash after any of them; what was committed is published
zero or more times in any order; outcomes come late, twice and in any order. Then:

- the facts are the same, byte for byte, as if every event had come once and in order;
- what was asked for is what we remember having said: nothing lost, nothing forgotten;
- that the customer bought is told, and under one id;
- nothing is said twice: one id is one content, and no statement is heard under two ids;
- the newest state is what the customer was told: whoever reads all at once says nothing else;
- the order comes to rest: there is nothing left to say, nothing to take back.

Hypothesis is random at a desk and the same every time where CI is set.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from headsup.contracts import envelope
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CustomerPurchased
from services.order_events.facts import Facts
from services.order_events.reconcile import reconcile
from services.order_events.rules.base import Case
from services.order_events.told import Statement, Told
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events.aftersale import aftersale_journeys
from tests.unit.services.order_events.last_words import is_told
from tests.unit.services.order_events.strategies import (
    TROUBLES,
    journeys,
    order_journeys,
    parcel_journeys,
    shuffled,
)
from tests.unit.services.order_events.world import STEPS, World, live

ONE_BY_ONE = [("read", 1, True, False)] * 12
"""As it is most days: nothing waits, and nothing dies."""


def canonical(facts: Facts) -> bytes:
    """The facts with their dicts in one order."""
    return msgspec.json.encode(facts, order="deterministic")


def heard(statements: Mapping[str, Statement]) -> Counter[tuple[str, ...]]:
    """How often each statement was heard by each reader. The tilde marks one that is said again
    after it was taken back; one that was heard is never taken back."""
    return Counter(
        (said.kind, said.subject, said.audience, said.first_version)
        for said in statements.values()
        if said.heard
    )


LIVES = journeys() | parcel_journeys() | order_journeys() | aftersale_journeys()
HAPPENINGS = st.lists(STEPS, max_size=25) | st.just(ONE_BY_ONE)
BATCH_SIZES = st.lists(st.integers(1, 4), min_size=16, max_size=16)


@st.composite
def lives(draw: st.DrawFn) -> World:
    """A world that has lived through a journey."""
    events = draw(LIVES)
    world = World(draw(shuffled(events)), draw(TROUBLES))
    world.now = max(event.time for event in events)
    live(world, draw(HAPPENINGS))
    world.ends()
    return world


@settings(max_examples=300)
@given(lives())
def test_whatever_happens_in_between_ends_the_same(world: World) -> None:
    order, notifier, troubles = world.order, world.notifier, world.shop.incidents
    in_order = sorted(world.log, key=lambda event: (event.time, event.id))
    assert canonical(order.facts) == canonical(o.folded(in_order))
    assert notifier.requests.keys() == order.told.statements.keys()
    assert notifier.purchases == {order.told.purchase}
    told_back = {id_ for id_, said in order.told.statements.items() if said.withdrawn_at}
    assert notifier.withdrawn == told_back
    assert max(Counter(notifier.sent).values(), default=1) == 1
    for id_, statement in order.told.statements.items():
        assert [x.status for x in statement.outcomes.values()] == [notifier.became_of(id_)]
    assert max(heard(order.told.statements).values(), default=1) == 1
    rest = reconcile(Case(order.facts, order.told, world.now, incidents=troubles))
    assert (rest.announce, rest.withdraw, rest.unsaid) == ((), (), ())
    for true in reconcile(Case(order.facts, Told(), world.now, incidents=troubles)).announce:
        assert is_told(order.told, true), true.request.kind


@given(st.data())
def test_a_backlog_in_any_batches_says_no_more_than_one_that_is_read_at_once(
    data: st.DataObject,
) -> None:
    events = data.draw(journeys())
    sizes = data.draw(BATCH_SIZES)
    world = World(data.draw(shuffled(events)), data.draw(TROUBLES))
    world.now = max(event.time for event in events)
    for size in sizes:
        world.reads(size, is_current=False, crashes=data.draw(st.booleans()))
    said = [envelope.decode(each.value, each.headers, world.now) for each in world.database.outbox]
    assert {type(each.data) for each in said} <= {CustomerPurchased}
    world.reads(len(world.log), is_current=False)
    world.looks()
    world.publishes()
    troubles = world.shop.incidents
    at_once = reconcile(Case(o.folded(events), Told(), world.now, incidents=troubles))
    assert sorted(world.notifier.requests) == sorted(said.id for said in at_once.announce)


@given(journeys() | parcel_journeys() | order_journeys(), TROUBLES, st.lists(STEPS, max_size=10))
def test_a_replay_of_the_whole_topic_says_nothing(
    events: list[Event[Any]], troubles: list[Event[Any]], steps: Sequence[tuple[Any, ...]]
) -> None:
    world = World(events, troubles)
    world.now = max(event.time for event in events)
    live(world, steps)
    world.ends()
    before = len(world.published)
    world.database.position = 0
    world.database.received.clear()
    live(world, [("read", 3, True, False)] * len(world.log))
    assert len(world.published) + len(world.database.outbox) == before
