"""What is known of an order's shop when something is decided about the order. Pure."""

from dataclasses import dataclass
from typing import Final

from headsup.shops.policy import DEFAULT, Policy
from services.order_events.incidents import Incident


@dataclass(frozen=True, slots=True)
class Shop:
    """What an order's shop promises, and the trouble that it has."""

    policy: Policy = DEFAULT
    incidents: tuple[Incident, ...] = ()


UNKNOWN: Final = Shop()
"""A shop that no profile names."""
