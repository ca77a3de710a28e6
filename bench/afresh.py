"""Topics and a database for one contestant alone, gone when it is through."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient

from bench.ground import Ground
from headsup.migrations import migrate


@asynccontextmanager
async def afresh(here: Ground) -> AsyncIterator[Ground]:
    """The same parts with topics on which nothing is and a database in which only our tables are;
    both are gone afterwards, so that those who come later find the parts as the first did."""
    name = f"bench_{secrets.token_hex(4)}"
    await _execute(here, f"CREATE DATABASE {name}")
    url = urlsplit(here.database_url)._replace(path=f"/{name}").geturl()
    fresh = replace(await here.apart(), database_url=url)
    try:
        await migrate(url)
        yield fresh
    finally:
        await _remove_topics(fresh)
        await _execute(here, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(here: Ground, statement: str) -> None:
    connection = await asyncpg.connect(here.database_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _remove_topics(here: Ground) -> None:
    """Those of ours, and what a peer made under our prefix."""
    admin = AIOKafkaAdminClient(bootstrap_servers=here.bootstrap_servers)
    await admin.start()
    try:
        names = [name for name in await admin.list_topics() if here.prefix in name]
        await admin.delete_topics(names)
    finally:
        await admin.close()
