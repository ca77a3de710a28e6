"""The real parts that every measurement stands on, and our services as real processes."""

import asyncio
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO

import asyncpg
import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from headsup.kafka.topics import apply_topics
from headsup.migrations import migrate
from sandbox.parts.kafka_real import RealKafka
from sandbox.parts.places import free_port
from sandbox.parts.postgres import EmbeddedPostgres

LOGS = Path("build/bench")
PATIENCE = 300.0
"""Seconds after which a measurement that does not end is broken."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Apache Kafka, a durable PostgreSQL with our tables, and topics of this measurement's own."""

    bootstrap_servers: str
    database_url: str
    prefix: str

    @property
    def settings(self) -> dict[str, str]:
        """What a service needs to stand on it."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "DATABASE_URL": self.database_url,
            "HEADSUP_TOPIC_PREFIX": self.prefix,
            "HTTP_HOST": "127.0.0.1",
        }

    async def apart(self) -> "Ground":
        """The same parts with topics of another name, on which nothing is yet."""
        apart = replace(self, prefix=_prefix())
        await apply_topics(apart.bootstrap_servers, apart.prefix)
        return apart

    async def query(self, statement: str) -> int:
        """One number from the database."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return int(await connection.fetchval(statement) or 0)
        finally:
            await connection.close()


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """Starts the parts; nothing is left behind."""
    async with RealKafka() as kafka, EmbeddedPostgres() as postgres:
        prefix = _prefix()
        await migrate(postgres.url)
        await apply_topics(kafka.bootstrap_servers, prefix)
        yield Ground(kafka.bootstrap_servers, postgres.url, prefix)


def _prefix() -> str:
    return f"bench-{secrets.token_hex(3)}."


class Process:
    """A process under measurement."""

    def __init__(
        self, process: asyncio.subprocess.Process, client: httpx.AsyncClient, log: Path
    ) -> None:
        self._process = process
        self._client = client
        self._log = log

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def resident_mb(self) -> float:
        """What it holds in memory now, in MB."""
        return float(psutil.Process(self._process.pid).memory_info().rss) / 1e6

    @property
    def cpu_seconds(self) -> float:
        """What it used of the processors so far."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    @property
    def peak_mb(self) -> float:
        """The most that it ever held in memory, in MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) * 1024 / 1e6

    async def metric(self, name: str, **labels: str) -> float:
        """The sum of all samples of this name with these labels; 0 while it does not answer."""
        try:
            text = (await self._client.get("/metrics")).text
        except httpx.TransportError:
            self.check()
            return 0.0
        samples = (one for family in text_string_to_metric_families(text) for one in family.samples)
        return sum(
            sample.value
            for sample in samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def seconds_between(self, first: str, last: str) -> float:
        """Between the first lines of its log with these words. Raises StopIteration where there are
        none."""
        lines = self._log.read_text().splitlines()
        begin, end = (next(line for line in lines if words in line) for words in (first, last))
        return (_moment(end) - _moment(begin)).total_seconds()

    async def is_ready(self) -> bool:
        """Whether it says that it is."""
        try:
            return (await self._client.get("/readyz")).is_success
        except httpx.TransportError:
            self.check()
            return False

    def check(self) -> None:
        """Raises RuntimeError when it ended."""
        if self._process.returncode is not None:
            raise RuntimeError(f"ended with {self._process.returncode}; see {LOGS}")


def _log(name: str) -> IO[bytes]:
    LOGS.mkdir(parents=True, exist_ok=True)
    return (LOGS / f"{name}.log").open("wb")


def _moment(line: str) -> datetime:
    return datetime.fromisoformat(json.loads(line)["timestamp"])


@asynccontextmanager
async def running(
    module: str, settings: Mapping[str, str], *, name: str = ""
) -> AsyncIterator[Process]:
    """Runs `python -m module` while the block runs; its log is kept under build/bench/, by the
    name of the module where this one of several has none."""
    port = free_port()
    environment = {**os.environ, **settings, "HTTP_PORT": str(port)}
    with _log(name or module) as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module), env=environment, stdout=log, stderr=log
        )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield Process(process, client, Path(log.name))
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


Look = Callable[[], Awaitable[float]]
"""Says how much of something there is."""


async def until(
    look: Look, least: float, *, every: float = 0.05, patience: float = PATIENCE
) -> float:
    """Waits until there is so much, and looks every so many seconds. To look at a service's metrics
    costs it a millisecond or two. Raises TimeoutError where nothing more of it comes for so many
    seconds: a million may take longer than anything that is broken."""
    most, since = float("-inf"), time.monotonic()
    while (found := await look()) < least:
        now = time.monotonic()
        if found > most:
            most, since = found, now
        elif now > since + patience:
            raise TimeoutError(f"{found:g} of {least:g} came about")
        await asyncio.sleep(every)
    return found


async def speed(look: Look, total: float, *, every: float = 0.05) -> float:
    """How many a second, from the first sight of progress until there are so many."""
    first = await until(look, 1, every=every)
    begun = time.monotonic()
    last = await until(look, total, every=every)
    return (last - first) / (time.monotonic() - begun)


async def rate(ground: Ground, process: Process, count: str, *, total: int) -> float:
    """How many a second, from the first sight of progress until the query `count` gives `total`."""
    connection = await asyncpg.connect(ground.database_url)
    begun, first = 0.0, 0
    deadline = time.monotonic() + PATIENCE
    try:
        while True:
            done = int(await connection.fetchval(count) or 0)
            now = time.monotonic()
            if done and not begun:
                begun, first = now, done
            if done >= total:
                return (done - first) / (now - begun)
            process.check()
            if now > deadline:
                raise TimeoutError(f"only {done} of {total} were done")
            await asyncio.sleep(0.02)
    finally:
        await connection.close()
