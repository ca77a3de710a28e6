"""The page behind the link of an answer, in the customer's language. It names nobody."""

from starlette.responses import HTMLResponse

from headsup.contracts.replies import Answer
from headsup.shops.profile import ShopProfile
from services.notifier.answers import Asked
from services.notifier.render.speaker import contacts_of
from services.notifier.render.texts import LanguageTexts
from services.notifier.voices import Voices
from services.notifier.web.customer_pages import CustomerPages


class Pages(CustomerPages):
    """Writes them."""

    def __init__(self, voices: Voices) -> None:
        super().__init__(
            voices,
            ask=lambda texts: texts.answer_page.ask,
            send=lambda texts: texts.answer_page.send,
        )

    def asking(self, asked: Asked, answer: Answer, shop: ShopProfile) -> HTMLResponse:
        """What was asked, which answer this is, and a button that gives it."""
        language, texts = self._texts(asked.language, shop)
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
        language, texts = self._texts(asked.language, shop)
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


def _given(asked: Asked, answer: Answer, texts: LanguageTexts) -> dict[str, object]:
    return {
        "lead": texts.words["question"][asked.question],
        "answer": texts.answers[asked.question][answer],
    }


def _human(shop: ShopProfile, language: str, texts: LanguageTexts) -> dict[str, object]:
    return {"human": texts.answer_page.human, "contacts": contacts_of(shop, language)}
