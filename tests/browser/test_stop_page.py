"""The page on which marketing is stopped, seen and pressed in a real browser."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from headsup.contracts.channels import Channel
from services.notifier.brought import NotTakenError
from services.notifier.people import Address, Person
from services.notifier.receipt_metrics import ReceiptMetrics
from services.notifier.replies import Incoming
from services.notifier.stopping import Effect, Marketed, StopLinks
from services.notifier.stops import Look, Stop, Stopped, Stops
from services.notifier.web.routes import Callers, routes
from tests.browser.chromium import Browser, Page
from tests.browser.seen import LEAST_CONTRAST, SMALLEST_TARGET, contrast, heights
from tests.support.events import SHOP
from tests.support.notifier import KEY, MONDAY
from tests.support.serving import serving
from tests.support.settings_read import read_settings

WIDTHS = (390, 1280)
LANGUAGES = pytest.mark.parametrize("language", ["en", "uk", "ru"])
ASKED = {
    "en": "No more such messages?",
    "uk": "Більше не надсилати таких повідомлень?",
    "ru": "Больше не присылать таких сообщений?",
}
DONE = {
    "en": "You get no more such messages from Lavka",
    "uk": "Lavka більше не надсилатиме вам таких повідомлень",
    "ru": "Lavka больше не пришлёт вам таких сообщений",
}
GOT = Marketed(
    number=7,
    source=SHOP,
    customer_id="c-1",
    kind="cart.abandoned",
    address=Address(Channel.EMAIL, "oksana@mail.example"),
    language="en",
    person=Person(),
)


@dataclass
class Stopping:
    """A served page, the message behind it, and how often that was stopped."""

    url: str
    message: Marketed = GOT
    stopped: int = 0
    is_away: bool = False

    @property
    def link(self) -> str:
        return StopLinks(self.url, KEY).of(self.message.number)

    async def hear(self, stops: Stops) -> None:
        """In place of the ledger."""
        while True:
            waiting = await stops.next()
            if waiting is not None and self.is_away:
                waiting.done.set_exception(NotTakenError())
            elif waiting is not None:
                waiting.done.set_result(self._heard(waiting.word))

    def _heard(self, word: Look | Stop) -> Stopped:
        if isinstance(word, Stop):
            self.stopped += 1
            self.message = replace(self.message, person=Person(opted_out_at=MONDAY))
        return Stopped(Effect.STOPPED, self.message)


@pytest.fixture(scope="module")
def settings() -> Any:
    return read_settings()


@pytest.fixture
async def stopping(settings: Any) -> AsyncIterator[Stopping]:
    incoming, registry = Incoming(), CollectorRegistry()
    callers = Callers(incoming=incoming, reports=ReceiptMetrics(registry), registry=registry)
    async with serving(Starlette(routes=routes(settings, callers))) as url:
        made = Stopping(url)
        hearing = asyncio.create_task(made.hear(incoming.stops))
        yield made
        hearing.cancel()


async def _open(browser: Browser, link: str, width: int = 390, *, dark: bool = False) -> Page:
    page = await browser.open(link, width=width, height=844, dark=dark)
    await page.until("document.querySelector('h1') !== null")
    return page


async def _title(page: Page) -> str:
    return str(await page.run("document.querySelector('h1').textContent"))


@LANGUAGES
async def test_to_look_stops_nothing_and_the_button_does(
    browser: Browser, stopping: Stopping, language: str
) -> None:
    for width in WIDTHS:
        stopping.message, stopping.stopped = replace(GOT, language=language), 0
        page = await _open(browser, stopping.link, width)
        assert await page.run("document.documentElement.lang") == language
        assert await _title(page) == ASKED[language]
        assert stopping.stopped == 0

        await page.run("document.querySelector('button').click()")
        await page.until(f"document.querySelector('h1')?.textContent === '{DONE[language]}'")

        assert stopping.stopped == 1
        assert await page.run("document.querySelectorAll('button').length") == 0
        assert page.complaints == []
        again = await _open(browser, stopping.link, width)
        assert await _title(again) == DONE[language]


async def test_it_is_stopped_with_the_keyboard_alone(browser: Browser, stopping: Stopping) -> None:
    page = await _open(browser, stopping.link)
    await page.press("Tab", 9, "")
    assert await page.run("document.activeElement.localName") == "button"
    await page.press("Enter", 13, "\r")
    await page.until(f"document.querySelector('h1')?.textContent === '{DONE['en']}'")
    assert stopping.stopped == 1


@LANGUAGES
async def test_both_pages_fit_are_readable_and_can_be_hit_with_a_thumb(
    browser: Browser, stopping: Stopping, language: str
) -> None:
    people = (Person(), Person(opted_out_at=MONDAY))
    for person, width, dark in product(people, WIDTHS, (False, True)):
        stopping.message = replace(GOT, language=language, person=person)
        page = await _open(browser, stopping.link, width, dark=dark)
        assert await page.run("document.documentElement.scrollWidth <= innerWidth")
        assert await contrast(page) >= LEAST_CONTRAST
        found = await heights(page)
        assert len(found) > 1
        assert min(found) >= SMALLEST_TARGET
        assert page.complaints == []


async def test_who_listens_hears_what_the_button_does(browser: Browser, stopping: Stopping) -> None:
    page = await _open(browser, stopping.link)
    tree = await page.send("Accessibility.getFullAXTree")
    [button] = [node for node in tree["nodes"] if node["role"]["value"] == "button"]
    assert button["name"]["value"] == "No more such messages"


async def test_who_guesses_sees_a_kind_sentence_and_no_button(
    browser: Browser, stopping: Stopping
) -> None:
    page = await _open(browser, stopping.link[:-2])
    assert await _title(page) == "This page is not available"
    assert "names a person" in str(await page.run("document.body.textContent"))
    assert await page.run("document.querySelectorAll('button, form').length") == 0


async def test_what_could_not_be_written_can_be_pressed_again(
    browser: Browser, stopping: Stopping
) -> None:
    page = await _open(browser, stopping.link)
    stopping.is_away = True
    await page.run("document.querySelector('button').click()")
    await page.until("document.querySelector('h1')?.textContent === 'This did not work just now'")
    stopping.is_away = False
    await page.run("document.querySelector('button').click()")
    await page.until(f"document.querySelector('h1')?.textContent === '{DONE['en']}'")
    assert stopping.stopped == 1
