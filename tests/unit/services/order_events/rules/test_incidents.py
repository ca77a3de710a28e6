"""Trouble of a carrier's or of the shop's: one calm message, and one when it is over."""

from datetime import timedelta
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus
from headsup.contracts.shop import IncidentScope
from services.order_events.incidents import Incident
from services.order_events.rules.base import Case
from services.order_events.rules.pauses import LONGEST_INCIDENT, keeps_quiet
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

NOTICE, SOLVED = Kind.INCIDENT_NOTICE, Kind.INCIDENT_SOLVED
CARRIERS = m.outage(o.TUESDAY)
SHOPS = m.outage(o.TUESDAY, None)


def hit(order: o.Order, incident: Incident) -> list[Kind]:
    """What is said when the incident becomes known, four hours after it began."""
    order.incidents = (incident,)
    return o.kinds(order.looks(incident.opened_at + 4 * o.HOUR))


@pytest.mark.parametrize(
    ("events", "carriers", "shops"),
    [
        pytest.param([], [], [NOTICE], id="in preparation"),
        pytest.param([o.label(o.MONDAY, carrier="nova poshta")], [NOTICE], [NOTICE], id="labelled"),
        pytest.param([o.scan(o.MONDAY, carrier="Nova Poshta")], [NOTICE], [], id="under way"),
        pytest.param([o.scan(o.MONDAY, carrier="Meest")], [], [], id="with another carrier"),
        pytest.param(
            [o.handed_over(o.MONDAY, carrier="Nova Poshta")], [], [], id="delivered already"
        ),
        pytest.param(
            [o.at_the_locker(o.MONDAY, carrier="Nova Poshta")], [], [], id="waiting to be fetched"
        ),
        pytest.param(
            [o.scan(o.MONDAY, carrier="Nova Poshta"), o.cancelled(o.MONDAY)], [], [], id="cancelled"
        ),
        pytest.param(
            [o.scan(o.MONDAY, carrier="Nova Poshta"), o.label(o.MONDAY, "S2")],
            [NOTICE],
            [NOTICE],
            id="one of two parcels",
        ),
    ],
)
def test_an_incident_is_told_to_whom_it_concerns(
    events: list[Event[Any]], carriers: list[Kind], shops: list[Kind]
) -> None:
    assert hit(p.paid_order(*events), CARRIERS) == carriers
    assert hit(p.paid_order(*events), SHOPS) == shops


def test_an_order_that_is_not_accepted_is_not_concerned() -> None:
    order = o.Order()
    order.hears(o.placed())

    assert hit(order, SHOPS) == []


def test_a_notice_says_whose_trouble_it_is_and_when_it_should_be_over() -> None:
    order = m.shipped(None)
    order.incidents = (m.outage(o.TUESDAY, until=o.WEDNESDAY),)

    content = o.only(order.looks(o.TUESDAY))

    assert (content.scope, content.carrier) == (IncidentScope.CARRIER, "Nova Poshta")
    assert content.until == o.WEDNESDAY
    assert content.next_update_by == o.WEDNESDAY + timedelta(hours=7)


def test_the_moment_of_its_end_may_move_and_nothing_more_is_said() -> None:
    order = m.shipped(None)
    hit(order, m.outage(o.TUESDAY, until=o.WEDNESDAY))
    p.all_is_heard(order)

    assert hit(order, m.outage(o.TUESDAY, until=o.THURSDAY)) == []


def test_an_order_that_comes_later_hears_of_what_goes_on() -> None:
    order = p.paid_order()
    order.incidents = (m.outage(o.MONDAY - 3 * o.DAY),)

    said = o.kinds(order.hears(o.scan(o.TUESDAY, carrier="Nova Poshta")))

    assert said == [Kind.SHIPMENT_SHIPPED, NOTICE]


def test_when_it_is_over_that_is_said_once() -> None:
    order = m.shipped(o.FRIDAY)
    hit(order, CARRIERS)
    p.all_is_heard(order)
    order.incidents = (m.over(CARRIERS, o.WEDNESDAY),)

    content = o.only(order.looks(o.WEDNESDAY))
    p.all_is_heard(order)

    assert (content.scope, content.estimate) == (IncidentScope.CARRIER, o.by(o.FRIDAY))
    assert o.kinds(order.looks(o.WEDNESDAY + o.HOUR)) == []


