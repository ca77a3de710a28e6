"""What a contestant put on the topic of requests: who did not do the work has no figure."""

from collections import Counter
from dataclasses import dataclass, field

import msgspec
from aiokafka import AIOKafkaConsumer

from bench.ground import Ground
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import NotificationRequested
from headsup.contracts.registry import BY_DATA, Topic


class _Data(msgspec.Struct):
    order_id: str
    kind: str = ""


class _Event(msgspec.Struct):
    id: str
    type: str
    data: _Data


class WorkNotDoneError(Exception):
    """A contestant said less than there was to say, or said something twice under two ids."""


_REQUESTED = BY_DATA[NotificationRequested].name
_decoder = msgspec.json.Decoder(_Event)


@dataclass(slots=True)
class Said:
    """The records of one contestant, counted."""

    records: int = 0
    ids: set[str] = field(default_factory=set)
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By order and kind, how many requests of different ids there are."""

    def add(self, value: bytes) -> None:
        """One more record."""
        self.records += 1
        event = _decoder.decode(value)
        if event.id in self.ids:
            return
        self.ids.add(event.id)
        if event.type == _REQUESTED:
            self.requests[event.data.order_id, event.data.kind] += 1

    def check(self, orders: int, last: Kind = Kind.SHIPMENT_DELIVERED) -> None:
        """Raises WorkNotDoneError unless the last news of each order was asked for, and nothing was
        asked for under two ids."""
        done = sum(kind == last for _, kind in self.requests)
        if done != orders:
            raise WorkNotDoneError(f"{done} of {orders} orders were told of to the end")
        if twice := sum(count > 1 for count in self.requests.values()):
            raise WorkNotDoneError(f"{twice} requests came under more than one id")


async def said_on(here: Ground) -> Said:
    """Reads all that is on the topic of requests."""
    consumer = AIOKafkaConsumer(
        here.prefix + Topic.REQUESTED,
        bootstrap_servers=here.bootstrap_servers,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        said = Said()
        while said.records < sum(ends.values()):
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    said.add(record.value)
        return said
    finally:
        await consumer.stop()
