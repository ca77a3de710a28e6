"""A person as the database keeps them, read in one way wherever one is needed: the shop's word,
what they chose, and what their orders taught us."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from headsup.contracts.replies import PreferencesChanged
from headsup.contracts.shop import CustomerUpdated
from headsup.sealed import expect_clear
from services.notifier.people import Learned, LearnedContact, Person

COLUMNS: Final = """
    p.entry, c.chosen, l.contacts AS learned_contacts, l.language AS learned_language,
    l.time_zone AS learned_zone, l.seen_at AS learned_at
"""
JOINS: Final = """
    LEFT JOIN notifier.people AS p
        ON p.source = r.source AND p.customer_id = r.customer_id
    LEFT JOIN notifier.preferences AS c
        ON c.source = r.source AND c.customer_id = r.customer_id
    LEFT JOIN notifier.learned AS l
        ON l.source = r.source AND l.customer_id = r.customer_id
"""
"""The columns of whoever is the customer of `r`: three look-ups by primary keys."""

_entries: Final = msgspec.json.Decoder(CustomerUpdated)
_choices: Final = msgspec.json.Decoder(PreferencesChanged)
_contacts: Final = msgspec.json.Decoder(tuple[LearnedContact, ...])


def person_in(row: Mapping[str, Any]) -> Person:
    """Whoever stands in the columns of a row; `opted_out_at` where it has that as well. Raises
    msgspec.MsgspecError."""
    opted_out_at = row.get("opted_out_at")
    return person_of(row["entry"], row["chosen"], opted_out_at, learned_in(row))


def learned_in(row: Mapping[str, Any]) -> Learned | None:
    """What orders taught us of them; None where none did. Raises msgspec.MsgspecError."""
    if row["learned_contacts"] is None:
        return None
    contacts = row["learned_contacts"]
    try:
        known = _contacts.decode(contacts)
    except msgspec.ValidationError:
        expect_clear(contacts)
        raise
    return Learned(
        contacts=known,
        language=row["learned_language"],
        time_zone=row["learned_zone"],
        seen_at=row["learned_at"],
    )


def person_of(
    entry: bytes | None,
    chosen: bytes | None,
    opted_out_at: datetime | None = None,
    learned: Learned | None = None,
) -> Person:
    """A person as the database keeps them. Raises msgspec.MsgspecError, and MissingKeyError where
    it is for want of keys that they are not read."""
    try:
        known = _entries.decode(entry) if entry is not None else None
    except msgspec.ValidationError:
        expect_clear(entry)
        raise
    return Person(
        entry=known,
        chosen=_choices.decode(chosen) if chosen is not None else None,
        learned=learned,
        opted_out_at=opted_out_at,
    )
