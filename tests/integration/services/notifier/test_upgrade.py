"""What an older version was sending when it was replaced is in doubt, and stays so."""

import importlib
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from services.notifier.attempts import State
from tests.support.notifier import Rig, requested, told

migration: Any = importlib.import_module("services.notifier.migrations.0002_reliability")


@pytest.mark.parametrize("state", [State.SENDING, State.PLANNED])
async def test_an_sms_that_an_older_version_may_have_sent_is_unknown(
    rig: Rig, state: State
) -> None:
    rig.senders.sms.hold()
    async with rig.killed():
        await rig.emit(requested("r1", kind=Kind.SHIPMENT_SHIPPED))
        await rig.until({"r1.0": State.SENDING})
    # As it was called then.
    await rig.pool.execute(
        "ALTER INDEX notifier.notifications_of_twilio RENAME TO notifications_of_provider"
    )
    for statement in migration.BACK:
        await rig.pool.execute(statement)
    await rig.pool.execute(
        "UPDATE notifier.notifications SET due_at = now() - interval '1 hour', state = $1,"
        " reason = CASE WHEN $1 = 'planned' THEN 'no_answer' END",
        state,
    )
    for statement in migration.STATEMENTS:
        await rig.pool.execute(statement)
    rig.senders.sms.release()
    async with rig.running():
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "unknown", "no_answer")]
    assert rig.senders.sms.sent == []
