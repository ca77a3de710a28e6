"""`headsup dlq`: dead letters on a real broker are listed, shown, replayed and dropped."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from headsup.cli.main import app
from headsup.contracts.envelope import EventRefusedError, RefusalCode
from headsup.dead_letters import dead_letter
from headsup.kafka.producer import Outgoing, Producer
from tests.support.reading import TopicReader
from tests.support.serving import closed_port

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECRET = b'{"name": "Oksana"}'


@dataclass
class _Record:
    topic: str
    value: bytes | None = SECRET
    key: bytes | None = b"A-1"
    headers: Sequence[tuple[str, bytes | None]] = (("trace", b"7"),)
    partition: int = 1
    offset: int = 17
    timestamp: int = 0


@dataclass
class _Shelf:
    """The dead letters of one test."""

    servers: str
    prefix: str
    producer: Producer

    async def put(
        self,
        topic: str = "shop.orders",
        code: RefusalCode = RefusalCode.BAD_DATA,
        at: datetime = NOON,
        value: bytes | None = SECRET,
    ) -> str:
        """Sets a record aside; the id of the letter."""
        error = EventRefusedError(code, "data.total", "expected less")
        record = _Record(self.prefix + topic, value)
        return await self.write(dead_letter(record, error, service="order_events", at=at))

    async def write(self, record: Outgoing) -> str:
        known = {(r.partition, r.offset) for r in await self.read(record.topic)}
        await self.producer.publish([record])
        [new] = [r for r in await self.read(record.topic) if (r.partition, r.offset) not in known]
        return f"{new.topic}/{new.partition}/{new.offset}"

    async def read(self, topic: str) -> list[Any]:
        async with TopicReader(self.servers, topic) as reader:
            return list(await reader.all_now())

    async def orders(self) -> list[Any]:
        return await self.read(self.prefix + "shop.orders")


@pytest.fixture
async def shelf(
    clean_environment: pytest.MonkeyPatch, bootstrap_servers: str, topics: str
) -> AsyncIterator[_Shelf]:
    clean_environment.setenv("KAFKA_BOOTSTRAP_SERVERS", bootstrap_servers)
    clean_environment.setenv("HEADSUP_TOPIC_PREFIX", topics)
    producer = Producer(bootstrap_servers, name="test")
    await producer.start()
    yield _Shelf(bootstrap_servers, topics, producer)
    await producer.stop()


async def dlq(*arguments: str, typed: str | None = None) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, ["dlq", *arguments], input=typed)


async def listed() -> list[dict[str, Any]]:
    result = await dlq("list", "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


async def test_a_letter_is_listed_with_its_reason_and_counted_without_what_it_holds(
    shelf: _Shelf,
) -> None:
    letter = await shelf.put()
    result = await dlq("list")
    assert result.exit_code == 0
    for word in (letter, "2026-11-24 12:00:00", "bad_data", "data.total", "expected less"):
        assert word in result.stdout
    assert f"1  {shelf.prefix}shop.orders  bad_data" in result.stdout
    assert "Oksana" not in result.stdout
    assert "A-1 " not in result.stdout


async def test_that_none_fits_the_options_does_not_say_that_none_waits(shelf: _Shelf) -> None:
    await shelf.put()
    assert "1  dead letter waits." in (await dlq("list")).stdout
    chosen = await dlq("list", "--reason", "not_json")
    assert chosen.stdout == "No dead letter that waits fits the options.\n"


async def test_only_the_newest_are_shown_and_all_are_counted(shelf: _Shelf) -> None:
    old = await shelf.put(at=NOON - timedelta(days=1))
    new = await shelf.put()
    result = await dlq("list", "--limit", "1")
    assert new in result.stdout
    assert old not in result.stdout
    assert "These are the newest 1 of 2" in result.stdout
    assert "2  dead letters wait." in result.stdout


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--topic", "shop.orders"], {"orders", "old"}),
        (["--topic", "shop.returns.dlq"], {"returns"}),
        (["--reason", "not_json"], {"returns"}),
        (["--reason", "not_json", "--reason", "bad_data"], {"orders", "old", "returns"}),
        (["--since", "2026-11-24"], {"orders", "returns"}),
        (["--until", "2026-11-24T14:00+02:00"], {"old"}),
        (["--service", "notifier"], set()),
    ],
)
async def test_letters_are_found_by_topic_reason_time_and_service(
    shelf: _Shelf, options: list[str], found: set[str]
) -> None:
    names = {
        await shelf.put(): "orders",
        await shelf.put(at=NOON - timedelta(days=1)): "old",
        await shelf.put("shop.returns", RefusalCode.NOT_JSON): "returns",
    }
    result = await dlq("list", "--json", *options)
    assert {names[json.loads(line)["id"]] for line in result.stdout.splitlines()} == found


async def test_what_cart_recovery_joins_is_listed_replayed_and_dropped_like_the_rest(
    shelf: _Shelf,
) -> None:
    topic = "cart_recovery.joined"
    first, second = await shelf.put(topic), await shelf.put(topic)
    await shelf.put()
    assert {letter["topic"] for letter in await listed()} == {
        shelf.prefix + topic,
        shelf.prefix + "shop.orders",
    }
    chosen = (await dlq("list", "--json", "--topic", topic)).stdout.splitlines()
    assert {json.loads(line)["id"] for line in chosen} == {first, second}
    assert (await dlq("drop", first)).exit_code == 0
    replayed = await dlq("replay", "--topic", topic + ".dlq")
    assert "1 dead letter was replayed." in replayed.stdout
    assert [record.key for record in await shelf.read(shelf.prefix + topic)] == [b"A-1"]
    assert [letter["topic"] for letter in await listed()] == [shelf.prefix + "shop.orders"]


async def test_a_letter_that_nobody_can_make_sense_of_is_listed_all_the_same(
    shelf: _Shelf,
) -> None:
    garbled: tuple[tuple[str, bytes | None], ...] = (
        ("dlq-reason", b"\xff\x1b[31m"),
        ("dlq-at", b"yesterday"),
        ("dlq-resolves", b"\xff"),
        ("dlq-problem", None),
        ("", b""),
    )
    await shelf.write(Outgoing(shelf.prefix + "shop.orders.dlq", None, b"", garbled))
    await shelf.write(Outgoing(shelf.prefix + "shop.orders.dlq", b"key", None))
    first, second = await listed()
    assert {first["reason"], second["reason"]} == {
        "unknown",
        "\N{REPLACEMENT CHARACTER}" * 2 + "[31m",
    }
    assert (await dlq("list")).exit_code == 0


async def test_what_is_replayed_lies_on_its_topic_again_and_only_once(shelf: _Shelf) -> None:
    await shelf.put()
    await shelf.put(value=None)
    await shelf.put("shop.returns")
    for _ in range(2):
        result = await dlq("replay", "--topic", "shop.orders", "--yes")
        assert result.exit_code == 0, result.output
    assert "No dead letters were replayed." in result.stdout
    orders = await shelf.orders()
    assert [(r.key, r.value) for r in orders] == [(b"A-1", SECRET), (b"A-1", None)]
    assert {r.partition for r in orders} == {1}
    assert {tuple(r.headers) for r in orders} == {(("trace", b"7"), ("dlq-replayed", b"1"))}
    assert [letter["topic"] for letter in await listed()] == [shelf.prefix + "shop.returns"]


async def test_of_a_topic_with_fewer_partitions_the_key_says_which(shelf: _Shelf) -> None:
    topic = shelf.prefix + "shop.orders"
    error = EventRefusedError(RefusalCode.NOT_JSON, "", "expected JSON")
    record = _Record(topic, partition=77)
    await shelf.write(dead_letter(record, error, service="order_events", at=NOON))
    assert (await dlq("replay", "--all")).exit_code == 0
    assert len(await shelf.orders()) == 1


async def test_a_marker_lies_on_the_partition_of_its_letter(shelf: _Shelf) -> None:
    letter = await shelf.put()
    await dlq("replay", letter)
    [dead, marker] = await shelf.read(shelf.prefix + "shop.orders.dlq")
    assert marker.partition == dead.partition
    headers = dict(marker.headers)
    assert headers["dlq-resolves"] == letter.encode()
    assert headers["dlq-resolution"] == b"replayed"


async def test_a_letter_that_was_cut_is_not_replayed_and_waits(shelf: _Shelf) -> None:
    cut, whole = await shelf.put(value=b"x" * 9 * 1024 * 1024), await shelf.put()
    result = await dlq("replay", "--all", "--yes")
    assert result.exit_code == 1
    assert f"{cut} is only the beginning of a record of 9437193 bytes" in result.stderr
    assert "1 dead letter was replayed." in result.stdout
    assert [letter["id"] for letter in await listed()] == [cut]
    assert whole not in result.stderr


async def test_a_rehearsal_changes_nothing(shelf: _Shelf) -> None:
    letter = await shelf.put()
    result = await dlq("replay", "--all", "--dry-run")
    assert result.exit_code == 0
    assert letter in result.stdout
    assert "1 dead letter would be replayed." in result.stdout
    assert await shelf.orders() == []
    assert len(await listed()) == 1


async def test_what_is_dropped_is_not_listed_and_not_replayed(shelf: _Shelf) -> None:
    letter = await shelf.put()
    assert (await dlq("drop", letter)).exit_code == 0
    assert await listed() == []
    result = await dlq("replay", letter)
    assert result.exit_code == 0
    assert f"{letter} was dropped already." in result.stdout
    assert await shelf.orders() == []


@pytest.mark.parametrize("command", ["replay", "drop"])
async def test_more_than_one_letter_needs_a_word(shelf: _Shelf, command: str) -> None:
    await shelf.put()
    await shelf.put()
    for typed in ("n\n", ""):
        result = await dlq(command, "--all", typed=typed)
        assert result.exit_code == 1
    assert len(await listed()) == 2
    assert (await dlq(command, "--all", typed="y\n")).exit_code == 0
    assert await listed() == []


async def test_a_letter_that_there_is_not_is_said(shelf: _Shelf) -> None:
    missing = f"{shelf.prefix}shop.orders.dlq/1/99999999999999999999"
    for command in ("show", "replay", "drop"):
        result = await dlq(command, missing)
        assert result.exit_code == 1
        assert f"There is no dead letter {missing}." in result.stderr


async def test_what_a_letter_holds_is_shown_on_demand_alone(shelf: _Shelf) -> None:
    letter = await shelf.put()
    masked = await dlq("show", letter)
    assert masked.exit_code == 0
    assert "18 bytes" in masked.stdout
    assert "Oksana" not in masked.stdout
    assert "A-1" not in masked.stdout
    openly = await dlq("show", letter, "--with-content")
    assert "Oksana" in openly.stdout
    assert "trace: 7" in openly.stdout
    assert (await dlq("show", letter, "--raw")).stdout_bytes == SECRET
    await dlq("drop", letter)
    assert "was dropped" in (await dlq("show", letter)).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay"],
        ["replay", "--all", "--reason", "bad_data"],
        ["replay", "shop.orders.dlq/1"],
        ["drop", "shop.orders/1/2"],
        ["list", "--topic", "shop.nothing"],
        ["list", "--topic", "cart_recovery.carts"],
        ["list", "--since", "soon"],
    ],
)
@pytest.mark.usefixtures("shelf")
async def test_what_makes_no_sense_is_a_mistake_of_use(arguments: list[str]) -> None:
    assert (await dlq(*arguments)).exit_code == 2


async def test_without_topics_there_is_nothing(
    clean_environment: pytest.MonkeyPatch, bootstrap_servers: str, topic_prefix: str
) -> None:
    clean_environment.setenv("KAFKA_BOOTSTRAP_SERVERS", bootstrap_servers)
    clean_environment.setenv("HEADSUP_TOPIC_PREFIX", topic_prefix)
    result = await dlq("list")
    assert (result.exit_code, result.stdout) == (0, "No dead letter waits.\n")
    assert (await dlq("replay", "--all", "--yes")).exit_code == 0


async def test_without_a_broker_it_says_so(clean_environment: pytest.MonkeyPatch) -> None:
    clean_environment.setenv("KAFKA_BOOTSTRAP_SERVERS", f"127.0.0.1:{closed_port()}")
    for command in (["list"], ["replay", "--all", "--yes"]):
        result = await dlq(*command)
        assert result.exit_code == 2
        assert result.stderr == "No broker answers at KAFKA_BOOTSTRAP_SERVERS.\n"
