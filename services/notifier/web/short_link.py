"""Where a short address of ours leads: `/g/<code>`, to the address that the shop named in the
request for the message. Nothing is asked of the database before the code is seen to be ours."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.notifier.brought import NotTakenError
from services.notifier.short_links import PATH, ShortLinks
from services.notifier.stops import Look, Stops
from services.notifier.web.stop_page import StopPages

_FOUND: Final = 302
_HEADERS: Final = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
    "referrer-policy": "no-referrer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortLinkDesk:
    """What it works with."""

    links: ShortLinks
    stops: Stops
    """Asked only which message it is."""
    pages: StopPages

    async def lead(self, request: Request) -> Response:
        """GET: to the shop."""
        accepted = request.headers.get("accept-language", "")
        number = self.links.number_of(request.path_params["code"])
        if number is None:
            return self.pages.gone(accepted)
        try:
            message = (await self.stops.take(Look(number))).message
        except NotTakenError:
            return self.pages.later(accepted)
        if message is None or message.link is None:
            return self.pages.gone(accepted)
        return RedirectResponse(message.link, _FOUND, headers=_HEADERS)


def short_link_route(desk: ShortLinkDesk) -> Route:
    """The route, for the application of the service."""
    return Route(PATH, desk.lead, methods=["GET"])
