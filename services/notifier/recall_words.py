"""What people said since the backup, as `customers.replied` has it: that they want no more, at all
or on a channel; what they chose; which chats are theirs; what they answered.

Each word is kept as it was when it was heard, in the order in which it was said, and changes
nothing where something later is known. One that is older than an erasure is nobody's. What no word
of ours can be, such as a chat with a number of thirty digits, is passed over and named: somebody
else wrote it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import asyncpg

from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationRequested, Reason
from headsup.contracts.replies import (
    ChatLinked,
    ChatUnlinked,
    CustomerOptedIn,
    CustomerOptedOut,
    CustomerReplied,
    PreferencesChanged,
)
from headsup.contracts.shop import CustomerUpdated
from headsup.erasures import Place
from headsup.kafka.consumer import Record
from headsup.postgres import is_about_a_value
from services.notifier import opt_outs, preferences, reply_rows, wish_rows
from services.notifier.answers import MOST_CHANGES
from services.notifier.bot import rows
from services.notifier.erasing import ERASURES
from services.notifier.people import Address, recognised
from services.notifier.render.wishes import Wish
from services.notifier.suppressions import Suppression, note
from services.notifier.wishing import is_overtaken

_WORDS: Final = (
    *(ChatLinked, ChatUnlinked, CustomerOptedIn, CustomerOptedOut),
    *(CustomerReplied, PreferencesChanged),
)
OfAChannel = Event[CustomerOptedIn] | Event[CustomerOptedOut]
Contacts = Mapping[Place, AbstractSet[Address]]
"""Where somebody is reached, as far as it was said on Kafka."""
_BY_TEXT: Final = (Channel.SMS, Channel.WHATSAPP)
_HIGHEST: Final = 2**31 - 1 - MOST_CHANGES
"""Of numbers of answers. The next one gets the number behind the last, and all of those of one
request shall find room in the column, which is an `integer` of PostgreSQL's."""
_MOST_NAMED: Final = 20
"""Records that are named; of more it is said how many."""


class _OddError(Exception):
    """It is no word of ours."""


