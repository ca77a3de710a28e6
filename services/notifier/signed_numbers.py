"""The number of a message, signed and veiled: what an address carries that leads to the message and
names nobody. Pure."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import ClassVar, Final

_OCTETS_OF_NUMBER: Final = 5
_OCTETS_SIGNED: Final = 10
"""80 bits, the least that RFC 2104, section 5, recommends."""
_LENGTH: Final = 20
"""Characters of base64url (RFC 4648, section 5); no bit is left over, so a code has one form."""


@dataclass(frozen=True, slots=True)
class SignedNumbers:
    """Makes and knows the codes of one purpose. One of another purpose is none."""

    purpose: str
    key: bytes = field(repr=False)

    def code_of(self, number: int) -> str:
        """20 characters."""
        octets = number.to_bytes(_OCTETS_OF_NUMBER)
        seal = self._digest("signed", octets)[:_OCTETS_SIGNED]
        return urlsafe_b64encode(seal + self._veil(seal, octets)).decode()

    def number_of(self, code: str) -> int | None:
        """The number of a code of ours; None of anybody else's."""
        if len(code) != _LENGTH or not code.isascii():
            return None
        try:
            octets = urlsafe_b64decode(code)
        except ValueError:
            return None
        seal, veiled = octets[:_OCTETS_SIGNED], octets[_OCTETS_SIGNED:]
        number = int.from_bytes(self._veil(seal, veiled))
        return number if hmac.compare_digest(code, self.code_of(number)) else None

    def _veil(self, seal: bytes, octets: bytes) -> bytes:
        """Hides and shows the number: each seal has a veil of its own."""
        pad = self._digest("veiled", seal)
        return bytes(one ^ other for one, other in zip(octets, pad, strict=False))

    def _digest(self, step: str, octets: bytes) -> bytes:
        """Under a key that signs nothing else, such as an answer."""
        own = hmac.new(self.key, f"{self.purpose} {step}".encode(), sha256).digest()
        return hmac.new(own, octets, sha256).digest()


@dataclass(frozen=True, slots=True)
class SignedLinks:
    """Makes and knows the addresses of one purpose. `public_url`: without a slash at its end."""

    PURPOSE: ClassVar[str]
    PATH: ClassVar[str]
    """With `{code}` in it."""

    public_url: str
    key: bytes = field(repr=False)

    def of(self, number: int) -> str:
        """The address for this message."""
        return self.public_url + self.PATH.format(code=self._numbers.code_of(number))

    def number_of(self, code: str) -> int | None:
        """The message of a code of ours; None of anybody else's."""
        return self._numbers.number_of(code)

    @property
    def _numbers(self) -> SignedNumbers:
        return SignedNumbers(self.PURPOSE, self.key)
