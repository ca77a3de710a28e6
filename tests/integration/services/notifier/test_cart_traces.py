"""Why somebody was reminded of a cart, and why not, for people who look into it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from headsup.cli.main import app
from headsup.trace import Entry
from services.notifier.attempts import State
from services.notifier.channels import TransientError
from services.notifier.trace import MESSAGES, REQUESTS, trace
from tests.integration.services.notifier.test_intake import record, way_in
from tests.support.cart_requests import agrees, purchased, reminder
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig

HOUR = timedelta(hours=1)
BOUGHT = "they placed an order after they left the cart, or at most 10 minutes before"


async def _trace(rig: Rig, id_: str) -> list[Entry]:
    async with rig.pool.acquire() as connection:
        return await trace(connection, id_)


async def test_a_cart_is_found_by_its_own_id_with_what_was_said_of_it(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(agrees(), reminder("r1", "f-1", step=2))
        await rig.until({"r1.0": State.SENT})
    [request, message] = await _trace(rig, "cart-of-f-1")
    assert (request.section, message.section) == (REQUESTS, MESSAGES)
    assert request.detail["decision"] == "planned"
    assert request.detail["cart"] == "cart-of-f-1"
    assert request.detail["reminder"] == "2 of the visit of 2026-11-23 08:00"
    assert "why" not in request.detail
    assert message.heading == "cart.abandoned by email: sent"
    assert message.detail["to"] == "o***@mail.example"


async def test_a_reminder_that_was_not_sent_says_so_in_words(rig: Rig) -> None:
    entrance = way_in(rig)
    await entrance.take(record(agrees()), record(reminder("r1", "f-1")))
    await entrance.take(record(reminder("r2", "f-2")))
    bought_at = MONDAY - HOUR / 2
    await entrance.take(record(purchased(bought_at)), record(reminder("r3", "f-3")))
    [another] = await _trace(rig, "cart-of-f-2")
    assert another.detail["decision"] == "suppressed another_cart"
    assert another.detail["why"] == (
        "they were reminded of another cart shortly before: cart-of-f-1"
    )
    [bought] = await _trace(rig, "cart-of-f-3")
    assert bought.detail["decision"] == "suppressed bought"
    assert bought.detail["why"] == f"{BOUGHT}, the newest at 2026-11-23 08:30"


async def test_a_reminder_too_many_in_a_week_says_so_and_when_the_last_one_was(rig: Rig) -> None:
    entrance, most = way_in(rig), rig.settings.shops[SHOP].carts.most_in_a_week
    earlier = [record(reminder(f"r{n}", "f-1", step=n)) for n in range(1, most + 1)]
    await entrance.take(record(agrees()), *earlier)
    rig.clock.move(25 * HOUR)
    await entrance.take(record(reminder("r9", "f-2")))
    [capped] = await _trace(rig, "cart-of-f-2")
    assert capped.detail["decision"] == "suppressed capped"
    words = "they had as many reminders of carts in a week as the shop allows"
    assert capped.detail["why"] == f"{words}, the last at 2026-11-23 09:00"
    await rig.pool.execute("TRUNCATE notifier.cart_flows")
    [capped] = await _trace(rig, "cart-of-f-2")
    assert capped.detail["why"] == words


async def test_the_words_stay_when_what_was_behind_them_is_forgotten(rig: Rig) -> None:
    entrance = way_in(rig)
    await entrance.take(record(agrees()), record(reminder("r1", "f-1")))
    await entrance.take(record(reminder("r2", "f-2")))
    await entrance.take(record(purchased()), record(reminder("r3", "f-3")))
    await rig.pool.execute("TRUNCATE notifier.purchases, notifier.cart_flows")
    found = [(await _trace(rig, f"cart-of-f-{n}"))[0].detail["why"] for n in (2, 3)]
    assert found == [
        "they were reminded of another cart shortly before",
        BOUGHT,
    ]


async def test_a_message_that_was_stopped_at_the_last_moment_says_why(rig: Rig) -> None:
    rig.senders.email.fail(TransientError("421", retry_after=3600.0))
    async with rig.running():
        await rig.emit(agrees(), reminder("r1", "f-1"))
        await eventually(rig.has_retried)
        await rig.emit(purchased())

        async def is_known() -> bool:
            return bool(await rig.pool.fetchrow("TABLE notifier.purchases"))

        await eventually(is_known)
        await rig.is_due_now()
        await rig.until({"r1.0": State.SUPPRESSED})
    [_, message] = await _trace(rig, "cart-of-f-1")
    assert message.heading == "cart.abandoned by email: suppressed"
    assert message.detail["why"] == BOUGHT


async def test_the_command_finds_a_cart_and_names_nobody(
    rig: Rig, database_url: str, clean_environment: pytest.MonkeyPatch
) -> None:
    clean_environment.setenv("DATABASE_URL", database_url)
    await way_in(rig).take(record(agrees()), record(reminder("r1", "f-1")))
    shown = await _invoke("cart-of-f-1")
    assert shown.exit_code == 0
    assert "cart: cart-of-f-1" in shown.output
    assert "oksana" not in shown.output
    unknown = await _invoke("cart-of-f-2")
    assert unknown.exit_code == 1
    assert unknown.output == "Nothing is known of an order or cart cart-of-f-2.\n"


async def _invoke(id_: str) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, ["trace", id_])
