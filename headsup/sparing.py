"""What is looked at beside the work is looked at the more seldom the longer it takes."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Final

REST: Final = 50
"""So many times as long as a look took there is none: it costs a fiftieth at most."""


class Sparing:
    """Says when there may be another look."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._not_before = float("-inf")

    def may_look(self) -> bool:
        """Whether the last one is long enough ago."""
        return self._monotonic() >= self._not_before

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        """A look, however it ends."""
        began = self._monotonic()
        try:
            yield
        finally:
            ended = self._monotonic()
            self._not_before = ended + REST * (ended - began)
