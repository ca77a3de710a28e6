"""The page of an order: where it stands, when its reader hears more, what happened, what they were
told, and what they can do. It changes nothing, runs no script and fetches nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from starlette.responses import HTMLResponse

from headsup.orders import OrderView
from headsup.shops.profile import ShopProfile
from services.notifier.answers import AnswerLinks
from services.notifier.page_links import PageLinks
from services.notifier.render import Recipient, Renderer
from services.notifier.render.speaker import contacts_of
from services.notifier.rendered import Button
from services.notifier.said import Opened, Story
from services.notifier.stopping import StopLinks, is_marketing
from services.notifier.voices import Voices
from services.notifier.web.customer_pages import CustomerPages, Language, languages_of
from services.notifier.web.order_sheet import Reading, sheet_of
from services.notifier.web.page import EXPIRED, GONE, Paper
from services.notifier.web.return_sheet import instructions, is_open
from services.notifier.web.told_sheet import Telling, answers_to, told

OK = 200
STYLES: Final = ("page", "order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody opened a page by the link of a message."""

    opened: Opened
    shop: ShopProfile
    now: datetime
    asked: str | None = None
    """The language that they chose on the page."""


class Readers(CustomerPages):
    """What pages that a message leads to have in common: whom they speak to, and how."""

    def __init__(self, voices: Voices, links: PageLinks) -> None:
        super().__init__(
            voices, ask=lambda texts: texts.stop.ask, send=lambda texts: texts.stop.link
        )
        self._speaking = voices
        self._links = links

    def reading(self, visit: Visit) -> tuple[Reading, Recipient]:
        """In the language that they chose, or else the message's; on the clock of its reader."""
        said, entry = visit.opened.said, visit.opened.person.entry
        renderer, customer = self._renderer(visit), said.request.customer
        chosen = visit.asked if visit.asked in renderer.languages else None
        reader = Recipient(
            language=chosen or said.language,
            time_zone=(entry.time_zone if entry else None) or customer.time_zone,
        )
        language, texts = renderer.texts_in(reader.language, visit.shop.language)
        frame = renderer.frame(reader, visit.shop, visit.now)
        return Reading(language=language, texts=texts, frame=frame, shop=visit.shop), reader

    def _renderer(self, visit: Visit) -> Renderer:
        return self._speaking.of(visit.shop.source)

    def languages(self, visit: Visit) -> tuple[Language, ...]:
        """Those in which the page can be read."""
        return languages_of(self._renderer(visit))

    def expired(self, visit: Visit) -> HTMLResponse:
        """The link is too old: how to get on without it."""
        page = self.reading(visit)[0].words.page
        return self._sorry(visit, EXPIRED, page.expired, page.expired_help)

    def unknown(self, visit: Visit) -> HTMLResponse:
        """The link is good, and what it led to is not there any more."""
        page = self.reading(visit)[0].words.page
        return self._sorry(visit, GONE, page.unknown, page.unknown_help)

    def _sorry(self, visit: Visit, status: int, title: str, help_: str) -> HTMLResponse:
        language = self.reading(visit)[0].language
        return self._response(
            status,
            visit.shop,
            language=language,
            title=title,
            human=help_,
            contacts=contacts_of(visit.shop, language),
        )


class OrderPages(Readers):
    """Writes them."""

    def __init__(
        self,
        voices: Voices,
        links: PageLinks,
        *,
        answers: AnswerLinks | None = None,
        stops: StopLinks | None = None,
    ) -> None:
        super().__init__(voices, links)
        self._answers = answers
        self._stops = stops
        self._paper = Paper("order", STYLES)

    def order(self, visit: Visit, view: OrderView, story: Story) -> HTMLResponse:
        """The order, and what its reader was told of it."""
        reading, reader = self.reading(visit)
        telling = Telling(
            renderer=self._renderer(visit), reader=reader, links=self._links, now=visit.now
        )
        sheet = replace(
            sheet_of(view, reading),
            told=told(story, reading, telling),
            answers=answers_to(story.asking, reading, self._answers),
        )
        return self._paper.response(
            OK,
            visit.shop,
            language=reading.language,
            title=sheet.title,
            sheet=sheet,
            returns=instructions(view, reading),
            is_going_back=is_open(view),
            words=reading.words,
            human=reading.texts.answer_page.human,
            total_label=reading.texts.labels["total"],
            contacts=contacts_of(visit.shop, reading.language),
            languages=self.languages(visit),
            links=self.ways(visit, reading),
        )

    def ways(self, visit: Visit, reading: Reading) -> tuple[Button, ...]:
        """Where one changes what one hears."""
        said, words = visit.opened.said, reading.words
        preferences = self._links.preferences.of(said.number, said.planned_at)
        found = [Button(label=words.links.preferences, url=preferences)]
        if self._stops and is_marketing(said.request.kind):
            found.append(Button(label=words.why.stop, url=self._stops.of(said.number)))
        return tuple(found)


def chosen_language(query: Mapping[str, str]) -> str | None:
    """What somebody chose on the page; a language that there is not is none."""
    return query.get("lang")
