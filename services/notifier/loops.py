"""The loops of the service, wired to each other, whoever the senders are."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import asyncpg
from prometheus_client import CollectorRegistry

from headsup import erasures
from headsup.announcer import Announcer
from headsup.clock import SystemClock
from headsup.contracts.channels import Channel
from headsup.erased_letters import letters_cleaner
from headsup.health import Health
from headsup.kafka.consumer import Consumer
from headsup.orders import OrderBook
from headsup.outbox import Outbox
from headsup.retention import Retention
from headsup.streak import Streak
from headsup.tracing import OFF, Tracing
from services.notifier import keeping
from services.notifier.bot.running import Bot
from services.notifier.channels import Sender, TextIn, TextsIn, twilio_api
from services.notifier.claims import Claims
from services.notifier.consumer import Intake, Reading
from services.notifier.deadlines import Deadlines
from services.notifier.decide import Policy
from services.notifier.desk import Desk
from services.notifier.dispatcher import Dispatcher
from services.notifier.erased_words import ErasedWords
from services.notifier.eraser import Eraser, Telling
from services.notifier.erasing import ERASURES
from services.notifier.forgetting import Forgetting
from services.notifier.holding import Holding
from services.notifier.lane import Lane, LaneLimits
from services.notifier.ledger import Ledger
from services.notifier.metrics import IntakeMetrics, SendingMetrics
from services.notifier.missed_texts import MissedMetrics, MissedTexts
from services.notifier.overdue import Overdue, OverdueMetrics, Reports
from services.notifier.pacing import Paces
from services.notifier.preferring import PreferenceWriter
from services.notifier.reception import ReceiptWriter
from services.notifier.replies import Incoming, ReplyWriter
from services.notifier.results import Clerks, Results
from services.notifier.senders import by_channel
from services.notifier.settings import NotifierSettings
from services.notifier.stops import StopWriter
from services.notifier.supporting import SupportWriter
from services.notifier.sweeper import Sweeper
from services.notifier.texting import Texting
from services.notifier.wakes import Wakes

NO_REPORTS: Final[Mapping[str, Reports]] = {}
MAILS_AT_HAND: Final = 200
"""Mails claimed at once."""
TURNS_AT_HAND: Final = 3
"""Elsewhere, so many times what is sent at once: no call ends before the next message is here. A
lease that runs out there does no harm: what was to be said is kept before a call, and where nothing
is kept there was none (`claims`)."""


class Loops:
    """Everything between Kafka and the providers."""

    def __init__(
        self,
        settings: NotifierSettings,
        pool: "asyncpg.Pool[asyncpg.Record]",
        outbox: Outbox,
        registry: CollectorRegistry,
        health: Health,
        incoming: Incoming | None = None,
    ) -> None:
        self._settings = settings
        self._health = health
        self._voices = settings.voices
        self._policy = Policy(
            settings.shops,
            self._voices.common.languages,
            self._voices.spoken_besides,
            channels=settings.providers.channels,
            can_be_stopped=settings.stops is not None,
        )
        self._ledger = Ledger(pool, outbox)
        self._claims = Claims(pool)
        self._outbox = outbox
        self._announcer = Announcer(outbox)
        self._wakes = Wakes()
        self._taken_in = IntakeMetrics(registry)
        self._sent_out = SendingMetrics(registry)
        outbox.on_refused = self._sent_out.refused
        self._words = ErasedWords(settings.keeping.erased_key)
        self.tracing: Tracing = OFF
        """What records traces; it is said before `run`."""
        self._incoming = incoming or Incoming()
        self._missed = MissedMetrics(registry)
        self._overdue = OverdueMetrics(registry)
        self._clean_letters = letters_cleaner(settings.common.brokers, settings.common.topic_prefix)
        self._pool = pool
        self._bot = self._bot_made(registry)

    @cached_property
    def _results(self) -> Results:
        return Results(self._clerks)

    @cached_property
    def _clerks(self) -> Clerks:
        settings = self._settings
        return Clerks(
            ledger=self._ledger,
            announcer=self._announcer,
            wakes=self._wakes,
            policy=self._policy,
            metrics=self._sent_out,
            health=self._health,
            prefix=settings.common.topic_prefix,
            deadlines=Deadlines(
                settings.common.clock,
                can_hear=settings.public_url is not None,
                least=settings.patience.receipt,
            ),
            words=self._words,
            tracing=self.tracing,
        )

    def _bot_made(self, registry: CollectorRegistry) -> Bot:
        return Bot(
            settings=self._settings,
            pool=self._pool,
            ledger=self._ledger,
            announcer=self._announcer,
            metrics=Bot.metrics_in(registry),
            health=self._health,
            queue=self._incoming.bot,
        )

    async def run(
        self,
        consumer: Consumer,
        senders: list[Sender[Any]],
        stop: asyncio.Event,
        texts_in: Sequence[TextsIn] = (),
        book: OrderBook | None = None,
        reports: Mapping[str, Reports] = NO_REPORTS,
    ) -> None:
        """Until `stop` is set: no more is taken in, what is under way ends, then what is known of
        it is written, then told. `texts_in`: where answers are looked for that nobody brought.
        `book`: where the bot looks orders up; None takes the one that is installed. `reports`:
        who is asked what became of messages of which nobody hears, by our name for the sender."""
        dispatcher = Dispatcher(self._lanes(senders), self._results, self._wakes)
        clock, batch_size = self._settings.common.clock, self._settings.batch_size
        forgetting = Forgetting(self._pool, clock)
        health, metrics = self._health, self._sent_out
        sweeper = Sweeper(self._outbox, self._claims, forgetting, metrics, health, clock)
        receiving = ReceiptWriter(self._incoming.receipts, self._clerks, clock, self._health)
        async with self._announcer.running(), asyncio.TaskGroup() as deciding:
            deciding.create_task(self._reading(consumer).run(stop, batch_size=batch_size))
            deciding.create_task(dispatcher.run(stop))
            deciding.create_task(sweeper.run(stop))
            deciding.create_task(receiving.run(stop))
            deciding.create_task(self._missing(reports).run(stop))
            deciding.create_task(self._hearing().run(stop))
            deciding.create_task(self._stopping().run(stop))
            deciding.create_task(self._preferring().run(stop))
            deciding.create_task(self._supporting().run(stop))
            deciding.create_task(self._catching_up(texts_in).run(stop))
            self._bot.begin(deciding, senders, stop, book)
            deciding.create_task(self._forgetting_people(stop))
            deciding.create_task(self._retention().run(self._health, stop))

    def _retention(self) -> Retention:
        rules, clock = keeping.rules(self._settings.keeping), self._settings.common.clock
        told = self._sent_out
        return Retention(rules, self._pool, clock, on_removed=told.removed, on_late=told.late)

    async def _forgetting_people(self, stop: asyncio.Event) -> None:
        telling = Telling(
            ledger=self._ledger,
            announcer=self._announcer,
            policy=self._policy,
            clock=self._settings.common.clock,
            prefix=self._settings.common.topic_prefix,
        )
        eraser = Eraser(self._pool, telling, self._words, self._clean_letters)
        pool, health, metrics = self._pool, self._health, self._sent_out
        await erasures.watch(eraser, ERASURES, pool, health, stop, on_broken=metrics.not_forgotten)

    def _hearing(self) -> ReplyWriter:
        return ReplyWriter(
            replies=self._incoming.replies,
            ledger=self._ledger,
            announcer=self._announcer,
            voices=self._voices,
            texting=self._texting(),
            clock=self._settings.common.clock,
            health=self._health,
            prefix=self._settings.common.topic_prefix,
        )

    def _texting(self) -> Texting:
        common = self._settings.common
        return Texting(
            voices=self._voices,
            shops=self._settings.shops,
            clock=common.clock,
            prefix=common.topic_prefix,
            words=self._words,
        )

    def _missing(self, reports: Mapping[str, Reports]) -> Overdue:
        return Overdue(
            pool=self._pool,
            clerks=self._clerks,
            receipts=self._incoming.receipts,
            reports=reports,
            clock=self._settings.common.clock,
            metrics=self._overdue,
            health=self._health,
        )

    def _stopping(self) -> StopWriter:
        return StopWriter(
            stops=self._incoming.stops,
            ledger=self._ledger,
            announcer=self._announcer,
            clock=self._settings.common.clock,
            health=self._health,
            prefix=self._settings.common.topic_prefix,
        )

    def _preferring(self) -> PreferenceWriter:
        return PreferenceWriter(
            preferring=self._incoming.preferring,
            ledger=self._ledger,
            announcer=self._announcer,
            clock=self._settings.common.clock,
            health=self._health,
            shops=self._settings.shops,
            usable=self._settings.providers.channels,
            voices=self._voices,
            prefix=self._settings.common.topic_prefix,
        )

    def _supporting(self) -> SupportWriter:
        return SupportWriter(
            supporting=self._incoming.supporting,
            ledger=self._ledger,
            announcer=self._announcer,
            clock=self._settings.common.clock,
            health=self._health,
            prefix=self._settings.common.topic_prefix,
        )

    def _catching_up(self, texts_in: Sequence[TextsIn]) -> MissedTexts:
        providers = self._settings.providers

        def senders(text: TextIn) -> list[str]:
            channel, to = twilio_api.by_channel(text.to)
            is_whatsapp = channel is Channel.WHATSAPP
            accounts = providers.whatsapp_accounts if is_whatsapp else providers.twilio_accounts
            return twilio_api.senders_of(accounts, text.account, to)

        return MissedTexts(
            texts_in=texts_in,
            senders_of=senders,
            replies=self._incoming.replies,
            pool=self._pool,
            real=SystemClock(),
            metrics=self._missed,
            health=self._health,
        )

    def _reading(self, consumer: Consumer) -> Reading:
        common, real = self._settings.common, SystemClock()
        intake = Intake(
            ledger=self._ledger,
            announcer=self._announcer,
            wakes=self._wakes,
            policy=self._policy,
            clock=self._settings.common.clock,
            real=real,
            metrics=self._taken_in,
            prefix=common.topic_prefix,
            words=self._words,
            conversations=self._bot.conversations,
            tracing=self.tracing,
        )
        holding = Holding(self._ledger, self._wakes, real)
        return Reading(consumer, intake, holding, self._health, Streak(common.most_bad_in_a_row))

    def _lanes(self, senders: list[Sender[Any]]) -> list[Lane]:
        desk = Desk(
            claims=self._claims,
            results=self._results,
            voices=self._voices,
            asking=self._settings.asking,
            stops=self._settings.stops,
            humans=self._settings.answers.human_presses,
            short_links=self._settings.short_links,
            pages=self._settings.page_links,
            policy=self._policy,
            clock=self._settings.common.clock,
            wakes=self._wakes,
            metrics=self._sent_out,
            health=self._health,
            paces=Paces(self._pool, self._settings.paces),
            patience=self._settings.patience,
            tracing=self.tracing,
        )
        return [
            Lane(each, self._limits(each.channel), desk)
            for each in by_channel(senders, self._sent_out)
        ]

    def _limits(self, channel: Channel) -> LaneLimits:
        connections = self._settings.providers.connections[channel]
        at_hand = MAILS_AT_HAND if channel is Channel.EMAIL else TURNS_AT_HAND * connections
        return LaneLimits(concurrency=connections, capacity=max(connections, at_hand))
