"""Who is asked what became of a message: Twilio's own client before its stand-in, and ours."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
from starlette.applications import Starlette

from headsup.clock import SystemClock
from headsup.contracts.channels import Channel
from sandbox.providers import twilio
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.twilio_callbacks import Callbacks
from services.notifier.channels import Became, SendError, SmsSender, TwilioAccount, TwilioMessages
from services.notifier.channels.base import TransientError
from services.notifier.overdue import MemoryReports, Reports
from tests.contract.channels.harness import nowhere, sms
from tests.support.eventually import eventually
from tests.support.serving import serving

ACCOUNT = TwilioAccount(sid="AC1", auth_token="secret", sender="+15005550006")
NOBODY = "SM00000000000000000000000000000000"


@dataclass(frozen=True, slots=True)
class Asked:
    """A provider to ask, with a message of each fate."""

    reports: Reports
    delivered: str
    undelivered: str
    away: Reports
    """One that does not answer."""


@asynccontextmanager
async def memory() -> AsyncIterator[Asked]:
    said = {"SM1": Became("delivered"), "SM2": Became("undelivered", "30003")}
    yield Asked(MemoryReports(said), "SM1", "SM2", MemoryReports({}, TransientError("away")))


@asynccontextmanager
async def api() -> AsyncIterator[Asked]:
    faults, clock = FaultSwitch(), SystemClock()
    async with AsyncExitStack() as parts:
        callbacks = await parts.enter_async_context(Callbacks(pause=0.01))
        routes = twilio.routes(Inbox(clock.now), faults, clock=clock.now, callbacks=callbacks)
        url = await parts.enter_async_context(serving(Starlette(routes=routes)))
        sender = SmsSender(ACCOUNT, api_url=url)
        parts.push_async_callback(sender.close)
        delivered = await sender.send(sms(1, "+380501234567"))
        faults.set(FaultRule(channel=Channel.SMS, fault=Fault.UNDELIVERED))
        undelivered = await sender.send(sms(2, "+380501234567"))
        reports, away = (TwilioMessages(ACCOUNT, api_url=each) for each in (url, nowhere()))
        parts.push_async_callback(reports.close)
        parts.push_async_callback(away.close)
        yield Asked(reports, delivered, undelivered, away)


@pytest.fixture(params=[memory, api], ids=["memory", "twilio"])
async def asked(request: pytest.FixtureRequest) -> AsyncIterator[Asked]:
    async with request.param() as made:
        yield made


def says(asked: Asked, ref: str, became: Became) -> Callable[[], Awaitable[bool]]:
    async def said() -> bool:
        return await asked.reports.became(ref) == became

    return said


async def test_it_says_what_arrived(asked: Asked) -> None:
    await eventually(says(asked, asked.delivered, Became("delivered")))


async def test_it_says_what_did_not_and_why(asked: Asked) -> None:
    await eventually(says(asked, asked.undelivered, Became("undelivered", "30003")))


async def test_it_knows_no_message_that_there_was_not(asked: Asked) -> None:
    assert await asked.reports.became(NOBODY) is None


async def test_where_nobody_answers_nothing_is_known(asked: Asked) -> None:
    with pytest.raises(SendError) as caught:
        await asked.away.became(asked.delivered)
    assert isinstance(caught.value, TransientError)
