"""How a measurement waits."""

from collections.abc import Iterable

import pytest

from bench.ground import Look, until


def said_in_turn(figures: Iterable[float]) -> Look:
    left = iter(figures)

    async def look() -> float:
        return next(left)

    return look


async def test_whoever_goes_on_is_waited_for_however_long_it_takes() -> None:
    assert await until(said_in_turn(range(100)), 50, every=0, patience=0) == 50


async def test_whoever_stands_still_is_not() -> None:
    with pytest.raises(TimeoutError, match="3 of 4"):
        await until(said_in_turn([1, 2, *[3] * 1000, 4]), 4, every=0, patience=0)
