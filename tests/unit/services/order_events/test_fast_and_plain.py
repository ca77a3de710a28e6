"""The fast way decides what the plain way does.

Fast: rules share what they ask of a case, a parcel keeps where it is, parcels of which a rule has
nothing to say are passed over, what was never told is not taken back, and the order as it is when
all was said is made once. Plain: each rule judges every parcel, of facts of its own that nobody
asked anything before, and nothing is kept.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from itertools import product
from typing import Any, Final
from unittest.mock import patch

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus
from services.order_events import reconcile as module
from services.order_events.facts import Facts, decode, encode
from services.order_events.fold import fold
from services.order_events.reconcile import Decision, reconcile
from services.order_events.rules.asked import asked_of
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Subjects,
    Verdict,
    content,
    the_order,
)
from services.order_events.rules.parcels import shipments, shipments_once
from services.order_events.rules.refund_clock import item_owings, owed, owings
from services.order_events.rules.table import RULES
from services.order_events.told import Told
from services.order_events.told import decode as decode_told
from services.order_events.told import encode as encode_told
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events.aftersale import aftersale_journeys
from tests.unit.services.order_events.strategies import (
    TROUBLES,
    journeys,
    order_journeys,
    parcel_journeys,
    shuffled,
)
from tests.unit.services.order_events.world import STEPS, World, live

_LIVES = journeys() | parcel_journeys() | order_journeys() | aftersale_journeys()
KEPT = ("accepted_at", "has_moved", "is_all_digital", "missing_downloads", "shipped_lines")
_LATER = (st.integers(0, 200) | st.sampled_from([400, 1000])).map(lambda hours: hours * o.HOUR)


def plain(rule: Rule) -> Rule:
    """The rule of every parcel, of a case that nobody looked at before."""

    def judge(case: Case, subject: str) -> Verdict:
        facts, told = decode(encode(case.facts)), decode_told(encode_told(case.told))
        return rule.judge(msgspec.structs.replace(case, facts=facts, told=told), subject)

    subjects = shipments if passes_parcels_over(rule) else _ALL.get(rule.subjects, rule.subjects)
    return type(rule)(rule.kind, subjects, judge, only_in_silence=rule.only_in_silence)


def _whatever_may_be_owed(facts: Facts) -> list[str]:
    returns = [f"refund:return:{id_}" for id_ in facts.returns]
    return [
        "refund:order",
        *returns,
        *(f"refund:{s}" for s in shipments(facts)),
        *item_owings(facts),
    ]


_ALL: Final[dict[Subjects, Subjects]] = {owings: _whatever_may_be_owed}
"""What other rules would judge, if nothing were left out."""


def passes_parcels_over(rule: Rule) -> bool:
    """Whether it is not asked of every parcel."""
    return rule.subjects.__qualname__.startswith(shipments_once.__qualname__)


PLAIN = tuple(map(plain, RULES))


class Everything:
    """Holds whatever is asked for."""

    def __contains__(self, _what: object) -> bool:
        return True


class Plain(module._Difference):
    """Keeps nothing, and leaves nothing out."""

    def once_said(self, case: Case) -> Case:
        return module._once_said(case, self.decision())

    def __init__(self, case: Case, customer: Customer, gone: AbstractSet[str]) -> None:
        super().__init__(case, customer, gone)
        self._was_told = Everything()


def decided_plainly(case: Case) -> Decision:
    """The decision of the plain way."""
    with patch.object(module, "_Difference", Plain):
        return reconcile(case, PLAIN)


@settings(max_examples=60)
@given(st.data(), TROUBLES, st.lists(STEPS, max_size=10), _LATER)
def test_whatever_is_left_out_decides_nothing(
    data: st.DataObject,
    troubles: list[Event[Any]],
    steps: Sequence[tuple[Any, ...]],
    later: timedelta,
) -> None:
    events = data.draw(shuffled(data.draw(_LIVES)))
    world = World(events, troubles)
    world.now = max(event.time for event in events)
    for step in [*steps, ("read", len(events), True, False)]:
        live(world, [step])
        if world.database.order is None:
            continue
        order, moments = world.order, (world.now, world.now + later)
        for facts, now in product((order.facts, o.folded(events)), moments):
            case = Case(facts, order.told, now, incidents=world.shop.incidents)
            assert reconcile(case) == decided_plainly(case)


@settings(max_examples=100)
@given(parcel_journeys() | journeys())
def test_nor_where_everything_is_heard_at_once(events: list[Event[Any]]) -> None:
    order = o.Order()
    for event in sorted(events, key=lambda event: event.time):
        decision = order.hears(event)
        for said in decision.announce:
            order.learns_of(said.id, said.request.kind, OutcomeStatus.SENT)
        case = Case(o.folded(events), order.told, event.time)
        assert reconcile(case) == decided_plainly(case)


@given(_LIVES)
def test_a_parcel_that_is_passed_over_has_nothing_to_be_told_of(events: list[Event[Any]]) -> None:
    facts = o.folded(events)
    case = Case(facts, Told(), max(event.time for event in events))
    for rule in filter(passes_parcels_over, RULES):
        for subject in set(shipments(facts)) - set(rule.subjects(facts)):
            assert rule.judge(case, subject) in (None, Overtaken(None)), rule.kind


@settings(max_examples=300)
@given(_LIVES)
def test_nothing_is_owed_for_what_is_not_reckoned(events: list[Event[Any]]) -> None:
    facts = o.folded([o.pay(o.MONDAY, "P0"), *events])
    case = Case(facts, Told(), max(event.time for event in events))
    for subject in set(_whatever_may_be_owed(facts)) - set(owings(facts)):
        assert owed(case, subject) is None, subject


@given(_LIVES)
def test_where_a_parcel_is_follows_every_event(events: list[Event[Any]]) -> None:
    facts = None
    for event in events:
        facts = fold(facts, event)
        fresh = decode(encode(facts))
        for id_, parcel in facts.shipments.items():
            assert parcel.now_at == fresh.shipments[id_].now_at


@given(_LIVES)
def test_what_is_kept_of_facts_follows_every_event(events: list[Event[Any]]) -> None:
    facts = None
    for event in events:
        facts = fold(facts, event)
        fresh = decode(encode(facts))
        for name in KEPT:
            assert getattr(facts, name) == getattr(fresh, name), name


@given(st.lists(_LIVES, min_size=1, max_size=3))
def test_a_rule_that_is_not_asked_has_nothing_to_judge(lives: list[list[Event[Any]]]) -> None:
    """Also where orders of the same shape were there before."""
    for events in lives:
        facts = None
        for event in events:
            facts = fold(facts, event)
            case = Case(facts, Told(), event.time)
            asked = {rule.kind for _, rules in asked_of(case, RULES) for rule in rules}
            assert {rule.kind for rule in RULES if any(rule.subjects(facts))} <= asked


def test_most_rules_are_not_asked_of_most_orders() -> None:
    case = Case(o.folded([o.placed()]), Told(), o.MONDAY)
    assert sum(len(rules) for _, rules in asked_of(case, RULES)) < len(RULES) / 2


def test_what_was_told_last_comes_first_also_where_it_was_asked_before() -> None:
    order = o.Order()
    order.hears(o.placed(), at=o.MONDAY)
    [(first, _)] = order.told.newest_first()
    order.hears(o.cancelled(o.MONDAY + o.HOUR), at=o.MONDAY + o.HOUR)
    assert [id_ for id_, _ in order.told.newest_first()][-1] == first
    assert len(order.told.newest_first()) > 1


def test_parcels_are_passed_over_at_all() -> None:
    assert any(map(passes_parcels_over, RULES))


def test_whoever_speaks_only_in_silence_knows_what_was_decided_up_to_then() -> None:
    """Also where it was asked before, and more was decided since."""
    order = o.Order()
    order.hears(o.placed(), at=o.MONDAY)
    [id_] = order.told.statements
    heard = list[tuple[bool, int]]()

    def listens(case: Case, _subject: str) -> Verdict:
        said = case.told.statements
        heard.append((said[id_].withdrawn_at is not None, len(said)))
        return None

    def takes_back(_case: Case, _subject: str) -> Verdict:
        return Overtaken(None)

    def speaks(case: Case, _subject: str) -> Verdict:
        return Announce(case.now, lambda: content(case.facts))

    silent = Rule(Kind.ORDER_NO_NEWS, the_order, listens, only_in_silence=True)
    first = Rule(order.told.statements[id_].kind, the_order, takes_back)
    second = Rule(Kind.ORDER_NOTE, the_order, speaks)
    facts = o.folded([o.placed()])
    reconcile(Case(facts, order.told, o.MONDAY), (silent, first, silent, second, silent))
    assert heard[:3] == [(False, 1), (True, 1), (True, 2)]
