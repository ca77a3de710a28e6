"""Alerts about providers, what they say and what we write, made to fire by real faults."""

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from twilio.request_validator import RequestValidator

from headsup.clock import Clock, FastClock
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.shop import ContactPoint, CustomerUpdated
from headsup.kafka.producer import Producer
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.twilio_callbacks import Callbacks
from services.notifier.settings import TWILIO_STATUS_PATH
from tests.support.alarms import Alarm, each_fires
from tests.support.callbacks import form
from tests.support.events import event, outgoing
from tests.support.eventually import eventually
from tests.support.notifier import PROVIDERS, requested, shop_without_night
from tests.support.processes import free_port, service
from tests.support.prometheus import Prometheus, prometheus
from tests.support.providers import providers

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

AT_ONCE = 10
LONG_AGO = timedelta(minutes=20)
UNHEARD = FaultRule(channel=Channel.SMS, fault=Fault.REPORTS_LOST)
CHATS = 70_000


@dataclass
class World:
    """A notifier before stand-ins of the providers, and the shop that gives it work."""

    prefix: str
    producer: Producer
    faults: FaultSwitch
    url: str
    """Of the notifier."""
    running: Prometheus
    clock: Clock
    """The notifier's."""
    database: str
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def ask(self, channel: Channel, kind: Kind = Kind.ORDER_RECEIVED, **more: Any) -> str:
        """Somebody new is to be told something by this channel, now; the request."""
        number = next(self.numbers)
        id_, at = f"r{number}", more.pop("at", self.clock.now())
        email = f"c{number}@mail.example" if channel is Channel.EMAIL else None
        phone = f"+38050{number:07}" if channel is Channel.SMS else None
        if channel is Channel.TELEGRAM:
            await self.producer.publish([outgoing(self.prefix, self._chats(number))])
        customer = Customer(id=f"c-{number}", name="Оксана", email=email, phone=phone)
        said = requested(id_, kind=kind, at=at, customer=customer, order_id=f"A-{number}", **more)
        await self.producer.publish([outgoing(self.prefix, said)])
        return id_

    async def has_a_name(self, notification: str) -> bool:
        """Whether Twilio took it, and it is known how Twilio calls it."""
        connection = await asyncpg.connect(self.database)
        try:
            named = "SELECT provider_ref FROM notifier.notifications WHERE id = $1"
            return await connection.fetchval(named, notification) is not None
        finally:
            await connection.close()

    def _chats(self, number: int) -> Event[CustomerUpdated]:
        """The shop says where this one chats."""
        contact = ContactPoint(channel=Channel.TELEGRAM, address=str(CHATS + number))
        data = CustomerUpdated(customer_id=f"c-{number}", contacts=(contact,))
        return event(data, self.clock.now())

    async def posts(self, about: str, *, token: str, times: int = 1) -> set[int]:
        """Somebody who knows this token says so often that a message about this one arrived; what
        they are answered."""
        query = f"{TWILIO_STATUS_PATH}?n={about}"
        fields = form("delivered", AccountSid=PROVIDERS["TWILIO_ACCOUNT_SID"])
        signed = RequestValidator(token).compute_signature(self.url + query, fields)
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
            headers = {"X-Twilio-Signature": signed}
            return {
                (await client.post(query, data=fields, headers=headers)).status_code
                for _ in range(times)
            }


def breaks(channel: Channel, fault: Fault, probability: float = 1.0) -> Any:
    """That the provider of a channel has a fault, while the shop goes on."""
    rule = FaultRule(channel=channel, fault=fault, probability=probability)

    async def act(world: World) -> None:
        if rule not in world.faults.rules():
            world.faults.set(rule)
        await asks(world, channel)

    return act


async def asks(world: World, channel: Channel, **more: Any) -> None:
    for _ in range(AT_ONCE):
        await world.ask(channel, **more)


async def is_well(world: World) -> None:
    """Everything goes well again, but that Twilio reports on nothing."""
    world.faults.clear()
    world.faults.set(UNHEARD)


