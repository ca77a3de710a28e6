"""The inbox: what arrived, what it is about, and who is told."""

from datetime import UTC, datetime, timedelta
from itertools import count

from headsup.contracts.channels import Channel
from sandbox.providers.inbox import Arrival, Inbox

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def arrival(ref: str, text: str = "Hello") -> Arrival:
    return Arrival(channel=Channel.SMS, to="+380501234567", text=text, provider_ref=ref)


def inbox(capacity: int = 10) -> Inbox:
    minutes = count()
    return Inbox(lambda: NOON + timedelta(minutes=next(minutes)), capacity=capacity)


def test_messages_are_kept_in_order_with_the_time_of_the_clock() -> None:
    box = inbox()
    box.add(arrival("a"))
    box.add(arrival("b"))

    assert [(each.provider_ref, each.at.minute) for each in box.messages()] == [("a", 0), ("b", 1)]


def test_every_message_has_an_id_of_its_own_even_after_clearing() -> None:
    box = inbox()
    first = box.add(arrival("a"))
    box.clear()

    assert box.messages() == []
    assert box.add(arrival("a")).id != first.id


def test_only_the_newest_are_kept() -> None:
    box = inbox(capacity=2)
    for ref in "abc":
        box.add(arrival(ref))

    assert [each.provider_ref for each in box.messages()] == ["b", "c"]


def test_what_a_message_is_about_can_be_said_after_it_arrived() -> None:
    box = inbox()
    box.add(arrival("a"))
    box.annotate("a", Channel.SMS, "order.received", "uk", "1001")

    (found,) = box.messages()
    assert (found.kind, found.language, found.order) == ("order.received", "uk", "1001")


def test_what_a_message_is_about_can_be_said_before_it_arrives() -> None:
    box = inbox()
    box.annotate("a", Channel.SMS, "order.received", "uk", "1001")
    box.add(arrival("a"))

    (found,) = box.messages()
    assert (found.kind, found.language, found.order) == ("order.received", "uk", "1001")


def test_the_same_name_on_another_channel_is_another_message() -> None:
    box = inbox()
    box.add(arrival("17"))
    box.annotate("17", Channel.TELEGRAM, "order.received", "uk", "1001")

    assert box.messages()[0].kind is None


def test_a_message_that_came_twice_is_there_twice() -> None:
    box = inbox()
    box.add(arrival("a"))
    box.add(arrival("a"))

    assert len(box.messages()) == 2


def test_words_about_messages_that_never_come_do_not_pile_up() -> None:
    box = inbox(capacity=2)
    for ref in "abc":
        box.annotate(ref, Channel.SMS, "order.received", "uk", "1001")
    for ref in "ac":
        box.add(arrival(ref))

    assert [each.kind for each in box.messages()] == [None, "order.received"]


async def test_a_subscriber_hears_of_messages_of_what_they_are_about_and_of_clearing() -> None:
    box = inbox()
    with box.subscribe() as changes:
        box.add(arrival("a"))
        box.annotate("a", Channel.SMS, "order.received", "uk", "1001")
        box.clear()

        heard = [await changes.get() for _ in range(3)]

    assert [each and each.kind for each in heard] == [None, "order.received", None]
    assert heard[0] is not None
    assert heard[2] is None


async def test_after_unsubscribing_nothing_is_heard() -> None:
    box = inbox()
    with box.subscribe() as changes:
        pass
    box.add(arrival("a"))

    assert changes.empty()


async def test_a_slow_subscriber_is_told_to_look_at_the_whole_list() -> None:
    box = inbox()
    with box.subscribe() as changes:
        for number in range(1001):
            box.add(arrival(str(number)))

        assert await changes.get() is None
        assert changes.empty()
