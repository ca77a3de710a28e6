"""Columns of JSON in which some values are sealed, so that a copy of the database does not say
whose they are. The rest of the JSON stays as it is: SQL goes on finding what it looks for.

A sealed value is a list with one text in it, `["enc:1:..."]`, where there is a text or nothing
otherwise. So whoever knows nothing of seals refuses the row, and takes no sealed address for an
address. What is not sealed is read as it is: rows of both kinds lie beside each other.

Nothing here needs `cryptography`; `sealing` does, and only who has keys imports that (`seals`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec

from headsup.address_keys import SETTING
from headsup.streak import LineStoppedError

PREFIX: Final = "enc:1:"
_MARK: Final = f'["{PREFIX}'
"""Stands in every row in which something is sealed, and in hardly any other."""
_MARK_BYTES: Final = _MARK.encode()
_BETWEEN: Final = "\x1f"


class MissingKeyError(LineStoppedError):
    """Something is sealed with a key that is not here. It is no fault of the row, so nothing is set
    aside for it: whoever reads stands still until the key is there."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"{SETTING} has no key {key_id!r}, with which rows are written")


class BrokenSealError(msgspec.ValidationError):
    """A seal does not open: somebody changed it, or brought it here from another row. It is read as
    any row is that cannot be understood."""

    def __init__(self) -> None:
        super().__init__("a sealed value was changed, or is not of this row")


class Seals(Protocol):
    """Seals and opens texts; `sealing.AesSeals`."""

    writes: str | None

    @property
    def ids(self) -> frozenset[str]:
        """Of the keys that there are."""
        ...

    def seal(self, text: bytes, place: str) -> str:
        """The text, sealed for a place with the key that is written with."""
        ...

    def open(self, sealed: str, place: str) -> bytes:
        """What was sealed for this place."""
        ...


def key_of(sealed: str) -> str:
    """The id of the key of a sealed text."""
    return sealed.removeprefix(PREFIX).partition(":")[0]


def is_sealed(row: bytes | str) -> bool:
    """Whether anything in a row's JSON is sealed."""
    return _MARK in row if isinstance(row, str) else _MARK_BYTES in row


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedColumn:
    """A column of JSON, and which of its values are sealed."""

    table: str
    """With its schema."""
    column: str
    keys: tuple[str, ...]
    """The columns by which a row is found; each is a text. Its seals open in this row only."""
    paths: tuple[tuple[str | int, ...], ...]
    """Where the values are."""

    def sealed(self, row: bytes, keys: Sequence[str], by: Seals) -> bytes:
        """The row's JSON as it is written: with the newest key, or in clear."""
        return row if by.writes is None else self._changed(row, keys, _Sealing(by))

    def opened(self, row: bytes | str, keys: Sequence[str], by: Seals) -> bytes | str:
        """The row's JSON in clear. Raises MissingKeyError and BrokenSealError."""
        return self._changed(row, keys, _Opening(by)) if is_sealed(row) else row

    def renewed(self, row: bytes | str, keys: Sequence[str], by: Seals) -> bytes | None:
        """The row as it would be written now; None where it is so already. Raises as `opened`."""
        wanted = {by.writes} if by.writes else set()
        found = self.keys_in(row)
        is_whole = by.writes is None or not self.has_clear(row)
        if found <= wanted and is_whole:
            return None
        opened = self.opened(row, keys, by)
        return self.sealed(opened.encode() if isinstance(opened, str) else opened, keys, by)

    def without(self, row: bytes | str, key_id: str) -> bytes | None:
        """The row without what was sealed with a key that is lost; None where nothing was."""
        if key_id not in self.keys_in(row):
            return None
        return self._changed(row, (), lambda value, _: None if _key(value) == key_id else value)

    def masked(self, row: bytes | str) -> bytes | str:
        """The row without what is sealed, for whoever needs it not."""
        if not is_sealed(row):
            return row
        return self._changed(row, (), lambda value, _: None if _key(value) else value)

    def keys_in(self, row: bytes | str) -> set[str]:
        """The ids of the keys with which anything in the row is sealed."""
        if not is_sealed(row):
            return set()
        return {found for _, value in self._values(row) if (found := _key(value))}

    def has_clear(self, row: bytes | str) -> bool:
        return any(value is not None and not _key(value) for _, value in self._values(row))

    def _values(self, row: bytes | str) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = []

        def note(value: Any, place: str) -> Any:
            found.append((place, value))
            return value

        self._changed(row, (), note)
        return found

    def _changed(
        self, row: bytes | str, keys: Sequence[str], change: Callable[[Any, str], Any]
    ) -> bytes:
        """The row with each of the values changed; what is not there stays away."""
        tree = msgspec.json.decode(row)
        for path in self.paths:
            holder = _holder(tree, path)
            if holder is not None and holder[path[-1]] is not None:
                place = _BETWEEN.join((self.table, self.column, *keys, ".".join(map(str, path))))
                holder[path[-1]] = change(holder[path[-1]], place)
        return msgspec.json.encode(tree)


def _holder(tree: Any, path: tuple[str | int, ...]) -> Any:
    """What holds the value at the end of a path; None where the path leads nowhere."""
    for step in path[:-1]:
        tree = _step(tree, step)
    return tree if _step(tree, path[-1]) is not None else None


def _step(tree: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return tree[step] if isinstance(tree, list) and len(tree) > step else None
    return tree.get(step) if isinstance(tree, dict) else None


def _key(value: Any) -> str | None:
    """The id of the key with which a value is sealed; None where it is in clear."""
    match value:
        case [str(text)] if text.startswith(PREFIX):
            return key_of(text)
    return None


@dataclass(frozen=True, slots=True)
class _Opening:
    by: Seals

    def __call__(self, value: Any, place: str) -> Any:
        return self.by.open(value[0], place).decode() if _key(value) else value


@dataclass(frozen=True, slots=True)
class _Sealing:
    by: Seals

    def __call__(self, value: Any, place: str) -> Any:
        return [self.by.seal(value.encode(), place)]
