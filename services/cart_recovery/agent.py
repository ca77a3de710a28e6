"""Where Faust is used: its streams bring records, its table keeps carts. But for `driver`, the rest
knows nothing of it.

What Faust (0.15) does of its own accord, and is kept from here:
- it counts an event as done whose handler raised, or whose changes of the table are not on Kafka
  yet (its flush gives up after a tenth of a second): events are acknowledged by us, in their order,
  when what they changed has arrived;
- its table in memory takes 800 MB for a million carts: ours lies on disk;
- a table keeps what it wrote for partitions that it lost: they are dropped when it is complete
  again;
- it swallows what a callback after recovery raises;
- where a part of it crashes, the rest lives on and does nothing;
- a rebalance waits for the event at hand, however long that takes: longer than the others wait for
  us, and somebody else has its cart, while we still write what we think of it;
- stopping waits for the event at hand as well, though nobody works on it any more;
- it serves the table over HTTP, and declares topics with one partition.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, Final, NoReturn, cast

from faust.types import EventT

from headsup import logs
from headsup.contracts.registry import Internal, Topic
from headsup.kafka.consumer import Record
from headsup.kafka.leniency import tolerate_header_names
from headsup.kafka.producer import Outgoing
from headsup.kafka.topics import MAX_RECORD_BYTES
from headsup.settings import KafkaSettings
from services.cart_recovery.acknowledging import Acknowledging, Failed
from services.cart_recovery.credentials import credentials
from services.cart_recovery.driver import (
    App,
    OrderedConsumer,
    ReadOffsets,
    Table,
    Tables,
    Transport,
    understand_fencing,
)
from services.cart_recovery.place import Place
from services.cart_recovery.reading import JOINED_FROM, SERVICE
from services.cart_recovery.shelf import Shelf

COMMIT_EVERY: Final = 0.5
"""Seconds. A reminder that is due waits until what was there before it is committed as read."""
SESSION: Final = 30.0
"""Seconds after which a replica that says nothing loses its partitions."""
REBALANCE: Final = 60.0
"""Seconds for which the others wait until a replica has let go of what it has at hand."""
LETTING_GO: Final = 40.0
"""Seconds after which it gives up instead, before the others do."""
STOPPING: Final = 5.0
"""Seconds for an orderly end."""
LINGER: Final = 0.02
"""Seconds for which changes of the table are gathered: a request to Kafka for each of them costs
more than all the rest. Nobody waits for them but the commit."""
LOOK: Final = 0.5
"""Seconds between two looks at whether Faust lives."""
FETCH_RECORDS: Final = 500
"""Of all partitions at once. Faust makes three objects of each: without a limit, what it has at
hand of a long changelog takes 50 MB."""
RECOVERED_AT_ONCE: Final = 100
"""Records of one partition of the changelog, which Faust gathers."""
BATCH_BYTES: Final = 256 * 1024
"""Of changes of one partition that are gathered; where there are more we wait."""
RAW: Final[dict[str, Any]] = {
    "key_type": bytes,
    "value_type": bytes,
    "key_serializer": "raw",
    "value_serializer": "raw",
}
"""A topic whose records Faust hands over as they are."""

Take = Callable[[Record], Awaitable[None]]
"""Handles a record about a cart."""
Brings = Callable[[Record], Sequence[Outgoing]]
"""What is to be written for a record of another topic."""
Recovered = Callable[[Collection[int], Callable[[], bool]], Awaitable[None]]
"""Told that the table is complete, and which of its partitions are ours, as long as that is so."""
Parts = Sequence["asyncio.Future[Any]"]
"""What a record made us write, on its way to Kafka."""
Handle = Callable[[Record], Awaitable[Parts]]


class FaustError(Exception):
    """Faust does not do what it is there for."""


class TableShelf(Shelf):
    """The table. Each change is a record of its changelog as well, and goes to Faust's producer
    without its detours, which take as long as all that we do ourselves."""

    def __init__(self, app: Any, changelog: str) -> None:
        super().__init__()
        self._app = app
        self._topic = changelog
        self._changes: list[tuple[int, bytes, bytes | None]] = []

    def put(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Keeps a value; None forgets it."""
        super().put(partition, key, value)
        self._changes.append((partition, key, value))

    async def send(self) -> list[asyncio.Future[Any]]:
        """Sends what was put since it was sent last; it is on its way to Kafka then."""
        changes, self._changes = self._changes, []
        send = self._app.producer.send
        return [
            await send(self._topic, key, value, partition, None, None)
            for partition, key, value in changes
        ]


