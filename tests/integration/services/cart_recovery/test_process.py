"""`python -m services.cart_recovery` as an operator sees it."""

import json
from pathlib import Path

from headsup.contracts.registry import Topic
from headsup.kafka.producer import Outgoing
from headsup.kafka.topics import apply_topics
from sandbox.parts.broker import Broker
from services.cart_recovery.wiring import BESIDE
from tests.fixtures.topics import PARTITIONS, NewTopicFixture
from tests.support.cart_recovery import MODULE, Carts, carts_on
from tests.support.eventually import eventually
from tests.support.processes import ended


async def refused(settings: dict[str, str]) -> list[str]:
    """The sentences with which it refuses to start."""
    here = {"HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0"}
    code, said = await ended(MODULE, here | settings)
    assert code == 2, said
    sentences = [line for line in said.splitlines() if not line.startswith("{")]
    return [sentence.removeprefix("cart_recovery cannot run: ") for sentence in sentences]


async def test_it_ends_within_ten_seconds_of_sigterm_and_leaves_no_word_of_anybody(
    carts: Carts,
) -> None:
    async with carts.watched() as running:
        await running.until_ready()
        await carts.tell(*carts.left("K1"), carts.bought("K2"))
        await carts.producer.publish([Outgoing(carts.prefix + Topic.CARTS, b"key", b"{")])
        await carts.until_asked(("K1", 1))
        assert (await running.get("/livez")).json() == {"ok": True, "problems": []}
        metrics = (await running.get("/metrics")).text
        code, seconds, logs = await running.terminate()
    labels = 'kind="cart.abandoned",shop="https://shop.example",step="1"'
    assert f"headsup_cart_reminders_requested_total{{{labels}}} 1.0" in metrics
    assert 'headsup_cart_recovery_joined_total{topic="shop.orders"} 1.0' in metrics
    assert (code, seconds < 10) == (0, True)
    lines = [json.loads(line) for line in logs.splitlines()]
    assert {"ready", "record set aside", "ended"} <= {line["event"] for line in lines}
    ours = [line for line in lines if "library" not in line]
    assert {line["level"] for line in ours} == {"info", "warning"}
    assert "oksana" not in logs


async def test_what_was_read_before_the_end_is_not_read_again(carts: Carts) -> None:
    async with carts.watched() as running:
        await running.until_ready()
        await carts.tell(*carts.left("K1", "K2"))
        await carts.until_asked(("K1", 1))
        code, _, _ = await running.terminate()
        assert code == 0
    async with carts.watched() as running:
        await running.until_ready()
        await carts.tell(*carts.left("K3"))
        await carts.until(lambda steps: {"K1", "K3"} <= {cart for cart, _ in steps})
        await carts.until_read(Topic.CARTS)
        metrics = (await running.get("/metrics")).text
    taken = 'consumed_total{result="taken",type="shop.cart.updated.v1"} 1.0'
    assert f"headsup_cart_recovery_{taken}" in metrics


async def test_it_ends_in_time_though_kafka_is_away(
    own_broker: Broker, topic_prefix: str, tmp_path: Path
) -> None:
    await apply_topics(own_broker.bootstrap_servers, topic_prefix, partitions=PARTITIONS)
    async with (
        carts_on(own_broker.bootstrap_servers, topic_prefix, tmp_path) as carts,
        carts.watched() as running,
    ):
        await running.until_ready()
        await carts.tell(*carts.left("K1"))
        await carts.until(bool)
        await carts.tell(*carts.left("K2"))
        own_broker.kill()
        code, seconds, logs = await running.terminate()
    assert (code, seconds < 10) == (0, True)
    assert [line for line in logs.splitlines() if not line.startswith("{")] == []


async def test_topics_that_do_not_fit_together_stop_the_start_with_a_sentence(
    bootstrap_servers: str, topic_prefix: str, new_topic: NewTopicFixture
) -> None:
    for name in BESIDE:
        await new_topic(name, partitions=2)
    for name in ("shop.carts", "cart_recovery.joined"):
        await new_topic(name, partitions=3)
    await new_topic("cart_recovery.carts", partitions=1)
    assert await refused(
        {"KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers, "HEADSUP_TOPIC_PREFIX": topic_prefix}
    ) == [
        "These topics need the same number of partitions: "
        f"{topic_prefix}cart_recovery.carts has 1, {topic_prefix}cart_recovery.joined has 3, "
        f"{topic_prefix}shop.carts has 3."
    ]


async def test_a_kafka_that_is_not_there_stops_the_start_with_a_sentence() -> None:
    assert await refused({"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}) == [
        "KAFKA_BOOTSTRAP_SERVERS leads to no broker."
    ]


async def test_bad_records_in_a_row_stop_the_line_and_not_the_process(carts: Carts) -> None:
    async with carts.watched(HEADSUP_MOST_BAD_IN_A_ROW="5") as running:
        await running.until_ready()
        await carts.producer.publish([Outgoing(carts.prefix + Topic.CARTS, b"key", b"{")] * 5)

        async def says_why() -> bool:
            problems = (await running.get("/readyz")).json()["problems"]
            why = "consumer: the line stopped: 5 records in a row could not be understood"
            return why in problems

        await eventually(says_why)
        await carts.tell(*carts.left("K1"))
        assert (await running.get("/livez")).json()["ok"]
        code, seconds, _ = await running.terminate()
    assert (code, seconds < 10) == (0, True)
    assert len(await carts.dead(Topic.CARTS, 4)) == 4
    async with carts.watched(HEADSUP_MOST_BAD_IN_A_ROW="6") as running:
        await running.until_ready()
        await carts.until(bool)
    assert len(await carts.dead(Topic.CARTS, 5)) >= 5
