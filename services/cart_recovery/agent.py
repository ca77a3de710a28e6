"""The only place that knows Faust: its streams bring records, its table keeps carts.

What Faust (0.15) does of its own accord, and is kept from here:
- it counts an event as done whose handler raised, or whose changes of the table are not on Kafka
  yet (its flush gives up after a tenth of a second): events are acknowledged by us, when what they
  changed has arrived;
- its table in memory keeps what it wrote for partitions that it lost: they are dropped when the
  table is complete again;
- it swallows what a callback after recovery raises;
- it serves the table over HTTP, and declares topics with one partition.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from typing import Any, Final, NoReturn, cast

import faust
from faust.types import EventT

from headsup import logs
from headsup.contracts.registry import Internal, Topic
from headsup.kafka.consumer import Record
from headsup.kafka.leniency import tolerate_header_names
from headsup.kafka.topics import MAX_RECORD_BYTES
from headsup.settings import KafkaSettings
from services.cart_recovery.reading import JOINED_FROM, SERVICE

COMMIT_EVERY: Final = 0.5
"""Seconds. A reminder that is due waits until what was there before it is committed as read."""
SESSION: Final = 30.0
"""Seconds after which a replica that says nothing loses its partitions."""
_RAW: Final[dict[str, Any]] = {
    "key_type": bytes,
    "value_type": bytes,
    "key_serializer": "raw",
    "value_serializer": "raw",
}

Take = Callable[[Record], Awaitable[None]]
"""Handles a record about a cart."""
Joins = Callable[[Record, str], str | None]
"""The cart that a record of another topic concerns; the name is the topic's without prefix."""
Recovered = Callable[[Collection[int]], None]
"""Told that the table is complete, and which of its partitions are ours."""
Failed = Callable[[BaseException], None]
"""Told of what nobody can go on after."""


