"""`headsup emit`: puts events on Kafka."""

import asyncio
import os
from typing import Annotated

import typer
from rich.console import Console

from headsup.cli.event_files import Explained, UnreadableFileError, explain_file
from headsup.cli.findings import show
from headsup.cli.problems import sentences
from headsup.cli.validate import Files
from headsup.contracts import envelope
from headsup.contracts.registry import BY_NAME
from headsup.kafka.emitter import NotWrittenError, Written, write
from headsup.kafka.producer import Outgoing
from headsup.settings import Environment, brokers_from, clock_from, topic_prefix


def emit(
    files: Files,
    binary: Annotated[
        bool, typer.Option("--binary", help="Write the binary mode of CloudEvents.")
    ] = False,
) -> None:
    """Put events on their topics, under their keys, on the broker in KAFKA_BOOTSTRAP_SERVERS.

    They are validated first, and nothing is written unless the services would
    take all of them. An event goes out as it stands in its file; with --binary
    only the fields that the services know do.
    """
    with sentences():
        environment = Environment(os.environ)
        brokers = brokers_from(environment)
        prefix = topic_prefix(environment)
        now = clock_from(environment).now()
        environment.check()
    try:
        explained = [each for name in files for each in explain_file(name, now)]
        if not show(Console(stderr=True, soft_wrap=True, highlight=False), explained):
            raise typer.Exit(1)
        records = [record for each in explained for record in records_of(each, prefix, binary)]
        with sentences():
            asyncio.run(write(brokers, records, _tell))
    except (UnreadableFileError, NotWrittenError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


def records_of(each: Explained, prefix: str, binary: bool) -> list[Outgoing]:
    """The record of an event; none of one that would be refused."""
    event = each.explanation.event
    if event is None:
        return []
    value, headers = each.piece.text, envelope.headers(event)
    if binary:
        value, headers = envelope.to_binary(event)
    topic = prefix + BY_NAME[event.type].topic
    return [Outgoing(topic, envelope.key_of(event), value, tuple(headers))]


def _tell(written: Written) -> None:
    typer.echo(f"{written.topic} partition {written.partition} offset {written.offset}")
