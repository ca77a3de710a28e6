"""Where carts are kept: the table, as the desk sees it, and how a cart lies in it.

They lie on disk: a million open carts would take 800 MB of memory. It is Kafka that keeps them;
what is here is a copy, which nobody needs any more when the process has ended.

A value begins with the moment of its next look, the number of its partition and its stage, so that
it is found when it is due, and counted, without being unpacked.
"""

import asyncio
import sqlite3
import struct
from collections import Counter as Tally
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from services.cart_recovery.cart import Cart, CartKey, Stage, pack, unpack

_HEAD: Final = struct.Struct(">dHB")
_STAGES: Final = tuple(Stage)
"""By their numbers: a new one comes at the end."""
_NUMBERS: Final = {stage: number for number, stage in enumerate(_STAGES)}
NEVER: Final = float("inf")
"""Stands for no next look."""
CACHE_KB: Final = 8_000
"""Of the file in memory. The rest is the system's to keep at hand, or not."""
PIECE: Final = 500
"""Carts that are dropped in one turn of the loop. What was there is overwritten, so that takes as
long as to write them."""

_SETUP: Final = (
    f"PRAGMA cache_size = -{CACHE_KB}",
    "PRAGMA journal_mode = OFF",  # it is never taken back: where a change fails we end
    "PRAGMA synchronous = OFF",  # nor read after a crash
    "PRAGMA secure_delete = ON",  # whoever is erased is not left behind in it
    """CREATE TABLE carts (id integer PRIMARY KEY, key blob NOT NULL UNIQUE,
                           partition integer NOT NULL, stage integer, due real,
                           value blob NOT NULL)""",
    "CREATE INDEX carts_due ON carts (partition, due, stage)",
)
_PUT: Final = """
    INSERT INTO carts (key, partition, stage, due, value) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET partition = excluded.partition, stage = excluded.stage,
                                    due = excluded.due, value = excluded.value
"""
_DROP: Final = """
    DELETE FROM carts WHERE id IN (SELECT id FROM carts WHERE partition = ? LIMIT ?) RETURNING true
"""
_DUE: Final = "SELECT key FROM carts WHERE partition = ? AND due <= ? ORDER BY due LIMIT ?"


class Kept(NamedTuple):
    """A cart as it lies there."""

    look_at: float
    """Seconds since 1970; `NEVER` where nothing is to come."""
    partition: int
    cart: Cart


def key_of(cart: CartKey) -> bytes:
    """The key of a cart: of one shop, because two may have the same ids."""
    return f"{cart.source}\n{cart.cart_id}".encode()


class Head(NamedTuple):
    """What is known of a cart without unpacking it."""

    look_at: float
    partition: int
    stage: Stage


def write(kept: Kept) -> bytes:
    """A cart as it is kept. Which one it is, its key says, and a million of them need not."""
    number = _NUMBERS[kept.cart.stage]
    nameless = msgspec.structs.replace(kept.cart, source="", cart_id="")
    return _HEAD.pack(kept.look_at, kept.partition, number) + pack(nameless)


def read(key: bytes, value: bytes) -> Kept:
    """What `write` wrote under this key. Raises ValueError for anything else."""
    lies = head(value)
    source, _, cart_id = key.decode().partition("\n")
    cart = unpack(value[_HEAD.size :])
    named = msgspec.structs.replace(cart, source=source, cart_id=cart_id)
    return Kept(lies.look_at, lies.partition, named)


def head(value: bytes) -> Head:
    """The beginning of what `write` wrote. Raises ValueError for anything else, as for a stage that
    only a newer version of us knows."""
    try:
        look_at, partition, number = _HEAD.unpack_from(value)
        return Head(look_at, partition, _STAGES[number])
    except (struct.error, IndexError) as error:
        raise ValueError("this is no cart") from error


def _columns(partition: int, value: bytes) -> tuple[int, int | None, float | None]:
    """Partition, stage and moment; of what cannot be read, where it lies."""
    try:
        lies = head(value)
    except ValueError:
        return partition, None, None
    return lies.partition, _NUMBERS[lies.stage], lies.look_at if lies.look_at < NEVER else None


def _stage(number: int | None) -> Stage | None:
    return None if number is None else _STAGES[number]


class ShelfError(Exception):
    """Nothing can be kept any more, as when the disk is full. What is on Kafka is not touched by
    it: whoever starts anew reads all of it again."""


class Shelf:
    """The table, with what is looked for in it, in a file of SQLite's that has no name: nobody else
    opens it, and it is gone with the process, however that ends. What is put here is on its way to
    Kafka; the record that it is about counts as read once it has arrived.

    All of it raises ShelfError where SQLite does not do it."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        for statement in _SETUP:
            self._run(statement)

    def get(self, key: bytes) -> bytes | None:
        """What is kept under the key."""
        for (value,) in self._run("SELECT value FROM carts WHERE key = ?", key):
            found: bytes = value
            return found
        return None

    def put(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Keeps a value, which belongs to a partition; None forgets it. It is to be looked at when
        the value says."""
        self.lay(partition, key, value)

    def lay(self, partition: int, key: bytes, value: bytes | None) -> None:
        """The same, here and nowhere else: it came from Kafka."""
        if value is None:
            self._run("DELETE FROM carts WHERE key = ?", key)
        else:
            self._run(_PUT, key, *_columns(partition, value), value)

    def put_off(self, key: bytes, moment: float) -> None:
        """It is to be looked at no sooner, whatever it says, until it is put anew."""
        self._run("UPDATE carts SET due = ? WHERE key = ?", moment, key)

    def is_due(self, partition: int, moment: float) -> bool:
        """Whether something of this partition is to be looked at by then."""
        return bool(self._run(_DUE, partition, moment, 1))

    def due(self, partition: int, moment: float, most: int) -> list[bytes]:
        """The keys of what is to be looked at by then, at most so many, the first ones first. They
        are due until they are put anew, or off."""
        return [key for (key,) in self._run(_DUE, partition, moment, most)]

    def stages(self) -> "Tally[Stage | None]":
        """How many are kept, by stage; None counts those that cannot be read."""
        found = self._run("SELECT stage, count(*) FROM carts GROUP BY stage")
        return Tally({_stage(number): count for number, count in found})

    async def keep_only(
        self, partitions: Collection[int], goes_on: Callable[[], bool] = lambda: True
    ) -> None:
        """Drops what belongs to somebody else now, here and nowhere else: a piece in each turn of
        the loop, as long as `goes_on` says so. Whose a partition is may change in between."""
        while goes_on():
            if not self._drop_a_piece(partitions):
                break
            await asyncio.sleep(0)

    def _drop_a_piece(self, partitions: Collection[int]) -> bool:
        number = self._partition_after(-1)
        while number is not None and number in partitions:
            number = self._partition_after(number)
        return number is not None and bool(self._run(_DROP, number, PIECE))

    def _partition_after(self, last: int) -> int | None:
        [(found,)] = self._run("SELECT min(partition) FROM carts WHERE partition > ?", last)
        return None if found is None else int(found)

    def with_mark(self, partition: int, mark: bytes) -> list[bytes]:
        """The keys of what has these bytes in it, of one partition."""
        found = "SELECT key FROM carts WHERE partition = ? AND instr(value, ?) > 0"
        return [key for (key,) in self._run(found, partition, mark)]

    def __iter__(self) -> Iterator[bytes]:
        """All keys, in any order."""
        return (key for (key,) in self._run("SELECT key FROM carts"))

    def _run(self, statement: str, *values: bytes | float | None) -> list[Any]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise ShelfError("what is known of carts cannot be kept") from error
