"""Events count as read in their order, each when all that it changed is on Kafka."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from services.cart_recovery.acknowledging import Acknowledging


@dataclass
class Message:
    tp: tuple[str, int]


class Event:
    """As Faust has it: knows that it was acknowledged."""

    def __init__(self, acknowledged: list[str], name: str, partition: int = 0) -> None:
        self.message: Any = Message(("carts", partition))
        self._acknowledged = acknowledged
        self._name = name

    def ack(self) -> bool:
        self._acknowledged.append(self._name)
        return True


class Line:
    """Events of a line, and what is on its way to Kafka."""

    def __init__(self) -> None:
        self.acknowledged: list[str] = []
        self.failures: list[BaseException] = []
        self.acknowledging = Acknowledging(self.failures.append, Event.ack)

    def works_on(self, name: str, parts: int = 0, partition: int = 0) -> list[asyncio.Future[Any]]:
        """Begins and finishes an event; what it put on its way."""
        sent = [asyncio.get_running_loop().create_future() for _ in range(parts)]
        begun = self.acknowledging.begin(Event(self.acknowledged, name, partition))
        self.acknowledging.finish(begun, sent)
        return sent


async def arrives(part: asyncio.Future[Any]) -> None:
    part.set_result(None)
    await asyncio.sleep(0)


async def test_an_event_that_changed_nothing_is_acknowledged_at_once() -> None:
    line = Line()
    line.works_on("a")
    assert line.acknowledged == ["a"]


async def test_an_event_waits_for_all_of_its_parts() -> None:
    line = Line()
    first, second = line.works_on("a", parts=2)
    await arrives(second)
    assert line.acknowledged == []
    await arrives(first)
    assert line.acknowledged == ["a"]


async def test_no_event_overtakes_one_whose_parts_are_under_way() -> None:
    line = Line()
    [slow] = line.works_on("slow", parts=1)
    line.works_on("changed nothing")
    [quick] = line.works_on("quick", parts=1)
    await arrives(quick)
    assert line.acknowledged == []
    await arrives(slow)
    assert line.acknowledged == ["slow", "changed nothing", "quick"]


async def test_no_event_overtakes_one_that_is_still_worked_on() -> None:
    line = Line()
    begun = line.acknowledging.begin(Event(line.acknowledged, "worked on"))
    line.works_on("other")
    assert line.acknowledged == []
    line.acknowledging.finish(begun, [])
    assert line.acknowledged == ["worked on", "other"]


async def test_partitions_do_not_wait_for_each_other() -> None:
    line = Line()
    line.works_on("a", parts=1, partition=0)
    line.works_on("b", partition=1)
    assert line.acknowledged == ["b"]


@pytest.mark.parametrize("ends", ["it failed", "we are being stopped"])
async def test_what_did_not_arrive_is_read_again(ends: str) -> None:
    line = Line()
    broken: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: broken.append(context))
    [lost] = line.works_on("lost", parts=1)
    line.works_on("behind it")
    if ends == "it failed":
        lost.set_exception(TimeoutError())
    else:
        lost.cancel()
    await asyncio.sleep(0)
    assert line.acknowledged == []
    assert [type(error) for error in line.failures] == [TimeoutError] * (ends == "it failed")
    assert broken == []
