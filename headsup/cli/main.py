"""The commands of `headsup`."""

import typer

from headsup.cli import addresses, db, dlq, suppressions, topics
from headsup.cli.emit import emit
from headsup.cli.erase import erase
from headsup.cli.trace import trace
from headsup.cli.validate import validate

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # they may hold addresses
    help="Tells a shop's customers what is happening to their order, before they have to ask.",
)
# Every command is a module of this folder and a line here.
app.command()(validate)
app.command()(emit)
app.command()(trace)
app.command()(erase)
app.add_typer(addresses.app, name="addresses")
app.add_typer(db.app, name="db")
app.add_typer(dlq.app, name="dlq")
app.add_typer(suppressions.app, name="suppressions")
app.add_typer(topics.app, name="topics")
