"""What is otherwise with us than in Faust's driver for Kafka (0.15).

- Faust reads what a transaction took back, unless it writes in transactions itself.
- It commits past an event that is not done: where only later ones are acknowledged it goes by the
  last committed offset, and is one off. So events are acknowledged in their order, and the last
  one says how far we are, whatever is missing before it, such as marks of transactions.
- Where its thread hangs the process never ends.
- Where aiokafka gave up its membership nobody hears of it: it goes on with the same partitions.
  Where another replica has its name it does not: see `place`.
- It acknowledges what it lets fall in a rebalance, as if it were done.
- It complains every second of topics on which nothing comes.
- It says twice that the flow goes on, when a table's changelog can be read and when it was read,
  and empties the queues of the streams each time. In between it gives them records.
- What it fetched while a rebalance went on it lets fall, and goes back to where it committed. Where
  nothing is committed aiokafka does not go back: the first record of a partition was lost, and the
  recovery of a table waited without end for what was let fall of its changelog.
- What else it may let fall on the way from Kafka to us is noticed: see `arrivals`.
- It fetches by number alone, and while four thousand records wait to be handled it fetches more,
  however large they are.
- It waits for a second before it reads the changelog.
- It takes much of our time and memory for what we do not need.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, Final, cast

import faust
from aiokafka.errors import BrokerResponseError, kafka_errors
from faust.sensors import Monitor
from faust.stores import memory
from faust.tables import TableManager
from faust.transport.drivers import aiokafka
from faust.types import TP, EventT
from mode.threads import WorkerThread
from mode.utils.queues import FlowControlEvent

from headsup.kafka.taking import enough
from headsup.kafka.weight import weight
from services.cart_recovery.acknowledging import Failed
from services.cart_recovery.arrivals import Arrivals
from services.cart_recovery.shelf import Shelf, ShelfError

LEAVING: Final = 2.0
"""Seconds for leaving the group and closing connections."""
LAST: Final = 0.5
"""Seconds for the thread's own end. Nothing else happens meanwhile."""
WAITING: Final = 8 * 1024 * 1024
"""Bytes of records that were fetched and not looked at yet, while which no more are fetched."""
PATIENCE: Final = 60.0
"""Seconds."""
LOOK: Final = 0.02
ANY: Final = 1_000_000_000
"""However many."""
_TWO: Final = 2
"""So many things does Faust wait for with each record: its delivery and its interruption."""


class FencedInstanceIdError(BrokerResponseError):  # type: ignore[misc] # aiokafka has no types
    """Another member has our name. aiokafka (0.14) takes Kafka's word for an unknown one."""

    errno = 82
    message = "FENCED_INSTANCE_ID"


def understand_fencing() -> None:
    """Has aiokafka say so in this process. Doing it again changes nothing."""
    kafka_errors.setdefault(FencedInstanceIdError.errno, FencedInstanceIdError)


class _Thread(WorkerThread):
    def __init__(self, service: Any) -> None:
        super().__init__(service)
        self.daemon = True

    def stop(self) -> None:
        self.is_stopped.wait(LAST)


class _Reader(aiokafka.AIOKafkaConsumerThread):
    Worker = _Thread

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001
        return consumer

    async def _fetch_records(self, consumer: Any, *args: Any, **more: Any) -> Any:
        """What was waited for since before a rebalance goes back to where it was."""
        before, fetch = _assignment(consumer), super()._fetch_records

        async def ask(wait: float, most: int) -> Any:
            return await fetch(consumer, args[0], timeout=wait, max_records=most)

        most = min(more["max_records"], cast("OrderedConsumer", self.consumer).at_most)
        found = await enough(ask, more["timeout"], most, lambda: None)
        if not found or (self.consumer.flow_active and _assignment(consumer) is before):
            return found
        _seek(consumer, {tp: records[0].offset for tp, records in found.items()})
        return {}

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Goes back; to the beginning where nothing was committed yet. A changelog is read as the
        recovery of its table wants it."""
        return cast("Mapping[TP, int]", await self.call_thread(self._go_back))

    async def _go_back(self) -> Mapping[TP, int]:
        consumer = self._ensure_consumer()
        committed: Mapping[TP, int] = await consumer.seek_to_committed()
        kept = self.app.tables.changelog_topics
        _seek(consumer, {tp: 0 for tp, at in committed.items() if not at and tp.topic not in kept})
        return committed

    async def on_thread_stop(self) -> None:
        """Leaves. aiokafka waits without end for a Kafka that is away, or says that it was
        cancelled; where we did as well, whoever stops us would wait for ever."""
        with contextlib.suppress(asyncio.CancelledError, TimeoutError):
            async with asyncio.timeout(LEAVING):
                await super().on_thread_stop()

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Nothing: `services.cart_recovery.ticker` knows whether records are read."""


