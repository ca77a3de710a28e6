"""`headsup erase`: has a customer forgotten, and waits until everybody has."""

import asyncio
import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import typer

from headsup import postgres
from headsup.cli.problems import sentences
from headsup.clock import Clock
from headsup.contracts import envelope
from headsup.contracts.registry import Internal
from headsup.contracts.shop import CustomerErased
from headsup.erasure import Progress, look
from headsup.kafka.emitter import NotWrittenError, write
from headsup.kafka.reader import reading
from headsup.kafka.records import record_of
from headsup.kafka.security import Brokers
from headsup.settings import Environment, brokers_from, clock_from, topic_prefix

LOOK: Final = 0.5
"""Seconds between two looks at how far it is."""


@dataclass(frozen=True, slots=True)
class _Where:
    """The parts, and what time it is there."""

    brokers: Brokers
    url: str
    prefix: str
    clock: Clock


def erase(
    source: Annotated[str, typer.Option(help="The shop, by the `source` of its events.")],
    customer: Annotated[
        str, typer.Option(help="The shop's number for the customer; - reads it from the input.")
    ],
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for all services.")] = 120.0,
) -> None:
    """Forget a customer, everywhere: their name, addresses, words, carts and orders.

    Puts `shop.customer.erased.v1` on its topic, as a shop may do itself, and
    waits until every service has forgotten them. What is kept, and why, is in
    docs/erasing.md. It cannot be taken back. Done twice, it is done once.
    """
    named = input().strip() if customer == "-" else customer
    with sentences():
        where = _where()
    try:
        with sentences():
            left = asyncio.run(_erase(where, source, named, wait))
    except (NotWrittenError, LookupError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if left is None:
        typer.echo("Nobody has heard of it yet. Does the notifier run?", err=True)
        raise typer.Exit(1)
    if left:
        typer.echo(f"Not everybody has forgotten them yet: {', '.join(left)}.", err=True)
        typer.echo("They will when they run; ask again with the same command.", err=True)
        raise typer.Exit(1)
    typer.echo("Forgotten. It is gone through once more within a minute.")


def _where() -> _Where:
    environment = Environment(os.environ)
    where = _Where(
        brokers_from(environment),
        environment.url("DATABASE_URL", ("postgresql", "postgres")),
        topic_prefix(environment),
        clock_from(environment),
    )
    environment.check()
    return where


async def _erase(where: _Where, source: str, customer: str, wait: float) -> Sequence[str] | None:
    """Who has not forgotten them by then; None where nobody heard of it."""
    asks, at = look(), where.clock.now()
    event = envelope.make(
        source,
        f"erased.{customer}.{at.timestamp():.6f}"[:200],
        at,
        CustomerErased(customer_id=customer),
    )
    expected = await _expected(where)
    await write(where.brokers, [record_of(event, where.prefix)], lambda _written: None)
    connection = await postgres.connect_once(where.url)
    try:
        until = time.monotonic() + wait
        progress = await asks(connection, source, customer)
        while not _is_done(progress, at, expected) and time.monotonic() < until:
            await asyncio.sleep(LOOK)
            progress = await asks(connection, source, customer)
    finally:
        with contextlib.suppress(*postgres.DATABASE_AWAY):
            await connection.close()
    if progress is None or not _is_of(progress, at):
        return None
    return progress.missing(expected)


def _is_of(progress: Progress, at: datetime) -> bool:
    """Whether it is about the erasure of this moment; Kafka keeps milliseconds at least."""
    return (at - progress.at).total_seconds() < 1


def _is_done(progress: Progress | None, at: datetime, expected: frozenset[str]) -> bool:
    return progress is not None and _is_of(progress, at) and not progress.missing(expected)


async def _expected(where: _Where) -> frozenset[str]:
    """Who says so when they are done, besides the notifier."""
    async with reading(where.brokers, name="headsup-erase") as reader:
        carts = reader.partitions(where.prefix + Internal.JOINED)
    return frozenset({"order_events", *(f"cart_recovery/{number}" for number in range(carts))})
