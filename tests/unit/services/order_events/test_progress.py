"""Of which orders something may be said."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from headsup.clock import ManualClock
from headsup.kafka.backlog import OLD
from headsup.kafka.consumer import Partition
from services.order_events.progress import COUNTED, Progress

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Memory:
    """A reader that says what it is told to say."""

    def __init__(self) -> None:
        self.says: Mapping[Partition, datetime | None] = {}
        self.topics: tuple[str, ...] = ()
        self.reads(NOW)

    def reads(self, *moments: datetime | None) -> None:
        self.says = {Partition("shop.orders", n): moment for n, moment in enumerate(moments)}

    def reached(self, *topics: str) -> Mapping[Partition, datetime | None]:
        self.topics = topics
        return self.says

    def partitions(self) -> int:
        return len(self.says)


def progress(reader: Memory, clock: ManualClock | None = None) -> Progress:
    return Progress(reader, clock or ManualClock(NOW), prefix="us.")


def test_partitions_of_which_everything_was_read_are_current() -> None:
    reader = Memory()
    reader.reads(NOW, NOW - 2 * OLD, None)
    ours = progress(reader)
    assert ours.read() == {0}
    assert ours.behind == 2


def test_only_what_says_something_of_orders_counts() -> None:
    reader = Memory()
    progress(reader).read()
    assert reader.topics == tuple("us." + topic for topic in COUNTED)
    assert "us.notifications.outcomes" not in reader.topics


def test_nothing_is_swept_before_anything_was_read() -> None:
    assert progress(Memory()).swept() == frozenset()


def test_what_was_read_is_swept_only_once_it_is_written() -> None:
    reader = Memory()
    reader.reads(NOW - 2 * OLD)
    ours = progress(reader)
    ours.read()
    ours.wrote()
    assert ours.swept() == frozenset()
    reader.reads(NOW)
    assert ours.read() == {0}
    assert ours.swept() == frozenset()
    ours.wrote()
    assert ours.swept() == {0}


def test_a_batch_that_is_in_hand_for_long_puts_the_sweep_off() -> None:
    clock = ManualClock(NOW)
    ours = progress(Memory(), clock)
    ours.read()
    ours.wrote()
    assert ours.swept() == {0}
    clock.move(OLD)
    assert ours.swept() == {0}
    clock.move(timedelta(seconds=1))
    assert ours.swept() == frozenset()


def test_partitions_that_we_lost_are_not_swept() -> None:
    reader = Memory()
    reader.reads(NOW, NOW)
    ours = progress(reader)
    ours.read()
    ours.wrote()
    reader.reads(NOW)
    ours.read()
    ours.wrote()
    assert ours.swept() == {0}
