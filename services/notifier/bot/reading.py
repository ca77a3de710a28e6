"""Gathers what is known where somebody comes to the bot."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from headsup import logs
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Audience
from headsup.orders import OrderBook, OrderView
from headsup.postgres import DATABASE_AWAY
from headsup.shops.profile import ShopProfile
from services.notifier import order_keys
from services.notifier.bot import rows
from services.notifier.bot.known import Known, Order, Owner, Speech, Talk, Token, Under
from services.notifier.bot.links import HumanPresses, digest
from services.notifier.bot.meaning import Meaning, Meant, meaning_of, token_of
from services.notifier.bot.saying import HUMAN, LANGUAGE
from services.notifier.bot.updates import Came, Pressed, Wrote
from services.notifier.order_keys import KnownOrder
from services.notifier.people import Person, language_of
from services.notifier.person_rows import person_of
from services.notifier.render.formats import Formats
from services.notifier.scoped_links import OrderLinks
from services.notifier.voices import Voices

MOST_ORDERS: Final = 10
"""Of one customer, the newest."""
PATIENCE: Final = 4.0
"""Seconds for looking orders up: whoever brought the update waits."""
_NEED_NO_ORDERS: Final = frozenset({Meant.STOP, Meant.LANGUAGE, Meant.THANKS, Meant.NO_TEXT})


@dataclass(frozen=True, slots=True)
class _Whose:
    owner: Owner
    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """All of it."""

    meaning: Meaning
    known: Known
    speech: Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """Asks the ledger and the order book."""

    voices: Voices
    shops: Mapping[str, ShopProfile]
    book: OrderBook
    presses: HumanPresses | None
    pages: OrderLinks | None
    """Of the page of an order; None where there is none."""

    async def of(self, connection: Any, came: Came, now: datetime) -> Gathered:
        """What is known. Raises a database error."""
        text = came.text if isinstance(came, Wrote) else ""
        common = self.voices.common
        words = {code: common.texts_in(code)[1].bot for code in sorted(common.languages)}
        meaning = meaning_of(text, (each.phrases for each in words.values()))
        whose = self._whose(await rows.owners(connection, came.chat, now))
        kept = await rows.talk(connection, came.chat)
        token = await self._token(connection, meaning)
        asked = [*whose, token[1]] if token else whose
        known = Known(
            owners=tuple(each.owner for each in whose),
            talk=self._talk(kept),
            token=token[0] if token else None,
            orders=await self._orders(connection, came, meaning, asked, now),
            under=await self._under(connection, came),
            lately=await rows.lately(connection, came.chat),
            shops=self.shops,
        )
        chosen = kept["language"] if kept else None
        speech = self._speech(token[1] if token else next(iter(whose), None), chosen, came)
        return Gathered(meaning=meaning, known=known, speech=speech)

    def _whose(self, found: Iterable[Any]) -> list[_Whose]:
        """Those of shops that we still speak for."""
        return [one for row in found if (one := self._one(row)) is not None]

    def _one(self, row: Any) -> _Whose | None:
        shop = self.shops.get(row["source"])
        if shop is None:
            return None
        try:
            person = person_of(row["entry"], row["chosen"])
        except msgspec.MsgspecError as error:
            logs.logger().error("a customer cannot be read", error=error)
            person = person_of(None, None)
        owner = Owner(
            customer_id=row["customer_id"],
            shop=shop,
            name=person.entry.name if person.entry else None,
            has_left=row["left_at"] is not None,
        )
        return _Whose(owner, person)

    async def _token(self, connection: Any, meaning: Meaning) -> tuple[Token, _Whose] | None:
        text = token_of(meaning.rest) if meaning.meant is Meant.START else None
        if text is None:
            return None
        row = await rows.token(connection, digest(text))
        if row is None:
            return None
        whose = self._one(await rows.person(connection, row["source"], row["customer_id"]))
        if whose is None:
            return None
        token = Token(
            digest=digest(text),
            owner=whose.owner,
            order_id=row["order_id"],
            used_by=row["used_by"],
            expires_at=row["expires_at"],
            number=row["number"],
        )
        return token, whose

    def _talk(self, kept: Any | None) -> Talk | None:
        if kept is None or kept["source"] is None:
            return None
        shop = self.shops.get(kept["source"])
        if shop is None:
            return None
        return Talk(shop=shop, customer_id=kept["customer_id"], heard_at=kept["heard_at"])

    async def _under(self, connection: Any, came: Came) -> Under | None:
        """The message under which a person was called. A press of somebody else's is none."""
        if not isinstance(came, Pressed) or self.presses is None:
            return None
        number = self.presses.pressed(came.data)
        message = await rows.message(connection, number) if number is not None else None
        if message is None or (message.channel, message.address) != ("telegram", str(came.chat)):
            return None
        return Under(
            source=message.source, customer_id=message.customer_id, order_id=message.order_id
        )

    async def _orders(
        self, connection: Any, came: Came, meaning: Meaning, whose: Sequence[_Whose], now: datetime
    ) -> tuple[Order, ...] | None:
        if not _needs_orders(came, meaning):
            return ()
        found: list[tuple[KnownOrder, Order]] = []
        for source, customer_id in {(one.owner.source, one.owner.customer_id) for one in whose}:
            theirs = await order_keys.orders_of(connection, source, customer_id, MOST_ORDERS)
            views = await self._views(theirs, now)
            if views is None:
                return None
            ids = [order_id for order_id, _ in views]
            pages = await self._pages(connection, source, customer_id, ids)
            for each in theirs:
                view = views.get((each.order_id, each.audience))
                if view is not None:
                    page = pages.get(each.order_id)
                    found.append((each, Order(view=view, customer_id=customer_id, page=page)))
        newest = sorted(found, key=lambda pair: pair[0].at, reverse=True)
        return tuple(order for _, order in newest)

    async def _views(
        self, theirs: Sequence[KnownOrder], now: datetime
    ) -> dict[tuple[str, Audience], OrderView] | None:
        """What is true of them; None when that cannot be said now. The book has connections of its
        own, so whatever ails it does not end the transaction."""
        views: dict[tuple[str, Audience], OrderView] = {}
        try:
            async with asyncio.timeout(PATIENCE):
                for audience in sorted({each.audience for each in theirs}):
                    keys = [each.key for each in theirs if each.audience is audience]
                    for found in await self.book.orders(keys, now, audience):
                        views[found.order_id, audience] = found
        except (asyncpg.PostgresError, *DATABASE_AWAY) as error:
            logs.logger().error("orders cannot be looked up", error=error)
            return None
        return views

    async def _pages(
        self, connection: Any, source: str, customer_id: str, orders: Sequence[str]
    ) -> dict[str, str]:
        """Addresses of the orders' pages: each shows what its message's reader may see."""
        if self.pages is None or not orders:
            return {}
        newest = await rows.newest_messages(connection, source, customer_id, orders)
        return {order: self.pages.of(number, at) for order, (number, at) in newest.items()}

    def _speech(self, whose: _Whose | None, chosen: str | None, came: Came) -> Speech:
        """In the language that they chose, that the shop knows, or that their Telegram speaks."""
        voice, zone, shop = self.voices.common, "", None
        tags = [chosen, came.language]
        if whose is not None:
            shop = whose.owner.shop
            voice = self.voices.of(shop.source)
            theirs = Customer(id=whose.owner.customer_id, language=came.language)
            tags = [chosen, language_of(theirs, whose.person, shop, voice.languages)]
            zone = (whose.person.entry.time_zone if whose.person.entry else None) or ""
        language, texts = voice.texts_in(*tags, *(each.language for each in self._likely(shop)))
        common = self.voices.common
        return Speech(
            language=language,
            texts=texts,
            formats=Formats(texts.locale, texts.days, is_short=False),
            zone=_zone(zone, shop),
            others={code: common.texts_in(code)[1].bot for code in common.languages},
        )

    def _likely(self, shop: ShopProfile | None) -> list[ShopProfile]:
        return [shop] if shop else list(self.shops.values())[:1]


def _needs_orders(came: Came, meaning: Meaning) -> bool:
    if isinstance(came, Pressed):
        return not came.data.startswith(LANGUAGE) or came.data == HUMAN
    return isinstance(came, Wrote) and meaning.meant not in _NEED_NO_ORDERS


def _zone(name: str, shop: ShopProfile | None) -> ZoneInfo:
    for each in (name, shop.time_zone if shop else "", "UTC"):
        try:
            if each:
                return ZoneInfo(each)
        except (KeyError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")
