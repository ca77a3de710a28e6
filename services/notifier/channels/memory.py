"""A channel that leads nowhere, for tests: it keeps what it is given and fails when told to."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

from headsup.contracts.channels import Channel
from services.notifier.channels.base import SendError
from services.notifier.rendered import RenderedEmail, RenderedSms, RenderedTelegram

M = TypeVar("M", RenderedEmail, RenderedSms, RenderedTelegram)


@dataclass(frozen=True, slots=True)
class _Failure:
    error: SendError
    accepted: bool


class MemorySender(Generic[M]):
    """Keeps messages in `sent`, in order. Its name for a message is `memory-<number>`."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.sent: list[M] = []
        self.closed = False
        self._failures: deque[_Failure] = deque()
        self._open = asyncio.Event()
        self._open.set()

    def fail(self, error: SendError, times: int = 1, *, accepted: bool = False) -> None:
        """The next `times` sends raise `error`. With `accepted` the message arrives all the same,
        as with a provider that takes it and never answers."""
        self._failures.extend([_Failure(error, accepted)] * times)

    def hold(self) -> None:
        """Sends wait, as with a slow provider, until `release`."""
        self._open.clear()

    def release(self) -> None:
        """Sends go on."""
        self._open.set()

    async def send(self, message: M) -> str:
        """Keeps the message and returns its name, or raises what was asked for."""
        await self._open.wait()
        failure = self._failures.popleft() if self._failures else None
        if failure is None or failure.accepted:
            self.sent.append(message)
        if failure is not None:
            raise failure.error
        return f"memory-{len(self.sent)}"

    async def close(self) -> None:
        """Nothing to end."""
        self.closed = True
