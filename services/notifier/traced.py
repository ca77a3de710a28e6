"""What the notifier does, in traces: a step for each request that it takes in, for each call of a
provider, and for each word of one that changes anything."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from headsup.kafka.producer import Outgoing
from headsup.tracing import Step, Tracing
from services.notifier import trace_rows
from services.notifier.batch import SERVICE, Batch
from services.notifier.channels.base import SendError
from services.notifier.decide import Decided
from services.notifier.desk import Leased
from services.notifier.receipt_rows import Move


class Traced:
    """Steps, each by what it is about; without any, nothing is recorded."""

    def __init__(self, steps: Mapping[str, Step] = MappingProxyType({})) -> None:
        self._steps = steps

    def carried(self, about: str, record: Outgoing) -> Outgoing:
        """The record, on the step of this."""
        step = self._steps.get(about)
        return record if step is None else step.carried([record])[0]

    async def keep(self, connection: Any, new: Iterable[Decided]) -> None:
        """Keeps what the calls for these requests hang on."""
        if not self._steps:
            return
        steps = {one.event.id: self._steps.get(one.event.id) for one in new}
        kept = {id_: step.context for id_, step in steps.items() if step and step.context}
        await trace_rows.keep(connection, kept)

    def end(self) -> None:
        """Ends all of them."""
        for step in self._steps.values():
            step.end()


UNTRACED: Final = Traced()


@contextlib.contextmanager
def taking_in(tracing: Tracing, batch: Batch, prefix: str, since: int) -> Iterator[Traced]:
    """A step for each request of a batch, which began at `since`, and ends with the block."""
    if not tracing.is_on:
        yield UNTRACED
        return
    with contextlib.ExitStack() as ends:
        yield Traced(
            {
                id_: ends.enter_context(
                    tracing.process(
                        [record],
                        group=prefix + SERVICE,
                        since=since,
                        facts={"headsup.kind": batch.requests[id_].data.kind},
                    )
                )
                for id_, record in batch.records.items()
            }
        )


@contextlib.contextmanager
def calling(tracing: Tracing, leased: Leased) -> Iterator[None]:
    """A step for the call of a provider in the block, where what it is about is recorded. What
    follows hangs on it."""
    if leased.context is None:
        yield
        return
    claimed = leased.claimed
    facts: dict[str, str | int] = {
        "headsup.channel": claimed.address.channel,
        "headsup.kind": claimed.request.kind,
        "headsup.sender": claimed.sender,
        "headsup.attempt": claimed.attempt,
    }
    step = tracing.call(f"send {claimed.address.channel}", leased.context, facts)
    leased.context = step.context
    try:
        yield
    except SendError as error:
        step.end(error.code)
        raise
    except BaseException as broken:
        step.end(type(broken).__name__)
        raise
    step.end()


async def hearing(tracing: Tracing, connection: Any, moves: Sequence[Move]) -> Traced:
    """A step for each message of which a provider said something new."""
    if not tracing.is_on or not moves:
        return UNTRACED
    whose = {move.entry.id: str(move.entry.row["request_id"]) for move in moves}
    contexts = await trace_rows.among(connection, {*whose, *whose.values()})
    steps = {}
    for move in moves:
        # Before the call is written down there is only what it hangs on itself.
        about = contexts.get(move.entry.id) or contexts.get(whose[move.entry.id])
        if about is not None:
            facts = {"headsup.channel": move.entry.channel, "headsup.word": move.receipt.word}
            steps[move.entry.id] = tracing.hear(f"receipt {move.entry.channel}", about, facts)
    return Traced(steps)
