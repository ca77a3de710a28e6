"""`headsup validate`: what is wrong with an event."""

import os
from typing import Annotated

import typer
from rich.console import Console

from headsup.cli.event_files import UnreadableFileError, explain_file
from headsup.cli.findings import show
from headsup.cli.problems import sentences
from headsup.settings import Environment, clock_from

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...",
        help="JSON, one event or many; - reads standard input.",
        show_default=False,
    ),
]


def validate(files: Files) -> None:
    """Say what is wrong with events, all of it, before a service refuses them.

    A FILE holds one CloudEvent as JSON, an array of them, or one a line. Exits
    with 0 when the services would take all of them, 1 when not, 2 when a file
    cannot be read.
    """
    with sentences():
        environment = Environment(os.environ)
        now = clock_from(environment).now()
        environment.check()
    explained = []
    unreadable = False
    for name in files:
        try:
            explained += explain_file(name, now)
        except UnreadableFileError as error:
            typer.echo(str(error), err=True)
            unreadable = True
    fine = not explained or show(Console(soft_wrap=True, highlight=False), explained)
    raise typer.Exit(2 if unreadable else int(not fine))
