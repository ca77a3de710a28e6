"""`headsup trace ORDER`: what is true, what was told, what waits, what was not said and why. Of a
cart, of which nobody keeps what is true, the rest."""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC
from itertools import groupby
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from headsup import postgres
from headsup.cli.problems import sentences
from headsup.settings import Environment
from headsup.trace import Entry, traces


def trace(
    order: Annotated[
        str, typer.Argument(help="The order's id, or a cart's, as the shop's events name it.")
    ],
) -> None:
    """Explain an order: facts, what was told, what is pending, what was not said and why.

    Or a cart: of which reminders were asked, what was sent, what was not and why.
    """
    with sentences():
        environment = Environment(os.environ)
        url = environment.url("DATABASE_URL", ("postgresql", "postgres"))
        environment.check()
        entries = asyncio.run(_collect(url, order))
    if not entries:
        typer.echo(f"Nothing is known of an order or cart {order}.", err=True)
        raise typer.Exit(1)
    _show(entries)


async def _collect(url: str, order: str) -> list[Entry]:
    connection = await postgres.connect_once(url)
    try:
        return [entry for part in traces() for entry in await part(connection, order, None)]
    finally:
        await connection.close()


def _show(entries: list[Entry]) -> None:
    console = Console(soft_wrap=True, highlight=False)
    console.print("All times are UTC.")
    for section, rows in groupby(entries, key=lambda entry: entry.section):
        console.print(f"\n[bold]{escape(section)}[/bold]")
        for line in lines(list(rows)):
            console.print(escape(line))


def lines(rows: Sequence[Entry]) -> list[str]:
    """One line for each entry: moment, heading and details, in columns."""
    width = max(len(row.heading) for row in rows)
    return [
        "  ".join(
            (
                f"{row.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if row.at else " " * 19,
                row.heading.ljust(width),
                *(f"{name}: {_explained(row, name)}" for name in row.detail),
            )
        ).rstrip()
        for row in rows
    ]


def _explained(row: Entry, name: str) -> str:
    words = row.words.get(name)
    return f"{row.detail[name]} ({words})" if words else row.detail[name]