def test_an_earlier_day_waits_until_it_is_known_whether_that_it_is_over_named_one() -> None:
    order = m.shipped(o.FRIDAY)
    hit(order, CARRIERS)
    p.all_is_heard(order)
    order.hears(o.slip(o.TUESDAY + 5 * o.HOUR, o.by(o.THURSDAY)))
    order.incidents = (m.over(CARRIERS, o.WEDNESDAY),)
    order.looks(o.WEDNESDAY)
    order.learns(SOLVED, OutcomeStatus.FAILED)  # a text message follows the mail

    assert Kind.SHIPMENT_EARLIER not in o.kinds(order.looks(o.WEDNESDAY + o.HOUR / 60))
    order.learns(SOLVED)
    assert Kind.SHIPMENT_EARLIER not in o.kinds(order.looks(o.WEDNESDAY + o.HOUR / 30))


def test_who_was_not_told_of_it_does_not_hear_that_it_is_over() -> None:
    order = m.shipped(None)
    hit(order, CARRIERS)
    order.incidents = (m.over(CARRIERS, o.WEDNESDAY),)

    decision = order.looks(o.WEDNESDAY)

    assert decision.announce == ()
    assert len(decision.withdraw) == 1
    order.learns(NOTICE, OutcomeStatus.SENT)  # it was taken back too late
    assert o.kinds(order.looks(o.WEDNESDAY)) == [SOLVED]


def test_whose_parcel_came_in_the_meantime_does_not_hear_that_it_is_over() -> None:
    order = m.shipped(None)
    hit(order, CARRIERS)
    p.all_is_heard(order)
    p.heard(order, o.handed_over(o.TUESDAY + 5 * o.HOUR))
    order.incidents = (m.over(CARRIERS, o.WEDNESDAY),)

    assert o.kinds(order.looks(o.WEDNESDAY)) == []


def test_an_end_that_names_no_day_that_has_passed() -> None:
    order = m.shipped(o.TUESDAY)
    hit(order, CARRIERS)
    p.all_is_heard(order)
    order.incidents = (m.over(CARRIERS, o.THURSDAY),)

    assert o.only(order.looks(o.THURSDAY)).estimate is None


def test_trouble_that_comes_back_after_its_end_was_told_is_told_again() -> None:
    order = m.shipped(None)
    hit(order, CARRIERS)
    p.all_is_heard(order)
    order.incidents = (m.over(CARRIERS, o.WEDNESDAY),)
    order.looks(o.WEDNESDAY)
    p.all_is_heard(order)

    assert hit(order, m.outage(o.THURSDAY)) == [NOTICE]
    p.all_is_heard(order)
    order.incidents = (m.over(m.outage(o.THURSDAY), o.FRIDAY),)
    assert SOLVED in o.kinds(order.looks(o.FRIDAY))


def test_while_the_end_waits_to_be_told_nothing_is_said_of_a_delay() -> None:
    order = m.shipped(o.TUESDAY)
    hit(order, m.outage(o.MONDAY + 2 * o.HOUR))
    p.all_is_heard(order)
    order.incidents = (m.over(order.incidents[0], o.TUESDAY),)
    order.looks(o.TUESDAY)

    slip = o.slip(o.TUESDAY + o.HOUR, o.by(o.FRIDAY))

    assert o.kinds(order.hears(slip)) == []
    p.all_is_heard(order)
    assert o.kinds(order.looks(o.TUESDAY + 2 * o.HOUR)) == [Kind.SHIPMENT_DELAYED]


def test_the_shops_own_trouble_does_not_keep_quiet_about_a_parcel_that_a_carrier_has() -> None:
    order = m.shipped(o.TUESDAY)
    order.incidents = (m.outage(o.MONDAY + 2 * o.HOUR, None),)

    assert o.kinds(order.hears(o.slip(o.TUESDAY, o.by(o.FRIDAY)))) == [Kind.SHIPMENT_DELAYED]


