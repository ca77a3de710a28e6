"""What is released runs where there is nothing else: without the repository, as nobody in
particular, on a root that cannot be written. With HEADSUP_IMAGE it is the image at that place, as
`make image-check` builds it; otherwise our wheel, installed beside the production requirements."""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sandbox.check import differences
from sandbox.front import LOOPBACK, Place, standing
from sandbox.parts.broker import Broker
from sandbox.parts.process import tail
from sandbox.scenarios.people import PEOPLE
from sandbox.scenarios.stories import SCENARIOS
from sandbox.stack import SERVICES, Addresses, settings_of
from sandbox.tempo import Tempo, tempo
from tests.fixtures.missing import missing
from tests.support.eventually import eventually
from tests.support.installed import HERE, installed
from tests.support.jail import NOBODY, Jail
from tests.support.processes import free_port
from tests.support.relay import relayed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PYTHON = f"{HERE}/bin/python"
SHOPS = "/opt/shops"
PATH = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
STORY = SCENARIOS["left-cart"]


@pytest.fixture(scope="module")
def jail(tmp_path_factory: pytest.TempPathFactory) -> Jail:
    place = tmp_path_factory.mktemp("root")
    shops = {SHOPS: Path("sandbox/shops").absolute()}
    if image := os.environ.get("HEADSUP_IMAGE"):
        made = Jail(place=place, image=Path(image), binds=shops)
    else:
        made = Jail(place=place, binds=installed(tmp_path_factory.mktemp("installed")) | shops)
    if problem := made.problem():
        missing(problem)
    return made


def run(jail: Jail, *words: str, **told: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        jail.words(*words), env=PATH | told, capture_output=True, text=True, check=False
    )


def headsup(jail: Jail, *words: str, **told: str) -> str:
    done = run(jail, PYTHON, f"{HERE}/bin/headsup", *words, **told)
    assert done.returncode == 0, done.stderr
    return done.stdout


@asynccontextmanager
async def service(
    jail: Jail, name: str, settings: Mapping[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *jail.words(PYTHON, "-m", f"services.{name}"), env={**PATH, **settings}, stderr=file
        )
    try:
        await eventually(lambda: is_ready(process, settings["HTTP_PORT"], log))
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def is_ready(process: asyncio.subprocess.Process, port: str, log: Path) -> bool:
    assert process.returncode is None, tail(log)
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            return (await client.get(f"http://{LOOPBACK}:{port}/readyz")).status_code == 200
        except httpx.TransportError:
            return False


def told(name: str, pace: Tempo, addresses: Addresses, port: int) -> dict[str, str]:
    settings = settings_of(name, pace, addresses, port)
    del settings["PYTHONPATH"]
    return settings | {"HEADSUP_SHOPS": SHOPS}


@asynccontextmanager
async def reachable(url: str) -> AsyncIterator[str]:
    """The database at a port: its socket is another user's."""
    parts = urlsplit(url)
    socket = Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432"
    async with relayed(socket) as port:
        yield f"postgresql://postgres:none@{LOOPBACK}:{port}{parts.path}?sslmode=disable"


def test_nobody_can_write_anywhere_but_in_tmp(jail: Jail) -> None:
    program = """
import os, pathlib, services
print(os.getuid(), os.getgid(), os.getgroups(), services.__path__[0].startswith("/opt/headsup/"))
print(os.listdir("/tmp"))
pathlib.Path("/tmp", "new").touch()
for place in "/", "/etc", "/opt/headsup", services.__path__[0], "/usr":
    try:
        pathlib.Path(place, "new").touch()
    except OSError as error:
        print(error.strerror)
"""
    done = run(jail, PYTHON, "-c", program)
    assert done.stderr == ""
    who, tmp, *refusals = done.stdout.splitlines()
    assert who == f"{NOBODY} {NOBODY} [] True"
    assert tmp == "[]"
    assert refusals == ["Read-only file system"] * 5


def test_a_service_that_is_told_nothing_says_what_it_needs(jail: Jail) -> None:
    for name in SERVICES:
        done = run(jail, PYTHON, "-m", f"services.{name}")
        assert done.returncode == 2
        assert f"{name} cannot run: KAFKA_BOOTSTRAP_SERVERS is missing." in done.stderr


async def test_a_story_is_told_from_the_cart_to_the_door(
    jail: Jail, own_broker: Broker, empty_database_url: str, tmp_path: Path
) -> None:
    pace, notifier = tempo(datetime.now(UTC), {}), free_port()
    kafka = own_broker.bootstrap_servers
    async with AsyncExitStack() as parts:
        database = await parts.enter_async_context(reachable(empty_database_url))
        made = await asyncio.to_thread(
            headsup, jail, "topics", "apply", KAFKA_BOOTSTRAP_SERVERS=kafka
        )
        assert "created shop.orders" in made
        migrated = await asyncio.to_thread(headsup, jail, "db", "migrate", DATABASE_URL=database)
        assert "notifier is now at notifier_" in migrated
        place = Place(
            kafka=kafka, database=database, notifier=f"http://{LOOPBACK}:{notifier}", tempo=pace
        )
        front = await parts.enter_async_context(standing(place))
        url = f"http://{LOOPBACK}:{front.port}"
        addresses = Addresses(kafka=kafka, database=database, web=url, smtp_port=front.smtp_port)
        processes = {}
        for name in SERVICES:
            port = notifier if name == "notifier" else free_port()
            settings = told(name, pace, addresses, port)
            running = service(jail, name, settings, tmp_path / f"{name}.log")
            processes[name] = await parts.enter_async_context(running)

        run_ = front.demo.runs.start(STORY, PEOPLE[STORY.person])

        async def all_arrived() -> bool:
            return not differences([run_], front.demo.stage.messages)

        await eventually(all_arrived, seconds=120)
        for name, process in processes.items():
            await ends_in_order(process, (tmp_path / f"{name}.log"))


async def ends_in_order(process: asyncio.subprocess.Process, log: Path) -> None:
    """As nobody, without a right, and in the time that a pod is given."""
    status = tail(Path(f"/proc/{process.pid}/status"), 100)
    assert f"Uid:\t{NOBODY}\t{NOBODY}\t{NOBODY}\t{NOBODY}" in status
    assert "CapEff:\t0000000000000000" in status
    began = time.monotonic()
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 15) == 0, tail(log)
    assert time.monotonic() - began < 10
