"""An SMS that is as short as it has to be, in the letters that the shop chose. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.shops.reach import Alphabet
from services.notifier.render.alphabet import is_gsm
from services.notifier.render.clean import shorten, units
from services.notifier.render.ladder import OPTIONAL, ladder_of
from services.notifier.render.segments import count_segments
from services.notifier.render.shapes import CODES
from services.notifier.render.transliteration import latin, plain
from services.notifier.rendered import Lettering

LONGEST: Final = 1600
"""Characters that Twilio takes (error 21617)."""
_NEVER_CUT: Final = frozenset({"speaker", "reply", "link", "human", "stop"})

_CODES: Final = ("order_number", *sorted(CODES - {"pickup_code"}))

_AS_IT_IS: Final = Lettering.GSM

Limits = Mapping[str, int]
Pieces = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A text, and what it costs."""

    text: str
    segments: int
    lettering: Lettering


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What there is to say."""

    kind: Kind
    speaker: str
    """Who writes, in full."""
    pieces: Callable[[Limits], Pieces]
    """In the order in which they are read, with names of this length."""
    alphabet: Alphabet = Alphabet.NATIONAL
    latin: Callable[[str], str]
    """Turns a text into Latin letters."""
    content: Content


def has_latin_codes(content: Content) -> bool:
    """Whether every code in it is the same in Latin letters. A machine reads it, or somebody whom
    the customer tells it: half of the alphabet looks the same and is not."""
    codes = (getattr(content, name) for name in _CODES)
    pickup = content.pickup.code if content.pickup else None
    return all(is_gsm(code) for code in (*codes, pickup) if code)


def fit(words: Words) -> Fit:
    """The text on the first rung of the ladder that fits. In Latin letters where the shop wants
    them and all of it can be written in them; if it wants what is cheapest, where they save a
    segment. What is left out is left out for the letters that it is written in."""
    mine = _climbed(words, plain)
    if words.alphabet is Alphabet.NATIONAL or mine.lettering is _AS_IT_IS:
        return mine
    if not has_latin_codes(words.content):
        return mine
    is_cheapest = words.alphabet is Alphabet.CHEAPEST
    fewer = max(mine.segments - 1, 1) if is_cheapest else None
    other = _climbed(words, words.latin, fewer)
    is_dearer = is_cheapest and other.segments >= mine.segments
    return mine if is_dearer or not is_gsm(other.text) else other


def in_letters(text: str, alphabet: Alphabet, language: str, other: str) -> str:
    """A text that gives up nothing, in the letters that the shop wants. `other`: its language."""
    mine = plain(text)
    if alphabet is Alphabet.NATIONAL or is_gsm(mine):
        return mine
    said = latin(text, language, other)
    saves = alphabet is Alphabet.TRANSLITERATED or count_segments(said) < count_segments(mine)
    return said if saves and is_gsm(said) else mine


def _climbed(words: Words, letters: Callable[[str], str], most: int | None = None) -> Fit:
    """`most`: segments, where that is fewer than a rung may take."""
    text, segments = "", 0
    written: dict[int, Pieces] = {}
    for kept, limits, allowed in ladder_of(words.kind):
        pieces = written.get(id(limits))
        if pieces is None:
            pieces = written[id(limits)] = words.pieces(limits)
        left = {n: t for n, t in pieces.items() if t and (n not in OPTIONAL or n in kept)}
        text, segments = _counted(left, letters)
        if segments <= min(allowed, most or allowed):
            text = _named(text, words.speaker, segments, left, letters)
            break
    is_latin = letters is not plain
    own = Lettering.LATIN if is_latin else Lettering.NATIONAL
    return Fit(
        text=text,
        segments=segments,
        lettering=Lettering.GSM if is_gsm(text) and not is_latin else own,
    )


def _named(
    text: str, speaker: str, segments: int, left: Pieces, letters: Callable[[str], str]
) -> str:
    """With the whole name of who writes, where that costs nothing."""
    if left.get("speaker") == speaker:
        return text
    whole, cost = _counted({**left, "speaker": speaker}, letters)
    return whole if cost <= segments else text


def _counted(pieces: Mapping[str, str], letters: Callable[[str], str]) -> tuple[str, int]:
    text = letters(" ".join(pieces.values()))
    if units(text) > LONGEST:
        text = letters(" ".join(_cut(pieces, units(text) - LONGEST).values()))
    return text, count_segments(text)


def _cut(pieces: Mapping[str, str], excess: int) -> Mapping[str, str]:
    """A shop's own words may be longer than any SMS. The longest sentence ends early then; who
    writes, where it leads and the way to a human stay."""
    sentences = {n: t for n, t in pieces.items() if n not in _NEVER_CUT}
    longest = max(sentences, key=lambda name: units(sentences[name]))
    room = max(units(sentences[longest]) - excess - len("..."), 1)
    return {**pieces, longest: shorten(sentences[longest], room)}
