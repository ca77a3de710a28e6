"""Columns of JSON in which some values are sealed, so that a copy of the database does not say
whose they are. The rest of the JSON stays as it is: SQL goes on finding what it looks for.

A sealed value is a list with one text in it, `["enc:1:..."]`, where there is a text or nothing
otherwise. So whoever knows nothing of seals refuses the row, and takes no sealed address for an
address. What is not sealed is read as it is: rows of both kinds lie beside each other.

Nothing here needs `cryptography`; `sealing` does, and only who has keys imports that (`seals`).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import msgspec

from headsup.address_keys import SETTING
from headsup.address_names import Names
from headsup.streak import LineStoppedError

PREFIX: Final = "enc:1:"
_MARK: Final = f'["{PREFIX}'
"""Stands in every row in which something is sealed, and in hardly any other."""
_MARK_BYTES: Final = _MARK.encode()
_NAMED: Final = re.compile(re.escape(_MARK_BYTES) + rb"([a-z0-9-]+):")
_BETWEEN: Final = "\x1f"
EACH: Final = "*"
"""In a path: each of a list. A seal opens in any place of that list, so that a list may be cut."""


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
    names: Names | None
    """Those that stand for addresses; None where addresses lie in clear."""

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

    def names_with(self, key: bytes, schema: str) -> Names:
        """The names of a schema, by their key."""
        ...


def key_of(sealed: str) -> str:
    """The id of the key of a sealed text."""
    return sealed.removeprefix(PREFIX).partition(":")[0]


def expect_clear(*rows: bytes | str | None) -> None:
    """Raises MissingKeyError where something in one of these is sealed: asked by whoever has no
    keys, and could not read them."""
    for row in rows:
        for key_id in _NAMED.findall(row.encode() if isinstance(row, str) else row or b""):
            raise MissingKeyError(key_id.decode())


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
    """The columns by which a row is found; each is a text."""
    paths: tuple[tuple[str | int, ...], ...]
    """Where the values are."""
    of: tuple[str, ...] = ()
    """The columns that say whose the row is, where those are others than its keys: its seals open
    in rows of that one only."""
    kind: Literal["jsonb", "bytea"] = "jsonb"
    """Of the column."""
    read_as: tuple[str, ...] = ()
    """The names under which statements read it, where rows open themselves (`sealed_rows`)."""

    @property
    def owner(self) -> tuple[str, ...]:
        """The columns that seals are bound to: what `keys` is elsewhere here are their values."""
        return self.of or self.keys

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
        return self._emptied(row, lambda value: _key(value) == key_id)

    def masked(self, row: bytes | str) -> bytes | str:
        """The row without what is sealed, for whoever needs it not."""
        if not is_sealed(row):
            return row
        return self._emptied(row, lambda value: _key(value) is not None)

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

    def _emptied(self, row: bytes | str, is_gone: Callable[[Any], bool]) -> bytes:
        """The row without some of the values; what was one of a list is none any more."""
        tree = msgspec.json.decode(row)
        for path in self.paths:
            for holder in _holders(tree, path):
                if is_gone(holder[path[-1]]):
                    holder[path[-1]] = None
            if EACH in path:
                at = path.index(EACH)
                several = tree
                for step in path[:at]:
                    several = _step(several, step)
                if isinstance(several, list):
                    several[:] = [one for one in several if any(_holders(one, path[at + 1 :]))]
        return msgspec.json.encode(tree)

    def _changed(
        self, row: bytes | str, keys: Sequence[str], change: Callable[[Any, str], Any]
    ) -> bytes:
        """The row with each of the values changed; what is not there stays away."""
        tree = msgspec.json.decode(row)
        for path in self.paths:
            for holder in _holders(tree, path):
                place = _BETWEEN.join((self.table, self.column, *keys, ".".join(map(str, path))))
                holder[path[-1]] = change(holder[path[-1]], place)
        return msgspec.json.encode(tree)


def _holders(tree: Any, path: tuple[str | int, ...]) -> Iterator[Any]:
    """What holds a value at the end of a path; nothing where the path leads nowhere."""
    for number, step in enumerate(path[:-1]):
        if step == EACH:
            for each in tree if isinstance(tree, list) else ():
                yield from _holders(each, path[number + 1 :])
            return
        tree = _step(tree, step)
    if _step(tree, path[-1]) is not None:
        yield tree


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
