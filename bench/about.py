"""Under what circumstances a report was made."""

import os
import platform
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Final

import asyncpg
import msgspec

from bench.contest import Size
from bench.peers.venvs import peer_versions
from sandbox.parts import kafka_real
from sandbox.parts.postgres import EmbeddedPostgres

_GIGABYTE: Final = 1024**3
_LIBRARIES: Final = ("aiokafka", "aiosmtplib", "asyncpg", "faust-streaming", "msgspec", "uvloop")


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be known to read the figures, and to make them again."""

    made_on: date
    commit: str
    """What was measured; with a + where files differ from it."""
    share: float
    """Of the full load."""
    rounds: int
    minutes: int = 0
    experiments: tuple[str, ...] = ()
    """What was measured under these circumstances."""
    cores: int
    memory_gb: int
    versions: dict[str, str]

    @property
    def ground(self) -> str:
        """On what it was measured, for the page."""
        parts = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return f"{self.cores} cores, {self.memory_gb} GB of memory; {parts}"


async def about(size: Size, *, commit: str) -> About:
    """Here and now, before anything is measured."""
    return About(
        made_on=datetime.now(UTC).date(),
        commit=commit,
        share=size.share,
        rounds=size.rounds,
        cores=os.cpu_count() or 1,
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIGABYTE),
        versions={
            "Python": platform.python_version(),
            "Apache Kafka": kafka_real.version(),
            "PostgreSQL": await _postgresql(),
            **{name: version(name) for name in _LIBRARIES},
            **peer_versions(),
        },
    )


async def _postgresql() -> str:
    async with EmbeddedPostgres() as postgres:
        connection = await asyncpg.connect(postgres.url)
        try:
            return str(await connection.fetchval("SHOW server_version")).split()[0]
        finally:
            await connection.close()
