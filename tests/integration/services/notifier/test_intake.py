"""The way in by itself, on a real database: what one bad record may do, and what many may."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from headsup.announcer import Announcer
from headsup.clock import Clock, SystemClock
from headsup.contracts import envelope
from headsup.contracts.envelope import Event
from headsup.contracts.registry import BY_DATA
from headsup.contracts.shop import CustomerUpdated
from headsup.kafka.producer import MemoryPublisher
from headsup.outbox import Outbox
from headsup.streak import LineStoppedError, Streak
from services.notifier.consumer import Intake
from services.notifier.decide import Policy
from services.notifier.ledger import SCHEMA, Ledger
from services.notifier.metrics import IntakeMetrics
from services.notifier.shops import ShopProfile
from services.notifier.wakes import Wakes
from tests.support.notifier import MONDAY, Rig, known, requested


@dataclass
class _Record:
    topic: str
    value: bytes | None
    offset: int = 0
    headers: Sequence[tuple[str, bytes | None]] = ()
    partition: int = 0
    timestamp: int = 0
    key: bytes | None = b"key"


def record(event: Event[Any], offset: int = 0) -> _Record:
    topic = BY_DATA[type(event.data)].topic
    return _Record(topic, envelope.encode(event), offset, envelope.headers(event))


def garbage(offset: int = 0) -> _Record:
    return _Record("notifications.requested", b"{", offset)


@dataclass
class _WayIn:
    """The intake of one notifier, without anything that sends."""

    rig: Rig
    outbox: Outbox
    intake: Intake
    registry: CollectorRegistry
    streak: Streak = field(default_factory=Streak)

    async def take(self, *records: _Record) -> None:
        self.streak = await self.intake.take(list(records), self.streak)

    async def requests(self) -> list[str]:
        rows = await self.rig.pool.fetch("SELECT id FROM notifier.requests ORDER BY id")
        return [row["id"] for row in rows]

    async def dead_letters(self) -> int:
        query = "SELECT count(*) FROM notifier.outbox WHERE topic LIKE '%.dlq'"
        return int(await self.rig.pool.fetchval(query))


def way_in(rig: Rig, prefix: str = "", real: Clock | None = None) -> _WayIn:
    settings, registry = rig.settings, CollectorRegistry()
    outbox = Outbox(SCHEMA, rig.pool, MemoryPublisher())
    intake = Intake(
        ledger=Ledger(rig.pool, outbox),
        announcer=Announcer(outbox),
        wakes=Wakes(),
        policy=Policy(settings.shops, settings.renderer.languages),
        clock=rig.clock,
        real=real or SystemClock(),
        metrics=IntakeMetrics(registry),
        prefix=prefix,
    )
    return _WayIn(rig, outbox, intake, registry)


async def test_one_bad_record_is_set_aside_and_the_rest_is_taken_in(rig: Rig) -> None:
    entrance = way_in(rig)
    await entrance.take(record(requested("r1"), 1), garbage(2), record(requested("r2"), 3))
    assert await entrance.requests() == ["r1", "r2"]
    assert await entrance.dead_letters() == 1


async def test_of_a_batch_with_too_many_in_a_row_nothing_is_written(rig: Rig) -> None:
    entrance = way_in(rig)
    entrance.streak = Streak(3)
    await entrance.take(garbage(1), garbage(2))
    bad = [garbage(3), record(requested("r1"), 4), *map(garbage, (5, 6, 7))]
    with pytest.raises(LineStoppedError):
        await entrance.take(*bad)
    assert await entrance.requests() == []
    assert await entrance.dead_letters() == 2


async def test_a_record_that_is_read_again_counts_once(rig: Rig) -> None:
    entrance = way_in(rig)
    entrance.streak = Streak(3)
    for _ in range(3):
        await entrance.take(garbage(1), garbage(2))
    await entrance.take(record(requested("r1"), 3))
    await entrance.take(garbage(4), garbage(5))
    assert await entrance.requests() == ["r1"]


class _Failing(dict[str, ShopProfile]):
    """Shops of which one cannot even be looked up; it stands for any bug of ours."""

    def get(self, source: str, default: Any = None) -> Any:
        if source == "https://fails.example":
            raise ZeroDivisionError
        return super().get(source, default)


async def test_a_customer_on_whom_our_own_code_breaks_is_set_aside_alone(rig: Rig) -> None:
    rig.settings = replace(rig.settings, shops=_Failing(rig.settings.shops))
    entrance = way_in(rig)
    broken = envelope.make(
        "https://fails.example", "e1", MONDAY, CustomerUpdated(customer_id="c-2")
    )
    await entrance.take(record(known(), 1), record(broken, 2), record(requested("r1"), 3))
    assert await entrance.requests() == ["r1"]
    assert await rig.knows_somebody()
    assert await entrance.dead_letters() == 1


async def test_a_value_that_the_database_refuses_is_set_aside_alone(rig: Rig) -> None:
    entrance = way_in(rig)
    await rig.pool.execute(
        "ALTER TABLE notifier.requests ADD CONSTRAINT odd CHECK (order_id <> 'odd')"
    )
    odd = requested("r2", order_id="odd")
    await entrance.take(record(requested("r1"), 1), record(odd, 2), record(requested("r3"), 3))
    assert await entrance.requests() == ["r1", "r3"]
    assert await entrance.dead_letters() == 1


async def test_when_every_record_breaks_the_line_stops_and_nothing_is_written(rig: Rig) -> None:
    entrance = way_in(rig)
    await rig.pool.execute("ALTER TABLE notifier.requests ADD CONSTRAINT odd CHECK (false)")
    with pytest.raises(LineStoppedError):
        await entrance.take(*[record(requested(f"r{n}"), n) for n in range(60)])
    assert await entrance.dead_letters() == 0


async def test_a_table_that_is_missing_is_no_record_s_fault(rig: Rig) -> None:
    entrance = way_in(rig)
    await rig.pool.execute("ALTER TABLE notifier.requests RENAME TO elsewhere")
    with pytest.raises(Exception, match="does not exist"):
        await entrance.take(record(requested("r1"), 1))
    assert await entrance.dead_letters() == 0
