"""`headsup trace ORDER`: what is true, what was told, what waits, what was not said and why."""

import asyncio
import os
from itertools import groupby
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from headsup import postgres
from headsup.cli.problems import sentences
from headsup.settings import Environment
from headsup.trace import Entry, traces


def trace(
    order: Annotated[str, typer.Argument(help="The order's id, as the shop's events name it.")],
) -> None:
    """Explain an order: facts, what was told, what is pending, what was not said and why."""
    with sentences():
        environment = Environment(os.environ)
        url = environment.url("DATABASE_URL", ("postgresql", "postgres"))
        environment.check()
        entries = asyncio.run(_collect(url, order))
    if not entries:
        typer.echo(f"Nothing is known of the order {order}.", err=True)
        raise typer.Exit(1)
    _show(entries)


async def _collect(url: str, order: str) -> list[Entry]:
    connection = await postgres.connect_once(url)
    try:
        return [entry for part in traces() for entry in await part(connection, order)]
    finally:
        await connection.close()


def _show(entries: list[Entry]) -> None:
    console = Console(soft_wrap=True)
    for section, rows in groupby(entries, key=lambda entry: entry.section):
        console.print(f"\n[bold]{escape(section)}[/bold]")
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for row in rows:
            moment = f"{row.at:%Y-%m-%d %H:%M:%S}" if row.at else ""
            detail = "  ".join(f"{name}: {value}" for name, value in row.detail.items())
            table.add_row(moment, escape(row.heading), escape(detail))
        console.print(table)
