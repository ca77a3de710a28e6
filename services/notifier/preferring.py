"""What people choose, on its way into the ledger and out to the shop. It counts from the moment at
which it is written."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from headsup.contracts.channels import Channel
from headsup.outbox import Committed
from headsup.shops.profile import ShopProfile
from services.notifier import preference_rows, preferences, unlinking
from services.notifier.brought import PATIENCE, Brought, Writer
from services.notifier.choosing import Choice, Chooser, counting, weighed
from services.notifier.ledger import Transaction
from services.notifier.voices import Voices

MOST_WAITING: Final = 500


@dataclass(frozen=True, slots=True)
class LookAt:
    """Who got this message, and what do they want?"""

    number: int


@dataclass(frozen=True, slots=True)
class Choose:
    """Whoever got this message wants that. Who says so was vouched for by a signature."""

    number: int
    choice: Choice = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unlink:
    """Whoever got this message wants to have nothing to do with a chat."""

    number: int
    press: str
    """The button of `LinkedChat.press`."""


class Effect(StrEnum):
    """What came of it."""

    CHANGED = "changed"  # the shop is told
    KNOWN = "known"  # it was so before
    UNLINKED = "unlinked"  # a chat was cut off; the shop is told
    UNKNOWN = "unknown"  # there is no such message


@dataclass(frozen=True, slots=True)
class Chosen:
    """What counts from now on."""

    effect: Effect
    chooser: Chooser | None = field(default=None, repr=False)


_NOTHING: Final = Chosen(Effect.UNKNOWN)
_SILENCE: Final = Committed([], [])
Word = LookAt | Choose | Unlink


class Preferring(Brought[Word, Chosen]):
    """The queue; of a `LookAt`, what counts now."""

    def __init__(self, patience: float = PATIENCE) -> None:
        super().__init__(MOST_WAITING, patience)


def channels_of(shop: ShopProfile, usable: frozenset[Channel]) -> Sequence[Channel]:
    """The channels that there are to choose from."""
    return [channel for channel in Channel if channel in shop.channels & usable]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceWriter(Writer):
    """The loop that writes them."""

    preferring: Preferring
    shops: Mapping[str, ShopProfile]
    usable: frozenset[Channel]
    """Channels that have a sender."""
    voices: Voices

    async def run(self, stop: asyncio.Event) -> None:
        """Writes until `stop` is set and nobody waits any more."""
        await self._serve("preferences", self.preferring, self._heard, stop)

    async def _heard(self, transaction: Transaction, word: Word) -> tuple[Chosen, Committed]:
        connection = transaction.connection
        if not isinstance(word, LookAt):
            await preference_rows.lock(connection, word.number)
        chooser = await preference_rows.chooser(connection, word.number)
        shop = self.shops.get(chooser.source) if chooser else None
        if chooser is None or shop is None:
            return _NOTHING, _SILENCE
        chooser = await preference_rows.with_suppressions(connection, chooser, shop)
        if isinstance(word, LookAt):
            return Chosen(Effect.KNOWN, chooser), _SILENCE
        if isinstance(word, Unlink):
            return await self._unlinked(transaction, chooser, shop, word.press)
        return await self._chosen(transaction, chooser, shop, word.choice)

    async def _chosen(
        self, transaction: Transaction, chooser: Chooser, shop: ShopProfile, choice: Choice
    ) -> tuple[Chosen, Committed]:
        """What changes nothing is not written, and told to nobody: a form is sent twice."""
        moments = filter(None, (self.clock.now(), chooser.chosen_at))
        now = max(moments)  # the last word counts, whatever a clock says
        shown, spoken = channels_of(shop, self.usable), self.voices.of(shop.source).languages
        kept = weighed(chooser, counting(chooser, shown, shop, spoken), choice, now)
        nothing = chooser.person.chosen is None and not (
            kept.language or kept.channel_order or kept.quiet_hours or kept.consents
        )
        if nothing or kept == chooser.person.chosen:
            return Chosen(Effect.KNOWN, chooser), _SILENCE
        await preferences.write(transaction.connection, chooser.source, kept, now)
        record = preferences.changed(chooser.source, kept, now, self.prefix)
        committed = await transaction.add([record])
        person = replace(chooser.person, chosen=kept)
        return Chosen(Effect.CHANGED, replace(chooser, person=person)), committed

    async def _unlinked(
        self, transaction: Transaction, chooser: Chooser, shop: ShopProfile, press: str
    ) -> tuple[Chosen, Committed]:
        """What is cut off already stays so, and is told to nobody again."""
        connection, now = transaction.connection, self.clock.now()
        chat = await unlinking.unlink(connection, chooser, press, now)
        if chat is None:
            return Chosen(Effect.KNOWN, chooser), _SILENCE
        await unlinking.say(connection, chat, shop, self.voices, now)
        record = unlinking.unlinked(chooser, chat, now, self.prefix)
        chooser = await unlinking.without_it(connection, chooser, shop)
        return Chosen(Effect.UNLINKED, chooser), await transaction.add([record])
