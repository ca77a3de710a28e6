"""Names in the place of addresses that rows are looked up by. A name is the same each time for the
same address, says nothing to whoever has not the key of names, and opens again with it (`naming`).

It is made of the address in small letters, whatever the channel, and has small letters itself: so
every statement that compares addresses compares names as well. Pure.
"""

import re
from typing import Final, Protocol

from headsup.contracts.channels import Channel

_NAME: Final = re.compile(r"~[a-z2-7]{28,}")
"""No address: a number begins with `+`, and a mail address, which may begin so, has an `@`."""
KINDS: Final = frozenset({Channel.EMAIL, Channel.SMS, Channel.WHATSAPP})
"""Whose addresses have names. The number of a chat is of use to nobody but our bot."""


class Names(Protocol):
    """Makes names, and opens them; `naming.SivNames`."""

    def of(self, address: str) -> str:
        """The name of an address; capitals say nothing."""
        ...

    def opened(self, name: str) -> str:
        """The address, in small letters. Raises BrokenSealError."""
        ...


def is_named(key: str) -> bool:
    """Whether it is a name, or a name behind its kind and a colon."""
    return _NAME.fullmatch(_parts(key)[1]) is not None


def is_address(key: str) -> bool:
    """Whether what stands behind the colon is an address that has a name, or such a name."""
    kind, address = _parts(key)
    return kind[:-1] in KINDS and bool(address)


def named(names: Names, key: str) -> str:
    """A key, such as `email:zemfira@mark.example`, with a name in the place of the address."""
    kind, address = _parts(key)
    return kind + names.of(address) if is_address(key) else key


def opened(names: Names, key: str) -> str:
    """What has a name in it, with the address. Raises BrokenSealError."""
    if "~" not in key or not is_named(key):
        return key
    kind, name = _parts(key)
    return kind + names.opened(name) if not kind or is_address(key) else key


def _parts(key: str) -> tuple[str, str]:
    """The kind with its colon, which there may be none of, and what is behind it."""
    kind, colon, address = key.partition(":")
    return (kind + colon, address) if colon else ("", key)
