"""WhatsApp from end to end: the real process and Twilio's own client, before Twilio's stand-in. An
approved text first, then another channel where there is none, and words of our own once the
customer wrote."""

import re
from functools import partial
from pathlib import Path
from typing import Any

from headsup.clock import SystemClock
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.kafka.producer import Producer
from sandbox.providers.inbox import Inbox
from sandbox.providers.twilio_callbacks import Callbacks
from sandbox.providers.twilio_inbound import Inbound
from tests.support.events import outgoing
from tests.support.eventually import eventually
from tests.support.notifier import KEY, PROVIDERS, SHOPS, known, requested
from tests.support.processes import Service, free_port, service
from tests.support.providers import providers
from tests.support.reading import until_read
from tests.support.sealing import BOTH_WAYS

pytestmark = BOTH_WAYS

NOW = SystemClock().now
NUMBER, PHONE = "+380441234567", "+380501234567"
APPROVED = f"HX{'0' * 32}"
TEMPLATES = f"""
[whatsapp.templates."shipment.shipped".uk]
content_sid = "{APPROVED}"
variables = ["order_number", "happened"]
"""


async def test_an_approved_text_begins_and_the_customers_word_opens_the_rest(
    settings: dict[str, str], tmp_path: Path
) -> None:
    http = free_port()
    inbound = Inbound(
        url=f"http://127.0.0.1:{http}/webhooks/twilio/inbound",
        account=PROVIDERS["TWILIO_ACCOUNT_SID"],
        auth_token=PROVIDERS["TWILIO_AUTH_TOKEN"],
        number=NUMBER,
    )
    inbound.approved[APPROVED] = "Ваше замовлення {{1}}: {{2}}"
    shops = tmp_path / "shop.toml"
    shops.write_text(_awake(SHOPS.read_text()) + TEMPLATES)
    inbox = Inbox(NOW)
    async with (
        Callbacks() as callbacks,
        providers(inbox, callbacks=callbacks, inbound=inbound) as addresses,
        service("services.notifier", settings | addresses | _leading_to(http, shops)) as running,
    ):
        await running.until_ready()
        await _say(settings, known((Channel.WHATSAPP, PHONE), at=NOW(), language="uk"))
        await _say(settings, requested("r1", kind=Kind.SHIPMENT_SHIPPED, at=NOW()))
        await eventually(partial(_has, inbox, 1))
        # Nothing is approved for this kind: the next channel of its route takes it.
        await _say(settings, requested("r2", kind=Kind.SHIPMENT_OUT_FOR_DELIVERY, at=NOW()))
        await eventually(partial(_has, inbox, 2))
        assert await inbound.write(f"whatsapp:{PHONE}", "Дякую") == 200
        await _say(settings, requested("r3", kind=Kind.SHIPMENT_OUT_FOR_DELIVERY, at=NOW()))
        await eventually(partial(_has, inbox, 3))
        await eventually(partial(_says, running, "read", 2))
        _, _, logs = await running.terminate()
    template, text, free = inbox.messages()
    assert (template.channel, template.to) == (Channel.WHATSAPP, PHONE)
    assert template.text.startswith("Ваше замовлення A-1: ")
    assert text.channel is Channel.SMS
    assert (free.channel, free.to) == (Channel.WHATSAPP, PHONE)
    assert free.text.startswith("*")
    assert "380501234567" not in logs


def _awake(shop: str) -> str:
    """A shop without a night: the service's clock is the world's here."""
    awake, count = re.subn(r"(?m)^(begins|ends) = \d+", r"\1 = 0", shop)
    assert count == 2
    return awake


def _leading_to(http: int, shops: Path) -> dict[str, str]:
    return {
        "HTTP_PORT": str(http),
        "HEADSUP_PUBLIC_URL": f"http://127.0.0.1:{http}",
        "HEADSUP_ANSWER_KEY": KEY.decode(),
        "HEADSUP_SHOPS": str(shops),
        "TWILIO_WHATSAPP_FROM": NUMBER,
    }


async def _has(inbox: Inbox, count: int) -> bool:
    return len(inbox.messages()) == count


async def _says(running: Service, status: str, times: int) -> bool:
    said = f'receipts_total{{channel="whatsapp",result="noted",status="{status}"}} {times}.0'
    return said in (await running.get("/metrics")).text


async def _say(settings: dict[str, str], event: Event[Any]) -> None:
    prefix, servers = settings["HEADSUP_TOPIC_PREFIX"], settings["KAFKA_BOOTSTRAP_SERVERS"]
    producer = Producer(servers, name="test")
    await producer.start()
    record = outgoing(prefix, event)
    await producer.publish([record])
    await producer.stop()
    await until_read(servers, f"{prefix}notifier", [record.topic])
