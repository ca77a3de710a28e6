"""`headsup db`: the database."""

import asyncio
import logging
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from headsup import name_keys, named_columns, postgres, sealed_tables
from headsup.address_keys import address_keys
from headsup.cli.problems import sentences
from headsup.kafka.security import Brokers
from headsup.migrations import migrate_now, tables_in
from headsup.recall import recalls
from headsup.sealed import Seals
from headsup.sealed_rows import rows_with
from headsup.seals import seals_of
from headsup.settings import Environment, brokers_from, clock_from, topic_prefix
from headsup.tables import Age, Tables

app = typer.Typer(no_args_is_help=True, help="Bring the database up to date.")

_EVERY = 1.0  # seconds
_WORDS = {Age.CURRENT: "up to date at", Age.AHEAD: "ahead of this version, which can use it, at"}


@app.callback()
def _db() -> None:
    """The database."""


@app.command()
def migrate() -> None:
    """Bring every schema in DATABASE_URL to its newest version. One that is ahead of this version
    stays as it is."""
    with sentences():
        for done in migrate_now(_url()):
            state = f"is {_WORDS[Age.CURRENT]}" if done.before == done.after else "is now at"
            if done.is_ahead:
                state = f"is {_WORDS[Age.AHEAD]}"
            typer.echo(f"{done.schema} {state} {done.after}")
            if done.users:
                typer.echo(f"{done.schema} may be used by {', '.join(done.users)}")


@app.command()
def status() -> None:
    """Say of every schema at which version it is; exit with 1 unless the services can start."""
    with sentences():
        found = asyncio.run(tables_in(_url()))
    _tell(found)
    if not _is_fit(found):
        raise typer.Exit(1)


@app.command()
def wait(
    schemas: Annotated[
        list[str] | None, typer.Argument(help="Of these, such as order_events; else of every one.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="After so long it gives up.", min=0)] = 600.0,
) -> None:
    """Wait until every schema is at a version with which the services can start.

    For a pod that starts beside the migration: it waits, while the old ones go on.
    """
    with sentences():
        found = asyncio.run(_fit(_url(), seconds, schemas))
    _tell(found)
    if not _is_fit(found):
        raise typer.Exit(1)


@app.command()
def recall() -> None:
    """Remind a database that was restored of what Kafka knows was told since.

    Without it everybody who was told something since the backup is told it
    again. Only while no notifier runs, and after order_events has caught up:
    docs/operating/disaster.md. Done twice, it is done once.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what goes wrong we say ourselves
    environment = Environment(os.environ)
    with sentences():
        url, brokers = _url(), brokers_from(environment)
        prefix, clock = topic_prefix(environment), clock_from(environment)
        keys = address_keys(environment)
        environment.check()
        for said in asyncio.run(_recalled(url, seals_of(keys), brokers, prefix, clock.now())):
            typer.echo(said)


async def _recalled(
    url: str, seals: Seals | None, brokers: Brokers, prefix: str, now: datetime
) -> list[str]:
    rows = rows_with(seals, sealed_tables.lent())
    async with name_keys.undisturbed(url, is_changing=False):
        connection = await postgres.connect_once(url, rows)
        try:
            for schema in sealed_tables.schemas():
                await sealed_tables.expect(connection, schema, seals)
            for schema in named_columns.schemas():
                await name_keys.admit(connection, schema, seals)
            for schema in sealed_tables.schemas():
                await sealed_tables.note(connection, schema, seals)
            told = [await each(connection, brokers, prefix, now) for each in recalls()]
            return [said for each in told for said in each]
        finally:
            await connection.close()


async def _fit(url: str, seconds: float, schemas: Sequence[str] | None) -> list[Tables]:
    """What is there once it is fit, or once this took too long."""
    for _ in range(int(seconds / _EVERY)):
        found = await tables_in(url, schemas)
        if _is_fit(found):
            return found
        await asyncio.sleep(_EVERY)
    return await tables_in(url, schemas)


def _is_fit(found: list[Tables]) -> bool:
    return all(each.problem is None for each in found)


def _tell(found: list[Tables]) -> None:
    for each in found:
        typer.echo(each.problem or f"{each.schema} is {_WORDS[each.age]} {each.found}")


def _url() -> str:
    environment = Environment(os.environ)
    url = environment.url("DATABASE_URL", ("postgresql", "postgres"))
    environment.check()
    return url
