"""Lines as bytes, and whether two carts hold the same goods."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from headsup.contracts.base import Item, Money
from headsup.contracts.shop import CartItem
from services.cart_recovery.lines import digest, packed, unpacked
from tests.unit.services.cart_recovery import carts as c

_PRICES = st.none() | st.builds(
    Money, amount=st.sampled_from(["0", "1299.00"]), currency=st.sampled_from(["UAH", "ABC"])
)
LINES = st.lists(
    st.builds(
        CartItem,
        name=st.text(min_size=1, max_size=20),
        quantity=st.integers(1, 10_000),
        price=_PRICES,
        digital=st.booleans(),
        left=st.none() | st.integers(0, 2**31),
    ),
    max_size=5,
).map(tuple)


@given(LINES)
def test_what_is_packed_is_unpacked(lines: tuple[CartItem, ...]) -> None:
    assert unpacked(packed(lines)) == lines


def test_a_usual_line_costs_little() -> None:
    assert len(packed(c.KETTLE)) < len("Kettle 1299.00 UAH") + 6


@given(LINES, st.randoms())
def test_the_same_goods_in_any_order_have_the_same_digest(
    lines: tuple[CartItem, ...], random: Random
) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)
    assert digest(tuple(shuffled)) == digest(lines)


def test_a_digest_tells_how_many_of_what_and_not_at_what_price() -> None:
    ordered = (Item(name="Teapot"), Item(name="Kettle", price=c.uah("1.00")))
    assert digest(c.BOTH) == digest(ordered)
    others = [c.KETTLE, c.TEAPOT, (*c.BOTH, c.line()), (c.line(quantity=2), c.line("Teapot"))]
    assert len({digest(lines) for lines in (c.BOTH, *others)}) == 5