async def tells_late(world: World) -> None:
    """What the shop says became true a while ago."""
    await asks(world, Channel.EMAIL, at=world.clock.now() - LONG_AGO)


async def says_it_of_another(world: World) -> None:
    """Twilio took a message, and reports on one of another name beside it."""
    about = await world.ask(Channel.SMS)
    await eventually(partial(world.has_a_name, f"{about}.0"))
    assert await world.posts(f"{about}.0", token=PROVIDERS["TWILIO_AUTH_TOKEN"]) == {200}


async def forges(world: World) -> None:
    assert await world.posts("r1.0", token="another", times=AT_ONCE) == {403}


async def lacks_a_word(world: World) -> None:
    """The shop asks for a message without what its text needs."""
    empty = requested("none").data.content
    await world.ask(Channel.EMAIL, Kind.SHIPMENT_DELAYED, content=type(empty)())


ROWS: Sequence[Alarm[World]] = (
    Alarm(
        alert="HeadsupNoReceipts",
        fault="Twilio takes text messages, and reports on none of them",
        labels={"severity": "ticket", "channel": "sms"},
        act=partial(asks, channel=Channel.SMS),
        again=partial(asks, channel=Channel.SMS),
        takes_long=True,
        is_over_after=False,
    ),
    Alarm(
        alert="HeadsupSaidTwice",
        fault="Twilio reports on another message under the same notification",
        labels={"severity": "ticket", "channel": "sms"},
        act=says_it_of_another,
    ),
    Alarm(
        alert="HeadsupReceiptsForged",
        fault="somebody else reports on messages",
        labels={"severity": "ticket", "channel": "sms"},
        act=forges,
        again=forges,
    ),
    Alarm(
        alert="HeadsupCannotWrite",
        fault="a request lacks what its text needs",
        labels={"severity": "ticket", "channel": "email", "kind": "shipment.delayed"},
        act=lacks_a_word,
    ),
    Alarm(
        alert="HeadsupNewsLate",
        fault="news comes to us twenty minutes after it became true",
        labels={"severity": "page", "window": "1h"},
        act=tells_late,
        again=tells_late,
    ),
    Alarm(
        alert="HeadsupSendsFail",
        fault="half of the mails are refused",
        labels={"severity": "ticket", "channel": "email"},
        act=breaks(Channel.EMAIL, Fault.REFUSE, 0.5),
        mend=is_well,
        again=breaks(Channel.EMAIL, Fault.REFUSE, 0.5),
    ),
    Alarm(
        alert="HeadsupAccountRefused",
        fault="the mail relay does not know us",
        labels={"severity": "page", "channel": "email", "sender": "primary"},
        act=breaks(Channel.EMAIL, Fault.BAD_CREDENTIALS),
        again=breaks(Channel.EMAIL, Fault.BAD_CREDENTIALS),
        is_over_after=False,
    ),
    Alarm(
        alert="HeadsupChannelPaused",
        fault="the bot's API, of which there is one, is broken",
        labels={"severity": "page", "channel": "telegram"},
        act=breaks(Channel.TELEGRAM, Fault.SERVER_ERROR),
        mend=is_well,
        again=breaks(Channel.TELEGRAM, Fault.SERVER_ERROR),
    ),
    Alarm(
        alert="HeadsupDoubtfulSends",
        fault="Telegram takes every other message, and does not say so",
        labels={"severity": "ticket", "channel": "telegram"},
        act=breaks(Channel.TELEGRAM, Fault.ACCEPT_THEN_SILENCE, 0.5),
        mend=is_well,
        again=breaks(Channel.TELEGRAM, Fault.ACCEPT_THEN_SILENCE, 0.5),
    ),
    Alarm(
        alert="HeadsupSenderRests",
        fault="Twilio answers that it is broken",
        labels={"severity": "ticket", "channel": "sms", "sender": "primary"},
        act=breaks(Channel.SMS, Fault.SERVER_ERROR),
        mend=is_well,
        again=breaks(Channel.SMS, Fault.SERVER_ERROR),
    ),
)


