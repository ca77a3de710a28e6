"""The page behind the link of an answer, in the customer's language. It names nobody."""

from starlette.responses import HTMLResponse

from headsup.contracts.replies import Answer
from headsup.shops.profile import ShopProfile
from services.notifier.answers import Asked
from services.notifier.render.speaker import contacts_of
from services.notifier.render.texts import LanguageTexts
from services.notifier.voices import Voices
from services.notifier.web.page import GONE, LATER, Paper, tags


class Pages:
    """Writes them."""

    def __init__(self, voices: Voices) -> None:
        self._voices = voices
        self._response = Paper().response

    def asking(self, asked: Asked, answer: Answer, shop: ShopProfile) -> HTMLResponse:
        """What was asked, which answer this is, and a button that gives it."""
        language, texts = self._texts(asked, shop)
        words = texts.answer_page
        return self._response(
            200,
            shop,
            language=language,
            title=words.asked[asked.question],
            **_given(asked, answer, texts),
            send=words.send,
            **_human(shop, language, texts),
        )

    def thanks(self, asked: Asked, answer: Answer, shop: ShopProfile) -> HTMLResponse:
        """It was heard."""
        language, texts = self._texts(asked, shop)
        words = texts.answer_page
        return self._response(
            200,
            shop,
            language=language,
            title=words.thanks,
            **_given(asked, answer, texts),
            lines=(words.heard, words.change),
            **_human(shop, language, texts),
        )

    def gone(self, accepted: str) -> HTMLResponse:
        """There is no such page. The same for whatever reason: who guesses learns nothing.
        `accepted`: the languages that the browser asks for."""
        language, texts = self._voices.common.texts_in(*tags(accepted))
        words = texts.answer_page
        return self._response(GONE, language=language, title=words.gone, lines=(words.ask,))

    def later(self, accepted: str, *, can_send: bool = False) -> HTMLResponse:
        """It could not be done now. `can_send`: it was an answer, which one sends again with the
        same button."""
        language, texts = self._voices.common.texts_in(*tags(accepted))
        words = texts.answer_page
        return self._response(
            LATER,
            language=language,
            title=words.later,
            lines=(words.again,),
            send=words.send if can_send else "",
        )

    def refused(self, accepted: str, status: int) -> HTMLResponse:
        """It will not be done by trying again."""
        language, texts = self._voices.common.texts_in(*tags(accepted))
        words = texts.answer_page
        return self._response(status, language=language, title=words.later, lines=(words.ask,))

    def _texts(self, asked: Asked, shop: ShopProfile) -> tuple[str, LanguageTexts]:
        return self._voices.of(shop.source).texts_in(asked.language, shop.language)


def _given(asked: Asked, answer: Answer, texts: LanguageTexts) -> dict[str, object]:
    return {
        "lead": texts.words["question"][asked.question],
        "answer": texts.answers[asked.question][answer],
    }


def _human(shop: ShopProfile, language: str, texts: LanguageTexts) -> dict[str, object]:
    return {"human": texts.answer_page.human, "contacts": contacts_of(shop, language)}
