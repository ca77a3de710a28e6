"""What is brought to the bot, and what it comes to."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.notifier.bot.updates import Came
from services.notifier.brought import PATIENCE, Brought

MOST_WAITING: Final = 500


@dataclass(frozen=True, slots=True)
class Look:
    """To whom did this message go?"""

    number: int


@dataclass(frozen=True, slots=True)
class Mint:
    """A deep link for whom this message went to."""

    number: int


@dataclass(frozen=True, slots=True)
class Broken:
    """This came, and something of ours broke on it: it counts as heard, and whoever wrote is told
    that it did not work."""

    came: Came


class Result(StrEnum):
    """What came of it."""

    HEARD = "heard"
    SAME = "same"  # it was heard before
    BROKEN = "broken"  # something of ours broke on it, and they were told so
    KNOWN = "known"
    MINTED = "minted"
    TOO_OFTEN = "too_often"
    UNKNOWN = "unknown"  # there is no such message


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of it, when it is committed."""

    result: Result
    toast: str = ""
    """What is shown to whoever pressed a button."""
    source: str | None = None
    """The shop of the message."""
    language: str | None = None
    """In which it was written."""
    token: str | None = None
    """Opens the chat, once."""


Word = Came | Look | Mint | Broken


class BotQueue(Brought[Word, Done]):
    """The queue of the bot."""

    def __init__(self, patience: float = PATIENCE) -> None:
        super().__init__(MOST_WAITING, patience)
        self.bell = asyncio.Event()
        """Rings when something is to be said."""
