"""The bot's loops, wired: one hears, one says."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from prometheus_client import CollectorRegistry

from headsup.announcer import Announcer
from headsup.contracts.channels import Channel
from headsup.health import Health
from headsup.orders import OrderBook, open_order_book
from services.notifier.bot.conversations import Conversations
from services.notifier.bot.links import OCTETS
from services.notifier.bot.queue import BotQueue
from services.notifier.bot.reading import Gathering
from services.notifier.bot.speaker import Speaker, SpeakerMetrics
from services.notifier.bot.writer import BotWriter
from services.notifier.channels import Sender
from services.notifier.erased_words import ErasedWords
from services.notifier.ledger import Ledger
from services.notifier.settings import NotifierSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """What the loops work with."""

    settings: NotifierSettings
    pool: "asyncpg.Pool[asyncpg.Record]"
    ledger: Ledger
    announcer: Announcer
    metrics: SpeakerMetrics
    health: Health
    queue: BotQueue

    @classmethod
    def metrics_in(cls, registry: CollectorRegistry) -> SpeakerMetrics:
        """What is counted of what it says."""
        return SpeakerMetrics(registry)

    @property
    def conversations(self) -> Conversations:
        """Takes in what people of the shops say."""
        return Conversations(self.settings.voices, self.settings.shops)

    def begin(
        self,
        group: asyncio.TaskGroup,
        senders: Sequence[Sender[Any]],
        stop: asyncio.Event,
        book: OrderBook | None = None,
    ) -> None:
        """Starts them; they end after `stop` is set. `book`: None takes the one that is installed.
        They say by the first sender of Telegram's."""
        ours = [sender for sender in senders if sender.channel is Channel.TELEGRAM]
        group.create_task(self._writer(book or self._book()).run(stop))
        if ours:
            speaker = Speaker(
                pool=self.pool,
                sender=ours[0],
                metrics=self.metrics,
                health=self.health,
                bell=self.queue.bell,
            )
            group.create_task(speaker.run(stop))

    def _book(self) -> OrderBook:
        policies = {shop.source: shop.policy for shop in self.settings.shops.values()}
        return open_order_book(self.pool, policies)

    def _writer(self, book: OrderBook) -> BotWriter:
        settings = self.settings
        answers, url = settings.answers, settings.public_url
        gathering = Gathering(
            voices=settings.voices,
            shops=settings.shops,
            book=book,
            presses=answers.human_presses,
            pages=answers.order_links(url),
        )
        return BotWriter(
            queue=self.queue,
            gathering=gathering,
            new_token=lambda: secrets.token_urlsafe(OCTETS),
            words=ErasedWords(settings.keeping.erased_key),
            ledger=self.ledger,
            announcer=self.announcer,
            clock=settings.common.clock,
            health=self.health,
            prefix=settings.common.topic_prefix,
        )
