"""What somebody wants who writes to our number: no more messages, messages again, or to know who we
are. Pure.

A word counts when it is all that was written, beside politeness; a sentence when nothing else
stands between two marks. "Stop at the gate" is no STOP, and a person reads it. Words are compared
by their sound rather than by their letters: phones have no Ukrainian keyboard, people have no time,
and a Latin letter looks like a Cyrillic one.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import Final

from services.notifier.render.texting_words import TextingWords
from services.notifier.render.transliteration import latin


class Wish(StrEnum):
    """What somebody wants."""

    STOP = "stop"
    START = "start"
    HELP = "help"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A wish, and how it was put."""

    wish: Wish
    languages: frozenset[str]
    """In which it says so."""
    may_answer: bool = False
    """Whether it is an answer, where a question is open."""


_LONGEST: Final = 1600
"""Characters; Twilio brings no more."""
_MARKS: Final = re.compile(r"[.!?;,\n\r…()\"«»]+")
_OMITTED: Final = re.compile(r"(?<=[^\W\d_])['’‘ʼ`´](?=[^\W\d_])")
_NOT_A_WORD: Final = re.compile(r"[\W_]+")
_CHOICE: Final = re.compile(r"\(([^()]*)\)")
_LOOKS_CYRILLIC: Final = dict(zip("aceiopxykmhtbs", "асеіорхукмнтвѕ", strict=True))
_LOOKS_LATIN: Final = {own: other for other, own in _LOOKS_CYRILLIC.items()}
_SOUNDS: Final = (
    # Several ways to type one sound, the longest first.
    *(("shch", "s"), ("sch", "s"), ("sh", "s"), ("tch", "c"), ("ch", "c"), ("ts", "c")),
    *(("tz", "c"), ("kh", "h"), ("zh", "z"), ("ph", "f"), ("y", "i"), ("j", "i"), ("g", "h")),
    *(("w", "v"), ("x", "h"), ("q", "k")),
)
_DOUBLED: Final = re.compile(r"(.)\1+")


def wanted(text: str, words: Mapping[str, TextingWords]) -> Wanted | None:
    """What `text` wants; `words` by language. None when a person has to read it."""
    readings = list(_readings(text[:_LONGEST]))
    known = {language: _known(each) for language, each in words.items()}
    for wish in Wish:
        said = {n for n, each in known.items() if any(_says(r, each, wish) for r in readings)}
        if said:
            return Wanted(wish=wish, languages=frozenset(said))
    for wish in (Wish.STOP, Wish.START):
        said = {n for n, each in known.items() if _joined(readings) & each.answers[wish]}
        if said:
            return Wanted(wish=wish, languages=frozenset(said), may_answer=True)
    return None


@dataclass(frozen=True, slots=True)
class _Known:
    """The words of a language, by their sound."""

    alone: Mapping[Wish, frozenset[str]]
    answers: Mapping[Wish, frozenset[str]]
    enough: frozenset[tuple[str, ...]]
    polite: frozenset[str]

    def bare(self, said: Iterable[str]) -> tuple[str, ...]:
        """Without politeness; all of it where there is nothing else."""
        return tuple(word for word in said if word not in self.polite)


def _says(reading: Sequence[Sequence[str]], known: _Known, wish: Wish) -> bool:
    whole = known.bare(word for sentence in reading for word in sentence)
    if "".join(whole) in known.alone[wish]:
        return True
    return wish is Wish.STOP and any(known.bare(each) in known.enough for each in reading)


def _joined(readings: Iterable[Sequence[Sequence[str]]]) -> set[str]:
    return {"".join(word for sentence in reading for word in sentence) for reading in readings}


def _readings(text: str) -> Iterator[list[list[str]]]:
    """Sentences of words by their sound: as it stands, and with what only looks like the other
    alphabet read as that."""
    text = _OMITTED.sub("", unicodedata.normalize("NFKC", text).lower())
    for looks in ({}, _LOOKS_LATIN, _LOOKS_CYRILLIC):
        yield [_heard(sentence, looks) for sentence in _MARKS.split(text)]


def _heard(sentence: str, looks: Mapping[str, str]) -> list[str]:
    words = _NOT_A_WORD.sub(" ", sentence).split()
    return [sound for word in words if (sound := _sound(_read_as(word, looks)))]


def _read_as(word: str, looks: Mapping[str, str]) -> str:
    """A word all of which can be read in the other alphabet, or is in it already."""
    read = "".join(looks.get(c, c) for c in word)
    return read if read.isascii() or not any(c.isascii() and c.isalpha() for c in read) else word


@lru_cache(4096)
def _sound(word: str) -> str:
    """One spelling for all that sounds alike: "відпишіть", "vidpyshit", "VIDPISHIT'"."""
    said = latin(word, "uk").lower()
    for typed, sound in _SOUNDS:
        said = said.replace(typed, sound)
    return _DOUBLED.sub(r"\1", said)


@lru_cache(64)
def _known(words: TextingWords) -> _Known:
    alone = dict(zip(Wish, (words.stop, words.start, words.help), strict=True))
    answers = {Wish.STOP: words.stop_unless_asked, Wish.START: words.start_unless_asked}
    known = _Known(
        alone={wish: frozenset(map(_word, said)) for wish, said in alone.items()},
        answers={wish: frozenset(map(_word, said)) for wish, said in answers.items()},
        enough=frozenset(),
        polite=frozenset(_sound(word.lower()) for word in words.polite),
    )
    spelt = (each for phrase in words.enough for each in _spelt(phrase.lower()))
    return replace(known, enough=frozenset(known.bare(_heard(each, {})) for each in spelt) - {()})


def _word(text: str) -> str:
    return "".join(_heard(text.lower(), {}))


def _spelt(phrase: str) -> Iterator[str]:
    """Every sentence that a phrase with choices stands for."""
    parts = _CHOICE.split(phrase)
    choices = [part.split("|") if at % 2 else [part] for at, part in enumerate(parts)]
    return map("".join, product(*choices))
