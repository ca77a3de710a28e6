"""What a contestant put on the topic of requests: who did not do the work has no figure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.ground import Ground
from headsup.contracts.catalogue import Kind
from headsup.contracts.registry import Topic
from headsup.kafka.topics import PARTITIONS

_KINDS: Final = frozenset(kind.value for kind in Kind)
_SHOWN: Final = 3
"""Orders are named in a complaint; not all of them."""


class _Data(msgspec.Struct):
    order_id: str
    kind: str = ""


class _Event(msgspec.Struct):
    id: str
    type: str
    data: _Data


class WorkNotDoneError(Exception):
    """A contestant said something else than there was to say, or said something twice."""


_decoder = msgspec.json.Decoder(_Event)


@dataclass(slots=True)
class Said:
    """The records of one contestant, counted."""

    records: int = 0
    ids: set[str] = field(default_factory=set)
    of_order: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """How many records of different ids each order has, by the kind of message that they ask for,
    or the type of the event where they ask for none."""

    def add(self, value: bytes) -> None:
        """One more record."""
        self.records += 1
        event = _decoder.decode(value)
        if event.id not in self.ids:
            self.ids.add(event.id)
            self.of_order[event.data.order_id][event.data.kind or event.type] += 1

    @property
    def messages(self) -> int:
        """How many different requests for a message there are."""
        return sum(count for _, count in self._of_kinds())

    @property
    def twice(self) -> int:
        """Records that came again, and messages of a kind that their order had before, under
        whatever id. Of orders of which there is each kind to say once."""
        of_a_kind = sum(count - 1 for _, count in self._of_kinds())
        return self.records - len(self.ids) + of_a_kind

    def _of_kinds(self) -> Iterator[tuple[str, int]]:
        """By order, each kind of message, and how many of it."""
        for said in self.of_order.values():
            yield from ((name, count) for name, count in said.items() if name in _KINDS)

    def check(self, orders: int, expected: Mapping[str, int]) -> None:
        """Raises WorkNotDoneError unless of each order all of this was said, nothing else, and
        nothing twice."""
        if len(self.of_order) != orders:
            raise WorkNotDoneError(f"{len(self.of_order)} of {orders} orders were told of")
        others = {id_: said for id_, said in self.of_order.items() if said != expected}
        if others:
            some = {id_: dict(others[id_]) for id_ in sorted(others)[:_SHOWN]}
            raise WorkNotDoneError(f"{len(others)} orders were told something else: {some}")
        if self.records != len(self.ids):
            raise WorkNotDoneError(f"{self.records - len(self.ids)} records came twice")


class Answers:
    """The topic of requests, seen from outside."""

    def __init__(self, here: Ground) -> None:
        topic = here.prefix + Topic.REQUESTED
        self._places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        self._consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=here.bootstrap_servers, auto_offset_reset="earliest"
        )

    async def __aenter__(self) -> "Answers":
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def count(self) -> float:
        """How many records Kafka has."""
        return float(sum((await self._consumer.end_offsets(self._places)).values()))

    async def said(self) -> Said:
        """All of them."""
        self._consumer.assign(self._places)
        left, said = await self.count(), Said()
        while said.records < left:
            for records in (await self._consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    said.add(record.value)
        return said
