"""An account is refused, as docs/operating/disaster.md has it: an alert says so, what waits loses
nothing, and is told once when the account is back; a second sender takes over at once."""

import shutil
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.contracts.shop import ContactPoint, CustomerUpdated
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.smtp import start_smtp
from tests.fixtures.missing import missing
from tests.support.events import event
from tests.support.eventually import eventually
from tests.support.prometheus import Prometheus, prometheus
from tests.support.whole import NOW, Whole, order, whole

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ADDRESSES: Final = {
    Channel.EMAIL: "alone@example.com",
    Channel.SMS: "+380501234567",
    Channel.TELEGRAM: "4711",
}
_WAITS: Final = """
    SELECT count(*) = 1 FROM notifier.notifications
    WHERE channel = $1 AND state = 'planned' AND retries = 0
"""
_KNOWN: Final = "SELECT EXISTS (SELECT FROM notifier.people)"
_ORDER: Final = "P-1"


@pytest.fixture
def settings(bootstrap_servers: str, topics: str, database_url: str) -> dict[str, str]:
    if shutil.which("prometheus") is None:
        missing("there is no prometheus: it is Debian's package of that name")
    return {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "HEADSUP_TOPIC_PREFIX": topics,
        "DATABASE_URL": database_url,
    }


async def _somebody_orders(shop: Whole, channel: Channel) -> None:
    """Somebody who is reached by this channel alone."""
    contact = ContactPoint(channel=channel, address=ADDRESSES[channel])
    said = CustomerUpdated(customer_id="alone", language="en", contacts=(contact,))
    await shop.say(event(said, NOW()))
    await eventually(partial(shop.value, _KNOWN))
    await shop.say(order(_ORDER, customer=Customer(id="alone", language="en")))


async def _fires(alerts: Prometheus) -> bool:
    return ("HeadsupAccountRefused", "") in await alerts.firing()


@pytest.mark.parametrize("channel", ADDRESSES)
async def test_what_waits_is_told_once_when_the_account_is_back(
    settings: dict[str, str], tmp_path: Path, channel: Channel
) -> None:
    async with whole(settings, tmp_path) as shop:
        shop.faults.set(FaultRule(channel=channel, fault=Fault.BAD_CREDENTIALS))
        async with shop.running() as running:
            target = str(running.notifier.client.base_url).removeprefix("http://").strip("/")
            async with prometheus(tmp_path, [target]) as alerts:
                await _somebody_orders(shop, channel)
                await eventually(partial(_fires, alerts), seconds=150)
                assert await shop.value(_WAITS, channel)
                assert (await running.notifier.get("/readyz")).is_success
        assert shop.inbox.messages() == []

        shop.faults.clear()
        async with shop.running():  # as after `rollout restart`, with the right secret
            await eventually(partial(_came, shop), seconds=150)
            await shop.at_rest()
        assert [(one.channel, one.to) for one in shop.inbox.messages()] == [
            (channel, ADDRESSES[channel])
        ]


async def _came(shop: Whole) -> bool:
    return bool(shop.inbox.messages())


async def test_a_second_relay_takes_over_from_one_that_refuses_the_password(
    settings: dict[str, str], tmp_path: Path
) -> None:
    async with whole(settings, tmp_path) as shop:
        shop.faults.set(FaultRule(channel=Channel.EMAIL, fault=Fault.BAD_CREDENTIALS))
        second = await start_smtp(shop.inbox, FaultSwitch())
        url = f"smtp://{second.host}:{second.port}?starttls=never"
        try:
            async with shop.on(SMTP_SECONDARY_URL=url).running():
                await _somebody_orders(shop, Channel.EMAIL)
                await eventually(partial(_came, shop), seconds=150)
                await shop.at_rest()
            assert len(shop.inbox.messages()) == 1
        finally:
            await second.close()
