"""A reminder by SMS whose cart has a long address leads there by a short one of ours."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from headsup.contracts.base import Customer, Item
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import CartFlow, Content
from services.notifier.attempts import State
from services.notifier.short_links import ShortLinks
from services.notifier.stopping import StopLinks
from tests.support.answering import Answering, customer_of
from tests.support.eventually import eventually
from tests.support.marketing import PHONE, agrees, asks_for_a_review, kept, stop_links_in
from tests.support.notifier import KEY, MONDAY, PUBLIC, Rig

LONG = "https://shop.example/cart/k-1/restore?key=a%20b&token=" + "Zm9v" * 60
CART = CartFlow(cart_id="k-1", flow="f-1", step=1, touched_at=MONDAY)


@pytest.fixture
async def customer(rig: Rig) -> AsyncIterator[Answering]:
    async with customer_of(rig) as made:
        yield made


async def _reminder_by_sms(rig: Rig, cart_url: str | None = LONG) -> str:
    content = Content(items=(Item(name="Чайник"),), cart_url=cart_url)
    changes: dict[str, Any] = {"kind": Kind.CART_ABANDONED, "order_id": None, "cart": CART}
    buyer = Customer(id="c-1", phone=PHONE)
    await rig.emit(agrees(to=(Channel.SMS,)))
    await eventually(rig.knows_somebody)
    await rig.emit(asks_for_a_review("r1", content=content, customer=buyer, **changes))
    await rig.until({"r1.0": State.SENT})
    return str(rig.senders.sms.sent[0].text)


def _short_in(text: str) -> str:
    [link] = re.findall(rf"{re.escape(PUBLIC)}/g/[\w-]+", text)
    return str(link)


async def test_it_leads_to_the_very_address_that_the_shop_named(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        text = await _reminder_by_sms(rig)
        response = await customer.looks(_short_in(text))
    assert LONG not in text
    assert rig.senders.sms.sent[0].segments <= 3
    assert len(stop_links_in(text)) == 1
    assert (response.status_code, response.headers["location"]) == (302, LONG)
    assert response.headers["cache-control"] == "no-store"
    assert "set-cookie" not in response.headers


async def test_who_follows_it_stops_nothing(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        link = _short_in(await _reminder_by_sms(rig))
        responses = [await customer.looks(link) for _ in range(2)]
        pressed = await customer.follows(link)
        assert await kept(rig) == []
    assert {response.status_code for response in responses} == {302}
    assert pressed.status_code == 405


async def test_who_guesses_sees_that_there_is_nothing(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        text = await _reminder_by_sms(rig)
        link = _short_in(text)
        [stop] = stop_links_in(text)
        found: list[httpx.Response] = [
            await customer.looks(each)
            for each in (
                link[:-1] + ("A" if link[-1] != "A" else "B"),
                ShortLinks(PUBLIC, b"k" * 32).of(1),
                ShortLinks(PUBLIC, KEY).of(999_999),
                stop.replace("/s/", "/g/"),
                f"{PUBLIC}/g/%D1%97",
            )
        ]
        swapped = await customer.looks(link.replace("/g/", "/s/"))
    assert {response.status_code for response in [*found, swapped]} == {404}
    assert {response.text for response in found} == {swapped.text}
    assert not any("location" in response.headers for response in found)


async def test_a_message_without_a_link_leads_nowhere(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        text = await _reminder_by_sms(rig, cart_url=None)
        [stop] = stop_links_in(text)
        number = StopLinks(PUBLIC, KEY).number_of(stop.rpartition("/")[2])
        assert number is not None
        response = await customer.looks(ShortLinks(PUBLIC, KEY).of(number))
    assert "/g/" not in text
    assert response.status_code == 404
