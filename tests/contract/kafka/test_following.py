"""Whether a group has read what lay there: one suite over a broker and over the stand-in."""

from collections.abc import AsyncIterator
from typing import Protocol

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from headsup.kafka.consumer import Partition
from headsup.kafka.following import Followed, Group, MemoryGroup
from headsup.kafka.producer import Outgoing, Producer
from sandbox.parts.broker import Broker
from tests.fixtures.topics import NewTopicFixture
from tests.support.eventually import eventually
from tests.support.writing import delete_up_to, write_in_a_transaction


class Stage(Protocol):
    """A topic of two partitions, and a group that reads it."""

    topic: str

    @property
    def followed(self) -> Followed:
        """The positions of the group."""
        ...

    async def lies(self, count: int) -> None:
        """So many records more lie on partition 0."""
        ...

    async def reads_up_to(self, offset: int) -> None:
        """The group has read partition 0 as far as there."""
        ...


class InMemory:
    def __init__(self) -> None:
        self.followed = MemoryGroup()
        self.topic = "carts"
        self.followed.partitions = (Partition(self.topic, 0),)

    async def lies(self, count: int) -> None:
        self.followed.end += count

    async def reads_up_to(self, offset: int) -> None:
        self.followed.read = offset


class OnBroker:
    def __init__(self, bootstrap_servers: str, topic: str) -> None:
        self.servers, self.topic, self.group = bootstrap_servers, topic, f"{topic}.readers"
        self.followed = Group(bootstrap_servers, self.group, [topic])

    async def lies(self, count: int) -> None:
        producer = Producer(self.servers, name="test")
        await producer.start()
        await producer.publish([Outgoing(self.topic, b"key", b"value", partition=0)] * count)
        await producer.stop()

    async def reads_up_to(self, offset: int) -> None:
        await self.commits(self.group, offset)

    async def commits(self, group: str, offset: int) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.servers, group_id=group, enable_auto_commit=False
        )
        await consumer.start()
        partition = TopicPartition(self.topic, 0)
        consumer.assign([partition])
        await consumer.commit({partition: offset})
        await consumer.stop()

    async def writes_in_a_transaction(self) -> None:
        """One record; a mark lies behind it, a moment later."""
        before = (await self.followed.ends())[Partition(self.topic, 0)]
        record = Outgoing(self.topic, b"key", b"value")
        await write_in_a_transaction(self.servers, f"{self.group}.writer", record)

        async def lies_there() -> bool:
            return (await self.followed.ends())[Partition(self.topic, 0)] == before + 2

        await eventually(lies_there)

    async def follows_through(self) -> None:
        """Waits until nothing that lies there now is unread."""
        ends = await self.followed.ends()

        async def is_read() -> bool:
            return not await self.followed.unread(ends)

        await eventually(is_read)


@pytest.fixture
async def on_broker(bootstrap_servers: str, new_topic: NewTopicFixture) -> AsyncIterator[OnBroker]:
    stage = OnBroker(bootstrap_servers, await new_topic("carts", partitions=2))
    await stage.followed.start()
    await stage.commits(f"{stage.topic}.others", 0)  # a young Kafka has no place for positions yet
    yield stage
    await stage.followed.stop()


ON_BROKER = "on a broker"


@pytest.fixture(params=["in memory", pytest.param(ON_BROKER, marks=pytest.mark.integration)])
def stage(request: pytest.FixtureRequest) -> Stage:
    if request.param != ON_BROKER:
        return InMemory()
    found: OnBroker = request.getfixturevalue("on_broker")
    return found


async def unread(stage: Stage, times: int = 3) -> set[Partition]:
    """What is unread, however often one asks."""
    ends = await stage.followed.ends()
    found = [await stage.followed.unread(ends) for _ in range(times)]
    return set(found[-1])


async def test_where_nothing_lies_nothing_is_unread(stage: Stage) -> None:
    assert await stage.followed.unread(await stage.followed.ends()) == frozenset()


async def test_what_nobody_ever_read_is_unread(stage: Stage) -> None:
    await stage.lies(1)
    assert await unread(stage) == {Partition(stage.topic, 0)}


async def test_what_is_read_in_part_is_unread(stage: Stage) -> None:
    await stage.lies(5)
    await stage.reads_up_to(4)
    assert await unread(stage) == {Partition(stage.topic, 0)}


async def test_what_is_read_through_is_not_unread(stage: Stage) -> None:
    await stage.lies(5)
    await stage.reads_up_to(5)
    assert await stage.followed.unread(await stage.followed.ends()) == frozenset()


async def test_what_came_later_is_not_asked_about(stage: Stage) -> None:
    await stage.lies(5)
    ends = await stage.followed.ends()
    await stage.lies(5)
    await stage.reads_up_to(5)
    assert await stage.followed.unread(ends) == frozenset()
    assert await unread(stage) == {Partition(stage.topic, 0)}


async def test_a_mark_of_a_transaction_at_the_end_is_nothing_to_read(on_broker: OnBroker) -> None:
    await on_broker.writes_in_a_transaction()
    assert await unread(on_broker) == {Partition(on_broker.topic, 0)}
    await on_broker.reads_up_to(1)
    await on_broker.follows_through()


async def test_a_record_behind_a_mark_is_unread(on_broker: OnBroker) -> None:
    await on_broker.writes_in_a_transaction()
    await on_broker.lies(1)
    await on_broker.reads_up_to(1)
    assert await unread(on_broker) == {Partition(on_broker.topic, 0)}
    await on_broker.reads_up_to(3)
    await on_broker.follows_through()


async def test_what_retention_took_before_anybody_read_it_is_not_waited_for(
    on_broker: OnBroker,
) -> None:
    await on_broker.lies(5)
    await delete_up_to(on_broker.servers, on_broker.topic, 5)
    await on_broker.follows_through()


async def test_who_asks_moves_nobody_s_position(on_broker: OnBroker) -> None:
    await on_broker.lies(5)
    await on_broker.reads_up_to(2)
    await unread(on_broker)
    await on_broker.reads_up_to(2)
    assert await unread(on_broker) == {Partition(on_broker.topic, 0)}


async def test_a_kafka_that_does_not_answer_is_an_error_and_no_answer(own_broker: Broker) -> None:
    group = Group(own_broker.bootstrap_servers, "readers", [])
    await group.start()
    own_broker.kill()
    with pytest.raises((KafkaError, OSError)):
        await group.unread({Partition("carts", 0): 1})
    await group.stop()
