"""A provider's call and what is said of it later, in traces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import pytest
from opentelemetry.trace import SpanKind

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from headsup.kafka.producer import Outgoing
from headsup.tracing import OFF
from services.notifier.attempts import State
from services.notifier.channels import PermanentError
from services.notifier.desk import Leased
from services.notifier.receipt_rows import Entry, Move
from services.notifier.receipts import Receipt, Standing, Word
from services.notifier.traced import UNTRACED, calling, hearing
from tests.support.claims import claimed
from tests.support.recorded import SPAN, TRACE, carried, id_of, links_of, parent_of, recorded

REQUEST = f"00-{TRACE}-{SPAN}-01"
CALL = f"00-{TRACE}-00f067aa0ba902b7-01"


@dataclass
class Rows:
    """The table of contexts."""

    contexts: Mapping[str, str]

    async def fetch(self, _statement: str, ids: list[str]) -> list[dict[str, Any]]:
        found = ((id_, self.contexts.get(id_)) for id_ in ids)
        return [{"id": id_, "context": context} for id_, context in found if context]


def leased(context: str | None = REQUEST) -> Leased:
    """A text message at hand."""
    return Leased(claimed(channel=Channel.SMS), at=0.0, looked_at=0.0, context=context)


def moved() -> Move:
    """It was delivered."""
    row = {"id": "r1.0", "request_id": "r1", "channel": "sms"}
    receipt = Receipt(notification_id="r1.0", channel=Channel.SMS, word=Word.DELIVERED)
    after = Standing(state=State.DELIVERED, word=Word.DELIVERED)
    return Move(Entry(cast("Any", row)), after, receipt)


def test_a_call_hangs_on_where_its_request_was_taken_in_and_what_follows_on_the_call() -> None:
    traces, one = recorded(), leased()
    with calling(traces.tracing, one):
        pass
    span = traces.only()
    assert (span.name, span.kind, parent_of(span)) == ("send sms", SpanKind.CLIENT, SPAN)
    assert span.attributes == {
        "headsup.channel": "sms",
        "headsup.kind": "order.received",
        "headsup.sender": "primary",
        "headsup.attempt": 1,
    }
    assert one.context == f"00-{TRACE}-{id_of(span)}-01"


def test_a_call_that_failed_says_the_providers_code() -> None:
    traces = recorded()
    with pytest.raises(PermanentError), calling(traces.tracing, leased()):
        raise PermanentError("21610", Reason.BLOCKED)
    assert (traces.only().attributes or {})["error.type"] == "21610"


def test_a_call_that_broke_says_the_type_of_the_error_and_not_its_words() -> None:
    traces = recorded()
    with pytest.raises(OSError, match="380501234567"), calling(traces.tracing, leased()):
        raise OSError("+380501234567")
    assert (traces.only().attributes or {})["error.type"] == "OSError"
    assert "380501234567" not in traces.only().to_json()


def test_a_call_of_which_nothing_is_recorded_is_none() -> None:
    traces, one = recorded(), leased(None)
    with calling(traces.tracing, one):
        pass
    assert traces.spans == ()
    assert one.context is None


@pytest.mark.parametrize(
    ("contexts", "about"),
    [
        ({"r1": REQUEST, "r1.0": CALL}, "00f067aa0ba902b7"),
        ({"r1": REQUEST}, SPAN),
    ],
)
async def test_a_receipt_hangs_on_the_call_or_while_that_is_not_written_on_the_request(
    contexts: dict[str, str], about: str
) -> None:
    traces = recorded()
    steps = await hearing(traces.tracing, Rows(contexts), [moved()])
    told = steps.carried("r1.0", Outgoing("notifications.outcomes", b"c-1", b"{}"))
    steps.end()
    span = traces.only()
    assert (span.name, parent_of(span), links_of(span)) == ("receipt sms", about, [about])
    assert told.headers == carried(id_of(span))


async def test_a_receipt_for_what_was_not_recorded_is_not_recorded() -> None:
    traces, record = recorded(), Outgoing("notifications.outcomes", b"c-1", b"{}")
    steps = await hearing(traces.tracing, Rows({}), [moved()])
    assert steps.carried("r1.0", record) is record
    steps.end()
    assert traces.spans == ()
    assert await hearing(OFF, Rows({"r1": REQUEST}), [moved()]) is UNTRACED
