"""Under what circumstances a report was made."""

import os
import platform
from datetime import date
from pathlib import Path
from typing import Final

import asyncpg
import msgspec

from headsup.clock import SystemClock
from sandbox.parts import kafka_real
from tests.faults.ground import Ground

ABOUT: Final = Path("build/faults.about.json")
_GIGABYTE: Final = 1024**3


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be known to read the figures, and to make them again."""

    made_on: date
    is_long: bool
    seed: int
    minutes: int
    kills: int
    broken: int
    """Rows in which a promise was broken."""
    kafka: str
    postgresql: str
    python: str
    cores: int
    memory_gb: int
    is_part: bool = False
    """Only some of the rows were run."""

    @property
    def sentence(self) -> str:
        """For the page."""
        form = "the long form" if self.is_long else "the short form"
        ended = (
            f"**{self.broken} rows broke a promise**" if self.broken else "no promise was broken"
        )
        return (
            f"{self.made_on.isoformat()}, {form}, seed {self.seed}: {self.kills} kills, "
            f"{self.minutes} minutes, {ended}. Apache Kafka {self.kafka}, "
            f"PostgreSQL {self.postgresql}, Python {self.python}, "
            f"{self.cores} cores, {self.memory_gb} GB of memory."
        )


async def about(
    ground: Ground, *, is_long: bool, seed: int, seconds: float, kills: int, broken: int
) -> About:
    """Here and now."""
    connection = await asyncpg.connect(ground.postgres.url)
    try:
        postgresql = str(await connection.fetchval("SHOW server_version")).split()[0]
    finally:
        await connection.close()
    return About(
        made_on=SystemClock().now().date(),
        is_long=is_long,
        seed=seed,
        minutes=round(seconds / 60),
        kills=kills,
        broken=broken,
        kafka=kafka_real.version(),
        postgresql=postgresql,
        python=platform.python_version(),
        cores=os.cpu_count() or 1,
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIGABYTE),
    )


def keep(known: About) -> None:
    """Writes it beside the report."""
    ABOUT.write_bytes(msgspec.json.format(msgspec.json.encode(known)) + b"\n")
