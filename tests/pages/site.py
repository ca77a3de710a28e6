"""The notifier with its loops running and its web side served as in production, over real parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from headsup.contracts.envelope import Event
from headsup.health import Health
from services.notifier.answer_settings import AnswerSettings
from services.notifier.attempts import State
from services.notifier.channels.telegram_buttons import MemoryButtons
from services.notifier.page_links import PageLinks
from services.notifier.receipt_metrics import ReceiptMetrics
from services.notifier.replies import Incoming
from services.notifier.web.limiter import Figures, Guarded
from services.notifier.web.page_routes import page_routes
from services.notifier.web.routes import Callers, routes
from services.notifier.web.serving import serving
from services.notifier.web_settings import SupportSettings, WebSettings
from tests.support.answering import BOT, SECRET
from tests.support.eventually import eventually
from tests.support.notifier import KEY, Rig
from tests.support.order_pages import Orders, library_of, parts_beside
from tests.support.serving import closed_port
from tests.support.serving import serving as serving_app

_PROXY: Final = "what only the proxy says, and nobody else"
LOGGED_IN: Final = {
    "X-Headsup-Proxy-Secret": _PROXY,
    "X-Auth-Request-Email": "ada@shop.example",
    "X-Auth-Request-Groups": "support",
}
"""What the proxy that logs people in adds to their requests; the test is that proxy."""


@dataclass
class Site:
    """What customers reach, and people who help them."""

    rig: Rig
    url: str
    """As messages have it: every address in them opens."""
    crowded: str
    """The same for somebody who may not come at all, because they came so often."""

    @property
    def orders(self) -> Orders:
        """What happens to orders under it."""
        return Orders(self.rig, parts_beside(self.rig))

    @property
    def links(self) -> PageLinks:
        """The addresses of its pages."""
        return PageLinks.under(self.url, KEY)

    async def sent(self, event: Event[Any]) -> int:
        """Asks for a message by mail and waits until it is sent; its number in the ledger."""
        await self.rig.emit(event)

        async def is_sent() -> bool:
            return (await self.rig.states()).get(f"{event.id}.0") == State.SENT

        await eventually(is_sent)
        return await self.number_of(event.id)

    async def number_of(self, request_id: str) -> int:
        """Of the first message of a request, in the ledger."""
        query = "SELECT seq FROM notifier.notifications WHERE id = $1"
        found: int = await self.rig.pool.fetchval(query, f"{request_id}.0")
        return found


@asynccontextmanager
async def site_of(rig: Rig) -> AsyncIterator[Site]:
    """The pages of a rig, whose loops run while the block does."""
    port = closed_port()
    support = SupportSettings(secret=_PROXY.encode(), groups=frozenset({"support"}))
    rig.settings = replace(
        rig.settings,
        common=replace(rig.settings.common, http_host="127.0.0.1", http_port=port),
        public_url=f"http://127.0.0.1:{port}",
        answers=AnswerSettings(key=KEY, telegram_secret=SECRET, telegram_bot=BOT),
        web=WebSettings(support=support),
    )
    registry = CollectorRegistry()
    callers = Callers(
        incoming=Incoming(rig.receipts, rig.replies, rig.stops, rig.bot, rig.preferring),
        reports=ReceiptMetrics(registry),
        registry=registry,
        buttons=MemoryButtons(),
    )
    found = [
        *routes(rig.settings, callers),
        *page_routes(rig.settings, library_of(rig), rig.supporting),
    ]
    full = Guarded(Starlette(), rig.settings.voices, figures=Figures(per_address=0))
    async with (
        serving(rig.settings, Health(), registry, found),
        serving_app(full) as crowded,
        rig.running(),
    ):
        yield Site(rig, f"http://127.0.0.1:{port}", crowded)
