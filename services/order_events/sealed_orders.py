"""What of an order is sealed at rest where the operator has keys for it: who ordered, and for whom,
but for the shop's numbers for them, by which an erasure finds their orders."""

from collections.abc import Iterable, Sequence
from typing import Final

from headsup.sealed import MissingKeyError, SealedColumn, Seals
from services.order_events import facts as facts_module
from services.order_events.facts import Facts

_WHO: Final = ("name", "email", "phone")
FACTS: Final = SealedColumn(
    table="order_events.orders",
    column="facts",
    keys=("source", "order_id"),
    # `placed` is a moment, the event that says so, and what it says (`facts.Latest`).
    paths=tuple(("placed", 2, who, what) for who in ("customer", "recipient") for what in _WHO),
)
COLUMNS: Final = (FACTS,)


def read(row: bytes | str, keys: Sequence[str], by: Seals) -> Facts:
    """The facts of an order that may be sealed. Raises MissingKeyError, which ends the line, and
    msgspec.ValidationError for what cannot be understood."""
    return facts_module.decode(FACTS.opened(row, keys, by))


def read_without_people(row: bytes | str) -> Facts:
    """The facts for whoever asks where the order stands: no key is needed for that, and who
    ordered has neither name nor address then. Raises msgspec.ValidationError."""
    return facts_module.decode(FACTS.masked(row))


def write(facts: Facts, keys: Sequence[str], by: Seals) -> bytes:
    """The facts as they are kept."""
    return FACTS.sealed(facts_module.encode(facts), keys, by)


def expect_clear(rows: Iterable[bytes | str]) -> None:
    """Raises MissingKeyError where it is for want of keys that one of these rows is not read."""
    for row in rows:
        for key_id in FACTS.keys_in(row):
            raise MissingKeyError(key_id)
