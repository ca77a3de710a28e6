"""order_events and the notifier on a Kafka and a database that can fail, with a Prometheus."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

from headsup.contracts.envelope import Event
from headsup.kafka.producer import Outgoing
from headsup.kafka.topics import apply_topics
from sandbox.parts.broker import Broker
from sandbox.providers.faults import FaultSwitch
from sandbox.providers.inbox import Inbox
from tests.fixtures.topics import PARTITIONS
from tests.support.events import outgoing
from tests.support.eventually import eventually
from tests.support.notifier import PROVIDERS, shop_without_night
from tests.support.processes import Service, free_port, service
from tests.support.prometheus import Prometheus, prometheus
from tests.support.providers import providers
from tests.support.relay import Relay, relaying
from tests.support.writing import write_often

ORDERS, NOTIFIER = "order_events", "notifier"
FEW = {"HEADSUP_BATCH_SIZE": "50"}


@dataclass
class World:
    """Both services, and what lies around them."""

    servers: str
    prefix: str
    database: str
    """Whatever stands between it and the services."""
    relay: Relay
    faults: FaultSwitch
    settings: dict[str, str]
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, Service] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _held: Any = None

    async def start(self, name: str) -> None:
        """Until it is ready; where it was before, if it was."""
        port = {"HTTP_PORT": str(self.ports[name])}
        begun = service(f"services.{name}", self.settings | port)
        self.running[name] = await self._stack.enter_async_context(begun)
        await self.running[name].until_ready()

    async def close(self) -> None:
        """Nothing of it runs any more."""
        await self._stack.aclose()

    async def publish(self, record: Outgoing, times: int = 1, at: datetime | None = None) -> None:
        """Puts the same on Kafka so often, as if it had been written then."""
        await write_often(self.servers, record, times, at)

    async def tell(self, *events: Event[Any]) -> None:
        """The shop tells these."""
        for each in events:
            await self.publish(outgoing(self.prefix, each))

    async def rubbish(self, topic: str, times: int = 1) -> None:
        """Somebody writes what is no event."""
        await self.publish(Outgoing(self.prefix + topic, b"key", b"{"), times)

    async def sql(self, statement: str) -> Any:
        """Somebody is at the database."""
        connection = await asyncpg.connect(self.database)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    async def hold(self, first: str, then: str) -> None:
        """Somebody does the first, and stays in the middle of the other."""
        self._held = await asyncpg.connect(self.database)
        await self._held.execute(f"{first}; COMMIT; BEGIN; {then}")

    async def let_go(self) -> None:
        """They are gone."""
        if self._held is not None:
            await self._held.close()

    async def has(self, query: str) -> bool:
        """Whether the database finds any."""
        return bool(await self.sql(f"SELECT EXISTS ({query})"))


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def world_of(
    kafka: Broker, prefix: str, database_url: str, folder: Path
) -> AsyncIterator[tuple[World, Prometheus]]:
    """Both services run while the block does."""
    servers, faults = kafka.bootstrap_servers, FaultSwitch()
    await apply_topics(servers, prefix, partitions=PARTITIONS)
    socket = Path(parse_qs(urlsplit(database_url).query)["host"][0]) / ".s.PGSQL.5432"
    async with (
        relaying(socket) as relay,
        providers(Inbox(now), faults) as addresses,
    ):
        name = urlsplit(database_url).path
        reached = f"postgresql://postgres:none@127.0.0.1:{relay.port}{name}?sslmode=disable"
        settings = {
            **PROVIDERS,
            **addresses,
            **FEW,
            "KAFKA_BOOTSTRAP_SERVERS": servers,
            "DATABASE_URL": reached,
            "HEADSUP_TOPIC_PREFIX": prefix,
            "HEADSUP_INSTANCE": "one",
            "HEADSUP_SHOPS": shop_without_night(folder),
        }
        world = World(servers, prefix, database_url, relay, faults, settings)
        world.ports = {ORDERS: free_port(), NOTIFIER: free_port()}
        targets = [f"127.0.0.1:{port}" for port in world.ports.values()]
        try:
            await world.start(ORDERS)
            await world.start(NOTIFIER)
            async with prometheus(folder, targets) as running:
                await eventually(partial(running.finds, "sum(up) == 2"))
                await running.until_quiet()
                yield world, running
        finally:
            await world.close()
