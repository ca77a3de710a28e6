"""A mail that comes back, and the text message instead of it that is reported as delivered: the
real process, before the providers' stand-ins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from headsup.clock import SystemClock
from headsup.contracts import envelope
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import NotificationOutcome
from headsup.kafka.producer import Producer
from sandbox.providers.bounces import BouncePost
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.twilio_callbacks import Callbacks
from tests.support.events import outgoing
from tests.support.eventually import eventually
from tests.support.notifier import requested, told
from tests.support.processes import Service, free_port, service
from tests.support.providers import providers
from tests.support.reading import TopicReader
from tests.support.sealing import BOTH_WAYS

NOW = SystemClock().now


@dataclass
class Providers:
    """The stand-ins, and the settings that lead to them and back."""

    settings: dict[str, str]
    inbox: Inbox
    post: BouncePost


@asynccontextmanager
async def _providers() -> AsyncIterator[Providers]:
    inbox, faults, http, returned = Inbox(NOW), FaultSwitch(), free_port(), free_port()
    faults.set(FaultRule(channel=Channel.EMAIL, fault=Fault.BOUNCE))
    post = BouncePost("127.0.0.1", returned)
    async with (
        Callbacks() as callbacks,
        providers(inbox, faults, callbacks=callbacks, bounces=post) as addresses,
    ):
        settings = {
            "HTTP_PORT": str(http),
            "HEADSUP_PUBLIC_URL": f"http://127.0.0.1:{http}",
            "HEADSUP_BOUNCE_ADDRESS": "bounces@notify.example",
            "HEADSUP_BOUNCE_KEY": "a key of the tests",
            "HEADSUP_BOUNCE_HOST": "127.0.0.1",
            "HEADSUP_BOUNCE_PORT": str(returned),
        }
        yield Providers(addresses | settings, inbox, post)
        await post.close()


@BOTH_WAYS
async def test_a_mail_that_bounces_is_replaced_by_a_text_message_that_arrives(
    settings: dict[str, str],
) -> None:
    prefix, servers = settings["HEADSUP_TOPIC_PREFIX"], settings["KAFKA_BOOTSTRAP_SERVERS"]
    async with (
        _providers() as given,
        service("services.notifier", settings | given.settings) as running,
    ):
        await running.until_ready()
        producer = Producer(servers, name="test")
        await producer.start()
        await producer.publish([outgoing(prefix, requested("r1", at=NOW()))])
        await producer.stop()
        await eventually(partial(_delivered, running))
        outcomes = await _outcomes(servers, prefix + "notifications.outcomes")
        metrics = (await running.get("/metrics")).text
        _, _, logs = await running.terminate()
    # It may come back before it is written down that it was sent.
    of_mail = [one for one in told(outcomes) if one[0] == "r1.0" and one[1] != "sent"]
    assert of_mail == [("r1.0", "failed", "invalid_address")]
    assert [message.channel for message in given.inbox.messages()] == [Channel.SMS]
    assert given.post.failures == []
    assert 'receipts_total{channel="email",result="moved",status="failed"} 1.0' in metrics
    for secret in ("oksana", "380501234567", "bounces+", "a key of the tests"):
        assert secret not in logs
        assert secret not in metrics


async def _delivered(running: Service) -> bool:
    return (
        'receipts_total{channel="sms",result="moved",status="delivered"}'
        in (await running.get("/metrics")).text
    )


async def _outcomes(servers: str, topic: str) -> list[NotificationOutcome]:
    async with TopicReader(servers, topic) as reader:

        async def last_word() -> list[NotificationOutcome] | None:
            records = await reader.all_now()
            found = [envelope.decode(r.value, r.headers, NOW()).data for r in records]
            return found if ("r1.0.1", "delivered", None) in told(found) else None

        return await eventually(last_word)
