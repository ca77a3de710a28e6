"""A shop's day, in a hurry: orders, carts, stories, and a mail server that is away for a while."""

import asyncio
import itertools
import time
from typing import Any, Final

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.shop import CartItem, CartUpdated, Consent, ContactPoint, CustomerUpdated
from sandbox.providers.faults import Fault, FaultRule
from tests.support.dashboards import Days
from tests.support.events import delivered, event, placed, scanned

SPEED: Final = 120.0
"""A day takes twelve minutes, a quarter of an hour seven and a half seconds."""
_EACH: Final = 1.2
"""Seconds of the real clock between two customers."""
_RUBBISH_AT: Final = 0.3
_AWAY_FROM: Final = (0.4, 0.82)
_AWAY_UNTIL: Final = (0.52, 2.0)
"""Parts of the day. The mail server is away twice, and the second time it does not come back."""
_AWAY: Final = (
    FaultRule(channel=Channel.EMAIL, fault=Fault.SERVER_ERROR),
    FaultRule(channel=Channel.SMS, fault=Fault.SERVER_ERROR, probability=0.3),
)
_USUAL: Final = (
    FaultRule(channel=Channel.SMS, fault=Fault.REFUSE, probability=0.04),
    FaultRule(channel=Channel.EMAIL, fault=Fault.REFUSE, probability=0.02, seed=1),
    FaultRule(channel=Channel.SMS, fault=Fault.UNDELIVERED, probability=0.05, seed=2),
    FaultRule(channel=Channel.TELEGRAM, fault=Fault.DELAY, delay_s=0.4, probability=0.3, seed=3),
)


async def pass_by(these: Days, seconds: float) -> None:
    """Lets so much of the real clock pass."""
    began = time.monotonic()
    these.breaks(*_USUAL)
    has_told = was_away = False
    customers = set[asyncio.Task[None]]()
    for number in itertools.count():
        part = (time.monotonic() - began) / seconds
        if part > 1:
            break
        if number % 45 == 0:
            these.tell()
        if not has_told and part > _RUBBISH_AT:
            await these.rubbish()
            has_told = True
        away = any(a < part < b for a, b in zip(_AWAY_FROM, _AWAY_UNTIL, strict=True))
        if away is not was_away:
            these.breaks(*(_AWAY if away else ()), *_USUAL)  # which throws the dice anew
            was_away = away
        customers.add(asyncio.create_task(_customer(these, number)))
        await asyncio.sleep(_EACH)
    for customer in customers:
        customer.cancel()
    await asyncio.gather(*customers, return_exceptions=True)


async def _customer(these: Days, number: int) -> None:
    """Buys; every third leaves a cart first, and half of those come back to it."""
    await (_leaves(these, number) if number % 3 == 0 else _buys(these, number))


def _known(number: int, these: Days) -> CustomerUpdated:
    """By mail; every second by SMS, every fifth by Telegram as well. All agreed to marketing."""
    contacts = [ContactPoint(channel=Channel.EMAIL, address=f"customer-{number}@mail.example")]
    if number % 2:
        phone = f"+38050{number:07d}"
        contacts.append(ContactPoint(channel=Channel.SMS, address=phone))
    if number % 5 == 0:
        contacts.append(ContactPoint(channel=Channel.TELEGRAM, address=str(10_000 + number)))
    agreed = Consent(
        channel=Channel.EMAIL,
        message_class=MessageClass.MARKETING,
        granted=True,
        at=these.now,
        source="a box in their account",
    )
    return CustomerUpdated(
        customer_id=f"c-{number}", language="en", contacts=tuple(contacts), consents=(agreed,)
    )


async def _buys(these: Days, number: int, **more: Any) -> None:
    order = f"A-{number}"
    person = Customer(
        id=f"c-{number}", name="Olena", email=f"customer-{number}@mail.example", language="en"
    )
    if not more:
        await these.says(event(_known(number, these), these.now))
    await these.says(placed(order, these.now, customer=person, **more))
    await asyncio.sleep(20)
    await these.says(scanned(order, these.now))
    await asyncio.sleep(40)
    await these.says(delivered(order, these.now))


async def _leaves(these: Days, number: int) -> None:
    cart = f"cart-{number}"
    person = Customer(id=f"c-{number}", email=f"customer-{number}@mail.example", language="en")
    left = CartUpdated(cart_id=cart, items=(CartItem(name="Kettle"),), customer=person)
    await these.says(event(_known(number, these), these.now))
    await these.says(event(left, these.now))
    await asyncio.sleep(60)
    if number % 2:
        await _buys(these, number, cart_id=cart)
