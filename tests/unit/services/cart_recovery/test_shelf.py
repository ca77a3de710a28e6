"""How a cart lies in the table."""

import asyncio
import itertools
import struct
import subprocess
import sys
from collections import Counter as Tally

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.cart_recovery.cart import Cart, CartKey, Stage
from services.cart_recovery.shelf import (
    NEVER,
    PIECE,
    Kept,
    Shelf,
    ShelfError,
    head,
    key_of,
    read,
    write,
)

CART = Cart("https://shop.example", "K1")
KEYS = st.sampled_from([b"a", b"b", b"c", b"d"])
PARTITIONS = st.integers(0, 2)
MOMENTS = st.integers(0, 9).map(float)
STAGES = st.sampled_from(list(Stage))


@given(st.floats(0, 4e9) | st.just(NEVER), st.integers(0, 2**16 - 1), st.sampled_from(list(Stage)))
def test_a_cart_is_read_as_it_was_written(look_at: float, partition: int, stage: Stage) -> None:
    kept = Kept(look_at, partition, Cart("https://shop.example", "K1", stage))
    assert read(key_of(CART.key), write(kept)) == kept
    assert head(write(kept)) == (look_at, partition, stage)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"short",
        struct.pack(">dHB", 1.0, 1, len(Stage)),
        struct.pack(">dHB", 1.0, 1, 0),
        struct.pack(">dHB", 1.0, 1, 0) + b"\xff",
    ],
    ids=["nothing", "too little", "a stage of tomorrow", "no cart", "rubbish"],
)
def test_what_is_no_cart_is_refused(value: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(key_of(CART.key), value)


def test_what_a_key_says_is_not_written_again() -> None:
    written = write(Kept(1.0, 1, CART))
    assert CART.source.encode() not in written
    assert CART.cart_id.encode() not in written


def test_carts_of_two_shops_with_one_id_lie_apart() -> None:
    assert key_of(CartKey("https://a.example", "1")) != key_of(CartKey("https://b.example", "1"))


def value(moment: float = NEVER, stage: Stage = Stage.ACTIVE, partition: int = 0) -> bytes:
    return struct.pack(">dHB", moment, partition, list(Stage).index(stage)) + b"the rest"


def test_what_is_kept_is_found_until_it_is_forgotten() -> None:
    shelf = Shelf()
    shelf.put(0, b"a", value(1.0))
    shelf.put(0, b"b", value(2.0))
    shelf.put(0, b"a", value(3.0))
    shelf.put(0, b"b", None)
    shelf.put(0, b"never there", None)
    assert list(shelf) == [b"a"]
    assert shelf.get(b"a") == value(3.0)
    assert shelf.get(b"b") is None


def test_what_is_due_comes_with_the_earliest_first_and_only_of_one_partition() -> None:
    shelf = Shelf()
    for key, moment in ((b"late", 9.0), (b"soon", 2.0), (b"never", NEVER), (b"next", 3.0)):
        shelf.put(0, key, value(moment))
    shelf.put(1, b"elsewhere", value(1.0, partition=1))
    assert shelf.due(0, 8.9, 9) == [b"soon", b"next"]
    assert shelf.due(0, 9.0, 2) == [b"soon", b"next"]
    assert shelf.due(0, 9.0, 0) == []
    assert [shelf.is_due(0, moment) for moment in (1.9, 2.0)] == [False, True]
    assert not shelf.is_due(7, 9.0)
    shelf.put_off(b"soon", 8.0)
    assert shelf.due(0, 8.0, 9) == [b"next", b"soon"]
    shelf.put(0, b"soon", value(1.0))
    assert shelf.due(0, 8.0, 9) == [b"soon", b"next"]


async def test_what_cannot_be_read_is_kept_and_never_due() -> None:
    shelf = Shelf()
    of_tomorrow = struct.pack(">dHB", 1.0, 0, 200)
    shelf.put(3, b"odd", of_tomorrow)
    shelf.put(3, b"short", b"?")
    assert shelf.get(b"odd") == of_tomorrow
    assert not shelf.is_due(0, 9.0)
    assert not shelf.is_due(3, 9.0)
    assert shelf.stages() == {None: 2}
    await shelf.keep_only([0])
    assert list(shelf) == []


async def test_stages_are_counted_and_what_belongs_to_others_is_dropped() -> None:
    shelf = Shelf()
    for number, stage in enumerate((Stage.IDLE, Stage.IDLE, Stage.STOPPED)):
        shelf.put(number % 2, b"%d" % number, value(1.0, stage, number % 2))
    assert shelf.stages() == {Stage.IDLE: 2, Stage.STOPPED: 1}
    await shelf.keep_only([0, 7])
    assert shelf.stages() == {Stage.IDLE: 1, Stage.STOPPED: 1}
    assert not shelf.is_due(1, 9.0)


def _filled(*counts: int) -> Shelf:
    """So many carts of each partition."""
    shelf = Shelf()
    for partition, count in enumerate(counts):
        for number in range(count):
            shelf.put(partition, b"%d-%d" % (partition, number), value(1.0, partition=partition))
    return shelf


async def test_between_two_turns_of_the_loop_few_carts_are_dropped() -> None:
    """While a hundred thousand go, the others of the service are alive."""
    shelf = _filled(3 * PIECE + 1, 10, PIECE)
    dropping = asyncio.create_task(shelf.keep_only([1]))
    left = [len(list(shelf))]
    while not dropping.done():
        await asyncio.sleep(0)
        left.append(len(list(shelf)))
    assert left[-1] == 10
    assert max(before - after for before, after in itertools.pairwise(left)) == PIECE
    assert {key.partition(b"-")[0] for key in shelf} == {b"1"}


async def test_what_became_ours_again_meanwhile_is_dropped_no_further() -> None:
    shelf = _filled(3 * PIECE)
    turns = iter([True, False])
    await shelf.keep_only([], lambda: next(turns, False))
    assert len(list(shelf)) == 2 * PIECE


def test_a_mark_is_found_in_its_partition() -> None:
    shelf = Shelf()
    shelf.put(0, b"a", value() + b"\xa2C1\x00")
    shelf.put(0, b"b", value() + b"\xa3C12\x00")
    shelf.put(1, b"c", value(partition=1) + b"\xa2C1\x00")
    assert shelf.with_mark(0, b"\xa2C1") == [b"a"]
    assert shelf.with_mark(1, b"\xa2C1") == [b"c"]


def test_a_file_that_can_grow_no_more_is_told_of() -> None:
    shelf = Shelf()
    shelf._run("PRAGMA max_page_count = 20")

    def fill() -> None:
        for number in range(200):
            shelf.put(0, b"%d" % number, value() + bytes(1000))

    with pytest.raises(ShelfError):
        fill()


def test_many_carts_take_little_memory() -> None:
    """A process of its own: what a million need is measured by `make bench`."""
    found = subprocess.run(
        [sys.executable, "-c", _MANY], capture_output=True, text=True, check=True, timeout=60
    )
    assert float(found.stdout) < 20e6


_MANY = """
import os, psutil
from services.cart_recovery.shelf import Shelf
before = psutil.Process().memory_info().rss
shelf = Shelf()
for number in range(50_000):
    shelf.put(0, os.urandom(32), os.urandom(700))
print(psutil.Process().memory_info().rss - before)
"""


class Keeps(RuleBasedStateMachine):
    """The shelf beside a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()
        self.kept: dict[bytes, tuple[int, float, Stage]] = {}

    @rule(key=KEYS, partition=PARTITIONS, moment=MOMENTS | st.just(NEVER), stage=STAGES)
    def puts(self, key: bytes, partition: int, moment: float, stage: Stage) -> None:
        self.shelf.put(partition, key, value(moment, stage, partition))
        self.kept[key] = partition, moment, stage

    @rule(key=KEYS)
    def forgets(self, key: bytes) -> None:
        self.shelf.put(0, key, None)
        self.kept.pop(key, None)

    @rule(partitions=st.sets(PARTITIONS))
    def loses_partitions(self, partitions: set[int]) -> None:
        asyncio.run(self.shelf.keep_only(partitions))
        self.kept = {key: it for key, it in self.kept.items() if it[0] in partitions}

    @rule(partition=PARTITIONS, now=MOMENTS)
    def looks(self, partition: int, now: float) -> None:
        found = sorted(
            (moment, key)
            for key, (where, moment, _) in self.kept.items()
            if where == partition and moment <= now
        )
        assert set(self.shelf.due(partition, now, 99)) == {key for _, key in found}
        assert self.shelf.is_due(partition, now) is bool(found)

    @invariant()
    def all_of_it_is_there(self) -> None:
        assert sorted(self.shelf) == sorted(self.kept)
        assert self.shelf.stages() == Tally(stage for _, _, stage in self.kept.values())


TestKeeps = Keeps.TestCase
