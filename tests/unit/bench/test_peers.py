"""The work that every peer of order_events does, and how it is seen that it was done."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.load import STEPS, journeys, waves
from bench.peers.bare_orders import decoded
from bench.peers.venvs import peer_versions, versions_of
from bench.peers.work import handle_kept, read
from bench.said import Said, WorkNotDoneError
from bench.waves import said_of_steps
from headsup.kafka.producer import Outgoing
from tests.architecture.contents import unlocked

ROOT = Path(__file__).parents[3]
PINS = sorted((ROOT / "bench/peers/requirements").glob("*.txt"))
PREFIX = "x."
THREE = range(3), 2, PREFIX


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


EXPECTED = sum(said_of_steps(), Counter[str]())


def test_a_peer_tells_of_each_order_to_the_end_and_nothing_twice() -> None:
    counted(lived(3)).check(3, EXPECTED)


def test_the_label_is_the_step_that_says_nothing() -> None:
    assert [each.total() for each in said_of_steps()] == [2, 0, 2, 2, 2]


def test_who_did_not_do_the_work_is_told_so() -> None:
    with pytest.raises(WorkNotDoneError, match="3 of 4 orders"):
        counted(lived(3)).check(4, EXPECTED)


def test_who_passed_a_state_over_did_not_do_the_work() -> None:
    *all_but_one, _ = lived(3)
    with pytest.raises(WorkNotDoneError, match=r"1 orders were told something else: .*'O-2'"):
        counted(iter(all_but_one)).check(3, EXPECTED)


def test_the_same_record_again_is_no_work_well_done() -> None:
    [first, *rest] = lived(1)
    with pytest.raises(WorkNotDoneError, match="1 records came twice"):
        counted(iter([first, first, *rest])).check(1, EXPECTED)


def test_what_is_said_again_is_seen_under_whatever_id() -> None:
    once, [first, *rest] = counted(lived(2)), lived(1)
    assert (once.messages, once.twice) == (2 * 4, 0)
    assert counted(iter([first, first, *rest])).twice == 1
    renamed = [
        replace(each, value=(each.value or b"").replace(b'"id":"', b'"id":"x')) for each in rest
    ]
    assert counted(iter([first, *rest, *renamed])).twice == 4


def test_no_wave_has_two_events_of_an_order_and_all_have_all() -> None:
    found = [[record for step in wave.values() for record in step] for wave in waves(*THREE)]
    assert all(len({record.key for record in wave}) == len(wave) for wave in found)
    together = Counter(record.value for wave in found for record in wave)
    assert len(together) == together.total() == 3 * STEPS


def test_an_order_has_its_events_in_their_order() -> None:
    seen: dict[bytes | None, list[int]] = defaultdict(list)
    for wave in waves(*THREE):
        for step, records in wave.items():
            for record in records:
                seen[record.key].append(step)
    assert all(steps == sorted(steps) for steps in seen.values())


def test_the_bare_loop_reads_every_event_of_the_load() -> None:
    for record in journeys(1, PREFIX):
        assert record.value is not None
        assert decoded(record.value).order_id == "O-0"


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
