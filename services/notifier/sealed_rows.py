"""What of the notifier's rows is sealed at rest where the operator has keys for it: names and
addresses of the shop's address book, of what orders taught us, and of what we are asked to say. By
which addresses rows are looked up: `named_rows`.

A shop's number for a customer stays, by which an erasure finds what is theirs.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from headsup.postgres import DATABASE_AWAY
from headsup.sealed import EACH, MissingKeyError, SealedColumn, Seals, expect_clear, is_sealed
from headsup.sealed_rows import OpeningRow
from services.notifier.named_rows import NAMED

_WHOSE: Final = ("source", "customer_id")
ENTRY: Final = SealedColumn(
    table="notifier.people",
    column="entry",
    keys=_WHOSE,
    kind="bytea",
    # As `CustomerUpdated` has it.
    paths=(("name",), ("contacts", EACH, "address")),
    read_as=("entry", "told"),
)
CONTACTS: Final = SealedColumn(
    table="notifier.learned",
    column="contacts",
    keys=_WHOSE,
    paths=((EACH, "address"),),
    read_as=("contacts", "learned_contacts", "taught"),
)
REQUEST: Final = SealedColumn(
    table="notifier.requests",
    column="request",
    keys=("id",),
    of=_WHOSE,
    kind="bytea",
    # As `NotificationRequested` has it.
    paths=tuple(("customer", what) for what in ("name", "email", "phone")),
    read_as=("request", "asked"),
)
SEALED: Final = (ENTRY, CONTACTS, REQUEST)
COLUMNS: Final = (*SEALED, *NAMED)
OUT_OF_REACH: Final = (*DATABASE_AWAY, MissingKeyError)
"""What is raised while rows cannot be read, through no fault of theirs."""
_encoder: Final = msgspec.json.Encoder()


def written(
    connection: Any, column: SealedColumn, values: Iterable[Any], *whose: Sequence[str]
) -> list[bytes]:
    """What is kept of these in a column of JSON by whoever writes over this connection. `whose`:
    the values of the column's `owner`, of each."""
    rows = [_encoder.encode(value) for value in values]
    by: Seals | None = getattr(connection, "seals", None)
    if by is None:
        return rows
    return [column.sealed(row, of, by) for row, *of in zip(rows, *whose, strict=True)]


def is_hidden(row: Any, *names: str) -> bool:
    """Whether it is for want of keys that these columns of a row cannot be read. Who has keys was
    told when they were asked for."""
    if isinstance(row, OpeningRow):
        return False
    return any(is_sealed(row[name]) for name in names if row[name])


def expect_clear_in(row: Any) -> None:
    """Raises MissingKeyError where it is for that that a request was not read."""
    if is_hidden(row, "request"):
        expect_clear(row["request"])
