"""The catalogue: one line per kind of notification, in `table`.

Adding a kind is adding a line there, a rule in `services/order_events/rules/` and its texts in
`services/notifier/messages/`; see `docs/adding-a-kind.md`.
"""

from headsup.contracts.catalogue.entry import (
    ALERT,
    ALERT_BESIDE_RECORD,
    QUIET,
    RECORD,
    Area,
    Audience,
    Entry,
    QuietHours,
    Route,
    Urgency,
)
from headsup.contracts.catalogue.kinds import Kind
from headsup.contracts.catalogue.table import CATALOGUE

__all__ = [
    "ALERT",
    "ALERT_BESIDE_RECORD",
    "CATALOGUE",
    "QUIET",
    "RECORD",
    "Area",
    "Audience",
    "Entry",
    "Kind",
    "QuietHours",
    "Route",
    "Urgency",
]
