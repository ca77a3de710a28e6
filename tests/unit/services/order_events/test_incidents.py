"""What is known of an incident, whatever the order of its events, and whom it concerns."""

from datetime import datetime
from itertools import permutations
from typing import Any

import pytest

from headsup.contracts import shop
from headsup.contracts.envelope import Event, make
from headsup.contracts.shop import IncidentScope
from services.order_events.incidents import (
    Incident,
    IncidentState,
    carriers_under_way,
    concerned,
    decode,
    encode,
    fold,
    known,
)
from tests.unit.services.order_events import orders as o


def opened(at: datetime, carrier: str = "Nova Poshta", **what: Any) -> Event[Any]:
    data = shop.IncidentOpened(
        incident_id="I1", scope=IncidentScope.CARRIER, carrier=carrier, **what
    )
    return make(o.SHOP, f"open-{at.isoformat()}", at, data)


def resolved(at: datetime) -> Event[Any]:
    return make(o.SHOP, f"end-{at.isoformat()}", at, shop.IncidentResolved(incident_id="I1"))


def state(*events: Event[Any]) -> IncidentState:
    found: IncidentState | None = None
    for event in events:
        found = fold(found, event)
    assert found is not None
    return found


def incident(*events: Event[Any]) -> Incident:
    found = known("I1", state(*events))
    assert found is not None
    return found


def test_any_order_and_repetition_of_its_events_gives_the_same() -> None:
    events = [opened(o.MONDAY), opened(o.TUESDAY, until=o.FRIDAY), resolved(o.WEDNESDAY)]

    found = {encode(state(*some, *some[:1])) for some in permutations(events)}
    assert len(found) == 1
    assert decode(found.pop()) == state(*events)


def test_the_last_word_of_what_it_is_counts() -> None:
    found = incident(opened(o.TUESDAY, "Meest"), opened(o.MONDAY, "Nova Poshta"))

    assert (found.carrier, found.opened_at, found.is_active) == ("Meest", o.TUESDAY, True)


def test_it_is_over_when_that_was_said_last() -> None:
    over = [opened(o.MONDAY), resolved(o.TUESDAY)]

    assert not incident(*over).is_active
    assert state(*over).over_since == o.TUESDAY
    assert incident(*over, opened(o.WEDNESDAY)).is_active
    assert state(*over, opened(o.WEDNESDAY)).over_since is None


def test_an_end_that_lies_before_every_beginning_counts_whatever_clock_wrote_it() -> None:
    skewed = [opened(o.TUESDAY), resolved(o.TUESDAY - o.HOUR)]

    for events in (skewed, skewed[::-1]):
        assert not incident(*events).is_active
        assert state(*events).over_since == incident(*events).resolved_at == o.TUESDAY
    assert incident(*skewed, opened(o.MONDAY)).is_active  # it ended then, and began again


def test_an_end_without_a_beginning_concerns_nobody_yet() -> None:
    assert known("I1", state(resolved(o.MONDAY))) is None


def test_a_carrier_is_known_by_its_name_however_it_is_written() -> None:
    assert incident(opened(o.MONDAY)).concerns("NOVA POSHTA")
    assert not incident(opened(o.MONDAY)).concerns("Meest")
    assert not incident(opened(o.MONDAY)).concerns(None)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (o.label(o.TUESDAY, carrier="Nova Poshta"), ["novaposhta"]),
        (o.scan(o.TUESDAY, carrier="Straße"), ["strasse"]),
        (o.handed_over(o.TUESDAY, carrier="Nova Poshta"), []),
        (o.scan(o.TUESDAY), []),
    ],
)
def test_the_carriers_of_an_order_are_those_that_have_its_parcels(
    event: Event[Any], expected: list[str]
) -> None:
    assert carriers_under_way(o.folded([o.placed_and_paid(), event])) == expected


def test_the_orders_of_every_carrier_that_was_named_are_looked_at() -> None:
    both = [opened(o.MONDAY, "Nova Poshta"), opened(o.TUESDAY, "Meest")]

    assert concerned(state(*both)) == concerned(state(*both[::-1])) == ["meest", "novaposhta"]
    assert concerned(state(resolved(o.MONDAY), both[1])) == ["meest"]


def test_all_orders_are_looked_at_when_it_is_or_was_the_shops_own() -> None:
    own = shop.IncidentOpened(incident_id="I1", scope=IncidentScope.SHOP)
    begun = make(o.SHOP, "own", o.MONDAY, own)

    assert concerned(state(begun)) is None
    assert concerned(state(begun, opened(o.TUESDAY))) is None


def test_what_was_stored_before_the_carriers_were_remembered_still_names_its_own() -> None:
    said = b'{"incident_id": "I1", "scope": "carrier", "carrier": "Meest"}'
    old = b'{"opened": ["2026-11-23T09:00:00Z", "e", %s]}' % said

    assert concerned(decode(old)) == ["meest"]
    assert concerned(fold(decode(old), opened(o.TUESDAY))) == ["meest", "novaposhta"]
