"""What order_events is told by its environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from headsup.address_keys import AddressKeys, address_keys
from headsup.settings import MOST_DAYS, Environment, Settings, common_settings
from headsup.shops.policy import Policy
from headsup.shops.profile import load_shops


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEventsSettings:
    """The settings of this service."""

    common: Settings
    batch_size: int
    """Records of one transaction at most, and so of each lane of a batch."""
    policies: Mapping[str, Policy]
    """What each shop promises, by its source; a shop that is not here promises the usual."""

    keep_orders: timedelta = timedelta(days=730)
    """An order that nothing is awaited of, after it was last heard of."""
    keep_events: timedelta = timedelta(days=60)
    """The names of events, by which one that comes again is known."""
    address_keys: AddressKeys | None = None
    """With which who ordered is sealed in the database; None: it is kept in clear."""

    @classmethod
    def from_environment(cls, environment: Environment) -> "OrderEventsSettings":
        """Reads and checks them. Raises SettingsError."""
        settings = cls(
            common=common_settings(environment),
            batch_size=int(environment.number("HEADSUP_BATCH_SIZE", 500, least=1)),
            policies=environment.parsed("HEADSUP_SHOPS", _policies, {}) or {},
            keep_orders=_days(environment, "HEADSUP_KEEP_ORDERS_DAYS", 730),
            keep_events=_days(environment, "HEADSUP_KEEP_EVENTS_DAYS", 60),
            address_keys=address_keys(environment),
        )
        environment.check()
        return settings


def _days(environment: Environment, name: str, default: int) -> timedelta:
    """Not less than Kafka keeps a dead letter: whoever replays it brings the event once more."""
    return timedelta(days=environment.number(name, default, least=31, most=MOST_DAYS))


def _policies(text: str) -> dict[str, Policy]:
    return {source: shop.policy for source, shop in load_shops(Path(text)).items()}
