"""What the notifier holds for the morning, seen from here: it is taken back by newer news, and what
was left out for newer news is not said anew."""

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import OutcomeStatus
from tests.unit.services.order_events import orders as o


def test_what_a_mail_told_at_night_is_taken_back_in_the_morning_where_it_waits_on_the_phone() -> (
    None
):
    order = o.Order()
    order.hears(o.placed(o.MONDAY), o.pay_in_vain(o.MONDAY), at=o.MONDAY + o.HOUR)
    failed = order.id_of(Kind.PAYMENT_FAILED)
    order.learns(Kind.PAYMENT_FAILED)  # by mail; the alert waits

    decision = order.hears(o.pay(o.MONDAY + 12 * o.HOUR))

    assert [each.request_id for each in decision.withdraw] == [failed]


def test_what_the_notifier_left_out_for_newer_news_is_not_said_anew() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(), o.scan(o.TUESDAY), at=o.TUESDAY)
    order.learns(Kind.SHIPMENT_SHIPPED, OutcomeStatus.WITHDRAWN)

    for hours in (1, 12, 30):
        assert Kind.SHIPMENT_SHIPPED not in o.kinds(order.looks(o.TUESDAY + hours * o.HOUR))


@pytest.mark.parametrize("parcel", ["S1", "S2"])
def test_a_request_says_what_of_the_order_it_is_about(parcel: str) -> None:
    order = o.Order()
    [asked] = order.hears(o.placed_and_paid(), o.scan(o.TUESDAY, parcel), at=o.TUESDAY).announce
    assert asked.request.about == asked.subject == f"shipment:{parcel}"
