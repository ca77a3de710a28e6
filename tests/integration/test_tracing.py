"""An order from the shop's event to the provider's receipt, by the real processes: its trace."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from headsup.clock import SystemClock
from headsup.contracts.channels import Channel
from headsup.kafka.producer import Outgoing, Producer
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.twilio_callbacks import Callbacks
from tests.support.collector import Collector, Exported, collecting
from tests.support.events import outgoing, placed
from tests.support.eventually import eventually
from tests.support.notifier import PROVIDERS, shop_without_night
from tests.support.processes import free_port, service
from tests.support.providers import providers
from tests.support.reading import TopicReader
from tests.support.recorded import SPAN, TRACE, carried

NOW = SystemClock().now
ORDER = "A-77001"
PERSONAL = (
    *(
        ORDER,
        "oksana",
        "Оксана",
        "380501234567",
        "customer-of",
        "Чайник",
        "1299.00",
        "shop.example",
    ),
    *("token", "15005550006", "AC00000000", "SM", "Lavka", "a password"),
)
"""What is of the customer, of their order and of our accounts, in any of the words of a span."""


@pytest.fixture
def settings(
    bootstrap_servers: str, database_url: str, topics: str, tmp_path: Path
) -> dict[str, str]:
    """Of both services. The shop has no night."""
    return {
        **PROVIDERS,
        "HEADSUP_SHOPS": shop_without_night(tmp_path),
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "DATABASE_URL": database_url,
        "HEADSUP_TOPIC_PREFIX": topics,
        "HEADSUP_INSTANCE": "one",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }


@asynccontextmanager
async def both(settings: dict[str, str]) -> AsyncIterator[None]:
    """order_events and the notifier, before the providers' stand-ins. Mail is refused for good, so
    that a text message goes instead, and Twilio says what became of it."""
    faults, http = FaultSwitch(), free_port()
    faults.set(FaultRule(channel=Channel.EMAIL, fault=Fault.REFUSE))
    async with (
        Callbacks() as callbacks,
        providers(Inbox(NOW), faults, callbacks=callbacks) as addresses,
    ):
        outside = {"HTTP_PORT": str(http), "HEADSUP_PUBLIC_URL": f"http://127.0.0.1:{http}"}
        async with (
            service("services.order_events", settings) as deciding,
            service("services.notifier", settings | addresses | outside) as sending,
        ):
            await deciding.until_ready()
            await sending.until_ready()
            yield
            await deciding.terminate()
            await sending.terminate()


async def order(settings: dict[str, str], flags: str = "01") -> None:
    """The shop says that somebody ordered, in a trace of its own; flags of 00: it does not record
    it."""
    said = outgoing(settings["HEADSUP_TOPIC_PREFIX"], placed(ORDER, NOW()))
    producer = Producer(settings["KAFKA_BOOTSTRAP_SERVERS"], name="test")
    await producer.start()
    headers = (*said.headers, *carried(flags=flags))
    await producer.publish([Outgoing(said.topic, said.key, said.value, headers)])
    await producer.stop()


async def closed(collector: Collector, prefix: str) -> bool:
    """Whether order_events has taken in each word of the notifier, the last about the receipt."""
    told = collector.named(f"send {prefix}notifications.outcomes")
    heard = collector.named(f"process {prefix}notifications.outcomes")
    receipts = {one.span for one in collector.named("receipt sms")}
    last = {one.span for one in told if one.parent in receipts}
    return bool(last & {one.parent for one in heard})


def reached(spans: Collection[Exported], begin: bytes) -> set[bytes]:
    """The spans that hang on this one, by a parent or a link, over whatever others."""
    found, before = {begin}, set[bytes]()
    while found != before:
        before = set(found)
        found |= {one.span for one in spans if before & {one.parent, *one.links}}
    return found


async def test_an_order_is_one_trace_from_the_shops_event_to_the_providers_receipt(
    settings: dict[str, str],
) -> None:
    prefix = settings["HEADSUP_TOPIC_PREFIX"]
    with collecting() as collector:
        on = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
            "OTEL_EXPORTER_OTLP_HEADERS": "authorization=a%20password",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
        }
        async with both(settings | on):
            await order(settings)
            await eventually(partial(closed, collector, prefix))
    spans = [one for one in collector.spans if one.trace.hex() == TRACE]
    chains = {_chain(spans, one) for one in spans}
    requested = f"{prefix}notifications.requested"
    outcomes = f"{prefix}notifications.outcomes"
    taken_in = (f"process {prefix}shop.orders", f"send {requested}", f"process {requested}")
    assert (*taken_in, "send email", f"send {outcomes}", f"process {outcomes}") in chains
    assert (*taken_in, "send sms") in chains
    heard = ("receipt sms", f"send {outcomes}", f"process {outcomes}")
    assert any(one[:3] == taken_in and one[-3:] == heard for one in chains)
    assert reached(spans, bytes.fromhex(SPAN)) == {bytes.fromhex(SPAN), *(o.span for o in spans)}
    assert spans == collector.spans
    assert {one.service for one in spans} == {"order_events", "notifier"}
    [refused] = collector.named("send email")
    assert refused.error
    assert [one.name for one in spans if one.error] == ["send email"]
    assert all(asked["authorization"] == "a password" for asked in collector.asked)
    for one in collector.spans:
        assert [word for word in PERSONAL if word in one.text] == [], one.text


def _chain(spans: Collection[Exported], last: Exported) -> tuple[str, ...]:
    """The names of the spans from the shop's to this one."""
    by_id = {one.span: one for one in spans}
    names = [last.name]
    while last.parent in by_id:
        last = by_id[last.parent]
        names.insert(0, last.name)
    return tuple(names)


async def test_what_the_shop_does_not_record_nobody_does_and_its_context_is_carried(
    settings: dict[str, str],
) -> None:
    prefix, servers = settings["HEADSUP_TOPIC_PREFIX"], settings["KAFKA_BOOTSTRAP_SERVERS"]
    with collecting() as collector:
        async with both(settings | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}):
            await order(settings, flags="00")
            async with TopicReader(servers, prefix + "notifications.requested") as requests:
                [request, *_] = await requests.at_least(1)
    assert request.headers[-1:] == carried(flags="00")
    assert [one.name for one in collector.spans if one.trace.hex() == TRACE] == []


async def test_where_nothing_is_recorded_nothing_is_added_and_nothing_is_sent(
    settings: dict[str, str],
) -> None:
    prefix, servers = settings["HEADSUP_TOPIC_PREFIX"], settings["KAFKA_BOOTSTRAP_SERVERS"]
    with collecting() as collector:
        off = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address, "OTEL_SDK_DISABLED": "true"}
        async with both(settings | off):
            await order(settings)
            async with (
                TopicReader(servers, prefix + "notifications.requested") as requests,
                TopicReader(servers, prefix + "notifications.outcomes") as outcomes,
            ):
                records = [*await requests.at_least(1), *await outcomes.at_least(3)]
    assert collector.asked == []
    assert {tuple(name for name, _ in record.headers) for record in records} == {("content-type",)}
    connection = await asyncpg.connect(settings["DATABASE_URL"])
    try:
        assert await connection.fetchval("SELECT count(*) FROM notifier.traces") == 0
    finally:
        await connection.close()
