"""People who help customers find an order, see what was said and not, and have it sent again."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette

from headsup.contracts import envelope
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import CustomerPurchased
from headsup.orders import MemoryOrderBook, OrderView
from services.notifier.attempts import State
from services.notifier.trace import trace
from services.notifier.web.page_routes import page_routes
from services.notifier.web_settings import SupportSettings, WebSettings
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, OKSANA, Rig, requested
from tests.support.order_pages import library_of
from tests.support.sealing import IN_CLEAR
from tests.support.serving import serving

SECRET = "what only the proxy says, and nobody else"
SUPPORT = SupportSettings(secret=SECRET.encode(), groups=frozenset({"support"}))
LOGGED_IN = {
    "X-Headsup-Proxy-Secret": SECRET,
    "X-Auth-Request-Email": "ada@shop.example",
    "X-Auth-Request-Groups": "all,support",
}
OURS = {"Origin": "https://notify.example", "Sec-Fetch-Site": "same-origin"}
BOUGHT = envelope.make(
    SHOP,
    "purchase-A-1",
    MONDAY,
    CustomerPurchased(order_id="A-1", order_number="№ 1001", customer=OKSANA, at=MONDAY),
)


@dataclass
class Book:
    """Of orders that nobody knows; it is away now and then."""

    is_away: bool = False

    async def orders(self, *_: Any) -> list[OrderView]:
        """As `OrderBook`."""
        if self.is_away:
            raise TimeoutError
        return []


@dataclass
class Desk:
    """Somebody who helps."""

    rig: Rig
    client: httpx.AsyncClient
    registry: CollectorRegistry
    book: Book

    async def form(self, **headers: str) -> dict[str, str]:
        """The hidden fields of the last form of the page."""
        said = await self.client.get("/support", headers=LOGGED_IN | headers)
        return hidden(said.text)

    async def finds(self, asked: str, **headers: str) -> httpx.Response:
        """Searches."""
        fields = await self.form() | {"asked": asked}
        return await self.client.post("/support", data=fields, headers=LOGGED_IN | OURS | headers)

    async def again(self, fields: Mapping[str, str]) -> httpx.Response:
        """Sends it again."""
        headers = LOGGED_IN | OURS
        return await self.client.post("/support/again", data=dict(fields), headers=headers)

    async def acts(self) -> list[tuple[Any, ...]]:
        """What is noted."""
        query = "SELECT operator, act, found, request_id FROM notifier.support_acts ORDER BY number"
        return [tuple(row) for row in await self.rig.pool.fetch(query)]

    async def knows(self, notification: str) -> bool:
        """Whether there is such a message."""
        return notification in await self.rig.states()

    def counted(self, act: str, why: str = "none") -> float:
        """How often this was done."""
        labels = {"act": act, "why": why}
        name = "headsup_notifier_support_acts_total"
        return self.registry.get_sample_value(name, labels) or 0.0


def hidden(html: str) -> dict[str, str]:
    """Of the last form of the page."""
    last = html.rpartition("<form")[2]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', last))


def _anyway(html: str) -> dict[str, str]:
    """Of the form that asks once more."""
    asking = html.partition('role="status"')[2].partition("</form>")[0]
    assert "Send it anyway" in asking
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asking))


@pytest.fixture
async def desk(rig: Rig) -> AsyncIterator[Desk]:
    rig.settings = replace(rig.settings, web=WebSettings(support=SUPPORT))
    book, registry = Book(), CollectorRegistry()
    routes = page_routes(rig.settings, library_of(rig, book), rig.supporting, registry)
    async with (
        serving(Starlette(routes=routes)) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
        rig.running(),
    ):
        yield Desk(rig, client, registry, book)


async def _told(desk: Desk) -> None:
    await desk.rig.emit(BOUGHT, requested("r1"))
    await desk.rig.until({"r1.0": State.SENT})


@pytest.mark.parametrize(
    "asked", ["A-1", "1001", "№ 1001", "oksana@mail.example", "+380501234567", "050 123 45 67"]
)
async def test_an_order_is_found_by_all_that_people_know(desk: Desk, asked: str) -> None:
    await _told(desk)
    said = await desk.finds(asked)
    assert "Order A-1" in said.text
    assert "order.received by email: sent" in said.text
    assert await desk.acts() == [("ada@shop.example", "looked", 1, None)]


async def test_of_an_order_that_is_not_known_nothing_is_said_that_may_be_false(desk: Desk) -> None:
    await _told(desk)
    said = await desk.finds("A-1")
    assert "What is true of this order is not known here" in said.text
    assert "wait for nothing" not in said.text


async def test_nothing_about_anybody_stands_in_the_page_that_must_not(desk: Desk) -> None:
    await _told(desk)
    said = await desk.finds("A-1")
    assert "oksana@" not in said.text
    assert "+380501234567" not in said.text
    assert said.headers["cache-control"] == "no-store"
    assert "script" not in said.headers["content-security-policy"]
    assert "asked" not in str(said.url)


async def test_what_another_shop_said_of_an_order_of_the_same_id_is_not_shown(desk: Desk) -> None:
    await _told(desk)
    await desk.rig.emit(requested("r2"))
    await desk.rig.until({"r1.0": State.SENT, "r2.0": State.SENT})
    for table, column in (("requests", "id"), ("notifications", "request_id")):
        query = f"UPDATE notifier.{table} SET source = 'https://o.example' WHERE {column} = 'r2'"  # noqa: S608
        await desk.rig.pool.execute(query)
    said = (await desk.finds("A-1")).text
    assert "<dd>r1</dd>" in said
    assert "<dd>r2</dd>" not in said
    assert 'value="r2"' not in said
    async with desk.rig.pool.acquire() as connection:
        all_of_them = [one.detail.get("request") for one in await trace(connection, "A-1")]
    assert {"r1", "r2"} <= set(all_of_them)


async def test_it_is_sent_again_once_under_a_new_id_and_noted(desk: Desk) -> None:
    await _told(desk)
    fields = hidden((await desk.finds("A-1")).text)
    assert fields["request"] == "r1"
    first, second = await desk.again(fields), await desk.again(fields)
    assert "asked for again" in first.text
    assert "sent before" in second.text

    async def is_sent() -> bool:
        states = await desk.rig.states()
        return any(
            name.startswith("again.") and state == State.SENT for name, state in states.items()
        )

    await eventually(is_sent)
    assert [(act, request) for _, act, _, request in await desk.acts()] == [
        ("looked", None),
        ("resent", "r1"),
        ("looked", None),
        ("looked", None),
    ]
    assert (desk.counted("resent"), desk.counted("refused", "known")) == (1, 1)
    assert "resent by ada@shop.example" in (await desk.finds("A-1")).text


async def test_nobody_sends_the_same_again_and_again(desk: Desk) -> None:
    await _told(desk)
    fields = hidden((await desk.finds("A-1")).text)
    said = [(await desk.again(fields | {"once": name})).text for name in ("one", "two")]
    assert "asked for again" in said[0]
    began = MONDAY.astimezone(UTC)
    assert f"ada@shop.example sent it again at {began:%H:%M}" in said[1]
    assert f"from {began + timedelta(minutes=5):%H:%M} UTC on" in said[1]
    assert desk.counted("refused", "too_soon") == 1
    desk.rig.clock.move(timedelta(minutes=6))
    assert "asked for again" in (await desk.again(fields | {"once": "three"})).text


async def test_what_was_sent_again_is_the_same_message(desk: Desk) -> None:
    await _told(desk)
    fields = hidden((await desk.finds("A-1")).text)
    await desk.again(fields | {"once": "one"})

    async def copies() -> list[str]:
        return [name.removesuffix(".0") for name in await desk.rig.states() if "again" in name]

    async def is_there() -> bool:
        return bool(await copies())

    await eventually(is_there)
    [copy] = await copies()
    assert "at most once" in (await desk.again(fields | {"once": "two", "request": copy})).text
    desk.rig.clock.move(timedelta(minutes=6))
    assert "asked for" in (await desk.again(fields | {"once": "three", "request": copy})).text
    assert "may go out once more" in (await desk.again(fields | {"once": "four"})).text


async def test_what_was_found_stays_in_sight_when_it_is_sent_again(desk: Desk) -> None:
    await _told(desk)
    found = await desk.finds("oksana@mail.example")
    said = await desk.again(hidden(found.text))
    assert said.text.index("asked for again") < said.text.index("Order A-1")
    assert "resent by ada@shop.example" in said.text
    assert 'name="asked" value="oksana@mail.example"' in said.text
    assert str(said.url).endswith("/support/again")
    assert said.history == []


async def test_what_came_of_it_is_said_even_if_nothing_can_be_found(desk: Desk) -> None:
    await _told(desk)
    fields = hidden((await desk.finds("A-1")).text)
    desk.book.is_away = True
    said = await desk.again(fields)
    assert (said.status_code, "asked for again" in said.text) == (200, True)


@pytest.mark.parametrize("is_old", [False, True])
async def test_what_was_withdrawn_is_asked_for_apart(desk: Desk, is_old: bool) -> None:
    await _told(desk)
    newer = "INSERT INTO notifier.withdrawals (request_id, superseded_by) VALUES ('r1', 'r2')"
    await desk.rig.emit(requested("r2", kind=Kind.ORDER_CANCELLED))
    await eventually(partial(desk.knows, "r2.0"))
    await desk.rig.pool.execute(newer)
    desk.rig.clock.move(timedelta(days=3 if is_old else 0))
    fields = hidden((await desk.finds("A-1")).text) | {"request": "r1"}
    asked = await desk.again(fields | {"although_old": "yes"})
    assert "because newer news took its place (order.cancelled)" in asked.text
    assert "Order A-1" in asked.text
    assert ("not worth telling any more, either" in asked.text) == is_old
    assert [act for _, act, _, _ in await desk.acts()] == ["looked", "refused", "looked"]
    assert desk.counted("refused", "withdrawn") == 1
    assert "asked for again" in (await desk.again(_anyway(asked.text))).text


async def test_whoever_looks_is_counted_and_not_named(desk: Desk) -> None:
    await _told(desk)
    await desk.finds("A-1")
    await desk.finds("nobody@mail.example")
    await desk.client.get("/support")
    assert (desk.counted("looked"), desk.counted("refused", "forged")) == (2, 1)
    page = generate_latest(desk.registry).decode()
    assert "ada@" not in page
    assert "mail.example" not in page


async def test_what_is_old_is_sent_again_only_if_that_is_wanted(desk: Desk) -> None:
    await _told(desk)
    fields = hidden((await desk.finds("A-1")).text)
    desk.rig.clock.move(timedelta(days=3))
    fields |= await desk.form()
    assert "not worth telling any more" in (await desk.again(fields)).text
    fields |= {"although_old": "yes", "once": "another"}
    assert "asked for again" in (await desk.again(fields)).text


@IN_CLEAR
async def test_an_address_that_nothing_is_sent_to_gets_nothing_again(desk: Desk) -> None:
    await _told(desk)
    await desk.rig.pool.execute(
        "INSERT INTO notifier.suppressions (source, address, reason, since)"
        " SELECT $1, unnest($2::text[]), 'opted_out', $3",
        SHOP,
        ["sms:+380501234567", "email:oksana@mail.example"],
        MONDAY,
    )
    await desk.again(hidden((await desk.finds("A-1")).text))

    async def is_decided() -> bool:
        query = "SELECT decision FROM notifier.requests WHERE id LIKE 'again.%'"
        return bool(await desk.rig.pool.fetchval(query) == "suppressed")

    await eventually(is_decided)
    shown = " ".join(re.sub(r"<[^>]+>", "", (await desk.finds("A-1")).text).split())
    assert "suppressed refused (it was not to be sent; the provider refuses it)" in shown
    assert "(email: the provider refuses it; telegram: no way leads to them;" in shown
    assert "by email: sent (the provider took it)" in shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"X-Headsup-Proxy-Secret": "a guess"},
        {"X-Headsup-Proxy-Secret": ""},
        {"X-Auth-Request-Email": ""},
        {"X-Auth-Request-Groups": "all"},
        {"X-Auth-Request-Groups": ""},
    ],
)
async def test_nobody_looks_for_whom_the_proxy_does_not_vouch(
    desk: Desk, wrong: dict[str, str]
) -> None:
    fields = await desk.form() | {"asked": "A-1"}
    shown = await desk.client.get("/support", headers=LOGGED_IN | wrong)
    found = await desk.client.post("/support", data=fields, headers=LOGGED_IN | OURS | wrong)
    assert (shown.status_code, found.status_code) == (403, 403)
    assert await desk.acts() == []


@pytest.mark.parametrize(
    ("groups", "status"),
    [
        ("support", 200),
        ("all , support", 200),
        ("all,,support,", 200),
        ("x,support", 200),  # or one group of that name: nobody can tell
        ("supporters", 403),
        ("Support", 403),
        ('"support"', 403),
        ("support;all", 403),
        ("cn=support,ou=groups", 403),
        (",", 403),
    ],
)
async def test_commas_stand_between_groups_and_nothing_else_does(
    desk: Desk, groups: str, status: int
) -> None:
    headers = LOGGED_IN | {"X-Auth-Request-Groups": groups}
    assert (await desk.client.get("/support", headers=headers)).status_code == status


async def test_a_header_that_stands_twice_is_believed_by_nobody(desk: Desk) -> None:
    headers = [*LOGGED_IN.items(), ("X-Auth-Request-Email", "eve@shop.example")]
    assert (await desk.client.get("/support", headers=headers)).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {},
    ],
)
async def test_a_form_of_another_site_does_nothing(desk: Desk, wrong: dict[str, str]) -> None:
    fields = await desk.form() | {"asked": "A-1"}
    said = await desk.client.post("/support", data=fields, headers=LOGGED_IN | wrong)
    assert said.status_code == 403
    assert await desk.acts() == []


async def test_a_form_is_its_own_persons_and_ends(desk: Desk) -> None:
    fields = await desk.form() | {"asked": "A-1"}
    other = LOGGED_IN | OURS | {"X-Auth-Request-Email": "eve@shop.example"}
    assert (await desk.client.post("/support", data=fields, headers=other)).status_code == 403
    desk.rig.clock.move(timedelta(hours=14))
    late = await desk.client.post("/support", data=fields, headers=LOGGED_IN | OURS)
    assert late.status_code == 403
    assert await desk.acts() == []


async def test_there_is_no_such_page_unless_it_is_asked_for(rig: Rig) -> None:
    paths = {
        getattr(route, "path", "")
        for route in page_routes(rig.settings, library_of(rig, MemoryOrderBook()), rig.supporting)
    }
    assert "/o/{code}" in paths
    assert not any(path.startswith("/support") for path in paths)
