"""What takes over goes to nobody who wanted nothing."""

from datetime import timedelta

from headsup.contracts import envelope
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from headsup.contracts.shop import CustomerErased
from services.notifier.attempts import State
from services.notifier.channels import PermanentError
from services.notifier.suppressions import Suppression, note
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, known, requested

PHONE = "+380501234567"
LATER = MONDAY + timedelta(hours=1)


async def test_a_stop_of_somebody_who_was_erased_holds_for_whoever_has_the_number_now(
    rig: Rig,
) -> None:
    before = Customer(id="c-2", phone=PHONE)
    stop = Suppression(
        source=SHOP, address=f"sms:{PHONE}", reason=Reason.OPTED_OUT, code="STOP", since=MONDAY
    )
    coming = requested("r0", kind=Kind.SHIPMENT_OUT_FOR_DELIVERY, order_id="B-1", customer=before)
    news = requested(
        "r1", at=LATER, kind=Kind.SHIPMENT_SHIPPED, customer=Customer(id="c-1", phone=PHONE)
    )
    async with rig.running():
        await rig.emit(coming)
        await rig.until({"r0.0": State.SENT})
        async with rig.pool.acquire() as connection:
            await note(connection, [stop])
        rig.clock.set(LATER)
        await rig.emit(envelope.make(SHOP, "e-2", MONDAY, CustomerErased(customer_id="c-2")))

        async def is_a_digest() -> bool:
            kept = await rig.pool.fetchval("SELECT count(*) FROM notifier.erased_words")
            return bool(kept) and not await _stopped(rig)

        await eventually(is_a_digest)
        rig.senders.telegram.fail(PermanentError("403", Reason.REFUSED))
        await rig.emit(known((Channel.TELEGRAM, "4242")))
        await eventually(rig.knows_somebody)
        await rig.emit(news)
        await rig.until({"r0.0": State.SENT, "r1.0": State.FAILED})
    assert await _stopped(rig) == [f"sms:{PHONE}"]
    assert len(rig.senders.sms.sent) == 1


async def _stopped(rig: Rig) -> list[str]:
    rows = await rig.pool.fetch("SELECT address FROM notifier.suppressions")
    return [row["address"] for row in rows]
