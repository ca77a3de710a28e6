"""The page on which marketing is stopped, in the language of the message. It names nobody."""

from starlette.responses import HTMLResponse

from headsup.shops.profile import ShopProfile
from services.notifier.render.speaker import contacts_of
from services.notifier.rendered import Button
from services.notifier.stopping import Marketed
from services.notifier.voices import Voices
from services.notifier.web.customer_pages import CustomerPages


class StopPages(CustomerPages):
    """Writes them."""

    def __init__(self, voices: Voices) -> None:
        super().__init__(
            voices, ask=lambda texts: texts.stop.ask, send=lambda texts: texts.stop.link
        )

    def asking(self, message: Marketed, shop: ShopProfile) -> HTMLResponse:
        """What one gets no more, and a button that says so."""
        language, texts = self._texts(message.language, shop)
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

    def done(self, message: Marketed, shop: ShopProfile, preferences: str = "") -> HTMLResponse:
        """One gets no more, hears about orders all the same, and can get them again.
        `preferences`: the address at which one chooses what one hears."""
        language, texts = self._texts(message.language, shop)
        words = texts.stop
        return self._response(
            200,
            shop,
            language=language,
            title=words.done.format(shop=shop.name),
            lines=(words.orders,),
            more=Button(label=texts.preferences.link, url=preferences) if preferences else None,
            human=words.again,
            contacts=contacts_of(shop, language),
        )
