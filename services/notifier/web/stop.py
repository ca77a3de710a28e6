"""Where marketing is stopped: `/s/<code>`.

POST stops it, whatever is posted: a mail program posts `List-Unsubscribe=One-Click` (RFC 8058) and
may neither be asked anything nor be led elsewhere; the button on the page posts nothing. To look at
the page changes nothing: mail scanners and messengers fetch every address of a message before
anybody reads it. Nothing is asked of the database before the code is seen to be ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from headsup.clock import Clock
from headsup.shops.profile import ShopProfile
from services.notifier.brought import NotTakenError
from services.notifier.receipt_metrics import Refused
from services.notifier.scoped_links import PreferenceLinks
from services.notifier.stop_metrics import StopMetrics
from services.notifier.stopping import PATH, Marketed, StopLinks, is_stopped
from services.notifier.stops import Look, Stop, Stopped, Stops
from services.notifier.web.forms import MalformedError, read_body
from services.notifier.web.stop_page import StopPages

_LONGEST_FORM: Final = 4_096
"""Octets. RFC 8058 allows a form with parts as well, whose boundaries are long."""
_BAD_REQUEST: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class StopDesk:
    """What the page works with."""

    links: StopLinks
    stops: Stops
    pages: StopPages
    shops: Mapping[str, ShopProfile]
    metrics: StopMetrics
    clock: Clock
    preferences: PreferenceLinks | None
    """Where the same person chooses what they hear."""

    async def show(self, request: Request) -> Response:
        """GET: what one gets no more, and a button."""
        number = self.links.number_of(request.path_params["code"])
        if number is None:
            return self._gone(request)
        try:
            stopped = await self.stops.take(Look(number))
        except NotTakenError:
            return self.pages.later(_accepted(request))
        message, shop = stopped.message, self._shop(stopped)
        if message is None or shop is None:
            return self._gone(request)
        if is_stopped(message.person):
            return self.pages.done(message, shop, self._preferences(message))
        return self.pages.asking(message, shop)

    async def stop(self, request: Request) -> Response:
        """POST: no more."""
        number = self.links.number_of(request.path_params["code"])
        if number is None:
            self.metrics.refused(Refused.FORGED)
            return self._gone(request)
        try:
            await read_body(request, _LONGEST_FORM)
            stopped = await self.stops.take(Stop(number))
        except MalformedError:
            self.metrics.refused(Refused.MALFORMED)
            return self.pages.refused(_accepted(request), _BAD_REQUEST)
        except NotTakenError:
            self.metrics.refused(Refused.NOT_TAKEN)
            return self.pages.later(_accepted(request), can_send=True)
        self.metrics.heard(stopped)
        shop = self._shop(stopped)
        if stopped.message is None or shop is None:
            return self._gone(request)
        return self.pages.done(stopped.message, shop, self._preferences(stopped.message))

    def _preferences(self, message: Marketed) -> str:
        """Empty where the message's own link there is over: a stop link lasts, and whoever finds an
        old one is not given what opens more."""
        links, since = self.preferences, message.planned_at
        if links is None or since is None:
            return ""
        opened = links.opened(links.code_of(message.number, since), self.clock.now())
        return "" if opened is None or opened.is_over else links.of(message.number, since)

    def _shop(self, stopped: Stopped) -> ShopProfile | None:
        return self.shops.get(stopped.message.source) if stopped.message else None

    def _gone(self, request: Request) -> Response:
        return self.pages.gone(_accepted(request))


def stop_routes(desk: StopDesk) -> list[Route]:
    """The routes, for the application of the service."""
    return [
        Route(PATH, desk.show, methods=["GET"]),
        Route(PATH, desk.stop, methods=["POST"]),
    ]


def _accepted(request: Request) -> str:
    return request.headers.get("accept-language", "")
