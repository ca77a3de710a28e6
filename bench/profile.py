"""Where the time of a service goes: py-spy looks at it from outside, many times a second."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

from bench import cores
from bench.contest import Say, Size
from bench.experiment import Experiment, Findings
from bench.figures import Profile
from bench.ground import LOGS, PATIENCE, Ground, Process, ground, running, until
from bench.load import STEPS
from bench.mails import requests, settings_of
from bench.order_events import AT_ONCE
from bench.pouring import Load
from bench.said import Answers
from bench.sink import smtp_sink
from bench.venv import python_with
from bench.waves import Course

_TOOL: Final = Path("tools/profile/requirements.txt")
_A_SECOND: Final = 200
_ORDERS: Final = 20_000
_MAILS: Final = 20_000
_LEAST: Final = 400

_WAITS: Final = "Condition.wait ("

Work = Callable[[Ground, Process], Awaitable[None]]
"""What a service is watched at."""
Parts = Sequence[tuple[str, str]]
"""By a piece of the path of the innermost function that has one: what is being done."""

_LIBRARIES: Final[Parts] = (
    ("/asyncpg/", "talking to PostgreSQL"),
    ("/aiokafka/", "talking to Kafka"),
    ("/aiosmtplib/", "talking SMTP"),
    ("/prometheus_client/", "metrics"),
)
_ORDER_EVENTS: Final[Parts] = (
    *_LIBRARIES,
    ("/order_events/rules/", "deciding: the rules"),
    ("/order_events/decide.py", "deciding: the rules"),
    ("/order_events/standing.py", "deciding: the rules"),
    ("/order_events/reconcile.py", "comparing with what was told"),
    ("/order_events/told.py", "comparing with what was told"),
    ("/order_events/fold/", "folding events into facts"),
    ("/order_events/facts/", "reading and writing facts"),
    ("/headsup/contracts/", "decoding and encoding events"),
    ("/headsup/outbox.py", "the outbox"),
    ("/headsup/announcer.py", "the outbox"),
    ("/headsup/kafka/", "talking to Kafka"),
    ("/order_events/store.py", "its tables"),
    ("/order_events/consumer.py", "taking events in, by order"),
    ("/order_events/batch.py", "taking events in, by order"),
    ("/services/order_events/", "everything else of order_events"),
)
_NOTIFIER: Final[Parts] = (
    *_LIBRARIES,
    ("/channels/smtp", "talking SMTP"),
    ("/jinja2/", "writing the mail: words and layout"),
    ("/markupsafe/", "writing the mail: words and layout"),
    ("/babel/", "writing the mail: words and layout"),
    ("/notifier/render/", "writing the mail: words and layout"),
    ("/notifier/messages/", "writing the mail: words and layout"),
    ("/channels/mime", "writing the mail: MIME"),
    ("/email/", "writing the mail: MIME"),
    ("/headsup/contracts/", "decoding and encoding events"),
    ("/headsup/outbox.py", "the outbox"),
    ("/headsup/kafka/", "talking to Kafka"),
    ("/notifier/plan", "planning"),
    ("/notifier/decide.py", "planning"),
    ("/notifier/consumer.py", "taking requests in"),
    ("/notifier/batch.py", "taking requests in"),
    ("/notifier/people.py", "taking requests in"),
    ("/notifier/claims.py", "the ledger"),
    ("/notifier/ledger.py", "the ledger"),
    ("/notifier/settling.py", "the ledger"),
    ("/services/notifier/", "everything else of the notifier"),
)


async def run(size: Size, say: Say) -> Findings:
    """Looks at order_events, and at the notifier with mails."""
    orders, mails = size.of(_ORDERS, _LEAST), size.of(_MAILS, _LEAST)
    with smtp_sink() as port, cores.of_the_others():
        async with ground() as here:
            say(f"order_events, {orders * STEPS:,} events")
            of_orders = await _profiled(here, "order_events", here.settings, _waves_of(orders))
            say(f"notifier, {mails:,} mails")
            settings = settings_of(here, port, 4)
            of_mails = await _profiled(here, "notifier", settings, _mails_of(mails))
    new = min(AT_ONCE, orders)
    waves = f"{orders * STEPS:,} events of {orders:,} orders, {new:,} new ones in each wave"
    return Findings(
        [],
        profiles=(
            profile("order_events", of_orders, _ORDER_EVENTS, waves),
            profile(
                "the notifier, sending mails,", of_mails, _NOTIFIER, f"{mails:,} mails at once"
            ),
        ),
    )


def _waves_of(orders: int) -> Work:
    """The same work as where order_events stands beside others."""

    async def work(here: Ground, _process: Process) -> None:
        async with Answers(here) as answers:
            await Course(here, orders, AT_ONCE).speed(answers)

    return work


def _mails_of(mails: int) -> Work:
    async def work(here: Ground, process: Process) -> None:
        load = Load(here.bootstrap_servers)
        load.prepare(requests(mails, here.prefix))
        await load.pour()
        sent = partial(process.metric, "headsup_notifier_attempts_total", state="sent")
        await until(sent, mails)

    return work


async def _profiled(here: Ground, name: str, settings: Mapping[str, str], work: Work) -> str:
    """What py-spy saw while the service did this."""
    apart = await here.apart()
    told = {**settings, "HEADSUP_TOPIC_PREFIX": apart.prefix}
    async with AsyncExitStack() as stack:
        with cores.of_the_contestant():
            process = await stack.enter_async_context(running(f"services.{name}", told))
        await until(process.is_ready, 1)
        async with _watched(process, name) as seen:
            await work(apart, process)
        return seen.read_text()


@asynccontextmanager
async def _watched(process: Process, name: str) -> AsyncIterator[Path]:
    """Has py-spy look at the process while the block runs; its file is whole afterwards."""
    python = python_with("profile", _TOOL)
    found = LOGS / f"{name}.folded"
    words = ("--pid", str(process.pid), "--rate", str(_A_SECOND), "--duration", str(int(PATIENCE)))
    spy = await asyncio.create_subprocess_exec(
        *(str(python.with_name("py-spy")), "record", "--format", "raw", "--full-filenames"),
        *(*words, "--output", str(found)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield found
    finally:
        if spy.returncode is None:
            spy.send_signal(signal.SIGINT)
        if await spy.wait():
            raise RuntimeError("py-spy could not look; it needs the right to trace a process")


def profile(name: str, folded: str, parts: Parts, counted: str) -> Profile:
    """Whose samples these are, and at what they were taken: each line
    `outermost (path:1);...;innermost (path:2) count`."""
    counts: Counter[str] = Counter()
    for frames, count in _samples(folded):
        counts[_part(frames, parts)] += count
    total = counts.total()
    shares = tuple((part, count / total) for part, count in counts.items())
    return Profile(name, shares, total, counted)


def _samples(folded: str) -> Iterator[tuple[list[str], int]]:
    """Without the threads that wait for something to do: py-spy takes them for busy."""
    for line in folded.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if not frames[-1].startswith(_WAITS):
            yield frames, int(count)


def _part(frames: Sequence[str], parts: Parts) -> str:
    for frame in reversed(frames):
        for piece, part in parts:
            if piece in frame:
                return part
    return "the event loop, and what is not ours"


EXPERIMENT = Experiment("profile", run)
