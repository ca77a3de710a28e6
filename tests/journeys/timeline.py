"""One journey, told from its beginning to its end."""

from collections.abc import Iterable, Sequence

import msgspec

from tests.journeys.oracle.finding import Finding
from tests.journeys.story import Fate, Journey, Message, Report


def lines(journey: Journey, findings: Sequence[Finding]) -> Iterable[str]:
    """Everything that happened, in the order in which it did."""
    cast = journey.cast
    yield f"journey {journey.number}: {cast.shop.name}, buyer in {cast.buyer.time_zone}" + (
        f", recipient in {cast.recipient.time_zone}" if cast.recipient else ""
    )
    told = [(truth.at, f"  world    {truth.what}") for truth in journey.truths]
    told += [(report.at, f"  report   {_report(report)}") for report in journey.reports]
    told += [(message.at, f"    {_message(message)}") for message in journey.messages]
    told += [(finding.at, f"!!! {finding}") for finding in findings]
    for at, line in sorted(told, key=lambda each: each[0]):
        yield f"{at:%Y-%m-%d %H:%M:%S} {line}"


def _report(report: Report) -> str:
    event = report.event
    return f"[{event.time:%m-%d %H:%M}] {type(event.data).__name__} {_fields(event.data)}"


def _message(message: Message) -> str:
    way = f"{message.channel or '-'}/{message.route}"
    fate = "" if message.fate is Fate.SENT else f" ({message.fate})"
    said = _fields(message.content)
    return f"{message.to} {way} {message.kind} {message.subject}{fate} {said}"


def _fields(data: msgspec.Struct) -> str:
    """Only what is said."""
    return msgspec.json.encode(data).decode()
