"""Whether customers are told in time, and what waits: as operators see it."""

from datetime import UTC, datetime, timedelta

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from services.notifier.attempts import State
from services.notifier.channels import TransientError
from services.notifier.claims import Claims
from services.notifier.metrics import Backlog
from services.notifier.priorities import Priority
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, requested

EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
BY_PHONE = Customer(id="c-1", name="Оксана", phone="+380501234567")
HOUR = timedelta(hours=1)
TOLD = "headsup_notifier_told_seconds"


def _told(rig: Rig, what: str, **labels: str) -> float | None:
    return rig.registry.get_sample_value(f"{TOLD}_{what}", labels)


async def _waits(rig: Rig, channel: Channel, now: datetime) -> Backlog:
    return (await Claims(rig.pool).backlog(now))[channel, Priority.NEWS]


async def test_it_is_counted_from_the_event_to_the_moment_when_a_provider_took_it(rig: Rig) -> None:
    at = MONDAY - timedelta(minutes=7)
    rig.clock.set(MONDAY)
    async with rig.running():
        await rig.emit(requested("r1", at=at))
        await rig.until({"r1.0": State.SENT})
        labels = {"kind": "order.received", "channel": "email", "priority": "news"}
        assert _told(rig, "count", **labels) == 1
        assert _told(rig, "sum", **labels) == 7 * 60


async def test_what_waited_for_the_morning_is_not_late(rig: Rig) -> None:
    rig.clock.set(EVENING)
    async with rig.running():
        await rig.emit(requested("r1", kind=Kind.SHIPMENT_SHIPPED, at=EVENING, customer=BY_PHONE))
        await rig.until({"r1.0": State.PLANNED})
        waits = await _waits(rig, Channel.SMS, EVENING + HOUR)
        assert waits == Backlog(waiting=1, oldest=0.0, late=0)
        rig.clock.set(MORNING)
        await rig.is_due_now()
        await rig.until({"r1.0": State.SENT})
        labels = {"kind": "shipment.shipped", "channel": "sms", "priority": "news"}
        assert _told(rig, "count", **labels) is None


async def test_what_is_tried_again_and_again_waits_since_it_was_planned(rig: Rig) -> None:
    rig.senders.email.fail(TransientError("451", retry_after=7200.0), times=2)
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.has_failed(1)
    later = rig.clock.now() + HOUR
    assert await _waits(rig, Channel.EMAIL, later) == Backlog(waiting=1, oldest=3600.0, late=1)
    rig.clock.set(later)
    labels = {"channel": "email", "priority": "news"}
    async with rig.running():
        await eventually(lambda: rig.shows("waiting_notifications", 1, **labels))
        assert await rig.shows("oldest_waiting_seconds", 3600, **labels)
        assert await rig.shows("late_notifications", 1, **labels)
