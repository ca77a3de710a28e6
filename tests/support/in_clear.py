"""Who is to be read in a dump of a schema, by whoever has the dump alone: every column of every
table as PostgreSQL writes it, and what is only written another way."""

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

_COLUMNS: Final = """
    SELECT table_name, column_name, data_type FROM information_schema.columns
    WHERE table_schema = $1 ORDER BY table_name, ordinal_position
"""
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_BETWEEN_DIGITS: Final = r"[\s().-]{0,2}"
_FEWEST_DIGITS: Final = 9
"""Of a number, beginning with its last: that many are one phone, with its country or without."""

Dump = Mapping[str, list[str]]
"""What stands in each column, by its table and name: every value that there is, as a text."""


async def dump_of(connection: Any, schema: str) -> dict[str, list[str]]:
    """Every column of every table, also the empty ones. `connection`: one that opens no seals."""
    kinds: dict[str, dict[str, str]] = {}
    for table, column, kind in await connection.fetch(_COLUMNS, schema):
        kinds.setdefault(table, {})[column] = kind
    found: dict[str, list[str]] = {}
    for table, columns in kinds.items():
        asked = ", ".join(f'"{column}"::text' for column in columns)
        rows = await connection.fetch(f'SELECT {asked} FROM {schema}."{table}"')  # noqa: S608
        for column, values in zip(columns, zip(*rows, strict=True), strict=False):
            texts = [value for value in values if value is not None]
            is_octets = columns[column] == "bytea"
            found[f"{table}.{column}"] = list(map(_octets, texts)) if is_octets else texts
        for column in columns:
            found.setdefault(f"{table}.{column}", [])
    return found


def _octets(text: str) -> str:
    """What a `bytea` says, and its hexadecimal digits as they stand in the dump."""
    return f"{bytes.fromhex(text.removeprefix(chr(92) + 'x')).decode(errors='replace')} {text}"


def in_clear(dump: Dump, marks: Iterable[str]) -> set[str]:
    """The columns in which one of these is to be read, or something that stands for it to
    whoever guesses it. A mark that is a number is found however it is parted."""
    patterns = [_pattern(mark) for mark in marks]
    return {
        column
        for column, values in dump.items()
        if any(
            pattern.search(text)
            for value in values
            for text in _read(value)
            for pattern in patterns
        )
    }


def _read(value: str) -> Iterator[str]:
    """A value, and what it says to whoever undoes the usual escapes."""
    yield value
    yield unquote(html.unescape(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)))


def _pattern(mark: str) -> re.Pattern[str]:
    """The mark in whatever form: as it is, in either case, encoded, and hashed without a key."""
    forms = {re.escape(form) for form in _forms(mark)}
    digits = re.sub(r"\D", "", mark)
    if len(digits) >= _FEWEST_DIGITS and mark.lstrip("+").isdecimal():
        forms.add(_BETWEEN_DIGITS.join(digits[-_FEWEST_DIGITS:]))
    plain = "|".join(f"(?i:{form})" for form in map(re.escape, (mark, quote(mark))))
    return re.compile(f"{plain}|{'|'.join(sorted(forms))}")


def _forms(mark: str) -> Iterator[str]:
    for text in {mark, mark.lower(), mark.upper()}:
        octets = text.encode()
        yield octets.hex()
        yield octets.hex().upper()
        yield from _in_base64(octets)
    for channel in ("", "email:", "sms:", "whatsapp:"):
        hashed = f"{channel}{mark.lower()}".encode()
        for name in ("md5", "sha1", "sha256"):
            yield hashlib.new(name, hashed, usedforsecurity=False).hexdigest()


def _in_base64(octets: bytes) -> Iterator[str]:
    """Wherever it begins in what is encoded, and without the letters that its neighbours share."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + octets).decode().rstrip("=")
        inner = encoded[(before * 8 + 5) // 6 : len(octets + b"\0" * before) * 8 // 6]
        yield inner
        yield inner.translate(str.maketrans("+/", "-_"))
