"""What all pages for customers have in common: the words of a shop, and what is said where there is
nothing to show. They name nobody."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import HTMLResponse

from headsup.shops.profile import ShopProfile
from services.notifier.render import Renderer
from services.notifier.render.texts import LanguageTexts
from services.notifier.voices import Voices
from services.notifier.web.page import GONE, LATER, Paper, tags

Word = Callable[[LanguageTexts], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One of those in which a page can be read."""

    tag: str
    name: str
    url: str


def languages_of(renderer: Renderer) -> tuple[Language, ...]:
    """The ways to the same page in each language, which no cookie remembers."""
    return tuple(
        Language(
            tag=tag, name=renderer.texts_in(tag)[1].bot.name, url="?" + urlencode({"lang": tag})
        )
        for tag in sorted(renderer.languages)
    )


class CustomerPages:
    """Writes them. `ask`: what to do where a page cannot help; `send`: the words of its button."""

    def __init__(self, voices: Voices, *, ask: Word, send: Word) -> None:
        self._voices = voices
        self._response = Paper().response
        self._ask = ask
        self._send = send

    def gone(self, accepted: str) -> HTMLResponse:
        """There is no such page. The same for whatever reason: who guesses learns nothing.
        `accepted`: the languages that the browser asks for."""
        language, texts = self._asked_for(accepted)
        title, lines = texts.answer_page.gone, (self._ask(texts),)
        return self._response(GONE, language=language, title=title, lines=lines)

    def later(self, accepted: str, *, can_send: bool = False) -> HTMLResponse:
        """It could not be done now. `can_send`: the button was pressed, and may be once more."""
        language, texts = self._asked_for(accepted)
        words = texts.answer_page
        return self._response(
            LATER,
            language=language,
            title=words.later,
            lines=(words.again,),
            send=self._send(texts) if can_send else "",
        )

    def refused(self, accepted: str, status: int) -> HTMLResponse:
        """It will not be done by trying again."""
        language, texts = self._asked_for(accepted)
        title, lines = texts.answer_page.later, (self._ask(texts),)
        return self._response(status, language=language, title=title, lines=lines)

    def _asked_for(self, accepted: str) -> tuple[str, LanguageTexts]:
        return self._voices.common.texts_in(*tags(accepted))

    def _texts(self, language: str | None, shop: ShopProfile) -> tuple[str, LanguageTexts]:
        """In the language of a message, or else in the shop's."""
        return self._voices.of(shop.source).texts_in(language, shop.language)
