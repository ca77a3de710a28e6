"""What `make bench` is made of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.contest import Say, Size
from bench.figures import Profile, Row, Series


@dataclass(frozen=True, slots=True)
class Findings:
    """What an experiment found."""

    rows: list[Row]
    series: tuple[Series, ...] = ()
    """For the plot of cost against load."""
    profiles: tuple[Profile, ...] = ()
    """Where the time goes."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """Measures something, and says it in rows."""

    name: str
    """For `--only`."""
    run: Callable[[Size, Say], Awaitable[list[Row] | Findings]]
    """Rows alone where there is nothing to plot."""
    is_in_short: bool = False
    """Also in `make bench-short`, which has 90 seconds for all of them."""

    async def findings(self, size: Size, say: Say) -> Findings:
        """Runs it."""
        found = await self.run(size, say)
        return found if isinstance(found, Findings) else Findings(found)
