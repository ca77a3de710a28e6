"""Records are taken a few at a time, until they are enough."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from headsup.kafka.producer import Outgoing
from headsup.kafka.taking import AT_ONCE, BYTES, take

ONE, TWO = TopicPartition("topic", 1), TopicPartition("topic", 2)
LARGEST = 256 * 1024


class AtHand:
    """As aiokafka gives what it has at hand: of one partition after the other."""

    def __init__(self, *records: tuple[TopicPartition, int], error: KafkaError | None) -> None:
        self.records = list(records)
        self.error = error
        self.asked: list[tuple[int, int]] = []
        self._subscription = SimpleNamespace(_fetch_count=0)

    async def getmany(
        self, *only: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[Outgoing]]:
        self.asked.append((timeout_ms, max_records))
        wanted = [each for each in self.records if not only or each[0] in only][:max_records]
        if not wanted and self.error is not None:
            self._subscription._fetch_count += 1
            raise self.error
        found: dict[TopicPartition, list[Outgoing]] = {}
        for each in wanted:
            self.records.remove(each)
            found.setdefault(each[0], []).append(Outgoing("topic", None, bytes(each[1])))
        return found


def at_hand(*records: tuple[TopicPartition, int], error: KafkaError | None = None) -> AtHand:
    return AtHand(*records, error=error)


async def taken(consumer: Any, most: int = 500, only: Sequence[TopicPartition] = ()) -> list[int]:
    found = await take(consumer, 0.25, most, only)
    return [len(records) for records in found.values()]


async def test_of_small_ones_as_many_as_are_asked_for_in_one_batch() -> None:
    consumer = at_hand(*[(ONE, 9)] * 300, *[(TWO, 9)] * 300)
    assert await taken(consumer) == [300, 200]
    assert await taken(consumer) == [100]
    assert await taken(consumer) == []


async def test_of_large_ones_no_more_than_are_enough() -> None:
    consumer = at_hand(*[(ONE, LARGEST)] * 300)
    most = BYTES // LARGEST + AT_ONCE
    while consumer.records:
        [count] = await taken(consumer)
        assert count < most


async def test_large_ones_behind_small_ones_are_no_more() -> None:
    consumer = at_hand(*[(ONE, 9)] * 100, *[(TWO, LARGEST)] * 300)
    assert await taken(consumer) == [100, 28]


async def test_it_waits_for_the_first_ones_alone() -> None:
    consumer = at_hand(*[(ONE, 9)] * (AT_ONCE + 1))
    assert await taken(consumer) == [AT_ONCE + 1]
    assert consumer.asked == [(250, AT_ONCE), (0, AT_ONCE)]


async def test_few_are_asked_for_once() -> None:
    consumer = at_hand(*[(ONE, 9)] * 10)
    assert await taken(consumer, most=20) == [10]
    assert consumer.asked == [(250, 20)]


async def test_of_other_partitions_nothing_comes() -> None:
    consumer = at_hand(*[(ONE, 9)] * 100, *[(TWO, 9)] * 100)
    assert await taken(consumer, only=[TWO]) == [100]
    assert len(consumer.records) == 100


@pytest.mark.parametrize("error", [NoOffsetForPartitionError(TWO), OffsetOutOfRangeError({TWO: 7})])
async def test_what_was_taken_is_not_lost_where_a_later_word_is_against_it(
    error: KafkaError,
) -> None:
    consumer = at_hand(*[(ONE, 9)] * AT_ONCE, error=error)
    assert await taken(consumer) == [AT_ONCE]
    assert consumer._subscription._fetch_count == 0
    with pytest.raises(type(error)):
        await taken(consumer)
