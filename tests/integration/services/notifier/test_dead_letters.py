"""What cannot be read, or not handled, is set aside, and the rest goes on."""

from dataclasses import replace
from typing import Any

from headsup.contracts import envelope
from headsup.shops.profile import ShopProfile
from services.notifier.attempts import State
from tests.support.notifier import MONDAY, Rig, requested
from tests.support.reading import TopicReader


async def test_a_refused_record_is_set_aside_and_the_rest_goes_on(rig: Rig) -> None:
    async with rig.running():
        await rig.publish("notifications.requested", b"{")
        await rig.emit(requested("r1"))
        await rig.until({"r1.0": State.SENT})
        topic = rig.prefix + "notifications.requested.dlq"
        async with TopicReader(rig.settings.common.kafka_bootstrap_servers, topic) as reader:
            [dead] = await reader.at_least(1)
    headers = dict(dead.headers)
    assert dead.value == b"{"
    assert headers["dlq-reason"] == b"not_json"
    assert headers["dlq-service"] == b"notifier"


async def test_an_event_on_the_wrong_topic_is_set_aside(rig: Rig) -> None:
    record = rig.record(requested("r1"), topic="shop.customers")
    async with rig.running():
        await rig.producer.publish([record])
        topic = rig.prefix + "shop.customers.dlq"
        async with TopicReader(rig.settings.common.kafka_bootstrap_servers, topic) as reader:
            [dead] = await reader.at_least(1)
    assert dict(dead.headers)["dlq-reason"] == b"wrong_topic"
    assert await rig.states() == {}


async def test_a_request_on_which_our_own_code_fails_is_set_aside_and_the_rest_goes_on(
    rig: Rig,
) -> None:
    rig.settings = replace(rig.settings, shops=_Failing(rig.settings.shops))
    elsewhere = envelope.make(_FAILS, "r1", MONDAY, requested("r1").data)
    async with rig.running():
        await rig.emit(elsewhere, requested("r2"))
        await rig.until({"r2.0": State.SENT})
        topic = rig.prefix + "notifications.requested.dlq"
        async with TopicReader(rig.settings.common.kafka_bootstrap_servers, topic) as reader:
            [dead] = await reader.at_least(1)
    assert dict(dead.headers)["dlq-problem"] == b"could not be planned"


_FAILS = "https://fails.example"


class _Failing(dict[str, ShopProfile]):
    """Shops of which one cannot even be looked up; it stands for any bug of ours."""

    def get(self, source: str, default: Any = None) -> Any:
        if source == _FAILS:
            raise ZeroDivisionError
        return super().get(source, default)