@pytest.mark.parametrize(
    ("incident", "days"),
    [
        pytest.param(m.outage(o.MONDAY + 2 * o.HOUR, until=o.TUESDAY), 2, id="a day after its end"),
        pytest.param(m.outage(o.MONDAY + 2 * o.HOUR), LONGEST_INCIDENT.days + 1, id="two weeks"),
    ],
)
def test_an_incident_that_nobody_closes_is_believed_for_no_longer_than(
    incident: Incident, days: int
) -> None:
    order = m.shipped(None)
    order.incidents = (incident,)
    slip = o.slip(o.TUESDAY, o.by(o.MONDAY + 30 * o.DAY))
    order.told.statements[order.id_of(Kind.SHIPMENT_SHIPPED)].estimate = o.by(o.WEDNESDAY)
    p.heard(order, slip)
    assert Kind.SHIPMENT_DELAYED not in order.said

    said = {kind for _, kind in m.days_of(order, 1, o.MONDAY + days * o.DAY)}

    assert Kind.SHIPMENT_DELAYED in said


def test_whoever_gets_a_gift_hears_of_a_carriers_trouble_once_they_know_of_the_parcel() -> None:
    order = p.paid_order(o.label(o.MONDAY, carrier="Nova Poshta"), recipient=m.FRIEND)
    order.incidents = (CARRIERS,)
    (to_buyer,) = order.looks(o.TUESDAY).announce
    p.all_is_heard(order)

    decision = order.hears(o.scan(o.TUESDAY + o.HOUR))

    told = [each for each in decision.announce if each.request.kind is NOTICE]

    assert to_buyer.request.customer.id == "C1"
    assert [each.request.customer.id for each in told] == ["C2"]


def test_trouble_that_is_now_said_of_another_carrier_is_over_for_who_was_told() -> None:
    order = m.shipped(None)
    assert hit(order, CARRIERS) == [NOTICE]
    p.all_is_heard(order)

    assert hit(order, m.outage(o.TUESDAY + 8 * o.HOUR, "Meest")) == [SOLVED]
    assert order.decisions[-1].announce[0].request.content.carrier == "Nova Poshta"
    assert o.kinds(order.looks(o.WEDNESDAY)) == []


def test_the_shops_trouble_that_is_now_a_carriers_is_over_for_an_order_in_preparation() -> None:
    order = p.paid_order()
    assert hit(order, SHOPS) == [NOTICE]
    p.all_is_heard(order)

    assert hit(order, m.outage(o.TUESDAY + 8 * o.HOUR, "Meest")) == [SOLVED]


def test_who_was_told_of_one_carriers_trouble_and_has_a_parcel_with_the_next_hears_of_it() -> None:
    order = p.paid_order(
        o.scan(o.MONDAY, "S1", carrier="Nova Poshta"), o.scan(o.MONDAY, "S2", carrier="Meest")
    )
    assert hit(order, CARRIERS) == [NOTICE]
    p.all_is_heard(order)
    other = m.outage(o.TUESDAY + 8 * o.HOUR, "Meest")
    assert hit(order, other) == [SOLVED]
    p.all_is_heard(order)

    assert hit(order, other) == [NOTICE]
    p.all_is_heard(order)
    assert hit(order, other) == []


def test_an_end_that_a_clock_behind_ours_wrote_is_told_when_it_comes_and_delays_are_again() -> None:
    order = p.paid_order(o.scan(o.MONDAY, carrier="Nova Poshta"))
    hit(order, CARRIERS)
    order.learns(NOTICE)

    order.incidents = (m.over(CARRIERS, CARRIERS.opened_at),)
    later = CARRIERS.opened_at + timedelta(days=4)
    assert SOLVED in o.kinds(order.looks(later))
    order.learns(SOLVED)
    assert SOLVED not in o.kinds(order.looks(later + o.HOUR))
    assert not keeps_quiet(Case(o.folded([o.placed()]), order.told, later), order.incidents[0])
