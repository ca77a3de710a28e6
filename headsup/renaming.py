"""Brings all addresses of a schema from clear to names, or back, while nobody works on them; and
the key of names to the key that is written with."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from headsup import name_keys, named_columns
from headsup.address_names import Names, is_named, named, opened
from headsup.name_keys import State
from headsup.named_columns import Lies, NamedColumn
from headsup.sealed import BrokenSealError, Seals, key_of
from headsup.sealed_tables import OnPage
from headsup.settings import SettingsError

STOP: Final = (
    "{schema} runs. Stop all its replicas first, as step 4 of docs/operating/encryption.md has it, "
    "and begin this again.\n"
    "What is to be said meanwhile waits, and is said by what is true then."
)
LOST: Final = (
    "The name of an address was made with a key of names that is not here: say with --lost which "
    "key of yours was lost."
)
Tell = Callable[[NamedColumn, Counter[Lies]], None]
"""Is told of each column how its addresses lie then."""
Watch = Callable[[NamedColumn], OnPage]
"""What is told how far it is with a column."""


async def rename(
    connection: Any, schema: str, by: Seals, lost: str | None, tell: Tell, watch: Watch
) -> str | None:
    """Does it, and returns the id of the key with which the key of names is sealed then; None where
    addresses lie in clear. Raises SettingsError where a service runs that would not find what is
    changed. Whatever ends it, no service starts before it was begun again."""
    state, sealed = await name_keys.look(connection, schema)
    is_lost = sealed is not None and key_of(sealed) == lost
    want = name_keys.wanted(by)
    is_right = state is want and not is_lost
    if is_right and want is State.NAMED:
        is_right = await _are_named(connection, schema, tell, watch)
    if not is_right:
        await _alone(connection, schema)
        sealed = await _opened_up(connection, schema, by, None if is_lost else sealed)
        names = None if sealed is None else name_keys.opened(by, schema, sealed)
        await _change(connection, schema, _Changing(names, want, lost), tell, watch)
    if want is State.CLEAR:
        await name_keys.forget(connection, schema)
        return None
    assert sealed is not None  # noqa: S101 - there are names
    sealed = name_keys.sealed_anew(by, schema, sealed)
    await name_keys.write(connection, schema, State.NAMED, sealed)
    return key_of(sealed)


async def _are_named(connection: Any, schema: str, tell: Tell, watch: Watch) -> bool:
    """Whether all of them are, as the schema says. A version that knows nothing of names may have
    written beside them since, or a table was restored from before."""
    found = []
    for column in named_columns.columns(schema):
        found.append(await column.walk(connection, None, watch(column)))
        tell(column, found[-1])
    return not any(lies[Lies.CLEAR] for lies in found)


async def _alone(connection: Any, schema: str) -> None:
    if await name_keys.is_running(connection, schema):
        raise SettingsError([STOP.format(schema=schema)])


async def _opened_up(connection: Any, schema: str, by: Seals, sealed: str | None) -> str | None:
    """Says that they are being changed, from which moment on no service starts, nor gets a
    connection; then it is seen that none had one before. The key of names; None where there is
    none, and none is needed."""
    state, kept = await name_keys.look(connection, schema)
    if sealed is None and by.writes is not None:
        sealed = name_keys.drawn(by, schema)
    if (meanwhile := sealed or kept) is None:
        return None
    await name_keys.write(connection, schema, State.CHANGING, meanwhile)
    try:
        await _alone(connection, schema)
    except SettingsError:
        if kept is None:
            await name_keys.forget(connection, schema)
        else:
            await name_keys.write(connection, schema, state, kept)
        raise
    return sealed


async def _change(
    connection: Any, schema: str, change: "_Changing", tell: Tell, watch: Watch
) -> None:
    for column in named_columns.columns(schema):
        await column.walk(connection, change, watch(column))
        # Counted anew: what was changed may have come to a place behind, and was met there again.
        tell(column, await column.walk(connection, None, watch(column)))


class _Changing:
    """Another key for each."""

    def __init__(self, names: Names | None, want: State, lost: str | None) -> None:
        self._names = names
        self._lost = lost
        self.want = want

    def __call__(self, key: str) -> str | None:
        if not is_named(key):
            return named(self._names, key) if self._names and self.want is State.NAMED else key
        clear = self._opened(key)
        return clear if clear is None or self.want is State.CLEAR else key

    def _opened(self, key: str) -> str | None:
        """None where it was made with a key of names that is lost."""
        try:
            return None if self._names is None else opened(self._names, key)
        except BrokenSealError:
            if self._lost is not None:
                return None
            raise SettingsError([LOST]) from None
