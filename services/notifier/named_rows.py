"""Where addresses lie in the notifier's rows by which they are looked up, and the name that stands
for an address in a statement where the operator has keys (`headsup.address_names`).

Every address that enters a statement of these columns goes through `kept`, or `kept_at`. What comes
out is in clear: rows open themselves.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final

from headsup.address_names import Names, named
from headsup.contracts.channels import Channel
from headsup.named_columns import NamedColumn
from headsup.sealed import Seals

NAMED: Final = (
    NamedColumn(
        table="notifier.notifications",
        column="address",
        form="address",
        kind="t.channel",
        is_emptied=True,
        read_as=("address",),
    ),
    NamedColumn(
        table="notifier.requests", column="who", form="keys", is_emptied=True, read_as=("who",)
    ),
    NamedColumn(
        table="notifier.suppressions",
        column="address",
        form="key",
        newest="t.since",
        beside=("source",),
        read_as=("address", "key"),
    ),
    NamedColumn(
        table="notifier.opt_outs",
        column="who",
        form="key",
        newest="t.at",
        beside=("source", "message_class"),
        read_as=("who", "key"),
    ),
    NamedColumn(
        table="notifier.counted",
        column="who",
        form="key",
        newest="cardinality(t.messages)",
        beside=("source", "day"),
        read_as=("who",),
    ),
    NamedColumn(
        table="notifier.purchases",
        column="who",
        form="key",
        newest="t.at",
        beside=("source",),
        read_as=("who",),
    ),
    NamedColumn(
        table="notifier.cart_flows",
        column="who",
        form="key",
        newest="t.began_at",
        beside=("source",),
        read_as=("who",),
    ),
    NamedColumn(
        table="notifier.stopped_numbers",
        column="address",
        form="key",
        newest="t.at",
        beside=("source",),
    ),
    NamedColumn(
        table="notifier.wishes",
        column="address",
        form="key",
        newest="t.said_at",
        beside=("wish",),
    ),
    NamedColumn(
        table="notifier.whatsapp_windows",
        column="number",
        form="address",
        kind=f"'{Channel.WHATSAPP}'",
        newest="t.wrote_at",
        read_as=("number",),
    ),
    NamedColumn(
        table="notifier.order_keys", column="keys", form="keys", is_emptied=True, read_as=("keys",)
    ),
)
TABLES: Final = tuple(sorted({column.table for column in NAMED}))
Place = tuple[str, str]
"""A shop and a key."""


def names_of(connection: Any) -> Names | None:
    """What stands for addresses in the rows that are written over this connection, or over those of
    a pool; None where they lie in clear."""
    made_of = getattr(connection, "_connection_class", connection)
    by: Seals | None = getattr(made_of, "seals", None)
    return None if by is None else by.names


def kept(connection: Any, keys: Collection[str]) -> Collection[str]:
    """Keys as they are kept, in their order. Those that are no addresses stay."""
    names = names_of(connection)
    return keys if names is None else [named(names, key) for key in keys]


def kept_key(connection: Any, key: str) -> str:
    """One of them."""
    [found] = kept(connection, [key])
    return found


def kept_at(connection: Any, addresses: Iterable[tuple[str, str]]) -> list[str]:
    """Addresses without their channels, as they are kept. Given with those."""
    pairs = list(addresses)
    names = names_of(connection)
    if names is None:
        return [address for _, address in pairs]
    keys = (named(names, f"{channel}:{address}") for channel, address in pairs)
    return [key.partition(":")[2] for key in keys]


def as_asked(connection: Any, found: set[Place], asked: Iterable[Place]) -> set[Place]:
    """What was found of what was asked for, in its words: a name says nothing of capitals."""
    if names_of(connection) is None:
        return found
    return {(source, key) for source, key in asked if (source, key.lower()) in found}
