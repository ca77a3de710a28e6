"""Addresses of ours that show something of somebody's: each for one purpose, for one message, and
until a day. Pure.

    https://notify.example/o/<code>

The code is the number of a message in the ledger and the last day on which it opens anything,
signed and veiled as in `signed_numbers`. A purpose's code is none for another purpose.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import ClassVar, Final

_EPOCH: Final = date(2020, 1, 1)
_OCTETS_OF_NUMBER: Final = 5
_OCTETS_OF_DAY: Final = 3
_OCTETS_SIGNED: Final = 10
"""80 bits, the least that RFC 2104, section 5, recommends."""
_LENGTH: Final = 24
"""Characters of base64url (RFC 4648, section 5); no bit is left over, so a code has one form."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A code of ours, and what it stands for."""

    number: int
    """Of the message."""
    is_over: bool
    """Whether its last day has passed: whoever has it was given it, and is shown nothing more."""


@dataclass(frozen=True, slots=True)
class ScopedLinks:
    """Makes and knows the addresses of one purpose. `public_url`: without a slash at its end."""

    PURPOSE: ClassVar[str]
    PATH: ClassVar[str]
    """With `{code}` in it."""
    LIFETIME: ClassVar[timedelta]

    public_url: str
    key: bytes = field(repr=False)

    def of(self, number: int, since: datetime) -> str:
        """The address for this message, which opens until `LIFETIME` after `since`: the same
        however often it is made."""
        return self.public_url + self.PATH.format(code=self.code_of(number, since))

    def code_of(self, number: int, since: datetime) -> str:
        """What stands in the address: 24 characters."""
        last = (since.astimezone(UTC) + self.LIFETIME).date()
        days = max((last - _EPOCH).days, 0)
        return self._code(number, days)

    def opened(self, code: str, now: datetime) -> Opened | None:
        """What a code of ours stands for; None of anybody else's."""
        if len(code) != _LENGTH or not code.isascii():
            return None
        try:
            octets = urlsafe_b64decode(code)
        except ValueError:
            return None
        seal, veiled = octets[:_OCTETS_SIGNED], octets[_OCTETS_SIGNED:]
        shown = self._veil(seal, veiled)
        number = int.from_bytes(shown[:_OCTETS_OF_NUMBER])
        days = int.from_bytes(shown[_OCTETS_OF_NUMBER:])
        if not hmac.compare_digest(code, self._code(number, days)):
            return None
        today = (now.astimezone(UTC).date() - _EPOCH).days
        return Opened(number, is_over=today > days)

    def _code(self, number: int, days: int) -> str:
        octets = number.to_bytes(_OCTETS_OF_NUMBER) + days.to_bytes(_OCTETS_OF_DAY)
        seal = self._digest("signed", octets)[:_OCTETS_SIGNED]
        return urlsafe_b64encode(seal + self._veil(seal, octets)).decode()

    def _veil(self, seal: bytes, octets: bytes) -> bytes:
        """Hides and shows: each seal has a veil of its own."""
        pad = self._digest("veiled", seal)
        return bytes(one ^ other for one, other in zip(octets, pad, strict=False))

    def _digest(self, step: str, octets: bytes) -> bytes:
        """Under a key that signs nothing else, such as an answer."""
        own = hmac.new(self.key, f"scoped {self.PURPOSE} {step}".encode(), sha256).digest()
        return hmac.new(own, octets, sha256).digest()


class OrderLinks(ScopedLinks):
    """To the page of the message's order."""

    __slots__ = ()
    PURPOSE = "order"
    PATH = "/o/{code}"
    LIFETIME = timedelta(days=180)


class PreferenceLinks(ScopedLinks):
    """To what the message's customer wants, and does not."""

    __slots__ = ()
    PURPOSE = "preferences"
    PATH = "/p/{code}"
    LIFETIME = timedelta(days=180)


class WhyLinks(ScopedLinks):
    """To why somebody got this message."""

    __slots__ = ()
    PURPOSE = "why"
    PATH = "/w/{code}"
    LIFETIME = timedelta(days=180)
