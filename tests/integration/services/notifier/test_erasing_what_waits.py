"""Nothing is sent to somebody who is to be forgotten, whoever comes first: who takes back what
waits for them, or who sends it. And nobody else waits for that."""

from datetime import UTC, datetime, timedelta

import asyncpg

from headsup.contracts import envelope
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from headsup.contracts.shop import CustomerErased
from services.notifier.claims import Claims, Terms
from services.notifier.suppressions import Suppression, note
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, OKSANA, Rig, requested, told
from tests.support.sealing import BOTH_WAYS

pytestmark = BOTH_WAYS

PHONE = "+380501234567"
BY_PHONE = Customer(id="c-1", phone=PHONE)
MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
_ERASED = "INSERT INTO notifier.erasures (source, customer_id, at, look_at) VALUES ($1, $2, $3, "


async def _is_erased(rig: Rig, at: datetime, *, is_taken_up: bool = False) -> None:
    """As a transaction wrote it that the others did not see yet."""
    look_at = "now())" if is_taken_up else "NULL)"
    await rig.pool.execute(_ERASED + look_at, SHOP, "c-1", at)


async def test_an_erasure_is_taken_in_without_a_look_at_all_requests(rig: Rig) -> None:
    erased = envelope.make(SHOP, "e-1", MONDAY, CustomerErased(customer_id="c-1"))
    connection = await asyncpg.connect(rig.settings.common.database_url)
    transaction = connection.transaction()
    await transaction.start()
    try:
        async with rig.running():
            # By then all partitions are current, and nothing else looks at the requests.
            await rig.emit(requested("r-1"))
            await rig.until({"r-1.0": "sent"})
            await connection.execute("LOCK TABLE notifier.requests IN ACCESS EXCLUSIVE MODE")
            await rig.emit(erased)

            async def is_noted() -> bool:
                return bool(await rig.pool.fetchval("SELECT count(*) FROM notifier.erasures"))

            try:
                await eventually(is_noted)
            finally:
                await transaction.rollback()
    finally:
        await connection.close()


async def test_what_is_claimed_before_it_is_taken_back_is_not_sent(rig: Rig) -> None:
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(requested("r-1"))
        await rig.until_called(rig.senders.email)
        await rig.emit(requested("r-2"))
        await rig.until({"r-1.0": "sending", "r-2.0": "planned"})
        await _is_erased(rig, MONDAY)
        rig.senders.email.release()
        await rig.until({"r-1.0": "sent", "r-2.0": "withdrawn"})
        outcomes = await rig.outcomes(2)

    assert ("r-2.0", "withdrawn", Reason.ERASED) in told(outcomes)


async def test_what_is_asked_for_by_whoever_comes_after_is_sent(rig: Rig) -> None:
    await _is_erased(rig, MONDAY - HOUR)
    async with rig.running():
        await rig.emit(requested("r-1"))
        await rig.until({"r-1.0": "sent"})


async def test_what_is_at_hand_is_seen_to_be_of_somebody_who_was_erased(rig: Rig) -> None:
    rig.senders.email.hold()
    async with rig.killed():
        await rig.emit(requested("r-1"))
        await rig.until_called(rig.senders.email)
    await rig.lease_runs_out()
    claims = Claims(rig.pool)
    terms = Terms(channel=Channel.EMAIL, senders=("a",), can_be_asked=True, now=MONDAY, lease=60)
    haul = await claims.claim(terms, 10)
    await _is_erased(rig, MONDAY)
    found = await claims.look_again(haul.claimed)

    [claimed] = haul.claimed
    assert found[claimed.id].about(claimed).is_erased
    assert not claimed.is_erased


async def test_what_was_planned_by_who_did_not_know_of_it_is_taken_back_and_emptied(
    rig: Rig,
) -> None:
    rig.clock.set(EVENING)
    of_parcel = requested("r-1", kind=Kind.SHIPMENT_SHIPPED, at=EVENING - HOUR, customer=OKSANA)
    async with rig.running():
        await rig.emit(of_parcel)
        await rig.until({"r-1.0": "planned"})
        await _is_erased(rig, EVENING, is_taken_up=True)
        await rig.until({"r-1.0": "withdrawn"})
        outcomes = await rig.outcomes(1)

        async def is_done() -> bool:
            return bool(await rig.pool.fetchval("SELECT passes FROM notifier.erasures"))

        await eventually(is_done)

    assert told(outcomes) == [("r-1.0", "withdrawn", Reason.ERASED)]
    assert await rig.pool.fetchval("SELECT address FROM notifier.notifications") == ""
    assert b"oksana" not in await rig.pool.fetchval("SELECT request FROM notifier.requests")


async def test_who_stopped_a_number_is_not_written_to_because_a_housemate_was_erased(
    rig: Rig,
) -> None:
    rig.clock.set(EVENING)
    theirs = Customer(id="c-2", phone=PHONE)
    coming, shipped = Kind.SHIPMENT_OUT_FOR_DELIVERY, Kind.SHIPMENT_SHIPPED
    stop = Suppression(
        source=SHOP, address=f"sms:{PHONE}", reason=Reason.OPTED_OUT, code=None, since=EVENING
    )
    async with rig.running():
        await rig.emit(
            requested("r-0", kind=coming, order_id="B-1", at=EVENING - HOUR, customer=theirs),
            requested("r-1", kind=shipped, at=EVENING - HOUR, customer=BY_PHONE),
        )
        await rig.until({"r-0.0": "sent", "r-1.0": "planned"})
        await note(rig.pool, [stop])
        rig.clock.set(EVENING + HOUR)
        erased = CustomerErased(customer_id="c-2")
        await rig.emit(envelope.make(SHOP, "e-2", EVENING + HOUR / 2, erased))

        async def is_done() -> bool:
            return bool(await rig.pool.fetchval("SELECT max(passes) > 0 FROM notifier.erasures"))

        await eventually(is_done)
        rig.clock.set(MORNING)
        await rig.is_due_now()
        await rig.until({"r-0.0": "sent", "r-1.0": "suppressed"})

    assert len(rig.senders.sms.sent) == 1
