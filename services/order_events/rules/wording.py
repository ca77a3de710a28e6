"""Under what version a statement stands that may be true, untrue, and true again. Pure."""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Final

from headsup.contracts.catalogue import Kind
from services.order_events.told import Statement, Told

_SINCE = "/"
_ID_LENGTH = 32
NEXT_CHANNEL: Final = timedelta(hours=1)
"""So long after something was said and failed on one channel the next one may bring it."""


def worded(
    told: Told, subject: str, kind: Kind, what: str, contrary: AbstractSet[Kind] = frozenset()
) -> str:
    """The version of `what` is said of a subject now: that of the last time it was said, or a new
    one where the customer heard something else since (other words of the same kind, or a kind of
    `contrary`): they would follow what they heard last.

    Other words of the same kind that still wait count as heard: only a new statement takes them
    back. Those of another kind are taken back by their own rule.
    """
    since = ""
    for id_, statement in told.newest_first():
        if statement.subject != subject:
            continue
        if statement.kind is kind and says(statement, what):
            return said_anew(since, what) if since else statement.version
        if not since and _contradicts(statement, kind, contrary):
            since = id_
    return what


def said_anew(since: str, what: str = "") -> str:
    """The version of what is said again because of the statement of this id, heard since."""
    return f"{since}{_SINCE}{what}"


def says(statement: Statement, what: str) -> bool:
    """Whether a statement says this, for the first time or again."""
    return statement.first_version == what or words_of(statement) == what


def words_of(statement: Statement) -> str:
    """What a statement says, for the first time or again."""
    version = statement.first_version
    since, slash, what = version.partition(_SINCE)
    return what if slash and len(since) == _ID_LENGTH else version


def last_of(told: Told, subject: str, *kinds: Kind) -> Statement | None:
    """The last statement of these kinds about a subject that was not taken back."""
    for _, statement in told.newest_first():
        if statement.kind in kinds and statement.subject == subject and not statement.taken_back:
            return statement
    return None


def may_be_reworded(said: Statement, now: datetime) -> bool:
    """Whether a statement is still to be sent, as far as we know: it waits, or failed on one
    channel and the next one may be trying. What changes meanwhile is worded anew."""
    return said.waiting or (said.may_still_come and now < said.said_at + NEXT_CHANNEL)


def _contradicts(statement: Statement, kind: Kind, contrary: AbstractSet[Kind]) -> bool:
    if statement.kind is kind:
        return statement.heard or statement.waiting
    return statement.kind in contrary and statement.heard
