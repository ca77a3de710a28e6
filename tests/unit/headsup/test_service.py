"""How a service ends when it cannot go on, as whoever started it sees it."""

import json
import subprocess
import sys

import pytest

_PROGRAM = """
import asyncio
from headsup import service

async def main(environment, stop):
    async with asyncio.TaskGroup() as loops:
        loops.create_task(fail())

async def fail():
    raise ValueError("Key (email)=(oksana@example.com) already exists")

service.run("tested", main)
"""


def test_what_breaks_a_service_is_logged_without_its_words() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "oksana" not in ended.stderr + ended.stdout
    [line] = ended.stderr.splitlines()
    logged = json.loads(line)
    assert logged["event"] == "ended by an error"
    assert [one["type"] for one in logged["error"]] == ["ExceptionGroup", "ValueError"]


_REFUSED = """
import asyncio
from headsup import service
from headsup.settings import SettingsError

async def main(environment, stop):
    async with asyncio.TaskGroup() as loops:
        loops.create_task(fail())

async def fail():
    raise SettingsError(["The broker does not let us."])

service.run("tested", main)
"""


def test_a_setting_that_turns_out_wrong_in_a_loop_is_a_sentence_as_well() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _REFUSED], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr == "tested cannot run: The broker does not let us.\n"


_NO_RIGHTS = """
import asyncio, asyncpg, sys
from headsup import service

async def main(environment, stop):
    async with asyncio.TaskGroup() as loops:
        loops.create_task(fail())
        loops.create_task(fail())

async def fail():
    raise getattr(asyncpg, sys.argv[1])("permission denied: oksana@example.com")

service.run("tested", main)
"""


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            "InsufficientPrivilegeError",
            "DATABASE_URL: the database does not let its user do what we need. Run `headsup db "
            "migrate` of this version as the owner of the tables: it gives the rights.",
        ),
        (
            "ReadOnlySQLTransactionError",
            "DATABASE_URL leads to a database that can only be read: name the one that is written "
            "to.",
        ),
        (
            "UndefinedTableError",
            "The database at DATABASE_URL lacks a table that its version has. If a newer version "
            "was here, run that one; else restore the backup.",
        ),
    ],
)
def test_a_database_that_does_not_let_us_is_a_sentence_as_well(error: str, sentence: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _NO_RIGHTS, error], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr == f"tested cannot run: {sentence}\n"


_NO_GROUP = """
from aiokafka.errors import GroupAuthorizationFailedError
from headsup import service

async def main(environment, stop):
    raise GroupAuthorizationFailedError("carts")

service.run("tested", main)
"""


def test_a_right_that_is_missing_on_kafka_is_a_sentence_from_wherever_it_comes() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _NO_GROUP], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr == (
        "tested cannot run: The broker does not let this user use the group carts: "
        "see docs/operating/tls.md.\n"
    )


_DUMPED = """
import resource
from headsup import service

async def main(environment, stop):
    print(resource.getrlimit(resource.RLIMIT_CORE)[0])

_, most = resource.getrlimit(resource.RLIMIT_CORE)
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
service.run("tested", main)
"""


def test_a_crash_would_leave_no_copy_of_the_memory() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _DUMPED], capture_output=True, text=True, check=False
    )
    assert ended.stdout == "0\n"


_DEAF = """
import asyncio, os, signal
from headsup import service

service.GRACE = 0.1

async def main(environment, stop):
    asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)
    await for_ever("oksana@example.com")

async def for_ever(address):
    await asyncio.Event().wait()

service.run("tested", main)
"""


def test_what_does_not_end_in_time_says_where_it_waits_and_not_for_whom() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _DEAF], capture_output=True, text=True, check=False
    )
    assert "oksana" not in ended.stderr
    [line] = [line for line in ended.stderr.splitlines() if "did not end in time" in line]
    waiting = json.loads(line)["waiting"]
    assert any("<string>:9 > <string>:12 > locks.py:" in place for place in waiting)


_STUBBORN = """
import asyncio
from headsup import service

async def main(environment, stop):
    asyncio.ensure_future(goes_on())
    await asyncio.sleep(0)

async def goes_on():
    for _ in range(3):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass

service.run("tested", main)
"""


def test_a_library_that_takes_no_notice_of_being_cancelled_does_not_keep_the_process() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _STUBBORN], capture_output=True, text=True, check=False, timeout=20
    )
    assert (ended.returncode, ended.stderr) == (0, "")


_LARGE_PIECES = """
import asyncio, os
from headsup import service

def resident():
    with open("/proc/self/statm") as found:
        return int(found.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

async def main(environment, stop):
    first = bytearray(4_000_000)
    del first  # what glibc takes for a reason to have no mapping for the next one
    begun, pieces, kept = resident(), [], []
    for _ in range(100):
        pieces.append(bytearray(b"x" * 300_000))
        kept.append(bytearray(2_000))  # lies above the piece, and stays
    at_most = resident()
    del pieces
    print(at_most - begun, resident() - begun)

service.run("tested", main)
"""


def test_large_pieces_of_memory_are_given_back_though_small_ones_behind_them_stay() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _LARGE_PIECES], capture_output=True, text=True, check=True
    )
    most, left = map(int, ended.stdout.split())
    assert most > 20_000_000
    assert left < 2_000_000
