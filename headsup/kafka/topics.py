"""Every topic that Headsup needs, with its partitions and retention, and how to create them.

They are created before a service starts: a topic that a client's look-up creates has one partition.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import TopicAuthorizationFailedError
from aiokafka.protocol.metadata import MetadataRequest

from headsup.contracts.registry import READ, Internal, Topic
from headsup.kafka.reaching import reaching, refused
from headsup.kafka.security import Protection, Servers, brokers_of, reached
from headsup.settings import SettingsError

MAX_RECORD_BYTES = 8 * 1024 * 1024
"""A record of this size still reaches the dead letters; what we read is limited far below."""
PARTITIONS = 12
"""So many replicas of a service can share the work."""
_LOOKS, _BETWEEN_LOOKS = 200, 0.05
"""How often, and with how many seconds between, a broker is asked for what it has created."""
_TURNS_UP = 160
"""Looks for a topic that should be there."""
_DAY = timedelta(days=1)
_NOT_AUTHORIZED = TopicAuthorizationFailedError.errno


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it should be."""

    name: str
    partitions: int
    retention: timedelta | None
    compacted: bool = False
    config: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        retention_ms = -1 if self.retention is None else int(self.retention.total_seconds() * 1000)
        config = {
            "retention.ms": str(retention_ms),
            "cleanup.policy": "compact" if self.compacted else "delete",
            "max.message.bytes": str(MAX_RECORD_BYTES),
        }
        object.__setattr__(self, "config", config)


