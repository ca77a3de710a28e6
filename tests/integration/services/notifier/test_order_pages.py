"""The page of an order, from the shop's events to what its reader sees."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from headsup.contracts import shop
from headsup.contracts.base import Customer, Item
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.envelope import Event
from headsup.orders import OrderKey, OrderView
from services.notifier.scoped_links import OrderLinks
from tests.support.events import delivered, event, placed, scanned
from tests.support.notifier import KEY, MONDAY, PUBLIC, Rig
from tests.support.order_pages import OrderReader, reader_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OLENA = Customer(id="c-1", name="Олена", email="olena@mail.example", language="en")
TARAS = Customer(id="c-2", email="taras@mail.example", language="en")
URL = "https://shop.example/orders/A-1"


class Away:
    """A book of a database that is not there."""

    async def orders(
        self,
        keys: Sequence[OrderKey],  # noqa: ARG002 - as the real one
        now: datetime,  # noqa: ARG002
        audience: Audience = Audience.BUYER,  # noqa: ARG002
    ) -> list[OrderView]:
        raise asyncpg.CannotConnectNowError


@asynccontextmanager
async def reading(rig: Rig) -> AsyncIterator[OrderReader]:
    async with reader_of(rig) as reader, rig.running():
        yield reader


def order(**what: Any) -> Event[Any]:
    return placed("A-1", MONDAY, customer=OLENA, order_url=URL, **what)


async def page_of(reader: OrderReader, kind: Kind, customer: str | None = None) -> str:
    number, planned_at = await reader.until_told(kind, customer)
    response = await reader.opens(reader.links.orders.of(number, planned_at))
    assert response.status_code == 200
    return response.text


async def test_the_page_says_where_the_order_stands_and_when_its_customer_hears_more(
    rig: Rig,
) -> None:
    async with reading(rig) as reader:
        await reader.happens(order())
        page = await page_of(reader, Kind.ORDER_CONFIRMED)
    assert "Order A-1" in page
    assert "The order is being prepared" in page
    assert "You hear from us again by" in page
    assert "UAH" in page or "₴" in page
    assert URL in page


async def test_what_was_told_is_listed_with_its_way_and_what_became_of_it(rig: Rig) -> None:
    async with reading(rig) as reader:
        await reader.happens(order())
        number, planned_at = await reader.until_told(Kind.ORDER_CONFIRMED)
        page = (await reader.opens(reader.links.orders.of(number, planned_at))).text
    assert "By e-mail, o***@mail.example: sent" in page
    assert "olena@mail.example" not in page


async def test_the_page_is_of_this_moment_and_not_of_when_the_message_was_sent(rig: Rig) -> None:
    async with reading(rig) as reader:
        await reader.happens(order())
        number, planned_at = await reader.until_told(Kind.ORDER_CONFIRMED)
        await reader.happens(scanned("A-1", MONDAY + HOUR), delivered("A-1", MONDAY + 5 * HOUR))
        page = (await reader.opens(reader.links.orders.of(number, planned_at))).text
    assert "Everything has been delivered" in page
    assert "The carrier took the parcel" in page
    assert "You can send something back by " in page


async def test_an_approved_return_says_what_to_do_in_one_click_from_the_top(rig: Rig) -> None:
    approved = shop.ReturnApproved(
        order_id="A-1",
        return_id="R-1",
        method=shop.ReturnMethod.DROP_OFF,
        send_by=(MONDAY + 10 * DAY).date(),
        address="Post office 7",
        code="RET-77",
        label_url="https://shop.example/label",
    )
    async with reading(rig) as reader:
        await reader.happens(order(), delivered("A-1", MONDAY + HOUR))
        await reader.happens(event(approved, MONDAY + 2 * HOUR))
        page = await page_of(reader, Kind.RETURN_APPROVED)
    assert 'href="#return"' in page
    assert 'id="return"' in page
    assert "hand it in here: Post office 7." in page
    assert "RET-77" in page
    assert "https://shop.example/label" in page


async def test_a_gifts_recipient_sees_the_parcel_and_no_price_no_contents_no_buyer(
    rig: Rig,
) -> None:
    async with reading(rig) as reader:
        await reader.happens(order(recipient=TARAS, items=(Item(name="Perfume"),)))
        bought = await page_of(reader, Kind.ORDER_CONFIRMED, "c-1")
        await reader.happens(scanned("A-1", MONDAY + HOUR))
        page = await page_of(reader, Kind.SHIPMENT_SHIPPED, "c-2")
    assert "A parcel for you" in page
    assert "The parcel is on its way" in page
    for secret in ("Perfume", "1,299", "1299", "Олена", "mail.example: sent, o", URL, "A-1"):
        assert secret not in page
    assert "o***@" not in page
    assert "Perfume" in bought
    assert "t***@" not in bought


@pytest.mark.parametrize(
    ("language", "words"),
    [("uk", "Замовлення A-1"), ("ru", "Заказ A-1"), ("en", "Order A-1"), ("xx", "Order A-1")],
)
async def test_it_is_read_in_another_language_without_a_cookie(
    rig: Rig, language: str, words: str
) -> None:
    async with reading(rig) as reader:
        await reader.happens(order())
        number, planned_at = await reader.until_told(Kind.ORDER_CONFIRMED)
        link = reader.links.orders.of(number, planned_at)
        response = await reader.opens(f"{link}?lang={language}")
    assert words in response.text
    assert "set-cookie" not in response.headers


async def test_the_page_is_small_is_not_kept_and_runs_nothing(rig: Rig) -> None:
    async with reading(rig) as reader:
        await reader.happens(order())
        number, planned_at = await reader.until_told(Kind.ORDER_CONFIRMED)
        response = await reader.opens(reader.links.orders.of(number, planned_at))
    assert len(response.content) < 30_000
    assert "<script" not in response.text
    assert "<img" not in response.text
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in response.headers["content-security-policy"]


async def test_a_forged_link_one_of_no_message_and_one_of_another_purpose_are_answered_alike(
    rig: Rig,
) -> None:
    async with reading(rig) as reader:
        await reader.happens(order())
        number, planned_at = await reader.until_told(Kind.ORDER_CONFIRMED)
        good = reader.links.orders.of(number, planned_at)
        others = (
            good[:-1] + ("A" if good[-1] != "A" else "B"),
            reader.links.orders.of(number + 1000, planned_at),
            reader.links.whys.of(number, planned_at).replace("/w/", "/o/"),
            OrderLinks(PUBLIC, KEY[::-1]).of(number, planned_at),
            f"{PUBLIC}/o/none",
            f"{PUBLIC}/o/{'я' * 24}",
        )
        answers = {
            (response.status_code, response.text)
            for url in others
            for response in [await reader.opens(url)]
        }
    assert len(answers) == 1
    assert answers.pop()[0] == 404


async def test_an_old_link_says_how_to_get_on_and_shows_nothing_of_the_order(rig: Rig) -> None:
    async with reading(rig) as reader:
        await reader.happens(order())
        number, planned_at = await reader.until_told(Kind.ORDER_CONFIRMED)
        rig.clock.move(OrderLinks.LIFETIME + DAY)
        response = await reader.opens(reader.links.orders.of(number, planned_at))
    assert response.status_code == 410
    assert "This link has expired" in response.text
    assert "help@shop.example" in response.text
    assert "A-1" not in response.text


async def test_an_order_that_nobody_knows_any_more_leads_to_a_person(rig: Rig) -> None:
    async with reading(rig) as reader:
        await reader.happens(order())
        number, planned_at = await reader.until_told(Kind.ORDER_CONFIRMED)
        await rig.pool.execute("DELETE FROM order_events.orders")
        response = await reader.opens(reader.links.orders.of(number, planned_at))
    assert response.status_code == 404
    assert "help@shop.example" in response.text


async def test_an_order_that_is_said_to_be_somebody_elses_is_shown_to_the_first_no_more(
    rig: Rig,
) -> None:
    async with reading(rig) as reader:
        await reader.happens(order())
        number, planned_at = await reader.until_told(Kind.ORDER_CONFIRMED)
        await reader.happens(placed("A-1", MONDAY + HOUR, customer=TARAS))
        response = await reader.opens(reader.links.orders.of(number, planned_at))
    assert response.status_code == 404
    assert "Чайник" not in response.text


async def test_a_shop_that_we_write_for_no_more_has_no_pages(rig: Rig) -> None:
    async with reading(rig) as reader:
        await reader.happens(order())
        number, planned_at = await reader.until_told(Kind.ORDER_CONFIRMED)
        await rig.pool.execute("UPDATE notifier.requests SET source = 'https://gone.example'")
        response = await reader.opens(reader.links.orders.of(number, planned_at))
    assert response.status_code == 404


async def test_without_a_database_it_is_asked_to_try_again(rig: Rig) -> None:
    async with rig.running(), reader_of(rig, Away()) as reader:
        await reader.happens(order())
        number, planned_at = await reader.until_told(Kind.ORDER_CONFIRMED)
        response = await reader.opens(reader.links.orders.of(number, planned_at))
    assert response.status_code == 503
    assert "try again" in response.text


async def test_a_message_that_nobody_can_read_any_more_has_no_page(rig: Rig) -> None:
    async with reading(rig) as reader:
        await reader.happens(order())
        number, planned_at = await reader.until_told(Kind.ORDER_CONFIRMED)
        await rig.pool.execute("UPDATE notifier.requests SET request = ''")
        response = await reader.opens(reader.links.orders.of(number, planned_at))
    assert response.status_code == 404


async def test_who_is_forgotten_has_no_pages(rig: Rig) -> None:
    async with reading(rig) as reader:
        await reader.happens(order())
        number, planned_at = await reader.until_told(Kind.ORDER_CONFIRMED)
        await rig.pool.execute("UPDATE notifier.notifications SET address = ''")
        shown = await reader.opens(reader.links.orders.of(number, planned_at))
        why = await reader.opens(reader.links.whys.of(number, planned_at))
    assert (shown.status_code, why.status_code) == (404, 404)
