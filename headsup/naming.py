"""Names that only whoever has their key can make or open: AES-256-SIV (RFC 5297), by the library
`cryptography`. It is made for this: the same text comes to the same name, and nothing else is shown
but its length. The schema is bound to it, so a name opens in no other.

    ~<base32 of tag and sealed address, in small letters>
"""

import base64
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from headsup.sealed import BrokenSealError

_KEY: Final = 64
"""Bytes of a key of AES-256-SIV: two keys of AES-256."""
_FOR: Final = b"headsup names 1"
_GROUP: Final = 8
"""Signs of base32 that are read at once."""


class SivNames:
    """Makes and opens them, with the key of names of a schema."""

    def __init__(self, key: bytes, schema: str) -> None:
        derived = HKDF(algorithm=SHA512(), length=_KEY, salt=None, info=_FOR).derive(key)
        self._cipher = AESSIV(derived)
        self._bound = [schema.encode()]

    def of(self, address: str) -> str:
        """The name of an address; capitals say nothing."""
        sealed = self._cipher.encrypt(address.lower().encode(), self._bound)
        return "~" + base64.b32encode(sealed).decode().rstrip("=").lower()

    def opened(self, name: str) -> str:
        """The address, in small letters. Raises BrokenSealError where it was made with another
        key, for another schema, or was changed."""
        text = name[1:].upper()
        try:
            sealed = base64.b32decode(text + "=" * (-len(text) % _GROUP))
            return self._cipher.decrypt(sealed, self._bound).decode()
        except (InvalidTag, ValueError):
            raise BrokenSealError from None
