"""Runs the lanes of all channels, and the writing of their results."""

import asyncio
from collections.abc import Sequence

from headsup.contracts.channels import Channel
from services.notifier.lane import Lane
from services.notifier.results import Results
from services.notifier.wakes import Wakes


class Dispatcher:
    """Everything between the ledger and the providers."""

    def __init__(self, lanes: Sequence[Lane], results: Results, wakes: Wakes) -> None:
        self._lanes = lanes
        self._results = results
        self._wakes = wakes

    async def run(self, stop: asyncio.Event) -> None:
        """Sends until `stop` is set; ends when all that is under way is written."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._results.run())
            lanes = [group.create_task(lane.run(stop)) for lane in self._lanes]
            await stop.wait()
            self._wakes.ring(Channel)
            await asyncio.wait(lanes)
            self._results.close()
