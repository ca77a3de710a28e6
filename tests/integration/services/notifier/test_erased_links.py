"""What old links still open of somebody who was erased: nothing, and they bring nobody back."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from headsup.contracts import envelope
from headsup.contracts.shop import CustomerErased
from services.notifier.answer_settings import AnswerSettings
from services.notifier.bot.links import ChatLinks
from services.notifier.channels.telegram_buttons import MemoryButtons
from services.notifier.page_links import PageLinks
from services.notifier.receipt_metrics import ReceiptMetrics
from services.notifier.replies import Incoming
from services.notifier.short_links import ShortLinks
from services.notifier.stopping import StopLinks
from services.notifier.web.page_routes import page_routes
from services.notifier.web.routes import Callers, routes
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import KEY, MONDAY, Rig, requested
from tests.support.order_pages import library_of
from tests.support.serving import serving

FORM = {
    "language": "uk",
    "quiet": "own",
    "begins": "22",
    "ends": "7",
    "place.email": "1",
    "orders.email": "yes",
    "offers.email": "yes",
}


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[httpx.AsyncClient]:
    answers = AnswerSettings(key=KEY, telegram_bot="headsup_bot", telegram_secret="telegrams-own")
    settings = rig.settings = replace(rig.settings, answers=answers)
    registry = CollectorRegistry()
    callers = Callers(
        incoming=Incoming(rig.receipts, rig.replies, rig.stops, rig.bot, rig.preferring),
        reports=ReceiptMetrics(registry),
        registry=registry,
        buttons=MemoryButtons(),
    )
    app = Starlette(routes=[*routes(settings, callers), *page_routes(settings, library_of(rig))])
    async with (
        serving(app) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as made,
        rig.running(),
    ):
        yield made


async def _erased(rig: Rig) -> None:
    data = CustomerErased(customer_id="c-1")
    await rig.emit(envelope.make(SHOP, "erased-1", rig.clock.now(), data))

    async def done() -> bool:
        return bool(await rig.pool.fetchval("SELECT passes >= 1 FROM notifier.erasures"))

    await eventually(done, seconds=20)


async def test_old_links_of_whoever_was_erased_open_nothing_and_write_nothing(
    rig: Rig, client: httpx.AsyncClient
) -> None:
    await rig.emit(requested("r1"))
    await rig.until({"r1.0": "sent"})
    number = await rig.pool.fetchval("SELECT seq FROM notifier.notifications")
    pages = PageLinks.under("", KEY)
    chosen = pages.preferences.of(number, MONDAY)
    chat = ChatLinks("", KEY).of(number, MONDAY)
    assert (await client.get(chosen)).status_code == 200
    assert (await client.get(chat)).status_code == 200
    await _erased(rig)

    shown = (pages.orders.of(number, MONDAY), pages.whys.of(number, MONDAY))
    for path in (chosen, chat, *shown, ShortLinks("", KEY).of(number)):
        assert (await client.get(path)).status_code == 404, path[:3]
    assert (await client.post(chosen, data=FORM)).status_code == 404
    assert (await client.post(chat)).status_code == 404
    # Whoever wants no more is heard all the same, and nothing about them is shown.
    stopped = await client.post(StopLinks("", KEY).of(number))
    assert stopped.status_code in {200, 404}
    assert "mail.example" not in stopped.text
    for table in ("preferences", "bot_links", "bot_chats", "people"):
        query = f"SELECT count(*) FROM notifier.{table}"  # noqa: S608 - our own words
        assert await rig.pool.fetchval(query) == 0, table