class CartStreams:
    """A Faust application with two agents: one takes what concerns carts, the other brings what
    concerns carts from topics with another key."""

    def __init__(self, settings: KafkaSettings, partitions: int, failed: Failed) -> None:
        tolerate_header_names()
        understand_fencing()
        self._prefix = settings.topic_prefix
        self._failed = failed
        self._folder = tempfile.TemporaryDirectory(prefix=f"{SERVICE}-")
        self._app = application(settings, partitions, self._folder.name)
        self.shelf = TableShelf(self._app, self._prefix + Internal.CARTS_KEPT)
        table = self._app.Table(
            "carts",
            key_type=bytes,
            value_type=bytes,
            partitions=partitions,
            changelog_topic=self._topic(Internal.CARTS_KEPT),
            on_recover=self._recovered,
            recovery_buffer_size=RECOVERED_AT_ONCE,
        )
        cast("Table", table).lie_on(self.shelf, self._fail)
        self._app.on_partitions_revoked.connect(self._revoked)
        self._on_recovered: Recovered | None = None
        self._complete: object = None
        """Another one whenever the table is complete, or not ours any more."""
        self._acknowledging = Acknowledging(self._fail, self._app.finish)
        self._watching: asyncio.Task[None] | None = None
        self._ours: frozenset[int] = frozenset()
        self._place = Place(settings.instance)

    @property
    def group(self) -> str:
        """The consumer group."""
        return str(self._app.conf.id)

    @property
    def ours(self) -> frozenset[int]:
        """The partitions of the table that are ours and complete; none during a rebalance."""
        return frozenset() if self._app.rebalancing else self._ours

    @property
    def is_idle(self) -> bool:
        """Whether the group gave all partitions to others."""
        return not (self._app.rebalancing or self._app.assignor.assigned_actives())

    def serve(self, take: Take, brings: Brings, recovered: Recovered) -> None:
        """Says who handles what. Called once, before `start`."""
        self._on_recovered = recovered

        async def taken(record: Record) -> Parts:
            await take(record)
            return await self.shelf.send()

        async def joined(record: Record) -> Parts:
            return [await self._send(each) for each in brings(record)]

        async def carts(stream: Any) -> None:
            async for event in stream.noack().events():
                await self._work(event, taken)

        async def others(stream: Any) -> None:
            async for event in stream.noack().events():
                await self._work(event, joined)

        self._app.agent(self._topic(Topic.CARTS, Internal.JOINED), name="carts")(carts)
        self._app.agent(self._topic(*JOINED_FROM), name="others")(others)

    async def start(self) -> None:
        """Joins the group, and reads the table; returns when our part of it is complete."""
        self._app.finalize()
        self._watching = asyncio.create_task(self._watch())
        await self._app.start()

    async def stop(self) -> None:
        """Leaves, when what is at hand is done, or after STOPPING seconds."""
        self._ours = frozenset()
        if self._watching is not None:
            self._watching.cancel()
        stopping = asyncio.create_task(self._app.stop())
        await asyncio.wait({stopping}, timeout=STOPPING)
        if not stopping.done():
            logs.logger().warning("what was at hand is left to the next start")
            await self._app.crash(FaustError("did not end in time"))  # it waits for nothing more
        self._folder.cleanup()

    @property
    def places_lost(self) -> int:
        """How often within ten minutes Kafka did not know us any more under our name."""
        return self._place.lost(time.monotonic())

    def lag(self) -> dict[str, int]:
        """Records that wait on our partitions, by topic."""
        waiting: dict[str, int] = {}
        monitor, ours = self._app.monitor, self._app.assignor.assigned_actives()
        for partition, end in monitor.tp_end_offsets.items():
            if partition not in ours:
                continue  # Faust remembers what it once had
            read = monitor.tp_read_offsets.get(partition, 0)
            topic = partition.topic.removeprefix(self._prefix)
            waiting[topic] = waiting.get(topic, 0) + max(0, end - read - 1)
        return waiting

    def _topic(self, *names: str) -> Any:
        return self._app.topic(*(self._prefix + name for name in names), **RAW)

    async def _work(self, event: EventT[Any], handle: Handle) -> None:
        begun = self._acknowledging.begin(event)
        try:
            self._app.arrivals.comes(event.message.tp, event.message.offset)
            parts = await handle(_record(event))
        except Exception as error:  # noqa: BLE001 - told, and nothing follows
            await self._stand(error)
        self._acknowledging.finish(begun, parts)

    async def _send(self, record: Outgoing) -> "asyncio.Future[Any]":
        """On its way to Kafka then."""
        key, value, partition = record.key, record.value, record.partition
        headers = list(record.headers)
        send: Any = self._app.producer.send
        sent: asyncio.Future[Any] = await send(record.topic, key, value, partition, None, headers)
        return sent

    async def _recovered(self) -> None:
        changelog = self._prefix + Internal.CARTS_KEPT
        active = self._app.assignor.assigned_actives()
        ours = frozenset(tp.partition for tp in active if tp.topic == changelog)
        self._complete = complete = object()
        try:
            if self._on_recovered is not None:
                await self._on_recovered(ours, lambda: self._complete is complete)
        except Exception as error:  # noqa: BLE001 - told, and nothing follows
            await self._stand(error)
        if self._complete is not complete:
            return  # the next rebalance has begun, and ends here as well
        self._ours = ours
        logs.logger().info("the carts are complete", partitions=len(ours))

    async def _stand(self, error: Exception) -> NoReturn:
        """Says what befell us, and goes no further: where a handler raises, Faust would go on with
        the next event."""
        self._fail(error)
        await asyncio.get_running_loop().create_future()
        raise AssertionError("nobody ends this wait") from error

    def _fail(self, error: BaseException) -> None:
        self._app.conf.stream_wait_empty = False  # what is at hand stays as it is
        self._failed(error)

    async def _revoked(self, *_ours: Any, **_more: Any) -> None:
        self._ours, self._complete = frozenset(), None
        self._app.letting_go_since = None
        if self._look().is_left(time.monotonic()):
            await asyncio.get_running_loop().create_future()  # not to join again; `_watch` says why

    async def _watch(self) -> None:
        """Tells when Faust broke; it says nothing of its own accord."""
        while (error := self._broken()) is None:  # noqa: ASYNC110 - Faust sets no event of ours
            await asyncio.sleep(LOOK)
        self._fail(error)

    def _broken(self) -> BaseException | None:
        since = self._app.letting_go_since
        if since is not None and time.monotonic() - since > LETTING_GO:
            return FaustError("what was at hand took longer than the other replicas wait")
        consumer = cast("OrderedConsumer", self._app.consumer)
        reason = self._app.crash_reason or consumer.broken()
        return self._look().problem(reason, time.monotonic())

    def _look(self) -> Place:
        self._place.look(cast("OrderedConsumer", self._app.consumer).member, time.monotonic())
        return self._place


