"""What is claimed and waits for its turn is not sent to whoever wants it no more meanwhile."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationRequested, Reason
from headsup.contracts.replies import PreferencesChanged
from headsup.contracts.shop import Consent
from services.notifier import preferences
from services.notifier.attempts import State
from services.notifier.channels import MemorySender
from services.notifier.hand import FRESH
from services.notifier.suppressions import Suppression, note
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, OKSANA, Rig, known, requested, withdrawn

NO_MAIL = Consent(
    channel=Channel.EMAIL,
    message_class=MessageClass.TRANSACTIONAL,
    granted=False,
    at=MONDAY,
    source="page",
)


def _invoice(number: int) -> Event[NotificationRequested]:
    customer = Customer(id=f"c-{number}", email=f"{number}@mail.example")
    order_id = f"A-{number}"
    return requested(f"r{number}", kind=Kind.ORDER_INVOICE, order_id=order_id, customer=customer)


def _shipped(number: int) -> Event[NotificationRequested]:
    customer = Customer(id=f"c-{number}", phone=f"+38067000000{number}")
    order_id = f"A-{number}"
    kind = Kind.SHIPMENT_SHIPPED
    return requested(f"r{number}", kind=kind, order_id=order_id, customer=customer)


async def _has_passed(moment: float) -> bool:
    return asyncio.get_running_loop().time() > moment


async def _are(rig: Rig, states: dict[State, int]) -> bool:
    """Whether so many are in each state: whose request is read first is Kafka's choice."""
    return Counter((await rig.states()).values()) == states


async def test_a_stop_and_a_refusal_end_what_waits_for_its_turn(rig: Rig) -> None:
    providers = rig.settings.providers
    one_at_a_time = {**providers.connections, Channel.EMAIL: 1}
    rig.settings = replace(rig.settings, providers=replace(providers, connections=one_at_a_time))
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(_invoice(1))
        await rig.until_called(rig.senders.email)
        await rig.emit(_invoice(2), _invoice(3), _invoice(4))
        await rig.until(dict.fromkeys(("r1.0", "r2.0", "r3.0", "r4.0"), State.SENDING))
        stop = Suppression(
            source=SHOP,
            address="email:2@mail.example",
            reason=Reason.OPTED_OUT,
            code="STOP",
            since=MONDAY,
        )
        refusal = PreferencesChanged(customer_id="c-3", consents=(NO_MAIL,))
        async with rig.pool.acquire() as connection:
            await note(connection, [stop])
            await preferences.write(connection, SHOP, refusal, MONDAY)
        # What was just claimed is not looked at again.
        await eventually(partial(_has_passed, asyncio.get_running_loop().time() + FRESH))
        rig.senders.email.release()
        ended = {"r2.0": State.SUPPRESSED, "r3.0": State.SUPPRESSED}
        await rig.until({"r1.0": State.SENT, **ended, "r4.0": State.SENT})
    assert len(rig.senders.email.sent) == 2


async def test_the_next_text_messages_are_at_hand_while_one_is_sent(rig: Rig) -> None:
    providers = rig.settings.providers
    one_at_a_time = {**providers.connections, Channel.SMS: 1}
    rig.settings = replace(rig.settings, providers=replace(providers, connections=one_at_a_time))
    rig.senders.sms.hold()
    async with rig.running():
        await rig.emit(*[_shipped(number) for number in range(1, 5)])
        await eventually(partial(_are, rig, {State.SENDING: 3, State.PLANNED: 1}))
        await rig.until_called(rig.senders.sms)
        assert rig.senders.sms.held == 1
        rig.senders.sms.release()
        await rig.until(dict.fromkeys(("r1.0", "r2.0", "r3.0", "r4.0"), State.SENT))


class OneByOne(MemorySender[Any]):
    """A provider whose calls end one by one."""

    def __init__(self) -> None:
        super().__init__(Channel.SMS, can_be_asked=True)
        self.turns = asyncio.Semaphore(0)

    async def send(self, message: Any) -> str:
        await self.turns.acquire()
        return await super().send(message)


async def test_what_waited_for_a_call_is_in_doubt_from_the_call_on(rig: Rig) -> None:
    providers = rig.settings.providers
    one_at_a_time = {**providers.connections, Channel.SMS: 1}
    rig.settings = replace(rig.settings, providers=replace(providers, connections=one_at_a_time))
    rig.senders.sms = provider = OneByOne()
    query = "SELECT max(tried_at) FROM notifier.notifications WHERE words IS NOT NULL HAVING "

    async def doubted(condition: str) -> datetime | None:
        found: datetime | None = await rig.pool.fetchval(query + condition)
        return found

    async with rig.running():
        await rig.emit(_shipped(1), _shipped(2))
        before = await eventually(partial(doubted, "count(*) = 2"))
        await eventually(partial(_has_passed, asyncio.get_running_loop().time() + FRESH))
        provider.turns.release()
        await eventually(partial(doubted, f"count(*) = 1 AND max(tried_at) > '{before}'"))
        provider.turns.release()
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT})


