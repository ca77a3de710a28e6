"""What became of a reminder, and what follows from that."""

import pytest

from headsup.contracts.notifications import OutcomeStatus, Reason
from services.cart_recovery.cart import Stage
from services.cart_recovery.step import Ignored
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MONDAY, Kept

FOR_EVER = MONDAY + 60 * DAY


_UNWANTED = [Reason.BOUGHT, Reason.ANOTHER_CART, Reason.OPTED_OUT, Reason.NO_CONSENT]
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
