"""Names in the place of addresses that rows are looked up by: the same each time for the same
address, and told from nothing else by whoever has not the key of names.

That key never changes (`name_keys`). Pure.
"""

import hmac
from typing import Final

_MARK: Final = "~"
_SIGNS: Final = 32
"""Of a name: 128 bits, so that no two addresses ever have the same."""


class Names:
    """Makes them. What is looked up is written as `<kind>:<address>`; the kind stays."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, known_by: str) -> str:
        """The name of what somebody is known by; capitals say nothing. A name is its own."""
        kind, _, address = known_by.partition(":")
        if address.startswith(_MARK):
            return known_by
        digest = hmac.digest(self._key, address.lower().encode(), "sha256").hex()
        return f"{kind}:{_MARK}{digest[:_SIGNS]}"


def is_named(known_by: str) -> bool:
    """Whether it is a name already."""
    return known_by.partition(":")[2].startswith(_MARK)
