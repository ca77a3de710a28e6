"""Where the page of an order is: `/o/<code>`, for whoever got a message about it.

Nothing is asked of the database before the code is seen to be ours. A code that is nobody's, of a
message that is gone and of an order of somebody else's are answered alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from headsup import logs
from headsup.clock import Clock
from headsup.contracts.catalogue import Audience
from headsup.orders import OrderBook, OrderView
from headsup.postgres import DATABASE_AWAY
from headsup.shops.profile import ShopProfile
from services.notifier.page_rows import PageRows
from services.notifier.said import Said
from services.notifier.scoped_links import OrderLinks, ScopedLinks
from services.notifier.web.order_page import OrderPages, Readers, Visit, chosen_language

_LANGUAGE_HEADER: Final = "accept-language"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorway:
    """What pages work with that a message leads to."""

    rows: PageRows
    shops: Mapping[str, ShopProfile]
    clock: Clock

    async def visit(self, request: Request, links: ScopedLinks, pages: Readers) -> Visit | Response:
        """Who came, or what they are told instead. Raises what `DATABASE_AWAY` names."""
        now = self.clock.now()
        opened = links.opened(request.path_params["code"], now)
        message = await self.rows.message(opened.number) if opened else None
        shop = self.shops.get(message.said.source) if message else None
        if opened is None or message is None or shop is None:
            return pages.gone(accepted(request))
        asked = chosen_language(request.query_params)
        visit = Visit(opened=message, shop=shop, now=now, asked=asked)
        return pages.expired(visit) if opened.is_over else visit


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDesk:
    """What the page works with."""

    doorway: Doorway
    links: OrderLinks
    book: OrderBook
    pages: OrderPages

    async def show(self, request: Request) -> Response:
        """GET: the order."""
        try:
            return await self._shown(request)
        except DATABASE_AWAY as error:
            logs.logger().warning("an order cannot be shown", error=error)
            return self.pages.later(accepted(request))

    async def _shown(self, request: Request) -> Response:
        visit = await self.doorway.visit(request, self.links, self.pages)
        if isinstance(visit, Response):
            return visit
        said = visit.opened.said
        order_id = said.request.order_id
        if order_id is None:
            return self.pages.gone(accepted(request))
        views = await self.book.orders([(said.source, order_id)], visit.now, said.audience)
        if not views or not is_theirs(views[0], said):
            return self.pages.unknown(visit)
        return self.pages.order(visit, views[0], await self.doorway.rows.story(said, visit.now))


def is_theirs(view: OrderView, said: Said) -> bool:
    """Whether the order is still of whoever got the message: a shop may have said since that it is
    somebody else's."""
    is_recipient = said.audience is Audience.RECIPIENT
    owner = view.recipient if is_recipient else view.customer
    return owner is not None and owner.id == said.request.customer.id


def order_route(desk: OrderDesk) -> Route:
    """The route, for the application of the service."""
    return Route(OrderLinks.PATH, desk.show, methods=["GET"])


def accepted(request: Request) -> str:
    """The languages that the browser asks for."""
    return request.headers.get(_LANGUAGE_HEADER, "")
