"""Our services as real processes."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from tests.fixtures.databases import USERS
from tests.support.eventually import eventually


@dataclass
class Service:
    """A running service and a client of its web side."""

    process: asyncio.subprocess.Process
    client: httpx.AsyncClient

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def until_ready(self) -> None:
        """However busy the machine is: one that ended is not waited for."""
        await eventually(self._is_ready, seconds=90)

    async def _is_ready(self) -> bool:
        if self.process.returncode is not None:
            _, errors = await self.process.communicate()
            raise AssertionError(f"ended with {self.process.returncode}: {errors.decode()}")
        try:
            return (await self.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    async def terminate(self) -> tuple[int, float, str]:
        """Sends SIGTERM; the exit code, the seconds that it took, and what it logged."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        _, errors = await asyncio.wait_for(self.process.communicate(), 15)
        return self.process.returncode or 0, time.monotonic() - started, errors.decode()


@asynccontextmanager
async def service(module: str, settings: Mapping[str, str]) -> AsyncIterator[Service]:
    """Runs `python -m module` with these settings; killed at the end if it still runs."""
    port = settings.get("HTTP_PORT") or free_port()
    process = await start(module, {**settings, "HTTP_HOST": "127.0.0.1", "HTTP_PORT": str(port)})
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield Service(process, client)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def ended(module: str, settings: Mapping[str, str]) -> tuple[int, str]:
    """Runs it until it ends by itself: its exit code, and what it said. A test that is cut off
    meanwhile leaves no process to the next one."""
    process = await start(module, settings)
    try:
        _, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    return process.returncode or 0, errors.decode()


def as_itself(module: str, settings: Mapping[str, str]) -> dict[str, str]:
    """The settings with the database's user that the service has, and with it the rights:
    tests/fixtures/databases.py makes it."""
    service, address = module.rpartition(".")[2], settings.get("DATABASE_URL", "")
    if f"postgres_{service}" not in USERS:
        return dict(settings)
    own = address.replace("//postgres:@/", f"//postgres_{service}:@/")
    return {**settings, "DATABASE_URL": own} if address else dict(settings)


async def start(module: str, settings: Mapping[str, str]) -> asyncio.subprocess.Process:
    """Starts `python -m module`; standard error is kept."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        env={**os.environ, **as_itself(module, settings)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
