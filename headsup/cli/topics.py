"""`headsup topics`: the topics."""

import asyncio
import os
from typing import Annotated

import typer

from headsup.cli.problems import sentences
from headsup.kafka.topics import PARTITIONS, apply_topics
from headsup.settings import Environment, brokers_from, topic_prefix

app = typer.Typer(no_args_is_help=True, help="Create the Kafka topics that Headsup needs.")


@app.callback()
def _topics() -> None:
    """The topics."""


@app.command()
def apply(
    partitions: Annotated[
        int, typer.Option(help="Of each topic; as many replicas can share the work.", min=1)
    ] = PARTITIONS,
    replication_factor: Annotated[
        int, typer.Option(help="Copies of each partition; 3 in production.", min=1)
    ] = 1,
) -> None:
    """Create the topics that are missing in KAFKA_BOOTSTRAP_SERVERS; nothing is removed.

    A topic with fewer partitions than --partitions is given more: say the same
    number each time, and change it only while no event waits.
    """
    with sentences():
        environment = Environment(os.environ)
        brokers = brokers_from(environment)
        prefix = topic_prefix(environment)
        environment.check()
        done = asyncio.run(
            apply_topics(
                brokers, prefix, partitions=partitions, replication_factor=replication_factor
            )
        )
        for name in done.created:
            typer.echo(f"created {name}")
        for name in done.grown:
            typer.echo(f"added partitions to {name}")
        typer.echo(f"{len(done.unchanged)} topics were as they should be")
