"""A channel that leads nowhere, for tests: it keeps what it is given and fails when told to."""

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from headsup.clock import SystemClock
from headsup.contracts.channels import Channel
from services.notifier.channels.base import PRIMARY, SendError
from services.notifier.rendered import (
    Rendered,
    RenderedEmail,
    RenderedSms,
    RenderedTelegram,
    RenderedWhatsApp,
)

M = TypeVar("M", RenderedEmail, RenderedSms, RenderedTelegram, RenderedWhatsApp)


@dataclass(frozen=True, slots=True)
class _Failure:
    error: SendError
    accepted: bool


class MemorySender(Generic[M]):
    """Keeps messages in `sent`, in order. Its name for a message is `memory-<number>`."""

    def __init__(
        self, channel: Channel, *, name: str = PRIMARY, can_be_asked: bool = False
    ) -> None:
        self.channel = channel
        self.name = name
        self.can_be_asked = can_be_asked
        self.sent: list[M] = []
        self.held = 0
        """Sends that wait."""
        self.closed = False
        self._taken: list[tuple[datetime, M]] = []
        self._failures: deque[_Failure] = deque()
        self._refusals: deque[SendError] = deque()
        self._clock = SystemClock()
        self._open = asyncio.Event()
        self._open.set()

    def fail(self, error: SendError, times: int = 1, *, accepted: bool = False) -> None:
        """The next `times` sends raise `error`. With `accepted` the message arrives all the same,
        as with a provider that takes it and never answers."""
        self._failures.extend([_Failure(error, accepted)] * times)

    def refuse_answers(self, error: SendError, times: int = 1) -> None:
        """The next `times` questions raise `error`."""
        self._refusals.extend([error] * times)

    def hold(self) -> None:
        """Sends wait, as with a slow provider, until `release`."""
        self._open.clear()

    def release(self) -> None:
        """Sends go on."""
        self._open.set()

    async def send(self, message: M) -> str:
        """Keeps the message and returns its name, or raises what was asked for."""
        self.held += 1
        try:
            await self._open.wait()
        finally:
            self.held -= 1
        failure = self._failures.popleft() if self._failures else None
        if failure is None or failure.accepted:
            self.sent.append(message)
            self._taken.append((self._clock.now(), message))
        if failure is not None:
            raise failure.error
        return f"memory-{len(self.sent)}"

    async def find(self, message: M, since: datetime) -> tuple[str, ...]:
        """The names of what was kept since, and says the same to the same, the oldest first."""
        if self._refusals:
            raise self._refusals.popleft()
        if not self.can_be_asked:
            return ()
        return tuple(
            f"memory-{number}"
            for number, (at, kept) in enumerate(self._taken, start=1)
            if _said(kept) == _said(message) and at >= since
        )

    async def close(self) -> None:
        """Nothing to end."""
        self.closed = True


def _said(message: Rendered) -> tuple[str | int, str]:
    """To whom, and what: all that a provider has to tell messages by."""
    match message:
        case RenderedEmail():
            return message.to, message.text
        case RenderedSms():
            return message.to, message.text
        case RenderedTelegram():
            return message.chat_id, message.html
        case RenderedWhatsApp():
            return message.to, f"{message.text}{message.template or ''}"
