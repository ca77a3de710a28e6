"""A second sender takes over; one that fails is left alone, and costs no attempts."""

from datetime import timedelta
from functools import partial

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from services.notifier.attempts import State
from services.notifier.breaker import FAILURES_IN_A_ROW
from services.notifier.channels import BadConfigurationError, TransientError, UnknownOutcomeError
from tests.support.eventually import eventually
from tests.support.notifier import Rig, requested

NAMES = [f"r{n:02}" for n in range(20)]


async def test_a_retry_goes_to_the_other_sender(rig: Rig) -> None:
    other = rig.senders.add(Channel.EMAIL)
    rig.senders.email.fail(TransientError("451", retry_after=3600.0))
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until({"r1.0": State.SENT})
    assert (len(rig.senders.email.sent), len(other.sent)) == (0, 1)
    assert await rig.pool.fetchval("SELECT sender FROM notifier.notifications") == "secondary"


async def test_an_sms_in_doubt_is_asked_about_where_it_was_sent_and_nowhere_else(rig: Rig) -> None:
    other = rig.senders.add(Channel.SMS)
    rig.senders.sms.fail(UnknownOutcomeError("timeout"), accepted=True)
    async with rig.running():
        await rig.emit(requested("r1", kind=Kind.SHIPMENT_SHIPPED))
        await rig.until({"r1.0": State.SENT})
    assert (len(rig.senders.sms.sent), len(other.sent)) == (1, 0)


async def test_an_outage_costs_a_few_attempts_and_is_over_when_the_first_message_passes(
    rig: Rig,
) -> None:
    rig.senders.email.fail(TransientError("451"), times=FAILURES_IN_A_ROW)
    async with rig.running():
        rig.senders.email.hold()
        await rig.emit(*(requested(name, order_id=name) for name in NAMES))
        await eventually(partial(_waiting, rig, len(NAMES)))
        rig.senders.email.release()
        await eventually(partial(_is, rig, "open"))
        await rig.until({f"{name}.0": State.SENT for name in NAMES})
        assert await _is(rig, "closed")
    spent = await rig.pool.fetchval("SELECT sum(retries) FROM notifier.notifications")
    assert spent == FAILURES_IN_A_ROW


async def _waiting(rig: Rig, count: int) -> bool:
    found = await rig.pool.fetchval("SELECT count(*) FROM notifier.notifications")
    return bool(found == count)


async def _is(rig: Rig, state: str, sender: str = "primary") -> bool:
    return await rig.shows("sender_state", 1, channel="email", sender=sender, state=state)


async def test_a_wrong_account_stops_one_sender_and_the_other_goes_on(rig: Rig) -> None:
    other = rig.senders.add(Channel.EMAIL)
    rig.senders.email.fail(BadConfigurationError("535"), times=99)
    async with rig.running():
        await rig.emit(*(requested(name, order_id=name) for name in NAMES))
        await rig.until({f"{name}.0": State.SENT for name in NAMES})
        assert await _is(rig, "stopped")
        assert await _is(rig, "closed", "secondary")
    assert len(other.sent) == len(NAMES)
    assert await rig.pool.fetchval("SELECT sum(retries) FROM notifier.notifications") == 0


async def test_news_ends_when_it_is_old_though_nothing_can_be_sent(rig: Rig) -> None:
    rig.senders.email.fail(BadConfigurationError("535"), times=99)
    async with rig.running():
        await rig.emit(requested("r1"))
        await eventually(partial(_is, rig, "stopped"))
        await rig.emit(requested("r2", order_id="A-2"))
        await eventually(partial(_waiting, rig, 2))
        rig.clock.move(timedelta(days=3))
        await rig.until({"r1.0": State.FAILED, "r2.0": State.EXPIRED})
    rows = await rig.pool.fetch("SELECT reason FROM notifier.notifications ORDER BY id")
    assert [row["reason"] for row in rows] == ["bad_configuration", "stale"]
