"""The demo's phone writes back by SMS, and shows what is answered."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from headsup.contracts.channels import Channel
from headsup.http import serving
from sandbox.providers.twilio_inbound import Inbound
from sandbox.web.app import application
from sandbox.web.hand import Hand
from tests.browser.chromium import Browser
from tests.browser.conftest import Served
from tests.browser.test_page import arrived, ready

TWIML = "<Response><Message>Лавка &amp; Ко: більше не пишемо. &lt;b&gt;</Message></Response>"


async def _webhook(_request: Request) -> Response:
    return Response(TWIML, media_type="text/xml")


@pytest.fixture
async def texting(served: Served) -> AsyncIterator[Served]:
    hook = Starlette(routes=[Route("/hook", _webhook, methods=["POST"])])
    async with serving(hook, "127.0.0.1", 0) as port:
        inbound = Inbound(
            url=f"http://127.0.0.1:{port}/hook",
            account="AC1",
            auth_token="t",
            number="+15005550006",
        )
        hand = Hand(served.demo.stage, served.demo.hand.chats, inbound, clock=served.demo.clock)
        demo = replace(served.demo, hand=hand)
        async with serving(application(demo), "127.0.0.1", 0) as page:
            yield Served(f"http://127.0.0.1:{page}", demo)


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_stop_is_answered_on_the_phone(
    browser: Browser, texting: Served, width: int
) -> None:
    texting.demo.stage.received(arrived(Channel.SMS, "Ваша посилка в дорозі"))
    page = await ready(browser, texting, width)
    await page.run("document.querySelector('#dock [data-channel=sms]').click()")
    await page.until("document.querySelector('form.reply input') !== null")
    await page.run(
        "(() => { const box = document.querySelector('form.reply input');"
        " box.value = 'стоп'; box.dispatchEvent(new Event('input'));"
        " box.form.requestSubmit(); })()"
    )
    said = (
        "JSON.stringify([...document.querySelectorAll('.bubble .text')].map((p) => p.textContent))"
    )
    await page.until("document.querySelectorAll('.bubble').length === 3")
    assert json.loads(str(await page.run(said))) == [
        "Ваша посилка в дорозі",
        "стоп",
        "Лавка & Ко: більше не пишемо. <b>",
    ]
