"""What cart_recovery is told by its environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from headsup.settings import Environment, KafkaSettings, kafka_settings
from headsup.shops.profile import ShopProfile, load_shops


@dataclass(frozen=True, slots=True, kw_only=True)
class CartRecoverySettings:
    """The settings of this service. It needs no database."""

    common: KafkaSettings
    shops: Mapping[str, ShopProfile]
    """By their source; carts of a shop that is not here are reminded of as usual."""
    reminders_a_second: float
    """Asked for at most, by this replica."""

    @classmethod
    def from_environment(cls, environment: Environment) -> "CartRecoverySettings":
        """Reads and checks them. Raises SettingsError."""
        settings = cls(
            common=kafka_settings(environment),
            shops=environment.parsed("HEADSUP_SHOPS", _shops, {}) or {},
            reminders_a_second=environment.number("HEADSUP_REMINDERS_A_SECOND", 500.0, least=1.0),
        )
        environment.check()
        return settings


def _shops(text: str) -> dict[str, ShopProfile]:
    return load_shops(Path(text))
