"""How somebody comes into the chat: an address of ours in messages, and a one-time token that it
turns into a deep link of Telegram's. Pure but for chance, which is passed in.

    https://notify.example/t/<code>      ->  a button  ->  https://t.me/<bot>?start=<token>

The token is not in the message: whatever opens addresses before a person does would use it up, and
whoever was forwarded a mail would have it. See docs/decisions/a-chat-is-linked-at-the-click.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from services.notifier.scoped_links import ScopedLinks
from services.notifier.signed_numbers import SignedNumbers

LIFETIME: Final = timedelta(hours=48)
"""Of a token (business time)."""
MOST_OPEN: Final = 20
"""Tokens of one customer within a `LIFETIME`, used ones included: each that links a chat has a
message sent. Whoever wants more is no person."""
OCTETS: Final = 16
"""128 bits: 22 characters of base64url."""


class ChatLinks(ScopedLinks):
    """To a page with a button that opens the bot."""

    __slots__ = ()
    PURPOSE = "chat"
    PATH = "/t/{code}"
    LIFETIME = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class HumanPresses:
    """What the button under a message carries that calls a person."""

    key: bytes

    def of(self, number: int) -> str:
        """Of the message with this number."""
        return _PRESS + self._numbers.code_of(number)

    def pressed(self, data: str) -> int | None:
        """The message under which it was pressed; None when the button is another one."""
        if not data.startswith(_PRESS):
            return None
        return self._numbers.number_of(data.removeprefix(_PRESS))

    @property
    def _numbers(self) -> SignedNumbers:
        return SignedNumbers("human", self.key)


_PRESS: Final = "human:"


def digest(token: str) -> bytes:
    """What is kept of a token: whoever reads the table opens nothing with it."""
    return sha256(token.encode()).digest()


def deep_link(bot: str, token: str) -> str:
    """core.telegram.org/bots/features#deep-linking"""
    return f"https://t.me/{bot}?start={token}"


Tokens = Callable[[], str]
"""Makes tokens: `secrets.token_urlsafe(OCTETS)`."""
