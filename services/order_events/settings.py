"""What order_events is told by its environment."""

from dataclasses import dataclass

from headsup.settings import Environment, Settings, common_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEventsSettings:
    """The settings of this service."""

    common: Settings
    batch_size: int
    """Records of one transaction at most, and so of each lane of a batch."""

    @classmethod
    def from_environment(cls, environment: Environment) -> "OrderEventsSettings":
        """Reads and checks them. Raises SettingsError."""
        settings = cls(
            common=common_settings(environment),
            batch_size=int(environment.number("HEADSUP_BATCH_SIZE", 500, least=1)),
        )
        environment.check()
        return settings
