"""A cart on the page: what it led to, when, and what was not said of it."""

from datetime import timedelta

from headsup.contracts.base import Money
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Reason
from headsup.contracts.shop import OrderPlaced, PaymentState
from sandbox.scenarios.people import PEOPLE
from sandbox.web.stage import Stage
from tests.browser.chromium import Browser, Page
from tests.browser.conftest import Served
from tests.unit.sandbox.web.samples import (
    CART,
    DELIVERED,
    FLOW,
    NOON,
    message,
    record,
    recovered,
    reminded,
    unsaid,
)

SECOND = timedelta(seconds=1)
PLACED = OrderPlaced(
    order_id="1001",
    customer=PEOPLE["james"].as_customer(),
    total=Money(amount="1199.00", currency="UAH"),
    payment=PaymentState.PAID,
    cart_id="C1001",
)


def left_cart(stage: Stage) -> None:
    """A cart, a reminder of it, the order, that the one led to the other, and how it went on."""
    stage.saw(record(CART, event_id="cart"), NOON)
    stage.received(message(after=6 * SECOND))
    stage.saw(record(reminded("SM1", step=2), event_id="o1", after=6 * SECOND), NOON)
    stage.saw(record(PLACED, event_id="order", after=7 * SECOND), NOON)
    stage.saw(record(recovered("1001"), event_id="recovered", after=8 * SECOND), NOON)
    stage.saw(record(DELIVERED, event_id="delivered", after=9 * SECOND), NOON)


async def rows(page: Page, what: str) -> list[str]:
    """What is found in each row, newest first."""
    script = f"[...document.querySelectorAll('.row')].map((row) => {what})"
    found: list[str] = await page.run(script)
    return found


async def opened(browser: Browser, served: Served, count: int) -> Page:
    page = await browser.open(served.url, width=1280, height=900)
    await page.until(f"document.querySelectorAll('.row').length === {count}")
    return page


async def test_a_reminder_hangs_on_its_cart_and_says_which_one_it_is(
    browser: Browser, served: Served
) -> None:
    left_cart(served.demo.stage)
    page = await opened(browser, served, 4)

    assert await rows(page, "row.querySelector('.effects').textContent") == [
        "",
        "",
        "",
        "SMS · reminder 2",
    ]
    assert await page.run("document.querySelector('#latency').textContent") == "–"
    assert page.complaints == []


async def test_a_cart_its_order_and_the_word_that_the_reminder_worked_have_one_colour(
    browser: Browser, served: Served
) -> None:
    left_cart(served.demo.stage)
    page = await opened(browser, served, 4)

    assert await rows(page, "row.querySelector('.title').innerText.replaceAll('\\n', ' ')") == [
        "Delivered handed to: recipient",
        "The reminder worked order 1001, 1199.00 UAH",
        "Order placed 1199.00 UAH, payment paid",
        "Cart updated 1 line",
    ]
    assert await rows(page, "row.dataset.hue") == ["0", "0", "0", "0"]
    foot = await page.run("document.querySelector('.notice .foot').innerText")
    assert foot == "something in the cart · cart C1001"


async def test_why_nobody_was_reminded_stands_at_the_cart_once(
    browser: Browser, served: Served
) -> None:
    none = unsaid(Kind.CART_ABANDONED, Reason.NO_CONSENT, order_id=None, cart=FLOW)
    stage = served.demo.stage
    stage.saw(record(CART, event_id="cart"), NOON)
    page = await opened(browser, served, 1)

    stage.saw(record(none, event_id="o1", after=SECOND), NOON)
    stage.saw(record(none, event_id="o1", after=SECOND), NOON)  # Kafka may say it twice

    await page.until("document.querySelector('.unsaid') !== null")
    assert await rows(page, "row.querySelector('.effects').textContent") == [
        "not told: they never agreed to it"
    ]
    assert page.complaints == []


async def test_what_time_would_have_brought_and_was_not_said_has_a_row_of_its_own(
    browser: Browser, served: Served
) -> None:
    served.demo.stage.saw(record(unsaid(Kind.ORDER_CHECK_IN, Reason.NO_ADDRESS)), NOON)
    page = await opened(browser, served, 1)

    assert await rows(page, "row.querySelector('.detail').textContent") == [
        "its moment came: is everything all right?"
    ]
    assert await rows(page, "row.querySelector('.effects').textContent") == [
        "not told: no way leads to them"
    ]
