"""What people write to our number to stop, to start again, or to ask who we are, and what is
answered: `_texting.toml`. Pure."""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from services.notifier.render.placeholders import problem_in

TEXTING: Final = "_texting"
"""The name of the file with them."""
_Words = Annotated[tuple[str, ...], Meta(min_length=1)]


class TextingWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one language. Marks, capitals and doubled letters do not count, and a word in Cyrillic is
    known in Latin letters as well."""

    stop: _Words
    """One of them alone ends all messages to the number."""
    start: _Words
    help: _Words
    enough: _Words
    """Sentences that say the same as a word to stop; (a|b) is either of them."""
    polite: _Words
    """Words that may stand beside and change nothing."""
    stopped: str
    """What is answered; `{shop}` is who wrote to the number."""
    stopped_stranger: str
    """The same to a number that nobody wrote to."""
    started: str
    started_stranger: str
    who: str
    who_stranger: str
    stop_unless_asked: tuple[str, ...] = ()
    """Words to stop that are answers as well, where a question is open."""
    start_unless_asked: tuple[str, ...] = ()


_SHOP: Final = frozenset({"shop"})
PLACEHOLDERS: Final[Mapping[str, frozenset[str]]] = {
    "stopped": frozenset({"shop", "start"}),
    "stopped_stranger": frozenset({"start"}),
    "started": frozenset({"shop", "stop"}),
    "started_stranger": frozenset({"stop"}),
    "who": frozenset({"shop", "support", "stop"}),
    "who_stranger": frozenset({"stop"}),
}
"""What a sentence names; it names all of it. `{start}` and `{stop}` are the first of those words,
`{support}` is the way to a human."""


def problem_of(words: TextingWords) -> str | None:
    """What is wrong with them, as the key and a few words; None when nothing is."""
    for key, wanted in PLACEHOLDERS.items():
        if problem := problem_in(key, getattr(words, key), wanted):
            return problem
    return None
