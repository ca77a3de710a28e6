"""An event is acknowledged when all that it changed is on Kafka, and all before it were."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

Failed = Callable[[BaseException], None]
"""Told of what nobody can go on after."""


class Acknowledged(Protocol):
    """An event as Faust gives it."""

    message: Any


Finish = Callable[[Any], object]
"""Counts an event as read."""


@dataclass(slots=True, eq=False)
class Begun:
    """An event that is being worked on."""

    event: Acknowledged
    left: int = 1
    """Records that it made us write and that Kafka has not yet, and the work itself."""


class Acknowledging:
    """Of each partition, what is being worked on."""

    def __init__(self, failed: Failed, finish: Finish) -> None:
        self._failed = failed
        self._finish = finish
        self._lines: dict[Any, deque[Begun]] = {}

    def begin(self, event: Acknowledged) -> Begun:
        """Work on an event begins. Those of a partition begin in the order of their offsets."""
        begun = Begun(event)
        self._lines.setdefault(event.message.tp, deque()).append(begun)
        return begun

    def finish(self, begun: Begun, parts: Sequence["asyncio.Future[Any]"]) -> None:
        """The work is over; these parts of it are on their way to Kafka."""
        begun.left += len(parts)
        for part in parts:
            part.add_done_callback(partial(self._arrived, begun))
        self._done(begun)

    def _arrived(self, begun: Begun, part: "asyncio.Future[Any]") -> None:
        if part.cancelled():
            return  # we are being stopped: it is read again
        if error := part.exception():
            self._failed(error)
            return
        self._done(begun)

    def _done(self, begun: Begun) -> None:
        begun.left -= 1
        line = self._lines[begun.event.message.tp]
        while line and not line[0].left:
            self._finish(line.popleft().event)
