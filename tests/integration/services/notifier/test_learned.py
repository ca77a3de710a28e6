"""What earlier orders taught us counts at every step: at the plan, when a message's turn comes, and
when another channel takes over."""

from datetime import UTC, datetime, timedelta

from headsup.contracts import envelope
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CustomerPurchased, Reason
from services.notifier.attempts import State
from services.notifier.channels import PermanentError
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, known, requested

HOUR = timedelta(hours=1)
NIGHT_IN_KYIV = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
NIGHT_IN_NEW_YORK = datetime(2026, 11, 24, 6, 1, tzinfo=UTC)
SHIPPED = Kind.SHIPMENT_SHIPPED
NAMELESS = Customer(id="c-1")
"""An order that says nothing of its customer."""


def _bought(at: datetime = MONDAY, **customer: str) -> Event[CustomerPurchased]:
    data = CustomerPurchased(order_id="A-0", customer=Customer(id="c-1", **customer), at=at)
    return envelope.make(SHOP, "p-0", at, data)


async def test_the_night_of_an_earlier_order_counts_when_the_turn_comes(rig: Rig) -> None:
    at = NIGHT_IN_KYIV
    rig.clock.set(at)
    async with rig.running():
        await rig.emit(
            _bought(at - 48 * HOUR, email="a@mail.example", time_zone="America/New_York"),
            known((Channel.TELEGRAM, "4242"), at=at - HOUR),
        )
        rig.clock.set(NIGHT_IN_NEW_YORK)
        await rig.emit(requested("r1", kind=SHIPPED, at=at, customer=NAMELESS))
        await rig.until({"r1.0": State.PLANNED})
        await rig.is_due_now()

        async def was_claimed() -> bool:
            return bool(await rig.pool.fetchval("SELECT max(attempt) FROM notifier.notifications"))

        await eventually(was_claimed)
        await rig.until({"r1.0": State.PLANNED})
    assert rig.senders.telegram.sent == []


async def test_an_address_of_an_earlier_order_takes_over(rig: Rig) -> None:
    rig.senders.telegram.fail(PermanentError("403", Reason.REFUSED))
    async with rig.running():
        await rig.emit(_bought(phone="+380501234567"), known((Channel.TELEGRAM, "4242")))
        await rig.emit(requested("r1", kind=SHIPPED, customer=NAMELESS))
        await rig.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})
    assert len(rig.senders.sms.sent) == 1
