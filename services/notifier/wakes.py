"""Wakes the channels' loops: news has come, or the time for another attempt."""

import asyncio
from collections.abc import Iterable

from headsup.contracts.channels import Channel


class Wakes:
    """One bell per channel."""

    def __init__(self) -> None:
        self._bells = {channel: asyncio.Event() for channel in Channel}

    def bell(self, channel: Channel) -> asyncio.Event:
        """What the channel's loop waits for, and clears."""
        return self._bells[channel]

    def ring(self, channels: Iterable[Channel]) -> None:
        """There is something to send on these channels."""
        for channel in channels:
            self._bells[channel].set()

    def ring_in(self, seconds: float, channel: Channel) -> None:
        """There will be something to send."""
        asyncio.get_running_loop().call_later(seconds, self._bells[channel].set)
