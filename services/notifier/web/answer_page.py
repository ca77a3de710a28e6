"""The page behind the link of an answer, in the customer's language. It names nobody, runs no
script, loads nothing, and is read on a phone, by day or by night."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from headsup.contracts.replies import Answer
from headsup.shops.profile import ShopProfile
from services.notifier.answers import Asked
from services.notifier.render.layout import readable_on
from services.notifier.render.speaker import contacts_of
from services.notifier.render.texts import LanguageTexts
from services.notifier.voices import Voices

_HEADERS: Final = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # The address opens the question, so it is told to nobody.
    "referrer-policy": "no-referrer",
}
_POLICY: Final = (
    "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_PLAIN_COLOUR: Final = "#3d4852"
_TAGS: Final = 8
"""Languages of a browser that are looked at."""
GONE, LATER = 404, 503


class Pages:
    """Writes them."""

    def __init__(self, voices: Voices) -> None:
        self._voices = voices
        pages = files(__package__) / "pages"
        environment = Environment(
            autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._page = environment.from_string((pages / "answer.html").read_text("utf-8"))
        self._style = (pages / "answer.css").read_text("utf-8")

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
        language, texts = self._voices.common.texts_in(*_tags(accepted))
        words = texts.answer_page
        return self._response(GONE, language=language, title=words.gone, lines=(words.ask,))

    def later(self, accepted: str, *, can_send: bool = False) -> HTMLResponse:
        """It could not be done now. `can_send`: it was an answer, which one sends again with the
        same button."""
        language, texts = self._voices.common.texts_in(*_tags(accepted))
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
        language, texts = self._voices.common.texts_in(*_tags(accepted))
        words = texts.answer_page
        return self._response(status, language=language, title=words.later, lines=(words.ask,))

    def _texts(self, asked: Asked, shop: ShopProfile) -> tuple[str, LanguageTexts]:
        return self._voices.of(shop.source).texts_in(asked.language, shop.language)

    def _response(
        self, status: int, shop: ShopProfile | None = None, **page: object
    ) -> HTMLResponse:
        colour = shop.brand_colour if shop else _PLAIN_COLOUR
        style = self._style.replace("ON_BRAND_INK", readable_on(colour)).replace("BRAND", colour)
        nothing = {"answer": "", "lead": "", "lines": (), "send": "", "human": "", "contacts": ()}
        html = self._page.render(
            nothing | {"shop": shop.name if shop else "", "style": Markup(style)} | page  # noqa: S704 - our own style, and a colour of six digits
        )
        digest = b64encode(sha256(style.encode()).digest()).decode()
        policy = {"content-security-policy": _POLICY.format(style=digest)}
        return HTMLResponse(html, status, headers=_HEADERS | policy)


def _given(asked: Asked, answer: Answer, texts: LanguageTexts) -> dict[str, object]:
    return {
        "lead": texts.words["question"][asked.question],
        "answer": texts.answers[asked.question][answer],
    }


def _human(shop: ShopProfile, language: str, texts: LanguageTexts) -> dict[str, object]:
    return {"human": texts.answer_page.human, "contacts": contacts_of(shop, language)}


def _tags(accepted: str) -> Iterable[str]:
    """The languages of an Accept-Language header (RFC 9110, section 12.5.4), in the order in which
    browsers write them: the favourite first."""
    parts = accepted.split(",", _TAGS)[:_TAGS]
    return [part.partition(";")[0].strip() for part in parts]
