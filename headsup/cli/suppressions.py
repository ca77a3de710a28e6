"""`headsup suppressions`: addresses that nothing is sent to any more.

Addresses are shown masked, and are given on standard input: what stands on a command line is kept
in the shell's history and shown to everybody who lists processes.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

import typer

from headsup import name_keys, named_columns, postgres, sealed_tables
from headsup.address_keys import address_keys
from headsup.cli.problems import sentences
from headsup.cli.trace import lines
from headsup.sealed import Seals
from headsup.sealed_rows import rows_with
from headsup.seals import seals_of
from headsup.settings import Environment, SettingsError
from headsup.suppressions import Lifted, desks
from headsup.trace import Entry

app = typer.Typer(
    no_args_is_help=True,
    help="Addresses that nothing is sent to: providers refuse them, or their owner wants nothing.",
)
Shop = Annotated[
    str | None, typer.Option(help="Only this shop, by the `source` of its events; else all.")
]


@app.command(name="list")
def list_(
    shop: Shop = None,
    most: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 100,
) -> None:
    """Show them, masked, with why and since when (UTC)."""
    with sentences():
        entries = asyncio.run(_listed(*_where(), shop, most))
    if not entries:
        typer.echo("No address is suppressed.")
    for line in lines(entries) if entries else ():
        typer.echo(line)


@app.command()
def lift(shop: Shop = None) -> None:
    """Take addresses off the list, so that they are written to again.

    They are read from standard input, whole, one a line: an address, or
    `channel:address`. Exits with 1 when one of them is not on the list.
    """
    if sys.stdin.isatty():
        typer.echo("Addresses, one a line; Ctrl-D ends.", err=True)
    addresses = [line.strip() for line in sys.stdin]
    with sentences():
        lifted = asyncio.run(_lifted(*_where(), shop, addresses))
    for one in lifted:
        for line in _in_words(one):
            typer.echo(line, err=not one.entries)
    if not all(one.entries for one in lifted):
        raise typer.Exit(1)


def _in_words(lifted: Lifted) -> list[str]:
    if lifted.entries is None:
        return [f"Line {lifted.line} is no address."]
    if not lifted.entries:
        return [f"The address of line {lifted.line} is not suppressed."]
    return [f"Lifted: {line.strip()}" for line in lines(lifted.entries)]


def _where() -> tuple[str, Seals | None]:
    environment = Environment(os.environ)
    url = environment.url("DATABASE_URL", ("postgresql", "postgres"))
    keys = address_keys(environment)
    environment.check()
    return url, seals_of(keys)


async def _listed(url: str, seals: Seals | None, shop: str | None, most: int) -> list[Entry]:
    """Needs no key: without one they are listed without anything of the address."""
    async with _connected(url, seals) as connection:
        with contextlib.suppress(SettingsError):
            await _admitted(connection, seals)
        return [one for desk in desks() for one in await desk.listed(connection, shop, most)]


async def _lifted(
    url: str, seals: Seals | None, shop: str | None, addresses: Sequence[str]
) -> list[Lifted]:
    """Raises SettingsError where addresses are found with keys only, and those are not here."""
    async with _connected(url, seals) as connection:
        await _admitted(connection, seals)
        return [one for desk in desks() for one in await desk.lift(connection, shop, addresses)]


async def _admitted(connection: Any, seals: Seals | None) -> None:
    for schema in named_columns.schemas():
        await sealed_tables.expect(connection, schema, seals)
        await name_keys.admit(connection, schema, seals)


@contextlib.asynccontextmanager
async def _connected(url: str, seals: Seals | None) -> AsyncIterator[Any]:
    connection = await postgres.connect_once(url, rows_with(seals, sealed_tables.lent()))
    try:
        yield connection
    finally:
        await connection.close()
