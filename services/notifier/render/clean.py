"""What a stranger typed, made safe to print on one line: nothing hidden, nothing that steers.

Unicode's bidirectional controls can turn a sentence of ours around (UAX #9, CVE-2021-42574), line
breaks can add a mail header (RFC 5322, 2.2), invisible characters can hide what is there.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

ELLIPSIS: Final = "…"
_ZWJ: Final = "\u200d"
# Emoji families are joined by U+200D between a picture (with its variation or skin) and the next.
_EMOJI: Final = "\U0001f000-\U0001faff\u2600-\u27bf\u2190-\u21ff\u2b00-\u2bff\ufe0f"
_STRAY_JOINER: Final = re.compile(f"(?<![{_EMOJI}]){_ZWJ}|{_ZWJ}(?![{_EMOJI}])")
_BREAKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_QUOTES: Final = ("«»", "„“", "“”", "()")
_DANGLING: Final = " ,.;:&+-–—/|·"
_LITTLE: Final = 3
_ENOUGH: Final = 0.4
"""Of the room, that the words of a name have to fill; else too little of it would be left."""
_ENOUGH_TO_SEE: Final = 5
"""Characters of a name by which it is seen whether anything in it can be read."""
_NEVER_LAST: Final = frozenset({"Mn", "Me", "Mc", "Cf", "Zs", "Sk"})


def clean(text: str, limit: int) -> str:
    """`text` as one visible line in NFC of at most `limit` characters, shortened with an ellipsis.

    Line breaks and controls become a space; bidi controls and zero-width characters go, but for
    the joiner inside an emoji.
    """
    if not (text.isascii() and text.isprintable()):
        text = _visible(unicodedata.normalize("NFC", text))
    if "  " in text or text[:1] == " " or text[-1:] == " ":
        text = " ".join(text.split())
    return shorten(text, limit)


def is_readable(text: str) -> bool:
    """Whether anything of it is left once it is cleaned."""
    if text.isprintable():
        return not text.isspace() and text != ""
    return bool(clean(text, _ENOUGH_TO_SEE))


def clean_url(url: str) -> str | None:
    """`url` unchanged, or None when it is no visible http(s) address: no link is half right."""
    return url if url.startswith(("https://", "http://")) and url.isprintable() else None


def shorten(text: str, limit: int) -> str:
    """The beginning of `text` and an ellipsis, at most `limit` UTF-16 units; emoji stay whole.

    UTF-16 units, because that is what SMS and Telegram count (3GPP TS 23.038, Bot API).
    """
    if 2 * len(text) <= limit or units(text) <= limit:
        return text
    while text and units(text) > limit - 1:
        text = text[: min(len(text) - 1, limit - 1)]
    while text and (text[-1] == _ZWJ or unicodedata.category(text[-1]) in _NEVER_LAST):
        text = text[:-1]
    return text + ELLIPSIS


def shorten_name(name: str, limit: int) -> str:
    """A name by its first words, where those say enough of it; else `shorten`."""
    if units(name) <= limit:
        return name
    words = name.split()
    while words and (units(" ".join(words)) > limit or not _ends_well(words)):
        words.pop()
    said = " ".join(words).rstrip(_DANGLING)
    return said if units(said) >= limit * _ENOUGH else shorten(name, limit)


def _ends_well(words: Sequence[str]) -> bool:
    """Not with a little word that leads on, nor within quotes."""
    said = " ".join(words)
    is_open = any(said.count(begin) > said.count(end) for begin, end in _QUOTES)
    leads_on = len(words[-1]) <= _LITTLE and words[-1].islower()
    return not is_open and not leads_on and said.count('"') % 2 == 0


def shorten_front(text: str, limit: int) -> str:
    """An ellipsis and the end of `text`: what tells one order number from the next is its end."""
    if units(text) <= limit:
        return text
    while units(text) > limit - 1:
        text = text[1:]
    return ELLIPSIS + text.lstrip()


def units(text: str) -> int:
    """The length of `text` in UTF-16 units: two for what lies beyond the basic plane."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    text = _BREAKS.sub(" ", text)
    if text.isprintable():
        return text
    text = _STRAY_JOINER.sub("", text)
    return "".join(c for c in text if c == _ZWJ or c.isprintable() or _is_new(c)).strip()


def _is_new(character: str) -> bool:
    """A character that this Python does not know yet, such as next year's emoji."""
    return unicodedata.category(character) == "Cn" and character >= "\U0001f000"
