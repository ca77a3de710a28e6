"""`headsup erase` in front of all three services: nothing of a person is left anywhere."""

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from headsup.cli.main import app
from headsup.contracts import shop
from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.contracts.registry import READ, Internal
from headsup.contracts.shop import CartItem
from headsup.kafka.producer import Outgoing, Producer
from sandbox.providers.inbox import Inbox
from tests.support.events import SHOP, event, outgoing, placed
from tests.support.eventually import eventually
from tests.support.notifier import PROVIDERS
from tests.support.processes import service
from tests.support.providers import providers
from tests.support.reading import TopicReader
from tests.support.traces import columns_with, holds, records_with

NAME, MAIL, PHONE, NOTE = "Zemfira-Q7", "zemfira@mark.example", "+380671230077", "the blue gate"
MARKS = (NAME, MAIL, PHONE, NOTE, "zemfira", "671230077")
ZEMFIRA = Customer(id="c-7", name=NAME, email=MAIL, phone=PHONE)
SERVICES = ("order_events", "cart_recovery", "notifier")


@pytest.fixture
def settings(
    clean_environment: pytest.MonkeyPatch, bootstrap_servers: str, database_url: str, topics: str
) -> dict[str, str]:
    given = {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "DATABASE_URL": database_url,
        "HEADSUP_TOPIC_PREFIX": topics,
        "HEADSUP_INSTANCE": "one",
    }
    for name, value in given.items():
        clean_environment.setenv(name, value)
    return given


async def _invoke(*more: str) -> Any:
    arguments = ["erase", "--source", SHOP, "--customer", "c-7", *more]
    return await asyncio.to_thread(CliRunner().invoke, app, arguments)


async def _plant(settings: dict[str, str]) -> None:
    prefix, now = settings["HEADSUP_TOPIC_PREFIX"], datetime.now(UTC)
    contacts = (shop.ContactPoint(channel=Channel.EMAIL, address=MAIL),)
    bad = {"source": SHOP, "data": {"order_id": 7, "customer": {"id": "c-7", "email": MAIL}}}
    events = [
        event(shop.CustomerUpdated(customer_id="c-7", name=NAME, contacts=contacts), now),
        event(shop.CartUpdated(cart_id="k-7", items=(CartItem(name="K"),), customer=ZEMFIRA), now),
        placed("A-7", now, customer=ZEMFIRA),
        event(shop.NoteAdded(order_id="A-7", note_id="n", note=NOTE), now),
    ]
    producer = Producer(settings["KAFKA_BOOTSTRAP_SERVERS"], name="test")
    await producer.start()
    await producer.publish([outgoing(prefix, one) for one in events])
    await producer.publish([Outgoing(prefix + "shop.orders", b"A-7", json.dumps(bad).encode())])
    await producer.stop()


async def _left(settings: dict[str, str]) -> set[str]:
    """Everywhere where a word of theirs stands that must not."""
    servers, prefix = settings["KAFKA_BOOTSTRAP_SERVERS"], settings["HEADSUP_TOPIC_PREFIX"]
    connection = await asyncpg.connect(settings["DATABASE_URL"])
    found = set()
    for schema in ("notifier", "order_events"):
        columns = await columns_with(connection, schema, *MARKS)
        found |= {f"{schema}.{column}" for column in columns}
    await connection.close()
    for topic in READ:
        if await records_with(servers, prefix + topic.dead_letters, *MARKS):
            found.add(topic.dead_letters)
    for name in (Internal.CARTS_KEPT.value, "shop.customers"):
        async with TopicReader(servers, prefix + name) as reader:
            newest = {record.key: record.value for record in await reader.all_now()}
        if any(holds(value, MARKS) for value in newest.values()):
            found.add(name)
    return found


@pytest.mark.slow
async def test_nothing_is_left_of_a_person_in_any_table_any_dead_letter_and_any_cart(
    settings: dict[str, str],
) -> None:
    async with AsyncExitStack() as parts:
        addresses = await parts.enter_async_context(providers(Inbox(lambda: datetime.now(UTC))))
        for name in SERVICES:
            running = service(f"services.{name}", PROVIDERS | settings | addresses)
            await (await parts.enter_async_context(running)).until_ready()
        await _plant(settings)
        everywhere = {
            "notifier.people.entry",
            "notifier.notifications.address",
            "order_events.orders.facts",
            "shop.orders.dlq",
            "cart_recovery.carts",
            "shop.customers",
        }

        async def is_planted() -> bool:
            return everywhere <= await _left(settings)

        await eventually(is_planted)

        result = await _invoke()

        assert result.exit_code == 0, result.output
        assert NAME not in result.output
        await eventually(lambda: _is_clean(settings))
        again = await _invoke()
        assert again.exit_code == 0, again.output


async def _is_clean(settings: dict[str, str]) -> bool:
    assert await _left(settings) <= {"order_events.outbox.value"}
    return not await _left(settings)


@pytest.mark.usefixtures("settings")
async def test_it_says_that_nobody_has_heard_of_it_where_no_service_runs() -> None:
    result = await _invoke("--wait", "0.1")
    assert result.exit_code == 1
    assert "Nobody has heard of it yet" in result.stderr
