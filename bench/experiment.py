"""What `make bench` is made of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.contest import Say, Size
from bench.figures import Row


@dataclass(frozen=True, slots=True)
class Experiment:
    """Measures something, and says it in rows."""

    name: str
    """For `--only`."""
    run: Callable[[Size, Say], Awaitable[list[Row]]]
    is_in_short: bool = False
    """Also in `make bench-short`, which has 90 seconds for all of them."""
