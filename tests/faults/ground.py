"""Apache Kafka and PostgreSQL under all experiments, and a plot on them for each."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from headsup.contracts.registry import Internal, Topic
from headsup.kafka.topics import apply_topics, topic_specs
from sandbox.parts.kafka_real import RealKafka
from sandbox.parts.postgres import EmbeddedPostgres
from sandbox.parts.process import Command
from tests.fixtures.databases import Databases

OF_ORDER_EVENTS = (
    Topic.ORDERS,
    Topic.PAYMENTS,
    Topic.SHIPMENTS,
    Topic.RETURNS,
    Topic.SUPPORT,
    Topic.INCIDENTS,
    Topic.REPLIED,
    Topic.OUTCOMES,
)
OF_NOTIFIER = (Topic.REQUESTED, Topic.CUSTOMERS, Topic.REMINDERS)
OF_CART_RECOVERY = (Topic.CARTS, Internal.JOINED, Topic.ORDERS, Topic.OUTCOMES)
_CONNECTIONS = 400


class Ground:
    """The parts. One experiment at a time may restart them, and then it is alone."""

    def __init__(self, kafka: RealKafka, postgres: EmbeddedPostgres) -> None:
        self.kafka = kafka
        self.postgres = postgres
        self._databases = Databases(postgres)
        self._making = asyncio.Lock()
        self._numbers = itertools.count(1)

    @asynccontextmanager
    async def plot(self, *, partitions: int) -> AsyncIterator["Plot"]:
        """Topics and a database of an experiment's own, gone afterwards."""
        prefix = f"f{next(self._numbers)}."
        servers = self.kafka.bootstrap_servers
        async with self._making:  # the template is made once
            database = await self._databases.migrated()
        await apply_topics(servers, prefix, partitions=partitions)
        try:
            yield Plot(servers, database, prefix, partitions)
        finally:
            await _delete_topics(servers, [spec.name for spec in topic_specs(prefix)])
            await self._databases.drop(database)


class _RoomyPostgres(EmbeddedPostgres):
    """With connections for several experiments side by side."""

    def _command(self, programs: Path, data: Path, work: Path) -> Command:
        command = super()._command(programs, data, work)
        return replace(command, words=[*command.words, "-c", f"max_connections={_CONNECTIONS}"])


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """Starts the parts; nothing is left behind."""
    async with RealKafka() as kafka, _RoomyPostgres() as postgres:
        yield Ground(kafka, postgres)


async def _delete_topics(servers: str, names: Sequence[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.delete_topics(list(names))
    finally:
        await admin.close()


@dataclass(frozen=True, slots=True)
class Plot:
    """Where one experiment stands."""

    servers: str
    database: str
    prefix: str
    partitions: int

    @property
    def settings(self) -> dict[str, str]:
        """What a service needs to stand on it."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.servers,
            "DATABASE_URL": self.database,
            "HEADSUP_TOPIC_PREFIX": self.prefix,
        }

    def group(self, service: str) -> str:
        """The name of a service's group."""
        return self.prefix + service

    def all_of(self, topics: Sequence[Topic | Internal]) -> list[TopicPartition]:
        """Every partition of these topics."""
        return [
            TopicPartition(self.prefix + topic, number)
            for topic in topics
            for number in range(self.partitions)
        ]

    async def ends(self, topics: Sequence[Topic | Internal]) -> dict[TopicPartition, int]:
        """How many records each partition has."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.servers)
        await consumer.start()
        try:
            found: dict[TopicPartition, int] = await consumer.end_offsets(self.all_of(topics))
            return found
        finally:
            await consumer.stop()

    async def committed(self, service: str) -> dict[TopicPartition, int]:
        """Where a group of Kafka's stands."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.servers)
        await admin.start()
        try:
            found = await admin.list_consumer_group_offsets(self.group(service))
            return {partition: meta.offset for partition, meta in found.items()}
        finally:
            await admin.close()

    async def rewind(self, service: str, topics: Sequence[Topic | Internal] = OF_NOTIFIER) -> None:
        """Has a group, of which nobody is there, read its topics from the beginning."""
        partitions = self.all_of(topics)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.servers,
            group_id=self.group(service),
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            consumer.assign(partitions)
            await consumer.commit(dict.fromkeys(partitions, 0))
        finally:
            await consumer.stop()
