"""Which processor does what: who is measured has one for itself, and everybody else the others."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

_ALL: Final = tuple(sorted(os.sched_getaffinity(0)))


@contextmanager
def of_the_contestant() -> Iterator[None]:
    """What is started while the block runs, runs on the first of our processors."""
    with _only(_ALL[:1]):
        yield


@contextmanager
def of_the_others() -> Iterator[None]:
    """What is started while the block runs, and we ourselves, run on all but the first; on a
    machine with one, on that."""
    with _only(_ALL[1:] or _ALL):
        yield


@contextmanager
def _only(cores: Sequence[int]) -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
