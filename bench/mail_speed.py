"""Mails a second through the notifier, its ledger included, beside bare aiosmtplib and Celery."""

import asyncio
import os
import sys
from contextlib import AsyncExitStack
from functools import partial

import msgspec

from bench.afresh import afresh
from bench.contest import Contestant, Say, Size, hold
from bench.experiment import Experiment
from bench.figures import Row, at_least
from bench.ground import LOGS, PATIENCE, Ground, ground, rate, running, until
from bench.load import SHOP
from bench.mails import SHOPS, requests, settings_of, write_mail
from bench.peers.venvs import python_of
from bench.pouring import Load
from bench.redis import redis_server
from bench.sink import smtp_sink

MAILS = {4: 40_000, 1: 10_000}
"""Mails of the full load, by the number of connections."""
MAILS_OF_PEERS = 10_000
CONNECTIONS = 4
"""Beside peers: of all replicas of ours together, and as many processes of theirs with one each."""
REPLICAS = min(os.cpu_count() or 1, CONNECTIONS)
"""Of ours beside peers, which use all cores: as many as there are cores."""
LEAST = 200
_SENT = "SELECT count(*) FROM notifier.notifications WHERE state = 'sent'"


async def measure_ours(
    here: Ground, port: int, count: int, connections: int, _round: int = 0, *, replicas: int = 1
) -> float:
    """Mails a second of the notifier, from the request on Kafka to the row that says sent."""
    async with afresh(here) as fresh, AsyncExitStack() as parts:
        load = Load(fresh.bootstrap_servers)
        load.prepare(requests(count, fresh.prefix))
        settings = settings_of(fresh, port, connections // replicas)
        services = [
            await parts.enter_async_context(
                running("services.notifier", settings, name=f"notifier-{number}")
            )
            for number in range(replicas)
        ]
        for each in services:  # that they start is no part of it
            await until(each.is_ready, True)
        await load.pour()
        return await rate(fresh, services[0], _SENT, total=count)


async def measure_bare(port: int, count: int, connections: int, _round: int = 0) -> float:
    """Mails a second of a loop that sends one of our mails, as it stands, again and again."""
    words = ("bench.bare_mail", str(port), str(write_mail()), str(count), str(connections))
    return float(await _told(sys.executable, words, {}))


async def measure_celery(
    port: int, count: int, processes: int, ledger: str | None, _round: int = 0
) -> float:
    """Mails a second of Celery's workers; with a row for each in this database, or without."""
    words = ("bench.peers.celery_mails", str(count), str(processes))
    with redis_server() as redis:
        given = {
            "CELERY_BROKER": f"redis://127.0.0.1:{redis}/0",
            "SMTP_PORT": str(port),
            "SHOPS": str(SHOPS),
            "SHOP": SHOP,
            **({"CELERY_LEDGER": ledger} if ledger else {}),
        }
        told = msgspec.json.decode(await _told(await python_of("celery"), words, given))
    return float(told["events"] / told["seconds"])


async def _told(python: str, words: tuple[str, ...], given: dict[str, str]) -> bytes:
    """What a program says at its end. Raises RuntimeError where it failed."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / f"{words[0]}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(python, "-m", *words),
            env={**os.environ, **given},
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    try:
        async with asyncio.timeout(PATIENCE):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise RuntimeError(f"{words[0]} ended with {process.returncode}; see {LOGS}")
    return output


async def _beside_bare(size: Size, say: Say) -> list[Row]:
    """Over four connections; over one as well where there is time."""
    rows = []
    with smtp_sink() as port:
        async with ground() as here:
            for connections in MAILS if size.rounds > 1 else [CONNECTIONS]:
                rows += await _of_connections(here, port, connections, size, say)
    return rows


async def _of_connections(
    here: Ground, port: int, connections: int, size: Size, say: Say
) -> list[Row]:
    count = size.of(MAILS[connections], LEAST)
    over = f"over {connections} connection{'s' if connections > 1 else ''}"
    ours, bare = f"notifier {over}", f"bare aiosmtplib {over}"
    both = [
        Contestant(ours, partial(measure_ours, here, port, count, connections)),
        Contestant(bare, partial(measure_bare, port, count, connections)),
    ]
    size_of_one = write_mail().stat().st_size
    counted = f"{count:,} mails of {size_of_one:,} bytes"
    contest = await hold(both, size, say, unit="mails/s", counted=counted)
    return [contest.beside(ours, bare, goal=at_least(0.7)), contest.row(bare)]


async def _beside_peers(size: Size, say: Say) -> list[Row]:
    """Celery as it usually is, and with a row for each mail, so that nobody hears twice."""
    count = size.of(MAILS_OF_PEERS, LEAST)
    ours, celery = "notifier", "Celery with Redis, Jinja2 and smtplib"
    kept = f"{celery}, a row for each mail in PostgreSQL"
    with smtp_sink() as port:
        async with ground() as here:
            ledger = here.database_url
            all_of_them = [
                Contestant(
                    ours, partial(measure_ours, here, port, count, CONNECTIONS, replicas=REPLICAS)
                ),
                Contestant(celery, partial(measure_celery, port, count, CONNECTIONS, None)),
                Contestant(kept, partial(measure_celery, port, count, CONNECTIONS, ledger)),
            ]
            counted = (
                f"{count:,} mails, {CONNECTIONS} connections: {REPLICAS} processes of ours, "
                f"{CONNECTIONS} of Celery's"
            )
            contest = await hold(all_of_them, size, say, unit="mails/s", counted=counted)
    return [
        contest.beside(ours, celery, goal=at_least(3)),
        contest.beside(ours, kept, goal=at_least(1)),
        contest.row(celery),
        contest.row(kept),
    ]


EXPERIMENTS = (
    Experiment("mails", _beside_bare, is_in_short=True),
    Experiment("mails_peers", _beside_peers),
)
