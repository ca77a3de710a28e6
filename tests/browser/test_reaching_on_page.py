"""The page says why something waits, what takes over, and lets a visitor go on from a message."""

import json
from datetime import timedelta

from headsup.contracts import envelope
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.replies import HumanRequested
from headsup.contracts.shop import (
    AgentWrote,
    ConversationHandedBack,
    CustomerErased,
    Delivered,
    OrderPlaced,
    PaymentState,
)
from sandbox.scenarios.people import PEOPLE
from sandbox.scenarios.player import MemoryPublisher
from sandbox.web.shown import Held
from tests.browser.chromium import Browser
from tests.browser.conftest import MONDAY, Served
from tests.browser.test_page import arrived, ready, stored
from tests.support.eventually import eventually
from tests.unit.sandbox.web.samples import StoredRecord

LESIA, CHLOE = PEOPLE["lesia"], PEOPLE["chloe"]


async def test_what_waits_for_the_morning_says_so_in_plain_words(
    browser: Browser, served: Served
) -> None:
    stage = served.demo.stage
    stage.saw(stored(Delivered(order_id="1001", shipment_id="s"), "e1"), MONDAY)
    stage.holds(
        Held(
            id="r1.0",
            request="r1",
            kind=Kind.SHIPMENT_DELIVERED,
            channel=Channel.SMS,
            order="1001",
            customer=LESIA.customer_id,
            at=MONDAY,
            until=MONDAY + timedelta(hours=21),
        )
    )
    page = await ready(browser, served)

    chip = await page.run("document.querySelector('.effect.held').textContent")
    assert chip == "SMS held until 8:00: it is night in Kyiv"
    ghost = await page.run("document.querySelector('.ghost').textContent")
    assert ghost == "It is night in Kyiv: SMS to Леся waits until 8:00."


async def test_when_the_morning_comes_nothing_waits_any_more(
    browser: Browser, served: Served
) -> None:
    until = MONDAY + timedelta(seconds=7)
    held = Held(
        id="r1.0",
        request="r1",
        kind=Kind.SHIPMENT_DELIVERED,
        channel=Channel.SMS,
        order="1001",
        customer=LESIA.customer_id,
        at=MONDAY,
        until=until,
    )
    page = await ready(browser, served)  # where a second is a second
    served.demo.stage.holds(held)
    await page.until("document.querySelectorAll('.ghost').length === 1")
    await page.until("document.querySelectorAll('.ghost').length === 0")

    assert page.complaints == []


async def test_an_address_in_a_text_message_opens_and_nothing_else_does(
    browser: Browser, served: Served
) -> None:
    text = "Delivered. https://notify.example/o/abc. javascript:alert(1)"
    served.demo.stage.received(arrived(Channel.SMS, text))
    page = await ready(browser, served)
    await page.run("document.querySelector('#dock [data-channel=sms]').click()")

    links = "[...document.querySelectorAll('.bubble a')].map((a) => a.href + ' ' + a.rel).join()"
    assert await page.run(links) == "https://notify.example/o/abc noopener noreferrer"


async def test_the_stories_of_another_group_are_one_press_away(
    browser: Browser, served: Served
) -> None:
    page = await ready(browser, served)
    titles = (
        "[...document.querySelectorAll('.stories li:not([hidden]) strong')]"
        ".map((e) => e.textContent).join()"
    )

    assert "A calm order" in str(await page.run(titles))
    await page.run("document.querySelector('#groups [data-group=reach]').click()")
    assert await page.run(titles) == (
        "By WhatsApp,At night,A phone that is off,Where is my order?,Forget me"
    )


async def test_the_shop_answers_who_asked_for_a_human_and_hands_back(
    browser: Browser, served: Served
) -> None:
    asked = HumanRequested(customer_id=CHLOE.customer_id, channel=Channel.TELEGRAM)
    served.demo.stage.saw(stored(asked, "e1"), MONDAY)
    page = await ready(browser, served)
    publisher = served.demo.publisher
    assert isinstance(publisher, MemoryPublisher)

    await page.run("document.querySelector('.desk input').value = 'We are on it'")
    await page.run("document.querySelector('.desk').requestSubmit()")
    await page.until("document.querySelector('.desk input').value === ''")
    await page.run("document.querySelector('.desk button[type=button]').click()")

    async def both() -> bool:
        return len(publisher.events) == 2

    await eventually(both)
    assert [event.data for event in publisher.events] == [
        AgentWrote(customer_id=CHLOE.customer_id, text="We are on it"),
        ConversationHandedBack(customer_id=CHLOE.customer_id),
    ]
    assert {event.source for event in publisher.events} == {"https://shop.example"}


async def test_of_an_event_about_somebody_who_is_forgotten_it_says_that_nobody_is_told(
    browser: Browser, served: Served
) -> None:
    placed = OrderPlaced(
        order_id="1001",
        customer=CHLOE.as_customer(),
        total=CHLOE.surroundings.total,
        payment=PaymentState.PAID,
    )
    erased = CustomerErased(customer_id=CHLOE.customer_id)
    brought = Delivered(order_id="1001", shipment_id="s")
    for hours, data in enumerate((placed, erased, brought)):
        at = MONDAY + timedelta(hours=hours)
        event = envelope.make("https://shop.example", f"e{hours}", at, data)
        stamp = int(at.timestamp() * 1000)
        kept = StoredRecord("t", 0, hours, stamp, envelope.encode(event), envelope.headers(event))
        served.demo.stage.saw(kept, at)
    page = await ready(browser, served)

    rows = "[...document.querySelectorAll('.row')].map((r) => r.querySelector('ul').innerText)"
    said = await page.run(f"JSON.stringify({rows})")
    assert json.loads(str(said)) == ["not told: they want to be forgotten", "", ""]
