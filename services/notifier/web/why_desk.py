"""Where somebody reads why they got a message: `/w/<code>`."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from headsup import logs
from headsup.postgres import DATABASE_AWAY
from services.notifier.scoped_links import WhyLinks
from services.notifier.web.order_desk import Doorway, accepted
from services.notifier.web.why_page import WhyPages


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyDesk:
    """What the page works with."""

    doorway: Doorway
    links: WhyLinks
    pages: WhyPages

    async def show(self, request: Request) -> Response:
        """GET: why."""
        try:
            visit = await self.doorway.visit(request, self.links, self.pages)
        except DATABASE_AWAY as error:
            logs.logger().warning("why a message was sent cannot be shown", error=error)
            return self.pages.later(accepted(request))
        return visit if isinstance(visit, Response) else self.pages.why(visit)


def why_route(desk: WhyDesk) -> Route:
    """The route, for the application of the service."""
    return Route(WhyLinks.PATH, desk.show, methods=["GET"])
