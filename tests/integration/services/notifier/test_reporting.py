"""From where carriers report is noted without one receipt waiting for another."""

from datetime import timedelta

from services.notifier import reporting
from services.notifier.channels import PRIMARY
from tests.support.notifier import Rig

FROM_KYIV = [(PRIMARY, "+380501234567")]


async def _age(rig: Rig) -> timedelta:
    age = await rig.pool.fetchval("SELECT now() - reported_at FROM notifier.reporting")
    assert isinstance(age, timedelta)
    return age


async def test_receipts_from_the_same_place_do_not_wait_for_each_other(rig: Rig) -> None:
    await reporting.note(rig.pool, FROM_KYIV)
    async with (
        rig.pool.acquire() as one,
        rig.pool.acquire() as other,
        one.transaction(),
        other.transaction(),
    ):
        await other.execute("SET LOCAL lock_timeout = '1s'")
        await reporting.note(one, FROM_KYIV)
        await reporting.note(other, FROM_KYIV)
    assert await reporting.among(rig.pool, FROM_KYIV)


async def test_a_report_that_was_long_ago_is_noted_anew(rig: Rig) -> None:
    await reporting.note(rig.pool, FROM_KYIV)
    await rig.pool.execute("UPDATE notifier.reporting SET reported_at = now() - interval '1 day'")
    await reporting.note(rig.pool, FROM_KYIV)
    assert await _age(rig) < timedelta(hours=1)
