"""The figures by which panels turn orange or red: those of the alerts, read from their rules."""

import re
from math import prod
from typing import Final

from deploy.alerts.rules import alerts
from services.notifier.metrics import LATE

_NUMBER: Final = r"\d+(?:[.]\d+)?"
_COMPARED: Final = (
    rf"(?:\{{[^}}]*\}})?(?:\[\w+\])?\)*\s*[<>]=?\s*({_NUMBER}(?:\s*\*\s*{_NUMBER})*)(?![\w.])"
)


class NoFigureError(Exception):
    """No alert of this name compares that with a number."""


def figure(alert: str, metric: str) -> float:
    """The number that an alert compares a metric with, in the metric's unit. Raises
    NoFigureError."""
    for each in alerts():
        found = re.search(re.escape(metric) + _COMPARED, each.body["expr"])
        if each.name == alert and found:
            return round(prod(float(factor) for factor in found[1].split("*")), 9)
    raise NoFigureError(f"{alert} compares {metric} with no number")


NEWS_LATE: Final = LATE
"""Seconds after which news is late."""
NEWS_BUDGET: Final = figure("HeadsupNewsLate", "headsup:news_late:rate3d")
"""The share of news that may be late, of 28 days."""
NEWS_BURN_SLOW: Final = round(
    figure("HeadsupNewsLate", "headsup:news_late:rate6h") / NEWS_BUDGET, 9
)
NEWS_BURN_FAST: Final = round(
    figure("HeadsupNewsLate", "headsup:news_late:rate1h") / NEWS_BUDGET, 9
)
"""How many times faster than it should the budget goes when somebody is woken: of six hours, of
one."""
PROMISES_BUDGET: Final = figure("HeadsupPromisesBroken", "headsup:promises_broken:rate3d")
"""The share of promises that may be broken, of 28 days."""
PROMISES_FAST: Final = figure("HeadsupPromisesBroken", "headsup:promises_broken:rate1h")
NEWS_WAITS: Final = figure("HeadsupNewsWaits", "headsup:waiting_late:sum")
OLDEST: Final = figure("HeadsupOldestWaits", "headsup:waiting_oldest_seconds:max")
SENDS_FAIL: Final = figure("HeadsupSendsFail", "headsup_notifier_attempts_total")
ORDERS_LAG: Final = figure("HeadsupLagGrows", "headsup_order_events_lag_records")
NOTIFIER_LAG: Final = figure("HeadsupLagGrows", "headsup_notifier_lag_records")
STANDS: Final = figure("HeadsupReplicaStands", "headsup_notifier_last_poll_timestamp_seconds")
KEPT_LATE: Final = figure("HeadsupKeptTooLong", "headsup_notifier_kept_late_seconds")
CARTS_LAG: Final = figure("HeadsupLagGrows", "headsup_cart_recovery_lag_records")
