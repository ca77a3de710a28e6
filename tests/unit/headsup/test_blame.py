"""Who is to blame that a batch cannot be written."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from headsup.blame import expect_blameless, may_be_of_a_record, to_blame
from headsup.contracts.envelope import EventRefusedError
from headsup.kafka.consumer import Record
from headsup.streak import LineStoppedError


def records(*bad: int, of: int = 9) -> list[Any]:
    return [
        SimpleNamespace(topic="orders", partition=0, offset=n, is_bad=n in bad) for n in range(of)
    ]


async def rehearse(piece: Sequence[Record]) -> None:
    if any(record.is_bad for record in piece):  # type: ignore[attr-defined]
        raise asyncpg.CheckViolationError


@pytest.mark.parametrize("bad", [(0,), (4,), (8,), (0, 8), (2, 3, 4), tuple(range(9))])
async def test_every_record_that_fails_alone_is_found(bad: tuple[int, ...]) -> None:
    assert await to_blame(records(*bad), rehearse) == {("orders", 0, number) for number in bad}


async def test_a_single_record_is_found_too() -> None:
    assert await to_blame(records(0, of=1), rehearse) == {("orders", 0, 0)}


async def test_nobody_is_to_blame_when_it_works_by_now() -> None:
    assert await to_blame(records(), rehearse) == set()


async def test_records_that_only_fail_together_stop_the_line() -> None:
    async def together(piece: Sequence[Record]) -> None:
        if len(piece) == 9:
            raise asyncpg.ProgramLimitExceededError

    with pytest.raises(LineStoppedError, match="9 records can be written apart"):
        await to_blame(records(), together)


@pytest.mark.parametrize(
    "error", [OSError(), asyncpg.UndefinedTableError(), asyncpg.InterfaceError("closed")]
)
async def test_what_is_no_records_fault_is_raised(error: Exception) -> None:
    async def away(_piece: Sequence[Record]) -> None:
        raise error

    assert not may_be_of_a_record(error)
    with pytest.raises(type(error)):
        await to_blame(records(), away)


def test_a_record_that_is_to_blame_is_refused() -> None:
    [good, bad] = records(of=2)
    expect_blameless(good, {("orders", 0, 1)})
    with pytest.raises(EventRefusedError, match="could not be taken in"):
        expect_blameless(bad, {("orders", 0, 1)})
