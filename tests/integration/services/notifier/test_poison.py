"""No record on our topics stops the notifier's intake, and none is lost."""

from typing import Any

import pytest

from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.envelope import Event
from headsup.contracts.registry import BY_DATA
from headsup.contracts.shop import Consent
from headsup.outbox import Outbox
from headsup.streak import Streak
from services.notifier.ledger import SCHEMA
from tests.integration.services.notifier.test_intake import way_in
from tests.support.cart_requests import purchased, reminder
from tests.support.notifier import MONDAY, Rig, known, requested, withdrawn
from tests.support.poison import poisons

CUSTOMER = known(
    (Channel.EMAIL, "oksana@mail.example"),
    (Channel.SMS, "+380501234567"),
    (Channel.TELEGRAM, "4242"),
    consents=[
        Consent(
            channel=Channel.EMAIL,
            message_class=MessageClass.MARKETING,
            granted=True,
            at=MONDAY,
            source="form",
        )
    ],
    name="Оксана",
    language="uk",
    time_zone="Europe/Kyiv",
)


@pytest.mark.parametrize(
    "good",
    [
        requested("r1"),
        withdrawn("r1"),
        CUSTOMER,
        reminder("r1"),
        purchased(cart_id="k-1"),
    ],
    ids=["request", "withdrawal", "customer", "reminder", "purchase"],
)
async def test_every_odd_record_is_taken_or_refused_with_its_reason(
    rig: Rig, good: Event[Any]
) -> None:
    entrance = way_in(rig, rig.prefix)
    entrance.streak = Streak(10**9)
    odd = poisons(rig.prefix + BY_DATA[type(good.data)].topic, good)
    for start in range(0, len(odd), 200):
        await entrance.take(*odd[start : start + 200])
    rows = await rig.pool.fetch("SELECT headers FROM notifier.outbox WHERE topic LIKE '%.dlq'")
    problems = [bytes(row["headers"]) for row in rows]
    for ours in (b"could not be planned", b"could not be taken in"):
        assert [problem for problem in problems if ours in problem] == []
    assert len(rows) > len(odd) / 2
    outbox = Outbox(SCHEMA, rig.pool, rig.producer)
    while await outbox.sweep(older_than=0):
        pass
    assert await rig.pool.fetchval("SELECT count(*) FROM notifier.outbox") == 0