class Words:
    """Keeps them again."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.heard: Counter[str] = Counter()
        """How many of what."""
        self.unplaced: list[OfAChannel] = []
        """Of which it was not said what address they are about, as in older events."""
        self.odd: list[Record] = []
        """What can be no word of ours."""

    async def take(self, events: Iterable[tuple[Event[Any], Record]]) -> None:
        """Keeps what these say, in their order."""
        told = [(event, record) for event, record in events if isinstance(event.data, _WORDS)]
        said = [event for event, _ in told]
        erased = await ERASURES.among(
            self._connection, {(event.source, event.data.customer_id) for event in said}
        )
        for event, record in told:
            at = erased.get((event.source, event.data.customer_id))
            if (at is None or event.time > at) and not await self._is_kept(event):
                self.odd.append(record)

    async def place(self, contacts: Contacts) -> None:
        """Keeps those of `unplaced`, in their order, of all that somebody has on that channel."""
        for event in self.unplaced:
            theirs = contacts.get((event.source, event.data.customer_id), ())
            found = [each for each in theirs if each.channel is event.data.channel]
            for address in found:
                async with self._connection.transaction():
                    await self._of_a_channel(event, address)
            if not found:
                self.heard["stops of which nobody knows the address"] += 1
        self.unplaced = []

    async def _is_kept(self, event: Event[Any]) -> bool:
        """Keeps it; False where nobody could, whatever the database is like."""
        try:
            async with self._connection.transaction():
                await self._keep(event)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, _OddError) as error:
            if not (isinstance(error, _OddError) or is_about_a_value(error)):
                raise
            return False
        return True

    async def _keep(self, event: Event[Any]) -> None:
        said, who = event.data, (event.source, event.data.customer_id)
        match said:
            case CustomerOptedOut() | CustomerOptedIn():
                await self._opted(event)
            case PreferencesChanged():
                chose = await preferences.write(self._connection, event.source, said, event.time)
                self.heard["times somebody chose how they are reached"] += chose
            case ChatLinked() | ChatUnlinked():
                await self._chat(event, who)
            case CustomerReplied():
                number = event.id.rpartition(".")[2]
                if number.isdecimal():
                    if int(number) > _HIGHEST:
                        raise _OddError
                    kept = await reply_rows.recall(self._connection, said, int(number), event.time)
                    self.heard["answers"] += kept

    async def _opted(self, event: OfAChannel) -> None:
        said = event.data
        if said.channel is not None and said.address is not None:
            await self._of_a_channel(event, Address(said.channel, said.address))
        elif said.channel is not None:
            self.unplaced.append(event)
        elif said.message_class is MessageClass.MARKETING:
            who = (event.source, said.customer_id)
            await opt_outs.remember(self._connection, *who, event.time)
            self.heard["times somebody wanted no more marketing"] += 1

    async def _of_a_channel(self, event: OfAChannel, address: Address) -> None:
        if address.channel is Channel.TELEGRAM and address.value.isdecimal():
            await self._in_a_chat(event, int(address.value))
        elif address.channel in _BY_TEXT:
            await self._by_text(event, address)

    async def _by_text(self, event: OfAChannel, address: Address) -> None:
        """As `texting` does it, but for the answer."""
        is_stop = isinstance(event.data, CustomerOptedOut)
        wish = Wish.STOP if is_stop else Wish.START
        await wish_rows.lock(self._connection, address)
        before = await wish_rows.said(self._connection, address)
        if is_overtaken(wish, before, event.time):
            return
        if is_stop:
            new = await wish_rows.stop(self._connection, address, [event.source], event.time)
        else:
            new = await wish_rows.start(self._connection, address)
        await wish_rows.keep(
            self._connection, address, wish, written_at=event.time, answered_at=event.time
        )
        self.heard["times a number wrote STOP or START"] += bool(new)

    async def _in_a_chat(self, event: OfAChannel, chat: int) -> None:
        if isinstance(event.data, CustomerOptedIn):
            back = await rows.come_back(self._connection, chat)
            self.heard["chats that were left or come back to"] += bool(back)
            return
        who = (event.source, event.data.customer_id)
        if await rows.is_later(self._connection, chat, who, event.time):
            return
        left = await rows.leave(self._connection, chat, who, event.time)
        bad = Suppression(
            source=event.source,
            address=Address(Channel.TELEGRAM, str(chat)).key,
            reason=Reason.OPTED_OUT,
            code=None,
            since=event.time,
        )
        await note(self._connection, [bad])
        self.heard["chats that were left or come back to"] += left

    async def _chat(self, event: Event[Any], who: Place) -> None:
        said = event.data
        if said.channel is not Channel.TELEGRAM or not said.address.isdecimal():
            return
        is_link = isinstance(said, ChatLinked)
        change = rows.linked_again if is_link else rows.unlinked_again
        changed = await change(self._connection, int(said.address), who, event.time)
        self.heard["chats that were linked or cut off"] += changed


def contacts_in(events: Iterable[Event[Any]], wanted: AbstractSet[Place]) -> Contacts:
    """Where those customers are reached, as these events name it. Pure."""
    found: dict[Place, set[Address]] = defaultdict(set)
    for event in events:
        for customer_id, channel, text in _named(event.data):
            place = (event.source, customer_id)
            address = recognised(channel, text, None) if place in wanted else None
            if address is not None:
                found[place].add(address)
    return found


def _named(said: Any) -> Iterator[tuple[str, Channel, str]]:
    match said:
        case CustomerUpdated(customer_id=id_, contacts=contacts):
            yield from ((id_, contact.channel, contact.address) for contact in contacts)
        case NotificationRequested(customer=customer) if customer.phone:
            yield from ((customer.id, channel, customer.phone) for channel in _BY_TEXT)


def sentences(heard: Mapping[str, int], odd: Sequence[Record] = ()) -> Sequence[str]:
    """What is said of them. Pure."""
    named = [
        f"notifier: passed over what lies on {it.topic}, partition {it.partition}, offset"
        f" {it.offset}: no notifier wrote that"
        for it in odd[:_MOST_NAMED]
    ]
    more = len(odd) - len(named)
    return [
        *(f"notifier: {count} {what}" for what, count in sorted(heard.items()) if count),
        *named,
        *([f"notifier: passed over {more} more such records"] if more else []),
    ]
