"""Where people choose what they hear, and how: `/p/<code>`.

To look at the page changes nothing. Nothing is asked of the database before the code is seen to be
ours; a code that is nobody's and a message that is gone are answered alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from headsup.clock import Clock
from headsup.contracts.channels import Channel
from headsup.shops.profile import ShopProfile
from services.notifier.brought import NotTakenError
from services.notifier.choosing import ChoiceError, Chooser, read_choice
from services.notifier.preference_metrics import PreferenceMetrics
from services.notifier.preferring import Choose, LookAt, Preferring, Unlink, channels_of
from services.notifier.receipt_metrics import Refused
from services.notifier.scoped_links import Opened, PreferenceLinks
from services.notifier.voices import Voices
from services.notifier.web.forms import MalformedError, read_form
from services.notifier.web.preference_page import Before, PreferencePages

_BAD_REQUEST: Final = 400
UNLINK: Final = "unlink"
"""The button that cuts off a chat: it is sent alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceDesk:
    """What the page works with."""

    links: PreferenceLinks
    preferring: Preferring
    pages: PreferencePages
    shops: Mapping[str, ShopProfile]
    voices: Voices
    usable: frozenset[Channel]
    clock: Clock
    metrics: PreferenceMetrics

    async def show(self, request: Request) -> Response:
        """GET: what counts now, and a form."""
        try:
            found = await self._found(request)
        except NotTakenError:
            return self.pages.later(_accepted(request))
        if isinstance(found, Response):
            return found
        chooser, shop = found
        return self.pages.form(chooser, shop, asked=_asked(request))

    async def save(self, request: Request) -> Response:
        """POST: from now on it is so."""
        try:
            found = await self._found(request)
            if isinstance(found, Response):
                self.metrics.refused(Refused.FORGED)
                return found
            return await self._saved(request, *found)
        except MalformedError:
            self.metrics.refused(Refused.MALFORMED)
            return self.pages.refused(_accepted(request), _BAD_REQUEST)
        except NotTakenError:
            self.metrics.refused(Refused.NOT_TAKEN)
            return self.pages.later(_accepted(request))

    async def _saved(self, request: Request, chooser: Chooser, shop: ShopProfile) -> Response:
        """Raises MalformedError and NotTakenError."""
        fields = await read_form(request)
        if set(fields) == {UNLINK}:
            return await self._take(request, Unlink(chooser.number, fields[UNLINK]), shop)
        spoken = self.voices.of(shop.source).languages
        try:
            choice = read_choice(fields, channels_of(shop, self.usable), spoken)
        except ChoiceError as error:
            self.metrics.refused(Refused.MALFORMED)
            before = Before(asked=_asked(request), field=error.field, fields=fields)
            return self.pages.wrong(chooser, shop, before)
        return await self._take(request, Choose(chooser.number, choice), shop)

    async def _take(self, request: Request, word: Choose | Unlink, shop: ShopProfile) -> Response:
        """Raises NotTakenError."""
        chosen = await self.preferring.take(word)
        self.metrics.chosen(chosen.effect)
        if chosen.chooser is None:
            return self.pages.gone(_accepted(request))
        return self.pages.taken(chosen.chooser, shop, chosen.effect, asked=_asked(request))

    async def _found(self, request: Request) -> tuple[Chooser, ShopProfile] | Response:
        """Who came, or what they are told instead. Raises NotTakenError."""
        opened = self._opened(request)
        if opened is None:
            return self.pages.gone(_accepted(request))
        chooser = (await self.preferring.take(LookAt(opened.number))).chooser
        shop = self.shops.get(chooser.source) if chooser else None
        if chooser is None or shop is None:
            return self.pages.gone(_accepted(request))
        return self.pages.expired(chooser, shop) if opened.is_over else (chooser, shop)

    def _opened(self, request: Request) -> Opened | None:
        return self.links.opened(request.path_params["code"], self.clock.now())


def preference_routes(desk: PreferenceDesk) -> list[Route]:
    """The routes, for the application of the service."""
    return [
        Route(PreferenceLinks.PATH, desk.show, methods=["GET"]),
        Route(PreferenceLinks.PATH, desk.save, methods=["POST"]),
    ]


def _accepted(request: Request) -> str:
    return request.headers.get("accept-language", "")


def _asked(request: Request) -> str | None:
    """The language that they chose for the page, before or with the form."""
    return request.query_params.get("lang")
