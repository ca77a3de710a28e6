"""Short addresses of ours that lead to the shop's own, for text messages that cannot hold those.

    https://notify.example/g/<code>

They hold the number of a message, and lead where the link of that message does: nobody can make one
that leads elsewhere. Pure.
"""

from dataclasses import dataclass, field
from typing import Final

from services.notifier.signed_numbers import SignedNumbers

PATH: Final = "/g/{code}"


@dataclass(frozen=True, slots=True)
class ShortLinks:
    """Makes and knows the addresses. `public_url`: without a slash at its end."""

    public_url: str
    key: bytes = field(repr=False)

    def of(self, number: int) -> str:
        """Leads where the link of this message does."""
        return self.public_url + PATH.format(code=self._numbers.code_of(number))

    def number_of(self, code: str) -> int | None:
        """The message of a code of ours; None of anybody else's."""
        return self._numbers.number_of(code)

    @property
    def _numbers(self) -> SignedNumbers:
        return SignedNumbers("go", self.key)
