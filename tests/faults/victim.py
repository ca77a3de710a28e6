"""Runs a service that kills itself at a named moment, or that lacks a safeguard on purpose.

    python -m tests.faults.victim services.notifier --die-at after_accept_before_record.sms:3

The only place that changes a service's code while it runs. What it changes is named here, so a
rename stops it with an AttributeError, and the row that needs it is red.
"""

import argparse
import asyncio
import functools
import importlib
import os
import runpy
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from headsup.contracts.shop import OrderPlaced
from headsup.kafka.consumer import next_offsets
from tests.faults.fleet import DIES

Patch = Callable[[Any], Any]
_LATE: Final = 3.0
"""Seconds."""


def die(moment: str) -> NoReturn:
    """As SIGKILL from outside, but exactly here."""
    os.write(sys.stderr.fileno(), f"{DIES}{moment}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("SIGKILL cannot be survived")


class Countdown:
    """Dies when a moment has come for the n-th time."""

    def __init__(self, moment: str, times: int) -> None:
        self._moment = moment
        self._left = times

    def tick(self) -> None:
        """The moment has come."""
        self._left -= 1
        if self._left <= 0:
            die(self._moment)


def replace(path: str, patch: Patch) -> None:
    """Puts `patch(it)` in the place of what `package.module:Class.name` names."""
    module, _, names = path.partition(":")
    owner: Any = importlib.import_module(module)
    *outer, name = names.split(".")
    for each in outer:
        owner = getattr(owner, each)
    setattr(owner, name, patch(getattr(owner, name)))


def after(countdown: Countdown) -> Patch:
    """Dies when a coroutine function has returned."""

    def patch(function: Any) -> Any:
        @functools.wraps(function)
        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            answer = await function(*args, **kwargs)
            countdown.tick()
            return answer

        return wrapped

    return patch


def before_publishing(countdown: Countdown) -> Patch:
    """Dies when something was committed and nothing of it is on Kafka."""

    def patch(announce: Any) -> Any:
        @functools.wraps(announce)
        async def wrapped(announcer: Any, committed: Any) -> None:
            if committed.records:
                countdown.tick()
            await announce(announcer, committed)

        return wrapped

    return patch


class _BetweenTheLanes:
    """Dies when the first of a batch's two transactions is committed, while the other is not."""

    def __init__(self, countdown: Countdown) -> None:
        self._countdown = countdown
        self._lanes = 0

    def counts(self, in_lanes: Any) -> Any:
        """Notes how many transactions a batch becomes."""

        @functools.wraps(in_lanes)
        def wrapped(records: Any) -> Any:
            lanes = in_lanes(records)
            self._lanes = len(lanes)
            return lanes

        return wrapped

    def strikes(self, moved: Any) -> Any:
        """The first transaction was committed."""

        @functools.wraps(moved)
        def wrapped(*args: Any, **kwargs: Any) -> None:
            if self._lanes > 1:
                self._lanes = 0
                self._countdown.tick()
            moved(*args, **kwargs)

        return wrapped


_SENDERS: Final = {
    "email": "services.notifier.channels.email:EmailSender.send",
    "sms": "services.notifier.channels.sms:SmsSender.send",
    "telegram": "services.notifier.channels.telegram:TelegramSender.send",
}
_BATCHES: Final = {
    "services.order_events": "services.order_events.store:Transaction.save",
    "services.notifier": "services.notifier.ledger:Transaction.enter",
}


def arrange(service: str, moment: str, times: int) -> None:
    """Has this process die at a moment. Raises KeyError for one that there is not."""
    countdown = Countdown(moment, times)
    name, _, channel = moment.partition(".")
    if name == "after_commit_before_publish":
        replace("headsup.announcer:Announcer.announce", before_publishing(countdown))
    elif name == "after_accept_before_record":
        replace(_SENDERS[channel], after(countdown))
    elif name == "in_the_middle_of_a_batch":
        replace(_BATCHES[service], after(countdown))
    elif name == "between_the_lanes":
        between = _BetweenTheLanes(countdown)
        replace("services.order_events.consumer:in_lanes", between.counts)
        replace("services.order_events.store:Store.moved", between.strikes)
    else:
        raise KeyError(moment)


def positions_apart() -> None:
    """Mutation `no-offsets`: positions are written before the batch, by themselves."""

    def first(apply: Any) -> Any:
        @functools.wraps(apply)
        async def wrapped(worker: Any, records: Any, *args: Any) -> Any:
            positions = next_offsets(records)
            async with worker._store._pool.acquire() as connection:
                for partition, offset in positions.items():
                    await connection.execute(
                        "UPDATE order_events.positions SET next_offset = $3 "
                        "WHERE topic = $1 AND partition = $2",
                        partition.topic,
                        partition.number,
                        offset,
                    )
            return await apply(worker, records, *args)

        return wrapped

    def nothing(_move: Any) -> Any:
        async def wrapped(*_args: Any, **_kwargs: Any) -> None:
            return None

        return wrapped

    replace("services.order_events.consumer:Worker.apply", first)
    replace("services.order_events.store:Transaction.move", nothing)


def orders_forgotten() -> None:
    """Mutation `no-orders`: whatever is ordered, a cart stays open."""

    def forgetful(changes: Mapping[type, Any]) -> dict[type, Any]:
        return {**changes, OrderPlaced: lambda facts, _event: facts}

    replace("services.cart_recovery.fold:CHANGES", forgetful)


def published_late() -> None:
    """Mutation `says-it-later`: a cart knows that something was said while it is not on Kafka."""
    under_way: set[asyncio.Task[None]] = set()

    def late(publish: Any) -> Any:
        async def soon(desk: Any, records: Any) -> None:
            await asyncio.sleep(_LATE)
            await publish(desk, records)

        async def wrapped(desk: Any, records: Any) -> None:
            task = asyncio.create_task(soon(desk, records))
            under_way.add(task)
            task.add_done_callback(under_way.discard)

        return wrapped

    replace("services.cart_recovery.desk:Desk._publish", late)


MUTATIONS: Final[dict[str, Callable[[], None]]] = {
    "no-offsets": positions_apart,
    "no-orders": orders_forgotten,
    "says-it-later": published_late,
}


def main() -> None:
    """Arranges the end, and runs the service as it would run otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service")
    parser.add_argument("--die-at", metavar="MOMENT:N")
    parser.add_argument("--mutate", choices=MUTATIONS)
    arguments = parser.parse_args()
    if arguments.mutate:
        MUTATIONS[arguments.mutate]()
    if arguments.die_at:
        moment, _, times = arguments.die_at.rpartition(":")
        arrange(arguments.service, moment, int(times))
    sys.argv = [arguments.service]
    runpy.run_module(arguments.service, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
