"""What becomes of a record of another topic: it is brought to the cart that it concerns."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from headsup import logs
from headsup.clock import Clock
from headsup.contracts.envelope import EventRefusedError, RefusalCode
from headsup.contracts.registry import Internal
from headsup.dead_letters import dead_letter
from headsup.kafka.consumer import Record
from headsup.kafka.producer import Outgoing
from headsup.streak import Streak
from services.cart_recovery.metrics import Metrics
from services.cart_recovery.reading import SERVICE, joins

_BROKE: Final = EventRefusedError(RefusalCode.BAD_DATA, "data", "could not be understood")


class Joining:
    """Looks at one record after the other."""

    def __init__(
        self,
        clock: Clock,
        metrics: Metrics,
        streak: Streak,
        prefix: str,
        which: Callable[[Record, str, datetime], str | None] = joins,
    ) -> None:
        self._clock = clock
        self._metrics = metrics
        self._streak = streak
        self._prefix = prefix
        self._which = which

    def brings(self, record: Record) -> Outgoing | None:
        """What is to be written for it: itself under its cart's key, or a dead letter where our own
        code breaks on it. None where it concerns no cart. Raises LineStoppedError when too many in
        a row break it."""
        topic, now = record.topic.removeprefix(self._prefix), self._clock.now()
        try:
            cart_id = self._which(record, topic, now)
        except Exception as error:  # noqa: BLE001 - many in a row stop the line
            self._streak = self._streak.after([(record, False)])
            logs.logger().error("a record broke the machine", topic=topic, error=error)
            self._metrics.dead_lettered(topic, _BROKE.code)
            return dead_letter(record, _BROKE, service=SERVICE, at=now)
        if self._streak.bad:
            self._streak = self._streak.after([(record, True)])
        if cart_id is None:
            return None
        self._metrics.joined(topic)
        headers = tuple(record.headers)
        return Outgoing(self._prefix + Internal.JOINED, cart_id.encode(), record.value, headers)
