"""The page behind the link of an answer, seen and pressed in a real browser."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from headsup.contracts.replies import ANSWERS, Answer, Question
from services.notifier.answers import AnswerLinks, Asked, Effect
from services.notifier.brought import NotTakenError
from services.notifier.receipt_metrics import ReceiptMetrics
from services.notifier.replies import Heard, Incoming, LookUp, Replies, Said
from services.notifier.web.routes import Callers, routes
from tests.browser.chromium import Browser, Page
from tests.browser.seen import LEAST_CONTRAST, SMALLEST_TARGET, contrast, heights
from tests.support.answering import answering
from tests.support.events import SHOP
from tests.support.notifier import KEY, MONDAY
from tests.support.serving import serving
from tests.support.settings_read import read_settings

WIDTHS = (390, 1280)
LANGUAGES = pytest.mark.parametrize("language", ["en", "uk", "ru"])
THANKS = {"en": "Thank you", "uk": "Дякуємо", "ru": "Спасибо"}
ASKED = Asked(
    request_id="r1",
    source=SHOP,
    order_id="A-1",
    customer_id="c-1",
    question=Question.WAIT_OR_CANCEL,
    at=MONDAY,
    language="en",
)


@dataclass
class Asking:
    """A served page, the question behind it, and what was answered."""

    url: str
    asked: Asked = ASKED
    given: list[Answer] = field(default_factory=list)
    is_away: bool = False

    def link(self, answer: Answer) -> str:
        links = AnswerLinks(self.url, KEY).of(self.asked.request_id, self.asked.question)
        assert links is not None
        return links[answer]

    async def hear(self, replies: Replies) -> None:
        """In place of the ledger."""
        while True:
            waiting = await replies.next()
            if waiting is not None and self.is_away:
                waiting.done.set_exception(NotTakenError())
            elif waiting is not None:
                waiting.done.set_result(self._heard(waiting.word))

    def _heard(self, word: object) -> Heard:
        if isinstance(word, Said):
            self.given.append(word.answer)
            return Heard(Effect.HEARD, self.asked, word.answer, counts=word.answer)
        assert isinstance(word, LookUp)
        return Heard(Effect.SAME, self.asked)


@pytest.fixture(scope="module")
def settings() -> Any:
    return answering(read_settings())


@pytest.fixture
async def asking(settings: Any) -> AsyncIterator[Asking]:
    incoming, registry = Incoming(), CollectorRegistry()
    callers = Callers(incoming=incoming, reports=ReceiptMetrics(registry), registry=registry)
    async with serving(Starlette(routes=routes(settings, callers))) as url:
        made = Asking(url)
        hearing = asyncio.create_task(made.hear(incoming.replies))
        yield made
        hearing.cancel()


async def _open(browser: Browser, link: str, width: int = 390, *, dark: bool = False) -> Page:
    page = await browser.open(link, width=width, height=844, dark=dark)
    await page.until("document.querySelector('h1') !== null")
    return page


async def _title(page: Page) -> str:
    return str(await page.run("document.querySelector('h1').textContent"))


@LANGUAGES
async def test_to_look_answers_nothing_and_the_button_gives_the_answer(
    browser: Browser, asking: Asking, language: str
) -> None:
    asking.asked = replace(ASKED, language=language)
    for width, answer in zip(WIDTHS, (Answer.CANCEL, Answer.WAIT), strict=True):
        asking.given.clear()
        page = await _open(browser, asking.link(answer), width)
        assert await page.run("document.documentElement.lang") == language
        assert asking.given == []

        await page.run("document.querySelector('button').click()")
        await page.until(f"document.querySelector('h1')?.textContent === '{THANKS[language]}'")

        assert asking.given == [answer]
        assert await page.run("document.querySelectorAll('button').length") == 0
        assert page.complaints == []


async def test_an_answer_is_given_with_the_keyboard_alone(browser: Browser, asking: Asking) -> None:
    page = await _open(browser, asking.link(Answer.WAIT))
    await page.press("Tab", 9, "")
    assert await page.run("document.activeElement.localName") == "button"
    await page.press("Enter", 13, "\r")
    await page.until("document.querySelector('h1')?.textContent === 'Thank you'")
    assert asking.given == [Answer.WAIT]


@LANGUAGES
async def test_the_page_fits_is_readable_and_can_be_hit_with_a_thumb(
    browser: Browser, asking: Asking, language: str
) -> None:
    for question, width, dark in product(Question, WIDTHS, (False, True)):
        asking.asked = replace(ASKED, language=language, question=question)
        page = await _open(browser, asking.link(ANSWERS[question][-1]), width, dark=dark)
        assert await page.run("document.documentElement.scrollWidth <= innerWidth")
        assert await contrast(page) >= LEAST_CONTRAST
        found = await heights(page)
        assert len(found) > 1
        assert min(found) >= SMALLEST_TARGET
        assert page.complaints == []


async def test_who_listens_to_the_page_hears_which_answer_the_button_gives(
    browser: Browser, asking: Asking
) -> None:
    page = await _open(browser, asking.link(Answer.CANCEL))
    tree = await page.send("Accessibility.getFullAXTree")
    [button] = [node for node in tree["nodes"] if node["role"]["value"] == "button"]
    assert button["name"]["value"] == "Send the answer"
    assert button["description"]["value"] == "Your answer: Cancel the order"


async def test_who_guesses_sees_no_button(browser: Browser, asking: Asking) -> None:
    link = asking.link(Answer.WAIT).replace("/wait/", "/cancel/")
    page = await _open(browser, link)
    assert await _title(page) == "This page is not available"
    assert await page.run("document.querySelectorAll('button, form').length") == 0


async def test_what_could_not_be_written_can_be_sent_again(
    browser: Browser, asking: Asking
) -> None:
    page = await _open(browser, asking.link(Answer.WAIT))
    asking.is_away = True
    await page.run("document.querySelector('button').click()")
    await page.until("document.querySelector('h1')?.textContent === 'This did not work just now'")
    assert asking.given == []
    asking.is_away = False
    await page.run("document.querySelector('button').click()")
    await page.until("document.querySelector('h1')?.textContent === 'Thank you'")
    assert asking.given == [Answer.WAIT]
