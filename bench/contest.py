"""Measures several in turn, in the same run, so that a noisy machine is noisy for all of them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.figures import Goal, Row, compared, times

Say = Callable[[str], None]
"""Shows what is going on."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything is measured."""

    share: float = 1.0
    """Of the full load."""
    rounds: int = 5

    def of(self, full: int, least: int = 1) -> int:
        """So many of these."""
        return max(least, round(full * self.share))

    @property
    def is_full(self) -> bool:
        """Whether the figures are those of the page."""
        return self.share >= 1


@dataclass(frozen=True, slots=True)
class Contestant:
    """Somebody who does the work: `run` does it once, for the round of this number, and says how
    fast (or how large) it was."""

    name: str
    run: Callable[[int], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Contest:
    """What they measured, round by round."""

    unit: str
    counted: str
    found: dict[str, list[float]] = field(default_factory=dict)

    def row(self, name: str, *, goal: Goal | None = None) -> Row:
        """The figure of one of them alone."""
        values = self.found[name]
        return Row(
            name=name,
            value=median(values),
            unit=self.unit,
            spread=(min(values), max(values)),
            goal=goal,
            counted=self._counted(values),
        )

    def beside(self, name: str, other: str, *, goal: Goal | None = None) -> Row:
        """One of them as a ratio of another."""
        values = self.found[name]
        ratio, spread = compared(values, self.found[other])
        return Row(
            name=f"{name} / {other}",
            value=median(values),
            unit=self.unit,
            beside=other,
            ratio=ratio,
            spread=spread,
            goal=goal,
            counted=self._counted(values),
        )

    def _counted(self, values: Sequence[float]) -> str:
        return f"{self.counted}; {times(len(values), 'round')}"


async def hold(
    contestants: Sequence[Contestant], size: Size, say: Say, *, unit: str, counted: str
) -> Contest:
    """Lets each of them do the work in each round. Who begins changes from round to round: nobody
    is always the one who finds the caches warm."""
    contest = Contest(unit, counted, {one.name: [] for one in contestants})
    for number in range(size.rounds):
        first = number % len(contestants)
        for one in (*contestants[first:], *contestants[:first]):
            say(f"round {number + 1} of {size.rounds}: {one.name}")
            contest.found[one.name].append(await one.run(number))
    return contest
