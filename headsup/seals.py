"""From keys to what seals with them: only who has some imports `cryptography`."""

from headsup.address_keys import SETTING, AddressKeys
from headsup.sealed import Seals
from headsup.settings import SettingsError


def seals_of(keys: AddressKeys | None) -> Seals | None:
    """What seals with these keys; None where there are none. Raises SettingsError where there are,
    and `cryptography` is not installed."""
    if keys is None:
        return None
    try:
        from headsup.sealing import AesSeals  # noqa: PLC0415 - who seals nothing waits for none
    except ModuleNotFoundError as error:
        raise SettingsError(
            [f"{SETTING} needs cryptography: install headsup[encryption]."]
        ) from error
    return AesSeals(keys)
