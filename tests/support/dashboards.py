"""The queries of the dashboards, and days of a shop in which much goes well and some goes wrong."""

import json
import os
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from deploy.check.dashboards import panels
from deploy.dashboards.files import MADE
from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Content
from headsup.contracts.registry import Topic
from headsup.contracts.shop import CartItem, CartUpdated
from headsup.kafka.producer import Outgoing, Producer
from sandbox.demo import wishes_from
from sandbox.providers.faults import Fault, FaultRule
from sandbox.scenarios.people import PEOPLE
from sandbox.scenarios.stories import SCENARIOS
from sandbox.stack import Stack, running
from tests.support.events import event, outgoing, placed
from tests.support.eventually import eventually
from tests.support.notifier import requested
from tests.support.prometheus import Prometheus, prometheus

CHOSEN: Final[Mapping[str, str]] = {"$channel": ".*", "$shop": ".*"}
"""What Grafana puts into queries where all is chosen."""
_TAKEN_BACK: Final = "sum(headsup_cart_reminders_withdrawn_total) > 0"
OUTAGE: Final = (
    FaultRule(channel=Channel.EMAIL, fault=Fault.SERVER_ERROR),
    FaultRule(channel=Channel.TELEGRAM, fault=Fault.RESET),
    FaultRule(channel=Channel.SMS, fault=Fault.BAD_CREDENTIALS),
)
MISHAPS: Final = (
    FaultRule(channel=Channel.SMS, fault=Fault.REFUSE, times=3),
    FaultRule(channel=Channel.WHATSAPP, fault=Fault.UNDELIVERED, times=1),
    FaultRule(channel=Channel.EMAIL, fault=Fault.ACCEPT_THEN_SILENCE, times=2),
    FaultRule(channel=Channel.TELEGRAM, fault=Fault.ACCEPT_THEN_SILENCE, times=2),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, as Prometheus gets it."""

    board: str
    panel: str
    query: str


def asked() -> Iterator[Asked]:
    """All that the dashboards ask."""
    for path in MADE:
        for panel in panels(json.loads(path.read_text("utf-8"))):
            for target in panel["targets"]:
                yield Asked(path.stem, panel["title"], as_asked(target["expr"]))


def as_asked(query: str) -> str:
    """A query as Prometheus gets it where all is chosen."""
    for variable, value in CHOSEN.items():
        query = query.replace(variable, value)
    return query


@dataclass
class Days:
    """The shops' days, while they pass."""

    stack: Stack
    prometheus: Prometheus
    producer: Producer

    def tell(self) -> None:
        """Begins every story of the sandbox."""
        for scenario in SCENARIOS.values():
            self.stack.demo.runs.start(scenario, PEOPLE[scenario.person])

    def breaks(self, *rules: FaultRule) -> None:
        """These go wrong at the providers from now on, and nothing else."""
        self.stack.demo.faults.clear()
        self.stack.demo.faults.set(*rules)

    @property
    def now(self) -> datetime:
        """What the services' clocks show."""
        at = self.stack.demo.clock.now()
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    async def says(self, *events: Event[Any]) -> None:
        """Somebody says these."""
        await self.producer.publish([outgoing("", each) for each in events])

    async def rubbish(self) -> None:
        """Records that nobody can read, a request that cannot be put into words, and an order of
        long ago."""
        bad = [Outgoing(t, b"x", b"{") for t in (Topic.ORDERS, Topic.CARTS, Topic.REQUESTED)]
        await self.producer.publish(bad)
        unsayable = requested(f"unsayable-{self.now.isoformat()}", at=self.now, content=Content())
        await self.says(unsayable, placed("of-long-ago", self.now - timedelta(days=60)))

    async def bought_while_nobody_is_reminded(self) -> None:
        """The notifier stands still; meanwhile a reminder is asked for, and taken back."""
        notifier = next(each for each in self.stack.services if each.name == "notifier")
        os.kill(notifier.process.pid, signal.SIGSTOP)
        try:
            cart = CartUpdated(
                cart_id="a-cart",
                items=(CartItem(name="Чайник"),),
                customer=Customer(id="c-9", email="oksana@example.com"),
            )
            before = await self._asked_for()
            await self.says(event(cart, self.now))
            await eventually(lambda: self._is_asked_for_again(before))
            await self.says(placed("of-a-cart", self.now, cart_id="a-cart"))
            await eventually(partial(self.prometheus.finds, _TAKEN_BACK))
        finally:
            os.kill(notifier.process.pid, signal.SIGCONT)

    async def _asked_for(self) -> float:
        found = await self.prometheus.ask("sum(headsup_cart_reminders_requested_total)")
        return float(found[0]["value"][1]) if found else 0.0

    async def _is_asked_for_again(self, before: float) -> bool:
        return await self._asked_for() > before


@asynccontextmanager
async def days(folder: Path, speed: float) -> AsyncIterator[Days]:
    """All services and a Prometheus while the block runs, by a clock that is `speed` times as fast
    as the real one."""
    environ: dict[str, Any] = {**os.environ, "HEADSUP_CLOCK_SPEED": str(speed)}
    wishes = wishes_from(environ, datetime.now(UTC), "dashboards")
    async with running(replace(wishes, logs=folder / "logs")) as stack:
        targets = [f"127.0.0.1:{service.port}" for service in stack.services]
        producer = Producer(stack.environment["KAFKA_BOOTSTRAP_SERVERS"], name="test")
        await producer.start()
        try:
            async with prometheus(folder, targets) as scraping:
                yield Days(stack, scraping, producer)
        finally:
            await producer.stop()
