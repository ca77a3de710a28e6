"""What the machine says, as records for Kafka."""

from collections.abc import Iterable
from datetime import datetime

from headsup.contracts import envelope
from headsup.contracts.base import Contract
from headsup.contracts.registry import BY_DATA
from headsup.kafka.producer import Outgoing
from services.cart_recovery.sayings import Remind, Report, Saying, Withdraw


def publications(source: str, says: Iterable[Saying], prefix: str, now: datetime) -> list[Outgoing]:
    """The records, in the order in which they were said: what is taken back comes before what is
    said instead. Their ids are a function of what they say, so publishing twice is harmless."""
    return [_outgoing(source, saying, prefix, now) for saying in says]


def _outgoing(source: str, saying: Saying, prefix: str, now: datetime) -> Outgoing:
    event_id, data = _event(saying)
    event = envelope.make(source, event_id, now, data)
    return Outgoing(
        prefix + BY_DATA[type(data)].topic,
        envelope.key_of(event),
        envelope.encode(event),
        tuple(envelope.headers(event)),
    )


def _event(saying: Saying) -> tuple[str, Contract]:
    match saying:
        case Remind(request_id=id_, request=request):
            return id_, request
        case Withdraw(withdrawn=withdrawn):
            return f"withdraw.{withdrawn.request_id}", withdrawn
        case Report(recovered=recovered, event_id=id_):
            return id_, recovered
