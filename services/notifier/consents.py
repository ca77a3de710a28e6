"""From when on a customer's consent counts, where the shop's clock is ahead of ours. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from headsup.contracts.shop import Consent, CustomerUpdated
from services.notifier.people import last_word

Heard = Mapping[str, datetime]
"""When we first heard a word that was given ahead of our clock, by its name."""
NOTHING: Heard = {}


def counted(entry: CustomerUpdated, heard: Heard, now: datetime) -> tuple[CustomerUpdated, Heard]:
    """The shop's word about a customer as it is kept, and what is to be remembered of it.

    Of each channel and class of messages it has the last word only, and none that is later than
    when we heard of it first: it would count as later than an opt-out that came after it. To be
    told the same again changes nothing; what the shop left out in between is heard anew.
    """
    since = {word: heard.get(_name(word), now) for word in entry.consents}
    kept = tuple(
        msgspec.structs.replace(word, at=min(word.at, since[word]))
        for word in _last_words(entry.consents)
    )
    ahead = {_name(word): at for word, at in since.items() if word.at > at}
    return msgspec.structs.replace(entry, consents=kept), ahead


def _last_words(words: Iterable[Consent]) -> list[Consent]:
    by_matter: dict[tuple[str, str], list[Consent]] = {}
    for word in words:
        by_matter.setdefault((word.channel, word.message_class), []).append(word)
    return [last for said in by_matter.values() if (last := last_word(said))]


def _name(word: Consent) -> str:
    said = "granted" if word.granted else "refused"
    return f"{word.channel} {word.message_class} {said} {word.at.isoformat()}"
