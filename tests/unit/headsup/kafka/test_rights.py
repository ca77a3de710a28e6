"""What a broker says of topics becomes a sentence for each thing that we may not do."""

from typing import Any

from aiokafka.errors import TopicAuthorizationFailedError

from headsup.kafka.rights import Needs, expect_rights, lacking

READ, WRITE, DELETE = 1 << 3, 1 << 4, 1 << 6
NEEDS = Needs(reads=("a", "b"), writes=("b", "c"), cuts_off=("c",))
ALL = READ | WRITE | DELETE
NOT_SAID = -(2**31)
UNKNOWN = 3


def said(**allowed: int) -> list[str]:
    """Of topics with a prefix, which are there."""
    topics: list[Any] = [(0, f"x.{topic}", False, [], bits) for topic, bits in allowed.items()]
    return list(lacking(topics, NEEDS.by_act("x.")))


def test_who_may_do_what_it_does_is_told_nothing() -> None:
    assert said(a=READ, b=READ | WRITE, c=WRITE | DELETE) == []
    assert said(a=ALL, b=ALL, c=ALL) == []


def test_what_lacks_is_named_with_its_topics() -> None:
    assert said(a=WRITE, b=WRITE, c=READ) == [
        "The broker does not let this user read x.a, x.b: see docs/operating/tls.md.",
        "The broker does not let this user write to x.c: see docs/operating/tls.md.",
        "The broker does not let this user delete records of x.c: see docs/operating/tls.md.",
    ]


def test_a_broker_that_does_not_say_is_taken_to_let_us() -> None:
    assert said(a=NOT_SAID, b=NOT_SAID, c=NOT_SAID) == []


def test_a_topic_that_we_may_not_even_see_is_one_with_which_we_may_do_nothing() -> None:
    topics: list[Any] = [(TopicAuthorizationFailedError.errno, "a", False, [], NOT_SAID)]
    assert list(lacking(topics, NEEDS.by_act(""))) == [
        "The broker does not let this user read a: see docs/operating/tls.md."
    ]


def test_of_a_topic_that_is_not_there_somebody_else_speaks() -> None:
    assert list(lacking([(UNKNOWN, "a", False, [], 0)], NEEDS.by_act(""))) == []


async def test_where_nobody_is_asked_for_a_name_nobody_is_asked_at_all() -> None:
    await expect_rights("127.0.0.1:1", NEEDS, "")
