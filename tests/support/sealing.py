"""Keys for names and addresses that are encrypted at rest."""

import base64
from contextlib import suppress
from typing import Any, Final

import pytest

from headsup import name_keys
from headsup.address_keys import SETTING, read_keys
from headsup.name_keys import State
from headsup.sealed import Seals
from headsup.seals import seals_of
from headsup.settings import SettingsError

BOTH_WAYS: Final = pytest.mark.parametrize(
    "names_of_keys", [(), ("k1",)], ids=["clear", "encrypted"]
)
"""Addresses in clear, and with names in their place."""
IN_CLEAR: Final = pytest.mark.parametrize("names_of_keys", [()], ids=["clear"])
"""For tests that put addresses into rows, or look for them there, by SQL of their own."""


def key(name: str) -> str:
    """A key of its own for each name, as a setting gives it."""
    return f"{name}:{base64.b64encode(name.encode().ljust(32, b'.')).decode()}"


def keys(*names: str) -> str:
    """Several of them, the one that is written with first; `clear` is written as it is."""
    return ",".join(name if name == "clear" else key(name) for name in names)


def sealing(*names: str) -> Seals:
    """What seals with them."""
    found = seals_of(read_keys(keys(*names)))
    assert found is not None
    return found


async def let_name(database: Any, schema: str, by: Seals) -> None:
    """Names stand for addresses in this schema, as in a database that was new when these keys were
    first written with; whatever they are, the names are known to them."""
    state, sealed = await name_keys.look(database, schema)
    if sealed is None and by.writes is not None:
        state, sealed = State.NAMED, name_keys.drawn(by, schema)
        await name_keys.write(database, schema, state, sealed)
    if state is State.NAMED and sealed is not None:
        with suppress(SettingsError):  # a key is missing; that is said before a service starts
            by.names = name_keys.opened(by, schema, sealed)


def sealed_settings(*names: str) -> dict[str, str]:
    """What a service is told of these keys, if there are any."""
    return {SETTING: keys(*names)} if names else {}
