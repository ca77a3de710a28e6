"""Keys for names and addresses that are encrypted at rest."""

import base64

from headsup.address_keys import read_keys
from headsup.sealed import Seals
from headsup.seals import seals_of


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
