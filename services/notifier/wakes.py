"""Wakes the channels' loops: news has come, or the time for another attempt."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from headsup.contracts.channels import Channel
from services.notifier.priorities import Priority

EACH: Final = tuple(Priority)


class Wakes:
    """One bell per channel."""

    def __init__(self) -> None:
        self._bells = {channel: asyncio.Event() for channel in Channel}
        self._rung = Counter[tuple[Channel, Priority]]()

    def bell(self, channel: Channel) -> asyncio.Event:
        """What the channel's loop waits for, and clears."""
        return self._bells[channel]

    def rung(self, channel: Channel) -> Sequence[int]:
        """How often it was said so far that there is something to send on it, by priority."""
        return [self._rung[channel, priority] for priority in Priority]

    def ring(self, channels: Iterable[Channel], priorities: Iterable[Priority] = EACH) -> None:
        """There is something to send on these channels, of one of these priorities."""
        for channel in channels:
            self._ring(channel, priorities)

    def ring_in(self, seconds: float, channel: Channel) -> None:
        """There will be something to send."""
        asyncio.get_running_loop().call_later(seconds, self._ring, channel, EACH)

    def _ring(self, channel: Channel, priorities: Iterable[Priority]) -> None:
        self._rung.update((channel, priority) for priority in priorities)
        self._bells[channel].set()
