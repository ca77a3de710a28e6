"""A database that was restored is reminded (`headsup db recall`), and its addresses are encrypted,
by the user that docs/operating/install.md makes for people at the command line."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from headsup.contracts import envelope
from headsup.contracts.base import Contract
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import (
    CartFlow,
    NotificationOutcome,
    NotificationRequested,
    OutcomeStatus,
)
from headsup.contracts.replies import (
    Answer,
    ChatLinked,
    ChatUnlinked,
    CustomerOptedIn,
    CustomerOptedOut,
    CustomerReplied,
    PreferencesChanged,
    Question,
)
from headsup.kafka.producer import Producer
from sandbox.parts.postgres import EmbeddedPostgres
from tests.support.database_users import NOTIFIER, TOOLS, run
from tests.support.events import SHOP, outgoing
from tests.support.notifier import OKSANA, requested
from tests.support.sealing import keys

pytestmark = pytest.mark.timeout(180)  # a server of its own starts first

REMINDED = (
    *("requests", "notifications", "counted", "cart_flows", "wishes", "stopped_numbers"),
    *("suppressions", "opt_outs", "preferences", "bot_chats", "replies"),
)
"""Tables in which a database that is reminded gets rows."""


@pytest.fixture
async def owner(server: EmbeddedPostgres) -> AsyncIterator[Any]:
    """Who looks what came of it."""
    connection = await asyncpg.connect(server.url_of("headsup", "headsup"))
    yield connection
    await connection.close()


@pytest.fixture
async def toolbox(
    server: EmbeddedPostgres,
    topics: str,
    bootstrap_servers: str,
    clean_environment: pytest.MonkeyPatch,
) -> pytest.MonkeyPatch:
    """Its environment, where Kafka has much to remind a database of."""
    producer = Producer(bootstrap_servers, name="shop")
    await producer.start()
    at = datetime.now(UTC) - timedelta(hours=1)
    await producer.publish([outgoing(topics, each) for each in said_since(at)])
    await producer.stop()
    clean_environment.setenv("KAFKA_BOOTSTRAP_SERVERS", bootstrap_servers)
    clean_environment.setenv("HEADSUP_TOPIC_PREFIX", topics)
    clean_environment.setenv("DATABASE_URL", server.url_of("headsup", TOOLS))
    return clean_environment


def sent(asked: Event[NotificationRequested], at: datetime) -> Contract:
    """That its one message went out."""
    data = asked.data
    return NotificationOutcome(
        request_id=asked.id,
        order_id=data.order_id,
        cart=data.cart,
        customer_id=data.customer.id,
        kind=data.kind,
        status=OutcomeStatus.SENT,
        at=at,
        notification_id=f"{asked.id}.0",
        channel=Channel.EMAIL,
    )


def said_since(at: datetime) -> list[Event[Any]]:
    """Whatever Kafka may have to remind a database of."""
    flow = CartFlow(cart_id="k-1", flow="f", step=1, touched_at=at)
    asked = requested("asked", at=at)
    cart = requested("cart", kind=Kind.CART_ABANDONED, order_id=None, cart=flow, at=at)
    who: dict[str, Any] = {"customer_id": OKSANA.id}
    chat = who | {"channel": Channel.TELEGRAM, "address": "771230077"}
    number = who | {"channel": Channel.SMS, "message_class": MessageClass.TRANSACTIONAL}
    words: list[Contract] = [
        sent(asked, at),
        sent(cart, at),
        CustomerOptedOut(**number, address="+380501112201"),
        CustomerOptedIn(**number, address="+380501112201"),
        CustomerOptedOut(**number, address=OKSANA.phone),
        CustomerOptedOut(**number),
        CustomerOptedOut(**who, message_class=MessageClass.MARKETING),
        PreferencesChanged(**who, language="uk"),
        ChatLinked(**chat),
        ChatUnlinked(**chat),
        CustomerOptedOut(**chat, message_class=MessageClass.TRANSACTIONAL),
        CustomerOptedIn(**chat, message_class=MessageClass.TRANSACTIONAL),
        CustomerReplied(
            **who,
            order_id="A-1",
            request_id="asked",
            question=Question.RATING,
            answer=Answer.FIVE,
            channel=Channel.EMAIL,
        ),
    ]
    moments = [at + timedelta(seconds=number) for number in range(len(words))]
    pairs = enumerate(zip(words, moments, strict=True))
    return [asked, cart, *(envelope.make(SHOP, f"word.{n}", then, one) for n, (one, then) in pairs)]


async def test_whoever_may_not_remind_it_is_told_who_may(
    server: EmbeddedPostgres, toolbox: pytest.MonkeyPatch
) -> None:
    toolbox.setenv("DATABASE_URL", server.url_of("headsup", NOTIFIER))
    refused = await run("db", "recall")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("The user in DATABASE_URL may not do that: give the address")


async def test_people_remind_it_encrypt_its_addresses_and_remind_it_again(
    toolbox: pytest.MonkeyPatch, owner: Any
) -> None:
    await _is_reminded(owner)
    assert await _wished(owner, "sms:+380%")
    toolbox.setenv("HEADSUP_ADDRESS_KEYS", keys("k1"))
    rotated = await run("addresses", "rotate")
    assert rotated.exit_code == 0, rotated.output
    assert not await _wished(owner, "sms:+380%")
    await owner.execute(f"TRUNCATE {', '.join(f'notifier.{table}' for table in REMINDED)}")
    await _is_reminded(owner)
    assert not await _wished(owner, "sms:+380%")


async def _is_reminded(owner: Any) -> None:
    recalled = await run("db", "recall")
    assert recalled.exit_code == 0, recalled.output
    assert "notifier: 2 requests that were dealt with since are known again" in recalled.output
    any_row = "SELECT EXISTS (SELECT FROM notifier.{})"
    assert {each for each in REMINDED if not await owner.fetchval(any_row.format(each))} == set()


async def _wished(owner: Any, address: str) -> bool:
    """Whether somebody wanted no more, or some again, at such an address."""
    query = "SELECT EXISTS (SELECT FROM notifier.wishes WHERE address LIKE $1)"
    return bool(await owner.fetchval(query, address))
