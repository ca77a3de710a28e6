"""Which of the SMS that Twilio has are those that an unanswered request may have left behind.

Twilio keeps nothing of ours beside a message, so it is recognized by what it says, to whom, when.
"""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, Protocol

SLACK: Final = timedelta(minutes=10)
"""How far our database's clock and the provider's may be apart. Much is no harm: the words name the
order, and what is accounted for is left out; too little sends a second time."""
REACHED_NOBODY: Final = frozenset({"failed", "undelivered", "canceled"})
"""Statuses of an SMS that was taken and brought nobody anything. To say "sent" of it would be
false, and to send it again is no repetition."""


class Listed(Protocol):
    """An SMS as Twilio's client gives it."""

    sid: str | None
    body: str | None
    status: str | None
    date_created: datetime | None


def matching(listed: Sequence[Listed], text: str, since: datetime) -> tuple[str, ...]:
    """The SIDs of those that say `text`, as `bearing` finds them."""
    return bearing(listed, partial(says, text=text), since)


def bearing(
    listed: Sequence[Listed], is_ours: Callable[[str | None], bool], since: datetime
) -> tuple[str, ...]:
    """The SIDs of those whose body `is_ours` and that were created at `since` or later, the oldest
    first. `listed`: the newest first.

    By the date of creation, because an SMS that waits at Twilio has no date of sending yet; the
    filter that Twilio offers, DateSent, would leave out just those that we ask about.
    """
    earliest = since - SLACK
    found = [
        (one.date_created or since, one.sid)
        for one in reversed(listed)  # many have the same second
        if one.sid
        and one.status not in REACHED_NOBODY
        and (one.date_created or since) >= earliest
        and is_ours(one.body)
    ]
    return tuple(sid for _, sid in sorted(found, key=lambda each: each[0].astimezone(UTC)))


def says(body: str | None, text: str) -> bool:
    """Whether an SMS of ours with this text may have got this body at Twilio.

    Only letters and digits are compared, and only the end: a trial account puts words before a
    text, and a Messaging Service with smart encoding (on, unless it is switched off) changes
    quotation marks, dashes and spaces. An account that keeps no texts has an empty body; then
    recipient and time must do.
    """
    if not body:
        return True
    ours = _letters(text)
    return _letters(body).endswith(ours) if ours else body == text


def holds(body: str | None, words: Iterable[str]) -> bool:
    """Whether a message of ours that was filled with these words may have got this body."""
    letters = _letters(body or "")
    return not letters or all(_letters(word) in letters for word in words)


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())
