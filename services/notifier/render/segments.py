"""How many SMS a text is: what the provider bills, and what arrives in pieces.

3GPP TS 23.038, 6.2.1 (the GSM 7-bit alphabet and its extension table) and TS 23.040, 9.2.3.24
(joined messages): one message holds 140 octets, a part of a joined one 134, since its header takes
six. That is 160 or 153 septets, 70 or 67 UTF-16 units. An escaped character is two septets and a
character beyond the basic plane two units; neither is split between parts.
"""

from collections.abc import Callable
from typing import Final

from services.notifier.render.alphabet import EXTENSION, is_gsm
from services.notifier.render.clean import units

_SEPTETS_ALONE: Final = 160
_SEPTETS_JOINED: Final = 153
_UNITS_ALONE: Final = 70
_UNITS_JOINED: Final = 67


def count_segments(text: str) -> int:
    """The number of SMS that `text` is sent as; an empty text is one."""
    if is_gsm(text):
        septets = len(text) + sum(map(text.count, EXTENSION))
        if septets <= _SEPTETS_ALONE:
            return 1
        whole = septets == len(text)
        return _ceil(septets, _SEPTETS_JOINED) if whole else _parts(text, _SEPTETS_JOINED, _septets)
    length = units(text)
    if length <= _UNITS_ALONE:
        return 1
    return (
        _ceil(length, _UNITS_JOINED) if length == len(text) else _parts(text, _UNITS_JOINED, units)
    )


def _ceil(length: int, room: int) -> int:
    return -(-length // room)


def _septets(character: str) -> int:
    return 2 if character in EXTENSION else 1


def _parts(text: str, room: int, size: Callable[[str], int]) -> int:
    """Part by part, because what takes two places may not fit the last one of a part."""
    parts, used = 1, 0
    for character in text:
        length = size(character)
        if used + length > room:
            parts, used = parts + 1, 0
        used += length
    return parts
