"""What became of a reminder, and what follows from that."""

from typing import Any

import msgspec
import pytest

from headsup.contracts.notifications import OutcomeStatus, Reason
from services.cart_recovery.cart import Stage
from services.cart_recovery.step import Ignored
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MINUTE, MONDAY, Kept

FOR_EVER = MONDAY + 60 * DAY


_UNWANTED = [
    Reason.BOUGHT,
    Reason.ANOTHER_CART,
    Reason.CAPPED,
    Reason.OPTED_OUT,
    Reason.NO_CONSENT,
]
_UNREACHABLE = [Reason.NO_ADDRESS, Reason.INVALID_ADDRESS]


@pytest.mark.parametrize("reason", [*_UNWANTED, *_UNREACHABLE])
def test_what_the_notifier_will_not_say_stops_the_visit(reason: Reason) -> None:
    cart = Kept()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    cart.hears(c.suppressed(asked, MONDAY + HOUR, reason))
    assert cart.stage is Stage.STOPPED
    assert cart.passes(FOR_EVER) == []


@pytest.mark.parametrize("reason", _UNREACHABLE)
def test_one_message_without_an_address_stops_nothing(reason: Reason) -> None:
    cart = Kept()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    cart.hears(c.suppressed(asked, MONDAY + HOUR, reason, notification_id="N1"))
    assert c.steps(cart.passes(FOR_EVER)) == [2, 3]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (OutcomeStatus.SUPPRESSED, Reason.IN_TROUBLE),
        (OutcomeStatus.SUPPRESSED, Reason.STALE),
        (OutcomeStatus.FAILED, Reason.UNDELIVERED),
        (OutcomeStatus.FAILED, Reason.INVALID_ADDRESS),
        (OutcomeStatus.EXPIRED, Reason.STALE),
        (OutcomeStatus.SENT, None),
    ],
)
def test_whatever_else_became_of_it_stops_nothing(
    status: OutcomeStatus, reason: Reason | None
) -> None:
    cart = Kept()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    cart.hears(c.outcome(asked, MONDAY + HOUR, status, reason))
    assert c.steps(cart.passes(FOR_EVER)) == [2, 3]


def test_what_is_stopped_stays_so_whatever_else_is_told_of_it() -> None:
    cart = Kept()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    cart.hears(c.suppressed(asked, MONDAY + HOUR, Reason.NO_CONSENT))
    cart.hears(c.outcome(asked, MONDAY + HOUR))
    assert cart.passes(FOR_EVER) == []


def test_another_visit_may_begin_after_one_was_stopped() -> None:
    cart = Kept()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    cart.hears(c.suppressed(asked, MONDAY + HOUR, Reason.NO_CONSENT))
    cart.hears(c.updated(MONDAY + 2 * DAY))
    assert c.steps(cart.passes(MONDAY + 2 * DAY + HOUR)) == [1]


def test_a_reminder_that_waits_is_taken_back_when_nobody_wants_more() -> None:
    cart = Kept()
    cart.hears(c.updated())
    [first] = c.reminders(cart.passes(MONDAY + HOUR))
    [second] = c.reminders(cart.passes(MONDAY + DAY))
    said = cart.hears(c.suppressed(first, MONDAY + DAY, Reason.OPTED_OUT))
    assert [each.request_id for each in c.withdrawn(said)] == [second.request_id]


def test_an_outcome_of_an_unknown_cart_is_ignored_with_a_reason() -> None:
    cart = Kept()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    unknown = Kept()
    unknown.hears(c.outcome(asked, MONDAY + HOUR))
    assert unknown.is_forgotten
    assert unknown.last.ignored is Ignored.OLD_OUTCOME


def test_an_outcome_of_an_older_visit_changes_nothing() -> None:
    cart = Kept()
    cart.hears(c.updated())
    [older] = c.reminders(cart.passes(MONDAY + HOUR))
    cart.hears(c.updated(MONDAY + 2 * DAY))
    cart.passes(MONDAY + 2 * DAY + HOUR)
    cart.hears(c.suppressed(older, MONDAY + 2 * DAY + HOUR, Reason.OPTED_OUT))
    assert cart.last.ignored is Ignored.OLD_OUTCOME
    assert cart.stage is Stage.REMINDED


