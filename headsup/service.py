"""How a service runs: one event loop, an orderly end on SIGTERM, a sentence if it cannot run."""

import asyncio
import contextlib
import ctypes
import gc
import os
import resource
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn

import uvloop

from headsup import http, logs
from headsup.contracts.settings import strangers
from headsup.event_loop import EventLoop
from headsup.kafka.reaching import REFUSALS, refused
from headsup.settings import READ_ONLY, Environment, SettingsError

BROKEN = 1
WRONG_SETTINGS = 2
GRACE = 9.0
"""Seconds for an orderly end after SIGTERM; Kubernetes and our own promise give 10."""
CANCELLED = 20
"""So often at most."""

COLLECT_AFTER = (50_000, 20, 50)
"""How many new objects wake the cyclic collector. A batch makes and drops tens of thousands, hardly
any in a cycle; Python's own 700 had it walk over them all the time, a third of our work."""

LARGE_PIECE = 128 * 1024
"""Bytes from which a piece of memory is a mapping of its own, and the system's again once it is
free. So it is with glibc until the first of them was freed; then it takes larger and larger ones
from the heap, where what is between two others is not given back: some 20 MB after a few thousand
events, which nobody used."""
_M_MMAP_THRESHOLD = -3

_OF_THE_DATABASE = {
    "42501": "DATABASE_URL: the database does not let its user do what we need. Run `headsup db "
    "migrate` of this version as the owner of the tables: it gives the rights.",
    "25006": READ_ONLY,
    "42P01": "The database at DATABASE_URL lacks a table that its version has. If a newer "
    "version was here, run that one; else restore the backup.",
}
"""What PostgreSQL says with these codes is no fault of ours, and nothing that goes by where it ends
us: insufficient privilege, a standby, and an undefined table."""

Main = Callable[[Environment, asyncio.Event], Awaitable[None]]


def run(name: str, main: Main) -> None:
    """Runs `main(environment, stop)` until it returns. SIGTERM and SIGINT set `stop`.

    Whoever imports a service for this switches the cyclic collector off before: it would go through
    everything that is imported, again and again, a sixth of the start.

    Exits with 2 and a sentence per problem when a setting is missing or wrong, or leads nowhere;
    with 1 and a line in the log when something broke.
    """
    logs.configure(name)
    _give_back_large_pieces()
    _leave_no_dump()
    gc.freeze()  # what is imported by now stays; no collection needs to look at it
    gc.set_threshold(*COLLECT_AFTER)
    gc.enable()
    try:
        uvloop.run(_until_stopped(main), loop_factory=EventLoop)
    except http.CannotListenError as error:
        _refuse(name, [f"{error.strerror}."])
    except Exception as error:  # noqa: BLE001 - Python would print its words: maybe an address
        if problems := _problems(error):
            _refuse(name, problems)
        logs.logger().critical("ended by an error", error=error)
        sys.exit(BROKEN)


def _give_back_large_pieces() -> None:
    """Where the C library is glibc; others know nothing of it, or do so anyway."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE_PIECE)


def _leave_no_dump() -> None:
    """A process that crashes leaves no copy of its memory behind: keys and addresses are in it."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def _problems(error: Exception) -> list[str]:
    """What is wrong with the settings, the database or our rights on Kafka, in whichever loop of a
    group that came to light."""
    if isinstance(error, REFUSALS):
        return refused(error).problems
    if isinstance(error, SettingsError):
        return error.problems
    if (known := _OF_THE_DATABASE.get(str(getattr(error, "sqlstate", None)))) is not None:
        return [known]
    members = error.exceptions if isinstance(error, ExceptionGroup) else ()
    return list(dict.fromkeys(problem for each in members for problem in _problems(each)))


def _refuse(name: str, problems: list[str]) -> NoReturn:
    for problem in problems:
        print(f"{name} cannot run: {problem}", file=sys.stderr)  # noqa: T201 - for a person
    sys.exit(WRONG_SETTINGS)


async def _until_stopped(main: Main) -> None:
    for sentence in strangers(os.environ):
        logs.logger().warning("a setting that nobody reads", says=sentence)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    work = asyncio.ensure_future(main(Environment(os.environ), stop))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        await asyncio.wait({work}, timeout=GRACE)
    stopping.cancel()
    if is_cut_short := not work.done():
        logs.logger().error("did not end in time", seconds=GRACE, waiting=_places())
        work.cancel()
    await asyncio.wait({work})
    await _end_the_rest()
    await asyncio.gather(work, return_exceptions=is_cut_short or work.cancelled())


async def _end_the_rest() -> None:
    """Ends what libraries left behind. Some take a cancellation for the end of one wait and begin
    the next, and asyncio would wait for them without end."""
    for _ in range(CANCELLED):
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        if not rest:
            return
        for task in rest:
            task.cancel()
        await asyncio.wait(rest, timeout=0.05)


def _places() -> list[str]:
    """Where each task waits, in files and lines: nothing of what it works on."""
    return sorted(_place(task.get_coro()) for task in asyncio.all_tasks())


def _place(waiting: Any) -> str:
    places = []
    while (frame := getattr(waiting, "cr_frame", None)) is not None:
        places.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}")
        waiting = waiting.cr_await
    return " > ".join(places)
