"""What a provider accepts reaches the stage, once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from headsup.clock import ManualClock
from headsup.contracts.channels import Channel
from sandbox.providers.inbox import Arrival, Button
from sandbox.web.app import Demo
from sandbox.web.feed import feed
from sandbox.web.hub import Change
from sandbox.web.shown import Link
from tests.unit.sandbox.web.samples import NOON


@pytest.fixture
async def shown(demo: Demo) -> AsyncIterator[AsyncIterator[Change | None]]:
    """What the stage tells while the feed runs."""
    task = asyncio.create_task(feed(demo.inbox, demo.stage, ManualClock(NOON)))
    await asyncio.sleep(0)  # it subscribes
    with demo.hub.watching() as changes:
        yield changes
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def arrival(ref: str) -> Arrival:
    button = Button(label="Track", url="https://track.example/1")
    return Arrival(
        channel=Channel.TELEGRAM,
        to="700",
        text="On its way",
        html="<b>On its way</b>",
        provider_ref=ref,
        buttons=((button,),),
    )


async def test_a_message_arrives_with_its_buttons_and_both_times(
    shown: AsyncIterator[Change | None], demo: Demo
) -> None:
    received = demo.inbox.add(arrival("1"))
    await anext(shown)

    (message,) = demo.stage.messages
    assert (message.id, message.text, message.html) == (
        received.id,
        "On its way",
        "<b>On its way</b>",
    )
    assert message.buttons == ((Link(label="Track", url="https://track.example/1"),),)
    assert (message.at, message.received_at) == (demo.clock.now(), NOON)


async def test_the_same_text_sent_twice_is_two_messages_and_news_about_one_is_none(
    shown: AsyncIterator[Change | None], demo: Demo
) -> None:
    demo.inbox.add(arrival("1"))
    demo.inbox.annotate("1", Channel.TELEGRAM, "shipment.shipped", "en", "1001")
    demo.inbox.add(arrival("2"))
    await anext(shown)
    await anext(shown)

    assert [m.provider_ref for m in demo.stage.messages] == ["1", "2"]