def test_an_outcome_that_is_told_again_is_known() -> None:
    cart = Kept()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    cart.hears(c.outcome(asked, MONDAY + HOUR))
    assert cart.last.ignored is None
    cart.hears(c.outcome(asked, MONDAY + HOUR))
    assert cart.last.ignored is Ignored.ALREADY_KNOWN


@pytest.mark.parametrize("change", [{"request_id": "R1"}, {"cart": None}])
def test_an_outcome_of_no_reminder_of_ours_changes_nothing(change: dict[str, Any]) -> None:
    cart = Kept()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    sent = c.outcome(asked, MONDAY + HOUR)
    cart.hears(c.event(sent.time, msgspec.structs.replace(sent.data, **change)))
    assert cart.last.ignored in {Ignored.OLD_OUTCOME, Ignored.NOT_ABOUT_A_CART}
    assert cart.cart.told.heard == ()


def test_an_outcome_of_another_flow_than_it_says_changes_nothing() -> None:
    cart = Kept()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    sent = c.outcome(asked, MONDAY + HOUR)
    flow = msgspec.structs.replace(sent.data.cart, touched_at=MONDAY + HOUR)
    cart.hears(c.event(sent.time, msgspec.structs.replace(sent.data, cart=flow)))
    assert cart.last.ignored is Ignored.OLD_OUTCOME


@pytest.mark.parametrize(
    ("status", "reason", "is_taken_back"),
    [
        (OutcomeStatus.FAILED, Reason.UNDELIVERED, True),
        (OutcomeStatus.SUPPRESSED, Reason.INVALID_ADDRESS, True),
        (OutcomeStatus.SUPPRESSED, Reason.IN_TROUBLE, False),
        (OutcomeStatus.EXPIRED, Reason.STALE, False),
        (OutcomeStatus.SENT, None, True),
        (OutcomeStatus.UNKNOWN, Reason.NO_ANSWER, True),
        (OutcomeStatus.DELIVERED, None, False),
        (OutcomeStatus.WITHDRAWN, Reason.SUPERSEDED, False),
    ],
)
def test_an_order_takes_back_what_may_still_come_on_another_channel(
    status: OutcomeStatus, reason: Reason | None, is_taken_back: bool
) -> None:
    cart = Kept()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    cart.hears(c.outcome(asked, MONDAY + HOUR, status, reason, notification_id="N1"))
    said = cart.hears(c.ordered(MONDAY + HOUR + MINUTE))
    assert bool(c.withdrawn(said)) is is_taken_back


def test_the_outcome_of_a_reminder_says_nothing_of_the_next() -> None:
    cart = Kept()
    cart.hears(c.updated())
    [first] = c.reminders(cart.passes(MONDAY + HOUR))
    [second] = c.reminders(cart.passes(MONDAY + DAY))
    cart.hears(c.outcome(first, MONDAY + DAY, OutcomeStatus.EXPIRED, Reason.STALE))
    said = cart.hears(c.ordered(MONDAY + DAY + MINUTE))
    assert [each.request_id for each in c.withdrawn(said)] == [second.request_id]


def test_that_a_reminder_of_an_older_visit_went_out_says_nothing_of_this_one() -> None:
    cart = Kept()
    cart.hears(c.updated())
    [older] = c.reminders(cart.passes(MONDAY + HOUR))
    cart.hears(c.updated(MONDAY + 2 * DAY))
    [newer] = c.reminders(cart.passes(MONDAY + 2 * DAY + HOUR))
    cart.takes(c.outcome(older, MONDAY + HOUR), at=MONDAY + 2 * DAY + HOUR)
    said = cart.hears(c.ordered(MONDAY + 2 * DAY + 2 * HOUR))
    assert [each.request_id for each in c.withdrawn(said)] == [newer.request_id]
