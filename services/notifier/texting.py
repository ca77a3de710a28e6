"""Somebody writes STOP, START or HELP to our number: it is kept to, the shop is told, and it is
answered once, in the customer's language.

Looked at in the same transaction that keeps that the message came, so it counts once, however often
it is brought. What is brought late is kept to and not answered: nobody waits for it any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from headsup.clock import Clock
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from headsup.kafka.producer import Outgoing
from headsup.shops.profile import ShopProfile
from services.notifier import wish_rows
from services.notifier.answers import Effect
from services.notifier.erased_words import ErasedWords
from services.notifier.languages import language_in
from services.notifier.ledger import Transaction
from services.notifier.people import Address
from services.notifier.render.fitting import in_letters
from services.notifier.render.wishes import Wanted, Wish, wanted
from services.notifier.texted import Texted
from services.notifier.voices import Voices
from services.notifier.wishing import EFFECTS, Answer, Owner, Told, is_answered, is_overtaken


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What came of a wish."""

    effect: Effect
    answer: str | None = None
    """What is said to it; None: nothing."""
    records: Sequence[Outgoing] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Texting:
    """Reads what is written to our number, and does what is wanted."""

    voices: Voices
    shops: Mapping[str, ShopProfile]
    clock: Clock
    prefix: str
    words: ErasedWords = field(default_factory=ErasedWords)
    """What people said who were erased."""

    def wanted(self, texted: Texted) -> Wanted | None:
        """What a message wants. What the provider took it for counts."""
        if texted.taken_for is not None:
            return Wanted(wish=texted.taken_for, languages=frozenset())
        common = self.voices.common
        words = {name: common.texts_in(name)[1].texting for name in common.languages}
        return wanted(texted.text, words)

    async def grant(self, transaction: Transaction, texted: Texted, said: Wanted) -> Granted:
        """Does it, and says what to answer."""
        connection, now, wish = transaction.connection, self.clock.now(), said.wish
        address = Address(texted.channel, texted.number)
        await wish_rows.lock(connection, address)
        before = await wish_rows.said(connection, address)
        if is_overtaken(wish, before, texted.written_at):
            return Granted(effect=Effect.OVERTAKEN)
        owners = await wish_rows.owners(connection, address, texted.senders)
        changed = await self._do(transaction, wish, address, owners, now)
        is_silent = texted.written_at is not None or is_answered(wish, before, now)
        answer = None if is_silent or texted.is_answered else self._answer(texted, said, owners)
        await wish_rows.keep(
            connection,
            address,
            wish,
            written_at=texted.written_at,
            answered_at=None if is_silent else now,
        )
        told = Told(wish=wish, address=address, ref=texted.ref, at=now)
        theirs = [owner for owner in owners if owner.source in changed]
        has_effect = wish is Wish.HELP or bool(changed)
        return Granted(
            effect=EFFECTS[wish] if has_effect else Effect.SAME,
            answer=answer,
            records=told.records(theirs, self.prefix),
        )

    async def _do(
        self,
        transaction: Transaction,
        wish: Wish,
        address: Address,
        owners: Sequence[Owner],
        now: datetime,
    ) -> Sequence[str]:
        """Returns the shops for which it changes anything. Who is not known may become a customer
        of any of them."""
        connection = transaction.connection
        if wish is Wish.START:
            lifted = await wish_rows.start(connection, address)
            said = (Reason.OPTED_OUT,)
            return [*lifted, *await self.words.lift(connection, self.shops, address.key, said)]
        if wish is Wish.HELP:
            return ()
        theirs = {owner.source for owner in owners} or self._using(address.channel)
        return await wish_rows.stop(connection, address, theirs, now)

    def _using(self, channel: Channel) -> set[str]:
        return {source for source, shop in self.shops.items() if channel in shop.channels}

    def _answer(self, texted: Texted, said: Wanted, owners: Sequence[Owner]) -> str:
        shops = [
            self.shops[source]
            for source in dict.fromkeys(owner.source for owner in owners)
            if source in self.shops
        ]
        spoken = [owner.language for owner in owners[:1]] or self._guessed(said)
        renderer = self.voices.of(shops[0].source) if shops else self.voices.common
        language, texts = renderer.texts_in(*spoken)
        text = Answer(words=texts.texting, shops=shops).to(said.wish)
        shop = shops[0] if shops else None
        if shop is None or texted.channel is not Channel.SMS:
            return text
        return in_letters(text, shop.sms_alphabet, language, language_in(shop.language))

    def _guessed(self, said: Wanted) -> list[str]:
        """The language of a stranger: of a word that only one language has, else of the shops."""
        theirs = [shop.language for shop in self.shops.values()]
        return [*said.languages, *theirs] if len(said.languages) == 1 else theirs
