"""Chance that is the same every time for the same seed."""

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T")


class Chance(random.Random):
    """Draws; a journey has one of its own, so that it can be played alone."""

    def happens(self, probability: float) -> bool:
        """Whether something happens that happens so often."""
        return self.random() < probability

    def span(self, shortest: timedelta, longest: timedelta) -> timedelta:
        """A time between these, in whole seconds."""
        low, high = int(shortest.total_seconds()), int(longest.total_seconds())
        return timedelta(seconds=self.randint(low, high))

    def hours(self, shortest: float, longest: float) -> timedelta:
        """So many hours."""
        return self.span(timedelta(hours=shortest), timedelta(hours=longest))

    def days(self, shortest: float, longest: float) -> timedelta:
        """So many days."""
        return self.span(timedelta(days=shortest), timedelta(days=longest))

    def weighted(self, weights: Mapping[T, float]) -> T:
        """One of these; the greater its weight, the more often."""
        return self.choices(list(weights), list(weights.values()))[0]
