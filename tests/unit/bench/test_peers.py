"""The work that every peer of order_events does, and how it is seen that it was done."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bench.load import journeys
from bench.peers.bare_orders import decoded
from bench.peers.venvs import peer_versions, versions_of
from bench.peers.work import Meter, handle_kept, read
from bench.said import Said, WorkNotDoneError
from headsup.kafka.producer import Outgoing
from tests.architecture.contents import unlocked

ROOT = Path(__file__).parents[3]
PINS = sorted((ROOT / "bench/peers/requirements").glob("*.txt"))
PREFIX = "x."


def lived(orders: int) -> Iterator[Outgoing]:
    """What a peer without a database says of the load's orders, and of every event once more."""
    kept: dict[bytes | None, bytes] = {}
    for record in [each for each in journeys(orders, PREFIX) for _ in range(2)]:
        assert record.value is not None
        after, said = handle_kept(kept.get(record.key), read(record.value, record.headers), PREFIX)
        if after is not None:
            kept[record.key] = after
        yield from said


def counted(records: Iterator[Outgoing]) -> Said:
    said = Said()
    for record in records:
        assert record.value is not None
        said.add(record.value)
    return said


def test_a_peer_tells_of_each_order_to_the_end_and_nothing_twice() -> None:
    said = counted(lived(3))
    said.check(orders=3)
    assert said.records == len(said.ids) == 3 * 8


def test_who_did_not_do_the_work_is_told_so() -> None:
    with pytest.raises(WorkNotDoneError, match="3 of 4 orders"):
        counted(lived(3)).check(orders=4)


def test_a_request_under_two_ids_is_no_work_well_done() -> None:
    said = counted(lived(1))
    [last] = [place for place in said.requests if place[1] == "shipment.delivered"]
    said.requests[last] += 1
    with pytest.raises(WorkNotDoneError, match="more than one id"):
        said.check(orders=1)


def test_the_same_record_again_is_counted_and_no_second_request() -> None:
    said = counted(record for record in lived(1) for _ in range(2))
    said.check(orders=1)
    assert said.records == 2 * len(said.ids)


def test_the_bare_loop_reads_every_event_of_the_load() -> None:
    for record in journeys(1, PREFIX):
        assert record.value is not None
        assert decoded(record.value).order_id == "O-0"


def test_the_time_begins_with_the_first_event() -> None:
    times = iter([10.0, 14.0])
    meter = Meter(total=2, clock=lambda: next(times))
    meter.begin()
    assert not meter.handled()
    meter.begin()
    assert meter.handled()
    assert msgspec.json.decode(meter.report()) == {"events": 2, "seconds": 4.0}


def test_the_report_knows_each_peer() -> None:
    assert set(peer_versions()) == {"celery", "faststream", "faust-streaming", "quixstreams"}


def test_what_is_shared_with_us_is_of_our_version() -> None:
    """A peer that had a newer Faust or aiokafka than we do would be measured as another one."""
    ours = dict(
        line.split(" ")[0].split("==")
        for line in (ROOT / "requirements/production.txt").read_text().splitlines()
        if "==" in line
    )
    for name in ("aiokafka", "faust-streaming"):
        assert versions_of("faust")[name] == ours[name]
    assert versions_of("faststream")["aiokafka"] == ours["aiokafka"]


@pytest.mark.parametrize("pins", PINS, ids=lambda path: path.stem)
def test_everything_is_pinned_with_hashes_and_no_address(pins: Path) -> None:
    assert unlocked(pins) == []
