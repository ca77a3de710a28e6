"""Every rule, in the order in which they speak."""

from typing import Final

from services.order_events.rules import (
    actions,
    arrivals,
    attempts,
    customs,
    delays,
    deliveries,
    dispatch,
    feedback,
    incidents,
    mishaps,
    order_changes,
    orders,
    overdue,
    papers,
    payments,
    pickups,
    refunds,
    repairs,
    return_closing,
    return_reminders,
    returns,
    shipments,
    silence,
    standstills,
    support,
    together,
)
from services.order_events.rules.base import Rule
from services.order_events.rules.numbers import with_its_number
from services.order_events.rules.together import told_together

_OF_PARCELS: Final = (
    *shipments.RULES,
    *attempts.RULES,
    *pickups.RULES,
    *mishaps.RULES,
    *customs.RULES,
    *deliveries.RULES,
    *arrivals.RULES,
    *delays.RULES,
    *overdue.RULES,
    *standstills.RULES,
    *arrivals.OF_TOMORROW,
)
RULES: Final[tuple[Rule, ...]] = (
    *orders.RULES,
    *payments.RULES,
    *order_changes.RULES,
    *actions.RULES,
    *refunds.RULES,
    *papers.RULES,
    *dispatch.RULES,
    *map(told_together, map(with_its_number, _OF_PARCELS)),
    *together.RULES,
    *incidents.RULES,
    *return_reminders.RULES,
    *returns.RULES,
    *return_closing.RULES,
    *repairs.RULES,
    *support.RULES,
    *feedback.RULES,
    *attempts.WHEN_NOTHING_ELSE_IS_SAID,
    *silence.RULES,
    *papers.PASSED_ON,
)
"""Every rule. Where two of one group would speak of the same subject at once, the earlier here
speaks: `shipped` carries the date, so nothing is said of a delay beside it."""
