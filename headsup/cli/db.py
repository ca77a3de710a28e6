"""`headsup db`: the database."""

import os

import typer

from headsup.cli.problems import sentences
from headsup.migrations import migrate_now
from headsup.settings import Environment

app = typer.Typer(no_args_is_help=True, help="Bring the database up to date.")


@app.callback()
def _db() -> None:
    """The database."""


@app.command()
def migrate() -> None:
    """Bring every schema in DATABASE_URL to its newest version."""
    with sentences():
        environment = Environment(os.environ)
        url = environment.url("DATABASE_URL", ("postgresql", "postgres"))
        environment.check()
        for done in migrate_now(url):
            state = "is up to date at" if done.before == done.after else "is now at"
            typer.echo(f"{done.schema} {state} {done.after}")
