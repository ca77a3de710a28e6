"""What somebody means who writes to the bot. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.notifier.render.bot_words import Phrases

_NOT_A_WORD: Final = re.compile(r"[\W_]+")
_MARKS: Final = str.maketrans("", "", "'’ʼ`´‘")
_COMMAND: Final = re.compile(
    r"/([a-z_]{1,32})(?:@\w{1,64})?(?:\s+(.*))?", re.DOTALL | re.IGNORECASE
)
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_FEW_WORDS: Final = 2


class Meant(StrEnum):
    """What is wanted."""

    START = "start"
    ORDERS = "orders"
    ORDER = "order"
    HUMAN = "human"
    HELP = "help"
    STOP = "stop"
    LANGUAGE = "language"
    THANKS = "thanks"
    OTHER = "other"
    NO_TEXT = "no_text"


_COMMANDS: Final = {
    "start": Meant.START,
    "orders": Meant.ORDERS,
    "order": Meant.ORDERS,
    "human": Meant.HUMAN,
    "help": Meant.HELP,
    "stop": Meant.STOP,
    "language": Meant.LANGUAGE,
    "lang": Meant.LANGUAGE,
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is wanted, and of what."""

    meant: Meant
    rest: str = ""
    """What stands after a command: of /start the token."""
    is_command: bool = False


def meaning_of(text: str, phrases: Iterable[Phrases]) -> Meaning:
    """What a text means, in whichever of our languages."""
    if not text:
        return Meaning(Meant.NO_TEXT)
    if command := _COMMAND.fullmatch(text):
        meant = _COMMANDS.get(command[1].lower(), Meant.HELP)
        return Meaning(meant, (command[2] or "").strip(), is_command=True)
    said = plain(text)
    languages = list(phrases)
    # A person first: whoever asks for one is not to be answered with a list.
    for meant, how in _ORDER:
        for each in languages:
            if _says(said, getattr(each, meant), how):
                return Meaning(meant)
    return Meaning(Meant.OTHER)


class _How(StrEnum):
    WHOLE = "whole"  # the text says this and nothing else: "do not stop" is not "stop"
    ANYWHERE = "anywhere"
    PHRASE = "phrase"  # anywhere; of one word only among few others


_ORDER: Final = (
    (Meant.STOP, _How.WHOLE),
    (Meant.THANKS, _How.WHOLE),
    (Meant.HELP, _How.WHOLE),
    (Meant.LANGUAGE, _How.WHOLE),
    (Meant.HUMAN, _How.ANYWHERE),
    (Meant.ORDERS, _How.PHRASE),
)
"""What is looked for, in which order, and how."""


def token_of(rest: str) -> str | None:
    """The token of a deep link; None when it is none of ours."""
    return rest if _TOKEN.fullmatch(rest) else None


def plain(text: str) -> str:
    """Words only, in small letters: "Where's my order?!" is "wheres my order"."""
    text = (
        unicodedata.normalize("NFKC", text.replace("№", " "))
        .casefold()
        .replace("ё", "е")
        .translate(_MARKS)
    )
    return _NOT_A_WORD.sub(" ", text).strip()


def _says(said: str, phrases: Sequence[str], how: _How) -> bool:
    padded, few = f" {said} ", said.count(" ") < _FEW_WORDS
    for phrase in map(plain, phrases):
        if phrase == said:
            return True
        if how is _How.WHOLE or f" {phrase} " not in padded:
            continue
        if how is _How.ANYWHERE or few or " " in phrase:
            return True
    return False


def names(text: str, number: str) -> bool:
    """Whether a text speaks of the order with this number."""
    wanted = plain(number)
    return bool(wanted) and f" {wanted} " in f" {plain(text)} "
