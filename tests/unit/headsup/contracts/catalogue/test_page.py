"""The page of the catalogue says all, and names what is said elsewhere under another name."""

from datetime import timedelta

import pytest

from headsup.contracts.catalogue import CATALOGUE, Area, Kind
from headsup.contracts.catalogue.elsewhere import ELSEWHERE, LeftOut, SaidBy
from headsup.contracts.catalogue.page import _span, page
from headsup.contracts.notes import member_notes
from tests.support.each import each

_SENT_ELSEWHERE = """
browse.abandoned
cart.abandoned.1 cart.abandoned.2 cart.abandoned.3
checkout.abandoned
cart.item_price_dropped cart.low_stock cart.back_in_stock
cart.expiring
cart.shared draft_order.invoice

order.received
order.confirmed
order.on_hold order.under_review
order.edited
order.action_needed
order.item_unavailable order.item_substituted order.item_backordered order.preorder_date_set
order.cancelled_by_customer order.cancelled_by_shop order.payment_timeout
order.expired
order.split_notice
order.note
invoice.ready invoice.receipt

payment.instructions
payment.reminder
payment.succeeded
payment.failed payment.action_required
payment.method_changed
payment.partially_refunded payment.refunded
refund.delayed refund.failed
payment.chargeback payment.dispute_opened
gift_card.issued store_credit.issued
installment.due subscription.renewing payment.card_expiring

fulfilment.processing fulfilment.packed
dispatch.delayed
dispatch.delayed.second
shipment.label_created
shipment.forgotten
shipment.shipped shipment.on_its_way
shipment.partially_shipped
shipment.tracking_changed shipment.carrier_changed
shipment.arriving_tomorrow
shipment.arriving_today shipment.out_for_delivery
shipment.courier_near shipment.time_window
shipment.stalled
shipment.delayed.carrier shipment.delayed.predicted shipment.delayed.customs
shipment.delayed.weather
shipment.customs_payment_due
shipment.address_problem
shipment.failed_attempt
shipment.ready_for_pickup
pickup.reminder pickup.last_day
shipment.damaged shipment.lost
shipment.returning_to_sender shipment.returned_to_sender
shipment.delivered
shipment.delivered_to_neighbour shipment.delivered_to_safe_place shipment.delivered_to_locker
delivery.not_received_check
delivery.correction
local_delivery.started local_delivery.missed local_delivery.done pickup.collected
digital.download_ready digital.licence
order.completed_summary

return.requested
return.approved return.instructions
return.rejected return.needs_info
return.label_error
return.drop_off_reminder return.deadline_near
return.in_transit return.received
return.inspected_partial return.inspected_refused
return.refund_issued return.exchange_shipped return.store_credit
return.delayed
return.window_closing
warranty.notice recall.notice

review.request
marketing.replenishment marketing.cross_sell marketing.winback
back_in_stock.requested
product.how_to_use product.care
support.case_opened support.answered support.closed
account.welcome account.invite account.verify account.password_reset account.email_changed
account.new_device account.deleted
consent.double_opt_in consent.opted_out_confirmation consent.preferences_changed
loyalty.points_expiring
service.incident
"""
"""What shop platforms, carriers and the services around them send, one name for each."""
SENT_ELSEWHERE = _SENT_ELSEWHERE.split()
NAMES = {str(kind) for kind in Kind}


@each("name", SENT_ELSEWHERE)
def test_what_is_sent_elsewhere_is_a_kind_or_is_named_with_the_reason(name: str) -> None:
    assert (name in NAMES) != (name in ELSEWHERE)


def test_nothing_is_named_that_nobody_sends() -> None:
    assert ELSEWHERE.keys() <= set(SENT_ELSEWHERE)
    assert len(SENT_ELSEWHERE) == len(set(SENT_ELSEWHERE))


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_named_is_on_the_page_with_its_reason_and_who_says_it(name: str) -> None:
    (line,) = [line for line in page().splitlines() if line.startswith(f"| {name} |")]
    match ELSEWHERE[name]:
        case SaidBy(kinds, because):
            assert kinds
            assert all(f"`{kind}`" in line for kind in kinds)
            assert because in line
        case LeftOut(because):
            assert because in line


def test_every_kind_has_a_line_with_a_cell_for_every_column() -> None:
    lines = page().splitlines()
    for kind in CATALOGUE:
        (line,) = [line for line in lines if line.startswith(f"| `{kind}` |")]
        assert line.count(" | ") == 12, kind
    assert lines.count(next(line for line in lines if line.startswith("| Kind |"))) == len(Area)


def test_every_kind_says_in_a_few_words_what_it_tells() -> None:
    notes = member_notes(Kind)
    assert notes.keys() == NAMES
    assert len(set(notes.values())) > len(NAMES) - 5, "what says the same is the same"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(minutes=5), "5 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=14), "14 hours"),
        (timedelta(hours=48), "2 days"),
        (timedelta(0), "–"),
        (None, "–"),
    ],
)
def test_a_span_is_said_in_the_largest_unit_that_fits(span: timedelta | None, words: str) -> None:
    assert _span(span) == words
