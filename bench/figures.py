"""What was measured, in rows, each with the goal that it has. Pure."""

from collections.abc import Sequence
from statistics import median
from typing import Any, Final

import msgspec

_DIGITS: Final = 4
"""Of a figure that is kept. No measurement here is better than that."""


class Goal(msgspec.Struct, frozen=True):
    """How much is wanted: of the ratio where there is one, else of the value itself."""

    limit: float
    is_most: bool = False

    @property
    def words(self) -> str:
        """For the table."""
        return f"at {'most' if self.is_most else 'least'} {self.limit:g}"

    def is_met_by(self, figure: float) -> bool:
        """Whether this is enough, or little enough."""
        return figure <= self.limit if self.is_most else figure >= self.limit


def at_least(limit: float) -> Goal:
    """So much or more."""
    return Goal(limit)


def at_most(limit: float) -> Goal:
    """So much or less."""
    return Goal(limit, is_most=True)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report."""

    name: str
    """What was measured. No two rows have the same."""
    value: float
    """The middle of all rounds."""
    unit: str
    beside: str = ""
    """What it was compared with, in the same rounds."""
    ratio: float | None = None
    """To what stands beside it: the middle of the ratios of the rounds."""
    spread: tuple[float, float] | None = None
    """The least and the greatest of the rounds: of the ratio where there is one, else of the
    value."""
    goal: Goal | None = None
    counted: str
    """How much of what, how many rounds: a figure without it says nothing."""

    @property
    def figure(self) -> float:
        """What the goal speaks of."""
        return self.value if self.ratio is None else self.ratio

    @property
    def met(self) -> bool | None:
        """Whether the goal was reached; None without one."""
        return None if self.goal is None else self.goal.is_met_by(self.figure)

    def report(self) -> dict[str, Any]:
        """For `build/bench.json`."""
        return {
            "name": self.name,
            "value": short(self.value),
            "unit": self.unit,
            "beside": self.beside,
            "ratio": None if self.ratio is None else short(self.ratio),
            "spread": self.spread and [short(end) for end in self.spread],
            "goal": self.goal and self.goal.words,
            "met": self.met,
            "counted": self.counted,
        }


class Series(msgspec.Struct, frozen=True):
    """One line of a plot: how a cost grows with the load."""

    name: str
    unit_x: str
    unit_y: str
    points: tuple[tuple[float, float], ...]
    """Load and cost, the least load first."""

    def report(self) -> dict[str, Any]:
        """For `build/bench.json`."""
        return {
            "name": self.name,
            "unit_x": self.unit_x,
            "unit_y": self.unit_y,
            "points": [[short(load), short(cost)] for load, cost in self.points],
        }


class Profile(msgspec.Struct, frozen=True):
    """Where the time of a service goes."""

    name: str
    """Whose, and at what."""
    parts: tuple[tuple[str, float], ...]
    """What it does, and how much of its time that takes: all together 1."""
    samples: int
    counted: str
    """What it did meanwhile."""

    def report(self) -> dict[str, Any]:
        """For `build/bench.json`: the largest part first."""
        parts = sorted(self.parts, key=lambda part: part[1], reverse=True)
        return {
            "name": self.name,
            "samples": self.samples,
            "counted": self.counted,
            "parts": [{"name": name, "share": short(share)} for name, share in parts],
        }


def times(number: int, what: str) -> str:
    """So many of these, in words: 1 round, 5 rounds."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def short(figure: float) -> float:
    """With as many digits as mean something."""
    return float(f"{figure:.{_DIGITS}g}")


def compared(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """The ratio of each round: its middle, and the least and the greatest. Whatever slowed the
    machine in one round slowed both."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return median(ratios), (min(ratios), max(ratios))
