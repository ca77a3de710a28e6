"""The same load for everybody, live: in waves, each of them when the one before is answered to the
end. So nobody can pass a state over by reading two events of an order at once, all have the same to
say, and what counts is the time from a wave's being there until its last answer is."""

import time
from collections import Counter
from typing import Final

from bench.ground import Ground, until
from bench.load import STEPS, waves
from bench.peers.work import handle, read
from bench.pouring import Load
from bench.said import Answers, Said
from headsup.kafka.producer import Outgoing
from services.order_events.decide import Order

FIRST: Final = 120
"""Orders whose journeys come before it counts: until somebody knows all partitions, and has asked
the database everything once."""
_EVERY: Final = 0.01
"""Seconds between two looks at how many answers there are."""
Wave = dict[int, list[Outgoing]]


class Course:
    """The waves that somebody is to answer: `at_once` orders are placed in each. Who
    `answers_each_once` sends one message for an event, whatever it says."""

    def __init__(
        self, here: Ground, orders: int, at_once: int, *, answers_each_once: bool = False
    ) -> None:
        self._here = here
        self.orders = FIRST + orders
        of_steps = [Counter({"event": 1})] * STEPS if answers_each_once else said_of_steps()
        self._of_step = [each.total() for each in of_steps]
        self.expected = sum(of_steps, Counter[str]())
        """What each order has heard in the end."""
        self._first = list(waves(range(FIRST), FIRST, here.prefix))
        self._waves = list(waves(range(FIRST, self.orders), at_once, here.prefix))

    async def speed(self, answers: Answers) -> float:
        """Events a second. Of the time between two waves, in which the next is made ready, nobody
        is asked anything. Raises TimeoutError when an answer does not come."""
        for wave in self._first:
            await self._time(wave, answers)
        seconds = [await self._time(wave, answers) for wave in self._waves]
        return (self.orders - FIRST) * STEPS / sum(seconds)

    async def _time(self, wave: Wave, answers: Answers) -> float:
        """Seconds from when Kafka had the first of it until it has the last answer to it."""
        load = Load(self._here.bootstrap_servers)
        load.prepare(record for records in wave.values() for record in records)
        wanted = await answers.count()
        wanted += sum(self._of_step[number] * len(records) for number, records in wave.items())
        await load.pour()
        await until(answers.count, wanted, every=_EVERY)
        return time.monotonic() - load.was_there


def said_of_steps() -> list[Counter[str]]:
    """What an order's customer hears at each step, by kind or type: as our functions say it, which
    all contestants call."""
    order: Order | None = None
    found = []
    for wave in waves(range(1), 1, ""):
        [[event]] = wave.values()
        order, records = handle(order, read(event.value or b"", event.headers), "")
        said = Said()
        for record in records:
            said.add(record.value or b"")
        found.append(sum(said.of_order.values(), Counter[str]()))
    return found
