"""The pages that a message leads to, for people to read."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from headsup.orders import OrderBook
from services.notifier.page_rows import PageRows
from services.notifier.settings import NotifierSettings
from services.notifier.support_metrics import SupportMetrics
from services.notifier.support_rows import SupportRows
from services.notifier.supporting import Supporting
from services.notifier.web.order_desk import Doorway, OrderDesk, order_route
from services.notifier.web.order_page import OrderPages
from services.notifier.web.support import SupportParts, support_routes
from services.notifier.web.why_desk import WhyDesk, why_route
from services.notifier.web.why_page import WhyPages


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What is read for them."""

    rows: PageRows
    book: OrderBook


def page_routes(
    settings: NotifierSettings,
    library: Library,
    supporting: Supporting | None = None,
    registry: CollectorRegistry | None = None,
) -> list[BaseRoute]:
    """The routes; none where nobody could open them. `supporting`: where is noted who looks; None:
    there is no page for support, whatever the settings say. `registry`: where is counted what they
    do there."""
    links = settings.page_links
    if links is None:
        return []
    doorway = Doorway(rows=library.rows, shops=settings.shops, clock=settings.common.clock)
    orders = OrderPages(settings.voices, links, answers=settings.asking.links, stops=settings.stops)
    whys = WhyPages(settings.voices, links, stops=settings.stops)
    return [
        order_route(
            OrderDesk(doorway=doorway, links=links.orders, book=library.book, pages=orders)
        ),
        why_route(WhyDesk(doorway=doorway, links=links.whys, pages=whys)),
        *_support(settings, library, supporting, registry),
    ]


def _support(
    settings: NotifierSettings,
    library: Library,
    supporting: Supporting | None,
    registry: CollectorRegistry | None,
) -> list[BaseRoute]:
    if supporting is None or settings.web.support is None:
        return []
    rows = SupportRows(pages=library.rows, book=library.book, shops=settings.shops)
    parts = SupportParts(
        rows=rows,
        supporting=supporting,
        metrics=SupportMetrics(registry),
        clock=settings.common.clock,
    )
    return support_routes(settings.web.support, settings.public_url, parts)
