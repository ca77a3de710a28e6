"""The words of the page on which people choose what they hear, and how: `_preferences.toml`.
Pure."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from services.notifier.render.placeholders import problem_in

PREFERENCES: Final = "_preferences"
"""The name of the file with them."""
PROBLEMS: Final = frozenset({"language", "order", "channels", "quiet", "hours"})
"""What can be wrong with a form, as `choosing.Field` names it."""
CLOSED: Final = frozenset({Reason.OPTED_OUT, Reason.BLOCKED, Reason.INVALID_ADDRESS})
"""Why nothing is sent to an address, each with words of its own; `other` is everything else."""
OTHER: Final = "other"


class PreferenceWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one language."""

    title: str
    lead: str
    link: str
    """To this page."""
    language: str
    channels: dict[Channel, str]
    reach: str
    reach_help: str
    """Of whoever put channels in an order."""
    reach_usual: str
    """Of whoever did not: what happens then."""
    place: str
    place_usual: str
    """Of a channel that was given no place."""
    orders: str
    offers: str
    offers_help: str
    """What is agreed to: `choosing.WORDS` is the version of these two."""
    no_address: dict[Channel, str]
    """Of a channel on which we have none."""
    linked: str
    """A chat that was linked, and when."""
    unlink: str
    unlinked: str
    closed: dict[str, str]
    """An address that nothing is sent to, by the reason."""
    quiet: str
    quiet_help: str
    quiet_shop: str
    quiet_shop_never: str
    """Where the shop has no night."""
    quiet_own: str
    quiet_none: str
    begins: str
    ends: str
    save: str
    saved: str
    same: str
    nobody: str
    """Nothing is left by which news of an order could be told."""
    problem: str
    problems: dict[str, str]
    expired_help: str
    languages: str


_PLACEHOLDERS: Final[Mapping[str, frozenset[str]]] = {
    "lead": frozenset({"shop"}),
    "reach_usual": frozenset({"record", "alert"}),
    "place": frozenset(),
    "offers": frozenset({"shop"}),
    "linked": frozenset({"address", "date"}),
    "quiet_shop": frozenset({"begins", "ends"}),
}


def problem_of(words: PreferenceWords) -> str | None:
    """What is wrong with them, as the key and a few words; None when nothing is."""
    for key, wanted in _PLACEHOLDERS.items():
        if problem := problem_in(key, getattr(words, key), wanted):
            return problem
    needed: Mapping[str, AbstractSet[str]] = {
        "channels": set(Channel),
        "no_address": set(Channel),
        "closed": {*CLOSED, OTHER},
        "problems": set(PROBLEMS),
    }
    for table, keys in needed.items():
        for key in sorted(keys - set(getattr(words, table))):
            return f"`{table}.{key}` is missing"
    for reason, text in words.closed.items():
        if problem := problem_in(f"closed.{reason}", text, frozenset({"address"})):
            return problem
    return None