def topic_specs(prefix: str = "", partitions: int = PARTITIONS) -> tuple[TopicSpec, ...]:
    """All topics. Customers and carts are compacted: the newest word about each is kept for ever.

    All have the same number of partitions, so that an order's are of one number everywhere.
    """
    flowing = [
        TopicSpec(prefix + topic, partitions, 14 * _DAY)
        for topic in Topic
        if topic is not Topic.CUSTOMERS
    ]
    customers = TopicSpec(prefix + Topic.CUSTOMERS, partitions, None, compacted=True)
    joined = TopicSpec(prefix + Internal.JOINED, partitions, 14 * _DAY)
    carts = TopicSpec(prefix + Internal.CARTS_KEPT, partitions, None, compacted=True)
    dead = [TopicSpec(prefix + topic.dead_letters, 3, 30 * _DAY) for topic in READ]
    return (*flowing, joined, customers, carts, *dead)


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying the topics did."""

    created: tuple[str, ...]
    grown: tuple[str, ...]
    unchanged: tuple[str, ...]


async def apply_topics(
    brokers: Servers,
    prefix: str = "",
    *,
    partitions: int = PARTITIONS,
    replication_factor: int = 1,
) -> Applied:
    """Creates what is missing and grows what has too few partitions; never shrinks or deletes."""
    admin = AIOKafkaAdminClient(**reached(brokers))
    async with reaching(brokers):
        await admin.start()
    try:
        return await _apply(admin, topic_specs(prefix, partitions), replication_factor)
    finally:
        await admin.close()


async def _apply(
    admin: AIOKafkaAdminClient, specs: tuple[TopicSpec, ...], replication_factor: int
) -> Applied:
    known = set(await admin.list_topics())
    missing = [spec for spec in specs if spec.name not in known]
    if missing:
        response = await admin.create_topics(
            [
                NewTopic(s.name, s.partitions, replication_factor, topic_configs=s.config)
                for s in missing
            ]
        )
        _raise_on_error(response.topic_errors)
        await _until_known(admin, {spec.name for spec in missing})
    present = [spec for spec in specs if spec.name in known]
    grown = await _grow(admin, present)
    unchanged = tuple(spec.name for spec in present if spec.name not in grown)
    return Applied(tuple(spec.name for spec in missing), grown, unchanged)


async def _until_known(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """Waits until the broker names what it has created: it answers before it knows it itself, and
    whoever asks in between is told that there is no such topic."""
    for _ in range(_LOOKS):
        if names <= set(await admin.list_topics()):
            return
        await asyncio.sleep(_BETWEEN_LOOKS)


async def _grow(admin: AIOKafkaAdminClient, specs: list[TopicSpec]) -> tuple[str, ...]:
    if not specs:
        return ()
    found = await admin.describe_topics([spec.name for spec in specs])
    have = {topic["topic"]: len(topic["partitions"]) for topic in found}
    short = {s.name: NewPartitions(s.partitions) for s in specs if have[s.name] < s.partitions}
    if short:
        await admin.create_partitions(short)
    return tuple(short)


_TOPIC_ALREADY_EXISTS = 36


def _raise_on_error(errors: list[tuple[object, ...]]) -> None:
    for name, code, *message in errors:
        if code not in (0, _TOPIC_ALREADY_EXISTS):
            raise TopicError(f"topic {name} could not be created: error {code} {message}")


async def partitions_alike(
    brokers: Servers, topics: Sequence[str], others: Sequence[str] = ()
) -> int:
    """The number of partitions that all of these topics have. Raises SettingsError where one has
    another number, or where one of them, or of the others, is not there for us."""
    async with _looking(brokers) as admin:
        await _sure_of(admin, [*topics, *others], brokers)
        found = await admin.describe_topics(list(topics))
    numbers = {topic["topic"]: len(topic["partitions"]) for topic in found}
    if len(set(numbers.values())) > 1:
        said = ", ".join(f"{topic} has {number}" for topic, number in sorted(numbers.items()))
        raise SettingsError([f"These topics need the same number of partitions: {said}."])
    return next(iter(numbers.values()))


async def sure_of(brokers: Servers, topics: Sequence[str]) -> None:
    """Raises SettingsError where one of these topics is missing, and does not turn up within eight
    seconds, or where the broker does not let us use one. One that is missing would be made by
    whoever reads it first, with one partition, and what is written to it would be kept as long as
    the broker likes."""
    async with _looking(brokers) as admin:
        await _sure_of(admin, topics, brokers)


@contextlib.asynccontextmanager
async def _looking(brokers: Servers) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**reached(brokers))
    async with reaching(brokers):
        await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def _sure_of(admin: AIOKafkaAdminClient, topics: Sequence[str], brokers: Servers) -> None:
    missing = await _missing(admin, topics)
    if not missing:
        return
    hidden = await _hidden(missing, brokers)
    problems = refused(TopicAuthorizationFailedError(*sorted(hidden))).problems if hidden else []
    gone = [topic for topic in missing if topic not in hidden]
    said = [f"There is no topic {topic}: run `headsup topics apply`." for topic in gone]
    raise SettingsError([*problems, *said])


async def _missing(admin: AIOKafkaAdminClient, topics: Sequence[str]) -> list[str]:
    """Those that are not there, nor come: one that was made a moment ago is not known everywhere
    yet."""
    missing = list(topics)
    for _ in range(_TURNS_UP):
        known = set(await admin.list_topics())
        missing = [topic for topic in topics if topic not in known]
        if not missing:
            break
        await asyncio.sleep(_BETWEEN_LOOKS)
    return missing


async def _hidden(topics: Sequence[str], brokers: Servers) -> set[str]:
    """Those of them that this user may do nothing with: Kafka names them in no list, and says so
    only to whoever asks for them by name. Asking makes none."""
    if brokers_of(brokers).security.protection is Protection.PLAINTEXT:
        return set()
    client = AIOKafkaClient(**reached(brokers))
    try:
        await client.bootstrap()
        request = MetadataRequest(list(topics), allow_auto_topic_creation=False)
        answer = await client.send(client.get_random_node(), request)
    finally:
        await client.close()
    return {name for code, name, *_ in answer.topics if code == _NOT_AUTHORIZED}


class TopicError(Exception):
    """The broker refused a topic."""
