"""Why somebody got a message, as the ledger knows it."""

from datetime import timedelta

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from services.notifier.attempts import State
from services.notifier.channels import PermanentError
from services.notifier.scoped_links import WhyLinks
from tests.support.marketing import agrees, asks_for_a_review
from tests.support.notifier import MONDAY, OKSANA, Rig, known, requested
from tests.support.order_pages import OrderReader, reader_of

ENGLISH = Customer(id="c-1", email="oksana@mail.example", phone="+380501234567", language="en")


async def why(reader: OrderReader, request_id: str, name: str = "0") -> str:
    query = "SELECT seq, planned_at FROM notifier.notifications WHERE id = $1"
    row = await reader.rig.pool.fetchrow(query, f"{request_id}.{name}")
    assert row is not None
    response = await reader.opens(reader.links.whys.of(row["seq"], row["planned_at"]))
    assert response.status_code == 200
    return response.text


async def test_a_message_about_an_order_says_what_it_told_and_by_which_right(rig: Rig) -> None:
    async with rig.running(), reader_of(rig) as reader:
        await rig.emit(requested("r1", customer=ENGLISH))
        await rig.until({"r1.0": State.SENT})
        page = await why(reader, "r1")
    assert "about order A-1" in page
    assert "It is part of your order" in page
    assert "o***@mail.example" in page
    assert "oksana@" not in page


async def test_a_channel_that_did_not_bring_it_is_named_with_its_reason(rig: Rig) -> None:
    rig.senders.telegram.fail(PermanentError("403", Reason.BLOCKED))
    async with rig.running(), reader_of(rig) as reader:
        await rig.emit(
            known((Channel.TELEGRAM, "4242")),
            requested("r1", kind=Kind.SHIPMENT_OUT_FOR_DELIVERY, customer=ENGLISH),
        )
        await rig.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})
        page = await why(reader, "r1", "0.1")
    assert "Not on Telegram: you blocked us there." in page
    assert "by text message" in page


async def test_marketing_says_when_it_was_agreed_to(rig: Rig) -> None:
    async with rig.running(), reader_of(rig) as reader:
        await rig.emit(agrees(), asks_for_a_review("r1"))
        await rig.until({"r1.0": State.SENT})
        page = await why(reader, "r1")
    assert "/s/" in page
    assert "It is part of your order" not in page


async def test_forged_old_and_foreign_links_say_nothing(rig: Rig) -> None:
    async with rig.running(), reader_of(rig) as reader:
        await rig.emit(requested("r1", customer=ENGLISH))
        await rig.until({"r1.0": State.SENT})
        number = await rig.pool.fetchval("SELECT seq FROM notifier.notifications")
        order = reader.links.orders.of(number, MONDAY).replace("/o/", "/w/")
        forged = [await reader.opens(url) for url in (order, reader.links.whys.of(99, MONDAY))]
        rig.clock.move(WhyLinks.LIFETIME + timedelta(days=1))
        old = await reader.opens(reader.links.whys.of(number, MONDAY))
    assert {response.status_code for response in forged} == {404}
    assert len({response.text for response in forged}) == 1
    assert old.status_code == 410
    assert "A-1" not in old.text
    assert OKSANA.email
    assert OKSANA.email not in old.text
