"""What wakes the channels' loops."""

from headsup.contracts.channels import Channel
from services.notifier.priorities import Priority
from services.notifier.wakes import Wakes


async def test_a_ring_is_heard_and_counted_where_it_rang() -> None:
    wakes = Wakes()
    wakes.ring([Channel.EMAIL])
    wakes.ring_in(0, Channel.EMAIL)
    await wakes.bell(Channel.EMAIL).wait()
    assert wakes.rung(Channel.EMAIL) == [1, 1, 1]
    assert wakes.rung(Channel.SMS) == [0, 0, 0]
    assert not wakes.bell(Channel.SMS).is_set()


async def test_what_is_to_ring_later_rings_then() -> None:
    wakes = Wakes()
    wakes.ring_in(0.001, Channel.SMS)
    await wakes.bell(Channel.SMS).wait()
    assert wakes.rung(Channel.SMS) == [1, 1, 1]


async def test_a_ring_for_one_priority_is_counted_for_no_other() -> None:
    wakes = Wakes()
    wakes.ring([Channel.EMAIL], [Priority.NEWS])
    assert wakes.rung(Channel.EMAIL) == [0, 1, 0]
    assert wakes.bell(Channel.EMAIL).is_set()


async def test_the_bell_alone_says_nothing_of_something_to_send() -> None:
    wakes = Wakes()
    wakes.bell(Channel.SMS).set()
    assert wakes.rung(Channel.SMS) == [0, 0, 0]
