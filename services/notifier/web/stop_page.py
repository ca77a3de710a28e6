"""The page on which marketing is stopped, in the language of the message. It names nobody."""

from starlette.responses import HTMLResponse

from headsup.shops.profile import ShopProfile
from services.notifier.render.speaker import contacts_of
from services.notifier.render.texts import LanguageTexts
from services.notifier.stopping import Marketed
from services.notifier.voices import Voices
from services.notifier.web.page import GONE, LATER, Paper, tags


class StopPages:
    """Writes them."""

    def __init__(self, voices: Voices) -> None:
        self._voices = voices
        self._response = Paper().response

    def asking(self, message: Marketed, shop: ShopProfile) -> HTMLResponse:
        """What one gets no more, and a button that says so."""
        language, texts = self._texts(message, shop)
        words = texts.stop
        return self._response(
            200,
            shop,
            language=language,
            title=words.asked,
            lines=(words.what.format(shop=shop.name),),
            send=words.link,
            human=texts.answer_page.human,
            contacts=contacts_of(shop, language),
        )

    def done(self, message: Marketed, shop: ShopProfile) -> HTMLResponse:
        """One gets no more, hears about orders all the same, and can get them again."""
        language, texts = self._texts(message, shop)
        words = texts.stop
        return self._response(
            200,
            shop,
            language=language,
            title=words.done.format(shop=shop.name),
            lines=(words.orders,),
            human=words.again,
            contacts=contacts_of(shop, language),
        )

    def gone(self, accepted: str) -> HTMLResponse:
        """There is no such page. `accepted`: the languages that the browser asks for."""
        language, texts = self._voices.common.texts_in(*tags(accepted))
        title, lines = texts.answer_page.gone, (texts.stop.ask,)
        return self._response(GONE, language=language, title=title, lines=lines)

    def later(self, accepted: str, *, can_send: bool = False) -> HTMLResponse:
        """It could not be done now. `can_send`: the button was pressed, and may be once more."""
        language, texts = self._voices.common.texts_in(*tags(accepted))
        words = texts.answer_page
        return self._response(
            LATER,
            language=language,
            title=words.later,
            lines=(words.again,),
            send=texts.stop.link if can_send else "",
        )

    def refused(self, accepted: str, status: int) -> HTMLResponse:
        """It will not be done by trying again."""
        language, texts = self._voices.common.texts_in(*tags(accepted))
        title, lines = texts.answer_page.later, (texts.stop.ask,)
        return self._response(status, language=language, title=title, lines=lines)

    def _texts(self, message: Marketed, shop: ShopProfile) -> tuple[str, LanguageTexts]:
        return self._voices.of(shop.source).texts_in(message.language, shop.language)
