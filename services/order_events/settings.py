"""What order_events is told by its environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from headsup.settings import Environment, Settings, common_settings
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

    @classmethod
    def from_environment(cls, environment: Environment) -> "OrderEventsSettings":
        """Reads and checks them. Raises SettingsError."""
        settings = cls(
            common=common_settings(environment),
            batch_size=int(environment.number("HEADSUP_BATCH_SIZE", 500, least=1)),
            policies=environment.parsed("HEADSUP_SHOPS", _policies, {}) or {},
        )
        environment.check()
        return settings


def _policies(text: str) -> dict[str, Policy]:
    return {source: shop.policy for source, shop in load_shops(Path(text)).items()}
