"""What comes in: requests, customers, withdrawals, and what cannot be read."""

from datetime import timedelta

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import OutcomeStatus, Reason
from services.notifier.attempts import State
from services.notifier.channels import (
    TransientError,
)
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, known, requested, told, withdrawn

CHAT = (Channel.TELEGRAM, "4242")


async def test_a_request_becomes_a_message_and_an_outcome(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(requested("r1"))
        [outcome] = await rig.outcomes(1)
    [mail] = rig.senders.email.sent
    assert mail.to == "oksana@mail.example"
    assert outcome.request_id == "r1"
    assert outcome.notification_id == "r1.0"
    assert outcome.status is OutcomeStatus.SENT
    assert outcome.channel is Channel.EMAIL
    assert outcome.language == "uk"
    assert outcome.provider_ref == "memory-1"
    assert await rig.states() == {"r1.0": "sent"}


async def test_a_kind_with_two_routes_is_sent_by_two_channels(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(known(CHAT, language="en"))
        await eventually(rig.knows_somebody)
        await rig.emit(requested("r1", kind=Kind.ORDER_CANCELLED))
        await rig.until({"r1.0": State.SENT, "r1.1": State.SENT})
    assert len(rig.senders.email.sent) == 1
    [telegram] = rig.senders.telegram.sent
    assert telegram.chat_id == 4242
    assert rig.senders.sms.sent == []


async def test_the_same_request_twice_is_said_once(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(requested("r1"), requested("r1"))
        await rig.outcomes(1)
        await rig.emit(requested("r1"), requested("r2"))
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT})
    assert len(rig.senders.email.sent) == 2


async def test_of_the_same_request_twice_the_same_is_told_once(rig: Rig) -> None:
    unreachable = requested("r1", customer=Customer(id="c-1"))
    async with rig.running():
        await rig.emit(unreachable)
        await rig.outcomes(1)
        await rig.emit(unreachable, requested("r2"))
        outcomes = await rig.outcomes(2)
    assert [(o.request_id, o.status.value) for o in outcomes] == [
        ("r1", "suppressed"),
        ("r2", "sent"),
    ]


async def test_a_customer_who_cannot_be_reached_is_an_outcome_with_its_reason(rig: Rig) -> None:
    nobody = Customer(id="c-1")
    async with rig.running():
        await rig.emit(requested("r1", customer=nobody))
        [outcome] = await rig.outcomes(1)
    assert outcome.status is OutcomeStatus.SUPPRESSED
    assert outcome.reason is Reason.NO_ADDRESS
    assert outcome.notification_id is None


async def test_the_newest_word_about_a_customer_wins_whatever_the_order(rig: Rig) -> None:
    later = known((Channel.EMAIL, "new@mail.example"), at=MONDAY + timedelta(hours=1))
    earlier = known((Channel.EMAIL, "old@mail.example"))
    nameless = Customer(id="c-1")
    async with rig.running():
        await rig.emit(later)
        await eventually(rig.knows_somebody)
        await rig.emit(earlier)
        await rig.emit(requested("r1", customer=nameless))
        await rig.until({"r1.0": State.SENT})
    assert [mail.to for mail in rig.senders.email.sent] == ["new@mail.example"]


async def test_what_is_withdrawn_before_it_is_sent_is_not_sent(rig: Rig) -> None:
    rig.senders.email.fail(TransientError("451", retry_after=3600.0))
    async with rig.running():
        await rig.emit(requested("r1"))
        await eventually(rig.has_retried)
        await rig.emit(withdrawn("r1"))
        [outcome] = await rig.outcomes(1)
    assert told([outcome]) == [("r1.0", "withdrawn", "superseded")]
    assert rig.senders.email.sent == []


async def test_a_request_of_a_kind_that_only_a_newer_version_knows_is_withdrawn_all_the_same(
    rig: Rig,
) -> None:
    rig.senders.email.fail(TransientError("451", retry_after=3600.0))
    async with rig.running():
        await rig.emit(requested("r1"))
        await eventually(rig.has_retried)
        await rig.pool.execute("UPDATE notifier.requests SET kind = 'order.vanished'")
        await rig.emit(withdrawn("r1"))
        await rig.until({"r1.0": State.WITHDRAWN})
    assert rig.senders.email.sent == []


async def test_a_withdrawal_that_comes_before_its_request_is_remembered(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(withdrawn("r1"), requested("r2"))
        await rig.until({"r2.0": State.SENT})
        await rig.emit(requested("r1"))
        outcomes = await rig.outcomes(2)
    assert told(outcomes) == [("r2.0", "sent", None), (None, "withdrawn", "superseded")]
    assert len(rig.senders.email.sent) == 1


async def test_a_withdrawal_that_comes_while_another_attempt_waits_stops_it(rig: Rig) -> None:
    """The sending one cannot be taken back; its next attempt can."""
    rig.senders.email.hold()
    rig.senders.email.fail(TransientError("451", retry_after=0.0))
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until_called(rig.senders.email)
        await rig.emit(withdrawn("r1"))
        await eventually(rig.remembers_a_withdrawal)
        rig.senders.email.release()
        await rig.until({"r1.0": State.WITHDRAWN})
    assert rig.senders.email.sent == []


async def test_notifications_are_numbered_in_the_order_of_their_requests(rig: Rig) -> None:
    names = ["r9", "r1", "r5", "r0", "r7"]
    await rig.emit(*[requested(name) for name in names])
    async with rig.running():
        await rig.until({f"{name}.0": State.SENT for name in sorted(names)})
    rows = await rig.pool.fetch("SELECT request_id FROM notifier.notifications ORDER BY seq")
    assert [row["request_id"] for row in rows] == names
