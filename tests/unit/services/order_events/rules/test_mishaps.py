"""A parcel that does not come as it should."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from headsup.contracts.base import Estimate
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Content, OutcomeStatus, Reason
from headsup.contracts.shop import PaymentState, Remedy, ReturningReason
from headsup.shops.policy import Policy
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

ADDRESS, DAMAGED = Kind.SHIPMENT_ADDRESS_PROBLEM, Kind.SHIPMENT_DAMAGED
LOST, FOUND = Kind.SHIPMENT_LOST, Kind.SHIPMENT_FOUND
RETURNING, RETURNED = Kind.SHIPMENT_RETURNING, Kind.SHIPMENT_RETURNED
ON_THE_VAN, DELIVERED = Kind.SHIPMENT_OUT_FOR_DELIVERY, Kind.SHIPMENT_DELIVERED
LATER = o.WEDNESDAY
EVEN_LATER = o.THURSDAY


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([m.unclear_address(o.TUESDAY)], [ADDRESS], id="no address"),
        pytest.param([m.unclear_address(o.TUESDAY), o.scan(LATER)], [ADDRESS], id="and a scan"),
        pytest.param(
            [m.unclear_address(o.TUESDAY), m.clear_address(LATER)], [ADDRESS], id="and a fix"
        ),
        pytest.param(
            [m.unclear_address(o.TUESDAY), o.on_the_van(LATER)], [ADDRESS, ON_THE_VAN], id="solved"
        ),
        pytest.param([m.damage(o.TUESDAY), o.scan(LATER)], [DAMAGED], id="a scan mends nothing"),
        pytest.param(
            [m.damage(o.TUESDAY), o.handed_over(LATER)], [DAMAGED, DELIVERED], id="and delivered"
        ),
        pytest.param([p.lose(o.TUESDAY)], [LOST], id="lost"),
        pytest.param([p.lose(o.TUESDAY), o.scan(LATER)], [LOST, FOUND], id="lost and found"),
        pytest.param(
            [p.lose(o.TUESDAY), o.scan(LATER), o.scan(EVEN_LATER)], [LOST, FOUND], id="found once"
        ),
        pytest.param(
            [p.lose(o.TUESDAY), o.scan(LATER), p.lose(EVEN_LATER)],
            [LOST, FOUND, LOST],
            id="lost again",
        ),
        pytest.param(
            [p.lose(o.TUESDAY), o.on_the_van(LATER)], [LOST, ON_THE_VAN], id="found on the van"
        ),
        pytest.param([p.lose(o.TUESDAY), o.scan(o.MONDAY)], [LOST], id="a scan from before"),
        pytest.param(
            [p.send_back(o.TUESDAY), o.scan(LATER)], [RETURNING], id="scanned on its way back"
        ),
        pytest.param(
            [p.send_back(o.TUESDAY), p.arrive_back(LATER)], [RETURNING, RETURNED], id="back"
        ),
        pytest.param(
            [p.send_back(o.TUESDAY), o.handed_over(LATER)],
            [RETURNING, DELIVERED],
            id="delivered after all",
        ),
        pytest.param(
            [p.send_back(o.TUESDAY), o.on_the_van(LATER), p.send_back(EVEN_LATER)],
            [RETURNING, ON_THE_VAN, RETURNING],
            id="back, and forth, and back",
        ),
        pytest.param([o.cancelled(o.TUESDAY), p.lose(LATER)], [], id="lost when cancelled"),
        pytest.param([o.cancelled(o.TUESDAY), m.damage(LATER)], [], id="damaged when cancelled"),
        pytest.param(
            [o.cancelled(o.TUESDAY), m.unclear_address(LATER)], [], id="no address when cancelled"
        ),
        pytest.param([o.cancelled(o.TUESDAY), p.arrive_back(LATER)], [], id="back when cancelled"),
        pytest.param(
            [o.cancelled(o.TUESDAY), p.send_back(LATER)],
            [RETURNING],
            id="a cancelled order that travelled on turns round",
        ),
    ],
)
def test_of_a_parcel_that_left_is_said(events: list[Event[Any]], said: list[Kind]) -> None:
    order = m.shipped(None)
    before = len(order.said)
    p.heard(order, *events)

    heard = [kind for kind in order.said[before:] if kind is not Kind.ORDER_CANCELLED]
    assert heard == said


def test_a_parcel_whose_address_was_corrected_in_time_is_shipped_and_no_more() -> None:
    order = p.paid_order()

    decision = order.hears(
        o.scan(o.MONDAY + o.HOUR), m.unclear_address(o.TUESDAY), m.clear_address(o.WEDNESDAY)
    )

    assert o.kinds(decision) == [Kind.SHIPMENT_SHIPPED]


def test_an_address_problem_says_where_and_until_when() -> None:
    url = "https://carrier.example/address"

    content = o.only(
        m.shipped(None).hears(m.unclear_address(o.TUESDAY, fix_url=url, by=o.THURSDAY))
    )

    assert (content.action_url, content.act_by) == (url, o.THURSDAY)


def test_a_moment_to_act_that_has_passed_is_not_named() -> None:
    order = m.shipped(None)

    decision = order.hears(m.unclear_address(o.TUESDAY, by=o.TUESDAY + o.HOUR), at=o.WEDNESDAY)

    assert o.only(decision).act_by is None


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"remedy": Remedy.INVESTIGATION}, []),
        ({"remedy": Remedy.REFUND}, [LOST]),
        ({"remedy": Remedy.INVESTIGATION, "by": o.FRIDAY.date()}, [LOST]),
    ],
)
def test_another_remedy_is_told_anew(now: dict[str, Any], said: list[Kind]) -> None:
    order = m.shipped(None)
    p.heard(order, p.lose(o.TUESDAY, remedy=Remedy.INVESTIGATION))

    assert o.kinds(order.hears(p.lose(o.WEDNESDAY, **now))) == said


@pytest.mark.parametrize("event", [p.lose, m.damage])
def test_lost_and_damaged_say_what_is_done_and_promise_a_word_for_that_day(event: Any) -> None:
    happened = event(o.TUESDAY, remedy=Remedy.REPLACEMENT, by=o.THURSDAY.date())

    content = o.only(m.shipped(None).hears(happened))

    assert (content.remedy, content.remedy_by) == (Remedy.REPLACEMENT, o.THURSDAY.date())
    assert content.next_update_by == o.THURSDAY + timedelta(hours=7)


def test_a_remedy_in_weeks_promises_a_word_before_that() -> None:
    day = (o.MONDAY + 30 * o.DAY).date()

    content = o.only(m.shipped(None).hears(p.lose(o.TUESDAY, by=day)))

    assert content.remedy_by == day
    assert content.next_update_by is not None
    assert content.next_update_by < o.MONDAY + 8 * o.DAY


def test_found_says_where_and_a_day_only_if_it_is_still_to_come() -> None:
    order = m.shipped(o.TUESDAY)
    p.heard(order, p.lose(o.MONDAY + 2 * o.HOUR))
    assert o.only(order.hears(o.scan(o.THURSDAY, place="Dnipro"))).estimate is None

    order = m.shipped(o.TUESDAY)
    p.heard(order, p.lose(o.MONDAY + 2 * o.HOUR))
    content = o.only(order.hears(o.scan(o.THURSDAY, place="Dnipro", estimate=o.by(o.FRIDAY))))

    assert content.estimate == o.by(o.FRIDAY)
    assert content.seen_in == "Dnipro"


def test_who_never_heard_that_it_was_lost_does_not_hear_that_it_was_found() -> None:
    order = m.shipped(None)
    order.hears(p.lose(o.TUESDAY))

    decision = order.hears(o.scan(o.TUESDAY + o.HOUR))

    assert decision.announce == ()
    assert len(decision.withdraw) == 1
    order.learns(LOST, OutcomeStatus.SENT)  # it was taken back too late
    assert o.kinds(order.looks(o.TUESDAY + o.HOUR)) == [FOUND]


def test_whom_the_news_of_the_loss_did_not_reach_does_not_hear_that_it_was_found() -> None:
    order = m.shipped(None)
    order.hears(p.lose(o.TUESDAY))
    order.learns(LOST, OutcomeStatus.FAILED)

    assert o.kinds(order.hears(o.scan(o.WEDNESDAY))) == []


def test_who_heard_of_a_parcel_first_that_it_was_lost_hears_that_it_was_found() -> None:
    order = p.paid_order(p.lose(o.TUESDAY))

    assert o.kinds(order.hears(o.scan(o.WEDNESDAY))) == [FOUND]


def test_a_found_parcel_whose_day_changes_before_that_is_sent_is_told_with_the_new_one() -> None:
    order = p.paid_order(p.lose(o.TUESDAY))
    found = o.only(order.hears(o.scan(o.WEDNESDAY, estimate=o.by(o.THURSDAY))))
    waiting = order.id_of(FOUND)

    decision = order.hears(o.slip(o.WEDNESDAY + o.HOUR, o.by(o.FRIDAY)))

    assert found.estimate == o.by(o.THURSDAY)
    assert o.only(decision).estimate == o.by(o.FRIDAY)
    assert [taken.request_id for taken in decision.withdraw] == [waiting]
    order.learns(FOUND)
    later = order.hears(o.slip(o.WEDNESDAY + 2 * o.HOUR, o.by(o.FRIDAY + o.DAY)))
    assert FOUND not in o.kinds(later)


def test_a_found_parcel_is_not_overdue_for_the_day_that_passed_while_it_was_lost() -> None:
    order = m.shipped(o.TUESDAY)
    p.heard(order, p.lose(o.MONDAY + 2 * o.HOUR), o.scan(o.THURSDAY))

    said = m.days_of(order, 2, o.THURSDAY)

    assert Kind.SHIPMENT_OVERDUE not in {kind for _, kind in said}


def test_returning_says_why() -> None:
    content = o.only(
        m.shipped(None).hears(p.send_back(o.TUESDAY, reason=ReturningReason.NOT_COLLECTED))
    )

    assert content.returning_reason is ReturningReason.NOT_COLLECTED


@pytest.mark.parametrize(
    ("payment", "remedy", "day"),
    [
        (PaymentState.PAID, Remedy.REFUND, (o.TUESDAY + 10 * o.DAY).date()),
        (PaymentState.PAID, Remedy.REPLACEMENT, None),
        (PaymentState.ON_DELIVERY, Remedy.REFUND, None),
    ],
)
def test_returned_names_the_day_of_the_refund_where_money_was_paid(
    payment: PaymentState, remedy: Remedy, day: Any
) -> None:
    order = o.Order(Policy(refund_days=10))
    order.hears(o.placed(payment=payment), o.scan(o.MONDAY))

    content = o.only(order.hears(p.arrive_back(o.TUESDAY, remedy=remedy)))

    assert (content.remedy, content.refund_by) == (remedy, day)


def test_a_backlog_in_which_a_parcel_was_lost_and_came_says_that_it_came_and_why_no_more() -> None:
    order = p.paid_order()

    decision = order.hears(
        o.scan(o.TUESDAY), p.lose(o.TUESDAY + o.HOUR), o.handed_over(o.WEDNESDAY)
    )

    assert o.kinds(decision) == [DELIVERED]
    assert {(each.kind, each.reason) for each in decision.unsaid} >= {(LOST, Reason.SUPERSEDED)}


def test_what_happened_to_a_parcel_ends_what_was_said_of_its_time() -> None:
    order = m.shipped(o.TUESDAY)
    order.hears(o.slip(o.TUESDAY, Estimate(latest=o.FRIDAY.date())))

    decision = order.hears(p.lose(o.TUESDAY + o.HOUR))

    assert o.kinds(decision) == [LOST]
    assert len(decision.withdraw) == 1


def told_to(order: o.Order, audience: Audience, kind: Kind) -> Content:
    """What was last asked to be said to one of them."""
    (content,) = (
        said.request.content
        for said in order.decisions[-1].announce
        if said.request.kind is kind and said.request.content.audience is audience
    )
    return content


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (p.lose(o.TUESDAY), LOST),
        (m.damage(o.TUESDAY), DAMAGED),
        (p.send_back(o.TUESDAY), RETURNING),
    ],
)
def test_a_gifts_recipient_is_promised_no_word_on_what_the_buyer_settles(
    event: Event[Any], kind: Kind
) -> None:
    order = m.shipped(recipient=m.FRIEND)

    order.hears(event)

    assert told_to(order, Audience.BUYER, kind).next_update_by is not None
    assert told_to(order, Audience.RECIPIENT, kind).next_update_by is None


def test_who_heard_that_the_parcel_of_a_cancelled_order_goes_back_hears_when_it_is_there() -> None:
    order = m.shipped(None)
    p.heard(order, o.cancelled(o.TUESDAY, refund_by=o.FRIDAY.date()), p.send_back(LATER))

    content = o.only(order.hears(p.arrive_back(EVEN_LATER, remedy=Remedy.REPLACEMENT)))

    assert order.said[-1] is RETURNED
    assert (content.remedy, content.refund_by) == (Remedy.REFUND, o.FRIDAY.date())
    assert content.next_update_by is not None


def test_a_day_of_the_refund_that_has_passed_is_not_named() -> None:
    order = m.shipped(None)
    refund_by = o.WEDNESDAY.date()
    p.heard(order, o.cancelled(o.TUESDAY, refund_by=refund_by), p.send_back(o.TUESDAY + o.HOUR))

    decision = order.hears(p.arrive_back(o.THURSDAY))

    (said,) = (each for each in decision.announce if each.request.kind is RETURNED)
    assert said.request.content.refund_by is None


def test_and_nothing_more_is_promised_once_the_money_was_sent() -> None:
    order = m.shipped(None)
    p.heard(order, o.cancelled(o.TUESDAY), o.refund(LATER), p.send_back(LATER))

    content = o.only(order.hears(p.arrive_back(EVEN_LATER)))

    assert (content.refund_by, content.next_update_by) == (None, None)


@pytest.mark.parametrize("event", [p.lose, m.damage, p.arrive_back])
def test_who_pays_on_delivery_is_promised_no_money(event: Callable[..., Event[Any]]) -> None:
    order = o.Order()
    p.heard(order, o.placed(payment=PaymentState.ON_DELIVERY), o.scan(o.MONDAY + o.HOUR))

    content = o.only(order.hears(event(o.TUESDAY, remedy=Remedy.REFUND)))

    assert content.next_update_by is None


@pytest.mark.parametrize(
    ("event", "kind"), [(p.lose(EVEN_LATER), LOST), (m.damage(EVEN_LATER), DAMAGED)]
)
def test_who_heard_of_a_parcel_though_the_order_was_cancelled_hears_what_became_of_it(
    event: Event[Any], kind: Kind
) -> None:
    order = m.shipped(None)
    p.heard(order, o.cancelled(o.TUESDAY), o.on_the_van(LATER))

    assert o.kinds(order.hears(event)) == [kind]


@pytest.mark.parametrize("event", [p.lose(LATER), m.damage(LATER)])
def test_nobody_else_hears_of_a_parcel_whose_order_was_cancelled(event: Event[Any]) -> None:
    order = m.shipped(None)
    p.heard(order, o.cancelled(o.TUESDAY))

    assert order.hears(event).announce == ()


def test_a_parcel_that_is_back_is_told_though_the_word_that_it_turned_round_failed() -> None:
    order = m.shipped(None)
    p.heard(order, o.cancelled(o.TUESDAY))
    order.hears(p.send_back(LATER))
    order.learns(Kind.SHIPMENT_RETURNING, OutcomeStatus.FAILED)

    assert o.kinds(order.hears(p.arrive_back(EVEN_LATER))) == [RETURNED]


def test_a_return_that_is_heard_of_when_its_replacement_has_come_promises_nothing_more() -> None:
    order = m.shipped(None)
    p.heard(order, p.send_back(o.TUESDAY), o.scan(o.WEDNESDAY, "S2"))
    p.heard(order, o.handed_over(o.THURSDAY, "S2"))
    back = p.arrive_back(o.TUESDAY + o.HOUR, remedy=Remedy.REPLACEMENT)

    content = o.only(order.hears(back, at=o.THURSDAY + o.HOUR))

    assert (content.remedy, content.next_update_by) == (Remedy.REPLACEMENT, None)
