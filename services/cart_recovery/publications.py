"""What the machine says, as records for Kafka."""

from collections.abc import Iterable
from datetime import datetime

from headsup.contracts import envelope
from headsup.contracts.base import Contract
from headsup.contracts.registry import BY_DATA, Topic
from headsup.kafka.producer import Outgoing
from headsup.kafka.records import record_of
from services.cart_recovery.sayings import Continue, Remind, Report, Saying, Withdraw


def publications(source: str, says: Iterable[Saying], prefix: str, now: datetime) -> list[Outgoing]:
    """The records, in the order in which they were said: what is taken back comes before what is
    said instead. Their ids are a function of what they say, so publishing twice is harmless."""
    found = [_event(saying) for saying in says]
    return [
        record_of(envelope.make(source, id_, now, data), prefix, _topic(data))
        for id_, data in found
    ]


def _topic(data: Contract) -> Topic | None:
    """Where reminders go: all that we tell the notifier stays in one order there, and no news of an
    order stands behind it."""
    return Topic.REMINDERS if Topic.REMINDERS in BY_DATA[type(data)].topics else None


def _event(saying: Saying) -> tuple[str, Contract]:
    match saying:
        case Remind(request_id=id_, request=request):
            return id_, request
        case Withdraw(withdrawn=withdrawn):
            return f"withdraw.{withdrawn.request_id}", withdrawn
        case Report(recovered=recovered, event_id=id_):
            return id_, recovered
        case Continue(continued=continued, event_id=id_):
            return id_, continued
