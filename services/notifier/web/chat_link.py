"""Where a message leads who wants news in Telegram: `/t/<code>`, a page with one button.

To look at it changes nothing: mail scanners fetch every address before anybody reads it. The button
makes a link that opens the chat once, and leads there. Nothing is asked of the database before the
code is seen to be ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from headsup.clock import Clock
from headsup.shops.profile import ShopProfile
from services.notifier.bot.links import ChatLinks, deep_link
from services.notifier.bot.metrics import BotMetrics
from services.notifier.bot.queue import BotQueue, Done, Look, Mint, Result
from services.notifier.brought import NotTakenError
from services.notifier.render.speaker import contacts_of
from services.notifier.voices import Voices
from services.notifier.web.customer_pages import CustomerPages
from services.notifier.web.forms import MalformedError, read_body
from services.notifier.web.page import Paper

_SEE_OTHER, _TOO_MANY_REQUESTS, _BAD_REQUEST = 303, 429, 400
_LONGEST_FORM: Final = 1_024
_FORMS: Final = "form-action 'self'"
_CHATS: Final = "form-action 'self' https://t.me"
"""A form of this page ends there (Content Security Policy Level 3, section 6.4.1: redirects)."""
_HEADERS: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatLinkDesk:
    """What the page works with."""

    links: ChatLinks
    bot: str
    """Its name."""
    queue: BotQueue
    voices: Voices
    shops: Mapping[str, ShopProfile]
    clock: Clock
    metrics: BotMetrics

    async def show(self, request: Request) -> Response:
        """GET: what the button does, and the button."""
        number = self._number(request)
        if number is None:
            return self._pages.gone(_accepted(request))
        try:
            done = await self.queue.take(Look(number))
        except NotTakenError:
            return self._pages.later(_accepted(request))
        return self._page(done) or self._pages.gone(_accepted(request))

    async def open(self, request: Request) -> Response:
        """POST: to the chat."""
        number = self._number(request)
        if number is None:
            return self._pages.gone(_accepted(request))
        try:
            await read_body(request, _LONGEST_FORM)
            done = await self.queue.take(Mint(number))
        except MalformedError:
            return self._pages.refused(_accepted(request), _BAD_REQUEST)
        except NotTakenError:
            return self._pages.later(_accepted(request), can_send=True)
        self.metrics.came("link", done.result)
        if done.result is Result.TOO_OFTEN:
            return self._pages.refused(_accepted(request), _TOO_MANY_REQUESTS)
        if done.token is None:
            return self._pages.gone(_accepted(request))
        return RedirectResponse(deep_link(self.bot, done.token), _SEE_OTHER, headers=_HEADERS)

    def _number(self, request: Request) -> int | None:
        opened = self.links.opened(request.path_params["code"], self.clock.now())
        return None if opened is None or opened.is_over else opened.number

    @property
    def _pages(self) -> CustomerPages:
        return CustomerPages(
            self.voices,
            ask=lambda texts: texts.stop.ask,
            send=lambda texts: texts.bot.page_button,
        )

    def _page(self, done: Done) -> Response | None:
        shop = self.shops.get(done.source or "")
        if shop is None:
            return None
        language, texts = self.voices.of(shop.source).texts_in(done.language, shop.language)
        words = texts.bot
        page = Paper().response(
            200,
            shop,
            language=language,
            title=words.page_title,
            lines=(words.page_text.format(shop=shop.name),),
            send=words.page_button,
            human=texts.answer_page.human,
            contacts=contacts_of(shop, language),
        )
        policy = page.headers["content-security-policy"].replace(_FORMS, _CHATS)
        page.headers["content-security-policy"] = policy
        return page


def _accepted(request: Request) -> str:
    return request.headers.get("accept-language", "")


def chat_link_routes(desk: ChatLinkDesk) -> list[Route]:
    """The routes, for the application of the service."""
    return [
        Route(ChatLinks.PATH, desk.show, methods=["GET"]),
        Route(ChatLinks.PATH, desk.open, methods=["POST"]),
    ]
