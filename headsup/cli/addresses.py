"""`headsup addresses`: names and addresses that are encrypted in the database."""

import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Annotated, Any, Final

import typer

from headsup import name_keys, named_columns, postgres, renaming, sealed_tables
from headsup.address_keys import CLEAR, SETTING, address_keys
from headsup.cli.problems import sentences
from headsup.named_columns import Lies, NamedColumn
from headsup.sealed import MissingKeyError, SealedColumn, Seals
from headsup.sealed_tables import Walked
from headsup.seals import seals_of
from headsup.settings import Environment, SettingsError

app = typer.Typer(
    no_args_is_help=True,
    help="Names and addresses that are encrypted in the database.",
)
_LIES: Final = {Lies.CLEAR: "in clear", Lies.NAMED: "encrypted"}
_TOLD_EVERY: Final = 100_000
"""Rows."""


@app.command()
def status() -> None:
    """Say with which keys the rows are written, and how many with each.

    Needs no key, and writes nothing.
    """
    with sentences():
        environment = Environment(os.environ)
        url = environment.url("DATABASE_URL", ("postgresql", "postgres"))
        environment.check()
        asyncio.run(_looked(url))


@app.command()
def rotate(
    lost: Annotated[
        str | None,
        typer.Option(help="A key that nobody has any more, by its id: what it wrote is emptied."),
    ] = None,
) -> None:
    """Write every row anew with the first of HEADSUP_ADDRESS_KEYS, or in clear.

    From one key to another the services may run meanwhile; to turn it on or off
    no notifier may. Whatever ends it, begin it again: what is done is done. At
    its end it says with which keys the rows are written, and which key is in
    none of them any more. docs/operating/encryption.md
    """
    with sentences():
        environment = Environment(os.environ)
        url = environment.url("DATABASE_URL", ("postgresql", "postgres"))
        keys = address_keys(environment)
        environment.check()
        seals = seals_of(keys)
        if seals is None:
            raise SettingsError([f"{SETTING} is missing: with which key?"])
        if lost is not None and lost in seals.ids:
            raise SettingsError([f"{SETTING} has the key {lost!r}, so it is not lost."])
        asyncio.run(_rotated(url, seals, lost))


async def _looked(url: str) -> None:
    connection = await postgres.connect_once(url)
    try:
        await _walked(connection, lambda _column: _nothing)
        for column in named_columns.columns():
            _tell(column, await column.walk(connection, None, _watch(column)))
    finally:
        with suppress(*postgres.DATABASE_AWAY):
            await connection.close()


async def _rotated(url: str, seals: Seals, lost: str | None) -> None:
    async with name_keys.undisturbed(url, is_changing=True):
        found = await _brought_over(url, seals, lost)
    for name in sorted(seals.ids - found.keys() - {seals.writes}):
        typer.echo(
            f"No row is written with {name} any more. Drop it when all services have started with "
            "another one before it, and this was said once more after that."
        )


async def _brought_over(url: str, seals: Seals, lost: str | None) -> Counter[str]:
    """How many rows are written with which key then."""
    schemas = sealed_tables.schemas()
    connection = await postgres.connect_once(url)
    try:
        for schema in schemas:
            await sealed_tables.expect(connection, schema, seals, lost=lost)
        found = Counter[str]()
        for schema in named_columns.schemas():
            key = await renaming.rename(connection, schema, seals, lost, _tell, _watch)
            found += Counter([key] if key else [])
        for schema in schemas:
            await sealed_tables.note(connection, schema, seals, lost=lost)
        found += await _walked(connection, lambda column: partial(_new, column, seals, lost))
        for schema in schemas:
            known = await sealed_tables.known_keys(connection, schema)
            # A lost key only now: whoever starts before this would meet rows that it cannot open.
            unused = known - ({*found, seals.writes} - {lost})
            await sealed_tables.forget_keys(connection, schema, unused)
    finally:
        with suppress(*postgres.DATABASE_AWAY):
            await connection.close()
    return found


async def _walked(connection: Any, change: Any) -> Counter[str]:
    """Goes through all columns, and says what is there then."""
    total: Counter[str] = Counter()
    for column in sealed_tables.columns():
        name = _name(column)
        found = await sealed_tables.renew(connection, column, change(column), _Progress(name))
        _say(name, found)
        total += found
    return total


def _tell(column: NamedColumn, found: Counter[Lies]) -> None:
    rows = [f"{count} {_LIES[lies]}" for lies, count in sorted(found.items())]
    typer.echo(f"{_name(column)}: {', '.join(rows) or 'no address is in any row'}.")


def _watch(column: NamedColumn) -> "_Progress":
    return _Progress(_name(column))


def _name(column: NamedColumn | SealedColumn) -> str:
    return f"{column.table}.{column.column}"


def _say(name: str, found: Counter[str]) -> None:
    rows = [f"{count} {_with(key)}" for key, count in sorted(found.items())]
    typer.echo(f"{name}: {', '.join(rows) or 'nobody is named in any row'}.")


def _with(key: str) -> str:
    return "in clear" if key == CLEAR else f"with {key}"


def _nothing(_row: str, _keys: Sequence[str]) -> bytes | None:
    return None


def _new(
    column: SealedColumn, seals: Seals, lost: str | None, row: str, keys: Sequence[str]
) -> bytes | None:
    """The row as it should be. What a lost key wrote is emptied first."""
    emptied = column.without(row, lost) if lost is not None else None
    try:
        return column.renewed(emptied or row, keys, seals) or emptied
    except MissingKeyError as error:
        raise SettingsError([f"{error}."]) from error


class _Progress:
    """Says on standard error how far it is, now and then."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._told = 0

    def __call__(self, walked: Walked) -> None:
        if walked.seen - self._told >= _TOLD_EVERY:
            self._told = walked.seen
            typer.echo(f"{self._name}: {walked.seen} rows, {walked.changed} of them new", err=True)
