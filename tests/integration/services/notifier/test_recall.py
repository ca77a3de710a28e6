"""A ledger that was restored is reminded of what Kafka knows was told."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from headsup.contracts import envelope
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import (
    NotificationOutcome,
    NotificationRequested,
    OutcomeStatus,
    Reason,
)
from headsup.contracts.replies import CustomerOptedOut
from headsup.kafka.reader import BrokerError
from services.notifier.recall import FURTHER, recall
from tests.support.events import SHOP, outgoing
from tests.support.notifier import MONDAY, Rig, requested

LATER = MONDAY + timedelta(minutes=1)
_STATES = "SELECT request_id, state, address, reason FROM notifier.notifications ORDER BY id"


def became(
    request: Event[NotificationRequested],
    status: OutcomeStatus,
    reason: Reason | None = None,
    *,
    message: bool = True,
) -> Event[NotificationOutcome]:
    """What became of a request, or of its one message."""
    data = NotificationOutcome(
        request_id=request.id,
        order_id=request.data.order_id,
        customer_id=request.data.customer.id,
        kind=request.data.kind,
        status=status,
        at=LATER,
        notification_id=f"{request.id}.0" if message else None,
        channel=Channel.EMAIL if message else None,
        reason=reason,
    )
    return envelope.make(SHOP, f"{request.id}.{status}", LATER, data)


async def said(rig: Rig, *events: Event[Any]) -> None:
    records = [outgoing(rig.prefix, each) for each in events]
    await rig.producer.publish(records)


async def reminded(rig: Rig) -> list[str]:
    async with rig.pool.acquire() as connection:
        servers = rig.settings.common.kafka_bootstrap_servers
        return list(await recall(connection, servers, rig.prefix, LATER))


async def test_what_was_dealt_with_is_known_and_what_may_still_come_is_left(rig: Rig) -> None:
    told, silent, failed = (requested(name) for name in ("told", "silent", "failed"))
    await said(rig, told, silent, failed, requested("unheard"))
    await said(
        rig,
        became(told, OutcomeStatus.SENT),
        became(silent, OutcomeStatus.SUPPRESSED, Reason.OPTED_OUT, message=False),
        became(failed, OutcomeStatus.FAILED, Reason.REFUSED),
    )
    assert "2 requests" in (await reminded(rig))[0]
    assert [tuple(row) for row in await rig.pool.fetch(_STATES)] == [("told", "sent", "", None)]
    rows = await rig.pool.fetch("SELECT id, decision, reason FROM notifier.requests ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("silent", "suppressed", "opted_out"),
        ("told", "planned", None),
    ]
    assert "0 requests" in (await reminded(rig))[0]


async def test_numbers_of_messages_that_are_in_links_are_left_out(rig: Rig) -> None:
    told = requested("told")
    await said(rig, told, became(told, OutcomeStatus.SENT))
    await reminded(rig)
    assert await rig.pool.fetchval("SELECT seq FROM notifier.notifications") > FURTHER


async def test_a_message_with_a_name_that_none_of_ours_has_is_entered_all_the_same(
    rig: Rig,
) -> None:
    told = requested("told")
    sent = became(told, OutcomeStatus.SENT)
    odd = msgspec.structs.replace(sent.data, notification_id="told.99999")
    await said(rig, told, envelope.make(SHOP, sent.id, LATER, odd))
    assert "1 requests" in (await reminded(rig))[0]


async def test_who_wanted_no_more_is_remembered(rig: Rig) -> None:
    stop = CustomerOptedOut(customer_id="c-1", message_class=MessageClass.MARKETING)
    of_sms = CustomerOptedOut(
        customer_id="c-2", message_class=MessageClass.MARKETING, channel=Channel.SMS
    )
    await said(
        rig,
        envelope.make(SHOP, "stop-1", LATER, stop),
        envelope.make(SHOP, "stop-2", LATER, of_sms),
    )
    await reminded(rig)
    rows = await rig.pool.fetch("SELECT who, at FROM notifier.opt_outs")
    assert [tuple(row) for row in rows] == [("customer:c-1", LATER)]


async def test_nothing_is_changed_while_a_notifier_runs(rig: Rig) -> None:
    told = requested("told")
    await said(rig, told, became(told, OutcomeStatus.SENT))
    async with rig.running():
        with pytest.raises(BrokerError, match="does a notifier still run"):
            await reminded(rig)
