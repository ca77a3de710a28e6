"""Each service does its work as the user that Strimzi makes for it, with its rights alone."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.rights import USERS, Right, User
from headsup.cli.main import app
from headsup.contracts.registry import Internal, Topic
from headsup.contracts.schemas import ROOT
from headsup.contracts.shop import CustomerErased
from headsup.kafka.consumer import Consumer
from headsup.kafka.producer import Outgoing, Producer
from headsup.kafka.security import Brokers, security_from
from headsup.kafka.topics import apply_topics, partitions_alike
from headsup.settings import Environment, SettingsError
from sandbox.parts.process import PartUnavailableError
from sandbox.providers.inbox import Inbox
from tests.fixtures.missing import missing
from tests.support.cart_recovery import carts_on
from tests.support.certificates import Authority
from tests.support.events import event, outgoing, placed
from tests.support.eventually import eventually
from tests.support.notifier import PROVIDERS, requested, shop_without_night
from tests.support.processes import ended, service
from tests.support.providers import providers
from tests.support.reading import TopicReader
from tests.support.secured_kafka import PASSWORD, Door, SecuredKafka, give_rights
from tests.support.traces import records_with

pytestmark = pytest.mark.timeout(180)  # a Kafka of its own starts first

NOBODY = "headsup-nobody"
REFUSED = "The broker does not let this user use the"
As = Callable[[str], dict[str, str]]
LACKS = (
    ("order_events", Topic.REQUESTED, "Write", "write to"),
    ("cart_recovery", Internal.JOINED, "Write", "write to"),
    ("cart_recovery", Internal.CARTS_KEPT, "Read", "read"),
    ("notifier", Topic.CUSTOMERS, "Read", "read"),
    ("notifier", Topic.OUTCOMES, "Write", "write to"),
    ("notifier", Topic.ORDERS.dead_letters, "Delete", "delete records of"),
)
"""A service whose user has all rights but one, and what that one lets it do."""


def lacks(number: int) -> User:
    """The user of that line."""
    service_, topic, operation, _ = LACKS[number]
    name = f"headsup-{service_.replace('_', '-')}"
    [whole] = [user for user in USERS if user.name == name]
    rights = [
        Right(each.kind, each.name, tuple(o for o in each.operations if o != operation))
        if each.name == topic
        else each
        for each in whole.rights
    ]
    return User(f"headsup-lacks-{number}", tuple(rights))


LACKING = [lacks(number) for number in range(len(LACKS))]


@pytest.fixture(scope="module")
def kafka(authority: Authority) -> Iterator[SecuredKafka]:
    """One that knows our users and has our topics."""
    kafka = SecuredKafka(authority, [NOBODY, *(user.name for user in (*USERS, *LACKING))])
    try:
        kafka.start()
    except PartUnavailableError as error:
        missing(str(error))
    asyncio.run(_prepare(kafka.bootstrap_servers))
    yield kafka
    kafka.stop()


async def _prepare(servers: str) -> None:
    await apply_topics(servers, partitions=2)
    await give_rights(servers, (*USERS, *LACKING))


@pytest.fixture
def as_user(kafka: SecuredKafka, authority: Authority) -> As:
    """Settings with which Kafka is reached as a user."""

    def settings(name: str) -> dict[str, str]:
        return {
            "KAFKA_BOOTSTRAP_SERVERS": kafka.at(Door.SASL_TLS),
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_TLS_CA": str(authority.certificate),
            "KAFKA_SASL_MECHANISM": "PLAIN",
            "KAFKA_SASL_USERNAME": name,
            "KAFKA_SASL_PASSWORD": PASSWORD,
        }

    return settings


def brokers(settings: dict[str, str]) -> Brokers:
    security = security_from(Environment(settings))
    return Brokers(settings["KAFKA_BOOTSTRAP_SERVERS"], security)


async def publish(kafka: SecuredKafka, *records: Outgoing) -> None:
    """The shop writes these."""
    producer = Producer(kafka.bootstrap_servers, name="shop")
    await producer.start()
    await producer.publish(records)
    await producer.stop()


async def at_least(kafka: SecuredKafka, topic: str, count: int) -> None:
    async with TopicReader(kafka.bootstrap_servers, topic) as reader:
        await reader.at_least(count)


def without_refusal(logs: str) -> bool:
    """Whether nothing that a service did was refused."""
    return "Authorization" not in logs and "not authorized" not in logs


async def test_order_events(kafka: SecuredKafka, as_user: As, database_url: str) -> None:
    settings = as_user("headsup-order-events") | {"DATABASE_URL": database_url}
    now = datetime.now(UTC)
    async with service("services.order_events", settings) as running:
        await running.until_ready()
        broken = Outgoing(Topic.ORDERS, b"x", b"{")
        await publish(kafka, outgoing("", placed("A-1", now)), broken)
        await at_least(kafka, Topic.REQUESTED, 1)
        await at_least(kafka, Topic.ORDERS.dead_letters, 1)
        code, _, logs = await running.terminate()
    assert code == 0
    assert without_refusal(logs), logs


async def test_cart_recovery(kafka: SecuredKafka, as_user: As, tmp_path: Path) -> None:
    told = as_user("headsup-cart-recovery")
    async with (
        carts_on(kafka.bootstrap_servers, "", tmp_path) as carts,
        carts.watched(**told) as running,
    ):
        await running.until_ready()
        await carts.producer.publish([Outgoing(Topic.CARTS, b"key", b"{")])
        await carts.tell(*carts.left("K1", "K2"), carts.bought("K2"))
        await carts.until_asked(("K1", 1))
        await carts.dead(Topic.CARTS, 1)
        code, _, logs = await running.terminate()
    assert code == 0
    assert without_refusal(logs), logs


async def test_the_notifier(
    kafka: SecuredKafka, as_user: As, database_url: str, tmp_path: Path
) -> None:
    settings = {
        **PROVIDERS,
        **as_user("headsup-notifier"),
        "HEADSUP_SHOPS": shop_without_night(tmp_path),
        "DATABASE_URL": database_url,
    }
    letter = Outgoing(
        Topic.ORDERS.dead_letters, b"c-1", json.dumps({"customer_id": "c-1"}).encode()
    )
    inbox = Inbox(lambda: datetime.now(UTC))
    async with (
        providers(inbox) as addresses,
        service("services.notifier", settings | addresses) as running,
    ):
        await running.until_ready()
        asked = requested("r1", at=datetime.now(UTC))
        broken = Outgoing(Topic.CUSTOMERS, b"x", b"{")
        await publish(kafka, outgoing("", asked), broken, letter)
        await at_least(kafka, Topic.OUTCOMES, 1)
        await at_least(kafka, Topic.CUSTOMERS.dead_letters, 1)
        erased = event(CustomerErased(customer_id="c-1"), datetime.now(UTC))
        await publish(kafka, outgoing("", erased))
        await eventually(lambda: _is_gone(kafka, letter.topic, "c-1"))
        code, _, logs = await running.terminate()
    assert code == 0
    assert without_refusal(logs), logs


async def _is_gone(kafka: SecuredKafka, topic: str, mark: str) -> bool:
    return not await records_with(kafka.bootstrap_servers, topic, mark)


async def test_the_tools(
    kafka: SecuredKafka, as_user: As, clean_environment: pytest.MonkeyPatch
) -> None:
    for name, value in as_user("headsup-tools").items():
        clean_environment.setenv(name, value)
    valid = str(ROOT / "examples" / "valid" / "shop.order.placed.card.json")
    emitted = await _run("emit", valid)
    assert emitted.exit_code == 0, emitted.output
    await publish(kafka, Outgoing(Topic.SHIPMENTS.dead_letters, b"x", b"{"))
    listed = await _run("dlq", "list", "--topic", Topic.SHIPMENTS.value)
    assert listed.exit_code == 0, listed.output
    assert f"{Topic.SHIPMENTS.dead_letters}" in listed.output


async def test_the_tools_remind_a_restored_database(
    as_user: As, database_url: str, clean_environment: pytest.MonkeyPatch
) -> None:
    for name, value in {**as_user("headsup-tools"), "DATABASE_URL": database_url}.items():
        clean_environment.setenv(name, value)
    recalled = await eventually(_recalled, seconds=90)  # a notifier of another test may leave late
    assert "requests that were dealt with" in recalled.output


async def _recalled() -> Any:
    """What it said, once no notifier is in the group any more."""
    done = await _run("db", "recall")
    assert done.exit_code == 0 or "does a notifier" in done.output, done.output
    return done if done.exit_code == 0 else None


async def _run(*words: str) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, list(words))


async def test_what_a_user_may_not_do_is_a_sentence(as_user: As) -> None:
    orders = brokers(as_user("headsup-order-events"))
    with pytest.raises(SettingsError, match=f"{REFUSED} topic shop.carts:"):
        await Consumer(orders, [Topic.CARTS], group="order_events").start()
    stranger = Consumer(orders, [Topic.ORDERS], group="notifier")
    with pytest.raises(SettingsError, match=f"{REFUSED} group notifier:"):
        await _read(stranger)
    await stranger.stop()
    producer = Producer(brokers(as_user(NOBODY)), name="test")
    with pytest.raises(SettingsError, match="lets this user write to no topic"):
        await producer.start()


async def _read(consumer: Consumer) -> None:
    await consumer.start()
    for _ in range(20):
        await consumer.batch(max_records=1, wait=0.5)


async def test_a_topic_that_may_not_be_seen_is_not_said_to_be_missing(as_user: As) -> None:
    with pytest.raises(SettingsError) as caught:
        await partitions_alike(brokers(as_user(NOBODY)), [Topic.CARTS, "no.such"])
    (sentence,) = caught.value.problems
    assert sentence.startswith(f"{REFUSED} topic no.such, shop.carts:")


async def test_a_service_without_its_rights_ends_with_a_sentence(
    as_user: As, database_url: str
) -> None:
    settings = as_user("headsup-notifier") | {
        "DATABASE_URL": database_url,
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": "0",
    }
    code, said = await ended("services.order_events", settings)
    assert code == 2
    ours = [line for line in said.splitlines() if not line.startswith("{")]
    assert ours == [
        "order_events cannot run: The broker does not let this user read customers.replied, "
        "notifications.outcomes, shop.incidents, shop.orders, shop.payments, shop.returns, "
        "shop.shipments, shop.support: see docs/operating/tls.md."
    ]


@pytest.mark.parametrize("number", range(len(LACKS)), ids=[" ".join(each[:3]) for each in LACKS])
async def test_one_right_that_lacks_is_told_before_anything_is_done(
    as_user: As, database_url: str, tmp_path: Path, number: int
) -> None:
    module, topic, _, act = LACKS[number]
    settings = {
        **PROVIDERS,
        **as_user(LACKING[number].name),
        "HEADSUP_SHOPS": shop_without_night(tmp_path),
        "DATABASE_URL": database_url,
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": "0",
    }
    code, said = await ended(f"services.{module}", settings)
    assert code == 2, said
    assert said.splitlines()[-1] == (
        f"{module} cannot run: The broker does not let this user {act} {topic}: "
        "see docs/operating/tls.md."
    )
