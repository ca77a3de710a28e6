"""Several incidents that are one trouble to the customer."""

from datetime import datetime

import msgspec
import pytest

from headsup.contracts.catalogue import Kind
from services.order_events.incidents import Incident
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

NOTICE, SOLVED = Kind.INCIDENT_NOTICE, Kind.INCIDENT_SOLVED
ONE = m.outage(o.TUESDAY)
OTHER = msgspec.structs.replace(m.outage(o.TUESDAY + o.HOUR), id="I2")
MEESTS = msgspec.structs.replace(m.outage(o.TUESDAY + o.HOUR, "Meest"), id="I2")


def told(order: o.Order, at: datetime, *incidents: Incident) -> list[Kind]:
    """What is said of these incidents, and heard."""
    order.incidents = incidents
    said = o.kinds(order.looks(at))
    p.all_is_heard(order)
    return said


@pytest.mark.parametrize("carrier", ["NOVA POSHTA", "nova-poshta", " Nova  Poshta"])
def test_an_incident_concerns_its_carrier_however_the_name_is_written(carrier: str) -> None:
    assert told(m.shipped(None), o.TUESDAY, m.outage(o.TUESDAY, carrier)) == [NOTICE]


def test_a_trouble_that_is_reported_twice_is_told_once() -> None:
    order = m.shipped(None)

    assert told(order, o.TUESDAY, ONE) == [NOTICE]
    assert told(order, OTHER.opened_at, ONE, OTHER) == []


def test_of_two_that_become_known_at_once_one_is_told() -> None:
    assert told(m.shipped(None), OTHER.opened_at, ONE, OTHER) == [NOTICE]


def test_trouble_is_not_over_while_another_incident_of_the_same_goes_on() -> None:
    order = m.shipped(None)
    told(order, o.TUESDAY, ONE)
    told(order, OTHER.opened_at, ONE, OTHER)
    half, whole = o.TUESDAY + 5 * o.HOUR, o.WEDNESDAY + 10 * o.HOUR
    ended = m.over(ONE, half)

    assert told(order, half, ended, OTHER) == []
    assert told(order, whole, ended, m.over(OTHER, whole)) == [SOLVED]
    assert told(order, whole + o.HOUR, ended, m.over(OTHER, whole)) == []


def test_the_end_of_both_is_told_once_where_both_were_told() -> None:
    order = m.shipped(None)
    told(order, o.TUESDAY, ONE)
    told(order, OTHER.opened_at, OTHER)  # as if the first were not known
    end = o.TUESDAY + 5 * o.HOUR

    assert told(order, end, m.over(ONE, end), m.over(OTHER, end)) == [SOLVED]


def test_trouble_that_begins_after_the_last_was_solved_is_told() -> None:
    order = m.shipped(None)
    told(order, o.TUESDAY, ONE)
    ended = m.over(ONE, o.TUESDAY + o.HOUR / 2)

    assert told(order, o.TUESDAY + o.HOUR / 2, ended) == [SOLVED]
    assert told(order, OTHER.opened_at, ended, OTHER) == [NOTICE]


def test_the_trouble_of_another_carrier_is_another() -> None:
    order = p.paid_order(
        o.scan(o.MONDAY, "S1", carrier="Nova Poshta"), o.scan(o.MONDAY, "S2", carrier="Meest")
    )

    assert told(order, o.TUESDAY, ONE) == [NOTICE]
    assert told(order, MEESTS.opened_at, ONE, MEESTS) == [NOTICE]
