"""The loops of the service, wired to each other, whoever the senders are."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import asyncpg
from prometheus_client import CollectorRegistry

from headsup.announcer import Announcer
from headsup.clock import SystemClock
from headsup.contracts.channels import Channel
from headsup.health import Health
from headsup.kafka.consumer import Consumer
from headsup.outbox import Outbox
from headsup.streak import Streak
from services.notifier.channels import Sender, TextIn, TextsIn
from services.notifier.channels.twilio_api import senders_of
from services.notifier.claims import Claims
from services.notifier.consumer import Intake, Reading
from services.notifier.decide import Policy
from services.notifier.desk import Desk
from services.notifier.dispatcher import Dispatcher
from services.notifier.forgetting import Forgetting
from services.notifier.holding import Holding
from services.notifier.lane import Lane, LaneLimits
from services.notifier.ledger import Ledger
from services.notifier.metrics import IntakeMetrics, SendingMetrics
from services.notifier.missed_texts import MissedMetrics, MissedTexts
from services.notifier.reception import ReceiptWriter
from services.notifier.replies import Incoming, ReplyWriter
from services.notifier.results import Clerks, Results
from services.notifier.senders import by_channel
from services.notifier.settings import NotifierSettings
from services.notifier.stops import StopWriter
from services.notifier.sweeper import Sweeper
from services.notifier.wakes import Wakes

MAILS_AT_HAND: Final = 200
"""Mails claimed at once. Elsewhere only what can be sent at once: a lease that runs out there
leaves a message of which nobody knows whether it was sent."""


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
        self._clerks = Clerks(
            ledger=self._ledger,
            announcer=self._announcer,
            wakes=self._wakes,
            policy=self._policy,
            metrics=self._sent_out,
            health=health,
            prefix=settings.common.topic_prefix,
        )
        self._results = Results(self._clerks)
        self._incoming = incoming or Incoming()
        self._missed = MissedMetrics(registry)
        self._pool = pool

    async def run(
        self,
        consumer: Consumer,
        senders: list[Sender[Any]],
        stop: asyncio.Event,
        texts_in: Sequence[TextsIn] = (),
    ) -> None:
        """Until `stop` is set: no more is taken in, what is under way ends, then what is known of
        it is written, then told. `texts_in`: where answers are looked for that nobody brought."""
        dispatcher = Dispatcher(self._lanes(senders), self._results, self._wakes)
        clock, batch_size = self._settings.common.clock, self._settings.batch_size
        forgetting = Forgetting(self._pool, clock)
        sweeper = Sweeper(self._outbox, self._claims, forgetting, self._sent_out, self._health)
        receiving = ReceiptWriter(self._incoming.receipts, self._clerks, clock, self._health)
        async with self._announcer.running(), asyncio.TaskGroup() as deciding:
            deciding.create_task(self._reading(consumer).run(stop, batch_size=batch_size))
            deciding.create_task(dispatcher.run(stop))
            deciding.create_task(sweeper.run(stop))
            deciding.create_task(receiving.run(stop))
            deciding.create_task(self._hearing().run(stop))
            deciding.create_task(self._stopping().run(stop))
            deciding.create_task(self._catching_up(texts_in).run(stop))

    def _hearing(self) -> ReplyWriter:
        return ReplyWriter(
            replies=self._incoming.replies,
            ledger=self._ledger,
            announcer=self._announcer,
            voices=self._voices,
            clock=self._settings.common.clock,
            health=self._health,
            prefix=self._settings.common.topic_prefix,
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

    def _catching_up(self, texts_in: Sequence[TextsIn]) -> MissedTexts:
        accounts = self._settings.providers.twilio_accounts

        def senders(text: TextIn) -> list[str]:
            return senders_of(accounts, text.account, text.to)

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
            short_links=self._settings.short_links,
            policy=self._policy,
            clock=self._settings.common.clock,
            wakes=self._wakes,
            metrics=self._sent_out,
            health=self._health,
            patience=self._settings.patience,
        )
        return [
            Lane(each, self._limits(each.channel), desk)
            for each in by_channel(senders, self._sent_out)
        ]

    def _limits(self, channel: Channel) -> LaneLimits:
        connections = self._settings.providers.connections[channel]
        at_hand = MAILS_AT_HAND if channel is Channel.EMAIL else 0
        return LaneLimits(concurrency=connections, capacity=max(connections, at_hand))
