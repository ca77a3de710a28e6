"""Who wrote to us on WhatsApp within a day: until then they may be answered in words of our own.

The window is Meta's, so it is measured in real time, and by the number that wrote: whichever shop
they meant. It is taken for closed a little early, because Meta's clock decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from headsup.contracts.channels import Channel
from services.notifier.named_rows import kept_at
from services.notifier.people import Address, Person, normalised

OPEN_FOR: Final = timedelta(hours=23, minutes=50)
"""Of Meta's 24 hours."""
TALKS: Final = f"""
    (n.channel = '{Channel.WHATSAPP}' AND EXISTS (
        SELECT FROM notifier.whatsapp_windows AS w
        WHERE w.number = n.address
          AND w.wrote_at > now() - make_interval(secs => {OPEN_FOR.total_seconds():.0f})))
"""
"""Of a notification `n`: whether its customer may be written to in words of our own."""

_WROTE = """
    INSERT INTO notifier.whatsapp_windows AS known (number, wrote_at)
    VALUES ($1, coalesce($2, now()))
    ON CONFLICT (number) DO UPDATE SET wrote_at = greatest(known.wrote_at, excluded.wrote_at)
"""
_OPEN = """
    SELECT number FROM notifier.whatsapp_windows
    WHERE number = ANY($1::text[]) AND wrote_at > now() - $2::interval
"""
_FORGET = "DELETE FROM notifier.whatsapp_windows WHERE wrote_at < now() - $1::interval"

K = TypeVar("K")


async def wrote(connection: Any, number: str, at: datetime | None = None) -> None:
    """Somebody wrote to us from this number (E.164), now, or at a moment of real time."""
    await connection.execute(_WROTE, *_kept(connection, [number]), at)


async def with_talks(connection: Any, people: Mapping[K, Person]) -> dict[K, Person]:
    """The same people, with those of their addresses from which they wrote within a day. Nothing is
    asked where nobody is on WhatsApp."""
    theirs = {key: set(numbers_of(person)) for key, person in people.items()}
    asked = sorted(set().union(*theirs.values())) if theirs else []
    if not asked:
        return dict(people)
    rows = await connection.fetch(_OPEN, _kept(connection, asked), OPEN_FOR)
    is_open = {row["number"] for row in rows}
    return {
        key: replace(person, talks=frozenset(map(key_of, theirs[key] & is_open)))
        for key, person in people.items()
    }


def _kept(connection: Any, numbers: Iterable[str]) -> list[str]:
    return kept_at(connection, ((Channel.WHATSAPP, number) for number in numbers))


def talking(person: Person, number: str | None) -> Person:
    """The person, who wrote from this number within a day; from none when it is None."""
    return replace(person, talks=frozenset({key_of(number)})) if number else person


async def forget(connection: Any) -> None:
    """Removes the windows that closed: that somebody wrote is kept elsewhere, if at all."""
    await connection.execute(_FORGET, OPEN_FOR)


def key_of(number: str) -> str:
    """The number, as `Person.talks` names it."""
    return Address(Channel.WHATSAPP, number).key


def numbers_of(person: Person) -> Iterable[str]:
    """By which the shop says that they are on WhatsApp (E.164)."""
    for contact in person.entry.contacts if person.entry else ():
        if contact.channel is Channel.WHATSAPP:
            address = normalised(contact.channel, contact.address, None)
            if address is not None:
                yield address.value