class TableShelf:
    """The table. Each change is a record of its changelog as well."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self._sent: list[asyncio.Future[Any]] = []

    def get(self, key: bytes) -> bytes | None:
        """What is kept under the key."""
        value: bytes | None = self._table.data.get(key)
        return value

    def put(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Keeps a value; None forgets it."""
        self._sent.append(self._table.send_changelog(partition, key, value))
        if value is None:
            self._table.data.pop(key, None)
        else:
            self._table.data[key] = value

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All that is kept."""
        return iter(self._table.data.items())

    def forget(self, keys: Sequence[bytes]) -> None:
        """Drops what belongs to another replica now, here and not in the changelog."""
        for key in keys:
            self._table.data.pop(key, None)

    def sent(self) -> list[asyncio.Future[Any]]:
        """What was put since this was asked last, on its way to Kafka."""
        sent, self._sent = self._sent, []
        return sent


class _Acknowledgement:
    """Acknowledges an event when everything that it changed is on Kafka."""

    def __init__(
        self, event: EventT[Any], parts: Sequence[asyncio.Future[Any]], failed: Failed
    ) -> None:
        self._event = event
        self._left = len(parts)
        self._failed = failed
        for part in parts:
            part.add_done_callback(self._arrived)

    def _arrived(self, part: asyncio.Future[Any]) -> None:
        if part.cancelled():
            return  # we are being stopped: it is read again
        if error := part.exception():
            self._failed(error)
            return
        self._left -= 1
        if not self._left:
            self._event.ack()


class CartStreams:
    """A Faust application with two agents: one takes what concerns carts, the other brings what
    concerns carts from topics with another key."""

    def __init__(self, settings: KafkaSettings, partitions: int, failed: Failed) -> None:
        tolerate_header_names()
        self._prefix = settings.topic_prefix
        self._failed = failed
        self._folder = tempfile.TemporaryDirectory(prefix=f"{SERVICE}-")
        self._app = _app(settings, partitions, self._folder.name)
        self._joined = self._topic(Internal.JOINED)
        self._table = self._app.Table(
            "carts",
            key_type=bytes,
            value_type=bytes,
            partitions=partitions,
            changelog_topic=self._topic(Internal.CARTS_KEPT),
            on_recover=self._recovered,
        )
        self._app.on_partitions_revoked.connect(self._revoked)
        self._on_recovered: Recovered = lambda _ours: None
        self.shelf = TableShelf(self._table)
        self.ours: frozenset[int] = frozenset()
        """The partitions of the table that are ours and complete; none during a rebalance."""

    @property
    def group(self) -> str:
        """The consumer group."""
        return str(self._app.conf.id)

    def serve(self, take: Take, joins: Joins, recovered: Recovered) -> None:
        """Says who handles what. Called once, before `start`."""
        self._on_recovered = recovered

        async def carts(stream: Any) -> None:
            async for event in stream.noack().events():
                try:
                    await take(_record(event))
                except Exception as error:  # noqa: BLE001 - told, and nothing follows
                    await self._stand(error)
                self._acknowledge(event, self.shelf.sent())

        async def others(stream: Any) -> None:
            async for event in stream.noack().events():
                try:
                    self._join(event, joins)
                except Exception as error:  # noqa: BLE001 - told, and nothing follows
                    await self._stand(error)

        self._app.agent(self._topic(Topic.CARTS, Internal.JOINED), name="carts")(carts)
        self._app.agent(self._topic(*JOINED_FROM), name="others")(others)

    async def start(self) -> None:
        """Joins the group, and reads the table; returns before all of it is read."""
        self._app.finalize()
        await self._app.start()

    async def stop(self) -> None:
        """Leaves, when what is at hand is done."""
        self.ours = frozenset()
        await self._app.stop()
        self._folder.cleanup()

    def lag(self) -> dict[str, int]:
        """Records that wait, by topic."""
        waiting: dict[str, int] = {}
        monitor = self._app.monitor
        for partition, end in monitor.tp_end_offsets.items():
            read = monitor.tp_read_offsets.get(partition, 0)
            topic = partition.topic.removeprefix(self._prefix)
            waiting[topic] = waiting.get(topic, 0) + max(0, end - read - 1)
        return waiting

    def _topic(self, *names: str) -> Any:
        return self._app.topic(*(self._prefix + name for name in names), **_RAW)

    def _join(self, event: EventT[Any], joins: Joins) -> None:
        record = _record(event)
        cart_id = joins(record, record.topic.removeprefix(self._prefix))
        if cart_id is None:
            event.ack()
            return
        sent = self._joined.send_soon(
            key=cart_id.encode(), value=record.value, headers=list(record.headers)
        )
        self._acknowledge(event, [sent])

    def _acknowledge(self, event: EventT[Any], parts: Sequence[asyncio.Future[Any]]) -> None:
        if parts:
            _Acknowledgement(event, parts, self._failed)
        else:
            event.ack()

    async def _recovered(self) -> None:
        changelog = self._prefix + Internal.CARTS_KEPT
        active = self._app.assignor.assigned_actives()
        ours = frozenset(tp.partition for tp in active if tp.topic == changelog)
        try:
            self._on_recovered(ours)
        except Exception as error:  # noqa: BLE001 - told, and nothing follows
            await self._stand(error)
        self.ours = ours
        logs.logger().info("the carts are complete", partitions=len(ours))

    async def _stand(self, error: Exception) -> NoReturn:
        """Says what befell us, and goes no further: where a handler raises, Faust would go on with
        the next event."""
        self._failed(error)
        await asyncio.get_running_loop().create_future()
        raise AssertionError("nobody ends this wait") from error

    async def _revoked(self, *_ours: Any, **_more: Any) -> None:
        self.ours = frozenset()


def _record(event: EventT[Any]) -> Record:
    """A record as aiokafka has it; Faust's message names the time otherwise."""
    record: Any = event.message
    return cast("Record", record)


def _app(settings: KafkaSettings, partitions: int, folder: str) -> faust.App:
    servers = [f"kafka://{each.strip()}" for each in settings.kafka_bootstrap_servers.split(",")]
    return faust.App(
        settings.topic_prefix + SERVICE,
        broker=";".join(servers),
        broker_session_timeout=SESSION,
        broker_heartbeat_interval=3.0,
        broker_commit_interval=COMMIT_EVERY,
        broker_client_id=SERVICE,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=settings.instance,
        processing_guarantee="at_least_once",
        producer_max_request_size=MAX_RECORD_BYTES,
        store="memory://",
        datadir=folder,
        table_standby_replicas=0,
        topic_partitions=partitions,
        topic_allow_declare=False,
        topic_disable_leader=True,
        autodiscover=False,
        web_enabled=False,
        Worker=None,
    )
