"""Carts as people leave them: three lines, whose they are, and the way back."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench.load import record
from headsup.contracts.base import Customer, Money
from headsup.contracts.shop import CartItem, CartUpdated
from headsup.kafka.producer import Outgoing

UPDATES = 3
"""Of each cart."""
AGO = timedelta(minutes=30)
"""Since the first of them: long enough ago for a backlog, and nobody is to be reminded yet."""

_GOODS = (
    ("Чайник емальований зі свистком, 2 л", "1299.00"),
    ("Чашка порцелянова «Вишиванка», 350 мл", "350.00"),
    ("Чай зелений розсипний, 100 г", "189.50"),
    ("Рушник махровий бавовняний 70×140, бежевий", "429.00"),
    ("Навушники бездротові з шумозаглушенням", "2799.00"),
    ("Кава в зернах «Ефіопія Їргачеф», 1 кг", "899.00"),
    ("Настільна лампа світлодіодна, біла", "1049.00"),
)
_NAMES = ("Оксана Коваленко", "Андрій Шевченко", "Марія Бондаренко-Левицька", "Ігор Ткач")


def cart_id(index: int) -> str:
    """As platforms make them: 32 hexadecimal digits that say nothing."""
    return hashlib.blake2b(str(index).encode(), digest_size=16).hexdigest()


def digits_of(index: int) -> str:
    """As they stand in whatever is known of a cart's owner."""
    return f"{index:07d}"


def lines(index: int) -> tuple[CartItem, ...]:
    """Three things, of which the shop has few of one."""
    goods = [_GOODS[(index + step) % len(_GOODS)] for step in (0, 2, 3)]
    return tuple(
        CartItem(
            name=name,
            quantity=1 + (index + place) % 2,
            price=Money(amount=price, currency="UAH"),
            left=2 if place == 0 else None,
        )
        for place, (name, price) in enumerate(goods)
    )


def customer(index: int) -> Customer:
    """Somebody of whom the shop knows everything."""
    return Customer(
        id=f"c-{digits_of(index)}",
        name=_NAMES[index % len(_NAMES)],
        email=f"customer.{digits_of(index)}@example.com",
        phone=f"+38067{digits_of(index)}",
        language="uk",
        time_zone="Europe/Kyiv",
    )


def url(index: int) -> str:
    """Restores the cart."""
    return f"https://shop.example/cart/restore?token={cart_id(index)}"


def updated(index: int, version: int) -> CartUpdated:
    """A cart after so many changes."""
    return CartUpdated(
        cart_id=cart_id(index),
        items=lines(index + version),
        total=Money(amount="2499.00", currency="UAH"),
        customer=customer(index),
        url=url(index),
    )


def updates(carts: int, prefix: str) -> Iterator[Outgoing]:
    """The events of so many carts: all first updates, then all second ones, so that neighbours are
    of different carts."""
    begun = datetime.now(UTC) - AGO
    for version in range(UPDATES):
        for index in range(carts):
            at = begun + timedelta(minutes=5 * version, microseconds=997 * (index + 1))
            yield record(prefix, f"{version}-{index}", at, updated(index, version))
