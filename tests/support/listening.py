"""Connections that keep which statements were given an address in clear though names stand for it
where they look. A service that has keys gives none such."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any, Final

from headsup.address_names import KINDS
from headsup.named_columns import columns
from headsup.postgres import Rows

_PARTED: Final = re.compile(r"[ \x1f]")
"""Lists are given as one text, with one of these between their entries."""


def listening(rows: Rows, marks: Collection[str], heard: list[str]) -> Rows:
    """The same, which puts into `heard` every statement that looks into a table with addresses, or
    locks by one, and was given one of these in clear, alone or behind its kind."""
    wanted = {form for mark in marks for form in (mark, *(f"{kind}:{mark}" for kind in KINDS))}
    named = "|".join(rf"{re.escape(one.table)}\b" for one in columns())
    tables = re.compile(rf"{named}|pg_advisory")

    def listen(query: str, args: Any) -> None:
        if tables.search(query) and any(text.lower() in wanted for text in _texts(args)):
            heard.append(" ".join(query.split()))

    class Listening(rows.connection):  # type: ignore[name-defined,misc]
        """Does as the other one."""

        async def execute(self, query: str, *args: Any, **kwargs: Any) -> Any:
            """Listens first; so do the others."""
            listen(query, args)
            return await super().execute(query, *args, **kwargs)

        async def fetch(self, query: str, *args: Any, **kwargs: Any) -> Any:
            """All rows."""
            listen(query, args)
            return await super().fetch(query, *args, **kwargs)

        async def fetchrow(self, query: str, *args: Any, **kwargs: Any) -> Any:
            """The first."""
            listen(query, args)
            return await super().fetchrow(query, *args, **kwargs)

        async def fetchval(self, query: str, *args: Any, **kwargs: Any) -> Any:
            """Its first value."""
            listen(query, args)
            return await super().fetchval(query, *args, **kwargs)

    return replace(rows, connection=Listening)


def _texts(given: Any) -> Iterator[str]:
    if isinstance(given, str):
        yield from _PARTED.split(given)
    elif isinstance(given, list | tuple | set | frozenset):
        for each in given:
            yield from _texts(each)
