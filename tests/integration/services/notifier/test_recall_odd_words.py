"""A database that was restored is reminded of what people said, though somebody who may write to
`customers.replied` put records there that no notifier ever wrote."""

from typing import Any

import pytest

from headsup.contracts.channels import Channel
from headsup.contracts.replies import (
    Answer,
    ChatLinked,
    ChatUnlinked,
    CustomerReplied,
    Question,
)
from headsup.kafka.producer import Outgoing
from services.notifier.recall_words import sentences
from tests.integration.services.notifier.test_recall import reminded, said
from tests.integration.services.notifier.test_recall_words import says, stops
from tests.integration.services.notifier.test_wishes import suppressed
from tests.support.events import outgoing
from tests.support.notifier import Rig, requested

HUGE = "9" * 320
ANSWER = CustomerReplied(
    order_id="A-1",
    customer_id="c-1",
    request_id="asked",
    question=Question.RATING,
    answer=Answer.FIVE,
    channel=Channel.EMAIL,
)
CHAT: dict[str, Any] = {"customer_id": "c-1", "channel": Channel.TELEGRAM, "address": HUGE}
FORGED = {
    "an answer with a number that the table cannot hold": says(ANSWER, name=f"reply.a.{10**40}"),
    "one with the last number that it can hold": says(ANSWER, name=f"reply.a.{2**31 - 1}"),
    "a chat of 320 digits": says(ChatLinked(**CHAT)),
    "one that is cut off": says(ChatUnlinked(**CHAT)),
    "one that is left": stops(channel=Channel.TELEGRAM, address=HUGE),
}


def together(*records: Outgoing) -> list[Outgoing]:
    """All on one partition, so that they have an order."""
    return [Outgoing(r.topic, b"c-1", r.value, r.headers, 0) for r in records]


@pytest.mark.parametrize("what", FORGED)
async def test_what_no_notifier_wrote_is_named_and_passed_over(rig: Rig, what: str) -> None:
    await said(rig, requested("asked"))
    records = [outgoing(rig.prefix, each) for each in (FORGED[what], stops())]
    await rig.producer.publish(together(*records))
    for _ in range(2):
        told = await reminded(rig)
        [named] = [each for each in told if "passed over" in each]
        assert named.endswith("customers.replied, partition 0, offset 0: no notifier wrote that")
        assert len(await suppressed(rig)) == 1, "what was said behind it counts"
    assert await rig.pool.fetchval("SELECT count(*) FROM notifier.replies") == 0


def test_of_many_records_some_are_named_and_the_others_counted() -> None:
    class It:
        topic, partition, offset = "customers.replied", 1, 7

    told = sentences({}, [It()] * 50)  # type: ignore[list-item] # nothing else of it is looked at
    assert len(told) == 21
    assert told[-1] == "notifier: passed over 30 more such records"
