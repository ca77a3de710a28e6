"""The keys under which addresses lie encrypted in the database, as the settings give them: which
there are, and with which is written. Pure.

docs/operating/encryption.md says how they are made, changed and dropped.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from headsup.settings import Environment

SETTING: Final = "HEADSUP_ADDRESS_KEYS"
FILE: Final = "HEADSUP_ADDRESS_KEYS_FILE"
CLEAR: Final = "clear"
"""Stands in the place of a key: what is written is not encrypted."""
BYTES: Final = 32
"""Of a key of AES-256."""
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_ID_IS: Final = "of up to 32 small letters, digits and hyphens"
_MOST: Final = 64 * 1024
"""Characters of a file of keys; it is something else that is longer."""


@dataclass(frozen=True, slots=True)
class AddressKeys:
    """Keys by their ids, in the order in which they were given."""

    keys: Mapping[str, bytes] = field(repr=False)
    writes: str | None
    """The id of the one that is written with; None where it is written in clear."""


def address_keys(environment: Environment) -> AddressKeys | None:
    """The keys that are set; None where there are none, and nothing is encrypted. What is wrong is
    kept for `environment.check`: it names the setting, and nothing of a key."""
    given = environment.parsed(SETTING, read_keys, NONE) or NONE
    filed = environment.parsed(FILE, _read_file, NONE) or NONE
    if given.keys and filed.keys:
        environment.refuse(f"{SETTING} and {FILE} are both set: one of them is enough.")
    return (given if given.keys else filed) if given.keys or filed.keys else None


NONE: Final = AddressKeys({}, None)


def _read_file(name: str) -> AddressKeys:
    try:
        with Path(name).open(encoding="ascii") as file:
            text = file.read(_MOST)
    except (OSError, ValueError):
        raise ValueError("expected the name of a file with keys that can be read") from None
    return read_keys(text)


def read_keys(text: str) -> AddressKeys:
    """Keys as they are written: `id:base64`, the one that is written with first, with commas or
    new lines between them; the word `clear` may stand first. Raises ValueError with what was
    expected."""
    words = [word for word in re.split(r"[\s,]+", text) if word]
    is_clear = words[:1] == [CLEAR]
    keys = dict(map(_key, words[is_clear:]))
    if not keys:
        raise ValueError("expected a key at least, as id:base64")
    if len(keys) < len(words) - is_clear:
        raise ValueError("two keys have the same id")
    if len(set(keys.values())) < len(keys):
        raise ValueError("two ids have the same key")
    return AddressKeys(keys, None if is_clear else next(iter(keys)))


def _key(word: str) -> tuple[str, bytes]:
    name, colon, text = word.partition(":")
    if not colon or name == CLEAR or not _ID.fullmatch(name):
        raise ValueError(f"expected id:base64 with an id {_ID_IS}")
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != BYTES:
        raise ValueError(f"expected {BYTES} bytes of base64 in each key")
    return name, key
