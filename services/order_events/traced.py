"""What a batch is in traces: a step for each order of which it brings something.

An order's records of a batch are worked on as one, so they are one step; those of two orders have
nothing to do with each other, whether they came in one batch or not
(docs/decisions/a-trace-follows-an-order.md).
"""

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from headsup.kafka.consumer import Record
from headsup.kafka.producer import Outgoing
from headsup.tracing import Step, Tracing
from services.order_events.batch import SERVICE, Batch, OrderKey, order_of
from services.order_events.decide import Decisions, publications


class Traced:
    """The steps of one batch; without any, nothing of it is recorded."""

    def __init__(self, steps: Mapping[OrderKey, Step] = MappingProxyType({})) -> None:
        self._steps = steps

    def publications(self, decisions: Decisions, prefix: str, now: datetime) -> list[Outgoing]:
        """The records for all decisions."""
        if not self._steps:
            return decisions.publications(prefix, now)
        found = list[Outgoing]()
        for key, decided in decisions.decided.items():
            said = publications(key.source, decided, prefix, now)
            step = self._steps.get(key)
            found += said if step is None else step.carried(said)
        return found


UNTRACED: Final = Traced()


@contextlib.contextmanager
def traced(tracing: Tracing, batch: Batch, prefix: str, since: int) -> Iterator[Traced]:
    """The steps, which began at `since`, and end with the block."""
    if not tracing.is_on:
        yield UNTRACED
        return
    with contextlib.ExitStack() as ends:
        yield Traced(
            {
                key: ends.enter_context(
                    tracing.process(records, group=prefix + SERVICE, since=since)
                )
                for key, records in _by_order(batch).items()
            }
        )


def _by_order(batch: Batch) -> Mapping[OrderKey, list[Record]]:
    found: dict[OrderKey, list[Record]] = defaultdict(list)
    once = {(event.source, event.id): event for event in batch.events}
    for event in once.values():
        if (order_id := order_of(event)) is not None:
            found[OrderKey(event.source, order_id)] += batch.records[event.source, event.id]
    for key, records in batch.about.items():
        found[key] += records
    return found
