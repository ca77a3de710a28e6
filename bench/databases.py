"""PostgreSQL under measurement: a second server beside the first, and what a server uses."""

import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any, Final

import asyncpg
import psutil

from bench.ground import Ground
from headsup.migrations import migrate
from sandbox.parts.postgres import EmbeddedPostgres

ROOM: Final = 8 << 30
"""Bytes of the disk that a measurement leaves to others."""


class Server:
    """A PostgreSQL server, seen from outside."""

    def __init__(self, connection: Any, postmaster: psutil.Process) -> None:
        self.connection = connection
        self._postmaster = postmaster

    @property
    def cpu_seconds(self) -> float:
        """What all its processes used so far, those that ended included."""
        own = self._postmaster.cpu_times()
        total = own.user + own.system + own.children_user + own.children_system
        for child in self._postmaster.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                times = child.cpu_times()
                total += times.user + times.system
        return float(total)

    async def settled(self, *tables: str) -> None:
        """As it is after a quiet hour: known to the planner, without dead rows, all on disk."""
        for table in tables:
            await self.connection.execute(f"VACUUM (ANALYZE) {table}")
        await self.connection.execute("CHECKPOINT")


@contextlib.asynccontextmanager
async def server_of(here: Ground) -> AsyncIterator[Server]:
    """The server that this ground has."""
    connection = await asyncpg.connect(here.database_url)
    try:
        backend = psutil.Process(connection.get_server_pid())
        postmaster = backend.parent()
        if postmaster is None:
            raise RuntimeError("a backend without a server")
        yield Server(connection, postmaster)
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def beside(here: Ground) -> AsyncIterator[Ground]:
    """The same Kafka with other topics, and a PostgreSQL server of its own."""
    async with EmbeddedPostgres() as postgres:
        await migrate(postgres.url)
        yield replace(await here.apart(), database_url=postgres.url)


def ladder(top: int, least: int = 10_000) -> list[int]:
    """10 thousand, 100 thousand and so on, up to `top`."""
    steps = [least]
    while steps[-1] * 10 <= top:
        steps.append(steps[-1] * 10)
    return steps if steps[-1] >= top else [*steps, top]


def that_fit(wanted: int, row_bytes: int) -> int:
    """So many rows, or fewer where the disk has no room for them."""
    room = shutil.disk_usage(tempfile.gettempdir()).free - ROOM
    return max(1, min(wanted, room // row_bytes))


async def copied(table: str, source: Any, target: Any) -> None:
    """Takes a table over from one connection to another, where it is there as well."""
    rows: Sequence[Any] = await source.fetch(f"SELECT * FROM {table}")  # noqa: S608 - our own name
    schema, _, name = table.rpartition(".")
    await target.copy_records_to_table(
        name, records=rows, columns=list(rows[0].keys()), schema_name=schema
    )
