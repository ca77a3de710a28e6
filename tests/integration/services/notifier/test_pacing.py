"""A sender's pace is kept by all replicas together, on the real database."""

import asyncio

from headsup.contracts.channels import Channel
from services.notifier.pacing import LONGEST, Paces
from services.notifier.rendered import RenderedSms, RenderedTelegram
from tests.support.notifier import Rig

RATE = 40.0


def text(segments: int = 1) -> RenderedSms:
    return RenderedSms(
        notification_id="n", to="+380671112233", text="t", segments=segments, valid_for=60.0
    )


def chat_message(chat: int) -> RenderedTelegram:
    return RenderedTelegram(notification_id="n", chat_id=chat, html="t")


async def test_two_replicas_together_send_no_more_segments_than_the_pace_allows(rig: Rig) -> None:
    replicas = [Paces(rig.pool, {Channel.SMS: RATE}) for _ in range(2)]
    now = asyncio.get_running_loop().time
    gone: list[tuple[float, int]] = []

    async def send(paces: Paces, count: int) -> None:
        for number in range(count):
            segments = 1 + number % 3
            wait = await paces.wait(Channel.SMS, "primary", text(segments), now())
            assert wait <= LONGEST
            gone.append((now() + wait, segments))
            await asyncio.sleep(wait)

    began = now()
    await asyncio.gather(*(send(paces, 20) for paces in replicas))
    gone.sort()
    total = sum(segments for _, segments in gone)
    took = gone[-1][0] - began
    # What a replica takes ahead may go at once, and that is all that is faster than the pace.
    assert took >= (total - 2 * RATE * 0.25 - 3) / RATE
    assert took <= 2 * total / RATE + 1.0


async def test_what_would_wait_for_too_long_takes_nothing(rig: Rig) -> None:
    paces, now = Paces(rig.pool, {Channel.SMS: 1.0}), asyncio.get_running_loop().time()
    waits = [await paces.wait(Channel.SMS, "primary", text(3), now) for _ in range(4)]
    assert waits[0] == 0.0
    assert 2.0 < waits[1] <= 3.0
    assert waits[2] > LONGEST
    assert waits[3] > LONGEST
    other = await paces.wait(Channel.SMS, "secondary", text(3), now)
    assert other == 0.0, "another sender has a pace of its own"


async def test_one_chat_gets_a_few_at_once_and_then_one_a_second(rig: Rig) -> None:
    paces, now = Paces(rig.pool, {}), asyncio.get_running_loop().time()
    waits = [await paces.wait(Channel.TELEGRAM, "primary", chat_message(7), now) for _ in range(5)]
    assert waits == [0, 0, 0, 1, 2]
    assert await paces.wait(Channel.TELEGRAM, "primary", chat_message(8), now) == 0


async def test_while_a_sender_is_busy_no_more_is_at_hand_than_goes_in_a_second(rig: Rig) -> None:
    paces, now = Paces(rig.pool, {Channel.SMS: 5.0}), asyncio.get_running_loop().time()
    assert paces.room(Channel.SMS, 16, now) == 16
    for _ in range(5):
        await paces.wait(Channel.SMS, "primary", text(2), now)
    assert paces.room(Channel.SMS, 16, now) == 5
    assert paces.room(Channel.EMAIL, 200, now) == 200
    assert paces.room(Channel.SMS, 16, now + 60) == 16
