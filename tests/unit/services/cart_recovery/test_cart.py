"""A cart as bytes."""

from typing import Any

import msgspec
import pytest

from headsup.contracts.base import Customer
from headsup.contracts.notifications import Reason
from services.cart_recovery import cart as module
from services.cart_recovery.cart import Cart, CartKey, Facts, Stage, Told, pack, unpack
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MINUTE, MONDAY, Kept


def _full() -> Cart:
    """A cart with everything in it that there may be."""
    cart = Kept()
    cart.hears(c.updated(MONDAY, *c.BOTH, total=c.uah("5.00")))
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    cart.hears(c.outcome(asked, MONDAY + HOUR), c.ordered(MONDAY + 2 * HOUR))
    cart.hears(c.emptied(MONDAY + 3 * HOUR), c.merged(MONDAY + 3 * HOUR))
    cart.takes(c.emptied(MONDAY + 5 * HOUR), at=MONDAY + 3 * HOUR)
    cart.hears(c.updated(MONDAY + DAY, *c.TEAPOT), c.checkout(MONDAY + DAY + MINUTE))
    cart.hears(c.identified(MONDAY + DAY + MINUTE))
    [asked] = c.reminders(cart.passes(MONDAY + 2 * DAY))
    cart.hears(c.suppressed(asked, MONDAY + 2 * DAY, Reason.NO_CONSENT))
    return cart.cart


def _structs(value: Any) -> list[msgspec.Struct]:
    """The value and all that it is made of."""
    if isinstance(value, tuple):
        return [inner for each in value for inner in _structs(each)]
    if not isinstance(value, msgspec.Struct):
        return []
    inner = [getattr(value, name) for name in value.__struct_fields__]
    return [value, *_structs(tuple(inner))]


def test_the_example_has_everything_in_it() -> None:
    kinds = {type(each) for each in _structs(_full())}
    ours = {it for it in vars(module).values() if isinstance(it, type)}
    assert kinds == {it for it in ours if issubclass(it, msgspec.Struct) and it is not Customer} - {
        it for it in ours if it.__module__ != module.__name__
    }


def test_what_is_packed_is_unpacked() -> None:
    assert unpack(pack(_full())) == _full()


def test_a_cart_says_which_it_is() -> None:
    cart = _full()
    assert cart.key == CartKey(c.SHOP, c.CART)
    assert cart.step == 1
    assert Cart("a", "b").step == 0


def test_names_of_fields_are_not_written() -> None:
    names = {name for each in _structs(_full()) for name in each.__struct_fields__}
    written = pack(_full())
    assert {name for name in names if "_" in name and name.encode() in written} == set()
    assert len(names) > 30


def test_a_field_more_at_the_end_is_read_by_what_does_not_know_it() -> None:
    def longer(value: Any, depth: int = 0) -> Any:
        if not isinstance(value, list):
            return value
        return [longer(each, depth + 1) for each in value] + ["new"] * (depth < 2)

    decoded = msgspec.msgpack.decode(pack(_full()))
    assert unpack(msgspec.msgpack.encode(longer(decoded))) == _full()


def test_a_field_less_at_the_end_is_read_by_what_knows_it() -> None:
    written: list[Any] = [c.SHOP, c.CART, "active", [None, None, []]]
    read = unpack(msgspec.msgpack.encode(written))
    assert read == Cart(c.SHOP, c.CART, Stage.ACTIVE, Facts(), Told())


def test_a_cart_that_was_written_once_can_always_be_read() -> None:
    """Bytes of the first version, kept here as they were."""
    assert unpack(bytes.fromhex(_WRITTEN)).facts.owner is not None
    assert unpack(bytes.fromhex(_WRITTEN)) == _as_it_was_first(_full())


def _as_it_was_first(cart: Cart) -> Cart:
    """Without what came later."""
    assert cart.told.flow is not None
    flow = msgspec.structs.replace(cart.told.flow, expires_at=None, said=None)
    told = msgspec.structs.replace(cart.told, flow=flow, handed_on=())
    facts = msgspec.structs.replace(cart.facts, merges=(), ahead=())
    return msgspec.structs.replace(cart, facts=facts, told=told)


_WRITTEN = """
    95b468747470733a2f2f73686f702e6578616d706c65a24b31a773746f707065649995d6ff6b0552
    10ac653937353363393764303934c4169194a6546561706f7401a7313239392e3030a3554148c0c2
    98d6ff6b05524cac356265393133346630376664a24331c0b16f6c656e61406578616d706c652e63
    6f6dc0c0ab4575726f70652f4b7969769292d6ff6b040090ce6b9c66ae92d6ff6b055210cea35d7e
    66d6ff6b05524c93d6ff6b05524cac353736336235336237613331d92068747470733a2f2f73686f
    702e6578616d706c652f636865636b6f75742f4b31d6ff6b042ac0d6ff6b042ac09195d6ff6b041c
    b0ac613431663262323237316534a2413192a7313239392e3030a3554148c093d6ff6b055210ac65
    3937353363393764303934bc68747470733a2f2f73686f702e6578616d706c652f636172742f4b31
    9397d6ff6b05524cd6ff6b05524cd6ff6b05605c0101c0c39193d6ff6b04009001d6ff6b040ea091
    a24131
"""


def test_what_is_no_cart_is_refused() -> None:
    for value in (b"", b"\x93", msgspec.msgpack.encode(["a", 1])):
        with pytest.raises(msgspec.DecodeError):
            unpack(value)


def test_a_usual_cart_is_small() -> None:
    somebody = Customer(
        id="customer-1234",
        name="Olena Kovalenko",
        email="olena.kovalenko@example.com",
        phone="+380501234567",
        language="uk",
        time_zone="Europe/Kyiv",
    )
    lines = [c.line(name) for name in ("Steel kettle 1.7 l", "Teapot, white", "Oolong tea 100 g")]
    cart = Kept()
    cart.hears(c.updated(MONDAY.replace(microsecond=123_000), *lines, customer=somebody))
    assert len(pack(cart.cart)) <= 350
