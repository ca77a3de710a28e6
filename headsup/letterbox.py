"""The dead letters on Kafka: looked through, replayed, dropped.

A letter is marked only after Kafka acknowledged what was replayed. Whoever is killed in between
leaves letters that are replayed once more: whatever reads them takes the same event once.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from headsup.clock import Clock
from headsup.contracts.registry import Internal, Topic
from headsup.dead_letters import (
    Letter,
    LetterId,
    Resolution,
    Resolved,
    Wanted,
    marker,
    original,
    read,
)
from headsup.kafka.consumer import Partition, Record
from headsup.kafka.producer import Outgoing, Publisher, PublishError
from headsup.kafka.reader import Reader, Span

MOST_AT_ONCE: Final = 200
"""Letters that are replayed together, and then marked together."""
MOST_BYTES: Final = 8 * 1024 * 1024
"""Bytes of their values, beyond which fewer are."""


@dataclass(slots=True)
class Survey:
    """What was found."""

    letters: dict[LetterId, Letter] = field(default_factory=dict)
    """Those that still wait, without what they hold."""
    resolved: dict[LetterId, Resolution] = field(default_factory=dict)
    _moved: dict[LetterId, LetterId] = field(default_factory=dict)
    """Where those lie now that were written once more."""

    def note(self, found: Letter | Resolved, wanted: Wanted) -> None:
        """Takes the next record of a partition in. A marker lies behind its letter."""
        if isinstance(found, Resolved):
            self.letters.pop(found.letter, None)
            self.letters.pop(self._moved.get(found.letter, found.letter), None)
            self.resolved[found.letter] = found.resolution
            return
        if found.copy_of is not None:
            self._moved[found.copy_of] = found.id
            self.letters.pop(found.copy_of, None)
            if found.copy_of in self.resolved:
                self.resolved[found.id] = self.resolved[found.copy_of]
                return
        if wanted.matches(found):
            self.letters[found.id] = found


class Letterbox:
    """The dead letters of all topics whose names begin with `prefix`."""

    def __init__(self, reader: Reader, prefix: str) -> None:
        self._reader = reader
        self._prefix = prefix

    def partitions(self, topic: str) -> int:
        """How many partitions the topic has; 0 when there is no such topic."""
        return self._reader.partitions(topic)

    async def survey(self, topics: Collection[Topic | Internal], wanted: Wanted) -> Survey:
        """Goes through all letters of these topics, and keeps those that are wanted and wait."""
        names = [self._prefix + topic.dead_letters for topic in topics]
        return await self._survey(await self._reader.spans(names), wanted)

    async def look_up(self, ids: Collection[LetterId]) -> Survey:
        """The same for letters by their ids."""
        first = _spans(ids)
        held = await self._reader.spans({each.topic for each in ids})
        spans = {p: held[p].cut(first[p].start, held[p].end) for p in held.keys() & first}
        return await self._survey(spans, Wanted(ids=frozenset(ids)))

    async def _survey(self, spans: dict[Partition, Span], wanted: Wanted) -> Survey:
        found = Survey()
        async for records in self._reader.read(spans):
            for record in records:
                found.note(read(record), wanted)
        return found

    async def records(self, ids: Collection[LetterId]) -> AsyncIterator[Record]:
        """The letters themselves, in order within each partition."""
        named = set(ids)
        between = _spans(named)
        held = await self._reader.spans({each.topic for each in named})
        spans = {p: held[p].cut(*between[p]) for p in held.keys() & between}
        async for records in self._reader.read(spans):
            for record in records:
                if _id(record) in named:
                    yield record


@dataclass(slots=True)
class Done:
    """What came of replaying or dropping."""

    ids: list[LetterId] = field(default_factory=list)
    failed: dict[LetterId, str] = field(default_factory=dict)
    """What could not be done, and why: the rest of a sentence that begins with the id."""


class Clerk:
    """Replays and drops."""

    def __init__(self, letterbox: Letterbox, publisher: Publisher, clock: Clock) -> None:
        self._letterbox = letterbox
        self._publisher = publisher
        self._clock = clock

    async def replay(self, letters: Iterable[Letter]) -> Done:
        """Puts letters back on their topics, as they lay there, and marks them."""
        problems = {letter.id: hindrance(letter, self._letterbox) for letter in letters}
        done = Done(failed={each: problem or _GONE for each, problem in problems.items()})
        whole = [each for each, problem in problems.items() if not problem]
        waiting: list[Record] = []
        async for record in self._letterbox.records(whole):
            waiting.append(record)
            if len(waiting) >= MOST_AT_ONCE or _bytes(waiting) >= MOST_BYTES:
                await self._replay(waiting, done)
                waiting = []
        await self._replay(waiting, done)
        return done

    async def _replay(self, records: Sequence[Record], done: Done) -> None:
        ids = [_id(record) for record in records]
        left = await self._publish([self._original(record) for record in records])
        for place in left:
            done.failed[ids[place]] = "was not acknowledged by Kafka."
        sent = [each for place, each in enumerate(ids) if place not in left]
        await self._mark(sent, Resolution.REPLAYED, done)

    def _original(self, record: Record) -> Outgoing:
        """A topic that was made anew may lack the partition: then the key says which."""
        again = original(record)
        if (again.partition or 0) < self._letterbox.partitions(again.topic):
            return again
        return replace(again, partition=None)

    async def drop(self, letters: Iterable[Letter]) -> Done:
        """Marks letters, so that nobody looks at them again. Kafka removes them in its time."""
        done, ids = Done(), [letter.id for letter in letters]
        for start in range(0, len(ids), MOST_AT_ONCE):
            await self._mark(ids[start : start + MOST_AT_ONCE], Resolution.DROPPED, done)
        return done

    async def _mark(self, ids: Sequence[LetterId], resolution: Resolution, done: Done) -> None:
        at = self._clock.now()
        left = await self._publish([marker(each, resolution, at) for each in ids])
        for place, each in enumerate(ids):
            if place in left:
                done.failed[each] = _UNMARKED[resolution]
            else:
                done.failed.pop(each, None)
                done.ids.append(each)

    async def _publish(self, records: Sequence[Outgoing]) -> set[int]:
        """The places of those that Kafka did not acknowledge."""
        try:
            await self._publisher.publish(records)
        except PublishError as error:
            return set(error.left)
        return set()


_GONE: Final = "is gone: its time on Kafka is over."
_UNMARKED: Final = {
    Resolution.REPLAYED: "was replayed, but could not be marked as that: it still waits.",
    Resolution.DROPPED: "could not be marked as dropped.",
}


def hindrance(letter: Letter, letterbox: Letterbox) -> str:
    """Why a letter cannot be replayed; empty when it can."""
    if letter.cut_from:
        return (
            f"is only the beginning of a record of {letter.cut_from} bytes, the rest is not kept: "
            "its writer has to send it again."
        )
    if not letterbox.partitions(letter.topic):
        return f"came from {letter.topic}, which is no topic of this broker."
    return ""


def _id(record: Record) -> LetterId:
    return LetterId(record.topic, record.partition, record.offset)


def _spans(ids: Iterable[LetterId]) -> dict[Partition, Span]:
    """For each partition from the first letter to the last."""
    spans: dict[Partition, Span] = {}
    for each in ids:
        partition = Partition(each.topic, each.partition)
        known = spans.get(partition, Span(each.offset, each.offset + 1))
        spans[partition] = Span(min(known.start, each.offset), max(known.end, each.offset + 1))
    return spans


def _bytes(records: Iterable[Record]) -> int:
    return sum(len(record.value or b"") for record in records)
