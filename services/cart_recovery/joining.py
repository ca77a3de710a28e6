"""What becomes of a record of another topic. It is brought to the cart that it concerns; and that
somebody bought is told to whoever sends reminders, before any other is asked for."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from headsup import logs
from headsup.clock import Clock
from headsup.contracts import envelope
from headsup.contracts.envelope import Event, EventRefusedError, RefusalCode
from headsup.contracts.registry import Internal, Topic
from headsup.contracts.shop import CustomerErased, OrderPlaced
from headsup.dead_letters import dead_letter
from headsup.kafka.consumer import Record
from headsup.kafka.producer import Outgoing
from headsup.kafka.records import record_of
from headsup.purchases import purchase_id, purchase_of
from headsup.streak import Streak
from services.cart_recovery import erase
from services.cart_recovery.metrics import Metrics
from services.cart_recovery.reading import SERVICE, of_another_topic
from services.cart_recovery.step import cart_of

_BROKE: Final = EventRefusedError(RefusalCode.BAD_DATA, "data", "could not be understood")
_Reads = Callable[[Record, str, datetime], Event[Any] | None]


class Joining:
    """Looks at one record after the other."""

    def __init__(
        self,
        clock: Clock,
        metrics: Metrics,
        streak: Streak,
        prefix: str,
        reads: _Reads = of_another_topic,
        *,
        partitions: int = 1,
    ) -> None:
        self._clock = clock
        self._metrics = metrics
        self._streak = streak
        self._prefix = prefix
        self._reads = reads
        self._partitions = partitions

    def brings(self, record: Record) -> list[Outgoing]:
        """What is to be written for it; a dead letter where our own code breaks on it. Raises
        LineStoppedError when too many in a row break it."""
        topic, now = record.topic.removeprefix(self._prefix), self._clock.now()
        try:
            found = self._found(record, topic, now)
        except Exception as error:  # noqa: BLE001 - many in a row stop the line
            self._streak = self._streak.after([(record, False)])
            logs.logger().error("a record broke the machine", topic=topic, error=error)
            self._metrics.dead_lettered(topic, _BROKE.code)
            return [dead_letter(record, _BROKE, service=SERVICE, at=now)]
        if self._streak.bad:
            self._streak = self._streak.after([(record, True)])
        return found

    def _found(self, record: Record, topic: str, now: datetime) -> list[Outgoing]:
        event = self._reads(record, topic, now)
        if event is None:
            return []
        if isinstance(event.data, CustomerErased):
            return erase.records(event, self._partitions, now, self._prefix)
        key, found = cart_of(event), list[Outgoing]()
        if isinstance(event.data, OrderPlaced):
            bought = purchase_of(event.data, event.time)
            id_ = purchase_id(event.source, bought)
            told = envelope.make(event.source, id_, now, bought)
            found.append(record_of(told, self._prefix, Topic.REMINDERS))
        if key is not None:
            self._metrics.joined(topic)
            joined, headers = self._prefix + Internal.JOINED, tuple(record.headers)
            found.append(Outgoing(joined, key.cart_id.encode(), record.value, headers))
        return found
