"""A provider that is down while messages pile up, and what the notifier does about it: memory,
the time of its queries, and how fast it gets rid of them afterwards."""

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg

from bench.contest import Say, Size
from bench.experiment import Experiment
from bench.figures import Row, at_least, at_most
from bench.ground import Ground, Process, ground, running, speed, until
from bench.load import emit
from bench.mails import requests, settings_of
from bench.sink import smtp_sink
from headsup.contracts.channels import Channel
from sandbox.parts.places import free_port
from services.notifier.claims import Claims, Terms
from services.notifier.loops import MAILS_AT_HAND

FEW = 1_000
"""What comes through Kafka, and what queries over many are compared with."""
_DRAINED, _WAITING = 20_000, 1_000_000
_CONNECTIONS = 4
_LOOKS = 15

# What `services/notifier/ledger.py` writes for the request `request-0` and its mail, once more
# under other numbers.
_REQUESTS = """
    INSERT INTO notifier.requests (id, source, order_id, customer_id, kind, request, expires_at,
                                   decided_at, decision, reason, passed_over)
    SELECT 'request-' || n, source, 'O-' || n, 'c-O-' || n, kind,
           convert_to(replace(replace(convert_from(request, 'UTF8'), 'O-0', 'O-' || n),
                              'o-0@', 'o-' || n || '@'), 'UTF8'),
           expires_at, decided_at, decision, reason, passed_over
    FROM notifier.requests, generate_series($1::int, $2::int) AS n WHERE id = 'request-0'
"""
_NOTIFICATIONS = """
    INSERT INTO notifier.notifications (id, request_id, route, channel, address, language, source,
                                        order_id, over_at, changed_at, planned_at, state, due_at)
    SELECT 'request-' || n || '.0', 'request-' || n, route, channel, 'o-' || n || '@example.com',
           language, source, 'O-' || n, over_at, planned_at, planned_at, 'planned', now()
    FROM notifier.notifications, generate_series($1::int, $2::int) AS n WHERE id = 'request-0.0'
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the notifier's queries over what waits take, in milliseconds."""

    claim_ms: float
    count_ms: float


@dataclass(frozen=True, slots=True)
class Outage:
    """What was measured before, while and after a provider was down."""

    waiting: int
    before_mb: float
    down_mb: float
    after_mb: float
    peak_mb: float
    few: Pace
    many: Pace
    mails_per_second: float

    @property
    def claim_ratio(self) -> float:
        """How much longer a claim takes where much waits."""
        return self.many.claim_ms / self.few.claim_ms

    @property
    def count_ratio(self) -> float:
        """How much longer it takes to count it."""
        return self.many.count_ms / self.few.count_ms


async def measure_outage(waiting: int, drained: int) -> Outage:
    """Lets `waiting` mails pile up, at least FEW, then measures how the first `drained` go out."""
    port = free_port()
    async with ground() as here:
        settings = settings_of(here, port, _CONNECTIONS)
        async with running("services.notifier", settings) as service:
            await until(lambda: service.metric("headsup_build_info"), 1)
            before = service.resident_mb
            await _come_through_kafka(here, service)
            few = await _pace(here)
            await _pile_up(here, waiting)
            many = await _pace(here)
            waits = lambda: service.metric("headsup_notifier_waiting_notifications")  # noqa: E731
            await until(waits, waiting)
            down = service.resident_mb
            with smtp_sink(port):
                pace = await _speed(service, drained)
                after, peak = service.resident_mb, service.peak_mb
    return Outage(waiting, before, down, after, peak, few, many, pace)


async def _come_through_kafka(here: Ground, service: Process) -> None:
    await emit(here.bootstrap_servers, requests(FEW, here.prefix))
    await until(lambda: service.metric("headsup_notifier_decided_total"), FEW)


async def _pile_up(here: Ground, waiting: int) -> None:
    connection = await asyncpg.connect(here.database_url)
    try:
        for statement in (_REQUESTS, _NOTIFICATIONS):
            await connection.execute(statement, FEW, waiting - 1)
    finally:
        await connection.close()


async def _pace(here: Ground) -> Pace:
    """Claims as the notifier does, and takes it back."""
    connection: Any = await asyncpg.connect(here.database_url)
    claims = Claims(connection)
    terms = Terms(
        channel=Channel.EMAIL,
        senders=("primary",),
        can_be_asked=False,
        now=datetime.now(UTC),
        lease=60.0,
    )
    try:
        claiming = [
            await _taken_back(connection, lambda: claims.claim(terms, MAILS_AT_HAND))
            for _ in range(_LOOKS)
        ]
        counting = [
            await _taken_back(connection, lambda: claims.backlog(terms.now)) for _ in range(_LOOKS)
        ]
    finally:
        await connection.close()
    return Pace(statistics.median(claiming) * 1000, statistics.median(counting) * 1000)


async def _taken_back(connection: Any, query: Callable[[], Awaitable[object]]) -> float:
    """Seconds that it took."""
    transaction = connection.transaction()
    await transaction.start()
    begun = time.perf_counter()
    await query()
    taken = time.perf_counter() - begun
    await transaction.rollback()
    return taken


async def _speed(service: Process, count: int) -> float:
    """Mails a second, from the first on. By the service's own count: to count in a ledger of a
    million rows all the time would slow down what is measured."""
    return await speed(
        lambda: service.metric("headsup_notifier_attempts_total", state="sent"), count
    )


async def _measure(size: Size, say: Say) -> list[Row]:
    """A million mails that wait while their provider is down, beside few."""
    drained, waiting = (size.of(count, FEW) for count in (_DRAINED, _WAITING))
    say(f"{drained:,} mails wait")
    little = await measure_outage(drained, drained)
    say(f"{waiting:,} mails wait")
    much = await measure_outage(waiting, drained)
    counted = f"{waiting:,} mails wait"
    return [
        *_resident(much, counted),
        Row(
            name=f"a claim of {MAILS_AT_HAND}",
            value=much.many.claim_ms,
            unit="ms",
            beside=f"{FEW:,} wait",
            ratio=much.claim_ratio,
            goal=at_most(2),
            counted=f"{counted}; {_LOOKS} times",
        ),
        Row(
            name="the count of what waits, every 10 s",
            value=much.many.count_ms,
            unit="ms",
            beside=f"{FEW:,} wait",
            ratio=much.count_ratio,
            counted=f"{counted}; {_LOOKS} times",
        ),
        Row(
            name="mails drained when the provider is back",
            value=much.mails_per_second,
            unit="mails/s",
            beside=f"{drained:,} wait",
            ratio=much.mails_per_second / little.mails_per_second,
            goal=at_least(0.9),
            counted=f"{counted}, the first {drained:,}",
        ),
    ]


def _resident(much: Outage, counted: str) -> list[Row]:
    before = Row(
        name="notifier, resident: nothing waits",
        value=much.before_mb,
        unit="MB",
        counted="at its start, before the first mail",
    )
    found = (
        ("much waits", much.down_mb),
        ("the provider is back", much.after_mb),
        ("at its peak", much.peak_mb),
    )
    return [before] + [
        Row(
            name=f"notifier, resident: {when}",
            value=value,
            unit="MB",
            beside="nothing waits",
            ratio=value / much.before_mb,
            goal=at_most(1.5),
            counted=counted,
        )
        for when, value in found
    ]


EXPERIMENT = Experiment("backlog", _measure)