async def comes_out_unheard(world: World) -> None:
    """The courier comes today, and what Twilio reports on the message is lost."""
    await asks(world, Channel.SMS, kind=Kind.SHIPMENT_OUT_FOR_DELIVERY)


WAITING: Sequence[Alarm[World]] = (
    Alarm(
        alert="HeadsupCallbacksLost",
        fault="what Twilio reports is lost on its way to us",
        labels={"severity": "ticket", "channel": "sms"},
        act=comes_out_unheard,
        again=comes_out_unheard,
        takes_long=True,
        is_over_after=False,
    ),
    Alarm(
        alert="HeadsupNewsWaits",
        fault="the mail relay is broken",
        labels={"severity": "page", "channel": "email"},
        act=breaks(Channel.EMAIL, Fault.SERVER_ERROR),
        mend=is_well,
        again=breaks(Channel.EMAIL, Fault.SERVER_ERROR),
    ),
    Alarm(
        alert="HeadsupOldestWaits",
        fault="the mail relay is broken",
        labels={"severity": "ticket", "channel": "email"},
    ),
)
"""By a clock of which a second is an hour: what waits has waited for long."""


@pytest.fixture
def settings(
    bootstrap_servers: str, database_url: str, topics: str, tmp_path: Path
) -> dict[str, str]:
    """Of the notifier. Its shop has no night, and a provider that says nothing is soon given up."""
    port = str(free_port())
    return {
        **PROVIDERS,
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "DATABASE_URL": database_url,
        "HEADSUP_TOPIC_PREFIX": topics,
        "HEADSUP_INSTANCE": "one",
        "HEADSUP_SHOPS": shop_without_night(tmp_path),
        "HEADSUP_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HTTP_PORT": port,
        "HEADSUP_SEND_TIMEOUT_SECONDS": "1",
        "HEADSUP_LEASE_SECONDS": "5",
    }


@asynccontextmanager
async def world_of(
    settings: dict[str, str], folder: Path, speed: float = 1.0
) -> AsyncIterator[World]:
    """The notifier runs while the block does."""
    faults, producer = FaultSwitch(), Producer(settings["KAFKA_BOOTSTRAP_SERVERS"], name="test")
    faults.set(UNHEARD)
    await producer.start()
    began = datetime.now(UTC)
    clock = FastClock(real=began, shown=began, speed=speed)
    fast = {
        "HEADSUP_CLOCK_SPEED": str(speed),
        "HEADSUP_CLOCK_ANCHOR": f"{began.isoformat()}={began.isoformat()}",
    }
    prefix, url = settings["HEADSUP_TOPIC_PREFIX"], settings["HEADSUP_PUBLIC_URL"]
    async with (
        Callbacks() as callbacks,
        providers(Inbox(lambda: datetime.now(UTC)), faults, callbacks=callbacks) as addresses,
        service("services.notifier", settings | addresses | fast) as notifier,
        prometheus(folder, [f"127.0.0.1:{settings['HTTP_PORT']}"]) as running,
    ):
        await notifier.until_ready()
        await eventually(partial(running.finds, "up == 1"))
        try:
            yield World(prefix, producer, faults, url, running, clock, settings["DATABASE_URL"])
        finally:
            await producer.stop()


async def test_faults_of_providers_are_told(settings: dict[str, str], tmp_path: Path) -> None:
    async with world_of(settings, tmp_path) as world:
        await each_fires(ROWS, world, world.running)


async def test_what_waits_for_too_long_is_told(settings: dict[str, str], tmp_path: Path) -> None:
    soon = {"HEADSUP_RECEIPT_SECONDS": "0.5"}
    async with world_of(settings | soon, tmp_path, speed=3600.0) as world:
        await each_fires(WAITING, world, world.running)
