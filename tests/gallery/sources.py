"""Checks of the text files themselves, every branch of them: that there is one for every kind and
language, and that it is written in that language."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from headsup.contracts.catalogue import Kind
from tests.gallery.finding import Finding

LANGUAGES: Final = ("en", "uk", "ru")
SHARED: Final = "_shared"
Strings = dict[str, dict[str, str]]
"""By file name without its ending, by key: the strings of one language."""

NO_SENTENCES: Final = (
    "locale",
    "days.date_pattern",
    "days.date_pattern_with_year",
    "days_short.date_pattern",
    "days_short.date_pattern_with_year",
)
LATIN_WORDS: Final = frozenset({"SMS", "PDF", "Telegram", "QR", "IBAN", "IMEI", "WhatsApp"})
"""Words that are written in Latin letters in every language."""
_NOT_UKRAINIAN: Final = re.compile(r"\b\w*[ыэъёЫЭЪЁ]\w*")
_NOT_RUSSIAN: Final = re.compile(r"\b\w*[іїєґІЇЄҐ]\w*|\w+[’ʼ']\w+")
_CYRILLIC: Final = re.compile(r"\b\w*[\u0400-\u04ff]\w*")
_LATIN: Final = re.compile(r"\b\w*[A-Za-z]\w*")
_FOREIGN_APOSTROPHE: Final = re.compile(r"\b[\u0400-\u04ff]+[ʼ'][\u0400-\u04ff]+")
_TAG: Final = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{\w+\}|(?<!\w)/[a-z]+\b", re.DOTALL)
"""What stands for something, or is typed as it is: a command of the bot's."""
_QUOTED: Final = re.compile(r'(?:one|few|many|other)="([^"]*)"')
_SENTENCE: Final = re.compile(r"[^.!?:;…]+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_FEWEST_WORDS: Final = 3
"""Two words may be the same in two languages; three are a sentence that nobody translated."""


def read(folder: Path) -> Strings:
    """The strings of one language's folder. A file that is no TOML says so when it is loaded."""
    return {file.stem: dict(_flat("", _parsed(file))) for file in sorted(folder.glob("*.toml"))}


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError:
        return {}


def _flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _flat(f"{name}.", value)
        elif isinstance(value, list):
            yield from ((f"{name}.{number}", word) for number, word in enumerate(value))
        elif isinstance(value, str):
            yield name, value


def findings(root: Path) -> list[Finding]:
    """Everything that is wrong with the files in a folder of languages."""
    languages = {language: read(root / language) for language in LANGUAGES}
    foreign = [f for name, texts in languages.items() for f in foreign_letters(name, texts)]
    return [*missing(root), *foreign, *untranslated(languages)]


def missing(root: Path) -> list[Finding]:
    """Kinds without a text."""
    return [
        Finding(where=f"{language}/{name}.toml", problem="the text is missing")
        for language in LANGUAGES
        for name in (*Kind, SHARED)
        if not (root / language / f"{name}.toml").is_file()
    ]


def spoken(text: str) -> list[str]:
    """The pieces of a text that are read as they stand: no tags, but the words of plurals."""
    return [piece for piece in [*_TAG.split(text), *_QUOTED.findall(text)] if piece.strip()]


def foreign_letters(language: str, strings: Strings) -> list[Finding]:
    """Words in the wrong alphabet: left in another language, or with a letter that only looks
    right."""
    return [
        Finding(where=f"{language}/{name}.toml `{key}`", problem=problem, excerpt=word)
        for name, texts in strings.items()
        for key, text in texts.items()
        if key not in NO_SENTENCES and not key.startswith("replies.")
        for piece in spoken(text)
        for problem, word in _foreign_words(language, piece)
    ]


def _foreign_words(language: str, piece: str) -> Iterator[tuple[str, str]]:
    if language == "en":
        yield from (("a Cyrillic word", word) for word in _CYRILLIC.findall(piece))
        return
    for word in _LATIN.findall(piece):
        if word not in LATIN_WORDS:
            yield "a Latin word", word
    if language == "uk":
        yield from (("a Russian letter", word) for word in _NOT_UKRAINIAN.findall(piece))
        for word in _FOREIGN_APOSTROPHE.findall(piece):
            yield "another apostrophe than ’", word
    if language == "ru":
        yield from (("a Ukrainian letter", word) for word in _NOT_RUSSIAN.findall(piece))


def untranslated(languages: Mapping[str, Strings]) -> list[Finding]:
    """Sentences that two languages have in common."""
    seen: dict[tuple[str, str], str] = {}
    found = []
    for language, strings in languages.items():
        for name, key, sentence in _sentences(strings):
            first = seen.setdefault((name, sentence), language)
            if first != language:
                where, problem = f"{language}/{name}.toml `{key}`", f"the same as in {first}"
                found.append(Finding(where=where, problem=problem, excerpt=sentence))
    return found


def _sentences(strings: Strings) -> Iterator[tuple[str, str, str]]:
    for name, texts in strings.items():
        for key, text in texts.items():
            for piece in spoken(text) if key not in NO_SENTENCES else ():
                for sentence in _SENTENCE.findall(piece):
                    words = " ".join(sentence.split())
                    if len(_WORD.findall(words)) >= _FEWEST_WORDS:
                        yield name, key, words
