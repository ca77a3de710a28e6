"""Columns of lists by which rows are looked up, of whose entries some are addresses. Where there
are keys, names stand for those (`address_names`), and the addresses lie sealed beside them, so that
it can be turned off again.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec

from headsup.address_keys import CLEAR
from headsup.address_names import is_named
from headsup.sealed import SealedColumn, Seals
from headsup.sealed_tables import AT_ONCE, OnPage, Walked, lent

_BETWEEN: Final = "\x1f"
"""Between entries, which have no such character: PostgreSQL unnests no lists of several lengths."""
_encoder: Final = msgspec.json.Encoder()
_beside: Final = msgspec.json.Decoder(list[dict[str, str]])


class Kept(NamedTuple):
    """What is kept of a list."""

    entries: Collection[str]
    sealed: bytes | str | None
    """The addresses in it that have names; None where none has one."""


Change = Callable[[Kept, Sequence[str]], Kept | None]
"""Another list for a row's, given that and whose the row is; None where it stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedColumn:
    """A column of such lists."""

    column: str
    beside: SealedColumn
    """Where the addresses lie sealed, in the same table: a list of `{"key": ...}`."""
    is_address: Callable[[str], bool]
    """Whether an entry is one, or the name of one."""

    @property
    def table(self) -> str:
        """With its schema."""
        return self.beside.table

    def written(self, entries: Iterable[str], whose: Sequence[str], by: Seals) -> Kept:
        """A list as it is kept."""
        kept = list(entries)
        names = by.names
        if names is None or by.writes is None:
            return Kept(kept, None)
        addresses = [entry for entry in kept if self._is_clear(entry)]
        if not addresses:
            return Kept(kept, None)
        named = {names.of(entry) if self._is_clear(entry) else entry for entry in kept}
        row = _encoder.encode([{"key": address} for address in sorted(addresses)])
        return Kept(sorted(named), self.beside.sealed(row, whose, by))

    def renewed(self, kept: Kept, whose: Sequence[str], by: Seals) -> Kept | None:
        """The list as it would be kept now; None where it is so already. Raises MissingKeyError and
        BrokenSealError. A name whose address is lost stays a name."""
        addresses = set(filter(self._is_clear, kept.entries)) | self._opened(kept, whose, by)
        names = by.names
        made = {names.of(address) for address in addresses} if names else set()
        rest = {e for e in kept.entries if not self._is_clear(e) and e not in made}
        if by.writes is None:
            new = Kept(sorted(rest | addresses), None)
        else:
            new = self.written(sorted(rest | addresses), whose, by)
        is_same = set(new.entries) == set(kept.entries)
        return None if is_same and self._keys(kept) == self._keys(new) else new

    def without(self, kept: Kept, key_id: str) -> Kept:
        """The list without what was sealed with a key that is lost. Its names stay."""
        if kept.sealed is None:
            return kept
        return Kept(kept.entries, self.beside.without(kept.sealed, key_id) or kept.sealed)

    async def walk(self, connection: Any, change: Change | None, on_page: OnPage) -> Counter[str]:
        """Changes rows, as `sealed_tables.renew` does, and says with which keys they are then."""
        found: Counter[str] = Counter()
        seen = changed = 0
        last = ("",) * len(self.beside.keys)
        while page := await connection.fetch(self._page, *last):
            wanted = [row for row in page if change and _new(row, change)]
            written = await self._renew(connection, change, wanted) if wanted and change else {}
            for row in page:
                place, kept = _read(row)
                found.update(self._keys(written.get(place, kept)))
            seen, changed = seen + len(page), changed + len(written)
            on_page(Walked(seen, changed))
            last = _read(page[-1])[0]
        return found

    @property
    def _selected(self) -> str:
        names = ", ".join(self.beside.keys)
        return f"SELECT {names}, {self.column}, {self.beside.column}::text FROM {self.table}"  # noqa: S608

    @property
    def _page(self) -> str:
        names = ", ".join(self.beside.keys)
        after = ", ".join(f"${number}" for number, _ in enumerate(self.beside.keys, 1))
        return f"{self._selected} WHERE ({names}) > ({after}) ORDER BY {names} LIMIT {AT_ONCE}"

    async def _renew(
        self, connection: Any, change: Change, wanted: Sequence[Any]
    ) -> dict[tuple[str, ...], Kept]:
        keys = self.beside.keys
        names = ", ".join(keys)
        given = ", ".join(f"${number}::text[]" for number, _ in enumerate(keys, 1))
        same = " AND ".join(f"known.{name} = fresh.{name}" for name in keys)
        after = len(keys)
        async with connection.transaction():
            rows = await connection.fetch(
                f"{self._selected}"  # noqa: S608 - our own words
                f" WHERE ({names}) IN (SELECT * FROM unnest({given})) ORDER BY {names} FOR UPDATE",
                *zip(*(_read(row)[0] for row in wanted), strict=True),
            )
            fresh = {_read(row)[0]: new for row in rows if (new := _new(row, change))}
            if fresh:
                await connection.execute(
                    f"UPDATE {self.table} AS known"  # noqa: S608 - our own words
                    f" SET {self.column} = string_to_array(entries, E'\\x1f'),"
                    f" {self.beside.column} = json::jsonb"
                    f" FROM unnest({given}, ${after + 1}::text[], ${after + 2}::text[])"
                    f" AS fresh ({names}, entries, json) WHERE {same}",
                    *zip(*fresh, strict=True),
                    [_BETWEEN.join(kept.entries) for kept in fresh.values()],
                    [as_text(kept.sealed) for kept in fresh.values()],
                )
        return fresh

    def _is_clear(self, entry: str) -> bool:
        return self.is_address(entry) and not is_named(entry)

    def _opened(self, kept: Kept, whose: Sequence[str], by: Seals) -> set[str]:
        if kept.sealed is None:
            return set()
        return {one["key"] for one in _beside.decode(self.beside.opened(kept.sealed, whose, by))}

    def _keys(self, kept: Kept) -> set[str]:
        """The ids of the keys that it is sealed with; CLEAR where an address is to be read."""
        found = self.beside.keys_in(kept.sealed) if kept.sealed is not None else set()
        is_clear = any(map(self._is_clear, kept.entries)) or (
            kept.sealed is not None and self.beside.has_clear(kept.sealed)
        )
        return found | {CLEAR} if is_clear else found


def columns() -> list[NamedColumn]:
    """Those that services lend (`sealed_tables.lent`)."""
    return [column for column in lent() if isinstance(column, NamedColumn)]


def _read(row: Any) -> tuple[tuple[str, ...], Kept]:
    *place, entries, sealed = row
    return tuple(place), Kept(entries, sealed)


def _new(row: Any, change: Change) -> Kept | None:
    place, kept = _read(row)
    try:
        return change(kept, place)
    except msgspec.MsgspecError:
        return None


def as_text(sealed: bytes | str | None) -> str | None:
    """What lies beside a list, as a statement is given it."""
    return sealed.decode() if isinstance(sealed, bytes) else sealed
