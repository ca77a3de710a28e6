"""Where carts are kept: the table, as the desk sees it, and how a cart lies in it.

A value begins with the moment of its next look, the number of its partition and its stage, so that
the heap of moments is rebuilt from a million of them without unpacking one.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol

import msgspec

from services.cart_recovery.cart import Cart, CartKey, Stage, pack, unpack

_HEAD: Final = struct.Struct(">dHB")
_STAGES: Final = tuple(Stage)
"""By their numbers: a new one comes at the end."""
_NUMBERS: Final = {stage: number for number, stage in enumerate(_STAGES)}
NEVER: Final = float("inf")
"""Stands for no next look."""


class Shelf(Protocol):
    """The table. What is put there is on its way to Kafka; the record that it is about counts as
    read once it has arrived."""

    def get(self, key: bytes) -> bytes | None:
        """What is kept under the key."""
        ...

    def put(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Keeps a value, which belongs to a partition; None forgets it."""
        ...

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All that is kept, in any order."""
        ...

    def forget(self, keys: Sequence[bytes]) -> None:
        """Drops what belongs to somebody else now, here and nowhere else."""
        ...


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


class MemoryShelf:
    """The stand-in."""

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        """What is kept under the key."""
        return self.kept.get(key)

    def put(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Keeps a value; None forgets it."""
        del partition
        if value is None:
            self.kept.pop(key, None)
        else:
            self.kept[key] = value

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All that is kept."""
        return iter(list(self.kept.items()))

    def forget(self, keys: Sequence[bytes]) -> None:
        """Drops what belongs to somebody else now."""
        for key in keys:
            self.kept.pop(key, None)