def _assignment(consumer: Any) -> Any:
    """Another one after each rebalance."""
    subscription = consumer._subscription.subscription  # noqa: SLF001
    return subscription and subscription.assignment


def _seek(consumer: Any, positions: Mapping[TP, int]) -> None:
    """Reads from there, at once: who fetches meanwhile gets nothing that was fetched before. A
    position that is no more is the beginning."""
    for tp, position in positions.items():
        if consumer._subscription.is_assigned(tp):  # noqa: SLF001
            consumer._fetcher.seek_to(tp, position)  # noqa: SLF001


class OrderedConsumer(aiokafka.Consumer):
    """Commits behind the last event that was acknowledged; `acknowledging` keeps their order."""

    _delivers: asyncio.Task[Any] | None = None
    """Whoever waits until a record was delivered."""
    _is_interrupted = False
    at_most = ANY
    """So many records are fetched next, and no more."""

    async def wait_first(self, *waits: Any, **more: Any) -> Any:
        """Faust makes four tasks for each record, to deliver it and to hear meanwhile that the flow
        is stopped: a fifth of all our work. Here whoever stops the flow interrupts the delivery.
        Whoever reads comes next: where a stream's queue is full, Faust fetches nothing for a while.
        """
        if len(waits) != _TWO or self.suspend_flow.is_set() or self.should_stop:
            return await super().wait_first(*waits, **more)
        delivery, interruption = waits
        interruption.close()
        self._delivers = asyncio.current_task()
        try:
            await delivery
        except asyncio.CancelledError:
            if not self._is_ours_alone():
                raise
        finally:
            self._delivers, self._is_interrupted = None, False
        await asyncio.sleep(0)
        return None

    def _is_ours_alone(self) -> bool:
        """Whether we cancelled the delivery, and nobody else did."""
        task = self._delivers
        return self._is_interrupted and task is not None and task.uncancel() == 0

    def stop_flow(self) -> None:
        """Nothing more is delivered; in a rebalance."""
        super().stop_flow()
        if self._delivers is not None and not self._is_interrupted:
            self._is_interrupted = True
            self._delivers.cancel()

    @property
    def _app(self) -> "App":
        return cast("App", self.app)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:  # noqa: ASYNC109 - Faust's
        await self._wait_for_room()
        found = await super()._getmany(active_partitions, timeout)
        kept = self.app.tables.changelog_topics
        for tp, records in found.items():
            if records and tp.topic not in kept:
                offsets = [record.offset for record in records]
                self._app.arrivals.fetched(tp, offsets, weight(records) // len(records))
        return found

    async def _wait_for_room(self) -> None:
        """Waits while what was fetched is too much, and comes to us. Where none of it comes for
        long, one record is fetched: if some was let fall, that one shows it (`arrivals`)."""
        arrivals, size, since = self._app.arrivals, 0, time.monotonic()
        self.at_most = ANY
        while arrivals.size >= WAITING and self.flow_active and not self.should_stop:
            if arrivals.size != size:
                size, since = arrivals.size, time.monotonic()
            elif time.monotonic() - since > PATIENCE:
                self.at_most = 1
                break
            await asyncio.sleep(LOOK)

    async def perform_seek(self) -> None:
        """Goes back to where we committed."""
        self._app.arrivals.went_back()
        await super().perform_seek()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """These are not ours any more."""
        self._app.arrivals.left(revoked)
        await super().on_partitions_revoked(revoked)

    def _new_consumer_thread(self) -> _Reader:
        return _Reader(self, loop=self.loop, beacon=self.beacon)

    def ack(self, message: Any) -> bool:
        """Faust acknowledges as well what it lets fall in a rebalance: that is done by nobody, and
        read again."""
        if message is self._app.finishing:
            return bool(super().ack(message))
        message.acked = True
        self._unacked_messages.discard(message)
        return False

    def _new_offset(self, tp: TP) -> int | None:
        acknowledged = self._acked[tp]
        if not acknowledged:
            return None
        newest = max(acknowledged)
        acknowledged.clear()
        self._acked_index[tp].clear()
        self._gap.pop(tp, None)
        return newest + 1

    @property
    def member(self) -> str:
        """Under which id Kafka knows us; empty while it knows us under none."""
        return str(getattr(self._coordinator, "member_id", ""))

    @property
    def _coordinator(self) -> Any:
        return getattr(self._thread._consumer, "_coordinator", None)  # noqa: SLF001

    def broken(self) -> BaseException | None:
        """Why we are no member of the group any more, and never will be again."""
        coordinator = self._coordinator
        task = getattr(coordinator, "_coordination_task", None)
        if task is None:
            return None
        if task.done() and not task.cancelled() and task.exception():
            return cast("BaseException", task.exception())
        return cast("BaseException | None", coordinator._pending_exception)  # noqa: SLF001


class Transport(aiokafka.Transport):
    """Faust's, with our consumer."""

    Consumer = OrderedConsumer


class _Store(memory.Store[bytes, bytes]):
    """Puts what it reads of the changelog on our shelf, and keeps nothing itself. Faust swallows
    what breaks there, and would read on for ever: so it is told to us before."""

    shelf: Shelf | None = None
    failed: Failed | None = None

    def apply_changelog_batch(
        self,
        batch: Iterable[EventT[Any]],
        to_key: Callable[[Any], Any],
        to_value: Callable[[Any], Any],
    ) -> None:
        """Puts what was read of the changelog onto the shelf."""
        del to_key, to_value  # it is bytes here and there
        assert self.shelf is not None  # noqa: S101 - given before the start
        assert self.failed is not None  # noqa: S101 - likewise
        try:
            for event in batch:
                message = event.message
                if message.key is not None:  # a compacted topic takes none without
                    self.shelf.lay(message.partition, message.key, message.value)
        except ShelfError as error:
            self.failed(error)
            raise


class Table(faust.Table[bytes, bytes]):
    """Faust's, with bytes in it as they are on Kafka."""

    def lie_on(self, shelf: Shelf, failed: Failed) -> None:
        """Where it lies, and who is told that it cannot. Said before Faust is started."""
        store = cast("_Store", self.data)
        store.shelf, store.failed = shelf, failed

    def _new_store_by_url(self, url: Any) -> _Store:
        return _Store(url, self.app, self, table_name=self.name, loop=self.loop)


class Tables(TableManager):
    """Faust's, which begins at once. Ours is there before Faust starts; it would wait for a second,
    in case that there come more, and that second was half of our start."""

    async def on_start(self) -> None:
        """The changelog is read from here on."""
        await self._update_channels()
        await self.recovery.start()


class ReadOffsets(Monitor):
    """Faust's figures, but of each record only how far we have read: nobody looks at the others."""

    def on_message_in(self, tp: TP, offset: int, message: Any) -> None:
        """A record is delivered."""
        del message
        self.tp_read_offsets[tp] = offset

    def on_stream_event_in(self, tp: TP, offset: int, stream: Any, event: Any) -> None:
        """Nothing."""

    def on_stream_event_out(
        self, tp: TP, offset: int, stream: Any, event: Any, state: Any = None
    ) -> None:
        """Nothing."""


class _Flow(FlowControlEvent):
    """Takes nothing from the streams where nothing was stopped."""

    def resume(self) -> None:
        if not self.is_active():
            super().resume()


class App(faust.App):
    """Faust's, which knows how long it has been giving partitions back."""

    letting_go_since: float | None = None
    """`time.monotonic` at the beginning of a rebalance; None once what was at hand is done."""
    finishing: Any = None
    """The message that we acknowledge at this moment."""

    @cached_property
    def arrivals(self) -> Arrivals:
        """What was fetched and did not come to us yet."""
        return Arrivals()

    def finish(self, event: Any) -> None:
        """Counts an event as read: everything that it changed is on Kafka."""
        self.finishing = event.message
        try:
            event.ack()
        finally:
            self.finishing = None

    @cached_property
    def flow_control(self) -> FlowControlEvent:
        """What stops the streams."""
        return _Flow(loop=self.loop)

    def on_rebalance_start(self) -> None:
        """A rebalance begins, as the thread says that reads."""
        super().on_rebalance_start()
        self.letting_go_since = time.monotonic()
