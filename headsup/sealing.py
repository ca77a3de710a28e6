"""Texts that only whoever has the key can read: AES-256-GCM, by the library `cryptography`.

    enc:1:<id of the key>:<base64url of nonce and sealed text>

A seal is made for a place, such as a column and the order that it belongs to. It opens nowhere
else, and not after a bit of it was changed. The nonce is drawn: under one key 2 ** 32 of them are
allowed (NIST SP 800-38D, 8.3).
"""

import base64
import binascii
import os
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from headsup.address_keys import AddressKeys
from headsup.address_names import Names
from headsup.naming import SivNames
from headsup.sealed import PREFIX, BrokenSealError, MissingKeyError, key_of

_NONCE: Final = 12
_SHORTEST: Final = _NONCE + 16
"""Bytes: nothing has a nonce and a tag all the same."""


class AesSeals:
    """Seals and opens, with keys that are given once."""

    def __init__(self, keys: AddressKeys) -> None:
        self._ciphers: Mapping[str, AESGCM] = {name: AESGCM(key) for name, key in keys.keys.items()}
        self.writes = keys.writes
        """The id of the key that is written with; None where it is written in clear."""
        self.names: Names | None = None
        """What stands for addresses that are looked up, where names do (`name_keys`)."""

    @property
    def ids(self) -> frozenset[str]:
        """Of the keys that there are."""
        return frozenset(self._ciphers)

    def seal(self, text: bytes, place: str) -> str:
        """The text, sealed with the key that is written with. There has to be one."""
        assert self.writes is not None  # noqa: S101 - asked before
        return self.seal_with(self.writes, text, place)

    def seal_with(self, key_id: str, text: bytes, place: str) -> str:
        """The same, with any of the keys."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[key_id].encrypt(nonce, text, _bound(key_id, place))
        return f"{PREFIX}{key_id}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, place: str) -> bytes:
        """What was sealed for this place. Raises MissingKeyError, or BrokenSealError where it was
        changed, or brought from elsewhere."""
        key_id = key_of(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise MissingKeyError(key_id)
        try:
            data = base64.b64decode(sealed.rpartition(":")[2], altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            data = b""
        if len(data) < _SHORTEST:
            raise BrokenSealError
        try:
            return cipher.decrypt(data[:_NONCE], data[_NONCE:], _bound(key_id, place))
        except InvalidTag:
            raise BrokenSealError from None

    def names_with(self, key: bytes, schema: str) -> Names:
        """The names of a schema, by their key."""
        return SivNames(key, schema)


def _bound(key_id: str, place: str) -> bytes:
    return f"{PREFIX}{key_id}:{place}".encode()
