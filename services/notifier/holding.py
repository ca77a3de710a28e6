"""What is planned while a partition catches up is held until it has: newer news may take it back.

So a backlog of hours ends in its newest state. While every partition is current nothing is held,
and the ledger is not asked.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from headsup.clock import Clock
from headsup.contracts.channels import Channel
from headsup.kafka.backlog import Backlog
from headsup.kafka.consumer import Partition
from services.notifier.batch import REMINDERS_FROM
from services.notifier.ledger import HELD_FOR, RELEASED_AT_ONCE, Ledger
from services.notifier.wakes import Wakes

LOOKED_AFTER: Final = HELD_FOR.total_seconds() / 10
"""Seconds after which what is held is held for longer: well before half of its time is over."""


Reached = Mapping[Partition, datetime | None]
"""Up to which moment partitions were read; None where nobody knows."""
NOWHERE: Final[Reached] = {}


class Holding:
    """Knows which partitions are behind, and lets go what is held of those that caught up."""

    def __init__(
        self,
        ledger: Ledger,
        wakes: Wakes,
        real: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._wakes = wakes
        self._real = real
        self._monotonic = monotonic
        self._news, self._reminders = Backlog(), Backlog()
        self._ours: frozenset[int] = frozenset()
        self._perhaps: set[int] = set()
        """Partitions of ours of which something may be held."""
        self._looked_after = monotonic()
        self.behind: frozenset[int] = frozenset()
        """The partitions (`number_of`) whose news may be overtaken by what was not read yet."""

    def look(self, news: Reached, reminders: Reached = NOWHERE) -> None:
        """Learns up to which moment our partitions of news, and those of reminders, were read, in
        real time. Of a partition that is new to us something may be held: its last owner may have
        been catching up."""
        now = self._real.now()
        ours = frozenset(partition.number for partition in news)
        ours |= _of_reminders(partition.number for partition in reminders)
        self.behind = self._news.look(news, now)
        self.behind |= _of_reminders(self._reminders.look(reminders, now))
        self._perhaps = (self._perhaps & ours) | (ours - self._ours) | self.behind
        self._ours = ours

    async def settle(self) -> None:
        """Lets go what is held of partitions that are current, and holds on to the rest. Called
        when what was read is in the ledger. Raises a database error."""
        if self.behind and self._monotonic() - self._looked_after > LOOKED_AFTER:
            await self._ledger.hold_on(self.behind)
            self._looked_after = self._monotonic()
        current = self._perhaps - self.behind
        if not current:
            return
        released = await self._ledger.release(current, self.behind)
        if released < RELEASED_AT_ONCE:
            self._perhaps -= current
        if released:
            self._wakes.ring(Channel)


def _of_reminders(numbers: Iterable[int]) -> frozenset[int]:
    return frozenset(number + REMINDERS_FROM for number in numbers)
