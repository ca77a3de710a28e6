"""Goes through what was said: was it so, and was it said before?"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from headsup.contracts.catalogue import Audience, Kind
from tests.journeys.oracle.finding import Fault, Finding
from tests.journeys.oracle.reading import arrived, read
from tests.journeys.oracle.statements import problems
from tests.journeys.oracle.view import View
from tests.journeys.story import Fate, Journey, Message

_NO_MEANING: Final = ("next_update_by", "order_url", "tracking_url", "pay_url", "label_url")
"""Another promise or address does not make another statement."""
_OF_ITS_MOMENT: Final = frozenset(
    {
        Kind.SHIPMENT_OUT_FOR_DELIVERY,
        Kind.SHIPMENT_ATTEMPT_FAILED,
        Kind.SUPPORT_ANSWERED,
        Kind.ORDER_EDITED,
        Kind.PAYMENT_FAILED,
        Kind.ORDER_PROGRESS,
    }
)
"""Each time that it happens is news of its own."""


def judge(journey: Journey) -> Iterator[Finding]:
    """Everything false, and everything twice."""
    sent = [message for message in journey.messages if message.fate is Fate.SENT]
    for message in journey.messages:
        if message.fate is Fate.BROKEN:
            yield _finding(Fault.UNANSWERED, message, f"cannot be written: {message.text}")
    for message in _first_ways(sent):
        reading = read(arrived(journey.reports, message.at))
        told = _before(journey, message)
        coming = _on_their_way(journey, message)
        asked = read(arrived(journey.reports, message.asked_at))
        view = View(journey.cast, message.to, message.at, reading, told, coming, asked)
        for problem in problems(view, message):
            yield _finding(Fault.FALSE, message, problem)
    for person in Audience:
        theirs = [message for message in sent if message.to is person]
        yield from _repeated(theirs)
        yield from _alike(theirs)


def _first_ways(sent: Sequence[Message]) -> Iterator[Message]:
    """Each statement on the way on which it came first; the second is a copy for the records."""
    known: set[str] = set()
    for message in sent:
        if message.request_id not in known:
            known.add(message.request_id)
            yield message


def _before(journey: Journey, message: Message) -> list[Message]:
    """What this person was told before it."""
    return [
        each
        for each in journey.messages
        if each.is_told
        and each.to is message.to
        and each.at < message.at
        and each.request_id != message.request_id
    ]


def _on_their_way(journey: Journey, message: Message) -> list[Message]:
    """What was asked for before it, and came after it."""
    return [
        each
        for each in journey.messages
        if each.to is message.to and each.asked_at <= message.asked_at and each.at > message.at
    ]


def _repeated(sent: Sequence[Message]) -> Iterator[Finding]:
    brought: set[tuple[str, int]] = set()
    last: dict[str, Message] = {}
    """What was said last of each subject."""
    for message in sent:
        if (message.request_id, message.route) in brought:
            yield _finding(Fault.REPEATED, message, "the same message on the same way")
        is_another_way = any(message.request_id == id_ for id_, _ in brought)
        brought.add((message.request_id, message.route))
        if is_another_way:
            continue
        # What stands between two words that there is no news is news of anything.
        about = "" if message.kind is Kind.ORDER_NO_NEWS else message.subject
        before = last.get(about)
        if before is not None and _meaning(before) == _meaning(message):
            yield _finding(Fault.REPEATED, message, f"said already at {before.at:%m-%d %H:%M}")
        last[message.subject] = last[""] = message


def _alike(sent: Sequence[Message]) -> Iterator[Finding]:
    """Two parcels that are told of in the same words, so that nobody knows which is meant."""
    words: dict[tuple[Any, ...], Message] = {}
    for message in sent:
        if not message.subject.startswith("shipment:"):
            continue
        other = words.setdefault((message.channel, message.text), message)
        if other.subject == message.subject:
            continue
        told = (other.content, message.content)
        numbers = {content.tracking_number for content in told}
        if len(numbers) > 1 or told[0].items != told[1].items:
            yield _finding(Fault.REPEATED, message, f"in the words of {other.subject}")


def _meaning(message: Message) -> tuple[Any, ...]:
    said = msgspec.structs.replace(message.content, **dict.fromkeys(_NO_MEANING))
    moment: datetime | None = message.happened_at if message.kind in _OF_ITS_MOMENT else None
    return message.kind, message.subject, said, moment


def _finding(fault: Fault, message: Message, what: str) -> Finding:
    return Finding(
        fault=fault,
        name=message.kind,
        what=f"{message.subject}: {what}",
        at=message.at,
        to=message.to,
    )
