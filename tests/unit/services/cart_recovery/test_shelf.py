"""How a cart lies in the table."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cart_recovery.cart import Cart, CartKey, Stage
from services.cart_recovery.shelf import NEVER, Kept, MemoryShelf, head, key_of, read, write

CART = Cart("https://shop.example", "K1")


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


def test_the_stand_in_forgets_what_it_is_told_to() -> None:
    shelf = MemoryShelf()
    shelf.put(0, b"a", b"1")
    shelf.put(0, b"b", b"2")
    shelf.put(1, b"c", b"3")
    shelf.put(0, b"b", None)
    shelf.forget([b"c", b"never there"])
    assert list(shelf.items()) == [(b"a", b"1")]
    assert shelf.get(b"c") is None