def _record(event: EventT[Any]) -> Record:
    """A record as aiokafka has it; Faust's message names the time otherwise."""
    record: Any = event.message
    return cast("Record", record)


def application(settings: KafkaSettings, partitions: int, folder: str) -> App:
    """Our application, which was not started yet."""
    given = options(settings, partitions, folder, SERVICE)
    app = App(**given, Table=Table, TableManager=Tables, Monitor=ReadOffsets)
    app.transport = Transport(app.conf.broker, app)
    return app


def options(settings: KafkaSettings, partitions: int, folder: str, name: str) -> dict[str, Any]:
    """What Faust is told; the name is the group's, behind the prefix."""
    servers = [f"kafka://{each.strip()}" for each in settings.kafka_bootstrap_servers.split(",")]
    return {
        "id": settings.topic_prefix + name,
        "broker": ";".join(servers),
        "broker_credentials": credentials(settings.kafka_security),
        "broker_session_timeout": SESSION,
        "broker_rebalance_timeout": REBALANCE,
        "broker_heartbeat_interval": 3.0,
        "broker_commit_interval": COMMIT_EVERY,
        "broker_client_id": name,
        "broker_max_poll_records": FETCH_RECORDS,
        "consumer_auto_offset_reset": "earliest",
        "consumer_group_instance_id": settings.instance,
        "processing_guarantee": "at_least_once",
        "producer_linger": LINGER,
        "producer_max_batch_size": BATCH_BYTES,
        "producer_max_request_size": MAX_RECORD_BYTES,
        "store": "memory://",
        "datadir": folder,
        "table_standby_replicas": 0,
        "topic_partitions": partitions,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "autodiscover": False,
        "web_enabled": False,
        "Worker": None,
    }