async def test_at_the_end_no_call_begins_for_what_is_ready(rig: Rig) -> None:
    providers = rig.settings.providers
    one_at_a_time = {**providers.connections, Channel.SMS: 1}
    rig.settings = replace(rig.settings, providers=replace(providers, connections=one_at_a_time))
    rig.senders.sms = provider = OneByOne()
    query = "SELECT count(*) FROM notifier.notifications WHERE words IS NOT NULL"

    async def are_ready(number: int) -> bool:
        return bool(await rig.pool.fetchval(query) == number)

    async with rig.running():
        await rig.emit(_shipped(1), _shipped(2))
        await eventually(partial(are_ready, 2))
        asyncio.get_running_loop().call_later(0.3, provider.turns.release)
    assert await _are(rig, {State.SENT: 1, State.PLANNED: 1})
    assert await are_ready(0), "nothing of it is in doubt"


async def test_the_next_text_is_made_ready_while_no_more_are_called_than_may_be(rig: Rig) -> None:
    providers = rig.settings.providers
    two_at_a_time = {**providers.connections, Channel.SMS: 2}
    rig.settings = replace(rig.settings, providers=replace(providers, connections=two_at_a_time))
    rig.senders.sms.hold()
    query = "SELECT count(*) FROM notifier.notifications WHERE words IS NOT NULL"

    async def are_ready(number: int) -> bool:
        return bool(await rig.pool.fetchval(query) == number)

    async with rig.running():
        await rig.emit(*map(_shipped, range(1, 6)))
        await eventually(partial(are_ready, 3))
        # A third call would have begun by then.
        await eventually(partial(_has_passed, asyncio.get_running_loop().time() + 0.2))
        assert rig.senders.sms.held == 2
        rig.senders.sms.release()
        await rig.until({f"r{number}.0": State.SENT for number in range(1, 6)})
    assert len(rig.senders.sms.sent) == 5


async def test_a_chat_message_for_which_nobody_was_called_is_sent_by_whoever_comes_next(
    rig: Rig,
) -> None:
    providers = rig.settings.providers
    one_at_a_time = {**providers.connections, Channel.TELEGRAM: 1}
    rig.settings = replace(rig.settings, providers=replace(providers, connections=one_at_a_time))
    rig.senders.telegram.hold()
    news = [
        requested(f"r{number}", kind=Kind.SHIPMENT_SHIPPED, order_id=f"A-{number}", customer=OKSANA)
        for number in (1, 2, 3)
    ]
    async with rig.killed():
        await rig.emit(known((Channel.TELEGRAM, "4242"), channel_order=(Channel.TELEGRAM,)))
        await eventually(rig.knows_somebody)
        await rig.emit(*news)
        await eventually(partial(_are, rig, {State.SENDING: 3}))
        await rig.until_called(rig.senders.telegram)
        # Another one is ready by then.
        await eventually(partial(_has_passed, asyncio.get_running_loop().time() + 0.2))
    rig.senders.telegram.release()
    await rig.lease_runs_out()
    async with rig.running():
        # Of the one that was called nobody knows whether it arrived.
        await eventually(partial(_are, rig, {State.UNKNOWN: 1, State.SENT: 2}))
    assert len(rig.senders.telegram.sent) == 2


async def _stop(rig: Rig) -> None:
    stops = [
        Suppression(
            source=SHOP,
            address=f"sms:+38067000000{number}",
            reason=Reason.OPTED_OUT,
            code="STOP",
            since=MONDAY,
        )
        for number in (1, 2)
    ]
    async with rig.pool.acquire() as connection:
        await note(connection, stops)


async def _withdraw(rig: Rig) -> None:
    await rig.emit(withdrawn("r1"), withdrawn("r2"))
    query = "SELECT count(*) = 2 FROM notifier.withdrawals"
    await eventually(partial(rig.pool.fetchval, query))


@pytest.mark.parametrize(
    ("comes", "ends"), [(_stop, State.SUPPRESSED), (_withdraw, State.WITHDRAWN)]
)
async def test_what_comes_while_a_text_is_ready_and_waits_for_a_call_ends_it(
    rig: Rig, comes: Callable[[Rig], Awaitable[None]], ends: State
) -> None:
    providers = rig.settings.providers
    one_at_a_time = {**providers.connections, Channel.SMS: 1}
    rig.settings = replace(rig.settings, providers=replace(providers, connections=one_at_a_time))
    rig.senders.sms = provider = OneByOne()
    kept = "SELECT count(*) FROM notifier.notifications WHERE words IS NOT NULL"

    async def are_kept(number: int) -> bool:
        return bool(await rig.pool.fetchval(kept) == number)

    async with rig.running():
        await rig.emit(_shipped(1), _shipped(2))
        await eventually(partial(are_kept, 2))
        await comes(rig)
        await eventually(partial(_has_passed, asyncio.get_running_loop().time() + FRESH))
        provider.turns.release()
        await eventually(partial(_are, rig, {State.SENT: 1, ends: 1}))
        await eventually(partial(are_kept, 0))
    assert len(provider.sent) == 1
